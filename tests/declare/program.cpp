#include <doctest/doctest.h>
#include <genet/declare.hpp>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

using namespace genet;

namespace {

template <class Net>
std::vector<std::string> steps_of() {  // "dense<5>+relu 0->2"
  constexpr const auto& p = program_of<Net>;
  const auto& w = words<typename Net::net_type::tree>;
  auto label = [&](int i) { return std::string(w[static_cast<std::size_t>(i)].label().view()); };
  std::vector<std::string> all;
  for (int s = 0; s < p.n_steps; ++s) {
    const step& x = p.steps[static_cast<std::size_t>(s)];
    std::string t = label(x.word);
    for (int i = 0; i < x.n_then; ++i) t += "+" + label(x.then[i]);
    for (int i = 0; i < x.n_in; ++i) t += (i ? "," : " ") + std::to_string(x.in[i]);
    all.push_back(t + "->" + std::to_string(x.out));
  }
  return all;
}
using list = std::vector<std::string>;

}  // namespace

TEST_CASE("a chain becomes one step after the other; views cost none") {
  using n = net<input<2, 3>, flatten, dense<5>, batch_norm, reshape<5, 1>, softmax, dropout<0.5>>;
  CHECK(steps_of<n>() == list{"dense<5> 0->1", "batch_norm 1->2", "softmax 2->3", "dropout<0.5> 3->4"});
  constexpr const auto& p = program_of<n>;
  static_assert(p.buffers == std::array<long, 5>{6, 5, 5, 5, 5});
  static_assert(p.steps[0].taken[0] == vector_shape(6) && p.steps[2].taken[0] == shape_of({5, 1}));
  static_assert(p.steps[0].n_parameters == 2 && p.steps[1].first_parameter == 2 && p.steps[1].n_state == 2);
  static_assert(p.out[0].buffer == 4 && p.out[0].s == shape_of({5, 1}));
}

TEST_CASE("element-wise layers are merged into the step before them") {
  CHECK(steps_of<net<input<3>, dense<4>, relu>>() == list{"dense<4>+relu 0->2"});
  CHECK(steps_of<net<input<3>, dense<4>, relu, tanh_, dropout<0.5>>>() ==
        list{"dense<4>+relu+tanh+dropout<0.5> 0->4"});
  CHECK(steps_of<net<input<3>, relu, dense<4>>>() == list{"relu 0->1", "dense<4> 1->2"});
  CHECK(steps_of<net<input<3>, dense<4>, softmax>>() == list{"dense<4> 0->1", "softmax 1->2"});
  SUBCASE("across the borders of chains, views, residuals, repeats and heads") {
    CHECK(steps_of<net<input<3>, chain<dense<4>>, chain<chain<relu>>>>() == list{"dense<4>+relu 0->2"});
    CHECK(steps_of<net<input<3>, dense<4>, reshape<2, 2>, relu>>() == list{"dense<4>+relu 0->2"});
    CHECK(steps_of<net<input<3>, repeat<2, relu, dense<3>>, sigmoid>>() ==
          list{"relu 0->1", "dense<3>+relu 1->3", "dense<3>+sigmoid 3->5"});
    CHECK(steps_of<net<input<3>, residual<dense<4>, gelu, dense<3>>>>() ==
          list{"dense<4>+gelu 0->2", "dense<3> 2->3", "residual 0,3->4"});
    CHECK(steps_of<net<input<3>, heads<head<"a", dense<2>, silu>, head<"b", dense<2>>>>>() ==
          list{"dense<2>+silu 0->2", "dense<2> 0->3"});
    CHECK(steps_of<net<input<3>, dense<4>, heads<head<"only", relu>>>>() == list{"dense<4>+relu 0->2"});
  }
  SUBCASE("but not where somebody else reads the product") {
    CHECK(steps_of<net<input<3>, dense<4>, residual<relu>>>() ==
          list{"dense<4> 0->1", "relu 1->2", "residual 1,2->3"});
    CHECK(steps_of<net<input<3>, dense<4>, heads<head<"a", relu>, head<"b", tanh_>>>>() ==
          list{"dense<4> 0->1", "relu 1->2", "tanh 1->3"});
    CHECK(steps_of<net<input<3>, dense<4>, heads<head<"raw", reshape<2, 2>>, head<"b", relu>>>>() ==
          list{"dense<4> 0->1", "relu 1->2"});
  }
  SUBCASE("behind a batch norm, and behind each other; one dropout a step") {
    CHECK(steps_of<net<input<3>, batch_norm, relu, dropout<0.5>>>() == list{"batch_norm+relu+dropout<0.5> 0->3"});
    CHECK(steps_of<net<input<3>, tanh_, dropout<0.5>, silu>>() == list{"tanh+dropout<0.5>+silu 0->3"});
    CHECK(steps_of<net<input<3>, dropout<0.5>, relu, dropout<0.2>>>() ==
          list{"dropout<0.5>+relu 0->2", "dropout<0.2> 2->3"});
    CHECK(steps_of<net<input<3>, relu, relu, relu, relu, relu, relu>>() ==
          list{"relu+relu+relu+relu+relu 0->5", "relu 5->6"});
    CHECK(steps_of<net<input<3>, layer_norm, relu>>() == list{"layer_norm 0->1", "relu 1->2"});
  }
  SUBCASE("the merged step knows what its backward pass reads") {
    constexpr const step& from_output = program_of<net<input<3>, dense<4>, relu>>.steps[0];
    static_assert(from_output.reads.y_for_dx && from_output.reads.y_for_dp && from_output.reads.x_for_dp &&
                  !from_output.reads.x_for_dx && from_output.saved == 0);
    constexpr const step& from_input = program_of<net<input<3>, dense<4>, gelu>>.steps[0];
    static_assert(!from_input.reads.y_for_dx && from_input.saved == 4);
    static_assert(from_input.flops == 2 * 3 * 4 + 4 + 4);
    constexpr const step& dropped = program_of<net<input<3>, dense<4>, tanh_, dropout<0.5>>>.steps[0];
    static_assert(dropped.reads.y_for_dx && dropped.saved == 4 && dropped.noise == 0);
    constexpr const step& both = program_of<net<input<3>, batch_norm, silu, dropout<0.5>>>.steps[0];
    static_assert(!both.reads.y_for_dx && both.reads.x_for_dx && both.saved == 2 * 3);
    constexpr const step& alone = program_of<net<input<3>, silu, tanh_>>.steps[0];
    static_assert(alone.reads.x_for_dx && alone.reads.y_for_dx && alone.saved == 0);
    constexpr const step& last = program_of<net<input<3>, dropout<0.5>, tanh_>>.steps[0];
    static_assert(!last.reads.x_for_dx && last.reads.y_for_dx && last.saved == 3);
  }
  SUBCASE("tensors know their step after merging") {
    constexpr const auto& p = program_of<net<input<3>, dense<4>, relu, dense<2>, tanh_, batch_norm>>;
    static_assert(p.n_steps == 3 && p.parameters[0].step == 0 && p.parameters[2].step == 1 &&
                  p.parameters[4].step == 2 && p.state[1].step == 2);
  }
}

TEST_CASE("heads form a bundle, concat and add take it") {
  using n = net<input<6>, heads<head<"a", dense<3>>, head<"b", dense<3>, dropout<0.1>>>, add>;
  CHECK(steps_of<n>() == list{"dense<3> 0->1", "dense<3>+dropout<0.1> 0->3", "add 1,3->4"});
  using two = net<input<6>, heads<head<"a", dense<3>>, head<"b", relu>>>;
  static_assert(two::outputs.n == 2 && two::outputs[0].name == "a" && two::outputs[1].name == "b" &&
                two::outputs[1].s == vector_shape(6));
  using nested = net<input<6>, heads<head<"x", heads<head<"a", relu>, head<"b", tanh_>>>, head<"c", sigmoid>>>;
  static_assert(nested::outputs.n == 3 && nested::outputs[0].name == "a" && nested::outputs[2].name == "c");
  using chosen = net<input<6>, heads<head<"a", dense<3>>, head<"b", relu>>, pick<"b">>;
  static_assert(chosen::outputs.n == 1 && chosen::outputs[0].s == vector_shape(6));
}

TEST_CASE("a part is an ordinary stretch of the program with tensors of its own") {
  struct inner : net<input<3>, dense<2>, relu, batch_norm> {};
  using n = net<input<4>, dense<3>, part<"one", inner>, dense<3>, part<"two", inner>>;
  constexpr const auto& p = program_of<n>;
  static_assert(p.n_parts == 3 && p.parts[1].name == "one" && p.parts[2].name == "two");
  static_assert(p.parts[1].parameter_elements == p.parts[2].parameter_elements &&
                p.parts[1].parameter_elements == 4 * tensor_alignment);  // weight, bias, weight, bias: small
  CHECK(steps_of<n>() == list{"dense<3> 0->1", "dense<2>+relu 1->3", "batch_norm 3->4", "dense<3> 4->5",
                              "dense<2>+relu 5->7", "batch_norm 7->8"});
}

TEST_CASE("tensors lie by part, then group, then layer, without overlap") {
  struct inner : net<input<9>, dense<30>, batch_norm, dense<5, no_bias>> {};
  using n = net<input<4>, layer_norm, part<"one", inner>, dense<9>, part<"two", inner>, batch_norm>;
  constexpr const auto& p = program_of<n>;
  std::vector<const tensor_slot*> order;
  for (const tensor_slot& t : p.parameters) order.push_back(&t);
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->offset < b->offset; });
  long at = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    CHECK(order[i]->offset == at);
    CHECK(at % tensor_alignment == 0);
    at += aligned(order[i]->declared.s.size());
    if (i == 0) continue;
    const auto key = [](const tensor_slot* t) { return std::tuple(t->part, t->declared.member_of, t->step); };
    CHECK(key(order[i - 1]) <= key(order[i]));
  }
  CHECK(at == p.parameter_elements);
}


namespace {

/// Walks a type tree without declaring a net, whose verdict would not compile.
template <class Source, class... L>
std::string refusal() {
  net_compiler c;
  c.words = words<chain<L...>>.data();
  c.compile(source_of<Source>::value);
  CHECK(c.status.refused);
  return std::string(c.status.why.view());
}
struct stranger {};
struct whole : net<input<3>, dense<2>> {};
template <int N>
struct deep {
  using type = chain<typename deep<N - 1>::type, relu>;
};
template <>
struct deep<0> {
  using type = relu;
};

}  // namespace

TEST_CASE("a refused layer is named with its place") {
  CHECK(refusal<input<2, 3>, dense<4>>() ==
        "layer 1 of 1, dense<4>: wants a vector, got (2,3); put flatten before it");
  CHECK(refusal<input<3>, relu, residual<dense<4>, relu>>() ==
        "layer 2 of 2, residual: its layers turn (3) into (4), which cannot be added to its input");
  CHECK(refusal<input<4>, dense<4>, residual<relu, chain<dense<2>, reshape<3>>>>() ==
        "layer 2 of 2, residual, layer 2 of 2, chain, layer 2 of 2, reshape<3>: cannot view 2 elements (2) as 3 (3)");
  CHECK(refusal<input<4>, heads<head<"a", relu>, head<"b", dense<3>, stranger>>>() ==
        "layer 1 of 1, heads, head<b>, layer 2 of 2, stranger: is not a layer; it lacks infer(shape) or label()");
  CHECK(refusal<input<4>, repeat<3, dense<5>, reshape<2, 2>, flatten>>().find(
            "copy 1, layer 2 of 3, reshape<2,2>: cannot view 5") != std::string::npos);
  CHECK(refusal<input<4>, repeat<0, relu>>().find("wants at least one copy") != std::string::npos);
  CHECK(refusal<input<3>, whole>().find("is a whole net") != std::string::npos);
  CHECK(refusal<input<3>, heads<relu>>().find("stands in heads without a name") != std::string::npos);
  CHECK(refusal<input<3>, heads<>>().find("wants at least one head") != std::string::npos);
  CHECK(refusal<input<3>, heads<head<"a", relu>, head<"a", tanh_>>>().find("has two heads named a") !=
        std::string::npos);
  CHECK(refusal<input<3>, heads<head<"a", relu>, head<"b", tanh_>>, dense<3>>().find(
            "wants one input, got 2: a (3), b (3)") != std::string::npos);
  CHECK(refusal<input<3>, residual<heads<head<"a", relu>, head<"b", tanh_>>>>().find("wants one tensor in and out") !=
        std::string::npos);
  CHECK(refusal<tokens<9, 3>, dense<4>>().find("wants reals, got tokens (3)") != std::string::npos);
  CHECK(refusal<tokens<9, 3>, residual<chain<>>>().find("adds reals") != std::string::npos);
  CHECK(refusal<input<3>, deep<60>::type>().find("nested 48 levels deep") != std::string::npos);
}
