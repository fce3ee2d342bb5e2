#pragma once
#include "../declare/error.hpp"
#include "context.hpp"

namespace genet::inline GENET_ISA {

/// Throws bad_input unless all integers that come in as input `i`, `per_example` of each example, are below `limit`:
/// `embedding<8>: example 3, position 5: got 77, expected 0 to 49`.
template <class T>
void require_below(const context<T>& c, int i, long per_example, int limit, text (*layer)()) {
  const std::int32_t* at = c.integers(i);
  for (long k = 0; k < c.rows * per_example; ++k)
    if (static_cast<std::uint32_t>(at[k]) >= static_cast<std::uint32_t>(limit)) [[unlikely]] {
      const text who = layer();
      const std::string position = errors::join({", position ", k % per_example});
      errors::raise<bad_input>({who.view(), ": example ", k / per_example, per_example == 1 ? "" : position, ": got ",
                                at[k], ", expected 0 to ", limit - 1});
    }
}

}  // namespace genet
