#include "genet/io/npz.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "../data/files.hpp"

using namespace genet;

TEST_CASE("arrays of NumPy, of all types, stored and deflated") {
  const auto f = io::npz_file::read("tests/fixtures/arrays.npz");
  CHECK(f.tensors().size() == 19);
  for (const char* name : {"f8", "f4", "f2", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"})
    CHECK(f.get<double>(name, {2, 3}) == std::vector<double>{0, 1, 2, 97, 98, 99});
  std::vector<float> ramp(24);
  std::iota(ramp.begin(), ramp.end(), 0.f);
  CHECK(f.get<float>("fortran", {2, 3, 4}) == ramp);
  CHECK(f.get<double>("scalar", {}) == std::vector<double>{2.5});
  CHECK(f.get<float>("empty", {0, 3}).empty());
  CHECK(f.get<int>("bool") == std::vector<int>{1, 0, 1});
  CHECK(f.get<std::int64_t>("limits_i8") == std::vector<std::int64_t>{INT64_MIN, INT64_MAX});
  CHECK(f.get<std::uint64_t>("limits_u8") == std::vector<std::uint64_t>{0, UINT64_MAX});
  CHECK(f.get<float>("version_2") == std::vector<float>{1.5, 2.5});
  CHECK(f.get<float>("version_3") == std::vector<float>{1.5, 2.5});
}

TEST_CASE("the electrocardiogram of SciPy") {
  const std::filesystem::path path = "/usr/lib/python3/dist-packages/scipy/misc/ecg.dat";
  if (!std::filesystem::exists(path)) return;
  const auto ecg = io::npz_file::read(path).get<float>("ecg", {108000});
  CHECK(std::accumulate(ecg.begin(), ecg.end(), 0.) == 107025651);
}

TEST_CASE("what is written is read again, the same bytes for the same content") {
  const place p;
  io::npz_file a, b;
  a.add("weight", {2, 2}, std::vector<float>{1, 2, 3, 4});
  a.add("\xc3\xa4/b", {3}, std::vector<std::uint16_t>{1, 2, 65535});
  a.add("none", {0, 5}, std::vector<double>{});
  b.add("none", {0, 5}, std::vector<double>{});
  b.add("\xc3\xa4/b", {3}, std::vector<std::uint16_t>{1, 2, 65535});
  b.add("weight", {2, 2}, std::vector<float>{1, 2, 3, 4});
  CHECK(a.bytes() == b.bytes());
  a.write(p.path / "a.npz");
  const auto again = io::npz_file::read(p.path / "a.npz");
  CHECK(again.bytes() == a.bytes());
  CHECK(again.get<int>("\xc3\xa4/b", {3}) == std::vector<int>{1, 2, 65535});
  CHECK(io::npz_file::parse(io::npz_file{}.bytes(), "empty").tensors().empty());
}

TEST_CASE("what is missing or of another shape") {
  io::npz_file f;
  f.add("a", {2, 3}, std::vector<float>(6));
  const auto g = io::npz_file::parse(f.bytes(), "g.npz");
  CHECK(message([&] { g.get<float>("b"); }) == "bad_input g.npz: found no array \"b\" among 1");
  CHECK(message([&] {
          g.get<float>("a", {3, 2});
        }) == "bad_input g.npz: array \"a\": found shape (2,3), expected (3,2)");
  CHECK(has(message([&] { f.add("a", {1}, std::vector<float>(1)); }), "the name is taken"));
  CHECK(has(message([&] { f.add("b", {2}, std::vector<float>(1)); }), "found 4 bytes, expected shape (2) of F32"));
  CHECK(has(message([&] { f.add("", {1}, std::vector<float>(1)); }), "empty"));
  CHECK(has(message([&] { f.add("\xff", {1}, std::vector<float>(1)); }), "not UTF-8"));
  CHECK(has(message([&] { f.add({"h", io::dtype::bf16, {0}, {}}); }), "NumPy has no type BF16"));
}

TEST_CASE("a file that is cut anywhere, or has one bit changed, is refused or reads the same") {
  io::npz_file f;
  f.add("a", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  const auto whole = f.bytes();
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK_THROWS_AS(io::npz_file::parse(std::span(whole).first(n), "cut"), bad_input);
  // The dates, versions and attributes of a member say nothing about its content.
  long accepted = 0;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto bytes = whole;
      bytes[i] ^= std::byte{1} << bit;
      try {
        const auto g = io::npz_file::parse(bytes, "bit");
        CHECK(g.tensors().at(0).bytes == f.tensors().at(0).bytes);
        ++accepted;
      } catch (const bad_input&) {}
    }
  CHECK(accepted > 0);
  CHECK(accepted < 8 * 30);
}
