// Posteriors of posteriordb (stan-dev/posteriordb, BSD-3-Clause). Each model meets data of its own making, whose
// truth it has to find again; where GENET_POSTERIORDB is the directory of the published data, also these, against the
// moments of the reference draws (an effective sample size of some 10 000).
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <genet/inference/nuts.hpp>

#include "models.hpp"

namespace {

using numbers = std::vector<double>;

/// The array or arrays called `key`, row after row; nothing without the data.
numbers published(const char* file, const std::string& key) {
  const char* directory = std::getenv("GENET_POSTERIORDB");
  if (!directory) {
    MESSAGE("GENET_POSTERIORDB is not set: " << std::string(file) << " is left out");
    return {};
  }
  std::ifstream in(std::string(directory) + "/" + file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::size_t at = text.find('"' + key + '"');
  REQUIRE_MESSAGE(at != std::string::npos, std::string(file) << " has no " << key);
  numbers out;
  int depth = 0;
  for (at = text.find('[', at); at < text.size();) {
    const char c = text[at];
    if (c == '[') ++depth;
    if (c == ']' && --depth == 0) break;
    if (c != '-' && (c < '0' || c > '9')) {
      ++at;
      continue;
    }
    char* end = nullptr;
    out.push_back(std::strtod(text.c_str() + at, &end));
    at = static_cast<std::size_t>(end - text.c_str());
  }
  return out;
}

numbers normal_numbers(long n, std::uint64_t seed) {
  numbers x(static_cast<std::size_t>(n));
  rng::normal(std::span(x), rng::key{seed, 0, 0});
  return x;
}

/// low_dim_gauss_mix: two normal distributions, means ascending.
struct mixture {
  using parameters = inference::parameters<ordered<2>, positive<2>, interval<0, 1>>;
  numbers y;
  auto log_density(const auto& t) const {
    auto sum = -(square(t[0]) + square(t[1]) + square(t[2]) + square(t[3])) / 8 + 4 * log(t[4]) + 4 * log(1 - t[4]);
    const auto first = log(t[4]) - log(t[2]), second = log(1 - t[4]) - log(t[3]);
    for (const double v : y)
      sum += log_sum_exp(first - 0.5 * square((v - t[0]) / t[2]), second - 0.5 * square((v - t[1]) / t[3]));
    return sum;
  }
};

/// Linear regression with a gradient by hand: kidscore_momiq (flat) and blr (normal priors of deviation 10).
template <int Coefficients, bool Flat>
struct regression {
  static constexpr std::size_t K = Coefficients;
  using parameters = inference::parameters<unbounded<Coefficients>, positive<>>;
  using point = std::array<double, K + 1>;
  numbers x, y;  // row after row
  double log_density(const point& t, point& gradient) const {
    gradient.fill(0);
    double squares = 0;
    const double sigma = t[K];
    for (std::size_t i = 0; i < y.size(); ++i) {
      double rest = y[i];
      for (std::size_t k = 0; k < K; ++k) rest -= x[i * K + k] * t[k];
      squares += rest * rest;
      for (std::size_t k = 0; k < K; ++k) gradient[k] += rest * x[i * K + k] / (sigma * sigma);
    }
    const auto n = static_cast<double>(y.size());
    double density = -n * std::log(sigma) - squares / (2 * sigma * sigma);
    gradient[K] = -n / sigma + squares / (sigma * sigma * sigma);
    if constexpr (Flat) {
      density -= std::log1p(sigma * sigma / 6.25);
      gradient[K] -= 2 * sigma / (6.25 + sigma * sigma);
    } else {
      for (std::size_t k = 0; k <= K; ++k) {
        density -= t[k] * t[k] / 200;
        gradient[k] -= t[k] / 100;
      }
    }
    return density;
  }
};

/// hmm_example: two states, emissions N(mu, 1), the first state at will of neither, transitions by rows.
struct hidden_states {
  using parameters = inference::parameters<simplex<2>, simplex<2>, ordered<2>>;
  numbers y;
  auto log_density(const auto& t) const {
    auto prior = -0.5 * square(t[4] - 3) - 0.5 * square(t[5] - 10);
    auto a = -0.5 * square(y[0] - t[4]), b = -0.5 * square(y[0] - t[5]);
    const auto stay = log(t[0]), leave = log(t[1]), back = log(t[2]), remain = log(t[3]);
    for (std::size_t i = 1; i < y.size(); ++i) {
      const auto next = log_sum_exp(a + stay, b + back) - 0.5 * square(y[i] - t[4]);
      b = log_sum_exp(a + leave, b + remain) - 0.5 * square(y[i] - t[5]);
      a = next;
    }
    return prior + log_sum_exp(a, b);
  }
};

struct moment {
  int parameter;
  double mean, sd;
};

template <class Model>
void as_published(const Model& model, std::initializer_list<moment> reference) {
  const draws d = sample(model, nuts{.iterations = 4000, .seed = 3, .target_acceptance = 0.95});
  CHECK(d.all_divergences() == 0);
  for (const auto& [i, mean, sd] : reference) {
    CAPTURE(i);
    const auto q = d.summary(i);
    agrees(q, mean, sd, sd / 100, sd / 100);
    CHECK(q.ess_bulk >= 2000);
    CHECK(q.ess_tail >= 2000);
  }
}

/// The truth lies within 4.5 deviations of the mean.
template <class Model>
void finds_again(const Model& model, std::initializer_list<double> truth) {
  const draws d = sample(model, nuts{.chains = 2, .warmup = 300, .iterations = 300, .seed = 5});
  CHECK(d.all_divergences() == 0);
  int i = 0;
  for (const double t : truth) {
    CAPTURE(i);
    const auto q = d.summary(i++);
    CHECK(std::abs(q.mean - t) < 4.5 * q.sd);
    CHECK(q.r_hat < 1.03);
  }
}

}  // namespace

TEST_CASE("a mixture of two normal distributions") {
  mixture m{normal_numbers(200, 1)};
  for (std::size_t i = 0; i < 200; ++i) m.y[i] = i % 5 < 2 ? 3 + 0.8 * m.y[i] : -2 + 1.2 * m.y[i];
  finds_again(m, {-2, 3, 1.2, 0.8, 0.6});
  if (m.y = published("low_dim_gauss_mix.json", "y"); !m.y.empty())
    as_published(
        m, {{0, -2.7335, .0420}, {1, 2.8698, .0546}, {2, 1.0281, .0314}, {3, 1.0238, .0405}, {4, .62155, .01548}});
}

TEST_CASE("a regression without priors of the coefficients, uncentred") {
  regression<2, true> m;
  const numbers noise = normal_numbers(600, 2);
  for (std::size_t i = 0; i < 300; ++i) {
    m.x.insert(m.x.end(), {1, 5 + noise[i]});
    m.y.push_back(25 + 0.6 * m.x.back() + 4 * noise[300 + i]);
  }
  finds_again(m, {25, 0.6, 4});
  m.y = published("kidiq.json", "kid_score");
  m.x.clear();
  for (const double iq : published("kidiq.json", "mom_iq")) m.x.insert(m.x.end(), {1, iq});
  if (!m.y.empty()) as_published(m, {{0, 25.9165, 5.9686}, {1, .608628, .058982}, {2, 18.2758, .6240}});
}

TEST_CASE("a regression of five coefficients") {
  regression<5, false> m{normal_numbers(500, 3), normal_numbers(100, 4)};
  for (std::size_t i = 0; i < 100; ++i)
    for (std::size_t k = 0; k < 5; ++k) m.y[i] += static_cast<double>(k) * m.x[5 * i + k];
  finds_again(m, {0, 1, 2, 3, 4, 1});
  m.y = published("sblri.json", "y");
  m.x = published("sblri.json", "X");
  if (!m.y.empty())
    as_published(m, {{0, .999466, .000974},
                     {1, 1.00023, .001154},
                     {2, 1.00042, .000958},
                     {3, 1.00115, .001060},
                     {4, 1.00156, .001048},
                     {5, .96263, .07118}});
}

TEST_CASE("hidden states") {
  hidden_states m{normal_numbers(150, 6)};
  for (std::size_t i = 0; i < 150; ++i) m.y[i] += i % 15 < 5 ? 3 : 8;  // stays 4 of 5 times, 9 of 10 times
  finds_again(m, {0.8, 0.2, 0.1, 0.9, 3, 8});
  if (m.y = published("hmm_example.json", "y"); !m.y.empty())
    as_published(m, {{0, .66665, .1012}, {3, .92687, .0284}, {4, 3.0215, .2245}, {5, 8.8273, .1106}});
}
