#pragma once
#include <array>
#include <concepts>
#include <initializer_list>
#include <type_traits>
#include <utility>

#include "composition.hpp"
#include "type_name.hpp"

namespace genet::inline GENET_ISA {

/// A layer says what it is called and what it makes of one shape, or of a bundle of named tensors.
template <class L>
concept takes_shape = requires(shape s) {
  { L::infer(s) } -> std::same_as<answer>;
};
template <class L>
concept takes_bundle = requires(const bundle& b) {
  { L::infer(b) } -> std::same_as<answer>;
};
template <class L>
concept declarable = (takes_shape<L> || takes_bundle<L>)&&requires {
  { L::label() } -> std::convertible_to<text>;
};
/// An element-wise layer given by formulas.
template <class L>
concept activation_layer = declarable<L> && requires {
  typename L::is_activation;
};

/// What a word does to the tensors that pass through it.
enum class role : unsigned char {
  layer,
  view,    // another shape of the same memory: flatten, reshape
  choice,  // passes on some tensors of a bundle
  chain,
  residual,
  heads,
  head,
  repeat,
  part,
  stranger,  // not a layer
};

/// One node of the type tree as a value. A tree is an array of words in pre-order.
struct word {
  role what = role::layer;
  int size = 1;  // words of this subtree
  int children = 0;
  int count = 1;  // copies of a repeat
  std::string_view name{};
  answer (*infer)(const bundle&) = nullptr;
  text (*label)() = nullptr;
  needs reads{};
  bool element_wise = false;  // computed along with the layer before it, where that one and merging allow it
  bool activation_from_output = false;
  bool takes_epilogue = false;  // computes element-wise layers behind it in its own kernel
  bool draws = false;           // draws noise into its saved values
  bool steppable = false;       // works position by position, or carries what it has seen: see declare/stepping.hpp
  bool hidden = false;          // inside of a word that is composed of others: adds nothing to names and messages
  feature_order order = feature_order::planes;
  bundle (*choose)(const bundle&) = nullptr;  // of a choice: what goes on
};

namespace spelling {

template <class L>
constexpr answer infer(const bundle& b) {
  if constexpr (requires { L::wrong_option(); }) {
    if (const text wrong = L::wrong_option(); wrong.size()) return refuse(text("does not take the option ") << wrong);
  }
  if constexpr (takes_bundle<L>) {
    return L::infer(b);
  } else {
    if (b.n != 1)
      return refuse(text("wants one input, got ") << b.n << ": " << show(b) << "; join them by concat or add");
    if (b[0].kind != element::real)
      return refuse(text("wants reals, got ")
                    << show(b) << "; put a layer that reads " << show(b[0].kind) << " before it");
    return L::infer(b[0].s);
  }
}
template <class L>
constexpr answer refuse_stranger(const bundle&) {
  if constexpr (requires { typename L::net_type; })
    return refuse("is a whole net; use chain<...> for a reusable block");
  return refuse("is not a layer; it lacks infer(shape) or label()");
}
template <class L>
constexpr text label() {
  if constexpr (requires { L::label(); })
    return L::label();
  else
    return text(type_name<L>());
}

}  // namespace spelling

/// What the backward pass of element-wise layers that are computed together reads: of what goes into the first one, and
/// of what comes out of the last one.
struct run_needs {
  bool input = false, output = false;
};
/// The needs of `n` layers, whose words `at(i)` gives. Each wants its input or its output; what the last activation
/// gave follows from the result, also through a dropout, everything else is computed again from the input.
template <class F>
constexpr run_needs needs_of_run(int n, const F& at) {
  run_needs r;
  const int known = at(n - 1).draws ? n - 1 : n;
  for (int i = 0; i < n; ++i) {
    const word& w = at(i);
    if (w.draws) continue;
    (i + w.activation_from_output == known ? r.output : r.input) = true;
  }
  return r;
}

/// Type -> words. A leaf is one word, a composition its own word followed by those of its children.
template <class L>
struct spell {
  static consteval std::array<word, 1> words() {
    word w;
    w.label = &spelling::label<L>;
    if constexpr (declarable<L>) {
      w.infer = &spelling::infer<L>;
      if constexpr (requires { typename L::is_view; }) w.what = role::view;
      if constexpr (requires { typename L::is_choice; }) {
        w.what = role::choice;
        w.choose = &L::choose;
      }
      // A layer that does not say what its backward pass reads is given everything.
      if constexpr (requires { L::reads; }) w.reads = L::reads;
      else w.reads = {true, true, true, true};
      if constexpr (requires { L::given_name; }) w.name = L::given_name;
      if constexpr (activation_layer<L>) w.activation_from_output = L::from_output;
      // Said of itself: a layer derived from one that does has no kernel for it.
      if constexpr (requires { typename L::takes_epilogue; })
        w.takes_epilogue = std::is_same_v<typename L::takes_epilogue, L>;
      w.element_wise = activation_layer<L>;
      if constexpr (requires { typename L::is_element_wise; })
        w.element_wise = std::is_same_v<typename L::is_element_wise, L>;
      w.draws = requires { typename L::draws_noise; };
      if constexpr (requires { L::steppable; }) w.steppable = L::steppable;
      else w.steppable = w.element_wise;
      if constexpr (requires { L::order; }) w.order = L::order;
    } else {
      w.what = role::stranger;
      w.infer = &spelling::refuse_stranger<L>;
    }
    return {w};
  }
};

template <class L>
inline constexpr auto words = spell<L>::words();

namespace spelling {

/// `layer 2 of 3, residual, layer 1 of 2, softmax`: the way to word w of a tree.
constexpr text path_of(const word* words, int w) {
  text t;
  for (int outer = 0; outer != w;) {
    int child = outer + 1, index = 1;
    for (; w >= child + words[child].size; ++index) child += words[child].size;
    if (words[child].hidden) {
      outer = child;
      continue;
    }
    const bool counted =
        words[child].what != role::part && !(words[child].what == role::head && words[outer].what == role::heads);
    if (!words[child].hidden) {
      if (outer) t << ", ";
      if (counted && (words[outer].children > 1 || outer == 0))
        t << "layer " << index << " of " << words[outer].children << ", ";
      t << words[child].label();
    }
    outer = child;
  }
  return t;
}

}  // namespace spelling

/// Everything that compositions share: their words, and where in which child a word lies.
template <class... L>
struct spell_children {
  static consteval int total(
      std::initializer_list<std::size_t> sizes) {  // no fold: clang limits them to 256 operands
    int n = 0;
    for (auto s : sizes) n += static_cast<int>(s);
    return n;
  }
  static constexpr int size = 1 + total({words<L>.size()...});

  static consteval auto with(word own) {
    std::array<word, static_cast<std::size_t>(size)> all{};
    own.size = size;
    own.children = static_cast<int>(sizeof...(L));
    all[0] = own;
    std::size_t next = 1;
    [[maybe_unused]] auto append = [&](const auto& child) {
      for (const word& w : child) all[next++] = w;
    };
    [[maybe_unused]] const int order[] = {0, (append(words<L>), 0)...};
    return all;
  }

  struct place {
    int child, inside;
  };
  static consteval auto make_directory() {
    std::array<place, static_cast<std::size_t>(size)> d{};
    const int sizes[] = {static_cast<int>(words<L>.size())..., 0};
    std::size_t next = 1;
    for (int c = 0; c < static_cast<int>(sizeof...(L)); ++c)
      for (int i = 0; i < sizes[c]; ++i) d[next++] = {c, i};
    return d;
  }
  static constexpr auto directory = make_directory();
};

namespace spelling {
constexpr word composition(role what, text (*label)(), std::string_view name = {}, int count = 1) {
  word w;
  w.what = what;
  w.label = label;
  w.name = name;
  w.count = count;
  return w;
}
constexpr text chain_label() { return "chain"; }
constexpr text residual_label() { return "residual"; }
constexpr text heads_label() { return "heads"; }
template <fixed_string N>
constexpr text head_label() {
  return text("head<") << stored<N>.view() << ">";
}
template <fixed_string N>
constexpr text part_label() {
  return text(stored<N>.view());
}
template <int N>
constexpr text repeat_label() {
  return text("repeat<") << N << ">";
}
}  // namespace spelling

template <class... L>
struct spell<chain<L...>> : spell_children<L...> {
  static consteval auto words() {
    return spell_children<L...>::with(spelling::composition(role::chain, &spelling::chain_label));
  }
};
template <class... L>
struct spell<residual<L...>> : spell_children<L...> {
  static consteval auto words() {
    word own = spelling::composition(role::residual, &spelling::residual_label);
    own.order = feature_order::any;
    return spell_children<L...>::with(own);
  }
};
template <class... H>
struct spell<heads<H...>> : spell_children<H...> {
  static consteval auto words() {
    return spell_children<H...>::with(spelling::composition(role::heads, &spelling::heads_label));
  }
};
template <fixed_string N, class... L>
struct spell<head<N, L...>> : spell_children<L...> {
  static consteval auto words() {
    return spell_children<L...>::with(
        spelling::composition(role::head, &spelling::head_label<N>, head<N, L...>::name));
  }
};
template <int N, class... L>
struct spell<repeat<N, L...>> : spell_children<L...> {
  static consteval auto words() {
    return spell_children<L...>::with(spelling::composition(role::repeat, &spelling::repeat_label<N>, {}, N));
  }
};
/// A name around a leaf simply becomes the leaf's; the kernels never see it.
template <fixed_string N, class L>
struct spell<named<N, L>> {
  static consteval auto words() {
    auto all = genet::words<L>;
    all[0].name = named<N, L>::name;
    return all;
  }
};
template <fixed_string N, class Net>
struct spell<part<N, Net>> : spell_children<typename Net::net_type::tree> {
  static consteval auto words() {
    return spell_children<typename Net::net_type::tree>::with(
        spelling::composition(role::part, &spelling::part_label<N>, part<N, Net>::name));
  }
};

// ---- the way back: the type of word W. Keyed by (composition, index), so that equal compositions share the work.

#if defined(__has_builtin)
#if __has_builtin(__type_pack_element)
#define GENET_TYPE_PACK_ELEMENT
#endif
#endif
#ifdef GENET_TYPE_PACK_ELEMENT
template <std::size_t I, class... L>
using nth_type = __type_pack_element<I, L...>;
#undef GENET_TYPE_PACK_ELEMENT
#else
namespace spelling {
template <std::size_t I, class T>
struct indexed {
  using type = T;
};
template <class Is, class... T>
struct indexed_all;
template <std::size_t... I, class... T>
struct indexed_all<std::index_sequence<I...>, T...> : indexed<I, T>... {};
template <std::size_t I, class T>
indexed<I, T> pick(indexed<I, T>*);
}  // namespace spelling
template <std::size_t I, class... L>
using nth_type = typename decltype(spelling::pick<I>(
    static_cast<spelling::indexed_all<std::index_sequence_for<L...>, L...>*>(nullptr)))::type;
#endif

template <class T, int W>
struct type_at;
template <int W, class... L>
struct type_among {
  static constexpr auto where = spell_children<L...>::directory[W];
  using type = typename type_at<nth_type<static_cast<std::size_t>(where.child), L...>, where.inside>::type;
};
template <class T, int W>
struct type_at {
  static_assert(W == 0, "a leaf has one word");
  using type = T;
};
template <int W, class... L>
requires(W > 0) struct type_at<chain<L...>, W> : type_among<W, L...> {
};
template <int W, class... L>
requires(W > 0) struct type_at<residual<L...>, W> : type_among<W, L...> {
};
template <int W, class... H>
requires(W > 0) struct type_at<heads<H...>, W> : type_among<W, H...> {
};
template <int W, fixed_string N, class... L>
requires(W > 0) struct type_at<head<N, L...>, W> : type_among<W, L...> {
};
template <int W, int N, class... L>
requires(W > 0) struct type_at<repeat<N, L...>, W> : type_among<W, L...> {
};
template <int W, fixed_string N, class Net>
requires(W > 0) struct type_at<part<N, Net>, W> : type_among<W, typename Net::net_type::tree> {
};
template <int W, fixed_string N, class L>
struct type_at<named<N, L>, W> : type_at<L, W> {};

}  // namespace genet
