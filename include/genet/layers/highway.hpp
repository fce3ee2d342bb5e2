#pragma once
#include "../declare/options.hpp"

namespace genet::inline GENET_ISA {

/// A gate between a layer and its input: y = t relu(W x + b) + (1 - t) x with t = sigmoid(U x + c), (n) to (n).
/// Parameters `weight` (n,n) and `bias` (n) are W and b, `gate_weight` and `gate_bias` U and c. Srivastava, Greff &
/// Schmidhuber 2015. PyTorch: two nn.Linear(n, n), also in their initial values. Options of
/// highway_with: name, weight_init, bias_init, the last two for both.
template <class... O>
struct highway_with : options<naming | initialising, O...> {
  static constexpr needs reads{.x_for_dx = true, .x_for_dp = true};
  static constexpr std::string_view no_tangent = "its output is a product of two layers";

  static constexpr text label() { return "highway"; }
  static constexpr answer infer(shape in) {
    if (in.rank != 1) return wants_vector(in);
    answer a = gives(in);
    const auto layer = [&](std::string_view weight, std::string_view bias) {
      a.with(weight, {2, {in[0], in[0]}}, parameter_group::weight, highway_with::values.weight, tensor_layout::panels)
          .with(bias, in, parameter_group::bias, highway_with::values.bias);
    };
    layer("weight", "bias");
    layer("gate_weight", "gate_bias");
    // kept: relu(W x + b) and t; borrowed: their gradients
    return a.keeps(2 * in.size()).borrows(2 * in.size()).costs(in.size() * (4 * in.size() + 6));
  }
};
struct highway : highway_with<> {};

}  // namespace genet
