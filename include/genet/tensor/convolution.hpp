#pragma once
// Convolutions, their transposes and their gradients: products with patches of feature maps.
//
// Maps lie channels last. The patch of a place is what a window sees there, a row of numbers numbered (y, x,
// channel): kernel lines that are each contiguous in the map. Some patches at a time are gathered into a matrix that
// stays in the second-level cache, and multiplied; or a product gives patches, which are added to a map. The three
// products of a convolution are `convolve`, `convolve_back` and `filter_gradient`; those of a transposed one are the
// same with the first two exchanged. Sizes are run-time numbers, so all layers share the code.
//
// Where there are many maps, of whole panels of channels, nothing is gathered: the places of one number in all maps
// make the rows of a product, whose inner dimension is the part of the window that lies within the map. Nor is anything
// multiplied with the zeros beside it, with a padding of 1 a seventh of the work on 14 x 14 pixels.
//
// How much is computed at a time depends on the sizes alone, and every sum has one fixed order: the bits are the same
// for any team.

#include <genet/declare/window.hpp>
#include <genet/tensor/matmul.hpp>

#include <algorithm>
#include <cstring>

namespace genet::inline GENET_ISA::tensor {

/// Feature maps of `height` x `width` x `channels` under a window at `down` x `across` places, where maps with
/// `features` channels have their pixels. With groups, equal shares of the channels belong to equal shares of the
/// features.
struct patches {
  long height, width, channels;
  long down, across, features;
  window moving;
  long groups = 1;

  constexpr long pixels() const { return height * width; }
  constexpr long places() const { return down * across; }
  constexpr long channel_share() const { return channels / groups; }
  constexpr long feature_share() const { return features / groups; }
  /// Elements of a group's patch.
  constexpr long size() const { return moving.kernel.height * moving.kernel.width * channel_share(); }
  /// Each patch is one pixel, and each pixel one patch.
  constexpr bool are_pixels() const {
    return moving.kernel == height_width{1, 1} && moving.stride == height_width{1, 1} &&
           moving.padding == height_width{};
  }

  /// A depthwise convolution: each channel has a kernel of its own. No product, but a pass over the patches of all
  /// channels.
  constexpr bool are_by_channel() const { return groups > 1 && groups == channels && groups == features; }
  constexpr patches of_all_channels() const { return {height, width, channels, down, across, features, moving, 1}; }

  /// Place by place of all maps, without gathering.
  template <class T>
  constexpr bool are_by_place(long maps) const {
    return groups == 1 && !are_pixels() && maps >= maps_at_once<T> && channels % panel_width<T> == 0 &&
           features % panel_width<T> == 0;
  }
  template <class T>
  static constexpr long maps_at_once = 3 * tallest_tile;

  // What is gathered at a time: lines of an odd number of cache lines, lest they meet in the same places of the
  // cache.
  template <class T>
  constexpr long line() const {
    constexpr long unit = alignment / sizeof(T);
    return ((size() + unit - 1) / unit | 1) * unit;
  }
  template <class T>
  constexpr long at_once() const {
    constexpr long least = 96, most = 2048, bytes = 1 << 19;
    return std::clamp(bytes / (line<T>() * static_cast<long>(sizeof(T))) / 8 * 8, least, most);
  }
  template <class T>
  constexpr long gathered() const {
    if (are_by_channel()) return of_all_channels().at_once<T>() * of_all_channels().line<T>();
    return are_pixels() ? 0 : at_once<T>() * line<T>();
  }
  static constexpr long most_parts = 8;  // that a team computes at once, each with memory of its own

  /// Elements of the filters, a matrix (size(), feature_share()) for each group, in panels; and of its transpose.
  template <class T>
  constexpr long filter_size() const {
    return groups * pack_size<T>(size(), feature_share());
  }
  template <class T>
  constexpr long turned_size() const {
    return groups * pack_size<T>(feature_share(), size());
  }
  /// Elements of working memory, aligned, that `convolve` and `convolve_back` take, and `filter_gradient`.
  template <class T>
  constexpr long work_size() const {
    return most_parts * gathered<T>() + (are_by_channel() ? of_all_channels().size() : 0);
  }
  template <class T>
  constexpr long gradient_work_size() const {
    return gathered<T>() +
           (are_by_channel() ? of_all_channels().size() : pack_size<T>(at_once<T>(), feature_share()));
  }
};

namespace detail {

// to = from, or to += from, of fewer than 2 * Half elements, by powers of two.
template <int Half, class T>
[[gnu::always_inline]] inline void add_few(T* to, const T* from, long n) {
  if (n & Half) {
    using V = typename lanes<T, Half>::type;
    V x, y;
    std::memcpy(&x, from, sizeof(V));
    std::memcpy(&y, to, sizeof(V));
    y += x;
    std::memcpy(to, &y, sizeof(V));
    to += Half;
    from += Half;
  }
  if constexpr (Half > 1) add_few<Half / 2>(to, from, n);
}

// to = from, to += from, to = 0, of n elements.
template <class T>
[[gnu::always_inline]] inline void copy_run(T* to, const T* from, long n) {
  constexpr long W = width<T>;
  long i = 0;
  for (; i + W <= n; i += W) simd<T>::load_unaligned(from + i).store_unaligned(to + i);
  copy_few<W / 2>(to + i, from + i, n - i);
}
template <class T>
[[gnu::always_inline]] inline void add_run(T* to, const T* from, long n) {
  constexpr long W = width<T>;
  long i = 0;
  for (; i + W <= n; i += W)
    (simd<T>::load_unaligned(to + i) + simd<T>::load_unaligned(from + i)).store_unaligned(to + i);
  add_few<W / 2>(to + i, from + i, n - i);
}
template <class T>
[[gnu::always_inline]] inline void clear_run(T* to, long n) {
  constexpr long W = width<T>;
  alignas(alignment) static constexpr T zeros[static_cast<std::size_t>(W)]{};
  long i = 0;
  for (; i + W <= n; i += W) simd<T>(T(0)).store_unaligned(to + i);
  copy_few<W / 2>(to + i, zeros, n - i);
}

// f(n), as a constant if it is small: then a run is a few instructions.
template <class F>
[[gnu::always_inline]] inline void with_small_constant(long n, const F& f) {
  constexpr int small = 16;
  bool done = false;
  unroll<small>([&](auto k) __attribute__((always_inline)) {
    if (n == k) {
      f(k);
      done = true;
    }
  });
  if (!done) f(n);
}

// Places one behind the other on one line of a map.
struct stretch {
  long map, y, x, count;
};
// f(stretch, number of its first place among the `count` ones) for the places from `first` on, of maps one behind the
// other.
template <class F>
void each_stretch(const patches& p, long first, long count, const F& f) {
  for (long done = 0; done < count;) {
    const long at = first + done, x = at % p.across, n = std::min(p.across - x, count - done);
    f(stretch{at / p.places(), at % p.places() / p.across, x, n}, done);
    done += n;
  }
}

// Where a line of the window lies over the map: for places x in [inside, inside_end) wholly within.
struct window_line {
  long stride, padding, kernel, dilation, width;
  long inside, inside_end;

  explicit window_line(const patches& p)
      : stride(p.moving.stride.width),
        padding(p.moving.padding.width),
        kernel(p.moving.kernel.width),
        dilation(p.moving.dilation.width),
        width(p.width),
        inside((padding + stride - 1) / stride),
        inside_end(std::max(inside, (width + padding - p.moving.reach().width) / stride + 1)) {
    if (width + padding < p.moving.reach().width) inside_end = inside;
  }
  long column(long x) const { return x * stride - padding; }
};

// run(patch, pixel, elements, places): `places` lines of patches, from `patch` on, that each have so many elements in
// common with the map, which begin at `pixel` for the first one; outside(patch, elements): those that lie beside the
// map.
template <class T, class Run, class Outside>
[[gnu::always_inline]] inline void each_run(const patches& p, long group, long first, long count, const Run& run,
                                            const Outside& outside) {
  const window_line w(p);
  const long share = p.channel_share(), line = p.line<T>();
  const bool together = p.groups == 1 && w.dilation == 1;  // a line of a patch is contiguous in the map
  const long taps = together ? 1 : w.kernel, elements = together ? w.kernel * share : share;
  each_stretch(p, first, count, [&](const stretch& s, long done) {
    const long end = s.x + s.count;
    for (long ky = 0; ky < p.moving.kernel.height; ++ky) {
      const long row = s.y * p.moving.stride.height - p.moving.padding.height + ky * p.moving.dilation.height;
      const bool beside = row < 0 || row >= p.height;
      const long pixel = (s.map * p.height + row) * p.width;  // of the line's first one
      const long begin_inside = beside ? end : std::clamp(w.inside, s.x, end);
      const long end_inside = beside ? end : std::clamp(w.inside_end, begin_inside, end);
      const auto border = [&](long x, long until) {
        for (; x < until; ++x) {
          const long at = (done + x - s.x) * line + ky * w.kernel * share, column = w.column(x);
          if (beside) {
            outside(at, w.kernel * share);
            continue;
          }
          const auto tap = [&](long i) { return column + i * w.dilation; };
          for (long kx = 0, n = 0; kx < w.kernel; kx += n, n = 0)
            if (tap(kx) < 0 || tap(kx) >= w.width) {
              while (kx + n < w.kernel && (tap(kx + n) < 0 || tap(kx + n) >= w.width)) ++n;
              outside(at + kx * share, n * share);
            } else {
              do ++n;
              while (together && kx + n < w.kernel && tap(kx + n) < w.width);
              run(at + kx * share, (pixel + tap(kx)) * p.channels + group * share, n * share, 1L);
            }
        }
      };
      border(s.x, begin_inside);
      for (long tap = 0; tap < taps && begin_inside < end_inside; ++tap)
        run((done + begin_inside - s.x) * line + (ky * w.kernel + tap) * share,
            (pixel + w.column(begin_inside) + tap * w.dilation) * p.channels + group * share, elements,
            end_inside - begin_inside);
      border(end_inside, end);
    }
  });
}

// The patches of `count` places from `first` on, of all maps at x, one a line.
template <class T>
void gather(const patches& p, long group, const T* x, long first, long count, T* to) {
  const long line = p.line<T>(), step = p.moving.stride.width * p.channels;
  each_run<T>(
      p, group, first, count,
      [&](long patch, long pixel, long n, long places) {
        with_small_constant(
            n, [&](auto elements) __attribute__((always_inline)) {
              T* out = to + patch;
              const T* in = x + pixel;
              for (long place = 0; place < places; ++place, out += line, in += step) copy_run(out, in, elements);
            });
      },
      [&](long patch, long n) { clear_run(to + patch, n); });
}

// Adds patches to the maps at x. Places whose windows overlap are not taken one right after the other: what was just
// stored is not read again at once.
template <class T>
void scatter(const patches& p, long group, const T* from, long first, long count, T* x) {
  const long line = p.line<T>(), step = p.moving.stride.width * p.channels;
  const long apart = (p.moving.reach().width + p.moving.stride.width - 1) / p.moving.stride.width;
  each_run<T>(
      p, group, first, count,
      [&](long patch, long pixel, long n, long places) {
        with_small_constant(
            n, [&](auto elements) __attribute__((always_inline)) {
              for (long begin = 0; begin < std::min(apart, places); ++begin) {
                const T* in = from + patch + begin * line;
                T* out = x + pixel + begin * step;
                for (long place = begin; place < places; place += apart, in += apart * line, out += apart * step)
                  add_run(out, in, elements);
              }
            });
      },
      [](long, long) {});
}

// An epilogue of one of several products that make a result: tiles are numbered in the whole.
template <class T>
struct shifted_epilogue {
  const epilogue<T>& whole;
  long row, column;

  epilogue<T> value() const {
    epilogue<T> e = whole;
    if (e.bias) e.bias += column;
    if (e.before) e.before += row * e.before_stride + column;
    if (e.each) e.each = &apply;
    e.data = this;
    return e;
  }
  static void apply(const tile_lines<T>& t, const void* data) {
    const auto& self = *static_cast<const shifted_epilogue*>(data);
    self.whole.each({t.at, t.rows, t.columns, t.stride, t.row + self.row, t.column + self.column}, self.whole.data);
  }
};

// Where the kernel of a channel has its element `tap`, in the panels of filters and of turned ones, where each
// channel is a group.
template <class T>
long filter_place(const patches& p, bool turned, long channel, long tap) {
  const long taps = p.size(), rows = turned ? 1 : taps, columns = turned ? taps : 1;
  return channel * pack_size<T>(rows, columns) + panel_place<T>(rows, columns, turned ? 0 : tap, turned ? tap : 0);
}
// The kernels of all channels, (tap, channel).
template <class T>
void gather_kernels(const patches& p, const T* filters, bool turned, T* kernels) {
  for (long channel = 0; channel < p.channels; ++channel)
    for (long tap = 0; tap < p.size(); ++tap)
      kernels[tap * p.channels + channel] = filters[filter_place<T>(p, turned, channel, tap)];
}

// y = the sum over taps of patches times kernels, for each channel; or y += it. Some places, one a line.
template <class T>
void weigh(const patches& p, long count, const T* patch, const T* kernels, const T* bias, bool add, T* y) {
  const long taps = p.size(), line = p.of_all_channels().line<T>();
  for (long place = 0; place < count; ++place, patch += line, y += p.channels)
    each_vector<T>(
        p.channels, [&](long j, long n) __attribute__((always_inline)) {
          simd<T> sum = bias ? load_partial(bias + j, n) : simd<T>(T(0));
          if (add) sum += load_partial(y + j, n);
          for (long tap = 0; tap < taps; ++tap)
            sum = fma<T>(load_partial(patch + tap * p.channels + j, n),
                         load_partial(kernels + tap * p.channels + j, n), sum);
          store_partial(y + j, sum, n);
        });
}
// Patches = y times kernels.
template <class T>
void weigh_back(const patches& p, long count, const T* y, const T* kernels, T* patch) {
  const long taps = p.size(), line = p.of_all_channels().line<T>();
  for (long place = 0; place < count; ++place, patch += line, y += p.channels)
    for (long tap = 0; tap < taps; ++tap)
      each_vector<T>(
          p.channels, [&](long j, long n) __attribute__((always_inline)) {
            const long at = tap * p.channels + j;
            store_partial(patch + at, load_partial(y + j, n) * load_partial(kernels + at, n), n);
          });
}
// Kernels += patches times y, for taps from `first` on.
template <class T>
void add_kernel_gradient(const patches& p, long count, const T* patch, const T* y, long first, long taps,
                         T* kernels) {
  const long line = p.of_all_channels().line<T>();
  for (long tap = first; tap < first + taps; ++tap)
    each_vector<T>(
        p.channels, [&](long j, long n) __attribute__((always_inline)) {
          const long at = tap * p.channels + j;
          simd<T> sum = load_partial(kernels + at, n);
          for (long place = 0; place < count; ++place)
            sum =
                fma<T>(load_partial(patch + place * line + at, n), load_partial(y + place * p.channels + j, n), sum);
          store_partial(kernels + at, sum, n);
        });
}

// What an epilogue does with `rows` whole rows, from `row` on, that are written already and have their bias.
template <class T>
void finish(const epilogue<T>& e, T* rows_at, long row, long rows, long columns) {
  if (e.before) std::copy_n(rows_at, rows * columns, e.before + row * columns);
  if (e.each) e.each({rows_at, rows, columns, columns, row, 0}, e.data);
}

// Cuts 0 ... n - 1 at multiples of `unit` into parts: f(first, count, number of the part).
template <class F>
void by_parts(const patches& p, long n, long unit, double flops, team& t, const F& f) {
  const long units = (n + unit - 1) / unit;
  const bool alone = t.size() == 1 || flops < 2 * least_flops;
  const long parts = alone ? 1 : std::clamp(std::min(4L * t.size(), units), 1L, p.most_parts);
  t.run(static_cast<int>(parts), [&](int part) {
    const long first = units * part / parts * unit, last = std::min(n, units * (part + 1) / parts * unit);
    if (first < last) f(first, last - first, part);
  });
}
inline double flops_of(const patches& p, long maps) {
  return 2.0 * static_cast<double>(maps * p.places() * p.size()) * static_cast<double>(p.features);
}

// ---- place by place

// The elements of a kernel's line that lie within a map of `length`, where the first one is at `at`: [first, end).
struct taps_within {
  long first, end;
  constexpr taps_within(long at, long dilation, long kernel, long length)
      : first(std::clamp((dilation - 1 - at) / dilation, 0L, kernel)),
        end(std::clamp((length - at + dilation - 1) / dilation, first, kernel)) {}
  constexpr long count() const { return end - first; }
};

// An epilogue of a product whose rows are one place each of maps one behind the other.
template <class T>
struct place_epilogue {
  const epilogue<T>& whole;
  long first, places;  // the place of the first row, from one row to the next

  epilogue<T> value() const {
    epilogue<T> e = whole;
    if (e.before) e.before += first * e.before_stride;
    e.before_stride *= places;
    if (e.each) e.each = &apply;
    e.data = this;
    return e;
  }
  static void apply(const tile_lines<T>& t, const void* data) {
    const auto& self = *static_cast<const place_epilogue*>(data);
    for (long i = 0; i < t.rows; ++i)
      self.whole.each({t.at + i * t.stride, 1, t.columns, t.stride, self.first + (t.row + i) * self.places, t.column},
                      self.whole.data);
  }
};

// For each place of some maps at a time: f(job, left, map, place), where the job's C is that place of the maps, from
// `map` on. Results have `places` places of `columns` elements.
template <class T, class F>
void each_place(const patches& p, long maps, long places, long columns, T* c, bool add, const epilogue<T>& e, team& t,
                const F& f) {
  by_parts(p, maps, p.maps_at_once<T>, flops_of(p, maps), t, [&](long begin, long n, long) {
    const balanced blocks(n, p.maps_at_once<T>);
    for (long block = 0, map = begin; block < blocks.parts; map += blocks.size(block++))
      for (long place = 0; place < places; ++place) {
        const place_epilogue<T> shifted{e, map * places + place, places};
        product_job<T> job{.m = blocks.size(block),
                           .n = columns,
                           .k = 0,
                           .a = nullptr,
                           .a_row = 0,
                           .a_col = 1,
                           .panels = nullptr,
                           .c = c + (map * places + place) * columns,
                           .ldc = places * columns,
                           .add = add,
                           .e = shifted.value()};
        left_block<T> left{.a_row = 0, .a_col = 1, .rows = job.m};
        f(job, left, map, place);
      }
  });
}

// f(number of a tap, taps, pixel): what of the window at a place lies within the map, in stretches of at most `most`
// taps that are contiguous in it. How many stretches there are.
template <class F>
long each_stretch_within(const patches& p, long place, long most, const F& f) {
  const window& w = p.moving;
  const long row = place / p.across * w.stride.height - w.padding.height,
             column = place % p.across * w.stride.width - w.padding.width;
  const taps_within down(row, w.dilation.height, w.kernel.height, p.height),
      across(column, w.dilation.width, w.kernel.width, p.width);
  const long longest = w.dilation.width == 1 ? std::max(most, 1L) : 1;
  long n = 0;
  for (long y = down.first; y < down.end; ++y)
    for (long x = across.first; x < across.end; x += longest, ++n)
      f(y * w.kernel.width + x, std::min(longest, across.end - x),
        (row + y * w.dilation.height) * p.width + column + x * w.dilation.width);
  return n;
}

template <class T>
void convolve_by_place(const patches& p, long maps, const T* x, const T* filters, T* y, bool add, const epilogue<T>& e,
                       team& t) {
  const long most = inner_block / p.channels, map_size = p.pixels() * p.channels;
  each_place(p, maps, p.places(), p.features, y, add, e, t,
             [&](product_job<T>& job, left_block<T>& left, long map, long place) {
               job.k = p.size();
               job.panels = filters;
               left.a_row = map_size;
               const long stretches = each_stretch_within(p, place, most, [](long, long, long) {});
               long done = 0;
               const auto multiply = [&](long tap, long taps, long pixel) {
                 left.a = x + map * map_size + pixel * p.channels;
                 left.first = tap * p.channels;
                 left.depth = taps * p.channels;
                 left.is_first = done == 0;
                 left.is_last = ++done >= stretches;
                 multiply_panels(job, left, 0L, job.n);
               };
               if (stretches == 0) return multiply(0, 0, 0);
               each_stretch_within(p, place, most, multiply);
             });
}

// A pixel is the sum over the places whose window sees it.
template <class T>
void convolve_back_by_place(const patches& p, long maps, const T* y, const T* turned, T* x, bool add,
                            const epilogue<T>& e, team& t) {
  const window& w = p.moving;
  epilogue<T> now = e;
  if (add) now.bias = nullptr;
  each_place(p, maps, p.pixels(), p.channels, x, add, now, t,
             [&](product_job<T>& job, left_block<T>& left, long map, long pixel) {
               job.k = p.features;
               left.a_row = p.places() * p.features;
               left.depth = p.features;
               // f(tap, place) for those in the pixel's line and column.
               const auto each = [&](const auto& f) {
                 for (long ky = 0; ky < w.kernel.height; ++ky) {
                   const long down = pixel / p.width + w.padding.height - ky * w.dilation.height;
                   if (down < 0 || down % w.stride.height != 0 || down / w.stride.height >= p.down) continue;
                   for (long kx = 0; kx < w.kernel.width; ++kx) {
                     const long across = pixel % p.width + w.padding.width - kx * w.dilation.width;
                     if (across < 0 || across % w.stride.width != 0 || across / w.stride.width >= p.across) continue;
                     f(ky * w.kernel.width + kx, down / w.stride.height * p.across + across / w.stride.width);
                   }
                 }
               };
               long all = 0, done = 0;
               each([&](long, long) { ++all; });
               const auto multiply = [&](long tap, long place) {
                 job.panels = turned + tap * p.channels * p.features;
                 left.a = y + (map * p.places() + place) * p.features;
                 left.is_first = done == 0;
                 left.is_last = ++done >= all;
                 multiply_panels(job, left, 0L, job.n);
               };
               if (all > 0) return each(multiply);
               left.depth = 0;
               multiply(0, 0);
             });
}

// The sum over places of (pixels in all maps)^T y: `right` takes pack_size(at_once, features).
template <class T>
void filter_gradient_by_place(const patches& p, long maps, const T* x, const T* y, T* gradient, bool add, T* right,
                              team& t) {
  const long map_size = p.pixels() * p.channels;
  const balanced blocks(maps, std::min(p.at_once<T>(), 128L));
  if (!add) std::fill_n(gradient, p.filter_size<T>(), T(0));
  t.divide(p.features, panel_width<T>, [&](long column, long columns) {
    for (long block = 0, map = 0; block < blocks.parts; map += blocks.size(block++))
      for (long place = 0; place < p.places(); ++place) {
        const long count = blocks.size(block);
        pack(y + (map * p.places() + place) * p.features + column, count, columns, p.places() * p.features, 1L,
             right + column * count);
        product_job<T> job{.m = p.size(),
                           .n = p.features,
                           .k = count,
                           .a = nullptr,
                           .a_row = 1,
                           .a_col = map_size,
                           .panels = right,
                           .c = gradient,
                           .ldc = 0,
                           .add = true,
                           .e = {}};
        left_block<T> left{.a_row = 1, .a_col = map_size, .depth = count};
        each_stretch_within(p, place, inner_block / p.channels, [&](long tap, long taps, long pixel) {
          left.a = x + map * map_size + pixel * p.channels;
          left.row = tap * p.channels;
          left.rows = taps * p.channels;
          multiply_panels(job, left, column, column + columns);
        });
      }
  });
}

}  // namespace detail

/// y = patches of x times filters, or y += it if `add`: a convolution, and the gradient of a transposed one's input.
/// x: `maps` maps (height, width, channels); y: (down, across, features); filters: panels, see filter_size. The
/// epilogue sees (place, feature) as row and column. `work`: work_size.
template <class T>
void convolve(const patches& p, long maps, const T* x, const T* filters, T* y, bool add, const epilogue<T>& e,
              T* work, team& t) {
  if (p.are_by_place<T>(maps)) return detail::convolve_by_place(p, maps, x, filters, y, add, e, t);
  const bool by_channel = p.are_by_channel();
  const patches all = p.of_all_channels();
  const long size = p.size(), share = p.feature_share(), unit = by_channel ? all.at_once<T>() : p.at_once<T>();
  T* const kernels = work + p.most_parts * p.gathered<T>();
  if (by_channel) detail::gather_kernels(p, filters, false, kernels);
  detail::by_parts(p, maps * p.places(), unit, detail::flops_of(p, maps), t, [&](long begin, long n, long part) {
    T* patch = work + part * p.gathered<T>();
    for (long first = begin; first < begin + n; first += unit) {
      const long count = std::min(unit, begin + n - first);
      if (by_channel) {
        T* const to = y + first * p.features;
        detail::gather(all, 0, x, first, count, patch);
        detail::weigh(p, count, static_cast<const T*>(patch), static_cast<const T*>(kernels), e.bias, add, to);
        detail::finish(e, to, first, count, p.features);
      }
      for (long group = 0; group < p.groups && !by_channel; ++group) {
        const T* left = x + first * p.channels + group * p.channel_share();
        if (!p.are_pixels()) {
          detail::gather(p, group, x, first, count, patch);
          left = patch;
        }
        const detail::shifted_epilogue<T> shifted{e, first, group * share};
        matmul(count, share, size, left, p.are_pixels() ? p.channels : p.line<T>(), 1L,
               filters + group * pack_size<T>(size, share), y + first * p.features + group * share, p.features, add,
               shifted.value());
      }
    }
  });
}

/// x = the maps that y times turned filters, added up where patches overlap, makes; or x += it if `add`: a transposed
/// convolution, and the gradient of a convolution's input. Shapes are those of `convolve`; turned: panels of the
/// transposed filters, see turned_size. The epilogue sees (pixel, channel) as row and column, in tiles that need not
/// be aligned: whole maps at a time. Its bias takes part only where x is written.
template <class T>
void convolve_back(const patches& p, long maps, const T* y, const T* turned, T* x, bool add, const epilogue<T>& e,
                   T* work, team& t) {
  if (p.are_by_place<T>(maps)) return detail::convolve_back_by_place(p, maps, y, turned, x, add, e, t);
  const bool by_channel = p.are_by_channel(), scattered = by_channel || !p.are_pixels();
  const patches all = p.of_all_channels();
  const long size = p.size(), share = p.feature_share(), unit = by_channel ? all.at_once<T>() : p.at_once<T>(),
             map_size = p.pixels() * p.channels;
  T* const kernels = work + p.most_parts * p.gathered<T>();
  const auto start = [&](T* map) {
    if (!e.bias) {
      std::fill_n(map, map_size, T(0));
      return;
    }
    std::copy_n(e.bias, p.channels, map);
    for (long done = p.channels; done < map_size; done *= 2)
      std::copy_n(map, std::min(done, map_size - done), map + done);
  };
  if (by_channel) detail::gather_kernels(p, turned, true, kernels);
  detail::by_parts(p, maps, 1L, detail::flops_of(p, maps), t, [&](long begin_map, long n, long part) {
    T* patch = work + part * p.gathered<T>();
    const long end = (begin_map + n) * p.places();
    long count = 0;
    for (long first = begin_map * p.places(); first < end; first += count) {
      count = std::min(unit, end - first);
      // Whole maps, or pieces of one that are the same for each: what overlaps is added up in one order.
      count = count >= p.places() ? count - count % p.places() : std::min(count, p.places() - first % p.places());
      if (!add && scattered)
        for (long m = (first + p.places() - 1) / p.places(); m * p.places() < first + count; ++m)
          start(x + m * map_size);
      if (by_channel) {
        detail::weigh_back(p, count, y + first * p.features, static_cast<const T*>(kernels), patch);
        detail::scatter(all, 0, static_cast<const T*>(patch), first, count, x);
      }
      for (long group = 0; group < p.groups && !by_channel; ++group) {
        const T* left = y + first * p.features + group * share;
        const T* right = turned + group * pack_size<T>(share, size);
        if (p.are_pixels()) {
          const detail::shifted_epilogue<T> shifted{e, first, group * p.channel_share()};
          matmul(count, size, share, left, p.features, 1L, right, x + first * p.channels + group * p.channel_share(),
                 p.channels, add, shifted.value());
        } else {
          matmul(count, size, share, left, p.features, 1L, right, patch, p.line<T>());
          detail::scatter(p, group, static_cast<const T*>(patch), first, count, x);
        }
      }
      if (scattered)
        for (long m = first / p.places(); (m + 1) * p.places() <= first + count; ++m)
          detail::finish(e, x + m * map_size, m * p.pixels(), p.pixels(), p.channels);
    }
  });
}

/// The gradient of the filters: (patches of x)^T y for each group, in panels; or gradient += it if `add`. `work`:
/// gradient_work_size.
template <class T>
void filter_gradient(const patches& p, long maps, const T* x, const T* y, T* gradient, bool add, T* work, team& t) {
  if (p.are_by_place<T>(maps))
    return detail::filter_gradient_by_place(p, maps, x, y, gradient, add, work + p.gathered<T>(), t);
  const bool by_channel = p.are_by_channel(), gathered = by_channel || !p.are_pixels();
  const patches from = by_channel ? p.of_all_channels() : p;
  const long size = p.size(), share = p.feature_share(), total = maps * p.places(), unit = from.at_once<T>();
  T *const patch = work, *const right = work + p.gathered<T>();
  const auto sharing = [&](double work_of_all, long n, long part, const auto& f) {
    if (work_of_all < detail::least_flops / 8) return f(0L, n);
    t.divide(n, part, f);
  };
  if (by_channel) {
    if (add)
      detail::gather_kernels(p, static_cast<const T*>(gradient), false, right);
    else
      std::fill_n(right, from.size(), T(0));
  }
  long first = 0;
  do {
    const long count = std::min(unit, total - first);
    const double elements = static_cast<double>(count * from.size());
    for (long group = 0; group < from.groups; ++group) {
      const T* left = x + first * p.channels + group * p.channel_share();
      if (gathered) {
        sharing(elements, count, 8L, [&](long begin, long n) {
          detail::gather(from, group, x, first + begin, n, patch + begin * from.line<T>());
        });
        left = patch;
      }
      if (by_channel) {
        sharing(elements, size, 1L, [&](long tap, long taps) {
          detail::add_kernel_gradient(p, count, left, y + first * p.features, tap, taps, right);
        });
      } else {
        pack(y + first * p.features + group * share, count, share, p.features, 1L, right, t);
        matmul_to_panels(size, share, count, left, 1L, gathered ? p.line<T>() : p.channels,
                         static_cast<const T*>(right), gradient + group * pack_size<T>(size, share), add || first > 0,
                         {}, t);
      }
    }
    first += count;
  } while (first < total);
  if (by_channel) {
    std::fill_n(gradient, p.filter_size<T>(), T(0));
    for (long channel = 0; channel < p.channels; ++channel)
      for (long tap = 0; tap < size; ++tap)
        gradient[detail::filter_place<T>(p, false, channel, tap)] = right[tap * p.channels + channel];
  }
}

}  // namespace genet::tensor

#ifdef GENET_COMPILED_KERNELS
#include <genet/compiled/convolutions.hpp>
#endif
