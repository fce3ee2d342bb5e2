#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "../inference/em.hpp"
#include "../metrics/points.hpp"
#include "../random/streams.hpp"
#include "../tensor/linear.hpp"
#include "../tensor/memory.hpp"
#include "../tensor/team.hpp"

namespace genet::inline GENET_ISA {

struct k_means_options {
  long iterations = 300;
  double tolerance = 1e-4;  ///< ends when the squared moves of all centres add up to less, in mean column variances
  long starts = 1;          ///< the best of so many
  std::uint64_t seed = 1;
};

/// Points in groups around centres.
struct clusters {
  long count = 0, dimension = 0;
  std::vector<double> centres;  ///< (count, dimension)
  std::vector<long> labels;     ///< of each point, its nearest centre (the first of equals)
  double inertia = 0;           ///< sum of the squared distances to it, weighted
  long iterations = 0;
};

namespace detail {

// Squared distance of points to a centre.
inline double squared_distance(const double* x, const double* y, long n) {
  using V = tensor::simd<double>;
  V sum(0.);
  tensor::each_vector<double>(n, [&](long i, long count) {
    const V apart = tensor::load_partial(x + i, count) - tensor::load_partial(y + i, count);
    sum = tensor::fma<double>(apart, apart, sum);
  });
  return tensor::horizontal_sum(sum);
}

class lloyd {
 public:
  lloyd(const double* x, long n, long d, long k, std::span<const double> weights, tensor::team& t)
      : x_(x), n_(n), d_(d), k_(k), weights_(weights), team_(t), nearest_(static_cast<std::size_t>(n)) {}

  // Each centre is a point, drawn with probability in proportion to the squared distance from the ones before it.
  std::vector<double> plus_plus(rng::source& s) {
    std::vector<double> centres, chance(static_cast<std::size_t>(n_));
    for (long i = 0; i < n_; ++i) chance[static_cast<std::size_t>(i)] = weight(i);
    std::fill(nearest_.begin(), nearest_.end(), std::numeric_limits<double>::infinity());
    for (long c = 0; c < k_; ++c) {
      long at = inference::choose(chance, s);
      if (at < 0) at = static_cast<long>(rng::below(static_cast<std::uint32_t>(n_), s));  // fewer different points
      centres.insert(centres.end(), x_ + at * d_, x_ + (at + 1) * d_);
      const double* centre = x_ + at * d_;
      team_.divide(n_, 64, [&](long first, long count) {
        for (long i = first; i < first + count; ++i) {
          double& near = nearest_[static_cast<std::size_t>(i)];
          near = std::min(near, squared_distance(x_ + i * d_, centre, d_));
          chance[static_cast<std::size_t>(i)] = near * weight(i);
        }
      });
    }
    return centres;
  }

  clusters run(std::vector<double> centres, const k_means_options& o) {
    clusters found{k_, d_, std::move(centres), std::vector<long>(static_cast<std::size_t>(n_)), 0, 0};
    const double enough = o.tolerance * mean_variance();
    assign(found);
    for (; found.iterations < o.iterations;) {
      ++found.iterations;
      const double moved = move(found);
      const double before = found.inertia;
      assign(found);
      if (moved <= enough || found.inertia == before) break;
    }
    return found;
  }

 private:
  double weight(long i) const { return weights_.empty() ? 1. : weights_[static_cast<std::size_t>(i)]; }

  double mean_variance() const {
    double mass = 0, sum = 0;
    std::vector<double> mean(static_cast<std::size_t>(d_));
    for (long i = 0; i < n_; ++i) {
      mass += weight(i);
      tensor::add_scaled(weight(i), x_ + i * d_, mean.data(), d_);
    }
    for (double& m : mean) m /= mass;
    for (long i = 0; i < n_; ++i) sum += weight(i) * squared_distance(x_ + i * d_, mean.data(), d_);
    return sum / mass / static_cast<double>(d_);
  }

  void assign(clusters& c) {
    team_.divide(n_, 64, [&](long first, long count) {
      for (long i = first; i < first + count; ++i) {
        double best = std::numeric_limits<double>::infinity();
        long label = 0;
        for (long j = 0; j < k_; ++j) {
          const double apart = squared_distance(x_ + i * d_, c.centres.data() + j * d_, d_);
          if (apart >= best) continue;
          best = apart;
          label = j;
        }
        nearest_[static_cast<std::size_t>(i)] = best;
        c.labels[static_cast<std::size_t>(i)] = label;
      }
    });
    c.inertia = 0;
    for (long i = 0; i < n_; ++i) c.inertia += weight(i) * nearest_[static_cast<std::size_t>(i)];
  }

  // Centres become means; one without points becomes the point farthest from its centre. The sum of squared moves.
  double move(clusters& c) {
    std::vector<double> sums(static_cast<std::size_t>(k_ * d_)), mass(static_cast<std::size_t>(k_));
    for (long i = 0; i < n_; ++i) {
      const long label = c.labels[static_cast<std::size_t>(i)];
      mass[static_cast<std::size_t>(label)] += weight(i);
      tensor::add_scaled(weight(i), x_ + i * d_, sums.data() + label * d_, d_);
    }
    double moved = 0;
    for (long j = 0; j < k_; ++j) {
      double* to = sums.data() + j * d_;
      const double m = mass[static_cast<std::size_t>(j)];
      if (m > 0) {
        for (long l = 0; l < d_; ++l) to[l] /= m;
      } else {
        const auto farthest = std::max_element(nearest_.begin(), nearest_.end());
        std::copy_n(x_ + (farthest - nearest_.begin()) * d_, d_, to);
        *farthest = 0;
      }
      moved += squared_distance(to, c.centres.data() + j * d_, d_);
    }
    c.centres = std::move(sums);
    return moved;
  }

  const double* x_;
  long n_, d_, k_;
  std::span<const double> weights_;
  tensor::team& team_;
  std::vector<double> nearest_;
};

}  // namespace detail

/// Groups points around `count` centres so that squared distances are small: Lloyd's algorithm from centres that
/// k-means++ draws (Arthur, Vassilvitskii 2007). `weights`, one for each point, may be empty. The same for any team.
/// Throws usage_error for no clusters, bad_input for fewer points than clusters, NaN and bad weights.
/// scikit-learn: KMeans.
inline clusters k_means(const metrics::points& x, long count, const k_means_options& o = {},
                        std::span<const double> weights = {}, tensor::team& t = tensor::alone()) {
  if (count < 1 || o.starts < 1 || o.iterations < 0)
    errors::raise<usage_error>({"k_means: found ", count, " clusters and ", o.starts, " starts, expected at least 1"});
  metrics::detail::check("k_means", "points", x, count);
  inference::total_weight("k_means", weights, x.count());
  tensor::block<double> room(x.count() * x.dimension());
  x.copy(room.data());
  detail::lloyd work(room.data(), x.count(), x.dimension(), count, weights, t);
  clusters best;
  for (long start = 0; start < o.starts; ++start) {
    rng::source s(rng::key{o.seed, stream::initialisation, static_cast<std::uint64_t>(start)});
    clusters found = work.run(work.plus_plus(s), o);
    if (start == 0 || found.inertia < best.inertia) best = std::move(found);
  }
  return best;
}

}  // namespace genet
