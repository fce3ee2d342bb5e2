#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "points.hpp"

namespace genet::inline GENET_ISA::metrics {

struct auroc_value {
  double value = 0;           // probability that a positive scores above a negative, ties count half
  double standard_error = 0;  // of it as an estimate for new positives and negatives
};

namespace detail {

/// For each number how many of `others` (ascending) are below it, equal ones half.
inline std::vector<double> shares_below(std::span<const double> x, std::span<const double> others) {
  std::vector<double> out;
  for (const double v : x) {
    const auto [low, high] = std::ranges::equal_range(others, v);
    out.push_back(static_cast<double>((low - others.begin()) + (high - others.begin())) / 2 /
                  static_cast<double>(others.size()));
  }
  return out;
}

/// Variance of the mean of these.
inline double variance_of_mean(std::span<const double> x) {
  const auto n = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.) / n;
  double squares = 0;
  for (const double v : x) squares += (v - mean) * (v - mean);
  return squares / (n - 1) / n;
}

}  // namespace detail

/// Area under the receiver operating characteristic of scores that should be high where the label is 1 and low where
/// it is 0. 0.5 is chance. The error is that of DeLong, DeLong, Clarke-Pearson (1988); NaN if there is only one
/// positive or negative. Throws bad_input for NaN, another number of labels, other labels than 0 and 1, or labels all
/// alike. scikit-learn: roc_auc_score.
inline auroc_value auroc(const points& scores, std::span<const std::int32_t> labels) {
  detail::check("auroc", "scores", scores, 1);
  if (static_cast<std::size_t>(scores.count() * scores.dimension()) != labels.size())
    errors::raise<bad_input>({"auroc: found ", scores.count() * scores.dimension(), " scores and ", labels.size(),
                              " labels, expected as many of both"});
  std::vector<double> of[2];
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] != 0 && labels[i] != 1)
      errors::raise<bad_input>({"auroc: label ", i, ": found ", labels[i], ", expected 0 or 1"});
    of[labels[i]].push_back(scores[static_cast<long>(i)]);
  }
  if (of[0].empty() || of[1].empty())
    errors::raise<bad_input>(
        {"auroc: found ", of[1].size(), " positives and ", of[0].size(), " negatives, expected some of both"});
  for (auto& x : of) std::ranges::sort(x);
  const auto of_positives = detail::shares_below(of[1], of[0]), of_negatives = detail::shares_below(of[0], of[1]);
  return {std::accumulate(of_positives.begin(), of_positives.end(), 0.) / static_cast<double>(of[1].size()),
          std::sqrt(detail::variance_of_mean(of_positives) + detail::variance_of_mean(of_negatives))};
}

}  // namespace genet::inline GENET_ISA::metrics
