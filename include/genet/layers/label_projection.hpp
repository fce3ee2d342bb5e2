#pragma once
#include "with_label.hpp"

namespace genet::inline GENET_ISA {

/// The score of a projection discriminator: takes a bundle of features f (N) and a label y, in any order, and gives
/// w f + b + <e_y, f>, shape (1). Miyato & Koyama 2018, equation 3. Parameters `weight` (1,N) and `bias` (1) as of
/// nn.Linear, `embedding` (Classes,N), standard normal at first as nn.Embedding. The label is carried past other layers
/// by heads:
///
///     struct critic : net<inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>,
///                         heads<head<"features", pick<"image">, conv2d<64, kernel<4>, stride<2>>, relu, flatten>,
///                               head<"label", pick<"label">>>,
///                         label_projection<10>> {};
///
/// Classes is what the label's source says. A label that is not below it is bad_input.
template <int Classes, class... O>
struct label_projection : options<naming, O...> {
  using is_linear = void;
  static constexpr needs reads{.x_for_dx = true, .x_for_dp = true};
  static constexpr text label() { return text("label_projection<") << Classes << ">"; }
  static constexpr answer infer(const bundle& in) {
    if (const text why = labels_beside::refusal(in, Classes); why.size()) return refuse(why);
    const shape features = in[in[0].kind == element::real ? 0 : 1].s;
    if (features.rank != 1) return wants_vector(features);
    const int n = features[0];
    return gives(vector_shape(1))
        .with("weight", {2, {1, n}}, parameter_group::weight, fan_in_uniform)
        .with("bias", vector_shape(1), parameter_group::bias, fan_in_uniform)
        .with("embedding", {2, {Classes, n}}, parameter_group::weight, standard_normal)
        .costs(4L * n + 1);
  }
};

}  // namespace genet
