#pragma once
#include <array>
#include <cstdint>

#include "../declare/plan.hpp"
#include "../random/philox.hpp"
#include "../tensor/team.hpp"

namespace genet::inline GENET_ISA {

/// Training draws dropout masks and moves running statistics; evaluation does neither. As train() and eval() in
/// PyTorch.
enum class mode : unsigned char { evaluation, training };

/// An optimiser's step on some parameters as soon as their gradient is known: parameters `offset` to `offset + n` of
/// the model's block, whose gradients are at `gradient`. May be called from several threads for different parameters.
template <class T>
struct parameter_update {
  void (*apply)(const void* data, long offset, const T* gradient, long n) = nullptr;
  const void* data = nullptr;
  void operator()(long offset, const T* gradient, long n) const { apply(data, offset, gradient, n); }
};

/// Everything that one kernel call sees. Tensors are dense and row-major, the batch outermost.
template <class T>
struct context {
  long rows = 0;       // examples in this call
  long first_row = 0;  // and the place of the first one in the batch, see compute<L>::by_rows
  tensor::team* team = &tensor::alone();
  mode how = mode::evaluation;
  std::array<const void*, max_edges> in{};
  void* out = nullptr;
  std::array<const T*, answer::max_parameters> parameters{};
  std::array<const T*, answer::max_state> state{};
  std::array<T*, answer::max_state> moving_state{};  // null in evaluation: a const model may be shared by threads
  T* saved = nullptr;                                // answer::saved per example, kept from forward to backward
  T* saved_per_batch = nullptr;                      // answer::saved_per_batch
  T* scratch = nullptr;                              // answer::scratch per example
  T* workspace = nullptr;                            // what the kernel itself asked for, see compute<L>::workspace
  const T* carried_in = nullptr;                     // answer::carried per example: begin from it; null: from zeros
  T* carried_out = nullptr;                          // leave there what the next call begins from; may be carried_in
  T* out_gradient = nullptr;                         // the kernel may overwrite it: nobody reads it afterwards
  std::array<T*, max_edges> in_gradient{};
  std::array<T*, answer::max_parameters> parameter_gradient{};
  bool accumulate = false;                                     // add to parameter gradients instead of writing them
  const parameter_update<T>* update = nullptr;                 // who takes the gradients, see compute<L>::updates
  std::array<long, answer::max_parameters> parameter_place{};  // offsets that `update` wants
  rng::key noise{};                                            // of this step of the program at this training step
  const T* injected = nullptr;                                 // noise of the caller, to be used instead of drawing

  const T* real(int i = 0) const { return static_cast<const T*>(in[static_cast<std::size_t>(i)]); }
  const std::int32_t* integers(int i) const {
    return static_cast<const std::int32_t*>(in[static_cast<std::size_t>(i)]);
  }
  T* result() const { return static_cast<T*>(out); }
};

/// How a layer is computed; actions stand apart from declarations. A specialisation gives
///
///     template <class T, shapes In> static void forward(const context<T>&);
///     template <class T, shapes In, wants Want> static void backward(const context<T>&);
///     template <class T, shapes In> static constexpr element_count workspace();       // optional
///     static constexpr bool by_rows = true;                                           // optional
///     static constexpr unsigned updates = 1;                                          // optional
///
/// `by_rows`: examples are computed one by one from real inputs, so that a call may be made for a stretch of them; a
/// session with several threads does so, but for gradients of parameters. `updates`, bit i: where `context::update`
/// is set, backward hands it the gradient of parameter i itself, piece by piece and after the parameter's last use,
/// instead of writing it.
///
/// It is instantiated once per distinct layer, input shapes and wanted gradients. The primary template calls the same
/// members of the layer itself, which is how a user's layer brings its own.
template <class L>
struct compute {
  static constexpr bool by_rows = requires { requires L::by_rows; };

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    L::template forward<T, In>(c);
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    L::template backward<T, In, Want>(c);
  }
};

/// A layer computed together with the element-wise ones behind it: what merging makes of several words.
template <class Layer, class... Then>
struct merged_layer {};

/// A feature map in the other order, see feature_order: what a net puts between layers that disagree.
template <reordering To>
struct reordered {};

}  // namespace genet
