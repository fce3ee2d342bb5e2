#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "../train/sequence_adversarial.hpp"
#include "sequences.hpp"

namespace genet::inline GENET_ISA {

/// What the discriminator of a seqgan expects of each beginning of sequences (count,L): at position t the mean reward of
/// `rollouts` completions of the first t + 1 tokens by the generator, at the last one the reward of the sequence itself
/// (Yu et al. 2017, equation 4; the reward is the probability of being real, or a critic's value). Where the value
/// falls, something is wrong: `value_falls` are scores for a fault_detector. Throws usage_error for tokens that are no
/// whole sequences of the vocabulary, and for no rollouts.
template <class Model>
requires(is_seqgan<typename Model::declaration>) std::vector<double> prefix_values(
    const Model& m, std::span<const std::int32_t> of, long rollouts = 16, seed from = {0},
    tensor::team& team = tensor::alone()) {
  using gan = typename Model::declaration;
  using T = typename Model::scalar;
  using writer = token_writer<typename gan::generator, T>;
  constexpr long length = writer::length, most = 32;
  const long count = sequences::rows_of("prefix_values", of, length, writer::vocabulary);
  if (rollouts < 1) errors::raise<usage_error>({"prefix_values: wants at least one rollout, got ", rollouts});
  const long rows = std::clamp(count, 1L, most);
  writer completing(rows * rollouts, team);
  session<typename gan::discriminator, T, capability::forward> judge(rows * rollouts, team);
  std::vector<double> values(of.size());

  // Adds the rewards of n sequences behind each other for each row to the values at position t.
  const auto add = [&](std::span<const std::int32_t> all, long first, long each, long t) {
    const void* const one[] = {all.data()};
    const long n = static_cast<long>(all.size()) / length;
    judge.forward(m.template part<"discriminator">(), one, n);
    const std::span<const T> scores = judge.output();
    for (long i = 0; i < n; ++i) {
      const auto score = static_cast<double>(scores[static_cast<std::size_t>(i)]);
      const double reward = gan::objective::is_logit ? 1 / (1 + std::exp(-score)) : score;
      values[static_cast<std::size_t>((first + i / each) * length + t)] += reward / static_cast<double>(each);
    }
  };
  for (long first = 0; first < count; first += rows) {
    const long n = std::min(rows, count - first);
    const auto some = of.subspan(static_cast<std::size_t>(first * length), static_cast<std::size_t>(n * length));
    const rng::key key{from.value, stream::completing, static_cast<std::uint64_t>(first / rows)};
    completing.complete(m.template part<"generator">(), some, rollouts, key,
                        [&](long known, std::span<const std::int32_t> all) { add(all, first, rollouts, known - 1); });
    add(some, first, 1, length - 1);
  }
  return values;
}

/// How far each token of sequences (count,L) lets the values of their beginnings fall; the first one from the mean of
/// all first values. Negative where they rise.
inline std::vector<double> value_falls(std::span<const double> values, long length) {
  if (length < 1 || static_cast<long>(values.size()) % length != 0)
    errors::raise<usage_error>({"value_falls: ", values.size(), " values are no whole sequences of ", length});
  const long count = static_cast<long>(values.size()) / length;
  const auto at = [&](long r, long t) { return values[static_cast<std::size_t>(r * length + t)]; };
  double start = 0;
  for (long r = 0; r < count; ++r) start += at(r, 0) / static_cast<double>(count);
  std::vector<double> falls;
  falls.reserve(values.size());
  for (long r = 0; r < count; ++r)
    for (long t = 0; t < length; ++t) falls.push_back((t == 0 ? start : at(r, t - 1)) - at(r, t));
  return falls;
}

}  // namespace genet
