#include "genet/data/gzip.hpp"

#include <doctest/doctest.h>

#include "idx_files.hpp"

using namespace genet;

namespace {

/// Everything in the file, asked for `step` bytes at a time.
std::string all(const std::filesystem::path& path, std::size_t step = 4096) {
  data::content c(path);
  std::string out, part(step, '\0');
  for (;;) {
    const std::size_t n = c.read(std::as_writable_bytes(std::span(part)));
    out.append(part, 0, n);
    CHECK(c.position() == out.size());
    if (n < step) return out;
  }
}

std::string refused(const place& p, const std::string& bytes) {
  return message([&] { all(p.put("bad.gz", bytes)); });
}

/// Made by gzip -n -9 of `hello, gzip` and a line end.
const std::string hello_gz(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\xd7\x51\x48\xaf\xca\x2c\xe0\x02"
    "\x00\x86\x1f\x82\xa4\x0c\x00\x00\x00",
    32);

}  // namespace

TEST_CASE("what gzip made is inflated") {
  const place p;
  CHECK(all(p.put("a.gz", hello_gz)) == "hello, gzip\n");
  CHECK(all(p.put("named_as_plain", hello_gz)) == "hello, gzip\n");
}

TEST_CASE("plain files are passed through, whatever their name") {
  const place p;
  for (const std::string& text : {std::string(), std::string("\x1f"), std::string("\x1f\x8c"), ramp(200'000)}) {
    CHECK(all(p.put("a.gz", text)) == text);
    CHECK_FALSE(data::content(p.path / "a.gz").compressed());
  }
}

TEST_CASE("sizes around the buffers, pieces of any length") {
  const place p;
  for (const std::size_t n : {0u, 1u, 65535u, 65536u, 65537u, 300'000u}) {
    const auto text = ramp(n);
    for (const std::size_t step : {1000u, 65536u, 1'000'000u}) {
      CHECK(all(p.put("a", text), step) == text);
      CHECK(all(p.put("a.gz", gz(text)), step) == text);
    }
  }
  CHECK(all(p.put("a.gz", gz("one byte at a time")), 1) == "one byte at a time");
}

TEST_CASE("several members are one content") {
  const place p;
  CHECK(all(p.put("a.gz", hello_gz + gz(ramp(100'000)) + gz("") + hello_gz)) ==
        "hello, gzip\n" + ramp(100'000) + "hello, gzip\n");
  // The second member's magic number lies across the border of the input buffer.
  std::string noise(70'000, '\0');
  for (std::uint32_t i = 0, x = 1; i < noise.size(); ++i)
    noise[i] = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  for (std::size_t n = 65'400; n < 65'540; ++n) {
    const auto first = gz(noise.substr(0, n));
    if (first.size() != 65'535 && first.size() != 65'536 && first.size() != 65'534) continue;
    CHECK(all(p.put("a.gz", first + hello_gz)) == noise.substr(0, n) + "hello, gzip\n");
  }
}

TEST_CASE("optional fields of the header are skipped") {
  const place p;
  // FEXTRA, FNAME, FCOMMENT and FHCRC as in RFC 1952, 2.3.1; the check is the low half of the header's CRC-32.
  std::string head(
      "\x1f\x8b\x08\x1e\0\0\0\0\0\x03"
      "\x03\0abc"
      "name\0"
      "comment\0",
      28);
  const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(head.data()), static_cast<uInt>(head.size()));
  const std::string check{static_cast<char>(crc & 255), static_cast<char>(crc >> 8 & 255)};
  CHECK(all(p.put("a.gz", head + check + hello_gz.substr(10))) == "hello, gzip\n");
  CHECK(has(refused(p, head + "xx" + hello_gz.substr(10)), "header crc mismatch"));
}

TEST_CASE("damage is named, with its place") {
  const place p;
  const auto with = [](std::size_t i, char c) {
    std::string s = hello_gz;
    s[i] = c;
    return s;
  };
  CHECK(refused(p, hello_gz.substr(0, 31)) ==
        "bad_input " + (p.path / "bad.gz").string() +
            ": byte 31 of the gzip file: found the end of the file inside the gzip data, expected more of it (is the "
            "file truncated?)");
  for (std::size_t n = 2; n < hello_gz.size(); ++n) {
    CHECK(has(refused(p, hello_gz.substr(0, n)), "found the end of the file inside the gzip data"));
  }
  CHECK(has(refused(p, with(24, '\x77')), "found data that does not have the CRC-32 stored after it"));
  CHECK(has(refused(p, with(28, '\x0d')), "found data that does not have the length stored after it"));
  CHECK(has(refused(p, with(2, '\x07')), "unknown compression method"));
  CHECK(has(refused(p, with(3, '\xe0')), "unknown header flags set"));
  CHECK(has(refused(p, with(10, '\x07')), "found damaged gzip data (invalid block type)"));
  CHECK(has(refused(p, hello_gz + "x"), "byte 32 of the gzip file: found bytes after the gzip data"));
  CHECK(has(refused(p, hello_gz + std::string(512, '\0')), "found bytes after the gzip data"));
  CHECK(has(refused(p, hello_gz + "\x1f\x8b"), "found the end of the file inside the gzip data"));
  CHECK(has(refused(p, hello_gz + with(24, '\x77')), "CRC-32"));
}

TEST_CASE("content can be at most 1032 times the file") {
  const place p;
  const auto path = p.put("zeros.gz", gz(std::string(10'000'000, '\0')));
  const data::content c(path);
  CHECK(c.most() >= 10'000'000);
  CHECK(c.most() < 10'200'000);
  CHECK(data::content(p.put("plain", "12345")).most() == 5);
}

TEST_CASE("places say that they count inflated bytes") {
  const place p;
  CHECK(data::content(p.put("a.gz", hello_gz)).place(3) == "byte 3 of the inflated data");
  CHECK(data::content(p.put("a", "plain")).place(3) == "byte 3");
}
