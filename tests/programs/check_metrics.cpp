// tools/check-metrics: the metrics on Fashion-MNIST beside numbers that NumPy and scikit-learn computed. What is
// drawn at random differs from theirs within the sampling error that the last column allows.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <genet/data/dataset.hpp>
#include <genet/data/images.hpp>
#include <genet/data/labels.hpp>
#include <genet/metrics/image_quality.hpp>
#include <genet/metrics/parzen.hpp>
#include <genet/random/distributions.hpp>

#include "program/run.hpp"

using namespace genet;
using metrics::points;

namespace {

constexpr long pixels = 784;
int wrong = 0;

void compare(const std::string& what, double found, double expected, double allowed) {
  const bool good = std::abs(found - expected) <= allowed;
  wrong += !good;
  std::printf("%-44s %12.6f %12.6f %10.2g%s\n", what.c_str(), found, expected, allowed, good ? "" : "  WRONG");
}

struct allowed {
  double frechet, precision, recall, density, coverage, kid;
};

void compare(const std::string& what, const metrics::quality& q, const metrics::quality& expected, const allowed& a) {
  compare(what + ": Frechet distance", q.frechet, expected.frechet, a.frechet);
  compare(what + ": precision", q.precision, expected.precision, a.precision);
  compare(what + ": recall", q.recall, expected.recall, a.recall);
  compare(what + ": density", q.density, expected.density, a.density);
  compare(what + ": coverage", q.coverage, expected.coverage, a.coverage);
  compare(what + ": KID", q.kid, expected.kid, a.kid);
}

/// `n` points of the normal distribution with these principal components, whose variances beyond the first `kept` are
/// all equal: probabilistic PCA.
std::vector<double> normal_images(const metrics::pca& p, long n, long kept, std::uint64_t seed) {
  const long k = p.components();
  double rest = 0;
  for (long j = kept; j < k; ++j) rest += p.variances()[static_cast<std::size_t>(j)];
  std::vector<double> z(static_cast<std::size_t>(n * k));
  rng::normal(std::span(z), rng::key{seed, 0, 0});
  for (long i = 0; i < n; ++i)
    for (long j = 0; j < k; ++j)
      z[static_cast<std::size_t>(i * k + j)] *=
          std::sqrt(j < kept ? p.variances()[static_cast<std::size_t>(j)] : rest / static_cast<double>(k - kept));
  return p.restore({z, k});
}

void check(const std::filesystem::path& directory, int threads) {
  const auto started = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  };
  tensor::team team(threads);
  const auto files = data::find_dataset(directory);
  const shape image{3, {1, 28, 28}};
  const auto training = data::images(files.train_images, image), test = data::images(files.test_images, image);
  const auto labels = data::labels(files.train_labels, 10);
  const points train_points(training.x, pixels), test_points(test.x, pixels);
  const double begun = seconds();

  std::printf("%-44s %12s %12s %10s\n", "", "found", "expected", "allowed");
  const auto all = metrics::moments_of(train_points, team);
  const double share = static_cast<double>(training.count - 1) / static_cast<double>(training.count);
  const metrics::pca full(all, pixels);
  const double eigenvalues[] = {19.80947604, 12.11200893, 4.10608832, 3.38177211, 2.62472652};
  for (std::size_t k = 0; k < 5; ++k)
    compare("eigenvalue " + std::to_string(k + 1), full.variances()[k] * share, eigenvalues[k], 1e-7);
  compare("trace of the covariance", full.total_variance() * share, 68.21626241, 1e-6);
  const struct {
    long components;
    double noise, error;
  } likelihoods[] = {
      {1, .06182220, .06137678}, {2, .04641276, .04609612}, {10, .02468580, .02435152}, {20, .01918792, .01870470}};
  for (const auto& row : likelihoods) {
    const metrics::pca p(all, row.components);
    const auto back = p.restore({p.project(test_points, team), row.components}, team);
    double squares = 0;
    for (std::size_t i = 0; i < back.size(); ++i)
      squares += (back[i] - static_cast<double>(test.x[i])) * (back[i] - static_cast<double>(test.x[i]));
    const std::string name = "PCA-" + std::to_string(row.components);
    compare(name + ": variance left out", p.noise_variance() * share, row.noise, 1e-8);
    compare(name + ": error of test images", squares / static_cast<double>(back.size()), row.error, 1e-8);
  }

  const double before = seconds();
  const metrics::image_quality judge(train_points, test_points, 64, {}, team);
  std::printf("image_quality: %.2f s to fit\n", seconds() - before);
  const auto measure = [&](const points& x) { return judge.measure(x, team); };
  const auto train_features = judge.features().project(train_points, team);
  const points features(train_features, 64);
  compare("all training images", measure(train_points), {.0402, -.0014, .858, .862, .974, .864},
          {1e-4, .001, .001, .001, .001, 1e-4});
  compare("first 10000: Frechet distance", measure(train_points.first(10000)).frechet, .0691, 1e-4);
  compare("half and half: Frechet distance",
          metrics::frechet_distance(features.first(30000), features.part(30000, 30000), team), .0207, 1e-4);
  compare("normal distribution", measure({normal_images(full, 10000, pixels, 1), pixels}),
          {.0772, .026, .033, .765, .012, .015}, {.01, .02, .1, .01, .01, .008});
  compare("probabilistic PCA-20", measure({normal_images(full, 10000, 20, 2), pixels}),
          {2.816, .028, .152, .422, .071, .063}, {.05, .04, .1, .03, .03, .008});
  std::vector<float> first_class, repeated, noise(10000 * pixels);
  for (long i = 0; i < training.count; ++i)
    if (labels[static_cast<std::size_t>(i)] == 0) {
      const auto row = training.row(i);
      first_class.insert(first_class.end(), row.begin(), row.end());
    }
  compare("class 0 alone", measure({first_class, pixels}), {37.6, 1.508, .805, .446, .944, .217},
          {.1, .01, .01, .01, .01, .002});
  for (int i = 0; i < 10; ++i)
    repeated.insert(repeated.end(), training.x.begin(), training.x.begin() + 1000 * pixels);
  compare("1000 images, 10 times: Frechet distance", measure({repeated, pixels}).frechet, .410, .001);
  rng::uniform(std::span(noise), rng::key{3, 0, 0});
  compare("uniform noise: Frechet distance", measure({noise, pixels}).frechet, 86.5, .1);

  const double windows = seconds();
  const double deviation = metrics::parzen_deviation(train_points.first(10000), train_points.part(10000, 500),
                                                     metrics::parzen_deviations, team);
  compare("Parzen windows: deviation", deviation, .1668, 1e-4);
  const auto likelihood =
      metrics::parzen_log_likelihood(train_points.first(10000), test_points.first(1000), deviation, team);
  compare("Parzen windows: log-likelihood", likelihood.mean, 364.46, 6);
  compare("Parzen windows: standard error", likelihood.standard_error, 5.7, .3);
  std::printf("Parzen windows: %.2f s\n%.1f s and %.1f s to read the images; %d of the numbers wrong\n",
              seconds() - windows, seconds() - begun, begun, wrong);
  if (wrong > 0) throw training_error("metrics differ from their references");
}

}  // namespace

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    if (count > 2) throw usage_error("expected at most a directory with the data");
    check(count > 1 ? words[1] : data::fashion_mnist, 2);
  });
}
