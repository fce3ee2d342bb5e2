#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "session.hpp"

namespace genet::inline GENET_ISA {

/// Runs a net over any number of examples, `at_once` at a time: `use(session)` after each pass. x holds the examples of
/// its first source, (count, size); labels, (count), are read if it has a second source.
template <is_net Net, class T, class Use>
void in_batches(weights<T> w, const T* x, const std::int32_t* labels, long count, Use use, long at_once = 128,
                tensor::team& team = tensor::alone()) {
  constexpr int n = Net::net_type::source.n;
  session<Net, T, capability::forward> s(std::clamp(count, 1L, at_once), team);
  for (long first = 0; first < count; first += at_once) {
    const std::array<const void*, 2> sources{x + first * Net::net_type::input_shape.size(),
                                             n == 2 ? labels + first : nullptr};
    s.forward(w, std::span<const void* const>(sources.data(), static_cast<std::size_t>(n)),
              std::min(at_once, count - first));
    use(s);
  }
}

}  // namespace genet
