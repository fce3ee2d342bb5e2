#pragma once
// What the training benchmarks learn: discs on a dark ground, the same for every program.
#include <algorithm>
#include <random>
#include <vector>

namespace bench {

inline constexpr long side = 28, pixels = side * side;

/// `count` pictures in [0, 1], (count, pixels).
inline std::vector<float> pictures(long count) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> place(8, 20), radius(3, 8), noise(0, 0.2f);
  std::vector<float> all;
  all.reserve(static_cast<std::size_t>(count * pixels));
  for (long i = 0; i < count; ++i) {
    const float x = place(engine), y = place(engine), r = radius(engine);
    for (long p = 0; p < pixels; ++p) {
      const float dx = static_cast<float>(p % side) - x, dy = static_cast<float>(p / side) - y;
      all.push_back(dx * dx + dy * dy < r * r ? 1 - noise(engine) : noise(engine));
    }
  }
  return all;
}

/// Takes its pictures batch by batch, as training does: each batch is copied to where the step reads it.
class batches {
 public:
  explicit batches(long size) : size_(size), all_(pictures(count)), now_(static_cast<std::size_t>(size * pixels)) {}

  /// The next batch, (size, pixels), valid until the one after it.
  const float* next() {
    if (first_ + size_ > count) first_ = 0;
    std::copy_n(all_.data() + first_ * pixels, now_.size(), now_.data());
    first_ += size_;
    return now_.data();
  }

 private:
  static constexpr long count = 4096;
  long size_, first_ = 0;
  std::vector<float> all_, now_;
};

}  // namespace bench
