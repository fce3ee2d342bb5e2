// The best image of some kind that the model believes in: codes climb through decoder and judge towards a class. Judges
// are pleased by images of nothing, too. What keeps codes from those is that they stay as far from the origin as those
// of the prior, and that all codes around one have to please.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>

#include <genet/metrics/pairs.hpp>
#include <genet/random/distributions.hpp>
#include <genet/report/image.hpp>
#include <genet/report/titled_rows.hpp>
#include <genet/run/weights_file.hpp>

#include "../classifier/net.hpp"
#include "../program/judge.hpp"
#include "clothes.hpp"

namespace uses {

using namespace genet;

namespace {

constexpr long code = clothes::latent_shape.size(), pixels = clothes::input_shape.size();
constexpr long starts = 8;  // of each class

/// The decoder's weights, but pixels come out.
struct painter : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>, sigmoid> {};

/// log p(class | image of z) and its gradient by z, for rows of codes.
class wish {
 public:
  wish(const model<clothes>& m, const model<classifying::classifier>& judge, long rows, tensor::team& team)
      : m_(m), judge_model_(judge), paint_(rows, team), judge_(rows, team) {}

  /// The loss is the mean over rows; the gradient is that of its sum.
  double cost(std::span<const float> z, std::span<const std::int32_t> wanted, std::span<float> gradient) {
    const long rows = static_cast<long>(wanted.size());
    const auto decoder = m_.part<"decoder">();
    paint_.forward(decoder, z.data(), rows);
    judge_.forward(judge_model_.view(), paint_.output().data(), rows);
    const double loss = evaluate_loss(cross_entropy{.reduce = reduction::sum}, judge_.output().data(), wanted.data(),
                                      rows, classifying::classifier::output_shape.size(),
                                      judge_.output_gradient().data());
    judge_.backward(judge_model_.view());
    std::ranges::copy(judge_.input_gradient(), paint_.output_gradient().begin());
    paint_.backward(decoder);
    std::ranges::copy(paint_.input_gradient(), gradient.begin());
    return loss / static_cast<double>(rows);
  }

 private:
  const model<clothes>& m_;
  const model<classifying::classifier>& judge_model_;
  session<frozen<painter>> paint_;
  session<frozen<classifying::classifier>> judge_;
};

struct climbed {
  std::vector<std::vector<float>> codes{};  // after each step, (rows, code)
  svg::series log_probability{"log-probability of the class", {}, {}}, norm{"norm of the code", {}, {}};
};

double norm_of(std::span<const float> z) { return std::sqrt(std::inner_product(z.begin(), z.end(), z.begin(), 0.)); }

double mean_norm(std::span<const float> z) {
  double sum = 0;
  for (std::size_t at = 0; at < z.size(); at += code) sum += norm_of(z.subspan(at, code));
  return sum * static_cast<double>(code) / static_cast<double>(z.size());
}

/// What holds codes.
struct holding {
  // Of the log-density of the norm under the prior, chi with as many degrees as a code is long. That of the code itself
  // is largest at the origin, where no code of the prior lies.
  double prior_weight = 1;
  double smoothing = 0;  // deviation of the codes around one that are to please instead of it
};

/// Stochastic gradient ascent (Adam) on the mean of log p(class | z + noise) plus the weighted log-density of |z|.
climbed climb(wish& w, std::vector<float> z, std::span<const std::int32_t> wanted, const holding& by,
              const settings& s) {
  const adam how{.learning_rate = 0.05};
  std::vector<float> gradient(z.size()), around(z.size());
  std::array<std::vector<float>, adam::moments> moments;
  std::array<float*, adam::moments> at{};
  for (std::size_t k = 0; k < at.size(); ++k) {
    moments[k].resize(z.size());
    at[k] = moments[k].data();
  }
  climbed c;
  for (long step = 0; step <= s.steps && !program::interrupted(); ++step) {
    c.codes.push_back(z);
    rng::normal(std::span(around), rng::key{s.o.seed, stream::sampling + 2, static_cast<std::uint64_t>(step)});
    for (std::size_t i = 0; i < z.size(); ++i) around[i] = z[i] + static_cast<float>(by.smoothing) * around[i];
    const double cost = w.cost(around, wanted, gradient);
    for (svg::series* line : {&c.log_probability, &c.norm}) line->x.push_back(static_cast<double>(step));
    c.log_probability.y.push_back(-cost);
    c.norm.y.push_back(mean_norm(z));
    for (std::size_t first = 0; first < z.size(); first += code) {
      const double norm = norm_of(std::span<const float>(z).subspan(first, code));
      const auto pull = static_cast<float>(by.prior_weight * (1 - (code - 1) / std::max(norm * norm, 1e-6)));
      for (std::size_t i = first; i < first + code; ++i) gradient[i] += pull * z[i];
    }
    how.update(z.data(), gradient.data(), at.data(), static_cast<long>(z.size()),
               how.prepare({.step = step + 1, .learning_rate = how.learning_rate}));
  }
  return c;
}

/// Quantile of the norm of a standard normal code, from that of a standard normal number: Wilson and Hilferty (1931).
double chi_quantile(double z) {
  const double part = 2. / (9 * code), root = 1 - part + z * std::sqrt(part);
  return std::sqrt(code * root * root * root);
}
constexpr double at_one_percent = -2.326347874;

/// What became of codes.
struct measured_codes {
  std::vector<double> probability{};  // of the class that was wanted
  double norm = 0;
  double typical = 0;     // share of norms between the first and the last percent of the prior
  double neighbours = 0;  // share of images whose nearest training image is of the class

  double mean_probability() const {
    return std::accumulate(probability.begin(), probability.end(), 0.) / static_cast<double>(probability.size());
  }
};

measured_codes look(std::span<const float> z, std::span<const std::int32_t> wanted, const model<clothes>& m,
                    const program::judge& judge, const data::examples& known, tensor::team& team) {
  const auto images = m.decode(z);
  const auto probability = judge.probabilities(images.values);
  const double share = 1 / static_cast<double>(wanted.size());
  measured_codes found{.norm = mean_norm(z)};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    found.probability.push_back(probability[i * judge.n_classes + static_cast<std::size_t>(wanted[i])]);
    const double norm = norm_of(z.subspan(i * code, code));
    if (norm > chi_quantile(at_one_percent) && norm < chi_quantile(-at_one_percent)) found.typical += share;
  }
  std::vector<char> same(wanted.size());
  metrics::each_row_of_distances({images.values, pixels}, {known.x, pixels}, team, [&](long i, std::span<double> row) {
    const auto nearest = static_cast<std::size_t>(std::ranges::min_element(row) - row.begin());
    const auto at = static_cast<std::size_t>(i);
    same[at] = known.labels[nearest] == wanted[at];
  });
  found.neighbours = share * static_cast<double>(std::ranges::count(same, 1));
  return found;
}

}  // namespace

void optimise(const settings& s) {
  const program::common& o = s.o;
  if (s.measuring.judge.empty())
    throw usage_error("--use optimise: expected --judge FILE, the weights of a classifier");
  const program::judge judge(s.measuring.judge, o.threads);
  model<classifying::classifier> judging{seed{0}};
  load(judging, s.measuring.judge);
  bench b(s, {"Optimising", clothes_declaration, "negative ELBO, nats per image"});
  model<clothes> m{seed{o.seed}};
  if (!train(b, m)) return;

  std::vector<std::int32_t> wanted;
  for (std::int32_t c = 0; c < judge.n_classes; ++c) wanted.insert(wanted.end(), starts, c);
  const auto rows = static_cast<long>(wanted.size());
  const std::vector<float> begin = m.prior(rows, seed{o.seed});
  tensor::team team{o.threads};
  wish w(std::as_const(m), judging, rows, team);
  const data::examples known = data::first(b.train(), 10'000);

  table found{16, 11};
  const auto line = [&](const std::string& name, const measured_codes& c) {
    found.add(name, {number(c.mean_probability()), number(c.norm, 2), number(c.typical), number(c.neighbours)});
  };
  found.add("held by", {"judge", "norm", "typical", "neighbour"});
  const measured_codes before = look(begin, wanted, m, judge, known, team);
  line("not moved", before);
  climbed path;
  measured_codes after;
  const std::pair<const char*, holding> ways[] = {{"nothing", {0, 0}},
                                                  {"prior", {s.prior_weight, 0}},
                                                  {"smoothing", {0, s.smoothing}},
                                                  {"both", {s.prior_weight, s.smoothing}}};
  for (const auto& [name, by] : ways) {
    path = climb(w, begin, wanted, by, s);
    if (program::interrupted()) return;
    after = look(path.codes.back(), wanted, m, judge, known, team);
    line(name, after);
    std::printf("held_by %s judge %.4f norm %.3f typical %.3f neighbour %.3f\n", name, after.mean_probability(),
                after.norm, after.typical, after.neighbours);
  }
  b.result("judge_before", before.mean_probability());
  b.result("judge_after", after.mean_probability());
  b.result("neighbour_before", before.neighbours);
  b.result("neighbour_after", after.neighbours);
  b.result("norm_after", after.norm);
  b.result("norm_prior_1_percent", chi_quantile(at_one_percent));
  b.result("norm_prior_99_percent", chi_quantile(-at_one_percent));

  constexpr long columns = 12;
  std::vector<float> shown;
  for (long c = 0; c < judge.n_classes; ++c) {
    const auto of_class = std::span(after.probability).subspan(static_cast<std::size_t>(c * starts), starts);
    const long best = c * starts + (std::ranges::max_element(of_class) - of_class.begin());
    for (long k = 0; k < columns; ++k) {
      // Most happens at the beginning.
      const double share = static_cast<double>(k) / static_cast<double>(columns - 1);
      const auto& z = path.codes[static_cast<std::size_t>(std::lround(share * share * static_cast<double>(s.steps)))];
      shown.insert(shown.end(), z.begin() + best * code, z.begin() + (best + 1) * code);
    }
  }
  const auto curve = [](const svg::series& of) {
    return svg::curves(std::span(&of, 1), {.x_label = "step", .width = 440});
  };
  b.page()
      .picture("Paths",
               "From a sample of the prior to an image of each class, held by both: of " + std::to_string(starts) +
                   " starts the one that the judge likes best in the end.",
               svg::titled_rows(grid<judge.n_classes, columns>(m.decode(shown)), b.class_names(), "Paths", 1))
      .picture("What holds the codes",
               "After the climb: the judge's probability of the class; the norm of the code; how many norms lie "
               "between the first and the last percent of the prior; and, for the judge can be fooled, how many images "
               "have a training image of the class for their nearest.",
               found.text)
      .picture("Climb", "Held by both.", curve(path.log_probability))
      .picture("Norm", "Held by both.", curve(path.norm));
  b.finish();
}

}  // namespace uses
