#include "genet/data/text_file.hpp"

#include <doctest/doctest.h>

#include "idx_files.hpp"

using namespace genet;

TEST_CASE("texts of any size, plain and compressed") {
  const place p;
  for (const std::size_t n : {0u, 1u, (1u << 18) - 1, 1u << 18, (1u << 18) + 1, 1'000'000u}) {
    const std::string text(n, 'x');
    CHECK(data::read_text(p.put("a.txt", text)) == text);
    CHECK(data::read_text(p.put("a.txt.gz", gz(text))) == text);
  }
  CHECK(data::read_text(p.put("a.txt", "\xEF\xBB\xBFtext\n")) == "text\n");
}

TEST_CASE("what is no text") {
  const place p;
  const auto refused = [&](std::string_view bytes) {
    return message([&] { data::read_text(p.put("a.txt", bytes)); });
  };
  CHECK(has(refused("\xFF\xFE a"), "a.txt: byte 0: found UTF-16, expected UTF-8"));
  CHECK(has(refused("ab\n\x80"), "a.txt: byte 3 (line 2): found a continuation byte"));
  CHECK(has(refused(std::string_view("ab\0", 3)), "byte 2: found a zero byte"));
}

TEST_CASE("lines") {
  using lines = std::vector<std::string_view>;
  CHECK(data::lines_of("one\ntwo\r\n\n\r\nthree") == lines{"one", "two", "three"});
  CHECK(data::lines_of("").empty());
  CHECK(data::lines_of("a\rb\n") == lines{"a\rb"});
}
