#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "../random/distributions.hpp"
#include "../random/streams.hpp"
#include "idx.hpp"

namespace genet::inline GENET_ISA::data {

/// Examples in memory: `count` rows of `features` numbers, and one label each where the data has labels.
struct examples {
  long count = 0;
  long features = 0;
  std::vector<float> x;              // count * features, row after row
  std::vector<std::int32_t> labels;  // count, or empty

  std::span<const float> row(long i) const {
    return std::span(x).subspan(static_cast<std::size_t>(i * features), static_cast<std::size_t>(features));
  }
};

/// Labels of an IDX file of rank 1 (plain or .gz), each checked to be below `classes`. Throws io_error or bad_input.
inline std::vector<std::int32_t> labels(const std::filesystem::path& path, int classes) {
  idx f(path);
  if (f.rank() != 1) {
    f.fail(3,
           "found rank " + std::to_string(f.rank()) + ", dimensions " + f.show() +
               (f.rank() == 3 ? " (an images file?)" : ""),
           "rank 1, a labels file");
  }
  std::vector<std::int32_t> out;
  out.reserve(static_cast<std::size_t>(std::min(f.count(), f.file_size() * 8)));
  std::array<std::uint8_t, 16 * 1024> block;
  while (out.size() < f.count()) {
    const auto part = std::span(block).first(std::min<std::size_t>(block.size(), f.count() - out.size()));
    f.read(part);
    for (const std::uint8_t label : part) {
      if (label >= classes) {
        f.fail(f.header_size() + out.size(),
               "label " + std::to_string(out.size()) + ": found " + std::to_string(label),
               "0 to " + std::to_string(classes - 1));
      }
      out.push_back(label);
    }
  }
  f.finish();
  return out;
}

/// Where the four files of a dataset in the manner of MNIST are.
struct dataset {
  std::filesystem::path train_images, train_labels, test_images, test_labels;
};

/// Debian's package dataset-fashion-mnist: 60,000 + 10,000 greyscale images of clothes, 28x28, 10 classes.
inline constexpr const char* fashion_mnist = "/usr/share/datasets/fashion-mnist";

/// Finds train-images, train-labels, t10k-images and t10k-labels in `directory`, spelled `train-images-idx3-ubyte` or
/// `train-images.idx3-ubyte`, plain or with .gz; plain is taken before .gz. Throws io_error that lists what is
/// missing.
inline dataset find_dataset(const std::filesystem::path& directory = fashion_mnist) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory, ignored)) {
    throw io_error(directory.string() + ": found no such directory, expected one with train-images-idx3-ubyte[.gz]" +
                   (directory == fashion_mnist ? " (Debian's package dataset-fashion-mnist)" : ""));
  }
  std::string missing;
  const auto find = [&](const std::string& stem, const std::string& kind) -> std::filesystem::path {
    for (const char* end : {"", ".gz"}) {
      for (const char* joint : {"-", "."}) {
        const auto path = directory / (stem + joint + kind + end);
        if (std::filesystem::exists(path, ignored)) return path;
      }
    }
    missing += (missing.empty() ? "" : ", ") + stem + "-" + kind;
    return {};
  };
  dataset d{find("train-images", "idx3-ubyte"), find("train-labels", "idx1-ubyte"), find("t10k-images", "idx3-ubyte"),
            find("t10k-labels", "idx1-ubyte")};
  if (!missing.empty()) {
    throw io_error(directory.string() + ": found no " + missing +
                   ", expected IDX files of these names (or with .idx for -idx), plain or with .gz");
  }
  return d;
}

struct train_validation {
  examples train, validation;
};

/// Sets the share `fraction` of the examples (rounded to the nearest count), chosen at random by `seed`, apart for
/// validation. Both parts keep the order of the data. Throws usage_error when nothing would be left to train on.
inline train_validation split(const examples& all, double fraction, std::uint64_t seed) {
  if (!(fraction >= 0 && fraction < 1)) {
    throw usage_error("split: found fraction " + std::to_string(fraction) + ", expected 0 <= fraction < 1");
  }
  const auto apart = std::lround(fraction * static_cast<double>(all.count));
  if (apart >= all.count && apart > 0) {
    throw usage_error("split: fraction " + std::to_string(fraction) + " of " + std::to_string(all.count) +
                      " examples leaves none to train on, expected a smaller fraction");
  }
  std::vector<std::uint32_t> order(static_cast<std::size_t>(all.count));
  rng::permutation(std::span(order), rng::key{seed, stream::splitting, 0});

  const auto take = [&](std::span<std::uint32_t> which) {
    std::ranges::sort(which);
    examples part{static_cast<long>(which.size()), all.features, {}, {}};
    part.x.reserve(which.size() * static_cast<std::size_t>(all.features));
    for (const std::uint32_t i : which) {
      const auto row = all.row(i);
      part.x.insert(part.x.end(), row.begin(), row.end());
      if (!all.labels.empty()) part.labels.push_back(all.labels[i]);
    }
    return part;
  };
  const auto cut = order.size() - static_cast<std::size_t>(apart);
  return {take(std::span(order).first(cut)), take(std::span(order).subspan(cut))};
}

}  // namespace genet::data
