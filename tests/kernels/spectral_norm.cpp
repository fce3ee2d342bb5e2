#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/dropout.hpp>
#include <genet/kernels/spectral_norm.hpp>
#include <genet/layers/flatten.hpp>
#include <genet/tensor/linear.hpp>

#include <cmath>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

constexpr gradient_check evaluation{.how = mode::evaluation};

/// The largest singular value of a matrix, from the eigenvalues of W W^T.
double largest_singular_value(const std::vector<double>& w, std::size_t rows) {
  const std::size_t columns = w.size() / rows;
  std::vector<double> square(rows * rows), values(rows), vectors(rows * rows);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < rows; ++j)
      for (std::size_t k = 0; k < columns; ++k) square[i * rows + j] += w[i * columns + k] * w[j * columns + k];
  REQUIRE(tensor::symmetric_eigen(static_cast<long>(rows), square.data(), values.data(), vectors.data()));
  return std::sqrt(values[0]);
}

/// So many passes in training, then what evaluation makes of `x`.
template <class Net>
std::vector<double> after_steps(model<Net, double>& m, int steps, const std::vector<double>& x) {
  session<Net, double> run(1);
  for (int k = 0; k < steps; ++k) run.forward(m.view(), x.data(), 1, mode::training);
  run.forward(m.view(), x.data(), 1);
  return {run.output().begin(), run.output().end()};
}

}  // namespace

TEST_CASE("dense layers") {
  gradients_are_right<net<input<5>, spectral_norm<dense<7>>>>();
  gradients_are_right<net<input<45>, spectral_norm<dense<37, no_bias>>, relu>>(evaluation);
  gradients_are_right<net<input<6>, residual<spectral_norm<dense<6>>, tanh_>, spectral_norm<dense<1>>>>();
  float_agrees_with_double<net<input<45>, spectral_norm<dense<37>>, leaky_relu<0.2>, spectral_norm<dense<3>>>>();
  partial_batches_agree<net<input<45>, spectral_norm<dense<37>>, gelu, dropout<0.3>>>();
}
TEST_CASE("convolutions, with groups too") {
  gradients_are_right<net<input<4, 5, 4>, spectral_norm<conv2d<6, kernel<3>, groups<2>>>, silu>>();
  gradients_are_right<net<input<3, 5, 5>, spectral_norm<conv2d<35, kernel<2>, no_bias>>, flatten, dense<2>>>(evaluation);
  float_agrees_with_double<net<input<3, 5, 5>, spectral_norm<conv2d<5, kernel<3>>>>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<5>, wrong<spectral_norm<dense<7>>, 0>>>();
  gradients_are_wrong<net<input<5>, wrong<spectral_norm<dense<7>>, -1, 0>>>();
  gradients_are_wrong<net<input<5>, wrong<spectral_norm<dense<7>>, -1, 1>>>();
}
TEST_CASE("any number of threads gives the same bits") {
  any_team_gives_the_same_bits<net<input<130>, spectral_norm<dense<150>>, relu, spectral_norm<dense<3>>>>();
  any_team_gives_the_same_bits<net<input<3, 9, 9>, spectral_norm<conv2d<40, kernel<3>>>>>();
}
TEST_CASE("steps in training find the largest singular value") {
  using n = net<input<9>, spectral_norm<dense<5, no_bias>>>;
  model<n, double> m{seed{2}};
  const auto w = m.get("0.weight_orig"), x = numbers<double>(9, 1);
  const auto y = after_steps(m, 300, x);
  const double sigma = largest_singular_value(w, 5);
  for (std::size_t i = 0; i < 5; ++i) {
    double product = 0;
    for (std::size_t k = 0; k < 9; ++k) product += w[i * 9 + k] * x[k];
    CHECK(y[i] == doctest::Approx(product / sigma).epsilon(1e-9));
  }
  using map = net<input<2, 3, 3>, spectral_norm<conv2d<4, kernel<3>, no_bias>>>;  // one place: a product as well
  model<map, double> c{seed{2}};
  const auto filters = c.get("0.weight_orig"), pixels = numbers<double>(18, 1);
  const auto z = after_steps(c, 300, pixels);
  double first = 0;
  for (std::size_t k = 0; k < 18; ++k) first += filters[k] * pixels[k];
  CHECK(z[0] == doctest::Approx(first / largest_singular_value(filters, 4)).epsilon(1e-9));
}
TEST_CASE("u and v are unit vectors, which move in training alone, and not of a const model") {
  using n = net<input<9>, spectral_norm<dense<5>>>;
  model<n, double> m{seed{2}};
  const auto before = m.get("0.weight_u");
  const auto norm = [](const std::vector<double>& v) {
    double sum = 0;
    for (const double x : v) sum += x * x;
    return std::sqrt(sum);
  };
  CHECK(norm(before) == doctest::Approx(1).epsilon(1e-12));
  CHECK(norm(m.get("0.weight_v")) == doctest::Approx(1).epsilon(1e-12));
  session<n, double> run(1);
  const auto x = numbers<double>(9, 1);
  run.forward(m.view(), x.data(), 1);
  run.forward(std::as_const(m).view(), x.data(), 1, mode::training);
  CHECK(m.get("0.weight_u") == before);
  run.forward(m.view(), x.data(), 1, mode::training);
  CHECK(m.get("0.weight_u") != before);
  CHECK(norm(m.get("0.weight_u")) == doctest::Approx(1).epsilon(1e-12));
}
