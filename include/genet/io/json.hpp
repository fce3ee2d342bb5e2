#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>

#include "../data/utf8.hpp"
#include "../declare/error.hpp"

namespace genet::inline GENET_ISA::io {

using data::first_invalid_utf8;

/// `text` (valid UTF-8) as a JSON string with its quotes. Escapes only what must be escaped.
[[gnu::cold]] inline std::string json_quote(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef", meant = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
  std::string out = "\"";
  for (char c : text) {
    if (const auto which = meant.find(c); which != meant.npos) {
      out += '\\';
      c = letters[which];
    } else if (const auto u = static_cast<unsigned char>(c); u < 0x20) {
      out += u < 0x10 ? "\\u000" : "\\u001";
      c = hex[u & 15];
    }
    out += c;
  }
  return out += '"';
}

/// A name from a file, fit for a message: quoted, escaped, shortened when longer than 80 bytes.
inline std::string quoted_for_message(std::string_view text) {
  if (text.size() <= 80) return json_quote(text);
  std::size_t cut = 80;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return errors::join({json_quote(text.substr(0, cut)), "... (", text.size(), " bytes)"});
}

/// Reads a JSON text whose structure the caller knows: each word below either takes what comes next or refuses with
/// bad_input that says the byte, what was found and what was expected. No recursion, no tree, nothing allocated but
/// the strings asked for. The text must be valid UTF-8 and outlive the cursor.
class json_cursor {
 public:
  /// `first_byte`: position of the text in its file, for messages; `name`: the file.
  json_cursor(std::string_view text, std::uint64_t first_byte, std::string_view name)
      : text_(text), first_byte_(first_byte), name_(name) {}

  std::size_t position() const { return at_; }
  std::string_view rest() const { return text_.substr(at_); }

  [[noreturn, gnu::cold]] void fail(std::size_t position, std::initializer_list<errors::piece> message) const {
    errors::raise<bad_input>(
        {name_, ": byte ", first_byte_ + position, " (header): ", errors::join(message)});
  }
  [[noreturn, gnu::cold]] void fail_expected(std::initializer_list<errors::piece> expected) const {
    fail(at_, {"found ", found(), ", expected ", errors::join(expected)});
  }

  // What was expected is said in up to three pieces, a name in their middle: most calls never need them joined.

  /// Takes `c`, after white space, if it is next.
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c, std::string_view expected, std::string_view name = {}, std::string_view more = {}) {
    if (!accept(c)) fail_expected({expected, name, more});
  }

  /// A string, unescaped.
  std::string string(std::string_view expected, std::string_view name = {}, std::string_view more = {}) {
    expect('"', expected, name, more);
    const std::size_t start = at_ - 1;
    std::string out;
    for (;;) {
      if (at_ >= text_.size()) fail(start, {"found a string without end, expected a closing '\"'"});
      const char c = text_[at_];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20) fail_expected({"control characters in strings as \\u00XX"});
      if (c == '\\') {
        escape(out);
      } else {
        out += c;
        ++at_;
      }
    }
    ++at_;
    return out;
  }

  /// A number without sign, fraction and exponent, at most `limit`.
  std::uint64_t integer(std::uint64_t limit, std::string_view expected, std::string_view name = {},
                        std::string_view more = {}) {
    skip_space();
    const std::size_t start = at_;
    if (at_ >= text_.size() || !is_digit(text_[at_])) fail_expected({expected, name, more});
    std::uint64_t value = 0;
    bool over = false;
    while (at_ < text_.size() && is_digit(text_[at_])) {
      const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
      over = over || value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10;
      value = value * 10 + digit;
      ++at_;
    }
    const auto refuse = [&](errors::piece expected_before, errors::piece n) {
      fail(start, {"found ", quoted_for_message(text_.substr(start, at_ - start)), ", expected ", expected_before, n});
    };
    if (text_[start] == '0' && at_ - start > 1) refuse("a number without leading zeros", "");
    if (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E'))
      fail(start, {"found a number with fraction or exponent, expected ", expected, name, more});
    if (over || value > limit) refuse("at most ", limit);
    return value;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  [[gnu::cold]] std::string found() const {
    if (at_ >= text_.size()) return "the end of the header";
    const auto u = static_cast<unsigned char>(text_[at_]);
    if (u > 0x20 && u < 0x7F) return std::string("'") + text_[at_] + "'";
    constexpr std::string_view hex = "0123456789ABCDEF";
    return std::string("byte 0x") + hex[u >> 4] + hex[u & 15];
  }

  /// Four hexadecimal digits.
  unsigned code_unit() {
    unsigned value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const int digit = is_digit(c)            ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) fail_expected({"four hexadecimal digits after \\u"});
      value = value * 16 + static_cast<unsigned>(digit);
    }
    return value;
  }

  /// The escape at the cursor, which stands on the backslash.
  void escape(std::string& out) {
    const std::size_t start = at_++;
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    if (c != 'u') {
      const auto which = letters.find(c);
      if (which == letters.npos) fail_expected({"one of \"\\/bfnrtu after a backslash"});
      out += meant[which];
      ++at_;
      return;
    }
    ++at_;
    unsigned code = code_unit();
    if (code >= 0xD800 && code <= 0xDFFF) {
      const bool pair = code <= 0xDBFF && text_.substr(at_, 2) == "\\u";
      if (pair) at_ += 2;
      const unsigned low = pair ? code_unit() : 0;
      if (low < 0xDC00 || low > 0xDFFF) fail(start, {"found half of a surrogate pair, expected both halves"});
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    const auto put = [&](unsigned byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | (code >> 6));
      put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      put(0xE0 | (code >> 12));
      put(0x80 | ((code >> 6) & 0x3F));
      put(0x80 | (code & 0x3F));
    } else {
      put(0xF0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3F));
      put(0x80 | ((code >> 6) & 0x3F));
      put(0x80 | (code & 0x3F));
    }
  }

  std::string_view text_;
  std::uint64_t first_byte_;
  std::string_view name_;
  std::size_t at_ = 0;
};

}  // namespace genet::io
