#pragma once
// All pairs of the points of two samples, a stretch of rows at a time: what distances between samples and densities
// are made of.

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "../tensor/matmul.hpp"
#include "../tensor/memory.hpp"
#include "../tensor/simd.hpp"
#include "../tensor/team.hpp"
#include "points.hpp"

namespace genet::inline GENET_ISA::metrics {

namespace detail {

/// A sample in double, less a shift, with the squared norms of its points.
struct shifted {
  shifted(const points& x, const double* shift)
      : count(x.count()), dimension(x.dimension()), rows(count * dimension), norms(count) {
    x.copy(rows.data(), shift);
    for (long i = 0; i < count; ++i) {
      // One after the other and fused as in a product, so that equal points have the distance zero and not almost
      // zero.
      tensor::simd<double> sum(0.);
      for (long j = 0; j < dimension; ++j) {
        const tensor::simd<double> v(rows[i * dimension + j]);
        sum = tensor::fma<double>(v, v, sum);
      }
      norms[i] = sum.get(0);
    }
  }

  long count, dimension;
  tensor::block<double> rows, norms;
};

}  // namespace detail

/// Calls f(i, products) for each point x_i, where products[j] = x_i . y_j; f may overwrite them. Several threads call
/// f at once, for different i; f must not throw. The same bits for any team. Of the same dimension, not checked.
template <class F>
void each_row_of_products(const points& x, const points& y, tensor::team& t, const F& f) {
  constexpr long block_rows = 56;
  const long d = x.dimension(), m = y.count();
  const int threads = t.size();
  tensor::block<double> right(m * d), panels(tensor::pack_size<double>(d, m)), left(threads * block_rows * d),
      room(threads * block_rows * m);
  y.copy(right.data());
  tensor::pack(right.data(), d, m, 1, d, panels.data(), t);
  t.run(threads, [&](int part) {
    double *rows = left.data() + part * block_rows * d, *products = room.data() + part * block_rows * m;
    const long last = x.count() * (part + 1) / threads;
    for (long first = x.count() * part / threads; first < last; first += block_rows) {
      const points some = x.part(first, std::min(block_rows, last - first));
      some.copy(rows);
      tensor::matmul<double>(some.count(), m, d, rows, d, 1, panels.data(), products, m);
      for (long i = 0; i < some.count(); ++i) f(first + i, std::span(products + i * m, static_cast<std::size_t>(m)));
    }
  });
}

/// The same with the squared distances |x_i - y_j|^2; exactly zero for equal points.
template <class F>
void each_row_of_distances(const points& x, const points& y, tensor::team& t, const F& f) {
  // |x|^2 + |y|^2 - 2 x . y loses digits where the points lie far from the origin: it is put to the middle of y.
  std::vector<double> middle(static_cast<std::size_t>(y.dimension()));
  for (long i = 0; i < y.count(); ++i)
    for (long j = 0; j < y.dimension(); ++j)
      middle[static_cast<std::size_t>(j)] += y[i * y.dimension() + j] / static_cast<double>(y.count());
  const detail::shifted left(x, middle.data()), right(y, middle.data());
  each_row_of_products(points(left.rows.span(), x.dimension()), points(right.rows.span(), y.dimension()), t,
                       [&](long i, std::span<double> row) {
                         const double norm = left.norms[i];
                         for (std::size_t j = 0; j < row.size(); ++j)
                           row[j] = std::max(norm + right.norms[static_cast<long>(j)] - 2 * row[j], 0.);
                         f(i, row);
                       });
}

}  // namespace genet::inline GENET_ISA::metrics
