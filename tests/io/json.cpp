#include <doctest/doctest.h>

#include <string>

#include "genet/io/json.hpp"

using namespace genet;
using io::json_cursor;

namespace {

json_cursor at(std::string_view text) { return {text, 8, "some.file"}; }

std::string message(auto&& action) {
  try {
    action();
  } catch (const bad_input& e) {
    return e.what();
  }
  return "nothing thrown";
}

}  // namespace

TEST_CASE("UTF-8 is told from what is not") {
  const auto valid = std::string::npos;
  CHECK(io::first_invalid_utf8("") == valid);
  CHECK(io::first_invalid_utf8("a\x7F\xC2\x80\xDF\xBF") == valid);
  CHECK(io::first_invalid_utf8("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF") == valid);
  CHECK(io::first_invalid_utf8("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF") == valid);
  // RFC 3629, section 4: everything outside of its table
  CHECK(io::first_invalid_utf8("ab\x80") == 2);            // continuation alone
  CHECK(io::first_invalid_utf8("a\xC0\x80") == 1);         // overlong
  CHECK(io::first_invalid_utf8("\xC1\xBF") == 0);          // overlong
  CHECK(io::first_invalid_utf8("\xE0\x9F\xBF") == 0);      // overlong
  CHECK(io::first_invalid_utf8("\xF0\x8F\xBF\xBF") == 0);  // overlong
  CHECK(io::first_invalid_utf8("\xED\xA0\x80") == 0);      // surrogate
  CHECK(io::first_invalid_utf8("\xF4\x90\x80\x80") == 0);  // above U+10FFFF
  CHECK(io::first_invalid_utf8("\xF5\x80\x80\x80") == 0);
  CHECK(io::first_invalid_utf8("\xFF") == 0);
  CHECK(io::first_invalid_utf8("abc\xC3") == 3);  // truncated
  CHECK(io::first_invalid_utf8("abc\xE2\x82") == 3);
  CHECK(io::first_invalid_utf8("\xE2\x28\xA1") == 0);
  CHECK(io::first_invalid_utf8(std::string_view("\xC3\x80", 1)) == 0);  // nothing behind the view is looked at
}

TEST_CASE("strings are quoted with as few escapes as JSON allows") {
  CHECK(io::json_quote("plain / text") == "\"plain / text\"");
  CHECK(io::json_quote("\"\\\b\f\n\r\t") == "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
  CHECK(io::json_quote(std::string_view("\0\x1F\x7F", 3)) == "\"\\u0000\\u001f\x7F\"");
  CHECK(io::json_quote("\xE2\x82\xAC") == "\"\xE2\x82\xAC\"");
  for (const auto& text : {std::string("a\0b", 3), std::string("\x01\"\\\n\xF0\x9F\x98\x80")}) {
    const auto quoted = io::json_quote(text);
    CHECK(at(quoted).string("s") == text);
  }
}

TEST_CASE("long names are shortened in messages, between characters") {
  const std::string euros = "\xE2\x82\xAC";
  std::string name = "x";
  for (int i = 0; i < 40; ++i) name += euros;
  const auto shown = io::quoted_for_message(name);
  CHECK(shown.find("... (121 bytes)") != std::string::npos);
  CHECK(shown.size() < 110);
  CHECK(io::first_invalid_utf8(shown) == std::string::npos);
}

TEST_CASE("strings are unescaped") {
  CHECK(at(R"( "a\"\\\/\b\f\n\r\tz")").string("s") == "a\"\\/\b\f\n\r\tz");
  CHECK(at(R"("\u0041\u00e9\u20AC\ud83d\uDE00")").string("s") == "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(at(R"("\u0000")").string("s") == std::string(1, '\0'));
}

TEST_CASE("malformed strings are refused") {
  CHECK(message([] { at("abc").string("a name"); }) == "some.file: byte 8 (header): found 'a', expected a name");
  CHECK(message([] { at("").string("a name"); }) ==
        "some.file: byte 8 (header): found the end of the header, expected a name");
  CHECK(message([] { at(" \"abc").string("s"); }).find("byte 9 (header): found a string without end") !=
        std::string::npos);
  CHECK(message([] { at("\"a\nb\"").string("s"); }).find("byte 10 (header): found byte 0x0A") != std::string::npos);
  CHECK(message([] { at(R"("\x")").string("s"); }).find("after a backslash") != std::string::npos);
  CHECK(message([] { at("\"\\").string("s"); }).find("after a backslash") != std::string::npos);
  for (const char* s : {R"("\u12")", R"("\u12G4")", "\"\\u00", R"("\ud800\u12")"}) {
    CHECK(message([&] { at(s).string("s"); }).find("four hexadecimal digits") != std::string::npos);
  }
  for (const char* s : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud83dA")", R"("\ud83d\n")"}) {
    CHECK(message([&] { at(s).string("s"); }).find("half of a surrogate pair") != std::string::npos);
  }
}

TEST_CASE("integers are plain digits in their range") {
  CHECK(at("0").integer(10, "n") == 0);
  CHECK(at(" 10,").integer(10, "n") == 10);
  CHECK(at("18446744073709551615").integer(~0ull, "n") == ~0ull);
  CHECK(message([] { at("11").integer(10, "n"); }).find("found \"11\", expected at most 10") != std::string::npos);
  for (const char* s : {"18446744073709551616", "99999999999999999999", "184467440737095516150"}) {
    CHECK(message([&] { at(s).integer(~0ull, "n"); }).find("expected at most 18446744073709551615") !=
          std::string::npos);
  }
  CHECK(message([] { at("01").integer(10, "n"); }).find("leading zeros") != std::string::npos);
  CHECK(message([] { at("00").integer(10, "n"); }).find("leading zeros") != std::string::npos);
  for (const char* s : {"1.0", "1e3", "1E3", "0.5"}) {
    CHECK(message([&] { at(s).integer(10000, "a count"); }).find("fraction or exponent, expected a count") !=
          std::string::npos);
  }
  for (const char* s : {"-1", "+1", "\"1\"", "true", "null", "[1]", "", ".5", "NaN"}) {
    CHECK(message([&] { at(s).integer(10, "a count"); }).find("expected a count") != std::string::npos);
  }
}

TEST_CASE("punctuation is taken after white space only") {
  auto c = at(" \t\r\n{ :}x");
  c.expect('{', "an object");
  CHECK_FALSE(c.accept('}'));
  CHECK(c.accept(':'));
  CHECK(c.accept('}'));
  CHECK(c.rest() == "x");
  CHECK(c.position() == 8);
  CHECK(message([&] { c.expect(',', "a comma"); }) == "some.file: byte 16 (header): found 'x', expected a comma");
  CHECK_FALSE(at("\v{").accept('{'));
}
