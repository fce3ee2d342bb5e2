#include "genet/data/file.hpp"

#include <doctest/doctest.h>

#include <array>

#include "idx_files.hpp"

using namespace genet;

TEST_CASE("a file is read in pieces up to its end") {
  const place p;
  data::file f(p.put("a", "0123456789"));
  CHECK(f.size() == 10);
  CHECK(f.name() == (p.path / "a").string());
  std::array<char, 8> part{};
  CHECK(f.read(std::as_writable_bytes(std::span(part).first(4))) == 4);
  CHECK(std::string_view(part.data(), 4) == "0123");
  CHECK(f.read({}) == 0);
  CHECK(f.read(std::as_writable_bytes(std::span(part))) == 6);
  CHECK(std::string_view(part.data(), 6) == "456789");
  CHECK(f.read(std::as_writable_bytes(std::span(part))) == 0);
}

TEST_CASE("what is no regular file is refused, and a pipe without writer does not block") {
  const place p;
  CHECK(message([&] { data::file f(p.path / "none"); }) ==
        "io_error " + (p.path / "none").string() + ": cannot open for reading: No such file or directory");
  CHECK(has(message([&] { data::file f(p.path); }), "found a directory, expected a regular file"));
  ::mkfifo((p.path / "pipe").c_str(), 0600);
  CHECK(has(message([&] { data::file f(p.path / "pipe"); }), "found a pipe or device, expected a regular file"));
  CHECK(has(message([&] { data::file f("/dev/zero"); }), "found a pipe or device"));
  CHECK(has(message([&] { data::file f(""); }), "cannot open"));
}

TEST_CASE("refusing leaves no descriptor open") {
  const place p;
  const auto open_files = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  const auto before = open_files();
  for (int i = 0; i < 10; ++i) {
    (void)message([&] { data::file f(p.path); });
    data::file f(p.put("a", "x"));
  }
  CHECK(open_files() == before);
}
