#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "../declare/error.hpp"

namespace genet::inline GENET_ISA::data {

/// What stands at a place of a text: a code point of `length` bytes, or why there is none.
struct utf8_step {
  char32_t code = 0;
  std::size_t length = 1;
  const char* fault = nullptr;  // null where the bytes are valid
};

/// Decodes the code point that begins at byte `at` of the text.
constexpr utf8_step decode_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  if (lead < 0x80) return {lead};
  if (lead < 0xC0) return {0, 1, "a continuation byte without a first byte"};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (lead < 0xC2) return {0, 1, "an overlong form"};
  if (lead > 0xF4) return {0, 1, lead < 0xF8 ? "a value above U+10FFFF" : "a byte that UTF-8 does not have"};
  char32_t code = lead & (0x7Fu >> length);
  for (std::size_t k = 1; k < length; ++k) {
    if (at + k >= text.size() || (byte(at + k) & 0xC0) != 0x80) return {0, 1, "a character that is cut off"};
    code = code << 6 | (byte(at + k) & 0x3Fu);
  }
  if (code < (length == 3 ? 0x800u : length == 4 ? 0x10000u : 0x80u)) return {0, 1, "an overlong form"};
  if (code >= 0xD800 && code < 0xE000) return {0, 1, "half of a surrogate pair"};
  if (code > 0x10FFFF) return {0, 1, "a value above U+10FFFF"};
  return {code, length};
}

/// Position of the first byte that does not belong to valid UTF-8 (overlong forms, surrogates and values above
/// U+10FFFF are invalid), or npos. RFC 3629.
constexpr std::size_t first_invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto step = decode_at(text, i);
    if (step.fault) return i;
    i += step.length;
  }
  return std::string_view::npos;
}

/// Throws bad_input unless the text is UTF-8: `origin: byte 17 (line 2): found an overlong form, expected UTF-8`.
inline void require_utf8(std::string_view text, std::string_view origin) {
  const std::size_t at = first_invalid_utf8(text);
  if (at == text.npos) return;
  long line = 1;
  for (const char c : text.substr(0, at)) line += c == '\n';
  errors::raise<bad_input>(
      {origin, ": byte ", at, " (line ", line, "): found ", decode_at(text, at).fault, ", expected UTF-8"});
}

/// The code points of a text. Throws bad_input as require_utf8.
inline std::u32string decode_utf8(std::string_view text, std::string_view origin = "text") {
  require_utf8(text, origin);
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto step = decode_at(text, i);
    out += step.code;
    i += step.length;
  }
  return out;
}

/// Appends a code point. Throws bad_input for surrogates and values above U+10FFFF.
inline void append_utf8(std::string& to, char32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
    errors::raise<bad_input>({"append_utf8: found code point ", static_cast<unsigned long>(c),
                              ", expected one of Unicode that is no surrogate"});
  const auto put = [&](char32_t bits) { to += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
  }
  if (c >= 0x800) put(0x80 | (c >> 6 & 0x3F));
  if (c >= 0x80) put(0x80 | (c & 0x3F));
}

/// The text of code points.
inline std::string encode_utf8(std::u32string_view codes) {
  std::string out;
  for (const char32_t c : codes) append_utf8(out, c);
  return out;
}

}  // namespace genet::inline GENET_ISA::data
