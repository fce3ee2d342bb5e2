#include <genet/tensor/product.hpp>
#include <genet/tensor/views.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace genet;

namespace {

struct swish {
  static auto value(auto x) { return x / (1 + exp(-x)); }
  static auto derivative(auto x) { return x; }
};

}  // namespace

TEST_CASE_TEMPLATE("a product is an expression that assigns through the kernel", T, float, double) {
  constexpr long m = 5, k = 7, n = 21;
  std::vector<T> x(m * k), w(k * n), wt(n * k), b(n);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<double>(i % 9) - 4) / 4;
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < n; ++j)
      wt[j * k + i] = w[i * n + j] = static_cast<T>(static_cast<double>(i * n + j) / 100 - 1);
  for (std::size_t j = 0; j < n; ++j) b[j] = static_cast<T>(j);
  auto X = tensor::matrix(x.data(), m, k), W = tensor::matrix(w.data(), k, n), WT = tensor::matrix(wt.data(), n, k);
  auto B = tensor::flat(b.data(), n);
  auto worst = [&](const auto& y, auto f) {
    double bad = 0;
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::size_t l = 0; l < k; ++l)
          sum += static_cast<double>(x[i * k + l]) * static_cast<double>(w[l * n + j]);
        bad = std::max(bad, std::abs(f(sum, static_cast<double>(b[j])) - static_cast<double>(y(i, j))));
      }
    return bad;
  };
  const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-13;
  tensor::block<T> y(m * n), work(tensor::pack_size<T>(k, n));
  auto Y = tensor::matrix(y.data(), m, n);
  const auto panels = tensor::pack(W);

  tensor::assign(Y, tensor::matmul(X, panels));
  CHECK(worst(Y, [](double s, double) { return s; }) < tolerance);
  tensor::assign(Y, tensor::matmul(X, W, work.span()) + B);
  CHECK(worst(Y, [](double s, double bias) { return s + bias; }) < tolerance);
  tensor::assign(Y, tensor::apply<swish>(tensor::matmul(X, xt::transpose(WT), work.span()) + B));
  CHECK(worst(Y, [](double s, double bias) { return (s + bias) / (1 + std::exp(-s - bias)); }) < tolerance);

  xt::xtensor<T, 2> own(std::array<std::size_t, 2>{m, n});  // and by xtensor's own word
  xt::noalias(own) = tensor::apply<swish>(tensor::matmul(X, panels));
  CHECK(worst(own, [](double s, double) { return s / (1 + std::exp(-s)); }) < tolerance);
}

TEST_CASE("products of shapes that do not fit are refused") {
  std::vector<float> v(200);
  tensor::block<float> work(1000);
  auto at = [&](long r, long c) { return tensor::matrix(v.data(), r, c); };
  CHECK_THROWS_AS(tensor::matmul(at(3, 4), at(5, 2), work.span()), error);
  CHECK_THROWS_AS(tensor::matmul(at(3, 4), at(4, 2), std::span<float>()), error);
  CHECK_THROWS_AS(tensor::matmul(tensor::flat(v.data(), 4), at(4, 2), work.span()), error);
  CHECK_THROWS_AS(tensor::matmul(at(3, 4), at(4, 2), work.span()) + tensor::flat(v.data(), 3), error);
  auto wrong = at(2, 3);
  CHECK_THROWS_AS(tensor::assign(wrong, tensor::matmul(at(3, 4), at(4, 2), work.span())), error);
}
