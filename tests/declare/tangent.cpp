#include <doctest/doctest.h>
#include <genet/declare.hpp>

#include <string_view>
#include <vector>

using namespace genet;

namespace {

struct silent : activation {
  static constexpr text label() { return "silent"; }
};
struct own_relu : relu {};  // may have another formula
struct halved {
  using is_linear = void;
  static constexpr text label() { return "halved"; }
  static constexpr answer infer(shape in) { return gives(in); }
};
struct strange {
  static constexpr text label() { return "strange"; }
  static constexpr answer infer(shape in) { return gives(in); }
};

static_assert(tangent_kind_of<dense<3>>() == tangent_kind::linear);
static_assert(tangent_kind_of<dense<3, no_bias>>() == tangent_kind::linear);
static_assert(tangent_kind_of<concat>() == tangent_kind::linear);
static_assert(tangent_kind_of<add>() == tangent_kind::linear);
static_assert(tangent_kind_of<learned<3>>() == tangent_kind::linear);
static_assert(tangent_kind_of<residual<softmax>>() == tangent_kind::linear);  // its addition
static_assert(tangent_kind_of<relu>() == tangent_kind::piecewise_linear);
static_assert(tangent_kind_of<leaky_relu<0.2>>() == tangent_kind::piecewise_linear);
static_assert(tangent_kind_of<own_relu>() == tangent_kind::smooth);
static_assert(tangent_kind_of<tanh_>() == tangent_kind::smooth);
static_assert(tangent_kind_of<silent>() == tangent_kind::smooth);
static_assert(tangent_kind_of<halved>() == tangent_kind::linear);
static_assert(tangent_kind_of<strange>() == tangent_kind::none);
static_assert(tangent_kind_of<batch_norm>() == tangent_kind::none);
static_assert(tangent_kind_of<dropout<0.5>>() == tangent_kind::none);
static_assert(tangent_kind_of<layer_norm>() == tangent_kind::none);
static_assert(tangent_kind_of<softmax>() == tangent_kind::none);
static_assert(tangent_kind_of<reparameterize>() == tangent_kind::none);

template <class... L>
constexpr text why() {
  return tangent_verdict<net<input<4>, L...>>().why;
}
template <class Net>
constexpr bool known = !tangent_verdict<Net>().refused;

constexpr std::string_view neither = "it is neither linear in its input nor an activation";
static_assert(why<dense<3>, relu, dense<1>>().view() == "");
static_assert(why<dense<3>, batch_norm, dense<1>>().view() ==
              "gradient penalty: layer 2 of 3, batch_norm, has no tangent: it mixes the examples of a batch");
static_assert(why<dense<3>, dropout<0.5>, dense<1>>().view() ==
              "gradient penalty: layer 2 of 3, dropout<0.5>, has no tangent: it draws another mask in every pass");
static_assert(why<dense<4>, residual<dense<4>, layer_norm>, dense<1>>().view() ==
              (text("gradient penalty: layer 2 of 3, residual, layer 2 of 2, layer_norm, has no tangent: ")
               << neither)
                  .view());
static_assert(why<repeat<2, residual<softmax>>, dense<1>>().view() ==
              (text("gradient penalty: layer 1 of 2, repeat<2>, residual, softmax, has no tangent: ")
               << neither)
                  .view());
static_assert(why<heads<head<"a", dense<2>>, head<"b", dense<2>, strange>>, concat, dense<1>>().view() ==
              (text("gradient penalty: layer 1 of 3, heads, head<b>, layer 2 of 2, strange, has no tangent: ")
               << neither)
                  .view());
static_assert(why<heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>>().view() ==
              "gradient penalty: wants one output, or one named score, got mean (2), log_variance (2)");
static_assert(why<learned<3>, dense<1>>().view() == "");  // depends on the input, as far as anybody knows
static_assert(tangent_verdict<net<tokens<9, 4>>>().why.view() ==
              "gradient penalty: wants reals as the first source, got tokens (4)");

// Only what lies between the source and the score matters.
using sources = inputs<named<"x", input<4>>, named<"y", input<3>>>;
static_assert(known<net<sources, heads<head<"a", pick<"x">>, head<"b", pick<"y">, softmax>>, concat, dense<1>>>);
static_assert(!known<net<sources, heads<head<"a", pick<"x">, softmax>, head<"b", pick<"y">>>, concat, dense<1>>>);
static_assert(tangent_verdict<net<sources, pick<"y">, dense<1>>>().why.view() ==
              "gradient penalty: the score does not depend on the input");
static_assert(known<net<input<4>, dense<3>, heads<head<"score", dense<1>>, head<"class", softmax>>>>);

using straight = net<input<4>, dense<3>, relu, residual<dense<3>, leaky_relu<0.2>>, dense<1>>;
using curved = net<input<4>, dense<3>, tanh_, dense<3>, relu, dense<1>>;

constexpr int tangent_backward_steps(const auto& plan) {
  int n = 0;
  for (const wants& w : plan.tangent_backward) n += w.any();
  return n;
}
static_assert(tangent_backward_steps(tangent_plan_of<straight>) == 0);
static_assert(tangent_backward_steps(tangent_plan_of<curved>) == 2);  // the tanh and the product before it
static_assert(tangent_plan_of<net<input<4>, dense<3>, batch_norm, dense<1>>>.per_example == 0);

}  // namespace

TEST_CASE_TEMPLATE("memory in use at one time does not overlap", Net, straight, curved,
                   net<input<4>, heads<head<"a">, head<"b", tanh_>, head<"c", dense<2>>>, concat,
                       repeat<2, residual<dense<10>, softplus>>, heads<head<"score", dense<3>, gelu>, head<"other">>>) {
  const auto& m = tangent_plan_of<Net>;
  std::vector<const memory_block*> all{&m.copy, &m.tangent_saved};
  for (const auto* group : {&m.value, &m.gradient, &m.tangent, &m.gradient_tangent})
    for (const memory_block& b : *group) all.push_back(&b);
  for (const auto* group : {&m.saved, &m.forward_scratch, &m.backward_scratch})
    for (const memory_block& b : *group) all.push_back(&b);
  long used = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const memory_block& a = *all[i];
    if (!a.used()) continue;
    ++used;
    CHECK(a.offset >= 0);
    CHECK(a.offset + a.size <= m.per_example);
    for (std::size_t j = 0; j < i; ++j) {
      const memory_block& b = *all[j];
      if (!b.used() || a.first > b.last || b.first > a.last) continue;
      CHECK((a.offset + a.size <= b.offset || b.offset + b.size <= a.offset));
    }
  }
  CHECK(used > 6);
}
