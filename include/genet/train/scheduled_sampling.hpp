#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "../run/session.hpp"
#include "../run/token_sampler.hpp"
#include "maximum_likelihood.hpp"

namespace genet::inline GENET_ISA {

/// Maximum likelihood whose generator sees, in the training, more and more tokens of its own instead of the true ones,
/// as it will when it writes (Bengio et al. 2015): each with a probability that rises from 0 to 1 - `least` over
/// `epochs`. The targets stay the true tokens. The gradient does not go through what was drawn.
///
///     trainer fit{m, scheduled_sampling{.epochs = 120}, adam{.learning_rate = 0.01}};
///
/// Loss and evaluation are those of maximum_likelihood, but for the tokens seen.
struct scheduled_sampling {
  double epochs = 100;
  double least = 0;  ///< share of true tokens at the end

  static constexpr std::array<std::string_view, 0> terms{};
  template <class Net>
  using runs = likelihood_of<Net>;

  /// Of true tokens, falling in a straight line.
  double true_share(const training_progress& p) const {
    return std::max(least, 1 - (1 - least) * p.epochs_done / epochs);
  }
  std::vector<std::pair<std::string_view, double>> options() const { return {{"epochs", epochs}, {"least", least}}; }

  template <class Net, class Session, class T>
  measured<0> measure(Session& s, const example_batch<T>& b, const training_progress& p, double weight) const {
    return maximum_likelihood{}.measure<Net>(s, b, p, weight);
  }

  template <class Net, class T>
  struct feed : likelihood_feed<T> {
    using steps = stepping_of<Net>;
    static constexpr long length = Net::net_type::source[0].s.size();

    feed(const scheduled_sampling& o, long rows)
        : likelihood_feed<T>(rows, length),
          schedule_(&o),
          run_(rows),
          start_(run_.initial_state(rows)),
          state_(run_.initial_state(rows)),
          first_(static_cast<std::size_t>(rows)),
          previous_(first_.size()),
          drawn_(first_.size()),
          seen_(static_cast<std::size_t>(rows * length)),
          coins_(rows * length) {
      std::iota(first_.begin(), first_.end(), 0L);
    }

    /// An evaluation: the true tokens.
    std::span<const void* const> operator()(const example_batch<T>& b, double weight) {
      maximum_likelihood::fill(b, length, weight, this->coefficients());
      return this->of(b.tokens, b.rows);
    }
    /// A batch of the training.
    std::span<const void* const> operator()(const example_batch<T>& b, double weight, weights<T> w, const rng::key& key,
                                            const training_progress& p) {
      maximum_likelihood::fill(b, length, weight, this->coefficients());
      const auto share = static_cast<T>(schedule_->true_share(p));
      if (share >= 1) return this->of(b.tokens, b.rows);
      mix(b, w, key, share);
      return this->of(b.tokens, b.rows, seen_.data());
    }

   private:
    void mix(const example_batch<T>& b, weights<T> w, const rng::key& key, T share) {
      const auto rows = static_cast<std::size_t>(b.rows);
      rng::uniform(std::span<T>(coins_.data(), rows * length), key, 0);
      state_.take(start_, std::span<const long>(first_).first(rows));
      std::fill_n(previous_.begin(), rows, 0);
      for (long t = 0; t + 1 < length; ++t) {
        run_.step(w, previous_.data(), state_);
        const auto here = std::span(drawn_).first(rows);
        draw_.draw(w, run_.output(), {}, key, static_cast<std::uint64_t>(t + 1) * most_rows * length, here);
        for (std::size_t r = 0; r < rows; ++r) {
          const auto at = static_cast<long>(r) * length + t;
          const auto i = static_cast<std::size_t>(at);
          seen_[i] = coins_[at] < share ? b.tokens[at] : drawn_[r];
          previous_[r] = seen_[i];
        }
      }
    }

    static constexpr std::uint64_t most_rows = 1U << 24;
    const scheduled_sampling* schedule_;
    session<steps, T, capability::forward> run_;
    token_sampler<steps, T> draw_;
    recurrent_state<T> start_, state_;
    std::vector<long> first_;
    std::vector<std::int32_t> previous_, drawn_, seen_;
    tensor::block<T> coins_;
  };
};

}  // namespace genet
