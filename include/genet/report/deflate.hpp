#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../declare/isa.hpp"

namespace genet::inline GENET_ISA::png {

namespace detail {

/// Bits in DEFLATE's order: the first bit is the lowest of the first byte (RFC 1951, 3.1.1).
class bit_writer {
 public:
  explicit bit_writer(std::vector<std::byte>& out) : out_(out) {}

  void put(std::uint32_t bits, int count) {
    held_ |= std::uint64_t{bits} << count_;
    count_ += count;
    for (; count_ >= 8; count_ -= 8, held_ >>= 8) out_.push_back(static_cast<std::byte>(held_ & 0xff));
  }
  void finish() {
    if (count_ > 0) put(0, 8 - count_);
  }

 private:
  std::vector<std::byte>& out_;
  std::uint64_t held_ = 0;
  int count_ = 0;
};

/// A canonical prefix code: how many bits a symbol takes and which (already in writing order).
struct prefix_code {
  std::vector<int> length;
  std::vector<std::uint32_t> bits;

  void put(bit_writer& w, std::size_t symbol) const { w.put(bits[symbol], length[symbol]); }
};

/// Huffman's code for these counts with no code longer than `limit`. Counts are halved until it fits, which costs a
/// fraction of a per cent. At least two symbols get a code, because decoders refuse most incomplete ones.
inline prefix_code huffman(std::vector<std::uint32_t> counts, int limit) {
  const std::size_t n = counts.size();
  for (std::size_t s = 0; s < 2; ++s)
    if (std::count_if(counts.begin(), counts.end(), [](auto c) { return c != 0; }) < 2)
      counts[s] = std::max(counts[s], 1u);

  prefix_code code{std::vector<int>(n), std::vector<std::uint32_t>(n)};
  for (bool fits = false; !fits;) {
    struct node {
      std::uint64_t weight;
      std::size_t left, right;
    };
    std::vector<node> nodes;
    std::vector<std::size_t> symbol;
    for (std::size_t s = 0; s < n; ++s)
      if (counts[s]) symbol.push_back(s);
    std::sort(symbol.begin(), symbol.end(),
              [&](auto a, auto b) { return std::pair(counts[a], a) < std::pair(counts[b], b); });
    for (const auto s : symbol) nodes.push_back({counts[s], 0, 0});
    // Two queues, each ascending: the leaves, and the inner nodes in the order in which they are made.
    const std::size_t leaves = nodes.size();
    std::size_t leaf = 0, inner = leaves;
    const auto next = [&] {
      const bool take_leaf = leaf < leaves && (inner == nodes.size() || nodes[leaf].weight <= nodes[inner].weight);
      return take_leaf ? leaf++ : inner++;
    };
    while (nodes.size() < 2 * leaves - 1) {
      const std::size_t a = next(), b = next();
      nodes.push_back({nodes[a].weight + nodes[b].weight, a, b});
    }
    std::vector<int> depth(nodes.size());
    for (std::size_t i = nodes.size(); i-- > leaves;) depth[nodes[i].left] = depth[nodes[i].right] = depth[i] + 1;
    fits = *std::max_element(depth.begin(), depth.begin() + static_cast<std::ptrdiff_t>(leaves)) <= limit;
    for (std::size_t i = 0; i < leaves; ++i) code.length[symbol[i]] = depth[i];
    for (auto& c : counts) c = (c + 1) / 2;
  }

  std::uint32_t value = 0;
  for (int length = 1; length <= limit; ++length, value <<= 1)
    for (std::size_t s = 0; s < n; ++s)
      if (code.length[s] == length) {
        std::uint32_t reversed = 0;
        for (int i = 0; i < length; ++i) reversed |= (value >> i & 1u) << (length - 1 - i);
        code.bits[s] = reversed;
        ++value;
      }
  return code;
}

/// A literal byte (length 0) or a repetition of `length` bytes from `distance` bytes back.
struct token {
  std::uint16_t length, distance;
  std::uint8_t literal;
};

struct ranged_symbol {
  std::size_t symbol;
  std::uint32_t extra;
  int extra_bits;
};

/// RFC 1951, 3.2.5: lengths 3..258 in symbols 257..285.
inline ranged_symbol length_symbol(std::uint32_t length) {
  if (length == 258) return {285, 0, 0};
  std::uint32_t base = 3;
  for (std::size_t s = 0;; ++s) {
    const int bits = s < 8 ? 0 : static_cast<int>(s / 4) - 1;
    const std::uint32_t next = base + (1u << bits);
    if (length < next) return {257 + s, length - base, bits};
    base = next;
  }
}

/// RFC 1951, 3.2.5: distances 1..32768 in symbols 0..29.
inline ranged_symbol distance_symbol(std::uint32_t distance) {
  std::uint32_t base = 1;
  for (std::size_t s = 0;; ++s) {
    const int bits = s < 4 ? 0 : static_cast<int>(s / 2) - 1;
    const std::uint32_t next = base + (1u << bits);
    if (distance < next) return {s, distance - base, bits};
    base = next;
  }
}

/// LZ77 with hash chains over a window of 32 KiB, greedy.
inline std::vector<token> find_repetitions(std::span<const std::byte> in) {
  constexpr std::size_t window = 32768, longest = 258, patience = 256;
  constexpr std::size_t buckets = 1u << 15, none = static_cast<std::size_t>(-1);
  std::vector<std::size_t> head(buckets, none), previous(window, none);
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(in[i]); };
  const auto insert = [&](std::size_t i) {
    if (i + 3 > in.size()) return none;
    auto& first = head[((byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2)) * 2654435761u) >> 17];
    const std::size_t candidate = first;
    previous[i % window] = candidate;
    first = i;
    return candidate;
  };

  std::vector<token> tokens;
  for (std::size_t i = 0; i < in.size();) {
    std::size_t best = 0, distance = 0, candidate = insert(i);
    const std::size_t room = std::min(longest, in.size() - i);
    for (std::size_t tries = 0; tries < patience && candidate != none && i - candidate < window && best < room;
         ++tries) {
      std::size_t n = 0;
      if (in[candidate + best] == in[i + best])
        while (n < room && in[candidate + n] == in[i + n]) ++n;
      if (n > best) best = n, distance = i - candidate;
      candidate = previous[candidate % window];
    }
    if (best < 3) {
      tokens.push_back({0, 0, static_cast<std::uint8_t>(in[i++])});
      continue;
    }
    tokens.push_back({static_cast<std::uint16_t>(best), static_cast<std::uint16_t>(distance), 0});
    for (std::size_t k = 1; k < best; ++k) insert(i + k);
    i += best;
  }
  return tokens;
}

/// One block with its own Huffman codes (RFC 1951, 3.2.7).
inline void write_block(bit_writer& w, std::span<const token> tokens, bool last) {
  std::vector<std::uint32_t> literal_count(286), distance_count(30);
  for (const auto& t : tokens)
    if (t.length == 0) {
      ++literal_count[t.literal];
    } else {
      ++literal_count[length_symbol(t.length).symbol];
      ++distance_count[distance_symbol(t.distance).symbol];
    }
  literal_count[256] = 1;
  const prefix_code literals = huffman(literal_count, 15), distances = huffman(distance_count, 15);

  // The two lists of code lengths, run-length coded by symbols 16 (repeat), 17 and 18 (zeros), and these
  // Huffman-coded in turn.
  struct run {
    std::size_t symbol;
    std::uint32_t extra;
    int extra_bits;
  };
  std::vector<int> lengths = literals.length;
  lengths.insert(lengths.end(), distances.length.begin(), distances.length.end());
  std::vector<run> runs;
  for (std::size_t i = 0; i < lengths.size();) {
    std::size_t n = 1;
    while (i + n < lengths.size() && lengths[i + n] == lengths[i] && n < 138) ++n;
    if (lengths[i] == 0 && n >= 3) {
      runs.push_back(n <= 10 ? run{17, static_cast<std::uint32_t>(n - 3), 3}
                             : run{18, static_cast<std::uint32_t>(n - 11), 7});
      i += n;
    } else if (lengths[i] != 0 && n >= 4) {
      n = std::min<std::size_t>(n, 7);
      runs.push_back({static_cast<std::size_t>(lengths[i]), 0, 0});
      runs.push_back({16, static_cast<std::uint32_t>(n - 4), 2});
      i += n;
    } else {
      runs.push_back({static_cast<std::size_t>(lengths[i++]), 0, 0});
    }
  }
  std::vector<std::uint32_t> run_count(19);
  for (const auto& r : runs) ++run_count[r.symbol];
  const prefix_code run_code = huffman(run_count, 7);

  constexpr std::array<std::size_t, 19> order{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  w.put(last ? 1 : 0, 1);
  w.put(2, 2);
  w.put(286 - 257, 5);
  w.put(30 - 1, 5);
  w.put(19 - 4, 4);
  for (const auto s : order) w.put(static_cast<std::uint32_t>(run_code.length[s]), 3);
  for (const auto& r : runs) {
    run_code.put(w, r.symbol);
    w.put(r.extra, r.extra_bits);
  }
  for (const auto& t : tokens) {
    if (t.length == 0) {
      literals.put(w, t.literal);
      continue;
    }
    const auto length = length_symbol(t.length), distance = distance_symbol(t.distance);
    literals.put(w, length.symbol);
    w.put(length.extra, length.extra_bits);
    distances.put(w, distance.symbol);
    w.put(distance.extra, distance.extra_bits);
  }
  literals.put(w, 256);
}

/// Adler-32 (RFC 1950, 8.2).
inline std::uint32_t adler32(std::span<const std::byte> in) {
  std::uint32_t a = 1, b = 0;
  for (const auto x : in) {
    a = (a + std::to_integer<std::uint32_t>(x)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

}  // namespace detail

/// A zlib stream (RFC 1950) of DEFLATE blocks (RFC 1951): LZ77 and Huffman codes made for the data. Small rather
/// than fast: it is meant for pictures of a report, not for bulk data. Any zlib inflates it.
inline std::vector<std::byte> compress(std::span<const std::byte> in) {
  std::vector<std::byte> out{std::byte{0x78}, std::byte{0xda}};
  detail::bit_writer w{out};
  const auto tokens = detail::find_repetitions(in);
  constexpr std::size_t block = 1u << 16;
  std::size_t first = 0;
  do {
    const std::size_t n = std::min(block, tokens.size() - first);
    detail::write_block(w, std::span{tokens}.subspan(first, n), first + n == tokens.size());
    first += n;
  } while (first < tokens.size());
  w.finish();
  const std::uint32_t sum = detail::adler32(in);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(sum >> shift & 0xff));
  return out;
}

}  // namespace genet::png
