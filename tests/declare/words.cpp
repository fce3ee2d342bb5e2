#include <doctest/doctest.h>
#include <genet/declare/net.hpp>
#include <genet/declare/words.hpp>
#include <genet/layers/activations.hpp>
#include <genet/layers/add.hpp>
#include <genet/layers/batch_norm.hpp>
#include <genet/layers/concat.hpp>
#include <genet/layers/dense.hpp>
#include <genet/layers/dropout.hpp>
#include <genet/layers/flatten.hpp>
#include <genet/layers/pick.hpp>

using namespace genet;

namespace {

struct stranger {};
struct inner : net<input<3>, dense<2>, tanh_> {};

using block = chain<dense<4>, relu>;
using tree =
    chain<flatten, block, residual<block, batch_norm>,
          heads<head<"a", repeat<2, dense<4>, named<"last", dropout<0.5>>>>, head<"b", named<"wide", block>>>, concat,
          part<"inner", inner>, stranger>;

constexpr const auto& w = words<tree>;

// Pre-order: a composition, then its children.
static_assert(w[0].what == role::chain && w[0].size == static_cast<int>(w.size()) && w[0].children == 7);
static_assert(w[1].what == role::view && w[1].label().view() == "flatten");
static_assert(w[2].what == role::chain && w[2].size == 3 && w[2].children == 2);
static_assert(w[3].what == role::layer && w[3].takes_epilogue && !w[3].element_wise && w[3].reads.x_for_dp &&
              !w[3].reads.x_for_dx);
static_assert(w[4].element_wise && w[4].activation_from_output && w[4].reads.y_for_dx && !w[4].reads.x_for_dx);
static_assert(w[5].what == role::residual && w[5].size == 5);
static_assert(w[10].what == role::heads && w[10].children == 2);
static_assert(w[11].what == role::head && w[11].name == "a" && w[11].children == 1);
static_assert(w[12].what == role::repeat && w[12].count == 2 && w[12].children == 2);
static_assert(w[14].draws && w[14].name == "last" && w[14].label().view() == "dropout<0.5>");
static_assert(w[15].what == role::head && w[15].name == "b");
static_assert(w[16].what == role::chain && w[16].name == "wide" && w[16].size == 3);
static_assert(w[19].what == role::layer && w[19].label().view() == "concat");
static_assert(w[20].what == role::part && w[20].name == "inner" && w[20].children == 1);
static_assert(w[w.size() - 1].what == role::stranger && w[w.size() - 1].label().view() == "stranger");

// The way back: every word finds its type.
template <int W>
using at = typename type_at<tree, W>::type;
static_assert(std::is_same_v<at<0>, tree> && std::is_same_v<at<1>, flatten> && std::is_same_v<at<2>, block> &&
              std::is_same_v<at<3>, dense<4>> && std::is_same_v<at<4>, relu> && std::is_same_v<at<9>, batch_norm> &&
              std::is_same_v<at<13>, dense<4>> && std::is_same_v<at<14>, dropout<0.5>> &&
              std::is_same_v<at<16>, block> && std::is_same_v<at<18>, relu> && std::is_same_v<at<19>, concat> &&
              std::is_same_v<at<22>, dense<2>> && std::is_same_v<at<24>, stranger>);

template <int... W>
constexpr bool all_fit(std::integer_sequence<int, W...>) {
  return ((words<at<W>>[0].size == w[W].size && words<at<W>>[0].what == w[W].what &&
           words<at<W>>[0].label == w[W].label && words<at<W>>[0].infer == w[W].infer) &&
          ...);
}
static_assert(all_fit(std::make_integer_sequence<int, static_cast<int>(w.size())>{}));

// What is a layer.
struct by_shape {
  static constexpr text label() { return "by_shape"; }
  static constexpr answer infer(shape s) { return gives(s); }
};
struct by_bundle {
  static constexpr text label() { return "by_bundle"; }
  static constexpr answer infer(const bundle& b) { return gives(b[0].s); }
};
struct no_label {
  static constexpr answer infer(shape s) { return gives(s); }
};
struct wrong_answer {
  static constexpr text label() { return "wrong_answer"; }
  static constexpr shape infer(shape s) { return s; }
};
static_assert(declarable<by_shape> && takes_shape<by_shape> && !takes_bundle<by_shape>);
static_assert(declarable<by_bundle> && takes_bundle<by_bundle>);
static_assert(!declarable<no_label> && !declarable<wrong_answer> && !declarable<stranger> && !declarable<int>);
static_assert(activation_layer<relu> && !activation_layer<dense<3>>);

constexpr bundle tokens_and_reals() {
  bundle b;
  b.n = 2;
  b.at[0] = {vector_shape(3), element::token, "words", 0, 9};
  b.at[1] = {vector_shape(4), element::real, "code", 1};
  return b;
}
constexpr bundle only_tokens() {
  bundle b = tokens_and_reals();
  b.n = 1;
  return b;
}

}  // namespace

TEST_CASE("a layer of one real tensor refuses anything else") {
  CHECK(spelling::infer<by_shape>(tokens_and_reals()).why.view() ==
        "wants one input, got 2: words tokens (3), code (4); join them by concat or add");
  CHECK(spelling::infer<by_shape>(only_tokens()).why.view() ==
        "wants reals, got tokens (3); put a layer that reads tokens before it");
  CHECK_FALSE(spelling::infer<by_bundle>(tokens_and_reals()).refused);
  CHECK(spelling::refuse_stranger<stranger>(bundle{}).why.view() ==
        "is not a layer; it lacks infer(shape) or label()");
  CHECK(spelling::refuse_stranger<inner>(bundle{}).why.view() ==
        "is a whole net; use chain<...> for a reusable block");
  CHECK(spelling::infer<dense<3, momentum<0.5>>>(only_tokens())
            .why.view()
            .starts_with("does not take the option momentum"));
}
