#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../declare/error.hpp"

namespace genet::inline GENET_ISA::metrics {

/// Points of a sample, (count, dimension) numbers row after row, float or double: a look at somebody's memory, such
/// as
/// `{m.sample(100).values, 784}`. Everything here computes in double, whatever the points are.
class points {
 public:
  /// Throws bad_input if `values` are not whole rows.
  template <std::ranges::contiguous_range R>
  requires std::same_as < std::ranges::range_value_t<R>,
  float > || std::same_as<std::ranges::range_value_t<R>, double> points(const R& values, long dimension = 1)
      : dimension_(dimension) {
    const auto size = static_cast<long>(std::ranges::size(values));
    if (dimension < 1 || size % dimension != 0)
      errors::raise<bad_input>(
          {"points: found ", size, " numbers, expected a multiple of the dimension ", dimension});
    count_ = size / dimension;
    if constexpr (std::same_as<std::ranges::range_value_t<R>, float>)
      single_ = std::ranges::data(values);
    else
      double_ = std::ranges::data(values);
  }

  long count() const { return count_; }
  long dimension() const { return dimension_; }

  /// `count` of them from `first` on; as many as there are.
  points part(long first, long count) const {
    points p = *this;
    first = std::min(std::max(first, 0L), count_);
    p.count_ = std::min(std::max(count, 0L), count_ - first);
    if (single_) p.single_ += first * dimension_;
    if (double_) p.double_ += first * dimension_;
    return p;
  }
  points first(long count) const { return part(0, count); }

  /// Copies all numbers to `to`, minus `shift` (one row) if it is not null.
  void copy(double* to, const double* shift = nullptr) const {
    if (single_) return copy(single_, to, shift);
    if (double_) return copy(double_, to, shift);
  }

  /// The number at place `i` of all.
  double operator[](long i) const { return single_ ? static_cast<double>(single_[i]) : double_[i]; }

 private:
  template <class T>
  void copy(const T* from, double* to, const double* shift) const {
    for (long i = 0; i < count_; ++i, from += dimension_, to += dimension_)
      for (long j = 0; j < dimension_; ++j) to[j] = static_cast<double>(from[j]) - (shift ? shift[j] : 0.);
  }

  const float* single_ = nullptr;
  const double* double_ = nullptr;
  long count_ = 0, dimension_ = 1;
};

/// The points `which`, in that order: (number, dimension).
template <std::ranges::contiguous_range R>
requires std::integral<std::ranges::range_value_t<R>> std::vector<double> chosen(const points& from, const R& which) {
  std::vector<double> out(std::ranges::size(which) * static_cast<std::size_t>(from.dimension()));
  double* to = out.data();
  for (const auto i : which) {
    from.part(static_cast<long>(i), 1).copy(to);
    to += from.dimension();
  }
  return out;
}

namespace detail {

// `metric` wants `name` to have at least `least` points, all of them finite.
inline void check(std::string_view metric, std::string_view name, const points& x, long least) {
  if (x.count() < least)
    errors::raise<bad_input>({metric, ": ", name, ": found ", x.count(), " points, expected at least ", least});
  for (long i = 0; i < x.count() * x.dimension(); ++i)
    if (!std::isfinite(x[i]))
      errors::raise<bad_input>({metric, ": ", name, ": found ", std::isnan(x[i]) ? "NaN" : "an infinite number",
                                " in row ", i / x.dimension(), ", expected finite numbers"});
}

// The same for a sample and what it is compared with, which have the same dimension.
inline void check(std::string_view metric, const points& sample, const points& reference, long least) {
  if (sample.dimension() != reference.dimension())
    errors::raise<bad_input>({metric, ": found points of ", sample.dimension(), " and of ", reference.dimension(),
                              " dimensions, expected the same"});
  check(metric, "sample", sample, least);
  check(metric, "reference", reference, least);
}

}  // namespace detail

}  // namespace genet::inline GENET_ISA::metrics
