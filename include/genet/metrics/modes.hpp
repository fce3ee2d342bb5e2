#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "points.hpp"

namespace genet::inline GENET_ISA::metrics {

/// The centres of a ring of `modes` normal distributions: (modes, 2), the first one at (radius, 0).
inline std::vector<double> ring_centres(long modes, double radius) {
  std::vector<double> xy;
  for (long i = 0; i < modes; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(modes);
    xy.insert(xy.end(), {radius * std::cos(angle), radius * std::sin(angle)});
  }
  return xy;
}

/// The centres of a square of side x side normal distributions around the origin: (side^2, 2), row after row.
inline std::vector<double> grid_centres(long side, double spacing) {
  std::vector<double> xy;
  const double middle = static_cast<double>(side - 1) / 2;
  for (long row = 0; row < side; ++row)
    for (long column = 0; column < side; ++column)
      xy.insert(xy.end(),
                {spacing * (static_cast<double>(column) - middle), spacing * (static_cast<double>(row) - middle)});
  return xy;
}

/// What `count_modes` finds.
struct mode_count {
  long modes = 0;            // that have at least a quarter of their fair share, good points over centres
  double good = 0;           // share of the points that lie within three deviations of a centre
  double reverse_kl = 0;     // of the good points' distribution over the centres to the uniform one, nats
  std::vector<long> counts;  // good points of each centre
};

/// Which modes of a mixture of equal normal distributions a sample has: ring, grid and the like. A point belongs to
/// its nearest centre, and is good within 3 `deviation` of it (of two-dimensional normal points 98.9 % are). Without
/// any good point the divergence is the largest that there is, log(centres). The measures of Srivastava et al. 2017
/// (VEEGAN, arXiv 1705.07761) and Lin et al. 2018 (PacGAN, arXiv 1712.04086), who count a mode that has one good
/// point. Throws usage_error unless deviation > 0, bad_input for other dimensions, no points, NaN.
inline mode_count count_modes(const points& sample, const points& centres, double deviation) {
  if (!(deviation > 0)) errors::raise<usage_error>({"count_modes: expected a deviation above zero"});
  if (sample.dimension() != centres.dimension())
    errors::raise<bad_input>({"count_modes: found points of ", sample.dimension(), " dimensions and centres of ",
                              centres.dimension(), ", expected the same"});
  detail::check("count_modes", "sample", sample, 1);
  detail::check("count_modes", "centres", centres, 1);
  const long d = sample.dimension();
  mode_count found;
  found.counts.resize(static_cast<std::size_t>(centres.count()));
  long good = 0;
  for (long i = 0; i < sample.count(); ++i) {
    double nearest = 9 * deviation * deviation;
    long mode = -1;
    for (long c = 0; c < centres.count(); ++c) {
      double square = 0;
      for (long j = 0; j < d; ++j) {
        const double apart = sample[i * d + j] - centres[c * d + j];
        square += apart * apart;
      }
      if (square > nearest || (square == nearest && mode >= 0)) continue;
      nearest = square;
      mode = c;
    }
    if (mode < 0) continue;
    ++found.counts[static_cast<std::size_t>(mode)];
    ++good;
  }
  found.good = static_cast<double>(good) / static_cast<double>(sample.count());
  const double all = static_cast<double>(centres.count());
  if (good == 0) found.reverse_kl = std::log(all);
  for (const long c : found.counts) {
    if (c == 0) continue;
    const double share = static_cast<double>(c) / static_cast<double>(good);
    found.modes += 4 * all * share >= 1;
    found.reverse_kl += share * std::log(share * all);
  }
  return found;
}

}  // namespace genet::inline GENET_ISA::metrics
