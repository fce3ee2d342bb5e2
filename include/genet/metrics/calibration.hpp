#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "classification.hpp"

namespace genet::inline GENET_ISA::metrics {

/// Predictions whose confidence lies in one of the equal stretches of [0, 1]: a point of the reliability curve.
struct reliability_bin {
  double low = 0, high = 0;
  long count = 0;
  double confidence = 0, accuracy = 0;  // means; NaN if there are none
};

/// How far probabilities can be believed.
struct calibration_scores {
  double expected_error = 0;  // mean over the predictions of |confidence - accuracy| of their bins
  double maximum_error = 0;   // the largest of any bin
  double brier = 0;           // mean of the squared distance of the probabilities to the truth
  std::vector<reliability_bin> curve;
};

/// Calibration of class probabilities (count, classes): the confidence of a prediction is its highest probability, its
/// accuracy whether that class is the label; Brier's score sums over the classes. Of probabilities (count) alone they
/// are those of label 1 against 0: the confidence is the probability, the accuracy the share of ones, and the score is
/// scikit-learn's brier_score_loss, its curve calibration_curve. Guo et al. 2017 (arXiv 1706.04599); Brier 1950. Throws
/// usage_error for no bins, bad_input for another number of labels, rows that are no probabilities, other labels.
inline calibration_scores calibration(const points& probabilities, std::span<const std::int32_t> labels,
                                      long bins = 15) {
  if (bins < 1) errors::raise<usage_error>({"calibration: found ", bins, " bins, expected at least 1"});
  detail::check("calibration", "probabilities", probabilities, 1);
  const long n = probabilities.count(), classes = probabilities.dimension();
  if (static_cast<long>(labels.size()) != n)
    errors::raise<bad_input>({"calibration: found ", n, " predictions and ", labels.size(),
                              " labels, expected as many of both"});
  detail::check_labels("calibration", labels, std::max(classes, 2L));

  calibration_scores s;
  s.curve.resize(static_cast<std::size_t>(bins));
  const double examples = static_cast<double>(n);
  const auto most = most_probable(probabilities);
  for (long i = 0; i < n; ++i) {
    const auto label = labels[static_cast<std::size_t>(i)];
    double total = 0, squares = 0;
    for (long c = 0; c < classes; ++c) {
      const double p = probabilities[i * classes + c];
      if (!(p >= 0 && p <= 1 + 1e-6))
        errors::raise<bad_input>(
            {"calibration: row ", i, ": found ", std::to_string(p), ", expected a probability"});
      total += p;
      squares += p * p;
    }
    if (classes > 1 && std::abs(total - 1) > 1e-3)
      errors::raise<bad_input>({"calibration: row ", i, ": expected probabilities, whose sum is 1"});
    const std::int32_t found = most[static_cast<std::size_t>(i)];
    const double confidence = probabilities[i * classes + found];
    s.brier += (classes > 1 ? squares + 1 - 2 * probabilities[i * classes + label]
                            : (confidence - label) * (confidence - label)) /
               examples;
    const long at = std::min(static_cast<long>(confidence * static_cast<double>(bins)), bins - 1);
    reliability_bin& b = s.curve[static_cast<std::size_t>(at)];
    ++b.count;
    b.confidence += confidence;
    b.accuracy += classes == 1 ? label : label == found;
  }
  for (long k = 0; k < bins; ++k) {
    reliability_bin& b = s.curve[static_cast<std::size_t>(k)];
    b.low = static_cast<double>(k) / static_cast<double>(bins);
    b.high = static_cast<double>(k + 1) / static_cast<double>(bins);
    b.confidence /= static_cast<double>(b.count);  // NaN of none
    b.accuracy /= static_cast<double>(b.count);
    if (b.count == 0) continue;
    const double error = std::abs(b.confidence - b.accuracy);
    s.expected_error += error * static_cast<double>(b.count) / examples;
    s.maximum_error = std::max(s.maximum_error, error);
  }
  return s;
}

}  // namespace genet::inline GENET_ISA::metrics
