#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include "../declare/error.hpp"
#include "../declare/net.hpp"
#include "../random/categorical.hpp"
#include "../random/distributions.hpp"
#include "../tensor/vocabulary.hpp"
#include "engine.hpp"
#include "storage.hpp"

namespace genet::inline GENET_ISA {

/// Draws tokens behind hidden states: logits by the parameters of a net's last layer, token_distribution<V> or one
/// that stands in its place, and one of V by one uniform number. Nothing is allocated after construction. A sampler
/// is used from one thread at a time; it computes with the threads of a team and gives the same tokens for any number
/// of them.
template <is_net Net, class T = float>
class token_sampler {
  using net_type = typename Net::net_type;
  static constexpr const auto& program = storage::program<net_type, T>;
  static constexpr const step& last = program.steps[static_cast<std::size_t>(program.n_steps) - 1];
  static constexpr bool has_vocabulary =
      last.n_parameters == 2 && last.n_state == 1 &&
      program.state[static_cast<std::size_t>(last.first_state)].declared.name == "used";
  static_assert(has_vocabulary,
                "token_sampler wants a net that ends in token_distribution, token_states or "
                "token_likelihood");

 public:
  static constexpr long vocabulary = program.parameters[static_cast<std::size_t>(last.first_parameter)].declared.s[0];
  static constexpr long width = program.parameters[static_cast<std::size_t>(last.first_parameter)].declared.s[1];

  explicit token_sampler(tensor::team& team = tensor::alone())
      : team_(&team), tile_(most_rows * sizes.template line<T>()), uniform_(most_rows) {}

  /// One token for each of the hidden states (rows,width). That of row r depends on element `first` + r of the key,
  /// so that rows may be divided among calls. `log_p`, if it is not empty, receives the log-probabilities of what was
  /// drawn: those that the net gives, whatever temperature and top_k are. Throws usage_error if sizes or `how` make
  /// no sense, training_error if a logit is not a number.
  void draw(weights<T> w, std::span<const T> states, const sampling& how, const rng::key& k, std::uint64_t first,
            std::span<std::int32_t> tokens, std::span<T> log_p = {}) {
    draw_by(w, states, how, tokens, log_p,
            [&](long row, std::span<T> to) { rng::uniform(to, k, first + static_cast<std::uint64_t>(row)); });
  }
  /// The same by given numbers, 0 <= u < 1, (rows).
  void draw(weights<T> w, std::span<const T> states, const sampling& how, std::span<const T> uniform,
            std::span<std::int32_t> tokens, std::span<T> log_p = {}) {
    if (uniform.size() != tokens.size())
      errors::raise<usage_error>(
          {"token_sampler: got ", uniform.size(), " uniform numbers for ", tokens.size(), " tokens"});
    draw_by(w, states, how, tokens, log_p,
            [&](long row, std::span<T> to) { std::copy_n(uniform.begin() + row, to.size(), to.begin()); });
  }

 private:
  static constexpr tensor::vocabulary sizes{vocabulary, width, vocabulary};
  static constexpr long most_rows = sizes.template most_rows<T>();

  template <class Uniform>
  void draw_by(weights<T> w, std::span<const T> states, const sampling& how, std::span<std::int32_t> tokens,
               std::span<T> log_p, const Uniform& uniform) {
    check(states.size(), how, tokens.size(), log_p.size());
    const auto offset = [](const auto& slots, int i) { return slots[static_cast<std::size_t>(i)].offset; };
    const T *const weight = w.parameters + offset(program.parameters, last.first_parameter),
                   *const bias = w.parameters + offset(program.parameters, last.first_parameter + 1);
    const T used = w.state[offset(program.state, last.first_state)];
    if (!(used >= T(1) && used <= static_cast<T>(vocabulary)))
      errors::raise<bad_input>({"token_sampler: `used` is not within 1 to ", vocabulary});
    const tensor::vocabulary v{vocabulary, width, static_cast<long>(used)};
    const bool plain = !how.greedy && how.temperature == 1 && (how.top_k == 0 || how.top_k >= v.used);

    const long rows = static_cast<long>(tokens.size()), line = v.line<T>(), at_once = v.rows_at_once<T>(*team_);
    for (long first = 0; first < rows; first += at_once) {
      team_->divide(std::min(at_once, rows - first), 2, [&](long begin, long n) {
        T *const tile = tile_.data() + begin * line, *const u = uniform_.data() + begin;
        uniform(first + begin, std::span<T>(u, static_cast<std::size_t>(n)));
        tensor::logits(v, n, states.data() + (first + begin) * width, weight, bias, tile, line);
        for (long r = 0; r < n; ++r) {
          T* const row = tile + r * line;
          const auto at = static_cast<std::size_t>(first + begin + r);
          T log_sum = 0;
          if (!log_p.empty() && !plain)
            log_sum = tensor::exponentiate(static_cast<const T*>(row), v.used, static_cast<T*>(nullptr)).log_sum();
          const rng::choice<T> c = rng::categorical(row, v.used, u[r], how);
          tokens[at] = static_cast<std::int32_t>(c.id);
          if (!log_p.empty()) log_p[at] = c.logit - (plain ? c.log_sum : log_sum);
        }
      });
    }
    if (const auto bad = std::find(tokens.begin(), tokens.end(), -1); bad != tokens.end())
      errors::raise<training_error>({"token_sampler: the logits of row ", bad - tokens.begin(), " are not numbers"});
  }

  static void check(std::size_t states, const sampling& how, std::size_t tokens, std::size_t log_p) {
    if (states != tokens * static_cast<std::size_t>(width))
      errors::raise<usage_error>({"token_sampler: got ", states, " numbers of hidden states for ", tokens,
                                  " tokens, expected ", width, " each"});
    if (log_p != 0 && log_p != tokens)
      errors::raise<usage_error>(
          {"token_sampler: got room for ", log_p, " log-probabilities of ", tokens, " tokens"});
    if (!(how.temperature > 0 && std::isfinite(how.temperature)))
      throw usage_error("token_sampler: the temperature has to be positive, got " + std::to_string(how.temperature));
    if (how.top_k < 0) errors::raise<usage_error>({"token_sampler: top_k must not be negative, got ", how.top_k});
  }

  tensor::team* team_;
  tensor::block<T> tile_, uniform_;
};

}  // namespace genet
