#include "genet/data/dataset.hpp"

#include <doctest/doctest.h>

#include <string>

#include "idx_files.hpp"

using namespace genet;

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
