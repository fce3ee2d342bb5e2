#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "../data/ngrams.hpp"
#include "../declare/error.hpp"

namespace genet::inline GENET_ISA::metrics {

/// n-grams of up to `max_bleu` tokens are compared.
inline constexpr long max_bleu = 5;

/// What the n-grams of a hypothesis that occur in no reference count for.
enum class bleu_smoothing : unsigned char {
  none,    ///< nothing: one order without a match makes the score 0
  epsilon  ///< 0.1 matches for an order without one, as method 1 of Chen and Cherry (2014) in NLTK
};

/// Matches and lengths, of one hypothesis or summed over many.
struct bleu_counts {
  std::array<long, max_bleu> matches{}, total{};  // by n - 1; matches are clipped to the largest count in a reference
  long length = 0, reference_length = 0;          // that of the reference nearest in length, the shorter of equals

  bleu_counts& operator+=(const bleu_counts& b) {
    for (std::size_t i = 0; i < matches.size(); ++i) matches[i] += b.matches[i], total[i] += b.total[i];
    length += b.length;
    reference_length += b.reference_length;
    return *this;
  }

  /// BLEU-`order`: the geometric mean of the shares of matches, times exp(1 - reference_length / length) for those
  /// that are too short. Papineni et al.: BLEU: a method for automatic evaluation of machine translation (2002). 0
  /// without a common token. Throws usage_error unless 1 <= order <= 5.
  double score(long order, bleu_smoothing smoothing = bleu_smoothing::none) const {
    if (order < 1 || order > max_bleu)
      errors::raise<usage_error>({"bleu: found order ", order, ", expected 1 to ", max_bleu});
    if (matches[0] == 0) return 0;
    double sum = 0;
    for (std::size_t n = 0; n < static_cast<std::size_t>(order); ++n) {
      const double hits = matches[n] > 0                         ? static_cast<double>(matches[n])
                          : smoothing == bleu_smoothing::epsilon ? .1
                                                                 : 0;
      if (hits == 0) return 0;
      sum += std::log(hits / static_cast<double>(std::max(total[n], 1L)));
    }
    const double shortness = 1 - static_cast<double>(reference_length) / static_cast<double>(length);
    return std::exp(sum / static_cast<double>(order) + std::min(shortness, 0.));
  }
};

/// References that hypotheses are compared with; made once, however many hypotheses come.
class bleu_references {
 public:
  /// Throws bad_input for no references.
  explicit bleu_references(const data::documents& references) {
    if (references.empty()) throw bad_input("bleu: found no references, expected at least one");
    for (const auto& r : references) {
      const auto i = static_cast<long>(lengths_.size());
      for (const auto& [at, times] : counted(r, [&](node n, std::int32_t t) { return tree_.grow(n, t); })) {
        most_.resize(tree_.size());
        most& m = most_[at];
        if (times > m.first)
          m = {times, m.first, i};
        else
          m.second = std::max(m.second, times);
      }
      lengths_.push_back(static_cast<long>(r.size()));
    }
    sorted_ = lengths_;
    std::ranges::sort(sorted_);
  }

  /// Compares one with all references, or with all but number `without`.
  bleu_counts compare(std::span<const std::int32_t> hypothesis, long without = -1) const {
    if (without >= 0 && (without >= count() || count() == 1))
      errors::raise<usage_error>({"bleu: found no reference beside number ", without, " of ", count()});
    bleu_counts out;
    out.length = static_cast<long>(hypothesis.size());
    for (long n = 1; n <= max_bleu; ++n)
      out.total[static_cast<std::size_t>(n - 1)] = std::max(out.length - n + 1, 0L);
    for (const auto& [at, times] : counted(hypothesis, [&](node n, std::int32_t t) { return tree_.child(n, t); })) {
      const most& m = most_[at];
      const long most_here = m.where == without ? m.second : m.first;
      std::size_t n = 0;
      for (auto up = tree_.parent(at); up != data::ngram_tree::root; up = tree_.parent(up)) ++n;
      out.matches[n] += std::min(times, most_here);
    }
    out.reference_length = nearest_length(out.length, without);
    return out;
  }

  long count() const { return static_cast<long>(lengths_.size()); }

 private:
  using node = data::ngram_tree::node;
  struct most {
    long first = 0, second = 0;  // the two largest counts in a reference
    long where = -1;             // the reference of the first
  };
  struct node_count {
    node at;
    long count;
  };

  /// The n-grams of a sequence that `next` leads to, and how often each occurs.
  template <class Next>
  static std::vector<node_count> counted(std::span<const std::int32_t> s, const Next& next) {
    std::vector<node> nodes;
    for (std::size_t i = 0; i < s.size(); ++i) {
      node n = data::ngram_tree::root;
      for (std::size_t k = i; k < s.size() && k < i + max_bleu; ++k) {
        n = next(n, s[k]);
        if (n == data::ngram_tree::none) break;
        nodes.push_back(n);
      }
    }
    std::ranges::sort(nodes);
    std::vector<node_count> out;
    for (const node n : nodes) {
      if (out.empty() || out.back().at != n) out.push_back({n, 0});
      ++out.back().count;
    }
    return out;
  }

  long nearest_length(long length, long without) const {
    // Left out is one of the lengths that equal its own.
    const long gone = without < 0 ? -1 : lengths_[static_cast<std::size_t>(without)];
    const auto range = std::ranges::equal_range(sorted_, gone);
    const auto only = range.size() == 1;
    auto above = std::ranges::lower_bound(sorted_, length);
    auto below = above;
    if (only && above != sorted_.end() && *above == gone) ++above;
    if (only && below != sorted_.begin() && *(below - 1) == gone) --below;
    const bool has_below = below != sorted_.begin(), has_above = above != sorted_.end();
    if (!has_below || (has_above && *above - length < length - *(below - 1))) return *above;
    return *(below - 1);
  }

  data::ngram_tree tree_;
  std::vector<most> most_;  // by node
  std::vector<long> lengths_, sorted_;
};

namespace detail {

inline void require_hypotheses(const data::documents& h) {
  if (h.empty()) throw bad_input("bleu: found no hypotheses, expected at least one");
}

}  // namespace detail

/// BLEU of a corpus: matches and lengths are summed over the hypotheses, each compared with the same references.
/// Throws bad_input for none, usage_error for another order than 1 to 5. NLTK: corpus_bleu.
inline double corpus_bleu(const data::documents& hypotheses, const bleu_references& references, long order = 4,
                          bleu_smoothing smoothing = bleu_smoothing::none) {
  detail::require_hypotheses(hypotheses);
  bleu_counts sum;
  for (const auto& h : hypotheses) sum += references.compare(h);
  return sum.score(order, smoothing);
}

/// The same where each hypothesis has references of its own.
inline double corpus_bleu(const data::documents& hypotheses, std::span<const data::documents> references,
                          long order = 4, bleu_smoothing smoothing = bleu_smoothing::none) {
  detail::require_hypotheses(hypotheses);
  if (references.size() != hypotheses.size())
    errors::raise<bad_input>(
        {"bleu: found references for ", references.size(), " hypotheses, expected them for ", hypotheses.size()});
  bleu_counts sum;
  for (std::size_t i = 0; i < hypotheses.size(); ++i) sum += bleu_references(references[i]).compare(hypotheses[i]);
  return sum.score(order, smoothing);
}

/// Mean over the hypotheses of their own BLEU: how much they look like the references. Zhu et al.: Texygen (2018,
/// arXiv 1802.01886).
inline double mean_bleu(const data::documents& hypotheses, const bleu_references& references, long order = 4,
                        bleu_smoothing smoothing = bleu_smoothing::epsilon) {
  detail::require_hypotheses(hypotheses);
  double sum = 0;
  for (const auto& h : hypotheses) sum += references.compare(h).score(order, smoothing);
  return sum / static_cast<double>(hypotheses.size());
}

/// Mean BLEU of each sample against all others: 1 if they are all the same. Low is diverse. As Texygen. Throws
/// bad_input for fewer than two samples.
inline double self_bleu(const data::documents& samples, long order = 4,
                        bleu_smoothing smoothing = bleu_smoothing::epsilon) {
  if (samples.size() < 2)
    errors::raise<bad_input>({"self_bleu: found ", samples.size(), " samples, expected at least 2"});
  const bleu_references all(samples);
  double sum = 0;
  for (std::size_t i = 0; i < samples.size(); ++i)
    sum += all.compare(samples[i], static_cast<long>(i)).score(order, smoothing);
  return sum / static_cast<double>(samples.size());
}

}  // namespace genet::inline GENET_ISA::metrics
