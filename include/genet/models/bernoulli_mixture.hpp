#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "categorical_mixture.hpp"

namespace genet::inline GENET_ISA {

/// The pseudo-count is added to the ones and to the zeros of each column: a Beta prior.
using bernoulli_mixture_options = categorical_mixture_options;

/// K distributions over D bits, each point from one of them, its bits then independent: a categorical_mixture of two
/// categories. K and D may be `dynamic`. Data are 0 and 1, NaN is a missing value. Bishop: Pattern Recognition and Machine
/// Learning, 9.3.3.
template <long K, long Dim = dynamic>
class bernoulli_mixture : public detail::discrete_mixture {
  static_assert(K >= 1 || K == dynamic, "bernoulli_mixture<K, D>: K has to be at least 1, or dynamic");
  static_assert(Dim >= 1 || Dim == dynamic, "bernoulli_mixture<K, D>: D has to be at least 1, or dynamic");

 public:
  /// Throws usage_error for sizes other than those of the type.
  explicit bernoulli_mixture(long components = K, long dimension = Dim)
      : discrete_mixture("bernoulli_mixture", components, dimension, 2) {
    if ((K != dynamic && components != K) || (Dim != dynamic && dimension != Dim))
      errors::raise<usage_error>({"bernoulli_mixture: found ", components, " components of ", dimension,
                                  " dimensions, expected those of the type"});
  }

  std::span<const double> probabilities() const { return ones_; }  // (K, D): of a one
  /// Throws bad_input for other sizes, weights that do not add up to 1, and probabilities (K, D) that are none.
  void set(std::span<const double> weights, std::span<const double> probabilities) {
    std::vector<double> both;
    for (const double p : probabilities) both.insert(both.end(), {1 - p, p});
    set_all(weights, both, 2);
  }

  /// Writes weights and probabilities as safetensors, atomically. Throws io_error.
  void save(const std::filesystem::path& path) const { write(path, {k_, d_}, probabilities()); }
  /// Reads them back. Throws io_error, bad_input; the model is then as it was.
  void load(const std::filesystem::path& path) {
    read(path, [&](const auto& w, const auto& p, const auto&) { set(w, p); });
  }
};

}  // namespace genet
