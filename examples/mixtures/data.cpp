#include <algorithm>
#include <map>

#include <genet/data/csv.hpp>
#include <genet/data/dataset.hpp>
#include <genet/inference/cross_validation.hpp>

#include "../program/image_run.hpp"
#include "mixtures.hpp"

namespace mixtures {

using namespace genet;

namespace {

constexpr const char* digits = "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz";

std::vector<std::string> names(const std::string& stem, long count) {
  std::vector<std::string> out;
  for (long i = 0; i < count; ++i) out.push_back(stem + std::to_string(i + 1));
  return out;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> out;
  for (std::size_t first = 0; first <= list.size() && !list.empty();) {
    const auto comma = std::min(list.find(',', first), list.size());
    out.push_back(list.substr(first, comma - first));
    first = comma + 1;
  }
  return out;
}

table read_csv(const settings& s, const std::filesystem::path& path, const std::string& label) {
  const auto file = data::csv::read(path, {.missing = true});
  table t{.name = path.filename().string(), .columns = split(s.columns)};
  if (t.columns.empty())
    for (const auto& name : file.names())
      if (name != label) t.columns.push_back(name);
  std::vector<std::vector<double>> each;
  for (const auto& name : t.columns) each.push_back(file.numbers(name));
  const auto rows = static_cast<std::size_t>(s.rows > 0 ? std::min(s.rows, file.rows()) : file.rows());
  for (std::size_t r = 0; r < rows; ++r)
    for (const auto& column : each) t.values.push_back(column[r]);
  if (label.empty()) return t;
  std::map<std::string, std::int32_t> numbers;
  const auto texts = file.texts(label);
  for (std::size_t r = 0; r < rows; ++r) {
    const auto [at, is_new] = numbers.try_emplace(texts[r], static_cast<std::int32_t>(numbers.size()));
    if (is_new) t.group_names.push_back(texts[r]);
    t.groups.push_back(at->second);
  }
  return t;
}

/// Eight by eight pixels from 0 to 16, then the digit.
table read_digits(const settings& s) {
  if (!std::filesystem::exists(digits))
    throw io_error(std::string(digits) + ": found no such file, expected the one of Debian's package python3-sklearn");
  const auto all = data::csv::read(digits, {.header = false});
  const auto numbers = all.numbers();
  table t{.name = "digits", .columns = names("pixel_", 64), .picture = {3, {1, 8, 8}}};
  const long rows = s.rows > 0 ? std::min(s.rows, all.rows()) : all.rows();
  for (long r = 0; r < rows; ++r) {
    for (long j = 0; j < 64; ++j) t.values.push_back(numbers[static_cast<std::size_t>(65 * r + j)] / 16);
    t.groups.push_back(static_cast<std::int32_t>(numbers[static_cast<std::size_t>(65 * r + 64)]));
  }
  for (int d = 0; d < 10; ++d) t.group_names.push_back(std::to_string(d));
  return t;
}

table read_images(const settings& s, const std::filesystem::path& directory) {
  program::common o = s.o;
  o.data = directory;
  const auto all = program::read_images(o, shape{3, {1, 28, 28}}, 0);
  table t{.name = directory.filename().string(), .columns = names("pixel_", 784),
          .group_names = program::class_names(directory), .picture = {3, {1, 28, 28}}};
  const auto count = static_cast<std::size_t>(s.rows > 0 ? std::min(s.rows, all.train.count) : all.train.count);
  t.values.assign(all.train.x.begin(), all.train.x.begin() + static_cast<long>(count) * 784);
  t.groups.assign(all.train.labels.begin(), all.train.labels.begin() + static_cast<long>(count));
  if (s.select == "held-out") t.unseen.assign(all.test.x.begin(), all.test.x.end());
  return t;
}

/// A fifth of the rows, chosen by the seed, is no longer seen.
void hold_out(table& t, std::uint64_t seed) {
  const auto parts = inference::k_folds(t.rows().count(), {.folds = 5, .seed = seed}).front();
  t.unseen = metrics::chosen(t.rows(), parts.held_out);
  t.values = metrics::chosen(t.rows(), parts.train);
  std::vector<std::int32_t> left;
  for (const long i : parts.train)
    if (!t.groups.empty()) left.push_back(t.groups[static_cast<std::size_t>(i)]);
  t.groups = std::move(left);
}

}  // namespace

std::vector<double> table::pictures(const std::vector<double>& rows) const {
  return reduced ? reduced->restore({rows, dimension()}) : rows;
}

table read(const settings& s) {
  const std::string data = s.o.data.string();
  table t;
  if (data == "iris") t = read_csv(s, GENET_IRIS, s.label.empty() && s.columns.empty() ? "species" : s.label);
  else if (data == "digits") t = read_digits(s);
  else if (data == "fashion") t = read_images(s, data::fashion_mnist);
  else if (std::filesystem::is_directory(s.o.data)) t = read_images(s, s.o.data);
  else t = read_csv(s, s.o.data, s.label);
  if (t.picture.rank > 0 && (!s.columns.empty() || !s.label.empty()))
    throw usage_error("--columns and --label are of tables, --data " + data + " has images");
  if (data == "iris") t.name = "Iris";
  if (s.select == "held-out" && t.unseen.empty()) hold_out(t, s.o.seed);
  if (t.picture.rank == 0) return t;
  if (s.model == "bernoulli") {
    for (auto* part : {&t.values, &t.unseen})
      for (double& v : *part) v = v > .5 ? 1 : 0;
  } else if (s.model == "gaussian" && s.principal > 0) {
    tensor::team team(s.o.threads);
    t.reduced.emplace(t.rows(), std::min(s.principal, t.dimension()), team);
    const long d = t.dimension();
    t.values = t.reduced->project({t.values, d}, team);
    if (!t.unseen.empty()) t.unseen = t.reduced->project({t.unseen, d}, team);
    t.columns = names("component_", t.reduced->components());
  }
  return t;
}

}  // namespace mixtures
