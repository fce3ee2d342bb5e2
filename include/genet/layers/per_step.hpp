#pragma once
#include <type_traits>

#include "../declare/words.hpp"

namespace genet::inline GENET_ISA {

/// Layers that are made for the features (F...) of one position, applied to each position of a sequence (L,F...) by
/// the same parameters, `per_step<dense<64>, tanh_>`: (L,F...) to (L,G...). Takes everything that a chain takes.
/// Names of parameters are those of a chain. PyTorch: nn.Linear does so by itself; Keras: TimeDistributed.
template <class... L>
struct per_step {
  static constexpr text label() { return "per_step"; }
};

namespace by_step {

/// What one position is made of, by what comes in. The number of positions goes to `length`; empty if there are none.
constexpr bundle position_of(const bundle& in, int& length) {
  bundle one = in;
  for (int i = 0; i < in.n; ++i) {
    const shape s = in[i].s;
    if (in[i].kind != element::real || s.rank < 2 || s[0] != in[0].s[0]) return bundle{};
    one.at[i].s = spelled_out(shape{s.rank - 1, {s[1], s[2], s[3]}});
  }
  length = in[0].s[0];
  return one;
}
constexpr shapes position_of(const shapes& in) {
  shapes one = in;
  for (int i = 0; i < in.n; ++i) one.at[i] = {in[i].rank - 1, {in[i][1], in[i][2], in[i][3]}};
  return spelled_out(one);
}

template <int>
struct nothing {};
struct linear {
  using is_linear = void;
};
struct view {
  using is_view = void;
};
struct drawing {
  using draws_noise = void;
};
template <class L>
concept says_linear = requires {
  typename L::is_linear;
};

/// One layer on each position.
template <class L>
struct each : std::conditional_t<words<L>[0].draws, drawing, nothing<0>>,
              std::conditional_t<words<L>[0].what == role::view, view,
                                 std::conditional_t<says_linear<L>, linear, nothing<1>>> {
  using takes_epilogue = std::conditional_t<words<L>[0].takes_epilogue, each, void>;
  static constexpr needs reads = words<L>[0].reads;
  static constexpr std::string_view given_name = words<L>[0].name;
  static constexpr bool steppable = true;

  static constexpr text label() { return text("per_step<") << words<L>[0].label() << ">"; }
  static constexpr answer infer(const bundle& in) {
    int length = 0;
    const bundle one = position_of(in, length);
    if (one.n == 0) return refuse(text("wants positions of reals (positions,features...), got ") << show(in));
    answer a = words<L>[0].infer(one);
    if (a.refused) return a;
    if (words<L>[0].what == role::choice) return refuse("cannot stand in per_step: it computes nothing");
    if (words<L>[0].order == feature_order::channels_last && one[0].has_order())
      return refuse("cannot stand in per_step: it takes feature maps");
    if (a.carried > 0) return refuse("cannot stand in per_step: it goes along a sequence itself");
    if (a.out.rank == shape::max_rank)
      return refuse(text("gives ") << show(a.out) << " at each position, more dimensions than a tensor has");
    shape out{a.out.rank + 1, {length}};
    for (int i = 0; i < a.out.rank; ++i) out.d[i + 1] = a.out[i];
    a.out = out;
    for (long* n : {&a.saved, &a.scratch, &a.flops}) *n *= length;
    return a;
  }
};

/// The same in a composition: what is element by element stays as it is.
template <class L>
struct spread {
  using type = std::conditional_t<words<L>[0].element_wise, L, each<L>>;
};
template <class L>
using spread_t = typename spread<L>::type;
template <class... L>
struct spread<chain<L...>> {
  using type = chain<spread_t<L>...>;
};
template <class... L>
struct spread<residual<L...>> {
  using type = residual<spread_t<L>...>;
};
template <fixed_string N, class... L>
struct spread<head<N, L...>> {
  using type = head<N, spread_t<L>...>;
};
template <class... H>
struct spread<heads<H...>> {
  using type = heads<spread_t<H>...>;
};
template <int N, class... L>
struct spread<repeat<N, L...>> {
  using type = repeat<N, spread_t<L>...>;
};
template <fixed_string N, class L>
struct spread<named<N, L>> {
  using type = named<N, spread_t<L>>;
};
template <class... L>
struct spread<per_step<L...>> {
  using type = chain<spread_t<spread_t<L>>...>;
};

}  // namespace by_step

/// A chain; a layer that is alone in it gives it its name, and is spelled once.
template <class... L>
struct spell<per_step<L...>> : spell_children<by_step::spread_t<L>...> {
  static consteval auto words() {
    auto all =
        spell_children<by_step::spread_t<L>...>::with(spelling::composition(role::chain, &per_step<L...>::label));
    if (sizeof...(L) == 1 && all.size() == 2) {
      all[0].name = all[1].name;
      all[0].label = all[1].label;
      all[1].hidden = true;
    }
    return all;
  }
};
template <int W, class... L>
requires(W > 0) struct type_at<per_step<L...>, W> : type_among<W, by_step::spread_t<L>...> {
};

}  // namespace genet
