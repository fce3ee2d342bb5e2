// More of the same: images drawn from a model. The prior that a VAE is trained with holds codes that no image has; a
// mixture of normal distributions, fitted to the codes of the training images, is a better prior for the same decoder.
#include <algorithm>
#include <optional>
#include <span>

#include <genet/metrics/image_quality.hpp>
#include <genet/models/mixture_prior.hpp>
#include <genet/report/image.hpp>

#include "../program/judge.hpp"
#include "../program/quality.hpp"
#include "clothes.hpp"

namespace uses {

using namespace genet;

namespace {

constexpr long neighbours = 3, components = 64;

constexpr std::pair<const char*, double metrics::quality::*> scores[] = {
    {"coverage", &metrics::quality::coverage}, {"precision", &metrics::quality::precision},
    {"recall", &metrics::quality::recall},     {"density", &metrics::quality::density},
    {"Frechet distance", &metrics::quality::frechet}};

}  // namespace

void simulate(const settings& s) {
  const program::common& o = s.o;
  bench b(s, {"Drawing images", clothes_declaration, "negative ELBO, nats per image"});
  std::optional<program::judge> judge;
  if (!s.measuring.judge.empty()) judge.emplace(s.measuring.judge, o.threads);
  model<clothes> m{seed{o.seed}};
  if (!train(b, m)) return;

  const long drawn = s.measuring.samples;
  tensor::team team{o.threads};
  mixture_prior<clothes> prior(s.components);
  const em_report fitted = prior.fit(m, b.train(), {.iterations = 100, .tolerance = 1e-4, .seed = o.seed}, team);
  b.result("mixture_log_likelihood", fitted.final() / static_cast<double>(b.train().count));

  const std::pair<std::string, std::vector<float>> samples[] = {
      {"prior", m.sample(drawn, seed{o.seed}).values}, {"mixture", prior.sample(m, drawn, seed{o.seed}).values}};
  const long features = b.train().features;
  for (const auto& [name, x] : samples)
    b.page().picture(
        name == "prior" ? "From the prior" : "From the mixture", "A hundred samples.",
        grid<10, 10>(std::span(x).first(std::min<std::size_t>(x.size(), 100 * static_cast<std::size_t>(features))),
                     clothes::input_shape));
  if (drawn <= neighbours) return b.finish();
  const metrics::image_quality in_components({b.train().x, features}, {b.test().x, features}, components,
                                             {.neighbours = neighbours}, team);
  table results{32, 10};
  const auto compare = [&](const std::string& name, const std::string& words, const auto& measure) {
    results.add(words, {"prior", "mixture"});
    const metrics::quality of[] = {measure(samples[0].second), measure(samples[1].second)};
    for (const auto& [title, score] : scores)
      results.add(std::string("  ") + title, {number(of[0].*score), number(of[1].*score)});
    for (int i = 0; i < 2; ++i) {
      b.result(samples[i].first + "_coverage_" + name, of[i].coverage);
      b.result(samples[i].first + "_precision_" + name, of[i].precision);
    }
  };
  compare("components", std::to_string(components) + " principal components",
          [&](const std::vector<float>& x) { return in_components.measure({x, features}, team); });
  if (judge) {
    const auto reference = judge->features(b.test().x);
    const metrics::feature_quality in_features({reference, judge->n_features}, {.neighbours = neighbours}, team);
    compare("features", "features of the classifier", [&](const std::vector<float>& x) {
      return in_features.measure({judge->features(x), judge->n_features}, team);
    });
  }
  b.page().picture("Sample quality",
                   std::to_string(drawn) + " samples of the same decoder against " + std::to_string(b.test().count) +
                       " test images: codes from the standard normal prior, and from a mixture of " +
                       std::to_string(s.components) + " normal distributions fitted to codes of the training images.",
                   results.text);
  b.finish();
}

}  // namespace uses
