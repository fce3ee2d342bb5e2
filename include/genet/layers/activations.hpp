#pragma once
#include "../declare/answer.hpp"
#include "../declare/real.hpp"

namespace genet::inline GENET_ISA {

/// Base of element-wise layers: any shape in, the same shape out, no parameters. A user's own activation derives from
/// it and gives `label()`, `value(x)` and either `derivative(x)` of the input or `derivative_from_output(y)`; see
/// docs/tutorial/02_custom_layer.md. It then works as a layer, as one SIMD loop and as the epilogue of a product.
struct activation {
  using is_activation = void;
  static constexpr bool from_output = false;
  static constexpr feature_order order = feature_order::any;
  static constexpr needs reads{.x_for_dx = true};
  static constexpr answer infer(shape in) { return gives(in).costs(in.size()); }
};
/// Base of activations whose derivative is a formula of their output: their input may be forgotten.
struct activation_from_output : activation {
  static constexpr bool from_output = true;
  static constexpr needs reads{.y_for_dx = true};
};

/// max(x, 0). PyTorch: nn.ReLU; the derivative at 0 is 0.
struct relu : activation_from_output {
  using is_piecewise_linear = relu;
  static constexpr text label() { return "relu"; }
};
/// x where positive, Slope x elsewhere. PyTorch: nn.LeakyReLU.
template <real Slope = 0.01>
struct leaky_relu : activation_from_output {
  using is_piecewise_linear = leaky_relu;
  static constexpr text label() { return text("leaky_relu<") << show(Slope) << ">"; }
  static constexpr answer infer(shape in) {
    if (Slope.mantissa <= 0) return refuse(text("wants a positive slope, got ") << show(Slope));
    return activation::infer(in);
  }
};
/// x where positive, Alpha (exp(x) - 1) elsewhere. PyTorch: nn.ELU.
template <real Alpha = 1>
struct elu : activation_from_output {
  static constexpr text label() { return text("elu<") << show(Alpha) << ">"; }
  static constexpr answer infer(shape in) {
    if (Alpha.mantissa <= 0) return refuse(text("wants a positive alpha, got ") << show(Alpha));
    return activation::infer(in);
  }
};
/// x Phi(x), Phi the standard normal distribution function. PyTorch: nn.GELU (exact).
struct gelu : activation {
  static constexpr text label() { return "gelu"; }
};
/// x sigmoid(x), also called swish. PyTorch: nn.SiLU.
struct silu : activation {
  static constexpr text label() { return "silu"; }
};
/// The hyperbolic tangent. PyTorch: nn.Tanh.
struct tanh_ : activation_from_output {
  static constexpr text label() { return "tanh"; }
};
/// 1 / (1 + exp(-x)). PyTorch: nn.Sigmoid.
struct sigmoid : activation_from_output {
  static constexpr text label() { return "sigmoid"; }
};
/// log(1 + exp(x)). PyTorch: nn.Softplus.
struct softplus : activation_from_output {
  static constexpr text label() { return "softplus"; }
};

}  // namespace genet
