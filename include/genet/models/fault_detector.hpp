#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "../metrics/points.hpp"

namespace genet::inline GENET_ISA {

struct detection_options {
  long window = 3;             ///< neighbouring positions whose mean score is looked at; odd
  double false_alarms = 0.01;  ///< the share of what is faultless that may be marked
};

/// A run of suspicious positions, and the largest of their window means.
struct suspicious_fragment {
  long sequence = 0, first = 0, count = 0;
  double score = 0;
  friend bool operator==(const suspicious_fragment&, const suspicious_fragment&) = default;
};

/// Finds the fragments of sequences that a model did not expect, and sequences of another origin, by a score of each
/// position that is high where something is wrong: the negative log-likelihood of a generator, say. A position is
/// suspicious if the mean of the scores around it is above a threshold, a sequence if the mean of its scores is above
/// another one; both are quantiles on validation data that the model was not trained on.
///
///     std::vector<float> wrong = m.score(validation);  // log-probabilities (count,L)
///     for (float& x : wrong) x = -x;
///     const fault_detector detect{{wrong, 20}, {.window = 3, .false_alarms = 0.01}};
///     for (const suspicious_fragment& f : detect.mark({of_others, 20})) ...
///
/// Scores are points of L coordinates: (count,L). Masks are (count,L) of 0 and 1, or empty: all positions count. Those
/// that do not are no part of a mean and are never marked. Throws bad_input for scores that are not finite where they
/// count, for a mask of another size and for a sequence of which nothing counts; usage_error.
class fault_detector {
 public:
  using points = metrics::points;
  using mask_span = std::span<const std::int32_t>;

  explicit fault_detector(const points& faultless, const detection_options& o = {}, mask_span mask = {})
      : options_(o), length_(faultless.dimension()) {
    if (o.window < 1 || o.window % 2 == 0)
      errors::raise<usage_error>({"fault_detector: found a window of ", o.window, ", expected an odd number"});
    if (!(o.false_alarms >= 0 && o.false_alarms < 1))
      throw usage_error("fault_detector: found a share of " + std::to_string(o.false_alarms) +
                        " false alarms, expected 0 <= false_alarms < 1");
    if (faultless.count() == 0) throw bad_input("fault_detector: found no sequences, expected faultless ones");
    sequence_threshold_ = quantile(sequence_means(faultless, mask));
    std::vector<double> means = window_means(faultless, mask);
    std::erase_if(means, [](double v) { return std::isnan(v); });
    threshold_ = quantile(std::move(means));
  }

  double threshold() const { return threshold_; }
  double sequence_threshold() const { return sequence_threshold_; }

  /// The mean of the scores around each position, (count,L); NaN at those that do not count.
  std::vector<double> window_means(const points& scores, mask_span mask = {}) const {
    check(scores, mask);
    std::vector<double> out(static_cast<std::size_t>(scores.count() * length_), std::nan(""));
    for (long r = 0; r < scores.count(); ++r)
      for (long t = 0; t < length_; ++t) {
        if (!counts(mask, r, t)) continue;
        const long first = std::max(t - options_.window / 2, 0L), last = std::min(t + options_.window / 2, length_ - 1);
        out[static_cast<std::size_t>(r * length_ + t)] = mean(scores, mask, r, first, last);
      }
    return out;
  }
  /// The mean score of each sequence, (count).
  std::vector<double> sequence_means(const points& scores, mask_span mask = {}) const {
    check(scores, mask);
    std::vector<double> out;
    for (long r = 0; r < scores.count(); ++r) {
      out.push_back(mean(scores, mask, r, 0, length_ - 1));
      if (std::isnan(out.back()))
        errors::raise<bad_input>({"fault_detector: no position of sequence ", r, " counts, expected at least one"});
    }
    return out;
  }

  /// Suspicious fragments, in the order of the sequences and of their positions.
  std::vector<suspicious_fragment> mark(const points& scores, mask_span mask = {}) const {
    const std::vector<double> means = window_means(scores, mask);
    std::vector<suspicious_fragment> out;
    for (long r = 0; r < scores.count(); ++r) {
      bool open = false;
      for (long t = 0; t < length_; ++t) {
        const double here = means[static_cast<std::size_t>(r * length_ + t)];
        const bool suspicious = here > threshold_;
        if (suspicious && !open) out.push_back({r, t, 0, here});
        if (suspicious) {
          ++out.back().count;
          out.back().score = std::max(out.back().score, here);
        }
        open = suspicious;
      }
    }
    return out;
  }
  /// The sequences that are suspicious as a whole, ascending: texts in another style.
  std::vector<long> flag(const points& scores, mask_span mask = {}) const {
    const std::vector<double> means = sequence_means(scores, mask);
    std::vector<long> out;
    for (std::size_t r = 0; r < means.size(); ++r)
      if (means[r] > sequence_threshold_) out.push_back(static_cast<long>(r));
    return out;
  }

 private:
  bool counts(mask_span mask, long row, long at) const {
    return mask.empty() || mask[static_cast<std::size_t>(row * length_ + at)] != 0;
  }
  void check(const points& scores, mask_span mask) const {
    if (scores.dimension() != length_)
      errors::raise<bad_input>({"fault_detector: found sequences of ", scores.dimension(), " scores, expected ", length_});
    const long all = scores.count() * length_;
    if (!mask.empty() && static_cast<long>(mask.size()) != all)
      errors::raise<bad_input>({"fault_detector: found a mask of ", mask.size(), " positions, expected ", all});
    for (long r = 0; r < scores.count(); ++r)
      for (long t = 0; t < length_; ++t)
        if (counts(mask, r, t) && !std::isfinite(scores[r * length_ + t]))
          errors::raise<bad_input>({"fault_detector: sequence ", r, ", position ", t, ": found ",
                                    std::isnan(scores[r * length_ + t]) ? "NaN" : "an infinite number",
                                    ", expected a finite score"});
  }
  /// Of what counts; NaN if nothing does.
  double mean(const points& scores, mask_span mask, long row, long first, long last) const {
    double sum = 0;
    long n = 0;
    for (long t = first; t <= last; ++t)
      if (counts(mask, row, t)) sum += scores[row * length_ + t], ++n;
    return sum / static_cast<double>(n);
  }
  /// The smallest of these that no more than the share of false alarms is above.
  double quantile(std::vector<double> of) const {
    const auto n = static_cast<double>(of.size());
    const auto above = static_cast<std::size_t>(std::floor(options_.false_alarms * n + 1e-9));
    const auto at = of.end() - 1 - static_cast<long>(std::min(above, of.size() - 1));
    std::nth_element(of.begin(), at, of.end());
    return *at;
  }

  detection_options options_;
  long length_;
  double threshold_ = 0, sequence_threshold_ = 0;
};

/// A text with its suspicious fragments in marks: `the qu[xz]ick fox`. `entries` are its tokens as texts.
template <class Entries>
std::string marked_text(const Entries& entries, std::span<const suspicious_fragment> fragments, std::string_view before = "[",
                        std::string_view after = "]", std::string_view between = "") {
  std::string out;
  long at = 0;
  for (const auto& entry : entries) {
    for (const suspicious_fragment& f : fragments)
      if (f.first + f.count == at) out += after;
    if (at > 0) out += between;
    for (const suspicious_fragment& f : fragments)
      if (f.first == at) out += before;
    out += entry;
    ++at;
  }
  for (const suspicious_fragment& f : fragments)
    if (f.first + f.count == at && f.count > 0) out += after;
  return out;
}

}  // namespace genet
