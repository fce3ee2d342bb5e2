#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "../kernels/token_likelihood.hpp"
#include "../layers/sequence_generator.hpp"
#include "../tensor/memory.hpp"
#include "objective.hpp"

namespace genet::inline GENET_ISA {

/// What the likelihood of a generator reads of sequences (rows, L): the tokens moved on by one position, behind token 0;
/// the tokens; and a coefficient for each.
template <class T>
class likelihood_feed {
 public:
  likelihood_feed(long rows, long length)
      : length_(length), previous_(static_cast<std::size_t>(rows * length)), coefficients_(rows * length) {}

  /// For the caller to fill: (rows, L).
  T* coefficients() { return coefficients_.data(); }
  /// Valid until the next call; `sequences` has to stay. `seen`, if it is there, is shown instead of them.
  std::span<const void* const> of(const std::int32_t* sequences, long rows, const std::int32_t* seen = nullptr) {
    move_on(seen ? seen : sequences, rows, length_, previous_.data());
    sources_ = {previous_.data(), sequences, coefficients_.data()};
    return sources_;
  }
  static void move_on(const std::int32_t* sequences, long rows, long length, std::int32_t* to) {
    for (long r = 0; r < rows; ++r, sequences += length, to += length) {
      to[0] = 0;
      std::copy_n(sequences, length - 1, to + 1);
    }
  }

 private:
  long length_;
  std::vector<std::int32_t> previous_;
  tensor::block<T> coefficients_;
  std::array<const void*, 3> sources_{};
};

/// The mean negative log-likelihood of the tokens that count, in nats a token, each given the true ones before it:
///
///     trainer fit{m, maximum_likelihood{}, adam{.learning_rate = 0.01}};
///
/// The mean is over the tokens of a batch; examples have tokens, and a mask where sequences are shorter.
struct maximum_likelihood {
  static constexpr std::array<std::string_view, 0> terms{};
  template <class Net>
  using runs = likelihood_of<Net>;

  template <class Net, class T>
  struct feed : likelihood_feed<T> {
    static constexpr long length = Net::net_type::source[0].s.size();
    feed(const maximum_likelihood&, long rows) : likelihood_feed<T>(rows, length) {}
    std::span<const void* const> operator()(const example_batch<T>& b, double weight) {
      fill(b, length, weight, this->coefficients());
      return this->of(b.tokens, b.rows);
    }
  };

  /// The coefficients of `weight` times the mean, (rows, length).
  template <class T>
  static void fill(const example_batch<T>& b, long length, double weight, T* coefficients) {
    const double each = -weight / static_cast<double>(std::max(counting(b, length), 1L));
    for (long i = 0; i < b.rows * length; ++i)
      coefficients[i] = static_cast<T>(b.mask && b.mask[i] == 0 ? 0 : each);
  }

  template <class Net, class Session, class T>
  measured<0> measure(Session& s, const example_batch<T>& b, const training_progress&, double) const {
    constexpr long length = Net::net_type::source[0].s.size();
    const std::span<const T> log_p = s.output();
    double sum = 0;
    for (std::size_t i = 0; i < log_p.size(); ++i)
      if (!b.mask || b.mask[i] != 0) sum += static_cast<double>(log_p[i]);
    return {-sum / static_cast<double>(std::max(counting(b, length), 1L)), {}};
  }

 private:
  /// Tokens that count.
  template <class T>
  static long counting(const example_batch<T>& b, long length) {
    return b.mask ? std::accumulate(b.mask, b.mask + b.rows * length, 0L) : b.rows * length;
  }
};

}  // namespace genet
