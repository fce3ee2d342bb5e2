#include <genet/metrics/pairs.hpp>

#include "fixture.hpp"

using namespace genet;
using metrics::points;

TEST_CASE("products and distances of all pairs, for any team") {
  for (const long d : {1L, 5L, 64L, 1500L})
    for (const auto& [m, n] : {std::pair{1L, 1L}, {3L, 130L}, {150L, 2L}}) {
      const auto x = normal_numbers(m * d, 1), y = normal_numbers(n * d, 2);
      std::vector<double> products(static_cast<std::size_t>(m * n)), squares(products.size()),
          shared(products.size());
      const auto into = [n = n](std::vector<double>& to) {
        return [&to, n](long i, std::span<const double> row) { std::ranges::copy(row, to.begin() + i * n); };
      };
      tensor::team three(3);
      metrics::each_row_of_products({x, d}, {y, d}, tensor::alone(), into(products));
      metrics::each_row_of_distances({x, d}, {y, d}, tensor::alone(), into(squares));
      metrics::each_row_of_distances({x, d}, {y, d}, three, into(shared));
      CHECK(squares == shared);
      double worst = 0;
      for (long i = 0; i < m; ++i)
        for (long j = 0; j < n; ++j) {
          double product = 0, square = 0;
          for (long l = 0; l < d; ++l) {
            const double a = x[static_cast<std::size_t>(i * d + l)], b = y[static_cast<std::size_t>(j * d + l)];
            product += a * b;
            square += (a - b) * (a - b);
          }
          worst = std::max(worst, std::abs(products[static_cast<std::size_t>(i * n + j)] - product));
          worst = std::max(worst, std::abs(squares[static_cast<std::size_t>(i * n + j)] - square));
        }
      CHECK(worst < 1e-10);
    }
}

TEST_CASE("equal points have no distance, whatever is beside them") {
  for (const long d : {1L, 3L, 31L, 784L, 2500L}) {
    const long n = 77;
    auto x = normal_numbers(n * d, 4);
    for (double& v : x) v = 1e3 + v;
    long wrong = 0;
    metrics::each_row_of_distances({x, d}, {x, d}, tensor::alone(), [&](long i, std::span<const double> row) {
      for (long j = 0; j < n; ++j) wrong += (row[static_cast<std::size_t>(j)] == 0) != (i == j);
    });
    CHECK(wrong == 0);
  }
}

TEST_CASE("far from the origin distances keep their digits") {
  const std::vector<double> x{1e8, 1e8 + 1}, y{1e8 + 3, 1e8 + 5};
  std::vector<double> squares;
  metrics::each_row_of_distances(x, y, tensor::alone(), [&](long, std::span<const double> row) {
    squares.insert(squares.end(), row.begin(), row.end());
  });
  CHECK(squares == std::vector<double>{9, 25, 4, 16});
}
