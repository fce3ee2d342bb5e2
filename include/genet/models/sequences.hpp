#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "../kernels.hpp"
#include "../layers/seqgan.hpp"
#include "../random/streams.hpp"
#include "../run/model.hpp"
#include "../run/token_writer.hpp"
#include "../train/maximum_likelihood.hpp"

namespace genet::inline GENET_ISA {

namespace sequences {

/// How many sequences of `length` tokens below `limit` these are; others are a usage_error.
inline long rows_of(const char* who, std::span<const std::int32_t> tokens, long length, long limit) {
  if (tokens.size() % static_cast<std::size_t>(length) != 0)
    errors::raise<usage_error>({who, ": ", tokens.size(), " tokens are no whole sequences of ", length});
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i] < 0 || tokens[i] >= limit)
      errors::raise<usage_error>({who, ": sequence ", static_cast<long>(i) / length, " has token ", tokens[i],
                                  ", the model takes 0 to ", limit - 1});
  return static_cast<long>(tokens.size()) / length;
}

/// Log-probabilities of the tokens of sequences (count,L), each given those before it, by a generator's parameters:
/// `use(log_p)` with (rows,L) for some rows after the others.
template <is_sequence_generator Generator, class T, class Use>
void score(weights<T> w, std::span<const std::int32_t> tokens, Use use, tensor::team& team = tensor::alone(),
           long at_once = 128) {
  using writer = token_writer<Generator, T>;
  const long count = rows_of("score", tokens, writer::length, writer::vocabulary);
  const long rows = std::clamp(count, 1L, at_once);
  session<likelihood_of<Generator>, T, capability::forward> s(rows, team);
  likelihood_feed<T> feed(rows, writer::length);
  for (long first = 0; first < count; first += rows) {
    const long n = std::min(rows, count - first);
    s.forward(w, feed.of(tokens.data() + first * writer::length, n), n);
    use(std::span<const T>(s.output()));
  }
}

/// What every model with a generator of sequences does.
template <class Generator, class Model>
struct writing {
  /// Sequences (count,L), token after token; the same seed gives the same ones. `how`: temperature, top_k, greedy.
  std::vector<std::int32_t> write(long count, seed from = {0}, const sampling& how = {}) const {
    if (count < 0) errors::raise<usage_error>({"write: wants a number of sequences, got ", count});
    using T = typename Model::scalar;
    std::vector<std::int32_t> all(static_cast<std::size_t>(count * token_writer<Generator, T>::length));
    token_writer<Generator, T> w(std::clamp(count, 1L, 128L));
    w.write(generator_of(), all, rng::key{from.value, stream::sampling, 0}, how);
    return all;
  }
  /// Log-probabilities of the tokens of sequences (count,L), each given those before it.
  auto score(std::span<const std::int32_t> tokens) const {
    std::vector<typename Model::scalar> all;
    all.reserve(tokens.size());
    sequences::score<Generator>(generator_of(), tokens,
                                [&](auto log_p) { all.insert(all.end(), log_p.begin(), log_p.end()); });
    return all;
  }
  /// The `width` likeliest sequences that a beam of so many finds, the likeliest first.
  std::vector<scored_sequence> beam(long width) const {
    return beam_search<Generator, typename Model::scalar>(generator_of(), width);
  }

 private:
  auto generator_of() const {
    const Model& m = static_cast<const Model&>(*this);
    if constexpr (is_seqgan<typename Model::declaration>) return m.template part<"generator">();
    else return m.view();
  }
};

}  // namespace sequences

/// What a trained generator of sequences does: `m.write(count)` writes sequences, `m.score(tokens)` gives the
/// log-probability of each token of sequences, `m.beam(width)` finds likely ones. These are conveniences that make a
/// session of their own; a program that calls them in a loop keeps a token_writer or a session. Tokens that are no
/// whole sequences or not of the vocabulary are a usage_error.
template <is_sequence_generator Generator, class Model>
struct model_actions<Generator, Model> : sequences::writing<Generator, Model> {};

/// Of a seqgan: the same by its generator, and `m.judge(tokens)`.
template <is_net Generator, is_net Discriminator, class Objective, class... Option, class Model>
struct model_actions<seqgan<Generator, Discriminator, Objective, Option...>, Model>
    : sequences::writing<Generator, Model> {
  /// The discriminator's scores of sequences (count,L): logits, or a critic's values.
  auto judge(std::span<const std::int32_t> tokens) const {
    using T = typename Model::scalar;
    using writer = token_writer<Generator, T>;
    const long count = sequences::rows_of("judge", tokens, writer::length, writer::vocabulary);
    const long rows = std::clamp(count, 1L, 128L);
    session<Discriminator, T, capability::forward> s(rows);
    std::vector<T> all;
    for (long first = 0; first < count; first += rows) {
      const void* const one[] = {tokens.data() + first * writer::length};
      s.forward(static_cast<const Model&>(*this).template part<"discriminator">(), one, std::min(rows, count - first));
      all.insert(all.end(), s.output().begin(), s.output().end());
    }
    return all;
  }
};

}  // namespace genet
