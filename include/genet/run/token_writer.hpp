#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "../kernels/token_states.hpp"
#include "../layers/sequence_generator.hpp"
#include "session.hpp"
#include "token_sampler.hpp"

namespace genet::inline GENET_ISA {

/// A sequence and the logarithm of its probability.
struct scored_sequence {
  std::vector<std::int32_t> tokens;
  double log_p = 0;
};

/// Writes sequences by a generator, token after token: it steps the generator's layers and draws behind its hidden
/// states. Nothing is allocated by writing after construction. What is drawn depends on the key, the row and the
/// position alone, never on threads or on how rows are divided among calls.
template <is_sequence_generator Generator, class T = float>
class token_writer {
  using net_run = stepping_of<Generator>;

 public:
  static constexpr long length = sequences::parts<typename Generator::net_type>::length;
  static constexpr long vocabulary = token_sampler<net_run, T>::vocabulary;

  /// Room for `capacity` sequences at once; more are written one batch after the other. The team must outlive it.
  explicit token_writer(long capacity, tensor::team& team = tensor::alone())
      : run_(capacity, team),
        draw_(team),
        start_(run_.initial_state(1)),
        state_(run_.initial_state(capacity)),
        beginning_(run_.initial_state(capacity)),
        previous_(static_cast<std::size_t>(capacity)),
        drawn_(static_cast<std::size_t>(capacity)),
        completed_(static_cast<std::size_t>(capacity * length)),
        log_p_(capacity),
        which_(static_cast<std::size_t>(capacity)) {}

  /// Sequences (rows,L). `log_p`, if it is not empty, (rows,L), receives the log-probabilities of the tokens under the
  /// generator itself, whatever `how` says. The numbers that are drawn are those of rows `first_row`, ... of the key.
  void write(weights<T> w, std::span<std::int32_t> to, const rng::key& key, const sampling& how = {},
             std::span<T> log_p = {}, long first_row = 0) {
    const long rows = static_cast<long>(to.size()) / length;
    if (rows * length != static_cast<long>(to.size()) || (!log_p.empty() && log_p.size() != to.size()))
      errors::raise<usage_error>({"token_writer: got room for ", to.size(), " tokens and ", log_p.size(),
                                  " log-probabilities, expected whole sequences of ", length});
    for (long first = 0; first < rows; first += run_.capacity()) {
      const long count = std::min(run_.capacity(), rows - first);
      begin(state_, count);
      for (long t = 0; t < length; ++t) {
        next(w, count, t, key, first_row + first, how, !log_p.empty());
        for (long r = 0; r < count; ++r) {
          const long at = (first + r) * length + t;
          to[index(at)] = previous_[index(r)];
          if (!log_p.empty()) log_p[index(at)] = log_p_[r];
        }
      }
    }
  }

  /// Completes each of some sequences (rows,L) `times` times behind each of its beginnings: for n = 1, ..., L - 1 calls
  /// use(n, all), where `all` are (rows * times, L) sequences that share their first n tokens with those given, the
  /// completions of one behind each other. What a beginning leaves behind is carried, never computed again. Monte-Carlo
  /// search of Yu et al. 2017, section 3.1. Throws usage_error for more than `capacity` at once.
  template <class Use>
  void complete(weights<T> w, std::span<const std::int32_t> given, long times, const rng::key& key, Use use,
                const sampling& how = {}) {
    const long rows = static_cast<long>(given.size()) / length, all = rows * times;
    if (times < 1 || all > run_.capacity())
      errors::raise<usage_error>({"token_writer: asked to complete ", rows, " sequences ", times,
                                  " times, has room for ", run_.capacity()});
    begin(beginning_, rows);
    for (long n = 1; n < length; ++n) {
      for (long r = 0; r < rows; ++r) previous_[index(r)] = n == 1 ? 0 : given[index(r * length + n - 2)];
      run_.step(w, previous_.data(), beginning_);
      for (long i = 0; i < all; ++i) {
        which_[index(i)] = i / times;
        const auto from = given.begin() + i / times * length;
        std::copy_n(from, n, completed_.begin() + i * length);
        previous_[index(i)] = from[n - 1];
      }
      state_.take(beginning_, std::span(which_).first(index(all)));
      rng::key here = key;
      here.step = key.step * static_cast<std::uint64_t>(length) + static_cast<std::uint64_t>(n);
      for (long t = n; t < length; ++t) {
        next(w, all, t, here, 0, how, false);
        for (long i = 0; i < all; ++i) completed_[index(i * length + t)] = previous_[index(i)];
      }
      use(n, std::span<const std::int32_t>(completed_).first(index(all * length)));
    }
  }

 private:
  static constexpr std::size_t index(long i) { return static_cast<std::size_t>(i); }

  /// Before the first position.
  void begin(recurrent_state<T>& state, long rows) {
    std::fill_n(which_.begin(), rows, 0L);
    state.take(start_, std::span(which_).first(index(rows)));
    std::fill_n(previous_.begin(), rows, 0);
  }
  /// The token at position t of `rows` sequences from the one before; it becomes the one before.
  void next(weights<T> w, long rows, long t, const rng::key& key, long first_row, const sampling& how, bool scored) {
    constexpr std::uint64_t most_rows = 1U << 24;
    run_.step(w, previous_.data(), state_);
    const auto some = std::span(drawn_).first(index(rows));
    const std::uint64_t first = static_cast<std::uint64_t>(t) * most_rows + static_cast<std::uint64_t>(first_row);
    const auto log_p = scored ? std::span<T>(log_p_.data(), some.size()) : std::span<T>();
    draw_.draw(w, run_.output(), how, key, first, some, log_p);
    std::ranges::copy(some, previous_.begin());
  }

  session<net_run, T, capability::forward> run_;
  token_sampler<net_run, T> draw_;
  recurrent_state<T> start_, state_, beginning_;
  std::vector<std::int32_t> previous_, drawn_, completed_;
  tensor::block<T> log_p_;
  std::vector<long> which_;
};

/// The `width` most likely sequences that a beam of so many finds, the likeliest first: at each position the best
/// continuations of all are kept. Throws usage_error unless 0 < width.
template <is_sequence_generator Generator, class T>
std::vector<scored_sequence> beam_search(weights<T> w, long width, tensor::team& team = tensor::alone()) {
  using net_run = with_length<Generator, 1>;
  constexpr long length = token_writer<Generator, T>::length, size = token_writer<Generator, T>::vocabulary;
  if (width < 1) errors::raise<usage_error>({"beam_search: wants a beam of at least one, got ", width});
  session<net_run, T, capability::forward> run(width, team);
  recurrent_state<T> state = run.initial_state(1);
  std::vector<scored_sequence> kept(1);
  std::vector<std::int32_t> previous{0};
  for (long t = 0; t < length; ++t) {
    run.step(w, previous.data(), state);
    const std::span<const T> log_p = run.output();
    std::vector<long> order(log_p.size());
    std::iota(order.begin(), order.end(), 0L);
    const auto value = [&](long i) {
      return kept[static_cast<std::size_t>(i / size)].log_p + static_cast<double>(log_p[static_cast<std::size_t>(i)]);
    };
    std::erase_if(order, [&](long i) { return !std::isfinite(value(i)); });
    const long n = std::min(width, static_cast<long>(order.size()));
    std::partial_sort(order.begin(), order.begin() + n, order.end(), [&](long a, long b) {
      const double x = value(a), y = value(b);
      return x != y ? x > y : a < b;
    });
    std::vector<scored_sequence> next;
    std::vector<long> from;
    previous.clear();
    for (const long i : std::span(order).first(static_cast<std::size_t>(n))) {
      from.push_back(i / size);
      next.push_back(kept[static_cast<std::size_t>(i / size)]);
      next.back().tokens.push_back(static_cast<std::int32_t>(i % size));
      next.back().log_p = value(i);
      previous.push_back(next.back().tokens.back());
    }
    kept = std::move(next);
    state = state.rows(from);
  }
  return kept;
}

}  // namespace genet
