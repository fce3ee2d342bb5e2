#pragma once
#include <algorithm>
#include <limits>

#include "../layers/max_pool.hpp"
#include "../tensor/simd.hpp"
#include "context.hpp"
#include "reordered.hpp"

namespace genet::inline GENET_ISA {

/// Kept of each place: which element of the window was the largest, counted from its corner.
template <class... O>
struct compute<max_pool<O...>> {
  static constexpr bool by_rows = true;

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr sizes<In> n;
    for (long r = 0; r < c.rows; ++r)
      for (int oy = 0; oy < n.out.height; ++oy)
        for (int ox = 0; ox < n.out.width; ++ox) {
          const int top = oy * w.stride.height - w.padding.height, left = ox * w.stride.width - w.padding.width;
          const int begin_y = std::max(top, 0), end_y = std::min(top + w.kernel.height, n.in.height);
          const int begin_x = std::max(left, 0), end_x = std::min(left + w.kernel.width, n.in.width);
          const T* x = c.real() + r * n.in_size();
          const long to = r * n.out_size() + (oy * n.out.width + ox) * n.channels;
          tensor::each_vector<T>(n.channels, [&](long i, long count) __attribute__((always_inline)) {
            number<T> most(-std::numeric_limits<T>::infinity());
            number<T> which(static_cast<T>((begin_y - top) * w.kernel.width + begin_x - left));
            for (int y = begin_y; y < end_y; ++y)
              for (int xx = begin_x; xx < end_x; ++xx) {
                const auto v = tensor::load_partial(x + (y * n.in.width + xx) * n.channels + i, count);
                const auto better = (v > most) | xsimd::isnan(v);  // a NaN stays
                most = xsimd::select(better, v, most);
                which = xsimd::select(better, number<T>(static_cast<T>((y - top) * w.kernel.width + xx - left)), which);
              }
            tensor::store_partial(c.result() + to + i, most, count);
            tensor::store_partial(c.saved + to + i, which, count);
          });
        }
  }

  /// The same choice from other maps.
  template <class T, shapes In>
  static void select(const context<T>& c) {
    constexpr sizes<In> n;
    for (long r = 0; r < c.rows; ++r)
      for (int oy = 0; oy < n.out.height; ++oy)
        for (int ox = 0; ox < n.out.width; ++ox)
          for (long i = 0; i < n.channels; ++i) {
            const long to = r * n.out_size() + (oy * n.out.width + ox) * n.channels + i;
            const int which = static_cast<int>(c.saved[to]);
            const int y = oy * w.stride.height - w.padding.height + which / w.kernel.width,
                      x = ox * w.stride.width - w.padding.width + which % w.kernel.width;
            c.result()[to] = c.real()[r * n.in_size() + (y * n.in.width + x) * n.channels + i];
          }
  }

  /// For each pixel the sum over the places that chose it.
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr sizes<In> n;
    const auto places = [](int at, int kernel, int stride, int out) {
      return std::pair(std::max((at - kernel + stride) / stride, 0), std::min(at / stride + 1, out));
    };
    for (long r = 0; r < c.rows; ++r)
      for (int y = 0; y < n.in.height; ++y)
        for (int x = 0; x < n.in.width; ++x) {
          const int down = y + w.padding.height, across = x + w.padding.width;
          const auto [begin_y, end_y] = places(down, w.kernel.height, w.stride.height, n.out.height);
          const auto [begin_x, end_x] = places(across, w.kernel.width, w.stride.width, n.out.width);
          T* dx = c.in_gradient[0] + r * n.in_size() + (y * n.in.width + x) * n.channels;
          tensor::each_vector<T>(n.channels, [&, begin_y = begin_y, end_y = end_y, begin_x = begin_x, end_x = end_x](
                                                 long i, long count) __attribute__((always_inline)) {
            number<T> sum = Want.adds(0) ? tensor::load_partial(dx + i, count) : number<T>(T(0));
            for (int oy = begin_y; oy < end_y; ++oy)
              for (int ox = begin_x; ox < end_x; ++ox) {
                const long at = r * n.out_size() + (oy * n.out.width + ox) * n.channels + i;
                const int own = (down - oy * w.stride.height) * w.kernel.width + across - ox * w.stride.width;
                const auto chosen = tensor::load_partial(c.saved + at, count) == number<T>(static_cast<T>(own));
                sum = sum + xsimd::select(chosen, tensor::load_partial(c.out_gradient + at, count), number<T>(T(0)));
              }
            tensor::store_partial(dx + i, sum, count);
          });
        }
  }

 private:
  template <class T>
  using number = tensor::simd<T>;
  static constexpr window w = max_pool<O...>::moving;

  template <shapes In>
  struct sizes {
    long channels = In[0][0];
    height_width in = map_size(In[0]), out = w.places(in);
    constexpr long in_size() const { return channels * in.height * in.width; }
    constexpr long out_size() const { return channels * out.height * out.width; }
  };
};

}  // namespace genet
