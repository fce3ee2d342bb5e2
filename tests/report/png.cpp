#include <genet/report/png.hpp>

#include <png.h>
#include <zlib.h>

#include <cmath>
#include <cstring>
#include <random>

#include <doctest/doctest.h>

using namespace genet;

namespace {

std::vector<std::byte> inflated(std::span<const std::byte> stream, std::size_t expected) {
  std::vector<std::byte> out(expected + 16);
  uLongf size = out.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(stream.data()),
                     stream.size()) == Z_OK);
  out.resize(size);
  return out;
}

/// Read by libpng's simplified interface.
image decoded(const std::vector<std::byte>& file, int channels) {
  png_image p{};
  p.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_memory(&p, file.data(), file.size()));
  CHECK(p.format == (channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY));
  p.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  image out(static_cast<int>(p.width), static_cast<int>(p.height), channels);
  REQUIRE(png_image_finish_read(&p, nullptr, out.pixels.data(), 0, nullptr));
  return out;
}

}  // namespace

TEST_CASE("zlib inflates what compress makes") {
  std::mt19937 draw{1};
  for (const std::size_t size : {0, 1, 2, 3, 4, 257, 258, 259, 600, 32768, 32770, 70'000, 300'000})
    for (const unsigned alphabet : {1u, 2u, 5u, 256u})
      for (const bool repetitive : {false, true}) {
        std::vector<std::byte> in(size);
        for (std::size_t i = 0; i < size; ++i)
          in[i] = repetitive && i > 40'000 ? in[i - 32'768]
                  : repetitive && i > 100  ? in[i - 97]
                                           : static_cast<std::byte>(draw() % alphabet);
        CAPTURE(size);
        CAPTURE(alphabet);
        CHECK(inflated(png::compress(in), size) == in);
      }
}

TEST_CASE("very uneven counts still give codes of at most 15 bits") {
  // Fibonacci counts give the deepest Huffman trees: 26 symbols would need 25 bits.
  std::vector<std::byte> in;
  std::size_t a = 1, b = 1;
  for (int symbol = 0; symbol < 26; ++symbol) {
    in.insert(in.end(), a, static_cast<std::byte>(symbol * 9));
    a = std::exchange(b, a + b);
  }
  std::shuffle(in.begin(), in.end(), std::mt19937{3});
  const auto out = png::compress(in);
  CHECK(inflated(out, in.size()) == in);
  CHECK(out.size() < in.size() / 2);
}

TEST_CASE("compression is close to zlib's best") {
  std::vector<std::byte> in(200'000);
  for (std::size_t i = 0; i < in.size(); ++i)
    in[i] = static_cast<std::byte>(static_cast<int>(100 * std::sin(0.001 * static_cast<double>(i % 5000))) & 0xfc);
  uLongf best = compressBound(in.size());
  std::vector<Bytef> reference(best);
  REQUIRE(compress2(reference.data(), &best, reinterpret_cast<const Bytef*>(in.data()), in.size(), 9) == Z_OK);
  CHECK(png::compress(in).size() < best * 5 / 4 + 300);
}

TEST_CASE("libpng reads back grey and colour pictures, smooth, noisy and tiny") {
  std::mt19937 draw{2};
  for (const int channels : {1, 3})
    for (const auto& [w, h] : {std::pair{1, 1}, {1, 9}, {300, 7}, {97, 131}})
      for (const bool noisy : {false, true}) {
        image i(w, h, channels);
        for (int y = 0; y < h; ++y)
          for (int x = 0; x < w; ++x)
            for (int c = 0; c < channels; ++c)
              i.at(x, y)[c] = static_cast<std::uint8_t>(noisy ? draw() : static_cast<unsigned>(x * (c + 1) + y * 2));
        const auto file = png::bytes(i);
        CHECK(decoded(file, channels) == i);
        if (!noisy && w * h > 1000) CHECK(file.size() < i.pixels.size() / 10);
      }
}

TEST_CASE("a written file is the bytes") {
  image i(5, 4, 3, 77);
  const auto path = std::filesystem::temp_directory_path() / "genet_report_png_test.png";
  png::write(path, i);
  png_image p{};
  p.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&p, path.c_str()));
  CHECK(p.width == 5);
  CHECK(p.height == 4);
  png_image_free(&p);
  std::filesystem::remove(path);
  CHECK_THROWS_AS(png::write("/nonexistent/directory/a.png", i), io_error);
  CHECK_THROWS_AS(png::bytes(image{}), usage_error);
}
