// tools/check-statistics: latent-variable models on Fashion-MNIST and on scikit-learn's digits beside closed forms and
// numbers that NumPy and scikit-learn computed.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <genet/data/csv.hpp>
#include <genet/data/dataset.hpp>
#include <genet/data/images.hpp>
#include <genet/io/safetensors.hpp>
#include <genet/models/bernoulli_mixture.hpp>
#include <genet/models/factor_analysis.hpp>

#include "program/run.hpp"

using namespace genet;
using metrics::points;

namespace {

constexpr long pixels = 784;
constexpr const char* digits = "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz";
int wrong = 0;

void compare(const std::string& what, double found, double expected, double allowed) {
  const bool good = std::abs(found - expected) <= allowed;
  wrong += !good;
  std::printf("%-46s %14.6f %14.6f %10.2g%s\n", what.c_str(), found, expected, allowed, good ? "" : "  WRONG");
}

double per_point(double total, const points& x) { return total / static_cast<double>(x.count()); }

/// EM from random loadings against the closed form, both against NumPy's.
template <long L>
void principal_components(const points& train, const points& test, double on_train, double on_test,
                          tensor::team& team) {
  const std::string name = "PPCA-" + std::to_string(L);
  probabilistic_pca<L, pixels> closed, em;
  closed.fit_closed_form(train, {}, team);
  compare(name + ": closed form, training images", per_point(closed.log_likelihood(train, team), train), on_train, 1e-4);
  compare(name + ": closed form, test images", per_point(closed.log_likelihood(test, team), test), on_test, 1e-4);
  const em_report r = em.fit(train, {.tolerance = 1e-7}, {}, team);
  const double target = per_point(closed.log_likelihood(train, team), train);
  compare(name + ": EM, " + std::to_string(r.iterations) + " iterations", per_point(em.log_likelihood(train, team), train),
          target, 1e-6 * std::abs(target));
}

void images(const std::filesystem::path& directory, tensor::team& team) {
  const auto files = data::find_dataset(directory);
  const shape image{3, {1, 28, 28}};
  const auto training = data::images(files.train_images, image), test = data::images(files.test_images, image);
  const points x(training.x, pixels), y(test.x, pixels);
  principal_components<0>(x, y, -155.2912, -153.6274, team);
  principal_components<1>(x, y, -24.2035, -21.8791, team);
  principal_components<2>(x, y, 85.2527, 86.9326, team);
  principal_components<10>(x, y, 314.8061, 315.1629, team);
  principal_components<20>(x, y, 396.7614, 396.6993, team);

  const auto bits = [](const auto& pictures) {
    std::vector<float> out;
    for (const float v : pictures) out.push_back(v > 127.5F / 255 ? 1.F : 0.F);
    return out;
  };
  const auto train_bits = bits(training.x), test_bits = bits(test.x);
  const points a(train_bits, pixels), b(test_bits, pixels);
  const auto nats = [&](const auto& m, const points& some) { return -per_point(m.log_likelihood(some, team), some); };
  bernoulli_mixture<1, pixels> one;
  one.fit(a, {}, {}, team);
  compare("Bernoulli, K = 1: training images", nats(one, a), 382.49096, 1e-4);
  compare("Bernoulli, K = 1: test images", nats(one, b), 383.12633, 1e-4);
  // The published numbers are of probabilities that were kept between .001 and .999.
  std::vector<double> kept(one.probabilities().begin(), one.probabilities().end());
  for (double& p : kept) p = std::clamp(p, 1e-3, 1 - 1e-3);
  one.set(std::vector{1.}, kept);
  compare("Bernoulli, K = 1, p in .001 to .999: training", nats(one, a), 382.504, 1e-3);
  compare("Bernoulli, K = 1, p in .001 to .999: test", nats(one, b), 383.137, 1e-3);
  bernoulli_mixture<10, pixels> ten;
  ten.fit(a, {.iterations = 30, .starts = 3}, {}, team);
  compare("Bernoulli, K = 10, 30 iterations: training", nats(ten, a), 219.67, 2);
  compare("Bernoulli, K = 10, 30 iterations: test", nats(ten, b), 220.71, 2);
}

/// As scikit-learn's PCA.score, whose covariance is divided by count - 1.
template <long L>
double score(const points& x) {
  probabilistic_pca<L> m;
  m.fit_closed_form(x);
  const auto n = static_cast<double>(x.count()), wider = n / (n - 1);
  std::vector<double> w(m.loadings().begin(), m.loadings().end()), noise(m.noise().begin(), m.noise().end());
  for (double& v : w) v *= std::sqrt(wider);
  for (double& v : noise) v *= wider;
  m.set(m.mean(), w, noise);
  return per_point(m.log_likelihood(x), x);
}

void tables() {
  const auto iris = io::tensor_file::read("tests/fixtures/mixtures.safetensors").get<double>("iris/points");
  compare("Iris, PPCA-1", 150 * score<1>({iris, 4}), -470.67615, 1e-4);
  compare("Iris, PPCA-2", 150 * score<2>({iris, 4}), -404.96948, 1e-4);
  factor_analysis<1, 4> one;  // a noise variance tends to 0
  one.fit({iris, 4}, {.iterations = 200'000, .tolerance = 1e-12});
  compare("Iris, factor analysis, L = 1", one.log_likelihood({iris, 4}), -422.378, .05);
  if (!std::filesystem::exists(digits)) {
    std::printf("%s: not there (Debian's python3-sklearn), digits left out\n", digits);
    return;
  }
  const auto all = data::csv::read(digits, {.header = false});
  std::vector<double> x;
  const auto numbers = all.numbers();
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (i % 65 < 64) x.push_back(numbers[i]);
  compare("Digits, PPCA-5", score<5>({x, 64}), -168.538046, 1e-5);
  compare("Digits, PPCA-10", score<10>({x, 64}), -159.993736, 1e-5);
  compare("Digits, PPCA-20", score<20>({x, 64}), -150.168383, 1e-5);
}

void check(const std::filesystem::path& directory, int threads) {
  const auto started = std::chrono::steady_clock::now();
  tensor::team team(threads);
  std::printf("%-46s %14s %14s %10s\n", "", "found", "expected", "allowed");
  tables();
  images(directory, team);
  std::printf("%.0f s; %d of the numbers wrong\n",
              std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count(), wrong);
  if (wrong > 0) throw training_error("models differ from their references");
}

}  // namespace

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    if (count > 2) throw usage_error("expected at most a directory with the data");
    check(count > 1 ? words[1] : data::fashion_mnist, 2);
  });
}
