#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "../declare/shape.hpp"

namespace genet::inline GENET_ISA {

/// Several examples of one shape, (count, shape), as a model returns them.
template <class T>
struct samples {
  shape s{};
  long count = 0;
  std::vector<T> values{};
  std::span<const T> operator[](long i) const {
    return {values.data() + i * s.size(), static_cast<std::size_t>(s.size())};
  }
};

}  // namespace genet
