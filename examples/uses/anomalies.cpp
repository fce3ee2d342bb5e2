// What does not belong: images that a model finds improbable which has seen nothing of their kind. One class is trained
// on and the nine others are foreign; and harder, nine are trained on and the one that was held out is foreign.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>

#include <genet/metrics/auroc.hpp>
#include <genet/report/image.hpp>
#include <genet/report/titled_rows.hpp>

#include "clothes.hpp"

namespace uses {

using namespace genet;

namespace {

constexpr long pixels = clothes::input_shape.size();

/// How improbable images are, by one of several scores.
struct scores {
  std::vector<double> above_floor, negative_elbo, squared_error, divergence;
};

/// The negative ELBO through the mean of the code is KL(q(z|x) | p(z)) plus the cross-entropy of the pixels. That is
/// their divergence from the decoder's, plus an entropy which is the image's own: what a perfect model would be left
/// with, less for a black image than for a grey one, and nothing that speaks of the model. The score leaves it out.
scores improbability(const model<clothes>& m, const data::examples& of) {
  const auto q = m.encode(of.x);
  const auto back = m.decode(q.mean.values);
  scores s;
  const auto times_log = [](double a, double b) { return a > 0 ? a * std::log(std::max(b, 1e-12)) : 0.; };
  for (long i = 0; i < of.count; ++i) {
    double cross = 0, entropy = 0, squares = 0, divergence = 0;
    for (std::size_t k = 0; k < static_cast<std::size_t>(pixels); ++k) {
      const double x = of.row(i)[k], p = back[i][k];
      cross -= times_log(x, p) + times_log(1 - x, 1 - p);
      entropy -= times_log(x, x) + times_log(1 - x, 1 - x);
      squares += (x - p) * (x - p);
    }
    for (std::size_t k = 0; k < q.mean[i].size(); ++k) {
      const double mean = q.mean[i][k], log_variance = q.log_variance[i][k];
      divergence += 0.5 * (mean * mean + std::exp(log_variance) - 1 - log_variance);
    }
    s.above_floor.push_back(cross - entropy + divergence);
    s.negative_elbo.push_back(cross + divergence);
    s.squared_error.push_back(squares);
    s.divergence.push_back(divergence);
  }
  return s;
}

/// One of the two experiments: a model for each class.
struct experiment {
  std::string name;
  bool trained_on_it = true;  // on the class, or on all others
  long epochs = 0;
  std::vector<double> areas{}, by_elbo{}, by_error{}, by_divergence{};  // of each class
};

bool is_known(const experiment& e, std::int32_t label, std::int32_t c) { return (label == c) == e.trained_on_it; }

double mean(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.) / static_cast<double>(x.size());
}

/// Rows of images, one row for each class.
class sheet {
 public:
  static constexpr long columns = 12;

  /// The examples with the lowest scores of those for which `counts`, or with the highest.
  template <class Counts>
  void add(const data::examples& from, const std::vector<double>& score, bool highest, const Counts& counts) {
    std::vector<long> order;
    for (long i = 0; i < from.count; ++i)
      if (counts(from.labels[static_cast<std::size_t>(i)])) order.push_back(i);
    std::ranges::stable_sort(order, [&](long a, long b) {
      const double x = score[static_cast<std::size_t>(a)], y = score[static_cast<std::size_t>(b)];
      return highest ? x > y : x < y;
    });
    order.resize(std::min<std::size_t>(order.size(), columns));
    for (const long i : order) pixels_.insert(pixels_.end(), from.row(i).begin(), from.row(i).end());
    pixels_.resize(static_cast<std::size_t>(++rows_ * columns * pixels), 0.5f);
  }
  svg::drawing drawn(const std::vector<std::string>& names, const std::string& title) const {
    return svg::titled_rows(grid(static_cast<int>(rows_), columns, std::span(pixels_), clothes::input_shape), names,
                            title, 1);
  }

 private:
  std::vector<float> pixels_;
  long rows_ = 0;
};

}  // namespace

void anomalies(const settings& s) {
  const program::common& o = s.o;
  bench b(s, {"Anomalies", clothes_declaration, "negative ELBO, nats per image, of twenty models one after the other"});
  b.page().columns({"reconstruction", "kl", "auroc"});
  const auto& names = b.class_names();
  const auto n_classes = static_cast<std::int32_t>(names.size());
  // About as many steps of a model for nine classes as of one for one.
  std::vector<experiment> both{{"one_class", true, o.epochs}, {"held_out", false, (o.epochs + 8) / 9}};
  trainings all(b, n_classes * (both[0].epochs + both[1].epochs));
  sheet typical, strange, taken_for_it;

  for (experiment& e : both)
    for (std::int32_t c = 0; c < n_classes; ++c) {
      std::vector<long> known;
      for (long i = 0; i < b.train().count; ++i)
        if (is_known(e, b.train().labels[static_cast<std::size_t>(i)], c)) known.push_back(i);
      model<clothes> m{seed{o.seed}};
      if (!train(all, m, data::chosen(b.train(), known), e.epochs, e.name + "_" + std::to_string(c))) return;

      const scores found = improbability(m, b.test());
      std::vector<std::int32_t> foreign;
      double loss = 0;
      for (std::size_t i = 0; i < found.negative_elbo.size(); ++i) {
        foreign.push_back(!is_known(e, b.test().labels[i], c));
        if (!foreign.back()) loss += found.negative_elbo[i];
      }
      e.areas.push_back(metrics::auroc(found.above_floor, foreign).value);
      e.by_elbo.push_back(metrics::auroc(found.negative_elbo, foreign).value);
      e.by_error.push_back(metrics::auroc(found.squared_error, foreign).value);
      e.by_divergence.push_back(metrics::auroc(found.divergence, foreign).value);
      const auto n_known = static_cast<double>(std::ranges::count(foreign, 0));
      all.tested(loss / n_known, {{"auroc", e.areas.back()}});
      if (!e.trained_on_it) continue;
      typical.add(b.test(), found.above_floor, false, [c](std::int32_t label) { return label == c; });
      strange.add(b.test(), found.above_floor, true, [c](std::int32_t label) { return label == c; });
      taken_for_it.add(b.test(), found.above_floor, false, [c](std::int32_t label) { return label != c; });
    }

  table areas{16, 12};
  areas.add("", {"one class", "held out"});
  for (std::size_t c = 0; c < names.size(); ++c)
    areas.add(names[c], {number(both[0].areas[c]), number(both[1].areas[c])});
  const auto add_mean = [&](const char* name, std::vector<double> experiment::*of) {
    areas.add(name, {number(mean(both[0].*of)), number(mean(both[1].*of))});
  };
  add_mean("mean", &experiment::areas);
  areas.add("mean by", {});
  add_mean("  -ELBO", &experiment::by_elbo);
  add_mean("  squared error", &experiment::by_error);
  add_mean("  KL of code", &experiment::by_divergence);
  b.page()
      .picture("Area under the ROC curve",
               "How well a model tells foreign test images from those of its own kind: trained on one class, the nine "
               "others are foreign; trained on nine, the one that was held out. The score is the negative ELBO less "
               "the entropy of the image; others below.",
               areas.text)
      .picture("Typical", "Test images of a class that the model of this class finds most probable.",
               typical.drawn(names, "Typical"))
      .picture("Strange", "Those that it finds least probable: what one would look at first for mistakes in the data.",
               strange.drawn(names, "Strange"))
      .picture("Taken for it", "Test images of other classes that the model of a class finds most probable.",
               taken_for_it.drawn(names, "Taken for it"));
  for (const experiment& e : both) {
    for (std::size_t c = 0; c < names.size(); ++c) std::printf("auroc %s %zu %.4f\n", e.name.c_str(), c, e.areas[c]);
    b.result("mean_auroc_" + e.name, mean(e.areas), 4);
    b.result("mean_auroc_" + e.name + "_by_negative_elbo", mean(e.by_elbo), 4);
  }
  all.end();
  std::printf("report %s\n", b.page().directory().report().string().c_str());
}

}  // namespace uses
