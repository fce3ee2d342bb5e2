#pragma once
#include "../tensor/matmul.hpp"
#include "element_wise.hpp"

namespace genet::inline GENET_ISA {

/// What happens to the result of a layer's product while it is in the cache: the bias is added, and the run of
/// element-wise layers `Behind` it (an epilogue_run) is computed. `n` elements in all, lines of `line` elements.
template <class Behind, class T>
class product_epilogue {
 public:
  product_epilogue(const context<T>& c, long n, long line, const T* bias)
      : factors_(Behind::draw(c, n, Behind::kept_factors(c, n))),
        line_(line),
        value_{.bias = bias, .before = Behind::kept_input(c), .before_stride = line} {
    if constexpr (Behind::any) {
      value_.each = &apply;
      value_.data = this;
    }
  }
  product_epilogue(const product_epilogue&) = delete;
  product_epilogue& operator=(const product_epilogue&) = delete;

  const tensor::epilogue<T>& operator*() const { return value_; }

 private:
  static void apply(const tensor::tile_lines<T>& t, const void* data) {
    const auto& self = *static_cast<const product_epilogue*>(data);
    const T* factors = self.factors_;
    if (!factors) return Behind::template forward<T>(t.at, t.at, nullptr, t.rows * t.stride);
    if (t.columns == self.line_ && t.stride == self.line_)
      return Behind::forward(t.at, t.at, factors + t.row * self.line_, t.rows * t.stride);
    for (long i = 0; i < t.rows; ++i)
      Behind::forward(t.at + i * t.stride, t.at + i * t.stride, factors + (t.row + i) * self.line_ + t.column,
                      t.columns);
  }

  const T* factors_;
  long line_;
  tensor::epilogue<T> value_;
};

}  // namespace genet
