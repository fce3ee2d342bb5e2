#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "points.hpp"

namespace genet::inline GENET_ISA::metrics {

namespace detail {

inline void check_labels(std::string_view metric, std::span<const std::int32_t> labels, long classes) {
  if (classes < 1) errors::raise<usage_error>({metric, ": found ", classes, " classes, expected at least 1"});
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      errors::raise<bad_input>({metric, ": label ", i, ": found ", labels[i], ", expected 0 to ", classes - 1});
}

inline void check_labels(std::string_view metric, std::span<const std::int32_t> predicted,
                         std::span<const std::int32_t> labels) {
  if (predicted.size() != labels.size() || labels.empty())
    errors::raise<bad_input>({metric, ": found ", predicted.size(), " predictions and ", labels.size(),
                              " labels, expected as many of both, and some"});
}

}  // namespace detail

/// How often each of the classes 0 ... classes - 1 occurs. Throws bad_input for another label. NumPy: bincount.
inline std::vector<long> class_counts(std::span<const std::int32_t> labels, long classes) {
  detail::check_labels("class_counts", labels, classes);
  std::vector<long> counts(static_cast<std::size_t>(classes));
  for (const std::int32_t label : labels) ++counts[static_cast<std::size_t>(label)];
  return counts;
}

/// Entropy of the distribution that these counts describe, in nats; 0 of no counts.
inline double entropy(std::span<const long> counts) {
  double total = 0, sum = 0;
  for (const long c : counts) total += static_cast<double>(c);
  for (const long c : counts)
    if (c > 0) sum -= static_cast<double>(c) / total * std::log(static_cast<double>(c) / total);
  return sum;
}

/// Divergence of that distribution to the uniform one, log(classes) - entropy, in nats: 0 if all classes are as
/// frequent, log(classes) if there is but one.
inline double kl_to_uniform(std::span<const long> counts) {
  return std::max(std::log(static_cast<double>(counts.size())) - entropy(counts), 0.);
}

/// Share of predictions that are right. Throws bad_input unless there are as many labels.
inline double accuracy(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels) {
  detail::check_labels("accuracy", predicted, labels);
  long right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) right += predicted[i] == labels[i];
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

/// Counts by label (row) and prediction (column): classes x classes. Throws bad_input. scikit-learn:
/// confusion_matrix.
inline std::vector<long> confusion_matrix(std::span<const std::int32_t> predicted,
                                          std::span<const std::int32_t> labels, long classes) {
  detail::check_labels("confusion_matrix", predicted, labels);
  detail::check_labels("confusion_matrix", predicted, classes);
  detail::check_labels("confusion_matrix", labels, classes);
  std::vector<long> counts(static_cast<std::size_t>(classes * classes));
  for (std::size_t i = 0; i < labels.size(); ++i)
    ++counts[static_cast<std::size_t>(labels[i] * classes + predicted[i])];
  return counts;
}

/// The place of the largest number of each row, the first of equals: classes from scores or probabilities (count,
/// classes).
inline std::vector<std::int32_t> most_probable(const points& scores) {
  detail::check("most_probable", "scores", scores, 0);
  std::vector<std::int32_t> best(static_cast<std::size_t>(scores.count()));
  const long classes = scores.dimension();
  for (long i = 0; i < scores.count(); ++i) {
    long at = 0;
    for (long c = 1; c < classes; ++c)
      if (scores[i * classes + c] > scores[i * classes + at]) at = c;
    best[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(at);
  }
  return best;
}

/// exp(mean over x of KL(p(y|x) || p(y))) from class probabilities (count, classes): 1 if all points look alike, the
/// number of classes if each is of one class and all are as frequent. Salimans et al. 2016 (arXiv 1606.03498), there
/// with the classes of Inception. Throws bad_input for rows that are no probabilities.
inline double inception_score(const points& probabilities) {
  detail::check("inception_score", "probabilities", probabilities, 1);
  const long n = probabilities.count(), classes = probabilities.dimension();
  std::vector<double> mean(static_cast<std::size_t>(classes));
  double sum = 0;
  for (long i = 0; i < n; ++i) {
    double total = 0;
    for (long c = 0; c < classes; ++c) {
      const double p = probabilities[i * classes + c];
      if (p < 0)
        errors::raise<bad_input>({"inception_score: row ", i, ": found a number below zero, expected probabilities"});
      total += p;
      mean[static_cast<std::size_t>(c)] += p / static_cast<double>(n);
      if (p > 0) sum += p * std::log(p);
    }
    if (std::abs(total - 1) > 1e-3)
      errors::raise<bad_input>({"inception_score: row ", i, ": expected probabilities, whose sum is 1"});
  }
  double of_mean = 0;
  for (const double p : mean)
    if (p > 0) of_mean += p * std::log(p);
  return std::exp(sum / static_cast<double>(n) - of_mean);
}

}  // namespace genet::inline GENET_ISA::metrics
