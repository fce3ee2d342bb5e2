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
template <class T>
T dot(const T* x, const T* y, long n) {
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
template <class T>
void add_scaled(T a, const T* x, T* y, long n) {
  constexpr long W = width<T>;
  for (long i = 0; i < n; i += W) {
    const long count = std::min(W, n - i);
    store_partial(y + i, fma<T>(simd<T>(a), load_partial(x + i, count), load_partial(y + i, count)), count);
  }
}

/// Householder QR of the matrix whose columns are the `k` rows of `a` (k x n, k <= n): A^T = Q R.
/// Afterwards a[i][j] for j < i is R's element (j, i), `diagonal[i]` is R's (i, i), a[i][i...] and `beta[i]` are the
/// i-th reflection I - beta v v^T. Golub, Van Loan: Matrix Computations, 5.2.
template <class T>
void qr(long k, long n, T* a, T* diagonal, T* beta) {
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
template <class T>
void qr_form_q(long k, long n, T* a, const T* beta) {
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
template <class T>
bool cholesky(long n, T* a) {
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
template <class T>
void solve_lower(long n, const T* l, T* x) {
  for (long i = 0; i < n; ++i) x[i] = (x[i] - dot(l + i * n, x, i)) / l[i * n + i];
}

/// x = L^-T x for a lower triangular L.
template <class T>
void solve_lower_transposed(long n, const T* l, T* x) {
  for (long i = n - 1; i >= 0; --i) {
    x[i] /= l[i * n + i];
    add_scaled(-x[i], l + i * n, x, i);
  }
}

/// x = A^-1 x from A's Cholesky factor.
template <class T>
void cholesky_solve(long n, const T* l, T* x) {
  solve_lower(n, l, x);
  solve_lower_transposed(n, l, x);
}

/// log det A from A's Cholesky factor.
template <class T>
T cholesky_log_determinant(long n, const T* l) {
  T sum = 0;
  for (long i = 0; i < n; ++i) sum += std::log(l[i * n + i]);
  return 2 * sum;
}

namespace detail {

// x = c x - s y, y = s x + c y.
template <class T>
void rotate(T c, T s, T* x, T* y, long n) {
  const simd<T> cosine(c), sine(s);
  each_vector<T>(n, [&](long i, long count) {
    const simd<T> a = load_partial(x + i, count), b = load_partial(y + i, count);
    store_partial(x + i, cosine * a - sine * b, count);
    store_partial(y + i, sine * a + cosine * b, count);
  });
}

// a[r] -= q[r] u + u[r] q for the first n elements of the first n rows.
template <class T>
void subtract_symmetric(long n, T* a, long line, const T* q, const T* u) {
  for (long r = 0; r < n; ++r) {
    const simd<T> qr(-q[r]), ur(-u[r]);
    T* row = a + r * line;
    each_vector<T>(n, [&](long i, long count) {
      const simd<T> rest = fma<T>(ur, load_partial(q + i, count), load_partial(row + i, count));
      store_partial(row + i, fma<T>(qr, load_partial(u + i, count), rest), count);
    });
  }
}

// Householder's reduction of a symmetric matrix to a tridiagonal one, from the last row up: A = Q T Q^T. Afterwards
// diagonal[i] is T's (i, i), a[i][i] is T's (i, i - 1), and the elements of a's row i before it are u of the
// reflection I - u u^T; Q is the product of these from the last row to the first.
template <class T>
void tridiagonal(long n, T* a, T* diagonal) {
  for (long i = n - 1; i >= 0; --i) {
    T* u = a + i * n;
    const T corner = u[i];
    if (i < 2) {
      u[i] = i == 1 ? u[0] : T(0);
      if (i == 1) u[0] = T(0);
    } else if (const T before = dot(u, u, i - 1); before > T(0)) {
      const T last = u[i - 1], norm = std::sqrt(before + last * last), to = last > T(0) ? -norm : norm;
      u[i - 1] = last - to;
      const T scale = 1 / std::sqrt(norm * (norm + std::abs(last)));
      for (long l = 0; l < i; ++l) u[l] *= scale;
      T* q = diagonal;  // of which this part has not been written yet
      for (long r = 0; r < i; ++r) q[r] = dot(a + r * n, u, i);
      add_scaled(-dot(u, q, i) / 2, u, q, i);
      subtract_symmetric(i, a, n, q, u);
      u[i] = to;
    } else {
      u[i] = u[i - 1];
      u[i - 1] = T(0);
    }
    diagonal[i] = corner;
  }
}

// From what `tridiagonal` left: Q^T.
template <class T>
void tridiagonal_form_q(long n, const T* a, T* q) {
  std::fill_n(q, n * n, T(0));
  for (long i = 0; i < n; ++i) {
    const T* u = a + i * n;
    for (long r = 0; r < i; ++r) add_scaled(-dot(q + r * n, u, i), u, q + r * n, i);
    q[i * n + i] = T(1);
  }
}

// Eigenvalues of a tridiagonal matrix by the QL method with implicit shifts; off[i] is the element (i, i + 1), and is
// destroyed. Rows of `vectors`, if there are any, take part in the rotations. False if it does not converge.
template <class T>
bool tridiagonal_eigen(long n, T* values, T* off, T* vectors) {
  T largest = 0;
  for (long i = 0; i < n; ++i) largest = std::max(largest, std::abs(values[i]) + std::abs(off[i]));
  const T negligible = largest * std::numeric_limits<T>::epsilon();
  for (long first = 0; first < n; ++first)
    for (int round = 0;; ++round) {
      long last = first;
      while (last + 1 < n && std::abs(off[last]) > negligible) ++last;
      if (last == first) break;
      if (round == 60) return false;
      const T theta = (values[first + 1] - values[first]) / (2 * off[first]), root = std::hypot(theta, T(1));
      T g = values[last] - values[first] + off[first] / (theta + (theta < 0 ? -root : root));
      T s = 1, c = 1, shift = 0;
      long i = last - 1;
      for (; i >= first; --i) {
        const T f = s * off[i], b = c * off[i], r = std::hypot(f, g);
        off[i + 1] = r;
        if (r == T(0)) {  // it falls apart here
          values[i + 1] -= shift;
          break;
        }
        s = f / r;
        c = g / r;
        const T corner = values[i + 1] - shift, step = (values[i] - corner) * s + 2 * c * b;
        shift = s * step;
        values[i + 1] = corner + shift;
        g = c * step - b;
        if (vectors) rotate(c, s, vectors + i * n, vectors + (i + 1) * n, n);
      }
      off[last] = T(0);
      if (i >= first) continue;
      values[first] -= shift;
      off[first] = g;
    }
  return true;
}

}  // namespace detail

/// Eigenvalues of a symmetric n x n matrix, largest first, and the orthonormal eigenvectors: row i of `vectors` (n x
/// n) belongs to values[i]; null if only the values are wanted. Destroys `a`. Accurate to rounding of the largest
/// value; some n^3 * 6 operations, without vectors n^3 * 4/3. False if `a` holds a value that is not finite.
/// Householder's reduction and QL with implicit shifts. Golub, Van Loan: Matrix Computations, 8.3.
template <class T>
bool symmetric_eigen(long n, T* a, T* values, T* vectors) {
  T largest = 0;
  for (long i = 0; i < n * n; ++i) {
    if (!std::isfinite(a[i])) return false;
    largest = std::max(largest, std::abs(a[i]));
  }
  if (n == 0) return true;
  // Squares stay in range; a power of two changes no bit.
  int exponent = 0;
  std::frexp(largest, &exponent);
  for (long i = 0; i < n * n; ++i) a[i] = std::ldexp(a[i], -exponent);
  detail::tridiagonal(n, a, values);
  if (vectors) detail::tridiagonal_form_q(n, a, vectors);
  T* off = a;  // the reflections are no longer needed
  for (long i = 1; i < n; ++i) off[i - 1] = a[i * n + i];
  off[n - 1] = T(0);
  const bool converged = detail::tridiagonal_eigen(n, values, off, vectors);
  for (long i = 0; i < n; ++i) values[i] = std::ldexp(values[i], exponent);
  for (long i = 0; i < n; ++i) {
    const long top = std::max_element(values + i, values + n) - values;
    if (top == i) continue;
    std::swap(values[i], values[top]);
    if (vectors) std::swap_ranges(vectors + i * n, vectors + (i + 1) * n, vectors + top * n);
  }
  return converged;
}

}  // namespace genet::inline GENET_ISA::tensor
