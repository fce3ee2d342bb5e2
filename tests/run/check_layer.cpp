#include <doctest/doctest.h>
#include <genet/kernels/activations.hpp>
#include <genet/kernels/batch_norm.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/run/check_layer.hpp>

#include <cmath>
#include <limits>

using namespace genet;

namespace {

/// y = w x with one mistake of the kind K.
enum class mistake {
  none,
  nan,
  output_not_written,
  input_gradient_not_written,
  parameter_gradient_not_written,
  undeclared_read,
  overwrites_instead_of_adding,
  ignores_examples
};
template <mistake K>
struct scaled {
  static constexpr needs reads{.x_for_dp = K != mistake::undeclared_read};
  static constexpr text label() { return "scaled"; }
  static constexpr answer infer(shape in) { return gives(in).with("scale", in, parameter_group::weight, ones); }
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long n = In[0].size();
    const long rows = K == mistake::output_not_written ? c.rows - 1 : c.rows;
    for (long i = 0; i < rows * n; ++i) c.result()[i] = c.parameters[0][i % n] * c.real()[i];
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long n = In[0].size();
    if constexpr (Want.parameters && K != mistake::parameter_gradient_not_written) {
      if (!c.accumulate)
        for (long i = 0; i < n; ++i) c.parameter_gradient[0][i] = 0;
      for (long i = 0; i < c.rows * n; ++i)
        if (K != mistake::ignores_examples || i < n)
          c.parameter_gradient[0][i % n] += c.real()[i] * c.out_gradient[i];
    }
    if constexpr (Want.input(0) && K != mistake::input_gradient_not_written)
      for (long i = 0; i < c.rows * n; ++i) {
        T g = c.parameters[0][i % n] * c.out_gradient[i];
        if (K == mistake::nan && i == n) g = std::numeric_limits<T>::quiet_NaN();
        c.in_gradient[0][i] =
            Want.adds(0) && K != mistake::overwrites_instead_of_adding ? c.in_gradient[0][i] + g : g;
      }
  }
};

}  // namespace

TEST_CASE("a right layer passes, in one call") {
  const gradient_report r = check_layer<scaled<mistake::none>, input<7>>();
  CHECK(r);
  CHECK(r.worst < 1e-6);
  CHECK(check_layer<dense<5>, input<7>>());
  CHECK(check_layer<batch_norm, input<7>>({.rows = 4, .how = mode::evaluation}));
}
TEST_CASE("mistakes are found and named") {
  CHECK(check_layer<scaled<mistake::output_not_written>, input<7>>().where == "output");
  CHECK(check_layer<scaled<mistake::input_gradient_not_written>, input<7>>().where == "input");
  CHECK(check_layer<scaled<mistake::parameter_gradient_not_written>, input<7>>().where == "0.scale");
  CHECK(check_layer<scaled<mistake::ignores_examples>, input<7>>().where == "0.scale");
  CHECK(check_layer<scaled<mistake::ignores_examples>, input<7>>({.rows = 1}));  // one example does not show it
}
TEST_CASE("one value that is not a number fails, whatever else is right") {
  const gradient_report r = check_gradients<net<inputs<named<"a", input<4>>>, scaled<mistake::nan>>>();
  CHECK_FALSE(r);
  CHECK(std::isnan(r.worst));
  const gradient_report first = check_gradients<net<input<4>, scaled<mistake::nan>, scaled<mistake::none>>>();
  CHECK_FALSE(first);
}
TEST_CASE("within a net: memory that is used again, gradients that are added") {
  using bad = scaled<mistake::undeclared_read>;
  CHECK_FALSE(check_gradients<net<input<7>, dense<16>, bad, dense<16>, sigmoid, dense<16>, sigmoid>>());
  using good = scaled<mistake::none>;
  CHECK(check_gradients<net<input<7>, dense<16>, good, dense<16>, sigmoid, dense<16>, sigmoid>>());
  using overwriting = scaled<mistake::overwrites_instead_of_adding>;
  CHECK(check_gradients<net<input<7>, overwriting>>());
  CHECK_FALSE(check_gradients<net<input<7>, heads<head<"a", overwriting>, head<"b", good>>>>());
  CHECK(check_gradients<net<input<7>, heads<head<"a", good>, head<"b", good>>>>());
}
TEST_CASE("a gradient that is exactly zero passes: a shift before a batch norm") {
  CHECK(check_gradients<net<input<7>, dense<6>, batch_norm>>({.rows = 17}));
}
