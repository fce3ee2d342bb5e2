#pragma once
#include <cstdint>

#include "../declare/isa.hpp"

namespace genet::inline GENET_ISA::stream {

/// Purposes of randomness, so that no two draws of a run ever share a counter. A pass through a net adds to its
/// purpose which one of the net's drawing layers draws, counted in the order of the declaration.
inline constexpr std::uint32_t initialisation = 0;
inline constexpr std::uint32_t shuffling = 1U << 16;
inline constexpr std::uint32_t training = 2U << 16;
inline constexpr std::uint32_t evaluation = 3U << 16;
inline constexpr std::uint32_t sampling = 4U << 16;
inline constexpr std::uint32_t splitting = 0x73706C74;  // apart from all the others

}  // namespace genet::stream
