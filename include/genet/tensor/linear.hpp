#pragma once
// Small dense linear algebra, in place, without allocation: Householder QR, Cholesky, eigenvalues of symmetric
// matrices. For float and double; matrices are row-major and dense.

#include <genet/tensor/simd.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace genet::inline GENET_ISA::tensor {

/// Sum of x[i] y[i].
template <class T> T dot(const T* x, const T* y, long n) {
  constexpr long W = width<T>;
  simd<T> sum[2] = {simd<T>(T(0)), simd<T>(T(0))};
  long i = 0;
  for (; i + 2 * W <= n; i += 2 * W)
    unroll<2>([&](auto j) __attribute__((always_inline)) {
      sum[j] = fma<T>(simd<T>::load_unaligned(x + i + j * W), simd<T>::load_unaligned(y + i + j * W), sum[j]);
    });
  for (; i < n; i += W)
    sum[0] = fma<T>(load_partial(x + i, std::min(W, n - i)), load_partial(y + i, std::min(W, n - i)), sum[0]);
  return horizontal_sum(sum[0] + sum[1]);
}

/// y[i] += a x[i].
template <class T> void add_scaled(T a, const T* x, T* y, long n) {
  constexpr long W = width<T>;
  for (long i = 0; i < n; i += W) {
    const long count = std::min(W, n - i);
    store_partial(y + i, fma<T>(simd<T>(a), load_partial(x + i, count), load_partial(y + i, count)), count);
  }
}

/// Householder QR of the matrix whose columns are the `k` rows of `a` (k x n, k <= n): A^T = Q R.
/// Afterwards a[i][j] for j < i is R's element (j, i), `diagonal[i]` is R's (i, i), a[i][i...] and `beta[i]` are the
/// i-th reflection I - beta v v^T. Golub, Van Loan: Matrix Computations, 5.2.
template <class T> void qr(long k, long n, T* a, T* diagonal, T* beta) {
  for (long j = 0; j < k; ++j) {
    T* v = a + j * n + j;
    const T norm = std::sqrt(dot(v, v, n - j));
    diagonal[j] = v[0] > T(0) ? -norm : norm;
    v[0] -= diagonal[j];
    const T square = dot(v, v, n - j);
    beta[j] = square > T(0) ? T(2) / square : T(0);
    for (long i = j + 1; i < k; ++i) {
      T* x = a + i * n + j;
      add_scaled(-beta[j] * dot(v, x, n - j), v, x, n - j);
    }
  }
}

/// From what `qr` left: the rows of `a` become the k orthonormal columns of Q.
template <class T> void qr_form_q(long k, long n, T* a, const T* beta) {
  for (long j = k - 1; j >= 0; --j) {
    T* v = a + j * n + j;
    for (long i = j + 1; i < k; ++i) {
      T* q = a + i * n + j;
      q[0] = T(0);
      add_scaled(-beta[j] * dot(v, q, n - j), v, q, n - j);
    }
    const T scale = -beta[j] * v[0];
    for (long l = 0; l < n - j; ++l) v[l] *= scale;
    v[0] += T(1);
    std::fill_n(a + j * n, j, T(0));
  }
}

/// Cholesky factor of a symmetric positive definite n x n matrix: A = L L^T. Reads the lower triangle, puts L there
/// and zeros above it. False if A is not positive definite; `a` is then overwritten in part.
template <class T> bool cholesky(long n, T* a) {
  for (long i = 0; i < n; ++i) {
    for (long j = 0; j <= i; ++j) {
      const T rest = a[i * n + j] - dot(a + i * n, a + j * n, j);
      if (i != j) {
        a[i * n + j] = rest / a[j * n + j];
      } else if (rest > T(0)) {  // false for NaN too
        a[i * n + i] = std::sqrt(rest);
      } else {
        return false;
      }
    }
    std::fill_n(a + i * n + i + 1, n - i - 1, T(0));
  }
  return true;
}

/// x = L^-1 x for a lower triangular L.
template <class T> void solve_lower(long n, const T* l, T* x) {
  for (long i = 0; i < n; ++i) x[i] = (x[i] - dot(l + i * n, x, i)) / l[i * n + i];
}

/// x = L^-T x for a lower triangular L.
template <class T> void solve_lower_transposed(long n, const T* l, T* x) {
  for (long i = n - 1; i >= 0; --i) {
    x[i] /= l[i * n + i];
    add_scaled(-x[i], l + i * n, x, i);
  }
}

/// x = A^-1 x from A's Cholesky factor.
template <class T> void cholesky_solve(long n, const T* l, T* x) {
  solve_lower(n, l, x);
  solve_lower_transposed(n, l, x);
}

/// log det A from A's Cholesky factor.
template <class T> T cholesky_log_determinant(long n, const T* l) {
  T sum = 0;
  for (long i = 0; i < n; ++i) sum += std::log(l[i * n + i]);
  return 2 * sum;
}

/// Eigenvalues of a symmetric n x n matrix, largest first, and the orthonormal eigenvectors: row i of `vectors` (n x
/// n) belongs to values[i]. Destroys `a`. Cyclic Jacobi: slow above some hundred rows, accurate to rounding of the
/// largest one. False if `a` holds a value that is not finite.
template <class T> bool symmetric_eigen(long n, T* a, T* values, T* vectors) {
  std::fill_n(vectors, n * n, T(0));
  for (long i = 0; i < n; ++i) vectors[i * n + i] = T(1);
  T largest = 0;
  for (long i = 0; i < n * n; ++i) {
    if (!std::isfinite(a[i])) return false;
    largest = std::max(largest, std::abs(a[i]));
  }
  const T negligible = largest * std::numeric_limits<T>::epsilon() / 8;
  bool converged = false;
  for (int sweep = 0; sweep < 60 && !converged; ++sweep) {
    converged = true;
    for (long p = 0; p < n; ++p)
      for (long q = p + 1; q < n; ++q) {
        const T off = a[p * n + q], app = a[p * n + p], aqq = a[q * n + q];
        if (std::abs(off) <= negligible) continue;
        converged = false;
        const T theta = (aqq - app) / (2 * off);
        const T t = (theta < 0 ? T(-1) : T(1)) / (std::abs(theta) + std::hypot(theta, T(1)));
        const T c = 1 / std::hypot(t, T(1)), s = t * c;
        for (long r = 0; r < n; ++r) {  // columns p and q, then rows
          const T x = a[r * n + p], y = a[r * n + q];
          a[r * n + p] = c * x - s * y;
          a[r * n + q] = s * x + c * y;
        }
        for (T* m : {a, vectors})
          for (long r = 0; r < n; ++r) {
            const T x = m[p * n + r], y = m[q * n + r];
            m[p * n + r] = c * x - s * y;
            m[q * n + r] = s * x + c * y;
          }
        a[p * n + q] = a[q * n + p] = T(0);
      }
  }
  for (long i = 0; i < n; ++i) values[i] = a[i * n + i];
  for (long i = 0; i < n; ++i) {
    const long top = std::max_element(values + i, values + n) - values;
    if (top == i) continue;
    std::swap(values[i], values[top]);
    std::swap_ranges(vectors + i * n, vectors + (i + 1) * n, vectors + top * n);
  }
  return converged;
}

}  // namespace genet::tensor
