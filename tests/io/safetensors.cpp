#include <doctest/doctest.h>

#include <unistd.h>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "genet/io/safetensors.hpp"

using namespace genet;
using io::tensor_file;

namespace {

std::span<const std::byte> bytes_of(std::string_view s) { return std::as_bytes(std::span(s)); }

std::string text_of(const tensor_file& f) {
  const auto b = f.bytes();
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

/// A file of this header (length in front, nothing padded) and data, made by hand.
std::string file(std::string_view header, std::string_view data = {}) {
  std::string out(8, '\0');
  const std::uint64_t n = header.size();
  for (unsigned i = 0; i < 8; ++i) out[i] = static_cast<char>(n >> (8 * i) & 255);
  return out.append(header).append(data);
}

tensor_file parse(const std::string& s) { return tensor_file::parse(bytes_of(s), "f.safetensors"); }

std::string message(auto&& action) {
  try {
    action();
  } catch (const error& e) {
    return e.what();
  }
  return "nothing thrown";
}

bool contains(const std::string& s, std::string_view part) {
  CAPTURE(s);
  CAPTURE(part);
  const bool found = s.find(part) != s.npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("the bytes of a file are these") {
  tensor_file f;
  f.metadata["note"] = "a \"b\"\n";
  f.add("w", {2, 1}, std::vector<float>{1.0f, -2.0f});
  f.add("a", {3}, std::vector<std::uint8_t>{1, 2, 3});
  f.add("step", std::int64_t{258});
  const std::string header = R"({"__metadata__":{"note":"a \"b\"\n"},)"
                             R"("step":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                             R"("w":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},)"
                             R"("a":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}})";
  REQUIRE(header.size() == 202);
  const std::string data(
      "\x02\x01\0\0\0\0\0\0"
      "\0\0\x80\x3F"
      "\0\0\0\xC0"
      "\x01\x02\x03",
      19);
  CHECK(text_of(f) == file(header + std::string(6, ' '), data));
}

TEST_CASE("a file made by hand is read") {
  const auto f =
      parse(file(R"({ "b":{"shape":[2,2],"data_offsets":[2,10],"dtype":"U16"}, "\u0061" :)"
                 R"({"dtype":"BOOL","shape":[2,1],"data_offsets":[0,2]},"__metadata__":{"k":"\u00e9"}}   )",
                 std::string("\x01\x00"
                             "abcdefgh",
                             10)));
  REQUIRE(f.tensors().size() == 2);
  REQUIRE(f.find("a"));
  CHECK(f.find("a")->type == io::dtype::boolean);
  CHECK(f.find("a")->shape == std::vector<long>{2, 1});
  CHECK(f.find("b")->type == io::dtype::u16);
  CHECK(std::memcmp(f.find("b")->bytes.data(), "abcdefgh", 8) == 0);
  CHECK(f.metadata == std::map<std::string, std::string>{{"k", "\xC3\xA9"}});
}

TEST_CASE("equal content gives equal bytes, whatever the order of adding") {
  tensor_file f, g;
  const std::vector<float> x{1, 2};
  const std::vector<double> y{3};
  f.add("x", {2}, x);
  f.add("y", {1}, y);
  f.add("a", {1, 2}, x);
  f.metadata = {{"one", "1"}, {"two", "2"}};
  g.metadata["two"] = "2";
  g.add("a", {1, 2}, x);
  g.add("y", {1}, y);
  g.add("x", {2}, std::span<const float>(x));
  g.metadata["one"] = "1";
  CHECK(f.bytes() == g.bytes());
  CHECK(parse(text_of(f)).bytes() == f.bytes());
}

TEST_CASE("data begins at a multiple of 8, and tensors at multiples of their element size") {
  for (std::size_t n = 0; n < 20; ++n) {
    tensor_file f;
    f.add(std::string(n, 'n'), {1}, std::vector<std::uint8_t>{1});
    f.add("zzz", {1}, std::vector<double>{2.0});
    f.add("half", {3}, std::vector<std::int32_t>{1, 2, 3});
    const auto text = text_of(f);
    std::uint64_t length = 0;
    std::memcpy(&length, text.data(), 8);
    CHECK(length % 8 == 0);
    CHECK(text.find("\"zzz\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}") != text.npos);
    CHECK(text.find("\"half\":{\"dtype\":\"I32\",\"shape\":[3],\"data_offsets\":[8,20]}") != text.npos);
  }
}

TEST_CASE("every type comes back exactly") {
  tensor_file f;
  const std::vector<float> floats{0.0f, -0.0f, 1e-45f, std::numeric_limits<float>::infinity(), 3.4e38f};
  const std::vector<double> doubles{1e-320, -1.7e308};
  const std::vector<std::int64_t> i64{std::numeric_limits<std::int64_t>::min(),
                                      std::numeric_limits<std::int64_t>::max()};
  const std::vector<std::int32_t> i32{std::numeric_limits<std::int32_t>::min(), -1};
  const std::vector<std::uint64_t> u64{~0ull, 0};
  const std::vector<std::uint32_t> u32{~0u, 1};
  const std::vector<std::uint8_t> u8{0, 255};
  f.add("floats", {5}, floats);
  f.add("doubles", {2}, doubles);
  f.add("i64", {1, 2}, i64);
  f.add("i32", {2, 1}, i32);
  f.add("u64", {2}, u64);
  f.add("u32", {2}, u32);
  f.add("u8", {2}, u8);
  f.add("nan", std::nanf(""));
  f.add("empty", {3, 0}, std::vector<float>{});
  const auto g = parse(text_of(f));
  CHECK(std::memcmp(g.get<float>("floats").data(), floats.data(), 20) == 0);
  CHECK(g.get<double>("doubles") == doubles);
  CHECK(g.get<std::int64_t>("i64") == i64);
  CHECK(g.get<std::int32_t>("i32") == i32);
  CHECK(g.get<std::uint64_t>("u64") == u64);
  CHECK(g.get<std::uint32_t>("u32") == u32);
  CHECK(g.get<std::uint8_t>("u8") == u8);
  CHECK(std::isnan(g.get<float>("nan").at(0)));
  CHECK(g.get<float>("empty").empty());
  CHECK(g.find("empty")->shape == std::vector<long>{3, 0});
  CHECK(g.find("i64")->shape == std::vector<long>{1, 2});
  CHECK(g.find("nan")->shape.empty());
  CHECK(g.find("i64")->size() == 2);
  CHECK(g.find("none") == nullptr);
  CHECK(g.tensors().size() == 9);
  CHECK(g.tensors().front().name == "doubles");
  CHECK(g.origin() == "f.safetensors");
}

TEST_CASE("half precision is widened exactly") {
  // IEEE 754 binary16: 1, -2, largest, smallest normal, smallest subnormal, infinity, -0
  const std::string half("\x00\x3C\x00\xC0\xFF\x7B\x00\x04\x01\x00\x00\x7C\x00\x80", 14);
  const std::string brain("\x80\x3F\x49\xC0", 4);  // 1, -3.140625
  const auto f = parse(file(R"({"h":{"dtype":"F16","shape":[7],"data_offsets":[0,14]},)"
                            R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[14,18]}})",
                            half + brain));
  const auto h = f.get<double>("h");
  CHECK(h == std::vector<double>{1, -2, 65504, 0x1p-14, 0x1p-24, std::numeric_limits<double>::infinity(), 0});
  CHECK(std::signbit(h[6]));
  CHECK(f.get<float>("b") == std::vector<float>{1.0f, -3.140625f});
  CHECK(std::isnan(parse(file(R"({"h":{"dtype":"F16","shape":[],"data_offsets":[0,2]}})", std::string("\x01\x7E", 2)))
                       .get<float>("h")[0]));
}

TEST_CASE("doubles are rounded to floats, integers are not converted") {
  tensor_file f;
  f.add("d", 1.0 / 3);
  f.add("i", std::int32_t{5});
  CHECK(f.get<float>("d")[0] == 1.0f / 3);
  contains(message([&] { f.get<float>("i"); }), "tensor \"i\": found I32, expected F16, BF16, F32 or F64");
  contains(message([&] { f.get<std::int64_t>("i"); }), "tensor \"i\": found I32, expected I64");
  contains(message([&] { f.get<std::int32_t>("d"); }), "tensor \"d\": found F64, expected I32");
  contains(message([&] { f.get<float>("x"); }), "tensor \"x\": found none of this name among 2 tensors");
}

TEST_CASE("metadata and names are any UTF-8") {
  tensor_file f;
  const std::string odd = std::string("\0\x01\"\\/\x7F", 6) + "\xE2\x82\xAC\xF0\x9F\x98\x80\n";
  f.metadata[odd] = odd + odd;
  f.metadata[""] = "";
  f.add(odd, {1}, std::vector<float>{1});
  f.add("", {1}, std::vector<float>{2});
  const auto g = parse(text_of(f));
  CHECK(g.metadata == f.metadata);
  CHECK(g.get<float>(odd) == std::vector<float>{1});
  CHECK(g.get<float>("") == std::vector<float>{2});
  f.metadata["bad"] = "\xFF";
  CHECK_THROWS_AS(f.bytes(), usage_error);
}

TEST_CASE("what cannot be a file is refused when it is added") {
  tensor_file f;
  f.add("x", {2}, std::vector<float>{1, 2});
  const std::vector<float> two{1, 2};
  contains(message([&] { f.add("x", {2}, two); }), "taken");
  contains(message([&] { f.add("__metadata__", {2}, two); }), "reserved");
  contains(message([&] { f.add("\xC3", {2}, two); }), "UTF-8");
  contains(message([&] { f.add("y", {3}, two); }), "found 8 bytes, expected shape (3) of F32");
  contains(message([&] { f.add("y", {}, two); }), "expected shape () of F32");
  contains(message([&] { f.add("y", {-1, -2}, two); }), "expected shape (-1,-2)");
  contains(message([&] { f.add("y", {0, 1L << 40, 1L << 40}, std::vector<float>{}); }), "expected shape");
  contains(message([&] { f.add("y", std::vector<long>(65, 1), std::vector<float>{1}); }), "64 dimensions");
  CHECK(f.tensors().size() == 1);
}

TEST_CASE("a header that is not quite right is refused where it is wrong") {
  const std::string good = R"("w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  CHECK(parse(file("{" + good + "}", std::string(8, '\0'))).tensors().size() == 1);
  CHECK(parse(file("{" + good + "} \x20 ", std::string(8, '\0'))).tensors().size() == 1);
  CHECK(parse(file("{}")).tensors().empty());
  CHECK(parse(file("{\"__metadata__\":{}}")).metadata.empty());

  const auto refused = [&](const std::string& header, const std::string& data = std::string(8, '\0')) {
    return message([&] { parse(file(header, data)); });
  };
  contains(refused("{" + good + "," + good + "}"), "f.safetensors: byte 62 (header): duplicate tensor \"w\"");
  contains(refused("{" + good + R"(,"\u0077":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"),
           "duplicate tensor \"w\"");
  contains(refused("{" + good + ",}"), "expected a tensor name as a string");
  contains(refused("{" + good + "}x"), "found text after the closing '}'");
  contains(refused("{" + good + "}\n"), "expected spaces up to the end");
  contains(refused(" {" + good + "}"), "found byte 0x20, expected '{' as first byte");
  contains(refused("{" + good + "}", std::string(9, '\0')), "found 1 bytes after the last tensor");
  contains(refused("{" + good + "}", std::string(7, '\0')), "end beyond the file, expected at most 7");
}

TEST_CASE("dimensions of 0 do not hide an overflow") {
  for (const char* shape :
       {"0,1099511627776,1099511627776", "1099511627776,1099511627776,0", "1099511627776,0,1099511627776",
        "4294967296,4294967296", "9223372036854775807,2", "2305843009213693952"}) {
    contains(message([&] {
               parse(file(std::string(R"({"w":{"dtype":"F32","shape":[)") + shape + R"(],"data_offsets":[0,0]}})"));
             }),
             "overflows, expected fewer than 2^63 bytes");
  }
}

TEST_CASE("files are written and read back; a failed read changes nothing on disk") {
  const auto directory = std::filesystem::temp_directory_path() / ("genet_safetensors_" + std::to_string(::getpid()));
  std::filesystem::create_directory(directory);
  const auto path = directory / "a.safetensors";
  tensor_file f;
  std::vector<float> big(100'003);
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<float>(i);
  f.add("big", {static_cast<long>(big.size())}, big);
  f.add("small", {1}, std::vector<std::uint8_t>{9});
  f.metadata["made"] = "here";
  f.write(path);
  const auto g = tensor_file::read(path);
  CHECK(g.get<float>("big") == big);
  CHECK(g.metadata == f.metadata);
  CHECK(g.bytes() == f.bytes());
  CHECK(std::filesystem::file_size(path) == f.bytes().size());

  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  contains(message([&] { tensor_file::read(path); }), path.string());
  CHECK_THROWS_AS(tensor_file::read(path), bad_input);
  CHECK_THROWS_AS(tensor_file::read(directory / "none"), io_error);
  CHECK_THROWS_AS(tensor_file::read(directory), io_error);
  std::filesystem::remove_all(directory);
}

TEST_CASE("any one damaged byte of the header or a cut leaves either an error or a file that is consistent") {
  tensor_file f;
  f.metadata["k"] = "v";
  f.add("w", {2, 2}, std::vector<float>{1, 2, 3, 4});
  f.add("b", {2}, std::vector<std::int64_t>{5, 6});
  const std::string good = text_of(f);
  int accepted = 0, refused = 0;
  const auto feed = [&](const std::string& s) {
    try {
      const auto g = parse(s);
      for (const auto& t : g.tensors()) {
        std::uint64_t n = 0;
        CHECK(io::detail::checked_size(t.shape, t.type, n));
        CHECK(n == t.bytes.size());
      }
      ++accepted;
    } catch (const bad_input&) {
      ++refused;
    }
  };
  for (std::size_t i = 0; i < good.size() - 32; ++i) {
    for (int v = 0; v < 256; ++v) {
      std::string s = good;
      if (s[i] == static_cast<char>(v)) continue;
      s[i] = static_cast<char>(v);
      feed(s);
    }
  }
  CHECK(refused > accepted);
  CHECK(accepted > 0);  // another letter in a name
  for (std::size_t n = 0; n < good.size(); ++n) CHECK_THROWS_AS(parse(good.substr(0, n)), bad_input);
}
