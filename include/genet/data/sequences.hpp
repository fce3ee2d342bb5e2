#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "../random/distributions.hpp"
#include "../random/streams.hpp"

namespace genet::inline GENET_ISA::data {

/// Sequences of tokens of any lengths.
using documents = std::vector<std::vector<std::int32_t>>;

/// Sequences of one length in memory: `count` rows of `length` tokens, and which of them count: what the sources
/// `tokens<Vocabulary, Length>` and `mask<Length>` take.
struct sequences {
  long count = 0;
  long length = 0;
  std::vector<std::int32_t> tokens;  // count * length, row after row
  std::vector<std::int32_t> mask;    // the same size: 1, or 0 for padding

  std::span<const std::int32_t> row(long i) const { return at(tokens, i); }
  std::span<const std::int32_t> mask_row(long i) const { return at(mask, i); }
  /// Tokens that are no padding.
  long counted() const { return static_cast<long>(std::ranges::count(mask, 1)); }

 private:
  std::span<const std::int32_t> at(const std::vector<std::int32_t>& of, long i) const {
    return std::span(of).subspan(static_cast<std::size_t>(i * length), static_cast<std::size_t>(length));
  }
};

/// Where a sequence stands in a longer row.
enum class alignment : unsigned char { left, right, centre };

/// How sequences become rows of one length.
struct padding_options {
  alignment align = alignment::left;
  bool cut = false;          ///< longer ones lose their end, start or both, as aligned; else they are refused
  std::int32_t padding = 0;  ///< the token beside them; the mask is 0 there
};

/// Throws bad_input unless all tokens are below `limit`: `sequence 3, position 5: found token 77, expected 0 to 49`.
inline void check_tokens(const documents& from, long limit) {
  for (std::size_t i = 0; i < from.size(); ++i)
    for (std::size_t k = 0; k < from[i].size(); ++k)
      if (from[i][k] < 0 || from[i][k] >= limit)
        errors::raise<bad_input>(
            {"sequence ", i, ", position ", k, ": found token ", from[i][k], ", expected 0 to ", limit - 1});
}

/// Rows of `length` tokens with their mask. A sequence with an odd number of places beside it stands nearer to the
/// left when centred. Throws bad_input for empty sequences, and for longer ones unless they are cut.
inline sequences pad(const documents& from, long length, const padding_options& o = {}) {
  if (length < 1) errors::raise<usage_error>({"pad: found length ", length, ", expected at least 1"});
  const auto share_before = [&](long n) {
    return o.align == alignment::left ? 0 : o.align == alignment::right ? n : n / 2;
  };
  sequences out{static_cast<long>(from.size()), length, {}, {}};
  out.tokens.assign(from.size() * static_cast<std::size_t>(length), o.padding);
  out.mask.assign(out.tokens.size(), 0);
  for (long i = 0; i < out.count; ++i) {
    const auto& s = from[static_cast<std::size_t>(i)];
    const auto n = static_cast<long>(s.size());
    if (n == 0) errors::raise<bad_input>({"sequence ", i, " is empty, expected at least one token"});
    if (n > length && !o.cut)
      errors::raise<bad_input>({"sequence ", i, " has ", n, " tokens, the length is ", length});
    const long kept = std::min(n, length), first = share_before(n - kept),
               to = i * length + share_before(length - kept);
    std::copy_n(s.begin() + first, kept, out.tokens.begin() + to);
    std::fill_n(out.mask.begin() + to, kept, 1);
  }
  return out;
}

/// Pieces of `length` tokens that begin every `stride` tokens of each document; what is left at the end of a document
/// is a shorter piece if `partial` and not inside of the piece before. Throws usage_error.
inline documents windows(const documents& from, long length, long stride, bool partial = false) {
  if (length < 1 || stride < 1)
    errors::raise<usage_error>({"windows: found length ", length, " and stride ", stride, ", expected at least 1"});
  documents out;
  for (const auto& d : from) {
    const auto n = static_cast<long>(d.size());
    long done = 0;
    for (long at = 0; at < n && done < n; at += stride) {
      const long end = std::min(at + length, n);
      if (end - at < length && !partial) break;
      out.emplace_back(d.begin() + at, d.begin() + end);
      done = end;
    }
  }
  return out;
}

namespace detail {

/// The bytes of a sequence, to find equal ones by.
inline std::string_view bytes_of(std::span<const std::int32_t> s) {
  return {reinterpret_cast<const char*>(s.data()), s.size_bytes()};
}

inline void check_fraction(double fraction) {
  if (!(fraction >= 0 && fraction < 1))
    throw usage_error("split: found fraction " + std::to_string(fraction) + ", expected 0 <= fraction < 1");
}

}  // namespace detail

struct split_documents {
  documents train, validation;
};

/// Sets the share `fraction` of the sequences, or just below it, chosen at random by `seed`, apart for validation.
/// Equal sequences stay on one side, so that nothing is tested that was trained on; split before cutting windows, or
/// the halves of a text would overlap. Both parts keep the order of the data. Throws usage_error.
inline split_documents split(const documents& all, double fraction, std::uint64_t seed) {
  detail::check_fraction(fraction);
  std::unordered_map<std::string_view, std::size_t> group_of;
  std::vector<std::size_t> group, members;
  for (const auto& d : all) {
    const auto [at, is_new] = group_of.try_emplace(detail::bytes_of(d), members.size());
    if (is_new) members.push_back(0);
    group.push_back(at->second);
    ++members[at->second];
  }
  std::vector<std::uint32_t> order(members.size());
  rng::permutation(std::span(order), rng::key{seed, stream::splitting, 0});
  const auto most = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(all.size())));
  std::vector<bool> apart(members.size());
  std::size_t taken = 0;
  for (const std::uint32_t g : order)
    if (taken + members[g] <= most) {
      apart[g] = true;
      taken += members[g];
    }
  if (most > 0 && taken == all.size())
    errors::raise<usage_error>(
        {"split: found ", all.size(), " sequences, expected enough to leave some to train on"});
  split_documents out;
  for (std::size_t i = 0; i < all.size(); ++i) (apart[group[i]] ? out.validation : out.train).push_back(all[i]);
  return out;
}

/// Splits one long text: its last share is set apart. Throws usage_error.
inline split_documents split(std::span<const std::int32_t> text, double fraction) {
  detail::check_fraction(fraction);
  const auto cut = text.size() - static_cast<std::size_t>(std::lround(fraction * static_cast<double>(text.size())));
  if (cut == 0 && !text.empty()) throw usage_error("split: the fraction leaves nothing of the text to train on");
  const auto head = text.first(cut), tail = text.subspan(cut);
  return {{{head.begin(), head.end()}}, {{tail.begin(), tail.end()}}};
}

/// How often sequences occur more than once.
struct duplicate_report {
  long count = 0;     // sequences
  long distinct = 0;  // different ones
  long most = 0;      // occurrences of the most frequent one
  long example = -1;  // where it occurs first
};

inline duplicate_report find_duplicates(const documents& all) {
  struct occurrences {
    long first, times;
  };
  std::unordered_map<std::string_view, occurrences> found;
  duplicate_report out{static_cast<long>(all.size())};
  for (long i = 0; i < out.count; ++i)
    ++found.try_emplace(detail::bytes_of(all[static_cast<std::size_t>(i)]), occurrences{i, 0}).first->second.times;
  out.distinct = static_cast<long>(found.size());
  for (const auto& [key, o] : found)
    if (o.times > out.most || (o.times == out.most && o.first < out.example))
      out.most = o.times, out.example = o.first;
  return out;
}

}  // namespace genet::inline GENET_ISA::data
