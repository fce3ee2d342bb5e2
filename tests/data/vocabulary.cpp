#include "genet/data/vocabulary.hpp"

#include <doctest/doctest.h>

#include "files.hpp"
#include "genet/data/text.hpp"
#include "genet/io/vocabulary_file.hpp"

using namespace genet;
using data::special;
using data::vocabulary;
using ids = std::vector<std::int32_t>;
using tokens = std::vector<std::string_view>;

TEST_CASE("the most frequent tokens first, equal ones by their bytes") {
  const auto v = vocabulary::build(tokens{"b", "a", "c", "b", "a", "d", "b"});
  CHECK(v.size() == 4);
  CHECK(v.encode(tokens{"b", "a", "c", "d"}) == ids{0, 1, 2, 3});
  CHECK(vocabulary::build(tokens{"b", "a", "c", "b"}, {.limit = 2}).text() == "b\na\n");
  CHECK(vocabulary::build(tokens{"b", "a", "c", "b"}, {.least = 2}).text() == "b\n");
  CHECK(v.id_of(special::unknown) == -1);
}

TEST_CASE("special tokens") {
  const auto v =
      vocabulary::build(tokens{"a", "b", "a"}, {.padding = true, .unknown = true, .start = true, .end = true});
  CHECK(v.size() == 6);
  CHECK(v.encode(tokens{"a", "x", "b"}, true, true) == ids{2, 4, 1, 5, 3});
  CHECK(v.decode(ids{2, 4, 1, 5, 3, 0, 0, 4}) == tokens{"a", "\xEF\xBF\xBD", "b"});
  CHECK(v.is_special(0));
  CHECK_FALSE(v.is_special(4));
  CHECK(vocabulary::build(tokens{"a", "b", "a"}, {.limit = 3, .padding = true, .end = true}).size() == 3);
}

TEST_CASE("what is not in the vocabulary") {
  const auto v = vocabulary::build(tokens{"a", "b"});
  CHECK(
      message([&] {
        v.encode(tokens{"a", "\n"});
      }) ==
      "bad_input vocabulary: token 1: found \"\\n\", expected one of the 2 entries (or a vocabulary with `unknown`)");
  CHECK(has(message([&] { v.decode(ids{0, 2}); }), "found token 2, expected 0 to 1"));
  CHECK(has(message([&] { v.decode(ids{-1}); }), "found token -1"));
  CHECK(has(message([&] { v.encode(tokens{"a"}, true); }), "usage_error vocabulary: found no special token start"));
  CHECK(has(message([] { vocabulary::build(tokens{}); }), "found no token that occurs 1 times"));
  CHECK(has(message([] { vocabulary::build(tokens{"a"}, {.limit = 1, .end = true}); }),
            "usage_error vocabulary: found a limit of 1"));
}

TEST_CASE("a file holds it, whatever the tokens are") {
  const place p;
  const tokens odd{"\n", "\r", "\t", "\\", " ", " a ", "a b", "\\n", "\\end", "#", "\u4e2d", "\x01"};
  const auto v = vocabulary::build(odd, {.padding = true, .end = true});
  io::write_vocabulary(p.path / "v.txt", v);
  const auto again = vocabulary::read(p.path / "v.txt");
  CHECK(again == v);
  CHECK(again.encode(odd) == v.encode(odd));
  CHECK(again.id_of(special::end) == 1);
  CHECK(again.text() == v.text());
  CHECK(vocabulary::parse("\\start\r\n\\s\r\na\\nb", "v").entry(2) == "a\nb");
}

TEST_CASE("what is no vocabulary") {
  const auto refused = [](std::string_view text) { return message([&] { vocabulary::parse(text, "v.txt"); }); };
  CHECK(refused("") == "bad_input v.txt: found an empty file, expected a vocabulary: an entry a line");
  CHECK(has(refused("a\n\nb\n"), "v.txt: line 2: found an empty line"));
  CHECK(has(refused("a\nb\na\n"), "line 3: found the entry of line 1 again"));
  CHECK(has(refused("\\end\nb\n\\end\n"), "line 3: found \\end twice"));
  CHECK(has(refused("a\n\\x\n"), "line 2: found a backslash before 'x'"));
  CHECK(has(refused("a\\\n"), "line 1: found a backslash before"));
}
