#include "genet/data/text.hpp"

#include <doctest/doctest.h>

#include "files.hpp"

using namespace genet;
using data::split_tokens;
using data::text_level;
using tokens = std::vector<std::string_view>;

TEST_CASE("characters are code points") {
  CHECK(split_tokens("a\u00e4 \u4e2d\U0001F600\n", text_level::characters) ==
        tokens{"a", "\u00e4", " ", "\u4e2d", "\U0001F600", "\n"});
  CHECK(split_tokens("", text_level::characters).empty());
}

TEST_CASE("words, numbers and every other sign") {
  CHECK(split_tokens("Don't panic, 42 times!  (It\u2019s)", text_level::words) ==
        tokens{"Don't", "panic", ",", "42", "times", "!", "(", "It\u2019s", ")"});
  CHECK(
      split_tokens("\u00dcber stra\u00dfe \u2014 \u041c\u043e\u0441\u043a\u0432\u0430\u3000x_1", text_level::words) ==
      tokens{"\u00dcber", "stra\u00dfe", "\u2014", "\u041c\u043e\u0441\u043a\u0432\u0430", "x_1"});
  CHECK(split_tokens("'tis 'a' it'", text_level::words) == tokens{"'", "tis", "'", "a", "'", "it", "'"});
}

TEST_CASE("Han characters and kana are words of their own, Hangul is written with spaces") {
  CHECK(split_tokens("\u6211\u7231\u4f60\u3002", text_level::words) ==
        tokens{"\u6211", "\u7231", "\u4f60", "\u3002"});
  CHECK(split_tokens("\u306d\u3053 GAN\U00020000", text_level::words) ==
        tokens{"\u306d", "\u3053", "GAN", "\U00020000"});
  CHECK(split_tokens("\ud55c\uad6d\uc5b4 \ub9d0", text_level::words) == tokens{"\ud55c\uad6d\uc5b4", "\ub9d0"});
}

TEST_CASE("between white space") {
  CHECK(split_tokens(" a,b\tc\u00a0d \n", text_level::spaced) == tokens{"a,b", "c", "d"});
  CHECK(split_tokens(" \u2003 ", text_level::spaced).empty());
}

TEST_CASE("joined again") {
  for (const auto level : {text_level::characters, text_level::spaced}) {
    const std::string text = "one two \u4e2d";
    CHECK(data::join_tokens(split_tokens(text, level), level) == text);
  }
}

TEST_CASE("no UTF-8") {
  CHECK(has(message([] { split_tokens("ab\xff", text_level::words); }), "byte 2 (line 1)"));
}
