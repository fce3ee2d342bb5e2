#include "genet/data/idx.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "idx_files.hpp"

using namespace genet;

namespace {

std::string refused(const place& p, const std::string& bytes) {
  return message([&] { data::idx f(p.put("bad", bytes)); });
}

}  // namespace

TEST_CASE("header and elements of files of rank 1 to 5") {
  const place p;
  data::idx labels(p.put("l", header({3}) + "abc"));
  CHECK(labels.rank() == 1);
  CHECK(labels.count() == 3);
  CHECK(labels.record() == 1);
  CHECK(labels.show() == "(3)");

  const std::string bytes = header({7, 1, 2, 3, 4}) + ramp(168);
  for (const auto& stored : {bytes, gz(bytes)}) {
    data::idx f(p.put("a", stored));
    CHECK(f.rank() == 5);
    CHECK(f.count() == 7);
    CHECK(f.record() == 24);
    CHECK(f.size() == 168);
    CHECK(f.header_size() == 24);
    CHECK(f.show(1) == "(1,2,3,4)");
    std::vector<std::uint8_t> x(168);
    f.read(std::span(x).first(100));
    f.read(std::span(x).subspan(100));
    f.finish();
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(x[i] == i);
  }
}

TEST_CASE("dimensions are 32 bits, big-endian") {
  const place p;
  const data::idx f(p.put("a", header({0x01020304, 1}) + std::string(0x01020304, '\0')));
  CHECK(f.count() == 16'909'060);
}

TEST_CASE("what is no IDX file is told by its content") {
  const place p;
  const auto path = (p.path / "bad").string();
  CHECK(refused(p, "") == "bad_input " + path + ": byte 0: found an empty file, expected IDX magic 00 00 08 RANK");
  CHECK(refused(p, "<!DOCTYPE html><html>") == "bad_input " + path +
                                                   ": byte 0: found an HTML or XML page (an error page instead of "
                                                   "the file?), expected IDX magic 00 00 08 RANK");
  CHECK(has(refused(p, "\xEF\xBB\xBF <html>"), "an HTML or XML page"));
  CHECK(has(refused(p, gz("<html>proxy</html>")), "byte 0 of the inflated data: found an HTML or XML page"));
  CHECK(has(refused(p, gz(gz(header({1}) + "a"))), "compressed twice"));
  CHECK(has(refused(p, std::string("\x03\x08\0\0\0\0\0\x01", 8)), "found a little-endian magic number"));
  CHECK(has(refused(p, "PK\x03\x04zip file"), "a zip archive"));
  CHECK(has(refused(p, "\x89PNG\r\n"), "a PNG image"));
  CHECK(has(refused(p, "\x93NUMPY\x01"), "a NumPy array"));
  CHECK(has(refused(p, "version https://git-lfs.github.com/spec/v1"), "a Git LFS pointer"));
  CHECK(has(refused(p, "label,pixel0\n5,0"), "found text"));
  CHECK(has(refused(p, std::string("\0\0", 2)), "found bytes 00 00"));
  CHECK(has(refused(p, "\x01\xAB\x02\xFF\x10"), "found bytes 01 AB 02 FF,"));
}

TEST_CASE("headers that cannot be used are refused where they are wrong") {
  const place p;
  CHECK(has(refused(p, header({1}, 0x0D) + "abcd"),
            "byte 2: found element type 13 (floats), expected 8 (unsigned bytes)"));
  CHECK(has(refused(p, header({1}, 0x0A) + "a"), "element type 10 (unknown)"));
  CHECK(has(refused(p, header({})), "byte 3: found rank 0, expected 1 (labels) to 5"));
  CHECK(has(refused(p, header({1, 1, 1, 1, 1, 1}) + "a"), "found rank 6"));
  CHECK(
      has(refused(p, header({2, 3}).substr(0, 9)), "byte 9: found the end in the header, expected dimension 1 of 2"));
  CHECK(has(refused(p, header({2, 0, 3})), "byte 8: dimension 1: found 0, expected at least 1"));
  const auto most = ~0u;
  CHECK(has(refused(p, header({most, most, most})), "whose product overflows"));
  CHECK(has(refused(p, header({most, most, 1, 1, 1})), "whose product overflows"));
}

TEST_CASE("the size of the file must fit the header") {
  const place p;
  CHECK(has(refused(p, header({2, 3}) + "abcde"),
            "byte 17: found a file of 17 bytes, expected 18 bytes for dimensions (2,3)"));
  CHECK(has(refused(p, header({2, 3}) + "abcdefg"),
            "byte 18: found a file of 19 bytes, expected 18 bytes for dimensions (2,3)"));
  CHECK(has(refused(p, gz(header({1000, 1000, 1000}) + "a")), "bytes of gzip cannot hold more"));
}

TEST_CASE("compressed elements are counted while they are read") {
  const place p;
  std::vector<std::uint8_t> x(6);
  data::idx shorter(p.put("a", gz(header({2, 3}) + "abcde")));
  CHECK(has(message([&] { shorter.read(x); }),
            "byte 17 of the inflated data: found the end after 5 elements, expected 6 (2,3)"));
  data::idx longer(p.put("b", gz(header({2, 3}) + "abcdefg")));
  longer.read(x);
  CHECK(has(message([&] { longer.finish(); }),
            "byte 18 of the inflated data: found more bytes, expected the end after 6"));
}
