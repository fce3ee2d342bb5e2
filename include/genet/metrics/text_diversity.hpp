#pragma once
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "../data/ngrams.hpp"
#include "../data/sequences.hpp"
#include "../declare/error.hpp"

namespace genet::inline GENET_ISA::metrics {

/// Different n-grams over all n-grams of the samples: 1 if none is repeated. Li et al.: A diversity-promoting
/// objective function for neural conversation models (2016). Throws bad_input where there is no n-gram, usage_error
/// for n < 1.
inline double distinct_n(const data::documents& samples, long n) {
  const data::ngram_counts counts(n, samples);
  if (counts.total(n) == 0)
    errors::raise<bad_input>({"distinct_n: found no n-gram of ", n, " tokens, expected longer samples"});
  return static_cast<double>(counts.distinct(n)) / static_cast<double>(counts.total(n));
}

/// Share of the samples' n-grams that the training data does not have. Throws as distinct_n.
inline double ngram_novelty(const data::documents& samples, const data::documents& training, long n) {
  const data::ngram_counts known(n, training);
  long all = 0, fresh = 0;
  for (const auto& s : samples)
    for (long i = 0; i + n <= static_cast<long>(s.size()); ++i) {
      ++all;
      fresh += known.count(std::span(s).subspan(static_cast<std::size_t>(i), static_cast<std::size_t>(n))) == 0;
    }
  if (all == 0)
    errors::raise<bad_input>({"ngram_novelty: found no n-gram of ", n, " tokens, expected longer samples"});
  return static_cast<double>(fresh) / static_cast<double>(all);
}

/// Share of the samples that are sequences of the training data. Throws bad_input for no samples.
inline double copied_share(const data::documents& samples, const data::documents& training) {
  if (samples.empty()) throw bad_input("copied_share: found no samples, expected at least one");
  std::unordered_set<std::string_view> known;
  for (const auto& t : training) known.insert(data::detail::bytes_of(t));
  long copied = 0;
  for (const auto& s : samples) copied += known.contains(data::detail::bytes_of(s));
  return static_cast<double>(copied) / static_cast<double>(samples.size());
}

/// A negative log-likelihood in nats, of so many characters, as bits for each. Throws bad_input for none.
inline double bits_per_character(double nats, long characters) {
  if (characters < 1)
    errors::raise<bad_input>({"bits_per_character: found ", characters, " characters, expected at least 1"});
  return nats / std::log(2.) / static_cast<double>(characters);
}

}  // namespace genet::inline GENET_ISA::metrics
