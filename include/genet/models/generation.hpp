#pragma once
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "../declare/error.hpp"
#include "../declare/shape.hpp"
#include "../random/distributions.hpp"
#include "../random/streams.hpp"
#include "../run/model.hpp"

/// What the actions of models that draw something share.
namespace genet::inline GENET_ISA::generation {

/// How many rows of the net's first source these numbers are. Numbers that are no whole rows, labels that are not as
/// many as rows (none for a net that reads none) and labels of no class are a usage_error.
template <class Net>
long rows_of(const char* who, std::size_t numbers, std::span<const std::int32_t> labels) {
  constexpr bundle source = Net::net_type::source;
  constexpr auto size = static_cast<std::size_t>(source[0].s.size());
  constexpr bool reads_labels = source.n == 2;
  const std::size_t rows = numbers / size;
  if (numbers % size != 0)
    errors::raise<usage_error>({who, ": ", numbers, " numbers are no whole rows of ", show(source[0].s).view()});
  if (labels.size() != (reads_labels ? rows : 0))
    errors::raise<usage_error>(
        {who, ": ", rows, " rows want ", reads_labels ? "as many labels" : "no labels", ", got ", labels.size()});
  if constexpr (reads_labels)
    for (const std::int32_t l : labels)
      if (l < 0 || l >= source[1].limit)
        errors::raise<usage_error>({who, ": label ", l, ", the model takes 0 to ", source[1].limit - 1});
  return static_cast<long>(rows);
}

/// Normal noise of mean 0 and the standard deviation `temperature`, which is a usage_error unless it is above 0 and
/// finite. Below 1 samples are more typical and less diverse (Kingma & Dhariwal 2018; Brock et al. 2019 truncate).
/// The same seed gives the same noise, but for its scale.
template <class T>
std::vector<T> noise(const char* who, long count, shape s, seed from, double temperature) {
  if (!(temperature > 0) || !std::isfinite(temperature))
    errors::raise<usage_error>(
        {who, ": expected a temperature above 0, the standard deviation of the noise, got ", std::to_string(temperature)});
  std::vector<T> z(static_cast<std::size_t>(count * s.size()));
  rng::normal(std::span<T>(z), rng::key{from.value, stream::sampling, 0});
  for (T& v : z) v *= static_cast<T>(temperature);
  return z;
}

}  // namespace genet::generation
