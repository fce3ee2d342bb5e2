#include "products.hpp"

#include <cblas.h>

static void product(long m, long n, long k, const float* a, bool a_transposed, const float* b, bool b_transposed,
                    float* c) {
  const auto small = [](long x) { return static_cast<blasint>(x); };
  cblas_sgemm(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans, b_transposed ? CblasTrans : CblasNoTrans,
              small(m), small(n), small(k), 1, a, small(a_transposed ? m : k), b, small(b_transposed ? k : n), 0, c,
              small(n));
}

[[maybe_unused]] static const int added = bench::add_products<product>();
