#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "../declare/error.hpp"

namespace genet::inline GENET_ISA {

/// What a net has seen of some sequences: the numbers that its recurrent layers carry from one position to the next. A
/// value: a copy goes on by itself, which makes many continuations of one beginning cheap. `session::initial_state`
/// makes one, `session::step` moves it on. It fits all nets whose recurrent layers are of the same sizes, as those of
/// with_length<Net, N> are.
template <class T>
class recurrent_state {
 public:
  recurrent_state() = default;
  /// Before the first position: zeros for `rows` sequences. `sizes`: what each layer carries, carried_sizes<Net>.
  recurrent_state(std::span<const long> sizes, long rows) : sizes_(sizes), rows_(rows) {
    if (rows < 0) errors::raise<usage_error>({"recurrent_state: of ", rows, " sequences"});
    for (const long n : sizes) size_ += n;
    numbers_.resize(static_cast<std::size_t>(rows * size_));
  }

  /// Sequences.
  long rows() const { return rows_; }
  /// Numbers of each layer for one sequence.
  std::span<const long> sizes() const { return sizes_; }
  /// All numbers: layer after layer, each (rows, size).
  std::span<T> numbers() { return numbers_; }
  std::span<const T> numbers() const { return numbers_; }

  /// To before the first position again.
  void reset() { std::ranges::fill(numbers_, T(0)); }

  /// Each sequence `times` times, copies behind each other. Throws usage_error unless that is positive.
  recurrent_state repeat(long times) const {
    if (times < 1) errors::raise<usage_error>({"recurrent_state: each sequence ", times, " times, expected at least once"});
    recurrent_state r;
    r.gather(*this, rows_ * times, [times](long i) { return i / times; });
    return r;
  }
  /// The sequences of those numbers, in that order, also several times. Throws usage_error for one that there is not.
  recurrent_state rows(std::span<const long> which) const {
    recurrent_state r;
    r.take(*this, which);
    return r;
  }
  /// Becomes that, in the memory that it has if it is enough.
  void take(const recurrent_state& from, std::span<const long> which) {
    for (const long i : which)
      if (i < 0 || i >= from.rows_)
        errors::raise<usage_error>({"recurrent_state: there is no sequence ", i, " among ", from.rows_});
    if (this == &from) return take(recurrent_state(from), which);
    gather(from, static_cast<long>(which.size()), [which](long i) { return which[static_cast<std::size_t>(i)]; });
  }

 private:
  template <class F>
  void gather(const recurrent_state& from, long rows, const F& source) {
    sizes_ = from.sizes_;
    size_ = from.size_;
    rows_ = rows;
    numbers_.resize(static_cast<std::size_t>(rows * size_));
    T* to = numbers_.data();
    const T* layer = from.numbers_.data();
    for (const long n : sizes_) {
      for (long i = 0; i < rows; ++i, to += n) std::copy_n(layer + source(i) * n, n, to);
      layer += from.rows_ * n;
    }
  }

  std::span<const long> sizes_{};
  long rows_ = 0, size_ = 0;
  std::vector<T> numbers_;
};

}  // namespace genet
