#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../data/ngrams.hpp"
#include "../declare/error.hpp"

namespace genet::inline GENET_ISA {

/// Kneser-Ney smoothing: what is taken off the counts of n-grams.
enum class discounting : unsigned char {
  modified,  ///< three discounts, for n-grams that occur once, twice and more often
  plain,     ///< one discount
};

/// The next token by the order - 1 tokens before it: an interpolated Kneser-Ney model, the baseline that a generator
/// of sequences has to beat. Sequences begin out of nothing (a start that no token is); their end is a token like any
/// other, if the data has one. Every token below `vocabulary` has a probability, also after what was never seen.
///
/// Discounts are estimated for each order from the numbers of n-grams that occur one to four times; where there are
/// too few for three, one is used. Memory: some 100 bytes for each different n-gram. Chen, Goodman: An empirical
/// study of smoothing techniques for language modeling (1998), 3.2.
class ngram_model {
 public:
  /// Throws usage_error for an order below 1, bad_input for a token not below `vocabulary` and for no tokens.
  ngram_model(const data::documents& from, long order, long vocabulary, discounting kind = discounting::modified)
      : order_(order), vocabulary_(vocabulary) {
    if (order < 1 || vocabulary < 1)
      errors::raise<usage_error>(
          {"ngram_model: found order ", order, " and a vocabulary of ", vocabulary, ", expected at least 1"});
    data::check_tokens(from, vocabulary);
    for (const auto& s : from)
      for (std::size_t i = 0; i < s.size(); ++i) count(window(s, i));
    if (tree_.size() == 1) throw bad_input("ngram_model: found no tokens, expected sequences to count");
    gather(kind);
  }

  long order() const { return order_; }
  long vocabulary() const { return vocabulary_; }

  /// Probability of `token` after `before`, of which the last order - 1 count; fewer stand at the start of a
  /// sequence.
  double probability(std::span<const std::int32_t> before, std::int32_t token) const {
    std::vector<std::int32_t> w(before.begin(), before.end());
    w.push_back(token);
    if (token < 0 || token >= vocabulary_)
      errors::raise<bad_input>({"ngram_model: found token ", token, ", expected 0 to ", vocabulary_ - 1});
    return of_last(window(w, w.size() - 1));
  }
  /// Sum of the tokens' log-probabilities, in nats. Throws bad_input for a token that there is not.
  double log_likelihood(std::span<const std::int32_t> sequence) const {
    double sum = 0;
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      if (sequence[i] < 0 || sequence[i] >= vocabulary_)
        errors::raise<bad_input>(
            {"ngram_model: position ", i, ": found token ", sequence[i], ", expected 0 to ", vocabulary_ - 1});
      sum += std::log(of_last(window(sequence, i)));
    }
    return sum;
  }
  /// -log2 of the probability, for each token. Throws bad_input for no tokens.
  double bits_per_token(const data::documents& of) const {
    double nats = 0, tokens = 0;
    for (const auto& s : of) {
      nats -= log_likelihood(s);
      tokens += static_cast<double>(s.size());
    }
    if (tokens == 0) throw bad_input("ngram_model: found no tokens, expected sequences to score");
    return nats / tokens / std::log(2.);
  }

 private:
  using node = data::ngram_tree::node;
  static constexpr std::int32_t start = -1;

  /// What was counted of an n-gram, and of all that continue it by a token.
  struct facts {
    long count = 0;                  // occurrences; below the highest order: different tokens before it
    long total = 0;                  // of the counts of its children
    std::array<long, 3> children{};  // that have count 1, 2 and more
    long length = 0;
  };

  /// Token i of a sequence with the order - 1 before it.
  std::vector<std::int32_t> window(std::span<const std::int32_t> s, std::size_t i) const {
    std::vector<std::int32_t> out(static_cast<std::size_t>(order_), start);
    const std::size_t n = std::min(i + 1, out.size());
    std::copy_n(s.begin() + static_cast<std::ptrdiff_t>(i + 1 - n), n, out.end() - static_cast<std::ptrdiff_t>(n));
    return out;
  }

  /// An n-gram that is new counts for its end: one more token was seen before that.
  void count(std::span<const std::int32_t> gram) {
    for (;; gram = gram.subspan(1)) {
      node n = data::ngram_tree::root;
      for (const std::int32_t t : gram) n = tree_.grow(n, t);
      if (facts_.size() < tree_.size()) facts_.resize(tree_.size());
      if (facts_[n].count++ > 0 || gram.size() == 1) return;
    }
  }

  void gather(discounting kind) {
    std::vector<std::array<double, 5>> of_count(
        static_cast<std::size_t>(order_ + 1));  // n-grams of a length by count
    for (node n = 1; n < tree_.size(); ++n) {
      facts& f = facts_[n];
      facts& before = facts_[tree_.parent(n)];
      f.length = before.length + 1;
      if (f.count == 0) continue;  // only a beginning
      before.total += f.count;
      ++before.children[static_cast<std::size_t>(std::min(f.count, 3L) - 1)];
      if (f.count <= 4) ++of_count[static_cast<std::size_t>(f.length)][static_cast<std::size_t>(f.count)];
    }
    for (const auto& c : of_count) {
      std::array<double, 3> d;
      d.fill(c[1] > 0 && c[2] > 0 ? c[1] / (c[1] + 2 * c[2]) : .5);
      if (kind == discounting::modified && c[1] > 0 && c[2] > 0 && c[3] > 0 && c[4] > 0) {
        const double y = d[0];
        for (std::size_t k = 0; k < 3; ++k) {
          const auto times = static_cast<double>(k + 1);
          const double estimate = times - (times + 1) * y * c[k + 2] / c[k + 1];
          d[k] = estimate > 0 ? estimate : y;  // with nothing taken off, what was never seen would be impossible
        }
      }
      discounts_.push_back(d);
    }
  }

  /// Of the last token of the window, from the shortest history to the longest.
  double of_last(std::span<const std::int32_t> gram) const {
    double p = 1 / static_cast<double>(vocabulary_);
    for (std::size_t length = 1; length <= gram.size(); ++length) {
      const auto part = gram.last(length);
      const node history = tree_.find(part.first(length - 1));
      if (history == data::ngram_tree::none) break;  // nor any longer one
      const facts& h = facts_[history];
      if (h.total == 0) break;
      const auto& d = discounts_[length];
      const node n = tree_.child(history, part.back());
      const long count = n == data::ngram_tree::none ? 0 : facts_[n].count;
      double taken = 0;
      for (std::size_t k = 0; k < 3; ++k) taken += d[k] * static_cast<double>(h.children[k]);
      const double left =
          count == 0 ? 0 : static_cast<double>(count) - d[static_cast<std::size_t>(std::min(count, 3L) - 1)];
      p = (std::max(left, 0.) + taken * p) / static_cast<double>(h.total);
    }
    return p;
  }

  long order_, vocabulary_;
  data::ngram_tree tree_;
  std::vector<facts> facts_;                      // by node
  std::vector<std::array<double, 3>> discounts_;  // by length
};

}  // namespace genet::inline GENET_ISA
