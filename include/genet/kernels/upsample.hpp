#pragma once
#include "../layers/upsample.hpp"
#include "resampling.hpp"

namespace genet::inline GENET_ISA {

template <int Factor, class Mode>
struct compute<upsample<Factor, Mode>> {
  static constexpr bool by_rows = true;

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    enlarged<In[0]>::template forward<T, In>(c);
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    enlarged<In[0]>::template backward<T, In, Want>(c);
  }

 private:
  static constexpr resampling enlarge(int in) {
    const auto rule = upsample<Factor, Mode>::smooth ? resampling::rule::linear : resampling::rule::nearest;
    return {rule, in, Factor * in, Factor, 1, 0};
  }
  template <shape In>
  using enlarged = resampling_kernels<enlarge(In[1]), enlarge(In[2])>;
};

}  // namespace genet
