#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/by_example.hpp>
#include <genet/kernels/dense.hpp>

#include <tuple>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

/// A user's layer, written for one example.
struct affine {
  using by_example = void;
  static constexpr needs reads{.x_for_dp = true};
  static constexpr text label() { return "affine"; }
  static constexpr answer infer(shape in) {
    return gives(in).with("weight", in, parameter_group::weight, ones).with("bias", in, parameter_group::bias, zeros);
  }
  static auto forward(const auto& x, const auto& p) { return x * p[0] + p[1]; }
  static auto backward(const auto&, const auto& p, const auto& dy) { return dy * p[0]; }
  static auto parameters(const auto& x, const auto&, const auto& dy) { return std::tuple(x * dy, dy); }
};
/// Without parameters, and with functions of xtensor.
struct softened : affine {
  static constexpr needs reads{.x_for_dx = true};
  static constexpr answer infer(shape in) { return gives(in); }
  static auto forward(const auto& x, const auto&) {
    return xt::sqrt(x * x + typename std::decay_t<decltype(x)>::value_type(1));
  }
  static auto backward(const auto& x, const auto&, const auto& dy) {
    return dy * x / xt::sqrt(x * x + typename std::decay_t<decltype(x)>::value_type(1));
  }
};
struct wrong_affine : affine {
  static auto backward(const auto& x, const auto& p, const auto& dy) {
    return dy * p[0] + x * typename std::decay_t<decltype(x)>::value_type(1e-4);
  }
};
struct wrong_parameters : affine {
  static auto parameters(const auto& x, const auto&, const auto& dy) { return std::tuple(x * dy, dy * x); }
};
/// A layer that brings its own kernels for the whole batch: another shape out.
struct halves {
  static constexpr text label() { return "halves"; }
  static constexpr answer infer(shape in) {
    return in.rank == 1 && in[0] % 2 == 0 ? gives(vector_shape(in[0] / 2)) : refuse("wants an even vector");
  }
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    for (long i = 0; i < c.rows * In[0].size() / 2; ++i) c.result()[i] = c.real()[2 * i] - 3 * c.real()[2 * i + 1];
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    for (long i = 0; i < c.rows * In[0].size() / 2; ++i)
      for (long k : {0L, 1L}) {
        const T g = c.out_gradient[i] * T(k ? -3 : 1);
        T& to = c.in_gradient[0][2 * i + k];
        to = Want.adds(0) ? to + g : g;
      }
  }
};

}  // namespace

TEST_CASE("a layer by example") {
  everything<net<input<7>, affine>>();
  everything<net<input<2, 3, 4>, affine, softened>>();
  everything<net<input<7>, residual<affine>>>();
  everything<net<input<7>, residual<softened>, dense<3>, affine>>();
}
TEST_CASE("a layer with kernels of its own") {
  everything<net<input<8>, halves, dense<3>>>();
  everything<net<input<4>, heads<head<"a", halves>, head<"b", halves>>, add>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<7>, wrong_affine>>();
  gradients_are_wrong<net<input<7>, wrong_parameters>>();
  gradients_are_wrong<net<input<8>, wrong<halves, 0>>>();
}
