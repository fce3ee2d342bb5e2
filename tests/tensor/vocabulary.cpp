#include <genet/tensor/vocabulary.hpp>

#include <genet/tensor/memory.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace genet;
using tensor::vocabulary;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
tensor::block<T> noise(long n, std::uint32_t seed) {
  tensor::block<T> x(n);
  for (T& v : x.span()) {
    seed = seed * 1664525u + 1013904223u;
    v = static_cast<T>(static_cast<double>(seed >> 8) / (1 << 23) - 1);
  }
  return x;
}

/// A layer over a vocabulary, and everything of it by plain loops in double.
template <class T>
struct layer {
  vocabulary v;
  long rows;
  tensor::block<T> w = noise<T>(v.size * v.width, 1), b = noise<T>(v.size, 2), x = noise<T>(rows * v.width, 3),
                   coefficients = noise<T>(rows, 4), panels{v.weight_size<T>()}, work;
  std::vector<std::int32_t> targets;
  std::vector<double> log_p, dx, dw, db;  // log_p: (rows,size)

  layer(vocabulary sizes, long n) : v(sizes), rows(n), work(tensor::vocabulary_work<T>::size(v)) {
    tensor::pack(w.data(), v.width, v.size, 1L, v.width, panels.data());
    std::ranges::fill(work.span(), T(1e30));
    log_p.assign(static_cast<std::size_t>(rows * v.size), -infinity);
    dx.assign(static_cast<std::size_t>(rows * v.width), 0);
    dw.assign(static_cast<std::size_t>(v.size * v.width), 0);
    db.assign(static_cast<std::size_t>(v.size), 0);
    for (long r = 0; r < rows; ++r) {
      targets.push_back(static_cast<std::int32_t>(r * 31 % v.used));
      double* const row = log_p.data() + r * v.size;
      double sum = 0;
      for (long t = 0; t < v.used; ++t) {
        row[t] = b[t];
        for (long k = 0; k < v.width; ++k)
          row[t] += static_cast<double>(w[t * v.width + k]) * static_cast<double>(x[r * v.width + k]);
        sum += std::exp(row[t]);
      }
      for (long t = 0; t < v.used; ++t) row[t] -= std::log(sum);
      for (long t = 0; t < v.used; ++t) {
        const double g = static_cast<double>(coefficients[r]) * ((t == targets.back()) - std::exp(row[t]));
        db[static_cast<std::size_t>(t)] += g;
        for (long k = 0; k < v.width; ++k) {
          dx[static_cast<std::size_t>(r * v.width + k)] += g * static_cast<double>(w[t * v.width + k]);
          dw[static_cast<std::size_t>(t * v.width + k)] += g * static_cast<double>(x[r * v.width + k]);
        }
      }
    }
  }
};

template <class T>
double difference(const tensor::block<T>& found, const std::vector<double>& expected) {
  double off = 0, largest = 1e-30;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double f = static_cast<double>(found[static_cast<long>(i)]);
    if (f == expected[i]) continue;
    off = std::max(off, std::isfinite(f) ? std::abs(f - expected[i]) : infinity);
    largest = std::max(largest, std::abs(expected[i]));
  }
  return off / largest;
}

template <class T>
constexpr double small = sizeof(T) == 4 ? 1e-5 : 1e-13;

// Odd sizes, whole panels, more rows than a tile has, a line of 4 KiB, not all in use.
constexpr std::pair<vocabulary, long> cases[] = {{{1, 1, 1}, 3},     {{7, 5, 7}, 4},    {{64, 32, 64}, 5},
                                                 {{37, 3, 37}, 900}, {{70, 33, 41}, 6}, {{1024, 17, 1000}, 30},
                                                 {{50, 8, 50}, 0},   {{130, 40, 1}, 2}};

}  // namespace

TEST_CASE_TEMPLATE("log-probabilities are those of plain loops", T, float, double) {
  for (const auto& [v, rows] : cases) {
    const layer<T> l(v, rows);
    tensor::block<T> y(rows * v.size);
    tensor::log_probabilities(v, rows, l.x.data(), l.panels.data(), l.b.data(), y.data(), tensor::alone());
    CHECK(difference(y, l.log_p) < small<T>);
  }
}
TEST_CASE_TEMPLATE("likelihoods and gradients are those of plain loops, the same bits for any team", T, float,
                   double) {
  for (const auto& [v, rows] : cases) {
    layer<T> l(v, rows);
    const tensor::vocabulary_work<T> work(v, l.work.data());
    tensor::block<T> log_p(rows), dx(rows * v.width), dw(v.size * v.width), db(v.size);
    const tensor::likelihood_of<T> job{l.x.data(), l.targets.data(), log_p.data(), l.coefficients.data(),
                                       dx.data(),  dw.data(),        db.data()};
    std::vector<T> first;
    for (int threads : {1, 2, 3, 7}) {
      tensor::team team(threads);
      for (auto* b : {&log_p, &dx, &dw, &db}) std::ranges::fill(b->span(), T(1e30));
      tensor::likelihood(v, rows, job, l.panels.data(), l.b.data(), work, team);
      std::vector<T> all;
      for (const auto* b : {&log_p, &dx, &dw, &db}) all.insert(all.end(), b->span().begin(), b->span().end());
      if (threads == 1) first = all;
      CHECK(all == first);
    }
    std::vector<double> expected;
    for (long r = 0; r < rows; ++r)
      expected.push_back(l.log_p[static_cast<std::size_t>(r * v.size + l.targets[static_cast<std::size_t>(r)])]);
    CHECK(difference(log_p, expected) < small<T>);
    CHECK(difference(dx, l.dx) < small<T>);
    CHECK(difference(dw, l.dw) < small<T>);
    CHECK(difference(db, l.db) < small<T>);

    tensor::block<T> again(rows);
    tensor::likelihood(v, rows, {l.x.data(), l.targets.data(), again.data()}, l.panels.data(), l.b.data(), work,
                       tensor::alone());
    CHECK(std::ranges::equal(again.span(), log_p.span()));
  }
}
TEST_CASE("gradients of the weight go to panels, or are added there") {
  const vocabulary v{21, 18, 21};
  const auto dw = noise<float>(v.size * v.width, 1), db = noise<float>(v.size, 2);
  tensor::block<float> panels(v.weight_size<float>()), bias(v.size), spare(v.weight_size<float>());
  for (const float times : {1.0F, 2.0F}) {
    tensor::hand_over(v, dw.data(), db.data(), panels.data(), bias.data(), times > 1, spare.data(), tensor::alone());
    for (long t = 0; t < v.size; ++t) {
      CHECK(bias[t] == times * db[t]);
      for (long k = 0; k < v.width; ++k)
        CHECK(panels[tensor::panel_place<float>(v.width, v.size, k, t)] == times * dw[t * v.width + k]);
    }
  }
}
TEST_CASE_TEMPLATE("exponentials of large, small and excluded logits", T, float, double) {
  constexpr T none = -std::numeric_limits<T>::infinity();
  T x[] = {none, T(900), T(899), none, T(-900)}, y[5];
  const auto e = tensor::exponentiate(static_cast<const T*>(x), 5L, y);
  CHECK(e.top == 900);
  CHECK(static_cast<double>(e.log_sum()) == doctest::Approx(900 + std::log(1 + std::exp(-1.0))));
  CHECK(y[0] == 0);
  CHECK(y[1] == 1);
  CHECK(y[4] == 0);
  CHECK(tensor::exponentiate(static_cast<const T*>(x), 5L, static_cast<T*>(nullptr)).sum == e.sum);
}
