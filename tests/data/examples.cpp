#include "genet/data/examples.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>

#include "idx_files.hpp"

using namespace genet;

TEST_CASE("labels are read and checked against the number of classes") {
  const place p;
  const std::string bytes = header({4}) + std::string("\0\1\2\11", 4);
  for (const auto& stored : {bytes, gz(bytes)}) {
    CHECK(data::labels(p.put("l", stored), 10) == std::vector<std::int32_t>{0, 1, 2, 9});
  }
  CHECK(message([&] { data::labels(p.put("l", bytes), 9); }) ==
        "bad_input " + (p.path / "l").string() + ": byte 11: label 3: found 9, expected 0 to 8");
  CHECK(has(message([&] {
              data::labels(p.put("i", header({1, 2, 2}) + "abcd"), 10);
            }),
            "found rank 3, dimensions (1,2,2) (an images file?), expected rank 1, a labels file"));
  const auto many = data::labels(p.put("m", gz(header({100'000}) + std::string(100'000, '\7'))), 8);
  CHECK(many == std::vector<std::int32_t>(100'000, 7));
}

TEST_CASE("a dataset is found under both spellings, plain or compressed") {
  for (const char* joint : {"-", "."}) {
    for (const char* end : {"", ".gz"}) {
      const place p;
      const auto name = [&](const char* stem, const char* kind) { return std::string(stem) + joint + kind + end; };
      const auto train_images = p.put(name("train-images", "idx3-ubyte"), "");
      const auto train_labels = p.put(name("train-labels", "idx1-ubyte"), "");
      const auto test_images = p.put(name("t10k-images", "idx3-ubyte"), "");
      const auto test_labels = p.put(name("t10k-labels", "idx1-ubyte"), "");
      const auto found = data::find_dataset(p.path);
      CHECK(found.train_images == train_images);
      CHECK(found.train_labels == train_labels);
      CHECK(found.test_images == test_images);
      CHECK(found.test_labels == test_labels);
    }
  }
}

TEST_CASE("missing files are listed together") {
  const place p;
  p.put("train-images.idx3-ubyte.gz", "");
  p.put("t10k-labels-idx1-ubyte", "");
  CHECK(message([&] { data::find_dataset(p.path); }) ==
        "io_error " + p.path.string() +
            ": found no train-labels-idx1-ubyte, t10k-images-idx3-ubyte, expected IDX files of these names (or with "
            ".idx "
            "for -idx), plain or with .gz");
  CHECK(has(message([&] { data::find_dataset(p.path / "none"); }), "found no such directory"));
  CHECK(has(message([&] { data::find_dataset(p.path / "t10k-labels-idx1-ubyte"); }), "found no such directory"));
}

TEST_CASE("a plain file is taken before a compressed one") {
  const place p;
  for (const char* end : {".gz", ""}) {
    p.put(std::string("train-images-idx3-ubyte") + end, "");
    p.put(std::string("train-labels-idx1-ubyte") + end, "");
    p.put(std::string("t10k-images-idx3-ubyte") + end, "");
    p.put(std::string("t10k-labels-idx1-ubyte") + end, "");
  }
  CHECK(data::find_dataset(p.path).train_images.filename() == "train-images-idx3-ubyte");
}

TEST_CASE("a split keeps each example once, whole and in order") {
  data::examples all{1000, 2, {}, {}};
  for (int i = 0; i < 1000; ++i) {
    all.x.push_back(static_cast<float>(i));
    all.x.push_back(static_cast<float>(-i));
    all.labels.push_back(i);
  }
  const auto [train, validation] = data::split(all, 0.1, 7);
  CHECK(train.count == 900);
  CHECK(validation.count == 100);
  std::set<int> seen;
  for (const auto* part : {&train, &validation}) {
    CHECK(part->features == 2);
    CHECK(part->x.size() == static_cast<std::size_t>(2 * part->count));
    CHECK(part->labels.size() == static_cast<std::size_t>(part->count));
    for (long i = 0; i < part->count; ++i) {
      const int label = part->labels[static_cast<std::size_t>(i)];
      CHECK(part->row(i)[0] == static_cast<float>(label));
      CHECK(part->row(i)[1] == static_cast<float>(-label));
      CHECK((i == 0 || label > part->labels[static_cast<std::size_t>(i - 1)]));
      seen.insert(label);
    }
  }
  CHECK(seen.size() == 1000);

  CHECK(data::split(all, 0.1, 7).validation.labels == validation.labels);
  CHECK(data::split(all, 0.1, 8).validation.labels != validation.labels);
  // Drawn from everywhere: a hundred of a thousand, with mean 499.5 and deviation 27 of the mean.
  double mean = 0;
  for (const int label : validation.labels) mean += label / 100.0;
  CHECK(mean == doctest::Approx(499.5).epsilon(0.27));
}

TEST_CASE("splits at the border") {
  data::examples three{3, 1, {1, 2, 3}, {}};
  CHECK(data::split(three, 0, 1).train.x == three.x);
  CHECK(data::split(three, 0, 1).validation.count == 0);
  CHECK(data::split(three, 0.5, 1).validation.count == 2);
  CHECK(data::split(three, 0.5, 1).validation.labels.empty());
  CHECK(data::split(data::examples{}, 0.5, 1).train.count == 0);
  CHECK(has(message([&] { data::split(three, 0.9, 1); }), "leaves none to train on"));
  for (const double bad : {-0.1, 1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    CHECK(has(message([&] { data::split(three, bad, 1); }), "expected 0 <= fraction < 1"));
  }
}
