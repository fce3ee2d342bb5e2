#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/activations.hpp>

using namespace genet;

namespace {

template <class A>
constexpr bool keeps_the_shape() {
  for (const shape s : {shape{}, vector_shape(7), shape_of({2, 3, 4})}) {
    const answer a = A::infer(s);
    if (a.refused || a.out != s || a.n_parameters || a.n_state || a.saved || a.flops != s.size()) return false;
  }
  return activation_layer<A>;
}
static_assert(keeps_the_shape<relu>() && keeps_the_shape<leaky_relu<>>() && keeps_the_shape<elu<>>() &&
              keeps_the_shape<gelu>() && keeps_the_shape<silu>() && keeps_the_shape<tanh_>() &&
              keeps_the_shape<sigmoid>() && keeps_the_shape<softplus>());

// From the output, so that the input may be forgotten, or from the input.
template <class... A>
constexpr bool from_output = (... && (A::from_output && A::reads.y_for_dx && !A::reads.x_for_dx));
template <class... A>
constexpr bool from_input = (... && (!A::from_output && A::reads.x_for_dx && !A::reads.y_for_dx));
static_assert(from_output<relu, leaky_relu<>, elu<>, tanh_, sigmoid, softplus>);
static_assert(from_input<gelu, silu>);

static_assert(leaky_relu<>::label().view() == "leaky_relu<0.01>" &&
              leaky_relu<0.2>::label().view() == "leaky_relu<0.2>");
static_assert(elu<>::label().view() == "elu<1>" && elu<0.5>::label().view() == "elu<0.5>");
static_assert(tanh_::label().view() == "tanh");
static_assert(std::is_same_v<leaky_relu<>, leaky_relu<0.01>>);

}  // namespace

TEST_CASE("slopes from which the input cannot be told are refused") {
  CHECK(leaky_relu<-0.1>::infer(vector_shape(3)).why.view() == "wants a positive slope, got -0.1");
  CHECK(leaky_relu<0>::infer(vector_shape(3)).refused);
  CHECK(elu<-1>::infer(vector_shape(3)).why.view() == "wants a positive alpha, got -1");
}
