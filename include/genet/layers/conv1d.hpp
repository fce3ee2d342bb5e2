#pragma once
#include "../declare/options.hpp"
#include "../declare/sequence.hpp"

namespace genet::inline GENET_ISA {

/// Convolution with N kernels along a sequence, with zeros before and behind it: (L,F) to (L',N), L' = (L + 2 padding
/// - dilation (kernel - 1) - 1) / stride + 1. Beside a mask, positions that do not count are zeros, and the mask is
/// consumed. Parameters `weight` (N,F/groups,kernel) and `bias` (N). PyTorch: nn.Conv1d, also in its initial values,
/// on (F,L); Keras: Conv1D. Options: kernel (has to be said), stride, padding, dilation, groups - one number each -,
/// name, weight_init, bias_init, no_bias. Element-wise layers behind it are computed in the same kernel.
template <int N, class... O>
struct conv1d : options<naming | initialising | biasing | windowing | dilating | grouping, O...> {
  using takes_epilogue = conv1d;
  using is_linear = void;
  static constexpr needs reads{.x_for_dx = true, .x_for_dp = true};  // a mask for both
  static constexpr bool has_bias = conv1d::values.with_bias;
  static constexpr window said = conv1d::values.moving.by_default({1, 1});
  /// Over maps of one column, whose lines are the positions.
  static constexpr window moving{.kernel = {said.kernel.height, 1},
                                 .stride = {said.stride.height, 1},
                                 .padding = {said.padding.height, 0},
                                 .dilation = {said.dilation.height, 1}};
  static constexpr int groups = conv1d::values.groups;

  static constexpr text label() { return label_of_convolution("conv1d", N, conv1d::values.moving, groups); }
  static constexpr answer infer(shape in) {
    if (N < 1) return refuse("wants at least one channel of its output");
    if (in.rank != 2) return refuse(text("wants a sequence (positions,features), got ") << show(in));
    if (const text why = refusal(in[0]); why.size()) return refuse(why);
    if (const text why = refusal_of_groups(groups, in[1], N); why.size()) return refuse(why);
    const int length = moving.places({in[0], 1}).height;
    const shape weight{3, {N, in[1] / (groups > 0 ? groups : 1), moving.kernel.height}};
    answer a =
        gives({2, {length, N}})
            .with("weight", weight, parameter_group::weight, conv1d::values.weight, {tensor_layout::filters, groups});
    if (has_bias) a.with("bias", vector_shape(N), parameter_group::bias, conv1d::values.bias);
    return a.costs(2L * length * weight.size() + (has_bias ? a.out.size() : 0));
  }
  /// Beside a mask: room for the sequence without what does not count, and for its gradient.
  static constexpr answer infer(const bundle& in) {
    if (const text why = sequence_refusal(in); why.size()) return refuse(why);
    const sequence_input x = sequence_of(shapes_of(in));
    const answer a = infer(in[x.values].s);
    return a.refused || !x.masked() ? a : answer(a).borrows(2 * x.length * x.features);
  }

 private:
  static constexpr text refusal(int length) {
    text why;
    const auto below = [&](std::string_view what, height_width e, int least) {
      if (why.size()) return;
      if (e.height != e.width) why << "moves in one direction: " << what << "<" << e.height << ">";
      if (e.height < least) why << "wants " << what << "<" << least << "> at least, got " << e.height;
    };
    if (said.kernel == height_width{}) return "wants the size of its kernel: kernel<3>";
    below("kernel", said.kernel, 1);
    below("stride", said.stride, 1);
    below("padding", said.padding, 0);
    below("dilation", said.dilation, 1);
    if (const int padded = length + 2 * moving.padding.height; why.size() == 0 && moving.reach().height > padded)
      why << "its kernel reaches over " << moving.reach().height << " positions, more than the " << padded
          << " of its " << (moving.padding.height ? "padded input" : "input");
    return why;
  }
};

}  // namespace genet
