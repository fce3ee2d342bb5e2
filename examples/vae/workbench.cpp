#include "workbench.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <genet/report/report.hpp>
#include <genet/report/titled_rows.hpp>

#include "../program/image_run.hpp"
#include "../program/quality.hpp"
#include "variants.hpp"

namespace variants {

using namespace genet;

namespace {

/// A hundred pictures from the prior; of a model that takes labels the same ten codes as each class, a row for one.
image from_prior(const drawable& d, double temperature) {
  if (!d.classes) return grid<10, 10>(d.decode(d.prior(100, temperature), {}));
  std::vector<float> z;
  std::vector<std::int32_t> labels;
  const std::vector<float> ten = d.prior(10, temperature);
  for (int c = 0; c < d.classes; ++c) {
    z.insert(z.end(), ten.begin(), ten.end());
    labels.insert(labels.end(), 10, c);
  }
  const auto pictures = d.decode(z, labels);
  return grid(d.classes, 10, std::span(pictures.values), pictures.s);
}

/// Test images over what the decoder makes of the means of their codes.
image reconstructions(const drawable& d, const data::examples& test) {
  const auto shown = data::first(test, 40);
  const auto back = d.decode(d.means(shown.x, shown.labels).values, shown.labels);
  return pairs(10, std::span(shown.x), std::span<const float>(back.values), d.image);
}

/// Walks between two test images through the means of their codes; a class is that of the first.
image interpolations(const drawable& d, const data::examples& test) {
  constexpr long walks = 8, steps = 11;
  const auto shown = data::first(test, 2 * walks);
  const auto ends = d.means(shown.x, shown.labels);
  std::vector<float> path;
  std::vector<std::int32_t> labels;
  for (long w = 0; 2 * w + 1 < ends.count; ++w) {
    labels.insert(labels.end(), steps, shown.labels[static_cast<std::size_t>(2 * w)]);
    for (long s = 0; s < steps; ++s)
      for (std::size_t k = 0; k < static_cast<std::size_t>(d.latent.size()); ++k)
        path.push_back(
            std::lerp(ends[2 * w][k], ends[2 * w + 1][k], static_cast<float>(s) / static_cast<float>(steps - 1)));
  }
  return grid<walks, steps>(d.decode(path, labels));
}

/// Means of codes of test images, the two coordinates that vary most.
svg::drawing latent_map(const drawable& d, const data::examples& test, const std::vector<std::string>& names) {
  const auto shown = data::first(test, 3000);
  const auto mean = d.means(shown.x, shown.labels);
  const double n = static_cast<double>(mean.count);
  std::vector<std::pair<double, std::size_t>> variances;
  for (std::size_t k = 0; k < static_cast<std::size_t>(d.latent.size()); ++k) {
    double sum = 0, squares = 0;
    for (long i = 0; i < mean.count; ++i) {
      sum += mean[i][k];
      squares += mean[i][k] * mean[i][k];
    }
    variances.emplace_back(squares / n - sum / n * sum / n, k);
  }
  std::sort(variances.rbegin(), variances.rend());
  if (d.latent.size() == 2) variances = {{0, 0}, {0, 1}};
  std::vector<float> xy;
  for (long i = 0; i < mean.count; ++i)
    for (std::size_t axis = 0; axis < 2; ++axis)
      xy.push_back(mean[i][variances[std::min(axis, variances.size() - 1)].second]);
  return svg::scatter(std::span<const float>(xy), std::span(shown.labels), {.names = names});
}

/// The z below which a standard normal variable lies with probability p: Newton's method on its distribution
/// function.
float normal_quantile(double p) {
  double z = 0;
  for (int i = 0; i < 60; ++i) {
    const double below = 0.5 * std::erfc(-z / std::sqrt(2.0)),
                 density = std::exp(-z * z / 2) / std::sqrt(2 * 3.141592653589793);
    z += std::clamp((p - below) / density, -1.0, 1.0);
  }
  return static_cast<float>(z);
}

/// The decoder over a square of codes that cuts the prior into equal probabilities (Kingma & Welling 2014, figure 4).
image manifold(const drawable& d) {
  constexpr int side = 20;
  std::vector<float> z;
  for (int row = 0; row < side; ++row)
    for (int column = 0; column < side; ++column) {
      z.push_back(normal_quantile((column + 0.5) / side));
      z.push_back(normal_quantile(1 - (row + 0.5) / side));
    }
  return grid<side, side>(d.decode(z, {}));
}

}  // namespace

struct workbench::pages {
  report page;
  program::common o;
  program::sample_quality quality;
  drawable model;
};

workbench::workbench(const settings& s, const description& about, drawable d) {
  auto images = program::read_images(s.o, d.image, s.validation);
  train_ = std::move(images.train);
  validation_ = std::move(images.validation);
  test_ = std::move(images.test);

  pages_ = std::make_unique<pages>(
      pages{report{s.o.out}, s.o, program::sample_quality{s.o, s.measuring}, d});
  report& page = pages_->page;
  page.title(about.title)
      .model(about.declaration)
      .config(s.config)
      .threads(s.o.threads)
      .unit("images")
      .loss_label("negative ELBO, nats per image")
      .fact("Data", s.o.data.string())
      .fact("Seed", std::to_string(s.o.seed))
      .samples([d, temperature = s.measuring.temperature] { return from_prior(d, temperature); });
  const data::examples& test = test_;
  if (d.classes)
    page.picture("Classes", "The same ten codes from the prior, decoded as each class.",
                 [d, temperature = s.measuring.temperature, names = program::class_names(s.o.data)] {
                   return svg::titled_rows(from_prior(d, temperature), names, "Classes");
                 });
  page.picture("Reconstructions", "Test images and, below each, what the decoder makes of the mean of its code.",
               [=, &test] { return reconstructions(d, test); });
  page.picture("Interpolations", "Walks between two test images through the latent space.",
               [=, &test] { return interpolations(d, test); });
  page.picture("Latent map",
               "Means of the codes of 3000 test images, coloured by class; of more than two coordinates the two that "
               "vary most.",
               [=, &test, names = program::class_names(s.o.data)] { return latent_map(d, test, names); });
  if (d.latent.size() == 2 && !d.classes)
    page.picture("Manifold", "The decoder over a square of codes that cuts the prior into equal probabilities.",
                 [=] { return manifold(d); });
}

workbench::~workbench() = default;

std::filesystem::path workbench::last_checkpoint() const { return pages_->page.directory().checkpoint("last"); }
std::filesystem::path workbench::weights() const { return pages_->page.directory().path() / "model.safetensors"; }

std::vector<std::unique_ptr<callback>> workbench::callbacks() const {
  return program::watchers(pages_->o, pages_->page);
}

void workbench::estimate(double nats, long codes) {
  pages_->page.fact("log p(x)", show_number::fixed(nats, 2) + " nats, by " + std::to_string(codes) +
                                    " codes of each of the first 1000 test images");
  std::printf("test log p(x) %.3f codes %ld\n", nats, codes);
}

void workbench::estimate(const annealed_estimates& e) {
  const auto number = [](double v) { return show_number::fixed(v, 2); };
  pages_->page.fact("log p(x), annealed",
                    number(e.annealed) + " nats, over " + std::to_string(e.temperatures) +
                        " temperatures, of the first " + std::to_string(e.images) + " test images; " +
                        number(e.weighted) + " by " + std::to_string(e.codes) + " codes" +
                        (std::isnan(e.exact) ? "" : "; exactly " + number(e.exact)) + "; on drawn images between " +
                        number(e.lower) + " and " + number(e.upper));
  std::printf("annealed log p(x) %.3f temperatures %ld images %ld weighted %.3f codes %ld\n", e.annealed,
              e.temperatures, e.images, e.weighted, e.codes);
  if (!std::isnan(e.exact)) std::printf("exact log p(x) %.3f images %ld\n", e.exact, e.images);
  std::printf("drawn images log p(x) lower %.3f upper %.3f gap %.3f\n", e.lower, e.upper, e.upper - e.lower);
}

void workbench::finish(const epoch_record& tested) {
  const drawable& d = pages_->model;
  pages_->quality.measure(pages_->page, train_, test_, d.classes > 0,
                          [&](long n, drawable::labels labels, double temperature) {
                            return d.decode(d.prior(n, temperature), labels);
                          });
  program::finish(pages_->page, tested);
}

}  // namespace variants
