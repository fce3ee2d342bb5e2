#pragma once
#include "../declare/words.hpp"
#include "one_hot.hpp"

namespace genet::inline GENET_ISA {

/// Joins a label to what comes along with it: takes a bundle of one tensor of reals and one label, in any order, and
/// computes a code of the label, one_hot or embedding<N>, of E numbers. It is appended to features: (n) to (n+E); a
/// feature map (C,H,W) gets a constant channel for each of its numbers: (C+E,H,W). The label is then consumed; who
/// needs it later keeps it beside, as in the example of label_projection.
///
///     struct generator : net<inputs<named<"z", noise<64>>, named<"label", labels<10>>>,
///                            with_label<10, embedding<16>>, dense<256>, relu, dense<784>> {};
///
/// Classes is what the label's source says. Mirza & Osindero 2014. Parameters are those of the code.
/// PyTorch: torch.cat([x, code], 1).
template <int Classes, class Code = one_hot>
struct with_label;

namespace labels_beside {

/// What is wrong with a bundle of features and a label; empty if nothing is.
constexpr text refusal(const bundle& in, int classes) {
  const int label = in.n == 2 && in[1].kind != element::label ? 0 : 1;
  if (in.n != 2 || in[label].kind != element::label || in[1 - label].kind != element::real)
    return text("wants a tensor of reals and a label, got ") << show(in);
  if (in[label].limit != classes)
    return text("wants a label of ") << classes << " classes, got one of " << in[label].limit;
  return {};
}

/// One tensor of such a bundle.
template <int Classes, element Kind>
struct chosen {
  using is_choice = void;
  static constexpr text label() { return text(show(Kind)); }
  static constexpr bundle choose(const bundle& in) {
    bundle one;
    one.n = 1;
    one.at[0] = in[in[0].kind == Kind ? 0 : 1];
    return one;
  }
  static constexpr answer infer(const bundle& in) {
    if (const text why = refusal(in, Classes); why.size()) return refuse(why);
    return gives(choose(in)[0].s);
  }
};

/// Appends a code to features, or to each pixel of a map.
template <int Classes>
struct joined {
  using is_linear = void;
  static constexpr needs reads{};
  static constexpr feature_order order = feature_order::channels_last;
  static constexpr text label() { return text("with_label<") << Classes << ">"; }
  static constexpr answer infer(const bundle& in) {
    shape out = in[0].s;
    if (out.rank != 1 && out.rank != 3)
      return refuse(text("wants features or (channels,height,width) beside the label, got ") << show(out));
    out.d[0] += in[1].s[0];
    return gives(out);
  }
};

template <int Classes, class Code>
struct spelled {
  using codes = heads<head<"features", chosen<Classes, element::real>>,
                      head<"label", chosen<Classes, element::label>, Code>>;
  using children = spell_children<codes, joined<Classes>>;
  template <int W>
  using at = type_among<W, codes, joined<Classes>>;
};

}  // namespace labels_beside

template <int Classes, class Code>
struct with_label {
  static constexpr text label() { return text("with_label<") << Classes << ">"; }
};

/// A composition under one name: its own words add nothing to the names of parameters and to messages.
template <int Classes, class Code>
struct spell<with_label<Classes, Code>> : labels_beside::spelled<Classes, Code>::children {
  static consteval auto words() {
    auto all = labels_beside::spelled<Classes, Code>::children::with(
        spelling::composition(role::chain, &with_label<Classes, Code>::label));
    for (std::size_t i = 1; i < all.size(); ++i) all[i].hidden = true;
    return all;
  }
};
template <int W, int Classes, class Code>
requires(W > 0) struct type_at<with_label<Classes, Code>, W> : labels_beside::spelled<Classes, Code>::template at<W> {
};

}  // namespace genet
