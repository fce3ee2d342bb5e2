#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>
#include <vector>

#include "../declare/error.hpp"
#include "sequences.hpp"

namespace genet::inline GENET_ISA::data {

/// A number for each n-gram that was seen, and for each of their beginnings: the n-gram w1 ... wn is the child wn of
/// w1 ... wn-1, and the root is the empty one. Whoever counts keeps a table by these numbers.
class ngram_tree {
 public:
  using node = std::uint32_t;
  static constexpr node root = 0, none = std::numeric_limits<node>::max();

  /// Nodes, the root included.
  std::size_t size() const { return nodes_.size(); }
  std::int32_t token(node n) const { return nodes_[n].token; }
  node parent(node n) const { return nodes_[n].parent; }

  /// `none` if this was not seen.
  node child(node n, std::int32_t token) const {
    const auto at = children_.find(key(n, token));
    return at == children_.end() ? none : at->second;
  }
  node find(std::span<const std::int32_t> gram) const {
    node n = root;
    for (std::size_t i = 0; i < gram.size() && n != none; ++i) n = child(n, gram[i]);
    return n;
  }
  /// The child, a new one if this was not seen. Throws bad_input for the 2^32nd.
  node grow(node n, std::int32_t token) {
    const auto [at, is_new] = children_.try_emplace(key(n, token), static_cast<node>(nodes_.size()));
    if (is_new) {
      if (nodes_.size() >= none) errors::raise<bad_input>({"ngrams: found 2^32 different n-grams, expected fewer"});
      nodes_.push_back({token, n});
    }
    return at->second;
  }
  /// The n-gram of a node.
  std::vector<std::int32_t> gram(node n) const {
    std::vector<std::int32_t> out;
    for (; n != root; n = parent(n)) out.push_back(token(n));
    std::ranges::reverse(out);
    return out;
  }

 private:
  struct link {
    std::int32_t token;
    node parent;
  };
  static std::uint64_t key(node n, std::int32_t token) {
    return std::uint64_t{n} << 32 | static_cast<std::uint32_t>(token);
  }

  std::vector<link> nodes_{{0, none}};
  std::unordered_map<std::uint64_t, node> children_;
};

struct ngram_count {
  std::vector<std::int32_t> gram;
  long count = 0;
};

/// How often the n-grams up to an order occur in sequences.
class ngram_counts {
 public:
  /// Throws usage_error for an order below 1.
  explicit ngram_counts(long order)
      : order_(order), totals_(static_cast<std::size_t>(std::max(order, 0L))), kinds_(totals_) {
    if (order < 1) errors::raise<usage_error>({"ngram_counts: found order ", order, ", expected at least 1"});
  }
  ngram_counts(long order, const documents& of) : ngram_counts(order) {
    for (const auto& d : of) add(d);
  }

  void add(std::span<const std::int32_t> sequence) {
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      auto n = ngram_tree::root;
      for (std::size_t k = 0; k < totals_.size() && i + k < sequence.size(); ++k) {
        n = tree_.grow(n, sequence[i + k]);
        if (n >= counts_.size()) counts_.resize(n + 1), ++kinds_[k];
        ++counts_[n];
        ++totals_[k];
      }
    }
  }

  long order() const { return order_; }
  /// Occurrences of all n-grams of n tokens, and how many different ones there are.
  long total(long n) const { return totals_[checked(n)]; }
  long distinct(long n) const { return kinds_[checked(n)]; }
  long count(std::span<const std::int32_t> gram) const {
    const auto n = tree_.find(gram);
    return n == ngram_tree::none || n == ngram_tree::root ? 0 : counts_[n];
  }
  /// The `limit` most frequent ones of n tokens; equal counts in the order of their tokens.
  std::vector<ngram_count> most_frequent(long n, long limit) const {
    checked(n);
    std::vector<ngram_count> out;
    for (ngram_tree::node at = 1; at < tree_.size(); ++at) {
      long depth = 0;
      for (auto up = at; up != ngram_tree::root; up = tree_.parent(up)) ++depth;
      if (depth == n) out.push_back({tree_.gram(at), counts_[at]});
    }
    std::ranges::sort(out, [](const ngram_count& a, const ngram_count& b) {
      return a.count != b.count ? a.count > b.count : a.gram < b.gram;
    });
    if (limit >= 0 && static_cast<std::size_t>(limit) < out.size()) out.resize(static_cast<std::size_t>(limit));
    return out;
  }

 private:
  std::size_t checked(long n) const {
    if (n < 1 || n > order_) errors::raise<usage_error>({"ngram_counts: found n = ", n, ", expected 1 to ", order_});
    return static_cast<std::size_t>(n - 1);
  }

  long order_;
  ngram_tree tree_;
  std::vector<long> counts_{0}, totals_, kinds_;  // by node; by length
};

}  // namespace genet::inline GENET_ISA::data
