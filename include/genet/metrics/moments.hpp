#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "../tensor/matmul.hpp"
#include "../tensor/memory.hpp"
#include "../tensor/team.hpp"
#include "points.hpp"

namespace genet::inline GENET_ISA::metrics {

/// Mean and covariance of a sample.
struct moments {
  long count = 0, dimension = 0;
  std::vector<double> mean;        // dimension
  std::vector<double> covariance;  // dimension x dimension, symmetric; over count - 1, as numpy.cov
};

/// Mean and covariance of at least two points; two passes, so that a large mean costs no digits. The same bits for
/// any team. Throws bad_input. NumPy: np.mean, np.cov.
inline moments moments_of(const points& x, tensor::team& t = tensor::alone()) {
  detail::check("moments_of", "sample", x, 2);
  // Rows are taken in blocks that are turned to double. The sum over a block is X^T X, of which stripes of columns
  // are divided among the team, each down to the diagonal.
  constexpr long block_rows = 512, stripe = 4 * tensor::panel_width<double>;
  const long n = x.count(), d = x.dimension(), stripes = (d + stripe - 1) / stripe;
  moments m{n, d, std::vector<double>(static_cast<std::size_t>(d)),
            std::vector<double>(static_cast<std::size_t>(d * d))};
  tensor::block<double> rows(block_rows * d), panels(tensor::pack_size<double>(block_rows, d)), sum(d);

  for (long first = 0; first < n; first += block_rows) {
    const points some = x.part(first, block_rows);
    some.copy(rows.data());
    for (long i = 0; i < some.count(); ++i)
      for (long j = 0; j < d; ++j) sum[j] += rows[i * d + j];
  }
  for (long j = 0; j < d; ++j) m.mean[static_cast<std::size_t>(j)] = sum[j] / static_cast<double>(n);

  double* const c = m.covariance.data();
  for (long first = 0; first < n; first += block_rows) {
    const points some = x.part(first, block_rows);
    const long k = some.count();
    some.copy(rows.data(), m.mean.data());
    tensor::pack(rows.data(), k, d, d, 1, panels.data(), t);
    t.run(static_cast<int>(stripes), [&](int part) {
      const long column = part * stripe, columns = std::min(stripe, d - column);
      tensor::matmul<double>(column + columns, columns, k, rows.data(), 1, d, panels.data() + column * k, c + column,
                             d, first > 0);
    });
  }
  for (long i = 0; i < d; ++i)
    for (long j = i; j < d; ++j) c[j * d + i] = c[i * d + j] /= static_cast<double>(n - 1);
  return m;
}

}  // namespace genet::inline GENET_ISA::metrics
