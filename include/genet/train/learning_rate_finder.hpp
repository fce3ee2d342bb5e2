#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>
#include <optional>
#include <vector>

#include "../declare/error.hpp"

namespace genet::inline GENET_ISA {

/// Trains with a rate that grows from step to step and watches the loss (Smith 2017; fastai's lr_find). The weights
/// are ruined afterwards: put them back, or use a copy of the model.
struct learning_rate_finder {
  double first = 1e-7;
  double last = 10;
  long steps = 100;
  double smoothing = 0.98;  ///< weight of the past in the running mean of the losses
  double divergence = 4;    ///< ends when the loss is this many times the best one

  struct point {
    double rate = 0;
    double loss = 0;
    double smoothed = 0;  ///< running mean without the bias of its start
  };

  /// The curve, up to where the loss diverged.
  struct result {
    std::vector<point> curve;

    /// The rate at which the smoothed loss falls fastest per factor of the rate; nothing when it falls nowhere.
    std::optional<double> suggestion() const {
      std::optional<double> best;
      double steepest = curve.empty() ? 0 : -1e-10 * std::abs(curve.front().smoothed);  // less is rounding
      for (std::size_t i = 1; i + 1 < curve.size(); ++i) {
        const double slope = (curve[i + 1].smoothed - curve[i - 1].smoothed) /
                             std::log(curve[i + 1].rate / curve[i - 1].rate);
        if (slope < steepest) {
          steepest = slope;
          best = curve[i].rate;
        }
      }
      return best;
    }
  };

  /// `step(rate)` makes one step and returns its loss.
  template <std::invocable<double> Step>
  result run(Step&& step) const {
    if (!(first > 0) || !(last > first) || steps < 2)
      throw usage_error("learning_rate_finder: expected 0 < first < last and at least 2 steps");
    result found;
    double mean = 0, best = 0;
    for (long k = 0; k < steps; ++k) {
      const double part = static_cast<double>(k) / static_cast<double>(steps - 1);
      const double rate = first * std::pow(last / first, part), loss = step(rate);
      mean = smoothing * mean + (1 - smoothing) * loss;
      const double smoothed = mean / (1 - std::pow(smoothing, static_cast<double>(k + 1)));
      if (!std::isfinite(loss)) break;
      best = k == 0 ? smoothed : std::min(best, smoothed);
      if (smoothed > best + (divergence - 1) * std::abs(best)) break;
      found.curve.push_back({rate, loss, smoothed});
    }
    return found;
  }
};

/// Rates and losses, as the finder measured them.
using learning_rate_curve = learning_rate_finder::result;

}  // namespace genet
