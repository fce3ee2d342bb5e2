#include "bench.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <genet/report/numbers.hpp>

namespace uses {

using namespace genet;

bench::bench(const settings& s, const description& about)
    : s_(s),
      images_(program::read_images(s.o, shape_of({1, 28, 28}), 0)),
      names_(program::class_names(s.o.data)),
      page_(s.o.out) {
  page_.title(about.title)
      .model(about.declaration)
      .config(s.config)
      .threads(s.o.threads)
      .unit("images")
      .loss_label(about.loss_label)
      .fact("Data", s.o.data.string())
      .fact("Seed", std::to_string(s.o.seed));
}

void bench::result(const std::string& name, double value, int digits) {
  std::printf("%s %s\n", name.c_str(), number(value, digits).c_str());
  std::string words = name;
  std::ranges::replace(words, '_', ' ');
  page_.fact(words, number(value, digits));
}

void table::add(std::string name, const std::vector<std::string>& cells) {
  name.resize(std::max(name.size(), name_width), ' ');
  for (const std::string& c : cells) name += std::string(column_width - std::min(column_width, c.size()), ' ') + c;
  text += name + "\n";
}

std::vector<float> mean_row(std::span<const float> rows, long features) {
  const auto n = static_cast<std::size_t>(features);
  std::vector<double> sums(n);
  for (std::size_t i = 0; i < rows.size(); ++i) sums[i % n] += rows[i];
  const double share = static_cast<double>(n) / static_cast<double>(rows.size());
  std::vector<float> mean;
  for (const double sum : sums) mean.push_back(static_cast<float>(share * sum));
  return mean;
}

std::string number(double v, int digits) { return show_number::fixed(v, digits); }

}  // namespace uses
