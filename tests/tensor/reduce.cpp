#include <genet/tensor/reduce.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

using namespace genet;

namespace {

template <class T> std::vector<T> noise(long n, std::uint32_t seed = 1) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (T& v : x) {
    seed = seed * 1664525u + 1013904223u;
    v = static_cast<T>(static_cast<double>(seed >> 8) / (1 << 23) - 1);
  }
  return x;
}

}  // namespace

TEST_CASE_TEMPLATE("sums of any length", T, float, double) {
  for (const long n : {0L, 1L, 5L, 16L, 63L, 64L, 1000L, 5000L}) {
    const auto x = noise<T>(n);
    double sum = 0, squares = 0;
    for (const T v : x) sum += static_cast<double>(v), squares += static_cast<double>(v) * static_cast<double>(v);
    const double tolerance = 1e-6 * static_cast<double>(n + 1) * (sizeof(T) == 4 ? 1 : 1e-8);
    CHECK(std::abs(tensor::sum(x.data(), n) - sum) < tolerance);
    CHECK(std::abs(tensor::sum_of_squares(x.data(), n) - squares) < tolerance);
  }
}

TEST_CASE("a long sum keeps its digits") {
  const std::vector<float> x(3'000'001, 0.1f);
  CHECK(tensor::sum(x.data(), 3'000'001) == doctest::Approx(3'000'001 * static_cast<double>(0.1f)).epsilon(2e-6));
}

TEST_CASE_TEMPLATE("column sums, means and variances", T, float, double) {
  const double tolerance = sizeof(T) == 4 ? 2e-5 : 1e-12;
  for (const long rows : {1L, 2L, 64L, 65L, 200L})
    for (const long columns : {1L, 3L, 16L, 17L, 64L, 100L, 131L}) {
      const auto x = noise<T>(rows * columns);
      std::vector<T> sums(static_cast<std::size_t>(columns), T(5)), added = sums, mean = sums, variance = sums;
      tensor::column_sums(x.data(), rows, columns, sums.data());
      tensor::column_sums(x.data(), rows, columns, added.data(), true);
      tensor::column_moments(x.data(), rows, columns, mean.data(), variance.data());
      double bad = 0;
      for (std::size_t c = 0; c < static_cast<std::size_t>(columns); ++c) {
        double s = 0, v = 0;
        for (long r = 0; r < rows; ++r) s += static_cast<double>(x[static_cast<std::size_t>(r * columns) + c]);
        for (long r = 0; r < rows; ++r)
          v += std::pow(
              static_cast<double>(x[static_cast<std::size_t>(r * columns) + c]) - s / static_cast<double>(rows), 2);
        bad = std::max({bad, std::abs(static_cast<double>(sums[c]) - s),
                        std::abs(static_cast<double>(added[c]) - s - 5),
                        std::abs(static_cast<double>(mean[c]) - s / static_cast<double>(rows)),
                        std::abs(static_cast<double>(variance[c]) - v / static_cast<double>(rows))});
      }
      INFO(rows << " x " << columns);
      CHECK(bad < tolerance);
    }
}

TEST_CASE_TEMPLATE("any number of threads gives the same bits", T, float, double) {
  tensor::team two(2), three(3), eight(8);
  for (const long n : {0L, 100L, 8191L, 40'000L, 1'000'003L}) {
    const auto x = noise<T>(n);
    for (auto* t : {&two, &three, &eight}) {
      CHECK(tensor::sum(x.data(), n, *t) == tensor::sum(x.data(), n));
      CHECK(tensor::sum_of_squares(x.data(), n, *t) == tensor::sum_of_squares(x.data(), n));
    }
  }
  const long rows = 300;
  for (const long columns : {1L, 20L, 131L, 1000L}) {
    const auto x = noise<T>(rows * columns);
    const std::vector<T> start(static_cast<std::size_t>(columns), T(5));
    auto sums = start, mean = start, variance = start;
    tensor::column_sums(x.data(), rows, columns, sums.data(), true);
    tensor::column_moments(x.data(), rows, columns, mean.data(), variance.data());
    for (auto* t : {&two, &three, &eight}) {
      auto other_sums = start, other_mean = start, other_variance = start;
      tensor::column_sums(x.data(), rows, columns, other_sums.data(), true, *t);
      tensor::column_moments(x.data(), rows, columns, other_mean.data(), other_variance.data(), *t);
      CHECK(other_sums == sums);
      CHECK(other_mean == mean);
      CHECK(other_variance == variance);
    }
  }
}

TEST_CASE("blocks cover everything in order, whoever takes them") {
  tensor::team three(3);
  for (const long n : {0L, 1L, 16L, 17L, 100L, 5000L, 100'000L})
    for (auto* t : {&tensor::alone(), &three}) {
      std::vector<long> counts(static_cast<std::size_t>(n / 32 + 1));
      const double total = tensor::sum_over_blocks(n, 16, 32, *t, [&](long first, long count) {
        CHECK_UNARY(first % 16 == 0);
        counts[static_cast<std::size_t>(first / 32)] += count;
        return static_cast<double>(count);
      });
      CHECK(total == static_cast<double>(n));
      CHECK(std::accumulate(counts.begin(), counts.end(), 0L) == n);
      CHECK(std::ranges::count_if(counts, [](long c) { return c != 0; }) <= 64);
    }
}

TEST_CASE("the variance survives a large mean") {
  std::vector<float> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 10000.f + (i % 2 ? 1.f : -1.f);
  float mean = 0, variance = 0;
  tensor::column_moments(x.data(), 1000, 1, &mean, &variance);
  CHECK(mean == 10000.f);
  CHECK(variance == 1.f);
}

TEST_CASE_TEMPLATE("maximum and log-sum-exp of rows", T, float, double) {
  for (const long columns : {1L, 10L, 16L, 33L}) {
    auto x = noise<T>(4 * columns);
    for (T& v : x) v *= T(200);  // exp alone would overflow in float
    std::vector<T> top(4), lse(4);
    tensor::row_max(x.data(), 4, columns, top.data());
    tensor::row_log_sum_exp(x.data(), 4, columns, lse.data());
    for (std::size_t r = 0; r < 4; ++r) {
      const T* row = x.data() + static_cast<long>(r) * columns;
      const T largest = *std::max_element(row, row + columns);
      long double s = 0;
      for (long c = 0; c < columns; ++c) s += std::exp(static_cast<long double>(row[c] - largest));
      CHECK(top[r] == largest);
      CHECK(lse[r] == doctest::Approx(static_cast<double>(largest + std::log(s))).epsilon(1e-6));
    }
  }
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T special[8] = {-inf, -inf, inf, 0, nan, 1, -inf, 3};
  T out[4];
  tensor::row_log_sum_exp(special, 4, 2, out);
  CHECK(out[0] == -inf);
  CHECK(out[1] == inf);
  CHECK(std::isnan(out[2]));
  CHECK(out[3] == doctest::Approx(3));
}

TEST_CASE_TEMPLATE("the first element that is not finite", T, float, double) {
  for (const long n : {0L, 1L, 40L, 300L}) {
    auto x = noise<T>(n);
    if (n)
      x[0] = std::numeric_limits<T>::max(), x[static_cast<std::size_t>(n) - 1] = std::numeric_limits<T>::denorm_min();
    CHECK(tensor::first_not_finite(x.data(), n) == -1);
    for (const long at : {0L, 7L, 39L, 130L, 299L}) {
      if (at >= n) continue;
      auto y = x;
      y[static_cast<std::size_t>(at)] = std::numeric_limits<T>::quiet_NaN();
      y.back() = at + 1 == n ? y.back() : -std::numeric_limits<T>::infinity();
      CHECK(tensor::first_not_finite(y.data(), n) == at);
      y[static_cast<std::size_t>(at)] = -std::numeric_limits<T>::infinity();
      CHECK(tensor::first_not_finite(y.data(), n) == at);
    }
  }
}
