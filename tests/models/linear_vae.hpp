#pragma once
// A linear decoder with Gaussian noise, of which everything has a closed form: probabilistic PCA.
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <genet/models/vae.hpp>
#include <genet/tensor/linear.hpp>

#include "../train/fixture.hpp"

namespace linear_vae {

using namespace genet;

constexpr std::size_t d = 6, q = 2;
struct encoder : net<input<d>, heads<head<"mean", dense<q>>, head<"log_variance", learned<q>>>> {};
struct decoder : net<input<q>, dense<d>> {};
using linear = vae<encoder, decoder, gaussian<learned_variance>>;

/// Sets a decoder whose two directions are not orthogonal, and an encoder of the right means that knows no
/// correlations.
template <class Model>
void set(Model& m, double variance) {
  const std::vector<double> w{1, 0.3, 0, 1.2, -0.5, 0, 0.4, 0.5, 1, 0.2, 0, -1}, b{0.1, 0.2, 0.3, -0.1, -0.2, -0.3};
  std::vector<double> precision(q * q), mean(q * d), shift(q), log_variance(q);
  for (std::size_t k = 0; k < q; ++k) {
    precision[k * q + k] = 1;
    for (std::size_t l = 0; l < q; ++l)
      for (std::size_t i = 0; i < d; ++i) precision[k * q + l] += w[i * q + k] * w[i * q + l] / variance;
  }
  const auto root = [&] {
    auto r = precision;
    tensor::cholesky(q, r.data());
    return r;
  }();
  for (std::size_t i = 0; i < d; ++i) {
    std::vector<double> column(w.begin() + static_cast<long>(i * q), w.begin() + static_cast<long>(i * q + q));
    tensor::cholesky_solve(q, root.data(), column.data());
    for (std::size_t k = 0; k < q; ++k) {
      mean[k * d + i] = column[k] / variance;
      shift[k] -= mean[k * d + i] * b[i];
    }
  }
  for (std::size_t k = 0; k < q; ++k) log_variance[k] = -std::log(precision[k * q + k]);
  const auto put = [&](const char* name, const std::vector<double>& v) {
    m.set(name, std::vector<typename Model::scalar>(v.begin(), v.end()));
  };
  put("decoder.0.weight", w);
  put("decoder.0.bias", b);
  put("encoder.0.mean.weight", mean);
  put("encoder.0.mean.bias", shift);
  put("encoder.0.log_variance.value", log_variance);
  const auto elements = m.get("likelihood.log_variance").size();
  put("likelihood.log_variance", std::vector<double>(elements, std::log(variance)));
}

inline data::examples points(long n, bool holes = false) {
  data::examples e{n, d, {}, {}};
  for (double x : numbers(n * static_cast<long>(d), 8)) e.x.push_back(static_cast<float>(2 * x));
  for (std::size_t i = 0; holes && i < e.x.size(); ++i)
    if (i % d >= 2 + i / d) e.x[i] = std::numeric_limits<float>::quiet_NaN();
  return e;
}

struct normal_distribution {
  std::vector<double> mean, covariance;
};

/// Of the code, given what is not NaN of x.
template <class Model>
normal_distribution posterior(const Model& m, std::span<const float> x) {
  const auto w = m.get("decoder.0.weight"), b = m.get("decoder.0.bias");
  const double variance = std::exp(static_cast<double>(m.get("likelihood.log_variance")[0]));
  std::vector<double> precision(q * q), covariance(q * q), mean(q);
  for (std::size_t k = 0; k < q; ++k) precision[k * q + k] = covariance[k * q + k] = 1;
  for (std::size_t i = 0; i < d; ++i) {
    if (std::isnan(x[i])) continue;
    for (std::size_t k = 0; k < q; ++k) {
      mean[k] += w[i * q + k] * (static_cast<double>(x[i]) - b[i]) / variance;
      for (std::size_t l = 0; l < q; ++l) precision[k * q + l] += w[i * q + k] * w[i * q + l] / variance;
    }
  }
  REQUIRE(tensor::cholesky(q, precision.data()));
  for (std::size_t k = 0; k < q; ++k) tensor::cholesky_solve(q, precision.data(), covariance.data() + k * q);
  tensor::cholesky_solve(q, precision.data(), mean.data());
  return {mean, covariance};
}

/// log p of what is not NaN of x.
template <class Model>
double log_density(const Model& m, std::span<const float> x) {
  const auto w = m.get("decoder.0.weight"), b = m.get("decoder.0.bias");
  const double variance = std::exp(static_cast<double>(m.get("likelihood.log_variance")[0]));
  std::vector<std::size_t> seen;
  for (std::size_t i = 0; i < d; ++i)
    if (!std::isnan(x[i])) seen.push_back(i);
  const std::size_t n = seen.size();
  std::vector<double> covariance(n * n), off(n);
  for (std::size_t i = 0; i < n; ++i) {
    off[i] = static_cast<double>(x[seen[i]]) - b[seen[i]];
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t k = 0; k < q; ++k) covariance[i * n + j] += w[seen[i] * q + k] * w[seen[j] * q + k];
    covariance[i * n + i] += variance;
  }
  REQUIRE(tensor::cholesky(static_cast<long>(n), covariance.data()));
  tensor::solve_lower(static_cast<long>(n), covariance.data(), off.data());
  double sum = static_cast<double>(n) * std::log(2 * 3.14159265358979323846);
  for (std::size_t i = 0; i < n; ++i) sum += off[i] * off[i] + 2 * std::log(covariance[i * n + i]);
  return -sum / 2;
}

}  // namespace linear_vae
