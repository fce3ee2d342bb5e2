// A relation learned from pairs: an image from its label, of which there are many, by a conditional VAE; and the right
// half of an image from its left half, by a net that gives the mean of what may be there.
#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <span>

#include <genet/metrics/pairs.hpp>
#include <genet/models/vae.hpp>
#include <genet/report/image.hpp>
#include <genet/report/titled_rows.hpp>
#include <genet/run/in_batches.hpp>
#include <genet/run/weights_file.hpp>

#include "bench.hpp"

namespace uses {

using namespace genet;

namespace {

struct labelled_encoder
    : net<inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>,
          heads<head<"x", pick<"image">, flatten>, head<"y", pick<"label">>>, with_label<10>, dense<400>, relu,
          heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct labelled_decoder : net<inputs<named<"code", input<20>>, named<"label", labels<10>>>, with_label<10>, dense<400>,
                              relu, dense<784>, reshape<1, 28, 28>> {};
using labelled = vae<labelled_encoder, labelled_decoder, bernoulli>;

void image_from_label(const settings& s) {
  const program::common& o = s.o;
  bench b(s, {"An image from its label",
              R"(struct encoder
    : net<inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>,
          heads<head<"x", pick<"image">, flatten>, head<"y", pick<"label">>>, with_label<10>, dense<400>, relu,
          heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<inputs<named<"code", input<20>>, named<"label", labels<10>>>, with_label<10>, dense<400>,
                     relu, dense<784>, reshape<1, 28, 28>> {};
using clothes = vae<encoder, decoder, bernoulli>;)",
              "negative ELBO, nats per image"});
  const program::sample_quality quality(o, s.measuring);
  model<labelled> m{seed{o.seed}};
  trainer fit{m, elbo{}, adam{.learning_rate = o.learning_rate}, constant{},
              training_options{.seed = o.seed, .threads = o.threads}};
  if (!b.train_by(fit, b.train())) return;
  b.tested(fit.evaluate(b.test(), "test", batch{o.batch}));
  save(m, b.page().directory().path() / "model.safetensors");

  const auto draw = [&](long n, std::span<const std::int32_t> asked, double temperature) {
    return m.decode(m.prior(n, {}, temperature), asked);
  };
  constexpr long columns = 12;
  std::vector<std::int32_t> asked;
  for (std::int32_t c = 0; c < labelled::classes; ++c) asked.insert(asked.end(), columns, c);
  const auto drawn = draw(static_cast<long>(asked.size()), asked, s.measuring.temperature);
  b.page().picture("Asked for", "Samples of each class.",
                   svg::titled_rows(grid<labelled::classes, columns>(drawn), b.class_names(), "Asked for", 1));
  quality.measure(b.page(), b.train(), b.test(), true, draw);
  b.finish();
}

struct half_net : net<input<1, 28, 14>, flatten, dense<512>, relu, dropout<0.1>, dense<512>, relu, dense<392>, sigmoid,
                      reshape<1, 28, 14>> {};

/// Regression: the label of an example says which row of a table its target is.
struct regression {
  std::span<const float> targets{};
  static constexpr std::array<std::string_view, 0> terms{};

  template <class Net, class Session, class T>
  measured<0> measure(Session& s, const example_batch<T>& b, const training_progress&, double weight) const {
    constexpr long n = Net::net_type::output_shape.size();
    const double share = 1 / static_cast<double>(b.rows * n);
    double sum = 0;
    for (long r = 0; r < b.rows; ++r) {
      T* gradient = nullptr;
      if constexpr (Session::can != capability::forward) gradient = s.output_gradient().data() + r * n;
      sum += evaluate_loss(mse{.reduce = reduction::sum}, s.output().data() + r * n,
                           targets.data() + static_cast<long>(b.labels[r]) * n, 1, n, gradient, weight * share);
    }
    return {sum / weight, {}};
  }
};

/// Left halves as examples, labelled by their number, and right halves.
struct halves {
  data::examples left{};
  std::vector<float> right{};
};

halves in_halves(const data::examples& all) {
  constexpr long width = 14;
  halves h;
  h.left = {.count = all.count, .features = 28 * width, .x = {}, .labels = {}, .length = 0};
  h.left.labels.resize(static_cast<std::size_t>(all.count));
  std::iota(h.left.labels.begin(), h.left.labels.end(), 0);
  for (auto at = all.x.begin(); at != all.x.end(); at += 2 * width) {
    h.left.x.insert(h.left.x.end(), at, at + width);
    h.right.insert(h.right.end(), at + width, at + 2 * width);
  }
  return h;
}

/// Whole images of 28 x 28.
std::vector<float> joined(std::span<const float> left, std::span<const float> right) {
  constexpr std::size_t width = 14;
  std::vector<float> x;
  for (std::size_t at = 0; at < left.size(); at += width)
    for (const auto half : {left.subspan(at, width), right.subspan(at, width)})
      x.insert(x.end(), half.begin(), half.end());
  return x;
}

/// The right half that belongs to the most similar left half.
std::vector<float> nearest_neighbour(const halves& known, const halves& asked, tensor::team& team) {
  constexpr long together = 10'000;
  const long size = known.left.features;
  std::vector<double> least(static_cast<std::size_t>(asked.left.count), std::numeric_limits<double>::infinity());
  std::vector<long> where(least.size());
  const metrics::points all(known.left.x, size), some(asked.left.x, size);
  for (long first = 0; first < known.left.count; first += together)
    metrics::each_row_of_distances(some, all.part(first, together), team, [&](long i, std::span<double> distances) {
      const auto found = std::ranges::min_element(distances);
      const auto at = static_cast<std::size_t>(i);
      if (*found >= least[at]) return;
      least[at] = *found;
      where[at] = first + (found - distances.begin());
    });
  std::vector<float> x;
  for (const long i : where) x.insert(x.end(), known.right.begin() + i * size, known.right.begin() + (i + 1) * size);
  return x;
}

/// The mean of all rows, as often as asked for.
std::vector<float> mean_filling(const halves& known, long count) {
  const auto mean = mean_row(known.right, known.left.features);
  std::vector<float> x;
  for (long i = 0; i < count; ++i) x.insert(x.end(), mean.begin(), mean.end());
  return x;
}

void half_from_half(const settings& s) {
  const program::common& o = s.o;
  bench b(s, {"Half an image from the other half",
              R"(struct half : net<input<1, 28, 14>, flatten, dense<512>, relu, dropout<0.1>, dense<512>, relu,
                  dense<392>, sigmoid, reshape<1, 28, 14>> {};)",
              "mean squared error of a pixel"});
  const halves known = in_halves(b.train()), asked = in_halves(data::first(b.test(), 2000));
  model<half_net> m{seed{o.seed}};
  trainer fit{m, regression{known.right}, adam{.learning_rate = o.learning_rate}, cosine{.warm_up = 200},
              training_options{.seed = o.seed, .threads = o.threads}};
  if (!b.train_by(fit, known.left)) return;
  save(m, b.page().directory().path() / "model.safetensors");

  tensor::team team{o.threads};
  std::vector<float> found;
  in_batches<half_net, float>(
      std::as_const(m).view(), asked.left.x.data(), nullptr, asked.left.count,
      [&](auto& run) { found.insert(found.end(), run.output().begin(), run.output().end()); }, 128, team);
  struct filling {
    std::string name;
    std::vector<float> right;
    double error = 0;
  };
  std::vector<filling> all{{"true", asked.right},
                           {"mean", mean_filling(known, asked.left.count)},
                           {"nearest", nearest_neighbour(known, asked, team)},
                           {"net", std::move(found)}};
  const auto columns = std::min(asked.left.count, 10L);
  const auto shown = static_cast<std::size_t>(columns * asked.left.features);
  std::vector<float> rows;
  std::vector<std::string> names;
  for (filling& f : all) {
    f.error = evaluate_loss(mse{}, f.right.data(), asked.right.data(), 1, static_cast<long>(f.right.size()));
    names.push_back(f.name);
    const auto whole = joined(std::span(asked.left.x).first(shown), std::span(f.right).first(shown));
    rows.insert(rows.end(), whole.begin(), whole.end());
  }
  const image sheet = grid(4, static_cast<int>(columns), std::span<const float>(rows), shape_of({1, 28, 28}));
  b.page().picture("Right halves",
                   "Test images; the right half filled by the mean of all images, by that of the training image whose "
                   "left half is most similar, and by the net.",
                   svg::titled_rows(sheet, names, "Right halves"));
  b.result("mse_mean_filling", all[1].error, 4);
  b.result("mse_nearest_neighbour", all[2].error, 4);
  b.result("mse_net", all[3].error, 4);
  b.result("ratio_to_mean_filling", all[3].error / all[1].error);
  b.result("ratio_to_nearest_neighbour", all[3].error / all[2].error);
  const auto& last = *fit.rows().last("train");
  b.tested({last.epoch, "test", last.seconds, all[3].error, {}});
  b.finish(4);
}

}  // namespace

void relation(const settings& s) { s.from == "label" ? image_from_label(s) : half_from_half(s); }

}  // namespace uses
