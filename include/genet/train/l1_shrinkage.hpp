#pragma once
#include <cmath>
#include <string_view>

#include "../run/storage.hpp"
#include "../tensor/simd.hpp"
#include "callback.hpp"

namespace genet::inline GENET_ISA {

/// A penalty `strength` * sum |w| on the weights of a model (biases and normalisations are spared), taken as a step of its
/// own after each of the optimiser: every weight moves towards 0 by the learning rate times `strength`, and stays there
/// when it arrives. Unlike a gradient of |w| it makes weights exactly 0. A callback:
///
///     fit.add(l1_shrinkage{m, 1e-5});
///
/// Keeps a reference to the model. Daubechies, Defrise, De Mol 2004; Parikh, Boyd: Proximal Algorithms (2014), 6.5.2.
template <class Model>
struct l1_shrinkage {
  Model& m;
  double strength = 1e-5;

  long steps_seen = 0;

  std::string_view name() const { return "l1_shrinkage"; }

  void on_run_begin(training& t) { steps_seen = t.step; }
  void on_batch_end(training& t) {
    if (t.step == steps_seen) return;  // of an accumulated step a batch is a part
    steps_seen = t.step;
    using T = typename Model::scalar;
    using V = tensor::simd<T>;
    const V by(static_cast<T>(t.learning_rate * strength)), zero(T(0));
    for (const tensor_info& w : Model::tensors()) {
      if (!w.trained || w.member_of != parameter_group::weight) continue;
      T* const to = m.parameters().data() + w.offset;
      // The whole block of the tensor: what is padding stays 0.
      tensor::each_vector<T>(storage::elements<T>(w.s, w.layout), [&](long i, long count) {
        const V x = tensor::load_partial(to + i, count);
        tensor::store_partial(to + i, xsimd::max(x - by, zero) + xsimd::min(x + by, zero), count);
      });
    }
  }
};
template <class Model>
l1_shrinkage(Model&, double) -> l1_shrinkage<Model>;

}  // namespace genet
