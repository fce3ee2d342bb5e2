#pragma once
#include <oneapi/dnnl/dnnl.h>

#include <stdexcept>

namespace bench {

/// c[m][n] = a b, row-major; a transposed operand is stored the other way round.
inline void onednn_product(long m, long n, long k, const float* a, bool a_transposed, const float* b,
                           bool b_transposed, float* c) {
  const auto letter = [](bool transposed) { return transposed ? 'T' : 'N'; };
  if (dnnl_sgemm(letter(a_transposed), letter(b_transposed), m, n, k, 1, a, a_transposed ? m : k, b,
                 b_transposed ? k : n, 0, c, n) != dnnl_success)
    throw std::runtime_error("dnnl_sgemm failed");
}

}  // namespace bench
