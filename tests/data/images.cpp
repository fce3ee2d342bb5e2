#include "genet/data/images.hpp"
#include "genet/data/dataset.hpp"

#include <doctest/doctest.h>

#include "idx_files.hpp"

using namespace genet;

namespace {

constexpr shape s(auto... d) { return shape{static_cast<int>(sizeof...(d)), {d...}}; }

bool fits(std::initializer_list<std::uint32_t> image, const shape& input) {
  return data::fits(std::span(image.begin(), image.size()), input);
}

}  // namespace

TEST_CASE("which images fit which input") {
  for (const shape& input : {s(1, 28, 28), s(28, 28), s(784), s(1, 1, 28, 28), s(1, 784)}) {
    CAPTURE(show(input).view());
    CHECK(fits({28, 28}, input) == (input != s(1, 784)));
    CHECK(fits({1, 28, 28}, input) == (input != s(1, 784)));
  }
  CHECK(fits({784}, s(784)));
  CHECK(fits({784}, s(1, 784)));
  CHECK_FALSE(fits({784}, s(28, 28)));
  CHECK(fits({3, 32, 32}, s(3, 32, 32)));
  CHECK(fits({3, 32, 32}, s(3072)));
  CHECK_FALSE(fits({32, 32, 3}, s(3, 32, 32)));
  CHECK_FALSE(fits({28, 28}, s(28, 28, 1)));
  CHECK_FALSE(fits({28, 28}, s(28)));
  CHECK_FALSE(fits({28, 28}, s(14, 56)));
  CHECK_FALSE(fits({28, 28}, s(783)));
  CHECK_FALSE(fits({28, 28}, s(2, 28, 28)));
  CHECK(fits({1, 1}, s(1)));
  CHECK(fits({1, 1}, s(1, 1, 1)));
  CHECK(fits({1, 5}, s(5, 1)) == false);
}

TEST_CASE("pixels become numbers from 0 to 1") {
  const place p;
  const std::string bytes = header({2, 2, 3}) + std::string("\0\x01\x7F\x80\xFE\xFF\xFF\xFE\x80\x7F\x01\0", 12);
  for (const auto& stored : {bytes, gz(bytes)}) {
    const auto e = data::images<s(1, 2, 3)>(p.put("a", stored));
    CHECK(e.count == 2);
    CHECK(e.features == 6);
    CHECK(e.labels.empty());
    REQUIRE(e.x.size() == 12);
    CHECK(e.x == std::vector<float>{0, 1 / 255.f, 127 / 255.f, 128 / 255.f, 254 / 255.f, 1, 1, 254 / 255.f,
                                    128 / 255.f, 127 / 255.f, 1 / 255.f, 0});
    CHECK(e.row(1)[0] == 1);
    CHECK(e.row(1).size() == 6);
  }
}

TEST_CASE("more pixels than a block, more than the compressed size promises") {
  const place p;
  const std::string bytes = header({1000, 10, 10}) + std::string(100'000, '\xFF');
  const auto e = data::images<s(100)>(p.put("a.gz", gz(bytes)));
  CHECK(e.count == 1000);
  CHECK(e.x == std::vector<float>(100'000, 1.0f));
}

TEST_CASE("images of another size, or labels, are refused before the pixels are read") {
  const place p;
  const auto path = p.put("a", header({2, 2, 3}) + ramp(12));
  CHECK(message([&] { data::images<s(1, 28, 28)>(path); }) ==
        "bad_input " + path.string() + ": byte 8: found images (2,3), expected images that fit the input (1,28,28)");
  // No pixel there at all: the dimensions are refused first.
  const auto cut = p.put("b", gz(header({2, 2, 3})));
  CHECK(has(message([&] { data::images<s(28, 28)>(cut); }),
            "byte 8 of the inflated data: found images (2,3), expected images that fit the input (28,28)"));
  const auto labels = p.put("l", header({4}) + "\1\2\3\4");
  CHECK(has(message([&] { data::images<s(28, 28)>(labels); }), "found rank 1, dimensions (4) (a labels file?)"));
  CHECK(has(message([&] { data::images<s(28, 28)>(p.path / "none"); }), "io_error"));
}

TEST_CASE("images come with their labels, as many of both") {
  const place p;
  const auto images = p.put("images", header({3, 2, 2}) + ramp(12));
  const auto e = data::images<s(2, 2)>(images, p.put("labels", header({3}) + std::string("\2\0\1", 3)), 3);
  CHECK(e.labels == std::vector<std::int32_t>{2, 0, 1});
  const auto fewer = p.put("fewer", header({2}) + "\1\1");
  CHECK(message([&] { data::images<s(2, 2)>(images, fewer, 3); }) ==
        "bad_input " + fewer.string() + ": byte 4: found 2 labels, expected 3, one for each image of " +
            images.string());
}

TEST_CASE("Fashion-MNIST of Debian, if it is installed") {
  if (!std::filesystem::exists(data::fashion_mnist)) {
    MESSAGE("skipped: no " << data::fashion_mnist);
    return;
  }
  const auto files = data::find_dataset();
  const auto test = data::images<s(1, 28, 28)>(files.test_images, files.test_labels, 10);
  CHECK(test.count == 10'000);
  CHECK(test.features == 784);
  // Each class is there 1000 times (Xiao, Rasul, Vollgraf 2017, section 2); the first is an ankle boot.
  std::vector<int> seen(10);
  for (const auto label : test.labels) ++seen[static_cast<std::size_t>(label)];
  CHECK(seen == std::vector<int>(10, 1000));
  CHECK(test.labels[0] == 9);
  double sum = 0;
  for (const float v : test.x) sum += static_cast<double>(v);
  CHECK(sum / static_cast<double>(test.x.size()) == doctest::Approx(0.2868).epsilon(1e-3));
}
