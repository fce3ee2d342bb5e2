#pragma once
#include <algorithm>
#include <array>

#include "../declare/window.hpp"
#include "../tensor/simd.hpp"
#include "context.hpp"
#include "reordered.hpp"

namespace genet::inline GENET_ISA {

/// How the pixels of one direction of a map are made of others: as means of a window, as copies of the nearest one, or
/// on straight lines between two.
struct resampling {
  enum class rule : unsigned char { mean, nearest, linear };
  struct range {
    int first = 0, end = 0;
  };
  rule how;
  int in, out;
  int kernel = 1, stride = 1, padding = 0;  // of a mean; elsewhere each pixel becomes `kernel` pixels

  /// The pixels that pixel `o` is made of.
  constexpr range read_by(int o) const {
    switch (how) {
      case rule::mean: return {std::max(o * stride - padding, 0), std::min(o * stride - padding + kernel, in)};
      case rule::nearest: return {o / kernel, o / kernel + 1};
      case rule::linear: break;
    }
    const int below = std::min(std::max(2 * o + 1 - kernel, 0) / (2 * kernel), in - 1);
    return {below, std::min(below + 2, in)};
  }
  /// The pixels that are made of pixel `i` too.
  constexpr range readers_of(int i) const {
    switch (how) {
      case rule::mean:
        return {std::max((i + padding - kernel + stride) / stride, 0), std::min((i + padding) / stride + 1, out)};
      case rule::nearest: return {i * kernel, (i + 1) * kernel};
      case rule::linear: break;
    }
    return {std::max(((2 * i - 1) * kernel + 1) / 2, 0), std::min(((2 * i + 3) * kernel) / 2, out)};
  }
  /// By which factor `i` goes into `o`.
  constexpr double weight(int o, int i) const {
    switch (how) {
      case rule::mean: return 1.0 / kernel;
      case rule::nearest: return 1;
      case rule::linear: break;
    }
    const double at = std::clamp((o + 0.5) / kernel - 0.5, 0.0, in - 1.0), off = at < i ? i - at : at - i;
    return off < 1 ? 1 - off : 0;
  }
};

/// Maps resampled in both directions, as linear functions of the pixels of each channel.
template <resampling Down, resampling Across>
struct resampling_kernels {
  static constexpr bool by_rows = true;

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    combine<false, false>(c.rows, In[0][0], c.real(), c.result());
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    combine<true, Want.adds(0)>(c.rows, In[0][0], static_cast<const T*>(c.out_gradient), c.in_gradient[0]);
  }

 private:
  /// What a pixel is the sum of.
  template <class T, std::size_t Most>
  struct terms {
    int first = 0, n = 0;
    std::array<T, Most> weight{};
  };
  template <resampling R, class T, bool Back>
  static constexpr auto table() {
    constexpr int size = Back ? R.in : R.out;
    constexpr auto range = [](int k) { return Back ? R.readers_of(k) : R.read_by(k); };
    constexpr int most = [range] {
      int n = 1;
      for (int k = 0; k < size; ++k) n = std::max(n, range(k).end - range(k).first);
      return n;
    }();
    std::array<terms<T, static_cast<std::size_t>(most)>, static_cast<std::size_t>(size)> all{};
    for (int k = 0; k < size; ++k) {
      auto& t = all[static_cast<std::size_t>(k)];
      t.first = range(k).first;
      t.n = std::max(range(k).end - t.first, 0);
      for (int i = 0; i < t.n; ++i)
        t.weight[static_cast<std::size_t>(i)] =
            static_cast<T>(Back ? R.weight(t.first + i, k) : R.weight(k, t.first + i));
    }
    return all;
  }
  template <class T, bool Back>
  static constexpr auto down = table<Down, T, Back>();
  template <class T, bool Back>
  static constexpr auto across = table<Across, T, Back>();

  template <bool Back, bool Add, class T>
  static void combine(long rows, long channels, const T* from, T* to) {
    constexpr long lines = Back ? Down.out : Down.in, columns = Back ? Across.out : Across.in;
    for (long r = 0; r < rows; ++r, from += lines * columns * channels)
      for (const auto& y : down<T, Back>)
        for (const auto& x : across<T, Back>) {
          const T* corner = from + (y.first * columns + x.first) * channels;
          tensor::each_vector<T>(channels, [&](long i, long count) __attribute__((always_inline)) {
            tensor::simd<T> sum = Add ? tensor::load_partial(to + i, count) : tensor::simd<T>(T(0));
            for (int v = 0; v < y.n; ++v) {
              tensor::simd<T> line(T(0));
              for (int h = 0; h < x.n; ++h)
                line = tensor::fma<T>(tensor::load_partial(corner + (v * columns + h) * channels + i, count),
                                      tensor::simd<T>(x.weight[static_cast<std::size_t>(h)]), line);
              sum = tensor::fma<T>(line, tensor::simd<T>(y.weight[static_cast<std::size_t>(v)]), sum);
            }
            tensor::store_partial(to + i, sum, count);
          });
          to += channels;
        }
  }
};

}  // namespace genet
