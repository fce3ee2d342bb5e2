#include <doctest/doctest.h>
#include <genet/declare.hpp>

#include <string>
#include <type_traits>

using namespace genet;

namespace {

/// A layer that says nothing, one that says so, an activation.
struct silent {
  static constexpr text label() { return "silent"; }
  static constexpr answer infer(shape in) { return gives(in); }
};
struct careful : silent {
  static constexpr bool steppable = true;
  static constexpr text label() { return "careful"; }
};
struct own_activation : activation {
  static constexpr text label() { return "own_activation"; }
};

struct generator
    : net<tokens<50, 20>, embedding<8>, gru<8>, dropout<0.1>, residual<lstm<8>, own_activation>,
          heads<head<"a", tanh_>, head<"b", rnn<8>>>, add, careful, softmax> {};
static_assert(!stepping_verdict<generator>().refused);
struct masked : net<inputs<named<"words", tokens<50, 20>>, named<"which", mask<20>>, named<"class", labels<3>>>,
                    heads<head<"words", pick<"words">, embedding<8>>, head<"which", pick<"which">>>, lstm<6>> {};
static_assert(!stepping_verdict<masked>().refused);

using one = with_length<generator, 1>;
static_assert(std::is_same_v<one::source_type, tokens<50, 1>> && one::output_shape == shape_of({1, 8}));
static_assert(std::is_same_v<with_length<generator, 20>, generator::net_type>);
static_assert(one::parameter_count == generator::parameter_count);
static_assert(std::is_same_v<with_length<masked, 3>::source_type,
                             inputs<named<"words", tokens<50, 3>>, named<"which", mask<3>>, named<"class", labels<3>>>>);
static_assert(with_length<net<input<20, 3>, rnn<5>>, 4>::input_shape == shape_of({4, 3}));

static_assert(carried_sizes<generator> == std::array<long, 3>{8, 16, 8});
static_assert(carried_sizes<one> == carried_sizes<generator>);
static_assert(carried_sizes<net<input<4, 3>, lstm<5, bidirectional>>>.empty());
static_assert([] {
  long at = 0;
  for (const step& s : program_of<generator>.steps) {
    if (s.carried_at != at && s.carried) return false;
    at += s.carried;
  }
  return at == 32;
}());

template <class... L>
std::string refusal() {
  return std::string(stepping_verdict<net<input<6, 4>, L...>>().why.view());
}

}  // namespace

TEST_CASE("a layer that looks along the whole sequence is named with its place") {
  CHECK(refusal<tanh_, layer_norm>() == "cannot be stepped: layer 2 of 2, layer_norm, looks along the whole sequence");
  CHECK(refusal<gru<3, bidirectional>>() ==
        "cannot be stepped: layer 1 of 1, gru<3,bidirectional>, looks along the whole sequence");
  CHECK(refusal<tanh_, residual<tanh_, silent>>() ==
        "cannot be stepped: layer 2 of 2, residual, layer 2 of 2, silent, looks along the whole sequence");
  CHECK(refusal<flatten>() == "cannot be stepped: layer 1 of 1, flatten, looks along the whole sequence");
  CHECK(refusal<heads<head<"a", tanh_>, head<"b", relu>>, concat>() ==
        "cannot be stepped: layer 2 of 2, concat, looks along the whole sequence");
  CHECK(refusal<careful, relu>().empty());
}
TEST_CASE("a source that is no sequence is named") {
  CHECK(stepping_verdict<net<noise<6>, tanh_>>().why.view() ==
        "cannot be stepped: noise<6> gives (6), which is no sequence");
}
