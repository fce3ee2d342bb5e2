#include "genet/data/utf8.hpp"

#include <doctest/doctest.h>

#include "files.hpp"

using namespace genet;
using namespace std::string_literals;

namespace {

std::string refused(const std::string& bytes) {
  return message([&] { data::decode_utf8(bytes, "a.txt"); });
}

}  // namespace

TEST_CASE("every code point survives encoding and decoding") {
  std::u32string all;
  for (char32_t c = 0; c <= 0x10FFFF; ++c)
    if (c < 0xD800 || c >= 0xE000) all += c;
  const auto text = data::encode_utf8(all);
  CHECK(text.size() == 0x80 + 2 * (0x800 - 0x80) + 3 * (0x10000 - 0x800 - 0x800) + 4 * 0x100000);
  CHECK(data::first_invalid_utf8(text) == text.npos);
  CHECK(data::decode_utf8(text) == all);
}

TEST_CASE("the bytes are those of RFC 3629") {
  CHECK(data::encode_utf8(U"A\u2262\u0391.") == "\x41\xE2\x89\xA2\xCE\x91\x2E");
  CHECK(data::encode_utf8(U"\uD55C\uAD6D\uC5B4") == "\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4");
  CHECK(data::decode_utf8("\xF0\xA3\x8E\xB4") == U"\U000233B4");
  static_assert(data::decode_at("\xE2\x82\xAC", 0).code == U'\u20AC');
}

TEST_CASE("a sequence of two, three and four bytes is valid as the standard's table 3-7 says, and not otherwise") {
  const auto valid = [](int a, int b, int c = -1, int d = -1) {
    std::string s{static_cast<char>(a), static_cast<char>(b)};
    if (c >= 0) s += static_cast<char>(c);
    if (d >= 0) s += static_cast<char>(d);
    return data::first_invalid_utf8(s) == s.npos;
  };
  const auto within = [](int x, int low, int high) { return x >= low && x <= high; };
  long wrong = 0;
  for (int a = 0x80; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      wrong += valid(a, b) != (within(a, 0xC2, 0xDF) && within(b, 0x80, 0xBF));
      wrong +=
          valid(a, b, 0x80) != (within(a, 0xE0, 0xEF) && within(b, a == 0xE0 ? 0xA0 : 0x80, a == 0xED ? 0x9F : 0xBF));
      wrong += valid(a, b, 0xBF, 0x80) !=
               (within(a, 0xF0, 0xF4) && within(b, a == 0xF0 ? 0x90 : 0x80, a == 0xF4 ? 0x8F : 0xBF));
    }
  CHECK(wrong == 0);
}

TEST_CASE("what is wrong is said, with byte and line") {
  CHECK(refused("ab\ncd\xC0\xAF") == "bad_input a.txt: byte 5 (line 2): found an overlong form, expected UTF-8");
  CHECK(has(refused("\xE0\x80\x80"), "byte 0 (line 1): found an overlong form"));
  CHECK(has(refused("\xF0\x8F\xBF\xBF"), "an overlong form"));
  CHECK(has(refused("a\x80"), "byte 1 (line 1): found a continuation byte without a first byte"));
  CHECK(has(refused("\xED\xA0\x80"), "half of a surrogate pair"));
  CHECK(has(refused("\xF4\x90\x80\x80"), "a value above U+10FFFF"));
  CHECK(has(refused("\xF5\x80\x80\x80"), "a value above U+10FFFF"));
  CHECK(has(refused("\xFF\xFE"
                    "a\0"s),
            "a byte that UTF-8 does not have"));
  CHECK(has(refused("ab\xE2\x82"), "byte 2 (line 1): found a character that is cut off"));
  CHECK(has(refused("\xC3("), "byte 0 (line 1): found a character that is cut off"));
  CHECK(has(message([] { data::encode_utf8(std::u32string(1, 0xD800)); }), "found code point 55296"));
  CHECK(has(message([] { data::encode_utf8(std::u32string(1, 0x110000)); }), "found code point 1114112"));
}
