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
// Of a gan's training: the noise that the generator starts from, the passes of its nets, and the points between real
// and made examples.
inline constexpr std::uint32_t latent = 5U << 16;
inline constexpr std::uint32_t generator = 6U << 16;
inline constexpr std::uint32_t real = 7U << 16;
inline constexpr std::uint32_t fake = 8U << 16;
inline constexpr std::uint32_t judge = 9U << 16;
inline constexpr std::uint32_t between = 10U << 16;
inline constexpr std::uint32_t penalty = 11U << 16;
// Of a seqgan's training: the sequences that the generator learns from, their completions, those that the discriminator
// learns from.
inline constexpr std::uint32_t writing = 12U << 16;
inline constexpr std::uint32_t completing = 13U << 16;
inline constexpr std::uint32_t made = 14U << 16;
// Of an oracle: its parameters and its sequences, which must not be those of a model of the same seed.
inline constexpr std::uint32_t oracle = 15U << 16;
inline constexpr std::uint32_t oracle_sequences = 16U << 16;
// Of Markov chains: one stream a chain.
inline constexpr std::uint32_t chains = 32U << 16;
inline constexpr std::uint32_t momenta = 33U << 16;
// Of chains over the codes of a vae, all chains of an iteration at once: momenta, acceptance, lengths, starts.
inline constexpr std::uint32_t latent_chains = 35U << 16;
inline constexpr std::uint32_t splitting = 0x73706C74;  // apart from all the others
inline constexpr std::uint32_t projections = 0x70726F6A;
inline constexpr std::uint32_t searching = 0x73656172;  // candidates of a search

}  // namespace genet::stream
