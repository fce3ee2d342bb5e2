#pragma once
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include "answer.hpp"
#include "type_name.hpp"

namespace genet::inline GENET_ISA {

// ---- sources

/// One real tensor per example: `input<1, 28, 28>`, `input<20>`.
template <int... D>
struct input {
  static constexpr edge value{shape_of({D...}), element::real};
  static constexpr text label() {
    text t("input<");
    const int d[] = {D..., 0};
    for (int i = 0; i < static_cast<int>(sizeof...(D)); ++i) {
      if (i) t << ",";
      t << d[i];
    }
    return t << ">";
  }
  static constexpr text refusal() {
    return sizeof...(D) > shape::max_rank ? text("wants at most ") << shape::max_rank << " dimensions" : text();
  }
};
/// Latent noise, (N) standard normal reals per example. A net that starts from it can draw its own input.
template <int N>
struct noise {
  static constexpr edge value{.s = {1, {N}}, .kind = element::real, .drawn = true};
  static constexpr text label() { return text("noise<") << N << ">"; }
};
/// (Length) integers below Vocabulary per example.
template <int Vocabulary, int Length>
struct tokens {
  static constexpr edge value{{1, {Length}}, element::token, {}, -1, Vocabulary};
  static constexpr text label() { return text("tokens<") << Vocabulary << "," << Length << ">"; }
};
/// (Length) zeros and ones per example: which positions count.
template <int Length>
struct mask {
  static constexpr edge value{{1, {Length}}, element::mask, {}, -1, 2};
  static constexpr text label() { return text("mask<") << Length << ">"; }
};
/// One class index below Classes per example.
template <int Classes>
struct labels {
  static constexpr edge value{{1, {1}}, element::label, {}, -1, Classes};
  static constexpr text label() { return text("labels<") << Classes << ">"; }
};
/// Gives a name to a source in `inputs`, or to any layer: `named<"norm1", batch_norm>` owns `norm1.weight`.
template <fixed_string Name, class T>
struct named {
  static constexpr std::string_view name = stored<Name>.view();
  using type = T;
};
/// Several sources: `inputs<named<"image", input<784>>, named<"digit", labels<10>>>`.
template <class... Named>
struct inputs {};

/// The tensors of a source, numbered from 0; empty if the type is no source.
template <class S>
struct source_of {
  static constexpr bundle value = [] {
    bundle b;
    if constexpr (requires { edge{S::value}; }) {
      b.n = 1;
      b.at[0] = S::value;
      b.at[0].buffer = 0;
    }
    return b;
  }();
  static constexpr text label() {
    if constexpr (requires { text{S::label()}; }) return S::label();
    else return text(type_name<S>());
  }
  /// What is wrong with the source itself; empty if nothing is.
  static constexpr text refusal() {
    if constexpr (requires { text{S::refusal()}; })
      if (const text why = S::refusal(); why.size()) return label() << ": " << why;
    return {};
  }
};
template <fixed_string N, class S>
struct source_of<named<N, S>> : source_of<S> {};
template <class... N>
struct source_of<inputs<N...>> {
  static constexpr bundle value = [] {
    bundle b;
    [[maybe_unused]] auto add = [&b](std::string_view name, const bundle& one) {
      if (one.n != 1 || b.n == max_edges) return;
      b.at[b.n] = one[0];
      b.at[b.n].name = name;
      b.at[b.n].buffer = b.n;
      ++b.n;
    };
    (add(N::name, source_of<typename N::type>::value), ...);
    return b.n == static_cast<int>(sizeof...(N)) ? b : bundle{};
  }();
  static constexpr text label() { return "inputs"; }
  static constexpr text refusal() {
    text why;
    [[maybe_unused]] auto look = [&why](const text& one) {
      if (!why.size()) why = one;
    };
    (look(source_of<typename N::type>::refusal()), ...);
    return why;
  }
};

// ---- composition

/// Layers one after another, reusable as one layer.
template <class... L>
struct chain {};
/// y = x + layers(x); the layers keep the shape.
template <class... L>
struct residual {};
/// One branch of `heads`; its output carries the name.
template <fixed_string Name, class... L>
struct head {
  static constexpr std::string_view name = stored<Name>.view();
};
/// Branches over the same input. Their outputs form a bundle of named tensors.
template <class... Head>
struct heads {
  static constexpr auto list = boost::hana::tuple_t<Head...>;
};
/// The same layers N times, each copy with parameters of its own.
template <int N, class... L>
struct repeat {};
/// A net as a named part of a larger model; its parameters are called `Name.` and lie together.
template <fixed_string Name, class Net>
struct part {
  static constexpr std::string_view name = stored<Name>.view();
  using net_type = Net;
};

}  // namespace genet
