#include "quality.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <genet/metrics/classification.hpp>
#include <genet/metrics/image_quality.hpp>
#include <genet/report/numbers.hpp>
#include <genet/tensor/team.hpp>

#include "judge.hpp"

namespace program {

using namespace genet;

namespace {

constexpr long neighbours = 3, components = 64;

/// Labels of test images or samples.
using labels = std::span<const std::int32_t>;

template <class T>
std::vector<T> rows_of_class(const std::vector<T>& x, labels of, std::int32_t which) {
  const std::size_t width = of.empty() ? 0 : x.size() / of.size();
  std::vector<T> rows;
  for (std::size_t i = 0; i < of.size(); ++i)
    if (of[i] == which) {
      const auto row = std::span(x).subspan(i * width, width);
      rows.insert(rows.end(), row.begin(), row.end());
    }
  return rows;
}

/// Coverage class by class: test images of a class, by samples that were asked for it.
template <class T>
std::vector<double> class_coverage(const std::vector<T>& samples, labels asked, const std::vector<T>& test,
                                   labels actual, tensor::team& team) {
  const auto width = static_cast<long>(test.size() / actual.size());
  std::vector<double> covered;
  for (std::int32_t c = 0; c < judge::n_classes; ++c)
    covered.push_back(metrics::prdc({rows_of_class(samples, asked, c), width}, {rows_of_class(test, actual, c), width},
                                    neighbours, team)
                          .coverage);
  return covered;
}

/// Of every class there are more examples than neighbours.
bool enough_of_each(labels of) {
  const auto counts = metrics::class_counts(of, judge::n_classes);
  return *std::ranges::min_element(counts) > neighbours;
}

double mean(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.) / static_cast<double>(x.size());
}
double least(const std::vector<double>& x) { return *std::ranges::min_element(x); }
double most(const std::vector<double>& x) { return *std::ranges::max_element(x); }

/// What a judge makes of samples.
struct judged {
  metrics::quality features;
  std::vector<double> shares;                  // of the classes
  double entropy = 0;                          // of the shares, nats
  double accuracy = 0;                         // share of the samples that are of the class that they were asked for
  std::vector<double> right{};                 // the same class by class; empty: nothing was asked for
  std::vector<double> coverage{}, in_components{};  // class by class; empty: too few of some class
};

struct measured {
  double temperature = 1;
  metrics::quality components;
  std::optional<judged> by_judge{};
};

std::string number(double v, int digits = 3) { return show_number::fixed(v, digits); }

/// Lines of a name and a number for each of the columns; sixty characters fit into a card of the report.
struct table {
  std::size_t name_width, column_width;
  std::string text{};

  void add(std::string name, const std::vector<std::string>& cells) {
    name.resize(std::max(name.size(), name_width), ' ');
    for (const std::string& c : cells) name += std::string(column_width - std::min(column_width, c.size()), ' ') + c;
    text += name + "\n";
  }
};

constexpr std::pair<const char*, double metrics::quality::*> scores[] = {
    {"Frechet distance", &metrics::quality::frechet}, {"KID", &metrics::quality::kid},
    {"precision", &metrics::quality::precision},      {"recall", &metrics::quality::recall},
    {"density", &metrics::quality::density},          {"coverage", &metrics::quality::coverage}};

std::string overview(const std::vector<measured>& all) {
  std::vector<std::string> columns;
  for (const measured& m : all) columns.push_back("temperature " + show_number::general(m.temperature, 3));
  const auto row = [&](table& t, std::string name, auto value) {
    std::vector<std::string> cells;
    for (const measured& m : all) cells.push_back(value(m));
    t.add(std::move(name), cells);
  };
  table t{26, 17};
  t.add(std::to_string(components) + " principal components", columns);
  for (const auto& [name, score] : scores)
    row(t, std::string("  ") + name, [score = score](const measured& m) { return number(m.components.*score); });
  if (!all.front().by_judge) return t.text;
  t.add("features of the classifier", {});
  for (const auto& [name, score] : scores)
    row(t, std::string("  ") + name,
        [score = score](const measured& m) { return number(m.by_judge->features.*score); });
  t.add("classes", {});
  row(t, "  entropy, of " + number(std::log(judge::n_classes)) + " nats",
      [](const measured& m) { return number(m.by_judge->entropy); });
  row(t, "  shares", [](const measured& m) {
    return number(100 * least(m.by_judge->shares), 1) + " to " + number(100 * most(m.by_judge->shares), 1) + " %";
  });
  if (!all.front().by_judge->right.empty())
    row(t, "  right ones", [](const measured& m) { return number(m.by_judge->accuracy); });
  return t.text;
}

std::string by_class(const judged& j, const std::vector<std::string>& names) {
  const bool asked = !j.right.empty(), covered = !j.coverage.empty();
  std::vector<std::string> columns{"share"};
  if (asked) columns.push_back("right");
  if (covered) columns.insert(columns.end(), {std::string("coverage"), std::string("components")});
  table t{12, 12};
  t.add("", columns);
  for (std::size_t c = 0; c < names.size(); ++c) {
    std::vector<std::string> cells{number(100 * j.shares[c], 1) + " %"};
    if (asked) cells.push_back(number(j.right[c]));
    if (covered) cells.insert(cells.end(), {number(j.coverage[c]), number(j.in_components[c])});
    t.add(names[c], cells);
  }
  return t.text;
}

void print(const char* what, double temperature, const metrics::quality& q) {
  std::printf("%s temperature %g frechet %.3f kid %.4f precision %.3f recall %.3f density %.3f coverage %.3f", what,
              temperature, q.frechet, q.kid, q.precision, q.recall, q.density, q.coverage);
}

void print(const measured& m) {
  print("samples", m.temperature, m.components);
  std::printf("\n");
  if (!m.by_judge) return;
  const judged& j = *m.by_judge;
  print("judged", m.temperature, j.features);
  std::printf(" entropy %.3f least_share %.3f most_share %.3f", j.entropy, least(j.shares), most(j.shares));
  if (!j.right.empty()) std::printf(" right %.3f", j.accuracy);
  if (!j.coverage.empty())
    std::printf(" class_coverage %.3f least %.3f in_components %.3f least %.3f", mean(j.coverage), least(j.coverage),
                mean(j.in_components), least(j.in_components));
  std::printf("\n");
}

}  // namespace

void add_options(options& menu, measuring& m) {
  menu.number("measure", m.samples, 0l, 1'000'000l, "samples to measure at the end")
      .number("temperature", m.temperature, 0.01, 100., "standard deviation of the noise that samples are drawn from")
      .path("judge", m.judge, "FILE", "weights of examples/classifier: what it takes samples for is measured, too");
}

std::filesystem::path stored_judge(const std::filesystem::path& data) {
  if (data.string().find("fashion") == std::string::npos) return {};
  return std::filesystem::path(GENET_STORED_WEIGHTS) / "fashion_mnist_1.safetensors";
}

struct sample_quality::content {
  content(const common& c, const measuring& m) : o(c), how(m) {
    if (m.samples > 0 && !m.judge.empty()) teller.emplace(m.judge, c.threads);
  }

  common o;
  measuring how;
  std::optional<judge> teller{};
};

sample_quality::sample_quality(const common& o, const measuring& m) : content_(std::make_shared<content>(o, m)) {}

void sample_quality::measure(report& page, const data::examples& train, const data::examples& test, bool asks,
                             const draw& drawn_by) const {
  const auto& [o, how, teller] = *content_;
  if (how.samples == 0) return;
  tensor::team team(o.threads);
  const metrics::image_quality in_components({train.x, train.features}, {test.x, train.features}, components,
                                             {.neighbours = neighbours}, team);
  std::vector<std::int32_t> asked;
  for (long i = 0; asks && i < how.samples; ++i)
    asked.push_back(test.labels[static_cast<std::size_t>(i % test.count)]);

  std::optional<metrics::feature_quality> in_features;
  std::vector<float> test_features;
  std::vector<double> test_components;
  const bool by_class_too = teller && asks && enough_of_each(asked) && enough_of_each(test.labels);
  if (teller) {
    test_features = teller->features(test.x);
    in_features.emplace(metrics::points{test_features, teller->n_features},
                        metrics::quality_options{.neighbours = neighbours}, team);
    if (by_class_too) test_components = in_components.features().project({test.x, test.features}, team);
    page.fact("Judge", how.judge.filename().string() + ", right about " +
                           number(100 * metrics::accuracy(teller->classes(test.x), test.labels), 2) +
                           " % of the test images");
  }

  std::vector<measured> all;
  for (const double temperature : {how.temperature, 1.}) {
    if (!all.empty() && temperature == how.temperature) continue;
    const std::vector<float> drawn = drawn_by(how.samples, asked, temperature).values;
    const metrics::points samples{drawn, train.features};
    measured m{temperature, in_components.measure(samples, team)};
    if (teller) {
      const auto features = teller->features(drawn);
      const auto told = teller->classes(drawn);
      const auto counts = metrics::class_counts(told, teller->n_classes);
      judged j{in_features->measure({features, teller->n_features}, team), {}, metrics::entropy(counts)};
      for (const long n : counts) j.shares.push_back(static_cast<double>(n) / static_cast<double>(told.size()));
      if (asks) {
        j.accuracy = metrics::accuracy(told, asked);
        const auto found = metrics::confusion_matrix(told, asked, teller->n_classes);
        for (std::size_t c = 0; c < static_cast<std::size_t>(teller->n_classes); ++c) {
          const auto row = std::span(found).subspan(c * teller->n_classes, teller->n_classes);
          const long all_of_it = std::accumulate(row.begin(), row.end(), 0l);
          j.right.push_back(static_cast<double>(row[c]) / static_cast<double>(std::max(all_of_it, 1l)));
        }
      }
      if (by_class_too) {
        j.coverage = class_coverage(features, asked, test_features, test.labels, team);
        j.in_components = class_coverage(in_components.features().project(samples, team), asked, test_components,
                                         test.labels, team);
      }
      m.by_judge = std::move(j);
    }
    print(m);
    all.push_back(std::move(m));
  }

  const measured& first = all.front();
  page.fact("Frechet distance",
            number(first.components.frechet) + " to the test images, " + std::to_string(components) +
                " principal components")
      .fact("Precision", number(first.components.precision))
      .fact("Coverage", number(first.components.coverage))
      .picture("Sample quality",
               std::to_string(how.samples) + " samples against " + std::to_string(test.count) +
                   " test images; the temperature is the standard deviation of the noise behind them.",
               overview(all));
  if (!first.by_judge) return;
  page.picture("Classes of samples",
               std::string("What the classifier takes them for") +
                   (asks ? ", how often that is what was asked for, and how much of the test images of a class the "
                           "samples asked for it cover, in features of the classifier and in principal components."
                         : "."),
               by_class(*first.by_judge, class_names(o.data)));
}

}  // namespace program
