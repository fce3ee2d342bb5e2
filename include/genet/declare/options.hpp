#pragma once
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include "initialiser.hpp"
#include "text.hpp"
#include "type_name.hpp"
#include "window.hpp"

namespace genet::inline GENET_ISA {

/// What the options of a layer amount to.
struct option_values {
  std::string_view name{};
  initialiser weight = fan_in_uniform;
  initialiser bias = fan_in_uniform;
  bool with_bias = true;
  double epsilon = 1e-5;
  double momentum = 0.1;
  window moving{};  // over feature maps
  int groups = 1;
  bool both_ways = false;  // along a sequence
};

/// The kinds of options; a layer names those that it accepts.
enum option_kind : unsigned {
  naming = 1,
  initialising = 2,
  biasing = 4,
  normalising = 8,
  windowing = 16,  // kernel, stride, padding
  dilating = 32,
  grouping = 64,
  enlarging = 128,  // output_padding
  directing = 256,
};

/// Names a layer: `dense<400, name<"fc1">>` owns `fc1.weight`; without a name a layer is called by its index.
template <fixed_string S>
struct name {
  static constexpr option_kind kind = naming;
  static constexpr void set(option_values& v) { v.name = stored<S>.view(); }
};
/// How the weight starts: `dense<400, weight_init<xavier_uniform>>`.
template <initialiser I>
struct weight_init {
  static constexpr option_kind kind = initialising;
  static constexpr void set(option_values& v) { v.weight = I; }
};
/// How the bias starts: `bias_init<zeros>`.
template <initialiser I>
struct bias_init {
  static constexpr option_kind kind = initialising;
  static constexpr void set(option_values& v) { v.bias = I; }
};
/// A layer without bias.
struct no_bias {
  static constexpr option_kind kind = biasing;
  static constexpr void set(option_values& v) { v.with_bias = false; }
};
/// The term that keeps a normalisation from dividing by zero; 1e-5 unless said.
template <real E>
struct epsilon {
  static constexpr option_kind kind = normalising;
  static constexpr void set(option_values& v) { v.epsilon = E.value(); }
};
/// The weight of a new batch in running statistics; 0.1 unless said.
template <real M>
struct momentum {
  static constexpr option_kind kind = normalising;
  static constexpr void set(option_values& v) { v.momentum = M.value(); }
};

/// The window of a convolution or a pool: one number, or height and width, as in all options of windows.
template <int Height, int Width = Height>
struct kernel {
  static constexpr option_kind kind = windowing;
  static constexpr void set(option_values& v) { v.moving.kernel = {Height, Width}; }
};
/// How far the window moves; a convolution's by 1, a pool's by its own size, unless said.
template <int Height, int Width = Height>
struct stride {
  static constexpr option_kind kind = windowing;
  static constexpr void set(option_values& v) { v.moving.stride = {Height, Width}; }
};
/// Pixels around the feature map on which the window may lie as well; none unless said.
template <int Height, int Width = Height>
struct padding {
  static constexpr option_kind kind = windowing;
  static constexpr void set(option_values& v) { v.moving.padding = {Height, Width}; }
};
/// The distance of a kernel's elements; 1 unless said.
template <int Height, int Width = Height>
struct dilation {
  static constexpr option_kind kind = dilating;
  static constexpr void set(option_values& v) { v.moving.dilation = {Height, Width}; }
};
/// Convolutions side by side, each over its share of the channels; 1 unless said.
template <int N>
struct groups {
  static constexpr option_kind kind = grouping;
  static constexpr void set(option_values& v) { v.groups = N; }
};
/// Lines and columns that a transposed convolution adds at the end; none unless said.
template <int Height, int Width = Height>
struct output_padding {
  static constexpr option_kind kind = enlarging;
  static constexpr void set(option_values& v) { v.moving.output_padding = {Height, Width}; }
};

/// Reads a sequence from its end as well; both outputs stand side by side.
struct bidirectional {
  static constexpr option_kind kind = directing;
  static constexpr void set(option_values& v) { v.both_ways = true; }
};

/// Base of layers that take options, in any order: the set as a Hana tuple of types, and its values.
/// An option that the layer does not accept is kept as `wrong_option` and refused with the layer's position.
template <unsigned Accepted, class... O>
struct options {
  static constexpr auto option_set = boost::hana::tuple_t<O...>;
  /// What they amount to in a layer that begins with other values.
  static constexpr option_values values_from(option_values v) {
    [[maybe_unused]] auto set = [&]<class Option>(boost::hana::basic_type<Option>) {
      if constexpr (requires { Option::set(v); }) Option::set(v);
    };
    (set(boost::hana::type_c<O>), ...);
    return v;
  }
  static constexpr option_values values = values_from({});
  static constexpr text wrong_option() {
    text wrong;
    [[maybe_unused]] auto check = [&]<class Option>(boost::hana::basic_type<Option>) {
      bool fits = false;
      if constexpr (requires(option_values v) { Option::set(v); }) fits = (Option::kind & Accepted) != 0;
      if (!fits && wrong.size() == 0) wrong << type_name<Option>();
    };
    (check(boost::hana::type_c<O>), ...);
    return wrong;
  }
  static constexpr std::string_view given_name = values.name;
};

}  // namespace genet
