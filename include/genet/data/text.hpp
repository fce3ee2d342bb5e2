#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "utf8.hpp"

namespace genet::inline GENET_ISA::data {

/// What counts as a token of a text.
enum class text_level : unsigned char {
  characters,  ///< every code point
  words,       ///< words and numbers, with apostrophes inside; every other visible character, so also every Han
               ///< character and kana, which are written without spaces
  spaced,      ///< what stands between white space: texts that somebody has divided already
};

namespace detail {

struct code_range {
  char32_t first, last;
};

constexpr bool within(char32_t c, const code_range* begin, const code_range* end) {
  return std::any_of(begin, end, [=](code_range r) { return c >= r.first && c <= r.last; });
}

/// White space of Unicode.
constexpr bool is_space(char32_t c) {
  constexpr code_range spaces[] = {{9, 13},          {' ', ' '},       {0x85, 0x85},     {0xA0, 0xA0},
                                   {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F},
                                   {0x205F, 0x205F}, {0x3000, 0x3000}};
  return within(c, std::begin(spaces), std::end(spaces));
}

/// Does it make words together with its neighbours? Everything beyond ASCII does but for the blocks of punctuation,
/// symbols, pictures and of scripts without spaces.
constexpr bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  constexpr code_range others[] = {
      {0x80, 0xA9},      {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},     {0xD7, 0xD7},     {0xF7, 0xF7},
      {0x55A, 0x55F},    {0x589, 0x58A},   {0x5BE, 0x5BE},   {0x5F3, 0x5F4},   {0x60C, 0x60D},   {0x61B, 0x61F},
      {0x66A, 0x66D},    {0x6D4, 0x6D4},   {0x964, 0x965},   {0xE00, 0xEFF},   {0x1000, 0x109F}, {0x1680, 0x1680},
      {0x1780, 0x17FF},  {0x2000, 0x206F}, {0x20A0, 0x2BFF}, {0x2E00, 0x2FDF}, {0x3000, 0xA4CF}, {0xE000, 0xFAFF},
      {0xFE10, 0xFE6F},  {0xFF00, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFFFF}, {0x1F000, 0x1FAFF},
      {0x20000, 0x3FFFF}};
  return !within(c, std::begin(others), std::end(others));
}

}  // namespace detail

/// The tokens of a text as slices of it. Throws bad_input where the text is not UTF-8.
inline std::vector<std::string_view> split_tokens(std::string_view text, text_level level) {
  require_utf8(text, "split_tokens");
  const auto at = [&](std::size_t i) { return i < text.size() ? decode_at(text, i) : utf8_step{' ', 0}; };
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    const auto first = at(i);
    i += first.length;
    if (level == text_level::characters) {
      out.push_back(text.substr(begin, i - begin));
      continue;
    }
    if (detail::is_space(first.code)) continue;
    if (level == text_level::spaced) {
      while (i < text.size() && !detail::is_space(at(i).code)) i += at(i).length;
    } else if (detail::is_letter(first.code)) {
      for (;;) {
        const auto next = at(i);
        const bool apostrophe =
            (next.code == '\'' || next.code == U'\u2019') && detail::is_letter(at(i + next.length).code);
        if (!apostrophe && !detail::is_letter(next.code)) break;
        i += next.length;
      }
    }
    out.push_back(text.substr(begin, i - begin));
  }
  return out;
}

/// Tokens as a text again: characters without, words with a space between them.
template <class Tokens>
std::string join_tokens(const Tokens& tokens, text_level level) {
  std::string out;
  for (const std::string_view token : tokens) {
    if (level != text_level::characters && !out.empty()) out += ' ';
    out += token;
  }
  return out;
}

}  // namespace genet::inline GENET_ISA::data
