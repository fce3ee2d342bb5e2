#pragma once
#include <filesystem>
#include <string>
#include <system_error>

#include "../declare/error.hpp"

namespace genet::inline GENET_ISA::data {

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

}  // namespace genet::data
