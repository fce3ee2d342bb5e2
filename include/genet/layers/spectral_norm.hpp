#pragma once
#include "../declare/words.hpp"

namespace genet::inline GENET_ISA {

/// A dense or conv2d layer whose weight is divided by its largest singular value, `spectral_norm<dense<128>>`, so that
/// the layer stretches nothing. The value is estimated by u W v; a pass in training that may move the state makes one
/// step of the power method for u and v before, other passes take them as they are. The gradient counts u and v as
/// constants. Parameters are the layer's, the weight under the name `weight_orig`; state: `weight_u` and `weight_v`,
/// unit vectors. Miyato et al. 2018. PyTorch: nn.utils.spectral_norm.
template <class Layer>
struct spectral_norm {
  using takes_epilogue = spectral_norm;
  using is_linear = void;
  static constexpr needs reads = words<Layer>[0].reads;
  static constexpr double least_norm = 1e-12;  // that a vector is divided by
  static constexpr std::string_view given_name = words<Layer>[0].name;
  static constexpr feature_order order = words<Layer>[0].order;

  static constexpr text label() { return text("spectral_norm<") << Layer::label() << ">"; }
  static constexpr answer infer(const bundle& in) {
    answer a = spelling::infer<Layer>(in);
    if (a.refused) return a;
    tensor_declaration& weight = a.parameters[0];
    const auto layout = weight.layout.how;
    if (a.n_parameters == 0 || a.n_state > 0 || a.saved_per_batch > 0 ||
        (layout != tensor_layout::panels && layout != tensor_layout::filters))
      return refuse("normalises the weight of dense and conv2d");
    const int outputs = weight.s[0], inputs = static_cast<int>(weight.s.size() / weight.s[0]);
    weight.name = "weight_orig";
    return a.with_state("weight_u", vector_shape(outputs), orthogonal)
        .with_state("weight_v", vector_shape(inputs), orthogonal)
        .keeps(a.saved, 1 + outputs + inputs);
  }
};

}  // namespace genet
