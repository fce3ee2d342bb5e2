#pragma once
#include "bundle.hpp"
#include "initialiser.hpp"

namespace genet::inline GENET_ISA {

/// Optimisers treat the groups apart: AdamW decays weights only.
enum class parameter_group : unsigned char { weight, bias, norm };
inline constexpr int group_count = 3;

constexpr std::string_view show(parameter_group g) {
  switch (g) {
    case parameter_group::bias: return "bias";
    case parameter_group::norm: return "norm";
    case parameter_group::weight: break;
  }
  return "weight";
}

/// How the elements of a tensor lie in a model's memory: row after row, or in the panels that products read (see
/// tensor/matmul.hpp), where kernels want them so. Files, `get` and `set` are row-major in any case.
///
///   panels           a matrix (outputs, inputs), as the right operand of inputs x outputs
///   filters          a convolution's weight (outputs, channels, height, width): for each group of outputs a right
///                    operand whose rows are numbered (y, x, channel), whose columns are outputs
///   turned_filters   that of a transposed convolution (inputs, channels, height, width): for each group of inputs a
///                    right operand whose rows are inputs, whose columns are numbered (y, x, channel)
struct tensor_layout {
  enum kind : unsigned char { rows, panels, filters, turned_filters };
  kind how = rows;
  int groups = 1;

  constexpr tensor_layout(kind k = rows, int groups_of_filters = 1) : how(k), groups(groups_of_filters) {}
  constexpr bool operator==(const tensor_layout&) const = default;
};

/// How the feature maps that a layer takes and gives lie in a session's memory, whatever their shape says: channel
/// after channel (C,H,W), or `channels_last`, pixel after pixel (H,W,C), where kernels want them so. Where orders differ
/// the net reorders in between; maps of one channel or one pixel lie the same in both. What enters and leaves a net
/// are planes. `any`: element-wise layers, whose output lies as their input does.
enum class feature_order : unsigned char { planes, channels_last, any };

/// A parameter or a state tensor of a layer; its shape is PyTorch's.
struct tensor_declaration {
  std::string_view name{};
  shape s{};
  parameter_group member_of = parameter_group::weight;
  initialiser initial{};
  tensor_layout layout = tensor_layout::rows;
};

/// Which forward values the backward pass of a layer reads; everything else is forgotten as soon as possible. A layer
/// without `static constexpr needs reads` is given everything.
struct needs {
  bool x_for_dx = false;  ///< the inputs, for the gradient of the inputs
  bool y_for_dx = false;  ///< the output, for the gradient of the inputs
  bool x_for_dp = false;  ///< the inputs, for the gradient of the parameters
  bool y_for_dp = false;  ///< the output, for the gradient of the parameters
};

/// A layer's answer to "what do you make of these inputs?": its output, what it owns, what it keeps - or a refusal.
/// Sizes are in elements of the model's scalar.
struct answer {
  static constexpr int max_parameters = 8;
  static constexpr int max_state = 4;

  shape out{};
  element kind = element::real;
  int limit = 0;  // of integers, as in edge
  int n_parameters = 0;
  tensor_declaration parameters[max_parameters]{};
  int n_state = 0;
  tensor_declaration state[max_state]{};
  long saved = 0;           // per example, from forward to backward
  long saved_per_batch = 0; // once a batch, from forward to backward
  long scratch = 0;         // per example, within one kernel call
  long carried = 0;         // per example, from the end of one sequence to the beginning of the next
  long flops = 0;           // of forward, per example; a multiply-add counts two
  bool refused = false;
  text why{};

  constexpr answer& with(std::string_view name, shape s, parameter_group g, initialiser i,
                         tensor_layout layout = tensor_layout::rows) {
    parameters[n_parameters++] = {name, s, g, i, layout};
    return *this;
  }
  constexpr answer& with_state(std::string_view name, shape s, initialiser i) {
    state[n_state++] = {name, s, parameter_group::norm, i, tensor_layout::rows};
    return *this;
  }
  constexpr answer& costs(long per_example) {
    flops = per_example;
    return *this;
  }
  constexpr answer& keeps(long per_example, long per_batch = 0) {
    saved = per_example;
    saved_per_batch = per_batch;
    return *this;
  }
  constexpr answer& borrows(long per_example) {
    scratch = per_example;
    return *this;
  }
  constexpr answer& carries(long per_example) {
    carried = per_example;
    return *this;
  }
};

constexpr answer gives(shape out) {
  answer a;
  a.out = out;
  return a;
}
constexpr answer refuse(const text& why) {
  answer a;
  a.refused = true;
  a.why = why;
  return a;
}

/// The refusal of every layer that works on (features).
constexpr answer wants_vector(shape got) {
  return refuse(text("wants a vector, got ") << show(got) << "; put flatten before it");
}

}  // namespace genet
