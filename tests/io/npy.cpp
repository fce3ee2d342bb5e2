#include "genet/io/npy.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "../data/files.hpp"

using namespace genet;

namespace {

std::string npy(const std::string& dictionary, const std::string& data = "", char version = 1) {
  std::string text = dictionary + "\n", out = "\x93NUMPY";
  out += {version, '\0', static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8)};
  if (version > 1) out += std::string(2, '\0');
  return out + text + data;
}

template <class T>
std::string bytes(std::initializer_list<T> x) {
  return {reinterpret_cast<const char*>(x.begin()), x.size() * sizeof(T)};
}

template <class T>
io::tensor array(std::vector<long> shape, std::initializer_list<T> x) {
  const auto b = std::as_bytes(std::span(x));
  return {"x", io::array_dtype<T>(), std::move(shape), {b.begin(), b.end()}};
}

}  // namespace

TEST_CASE("spellings of the header that mean the same") {
  const place p;
  const auto data = bytes<float>({1, 2, 3, 4, 5, 6});
  const std::vector<float> wanted{1, 2, 3, 4, 5, 6};
  for (const char* text : {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                           "{'shape':(2,3,),'descr':'<f4','fortran_order':False}",
                           "{\"fortran_order\": False , \"shape\": ( 2 , 3 ), \"descr\": \"<f4\"}      "})
    for (const char version : {'\1', '\2', '\3'}) {
      const auto t = io::read_npy(p.put("a.npy", npy(text, data, version)));
      CHECK(t.type == io::dtype::f32);
      CHECK(t.shape == std::vector<long>{2, 3});
      CHECK(io::numbers<float>(t) == wanted);
    }
}

TEST_CASE("Fortran's order is turned into C's") {
  const place p;
  const auto t = io::read_npy(p.put(
      "a.npy", npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", bytes<short>({0, 3, 1, 4, 2, 5}))));
  CHECK(io::numbers<int>(t) == std::vector<int>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("what is written is read again, and begins at a multiple of 64") {
  const place p;
  const auto path = p.path / "a.npy";
  for (const std::vector<long>& shape : {std::vector<long>{4}, {2, 2}, {1, 1, 2, 2, 1}, {4, 1}}) {
    auto t = array<double>(shape, {1, -2.5, 1e300, 0});
    io::write_npy(path, t);
    CHECK((std::filesystem::file_size(path) - 32) % 64 == 0);
    const auto again = io::read_npy(path);
    CHECK(again.shape == t.shape);
    CHECK(again.bytes == t.bytes);
  }
  io::write_npy(path, array<std::uint16_t>({}, {7}));
  CHECK(io::read_npy(path).shape.empty());
  CHECK(io::numbers<double>(io::read_npy(path)) == std::vector<double>{7});
  CHECK(has(message([&] { io::write_npy(path, {"b", io::dtype::bf16, {0}, {}}); }), "NumPy has no type BF16"));
}

TEST_CASE("numbers are converted if nothing is lost") {
  using io::numbers;
  const auto refuse = [](const auto& f) { return message(f); };
  CHECK(numbers<std::uint8_t>(array<std::int64_t>({2}, {0, 255})) == std::vector<std::uint8_t>{0, 255});
  CHECK(refuse([] {
          numbers<std::uint8_t>(array<std::int64_t>({2}, {0, 256}), "f.npz");
        }) == "bad_input f.npz: array \"x\" of I64: element 1: found 256, which is no U8");
  CHECK(has(refuse([] { numbers<std::uint32_t>(array<std::int8_t>({1}, {-1})); }), "element 0: found -1"));
  CHECK(numbers<float>(array<std::int32_t>({1}, {1 << 24})) == std::vector<float>{1 << 24});
  CHECK(has(refuse([] { numbers<float>(array<std::int32_t>({1}, {(1 << 24) + 1})); }), "found 16777217"));
  CHECK(has(refuse([] { numbers<double>(array<std::int64_t>({1}, {std::numeric_limits<std::int64_t>::max()})); }),
            "found 9223372036854775807, which is no F64"));
  CHECK(has(refuse([] { numbers<float>(array<std::uint64_t>({1}, {~std::uint64_t{0}})); }), "which is no F32"));
  CHECK(numbers<double>(array<std::int64_t>({1}, {std::numeric_limits<std::int64_t>::min()}))[0] == -0x1p63);
  CHECK(numbers<float>(array<double>({1}, {0.1})) == std::vector<float>{0.1f});
  CHECK(has(refuse([] { numbers<int>(array<double>({1}, {1})); }), "found F64, expected whole numbers"));
}

TEST_CASE("the place is said") {
  const place p;
  const auto path = p.put("a.npy", npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", "12345678"));
  CHECK(
      message([&] { io::read_npy(path); }) ==
      "bad_input " + path.string() +
          ": byte 20 (header): found element type '>f4' (big-endian numbers), expected <f4, <f8, <f2, |b1, |i1, |u1, "
          "<i2, <u2, <i4, <u4, <i8 or <u8");
}
