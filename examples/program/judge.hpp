#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace program {

/// The classifier that examples/classifier trained, for programs that judge images of 28 x 28: their features, for
/// distances that see more than principal components do, and their classes. Its net is compiled in judge.cpp alone.
///
///     const program::judge j{"runs/classifier/model.safetensors"};
///     const genet::metrics::feature_quality against{{j.features(test.x), j.n_features}};
///     const auto q = against.measure({j.features(drawn), j.n_features});
///     const auto counts = genet::metrics::class_counts(j.classes(drawn), j.n_classes);
class judge {
 public:
  static constexpr long n_features = 128, n_classes = 10;

  /// Throws io_error, or bad_input for a file that holds other weights.
  explicit judge(const std::filesystem::path& weights, int threads = 1);
  ~judge();

  /// Images are 784 pixels from 0 to 1 each; bad_input for anything else.
  std::vector<float> features(std::span<const float> images) const;  // (count, n_features), of the last hidden layer
  std::vector<float> probabilities(std::span<const float> images) const;   // (count, n_classes)
  std::vector<std::int32_t> classes(std::span<const float> images) const;  // the most probable ones

 private:
  struct content;
  std::unique_ptr<content> content_;
};

}  // namespace program
