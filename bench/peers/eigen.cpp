#include "products.hpp"

#include <Eigen/Core>

static void product(long m, long n, long k, const float* a, bool a_transposed, const float* b, bool b_transposed,
                    float* c) {
  using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using given = Eigen::Map<const matrix>;
  Eigen::Map<matrix> to(c, m, n);
  if (a_transposed)
    to.noalias() = given(a, k, m).transpose() * given(b, k, n);
  else if (b_transposed)
    to.noalias() = given(a, m, k) * given(b, n, k).transpose();
  else
    to.noalias() = given(a, m, k) * given(b, k, n);
}

[[maybe_unused]] static const int added = bench::add_products<product>();
