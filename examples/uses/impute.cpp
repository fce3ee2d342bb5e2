// What is missing in an image: the code is drawn from its posterior given the pixels that are there, by Hamiltonian
// Monte Carlo through the decoder, and decoded. The mean over draws is the best guess, each draw is one way it could
// have been.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include <genet/models/imputation.hpp>
#include <genet/report/image.hpp>
#include <genet/report/titled_rows.hpp>

#include "clothes.hpp"

namespace uses {

using namespace genet;

namespace {

constexpr long pixels = clothes::input_shape.size(), width = clothes::input_shape[2];
constexpr long shown = 10, completions_shown = 4;
constexpr float missing = std::numeric_limits<float>::quiet_NaN();

/// A way of hiding pixels.
struct hole {
  std::string name, words;
  bool (*hides)(long image, long pixel, std::uint64_t seed);
};

const std::vector<hole> holes{
    {"lower_half", "the lower half", [](long, long pixel, std::uint64_t) { return pixel >= pixels / 2; }},
    {"right_half", "the right half", [](long, long pixel, std::uint64_t) { return pixel % width >= width / 2; }},
    {"scattered", "80 % of the pixels, at random", [](long image, long pixel, std::uint64_t seed) {
       float u[1];
       rng::uniform<float>(u, {seed, stream::sampling, 0}, static_cast<std::uint64_t>(image * pixels + pixel));
       return u[0] < 0.8F;
     }}};

/// Mean squared error of guesses at what is missing; `guess` gives image after image, or one for all.
double error_of(std::span<const float> guess, const data::examples& truth, const data::examples& seen) {
  double squares = 0, count = 0;
  for (std::size_t i = 0; i < truth.x.size(); ++i) {
    if (!std::isnan(seen.x[i])) continue;
    const double off = static_cast<double>(guess[i % guess.size()]) - static_cast<double>(truth.x[i]);
    squares += off * off;
    ++count;
  }
  return squares / count;
}

/// Rows of the first images: what is seen of them, draws, their mean, the truth.
svg::drawing picture(const data::examples& seen, const completed<float>& done, const data::examples& truth) {
  std::vector<float> rows(seen.x.begin(), seen.x.begin() + shown * pixels);
  for (float& v : rows)
    if (std::isnan(v)) v = 0.5F;  // grey
  std::vector<std::string> titles{"seen"};
  for (long n = 0; n < completions_shown; ++n) {
    titles.push_back("draw " + std::to_string(n + 1));
    for (long i = 0; i < shown; ++i) {
      const auto one = done.draws[i * completions_shown + n];
      rows.insert(rows.end(), one.begin(), one.end());
    }
  }
  for (const auto& [title, values] : {std::pair("mean", &done.means.values), std::pair("true", &truth.x)}) {
    titles.emplace_back(title);
    rows.insert(rows.end(), values->begin(), values->begin() + shown * pixels);
  }
  return svg::titled_rows(grid(static_cast<int>(titles.size()), static_cast<int>(shown), std::span<const float>(rows),
                               clothes::input_shape),
                          titles, "Completions");
}

}  // namespace

void impute(const settings& s) {
  const program::common& o = s.o;
  bench b(s, {"Completing images", clothes_declaration, "negative ELBO, nats per image"});
  model<clothes> m{seed{o.seed}};
  if (!train(b, m)) return;

  const data::examples truth = data::first(b.test(), s.images);
  const auto mean = mean_row(b.train().x, pixels);
  tensor::team team{o.threads};
  const latent_chains how{.warmup = 50, .iterations = 50, .seed = o.seed};
  table results{30, 10};
  results.add("mean squared error", {"mean image", "draws", "ratio"});
  for (const hole& h : holes) {
    if (program::interrupted()) return;
    data::examples seen = truth;
    for (long i = 0; i < seen.count; ++i)
      for (long k = 0; k < pixels; ++k)
        if (h.hides(i, k, o.seed)) seen.x[static_cast<std::size_t>(i * pixels + k)] = missing;
    const auto done = genet::impute(m, seen, how, {.draws = completions_shown}, team);
    const double filled = error_of(mean, truth, seen), drawn = error_of(done.means.values, truth, seen);
    b.result(h.name + "_mean_image_mse", filled, 4);
    b.result(h.name + "_mse", drawn, 4);
    b.result(h.name + "_ratio", drawn / filled);
    results.add(h.words, {number(filled, 4), number(drawn, 4), number(drawn / filled)});
    if (truth.count >= shown)
      b.page().picture(
          "Without " + h.words,
          "What is seen of test images, four draws from the posterior, the mean over all draws, the truth.",
          picture(seen, done, truth));
  }
  b.page().picture("How far off",
                   "Of the missing pixels of " + std::to_string(truth.count) +
                       " test images: filled with the mean of the training images, and with the mean over draws.",
                   results.text);
  b.finish();
}

}  // namespace uses
