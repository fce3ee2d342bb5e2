#include <genet/inference/transforms.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <genet/tensor/linear.hpp>

using namespace genet;
using namespace genet::inference;

namespace {

using plain = tensor::graded<0>;

template <class P>
std::vector<double> constrained(const std::vector<double>& x, double* log_jacobian = nullptr) {
  const std::vector<plain> free(x.begin(), x.end());
  std::vector<plain> theta(static_cast<std::size_t>(P::size));
  const double j = P::constrain(free.data(), theta.data()).v;
  if (log_jacobian) *log_jacobian = j;
  std::vector<double> out;
  for (const plain& t : theta) out.push_back(t.v);
  return out;
}

/// log |det| of the first free_size parameters by the free numbers: from central differences. The matrices are lower
/// triangular but for rounding, so that the diagonal is enough; that they are is checked.
template <class P>
double differences(const std::vector<double>& x) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto up = x, down = x;
    up[i] += 1e-5;
    down[i] -= 1e-5;
    const auto a = constrained<P>(up), b = constrained<P>(down);
    for (std::size_t k = 0; k < i; ++k) CHECK(a[k] == b[k]);
    sum += std::log((a[i] - b[i]) / 2e-5);
  }
  return sum;
}

template <class P>
void check(const std::vector<double>& x) {
  double log_jacobian = 0;
  const auto theta = constrained<P>(x, &log_jacobian);
  CHECK(log_jacobian == doctest::Approx(differences<P>(x)).epsilon(1e-8));
  std::vector<double> back(x.size());
  P::release(theta.data(), back.data());
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(back[i] == doctest::Approx(x[i]).epsilon(1e-10));
}

}  // namespace

TEST_CASE("Jacobians against differences, and back again") {
  check<unbounded<2>>({0.3, -4});
  check<positive<3>>({0.3, -4, 2});
  check<interval<-0.5, 2.5, 2>>({0.3, -3});
  check<simplex<4>>({0.3, -2, 1.1});
  check<simplex<2>>({-0.7});
  check<ordered<3>>({0.3, -1, 2});
}

TEST_CASE("what theta is") {
  const auto middle = constrained<simplex<4>>({0, 0, 0});
  for (const double p : middle) CHECK(p == doctest::Approx(0.25));
  CHECK(constrained<ordered<2>>({1, 0}) == std::vector<double>{1, 2});
  CHECK(constrained<interval<0, 1>>({-1000})[0] == 0);
  CHECK(constrained<interval<0, 1>>({1000})[0] == 1);
  double log_jacobian = 0;
  constrained<interval<0, 1>>({1000}, &log_jacobian);
  CHECK(log_jacobian == -1000);
}

TEST_CASE("several constraints stand one after the other") {
  using all = parameters<unbounded<>, simplex<3>, positive<>>;
  static_assert(all::size == 5 && all::free_size == 4);
  double log_jacobian = 0;
  const auto theta = constrained<all>({7, 0, 0, 2}, &log_jacobian);
  CHECK(theta[0] == 7);
  CHECK(theta[3] == doctest::Approx(1. / 3));
  CHECK(theta[4] == doctest::Approx(std::exp(2.)));
  double of_simplex = 0;
  constrained<simplex<3>>({0, 0}, &of_simplex);
  CHECK(log_jacobian == doctest::Approx(2 + of_simplex));
}

TEST_CASE("what lies outside of a constraint") {
  double x[3];
  const double falling[] = {2., 1.}, negative[] = {1., 0.}, much[] = {0.5, 0.6};
  CHECK_THROWS_WITH_AS(ordered<2>::release(falling, x), "parameter 1 of ordered: found a value outside of it",
                       bad_input);
  CHECK_THROWS_WITH_AS(positive<2>::release(negative, x), "parameter 1 of positive: found a value outside of it",
                       bad_input);
  CHECK_THROWS_AS((interval<0, 1>::release(falling, x)), bad_input);
  CHECK_THROWS_AS(simplex<2>::release(negative, x), bad_input);
  CHECK_THROWS_WITH_AS(simplex<2>::release(much, x), "simplex: found parameters whose sum is not 1", bad_input);
}
