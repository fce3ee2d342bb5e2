#pragma once
// Matrix product: C = A B, C += A B, with an epilogue on each tile while it is in the first-level cache.
//
// The right operand is packed into panels of one or two vectors' width; the left one is read in place. A register
// tile is keyed by (scalar, height, panel vectors) and never by a layer's shape: all products of a program share the
// same few tiles (14 x 2 vectors with 32 registers, 6 x 2 with 16). Each element of C sums over k in one fixed order,
// whatever tile it falls into: results do not depend on how rows are divided among calls or threads.

#include <genet/tensor/simd.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace genet::inline GENET_ISA::tensor {

/// Rows of the tallest register tile.
#if XSIMD_WITH_AVX512F || XSIMD_WITH_NEON64
inline constexpr int tallest_tile = 14;
#else
inline constexpr int tallest_tile = 6;
#endif

/// Columns of a full panel: two vectors. A caller that divides the columns of a product divides at multiples of it.
template <class T>
inline constexpr int panel_width = 2 * width<T>;

/// Elements of a packed right operand of `k` rows and `n` columns: columns are padded to whole vectors.
template <class T>
constexpr long pack_size(long k, long n) {
  return k * round_up(n, width<T>);
}

/// One tile of results, before it is stored: what an epilogue's function sees. `rows` lines of `stride` elements,
/// aligned; elements from `columns` on are padding that is never stored. (row, column) is the place of the first one
/// in C.
template <class T>
struct tile_lines {
  T* at;
  long rows, columns, stride;
  long row, column;
};

/// What happens to each element of C after its sum is complete: z = sum [+ C] [+ bias[column]]; `before` receives z
/// if set; then `each` changes the tile in place if set; the result is stored to C. An aggregate: `{.bias = b}`.
template <class T>
struct epilogue {
  const T* bias = nullptr;  // n values
  T* before = nullptr;      // second destination, for z before `each`
  long before_stride = 0;   // elements between its rows
  void (*each)(const tile_lines<T>&, const void* data) = nullptr;
  const void* data = nullptr;  // handed to `each`
};

namespace detail {

template <class A, class T>
void activate_tile(const tile_lines<T>& tile, const void*) {
  for (long i = 0; i < tile.rows * tile.stride; i += width<T>)
    lane<T>(A::value(lane<T>(simd<T>::load_aligned(tile.at + i)))).v.store_aligned(tile.at + i);
}

}  // namespace detail

/// The epilogue A::value(sum + bias), for an activation (see activation.hpp); `before` keeps sum + bias for backward.
template <class A, class T>
epilogue<T> activated(const T* bias = nullptr, T* before = nullptr, long before_stride = 0) {
  return {bias, before, before_stride, &detail::activate_tile<A, T>, nullptr};
}

namespace detail {

template <class T>
struct tile_job {
  const T* a;      // first element of the tile's rows
  const T* b;      // panel
  const T* start;  // what each row's sums start from: one panel width
  T* out;
  long k, a_row, a_col, out_row;
};

// sums[Rows][Vectors] = start + A B, stored to out.
template <class T, int Rows, int Vectors>
[[gnu::noinline]] void tile(const tile_job<T>& job) {
  constexpr int W = width<T>, groups = (Rows + 2) / 3;
  simd<T> sum[Rows][Vectors];
  unroll<Rows>([&](auto i) __attribute__((always_inline)) {
    unroll<Vectors>([&](auto j)
                        __attribute__((always_inline)) { sum[i][j] = simd<T>::load_aligned(job.start + j * W); });
  });
  // One pointer for three rows, addressed as p, p + row, p + 2 row in bytes. The empty asm keeps clang from making a
  // pointer for each row, which would not fit into the integer registers.
  const long row = job.a_row * static_cast<long>(sizeof(T)), column = job.a_col * static_cast<long>(sizeof(T));
  const char* a[groups];
  unroll<groups>([&](auto g) __attribute__((always_inline)) {
    a[g] = reinterpret_cast<const char*>(job.a) + 3 * g * row;
    asm("" : "+r"(a[g]));
  });
  const T* b = job.b;
  for (long k = job.k; k > 0; --k) {
    simd<T> right[Vectors];
    unroll<Vectors>([&](auto j) __attribute__((always_inline)) { right[j] = simd<T>::load_aligned(b + j * W); });
    unroll<Rows>([&](auto i) __attribute__((always_inline)) {
      const simd<T> left(*reinterpret_cast<const T*>(a[i / 3] + i % 3 * row));
      unroll<Vectors>([&](auto j) __attribute__((always_inline)) { sum[i][j] = fma<T>(left, right[j], sum[i][j]); });
    });
    unroll<groups>([&](auto g) __attribute__((always_inline)) { a[g] += column; });
    b += Vectors * W;
  }
  unroll<Rows>([&](auto i) __attribute__((always_inline)) {
    unroll<Vectors>([&](auto j) __attribute__((always_inline)) {
      sum[i][j].store_unaligned(job.out + i * job.out_row + j * W);
    });
  });
}

template <class T>
using tile_function = void (*)(const tile_job<T>&);

/// The next tile of a panel of one vector that has `rows` left: few heights, since such panels are short of work
/// anyway and every tile takes time to compile.
constexpr long narrow_height(long rows) {
  return rows >= tallest_tile ? tallest_tile : static_cast<long>(std::bit_floor(static_cast<unsigned long>(rows)));
}

template <class T, int Vectors, int Rows>
constexpr tile_function<T> tile_or_null() {
  if constexpr (Vectors > 1 || Rows == narrow_height(Rows))
    return &tile<T, Rows, Vectors>;
  else
    return nullptr;
}

template <class T, int Vectors, int... I>
constexpr std::array<tile_function<T>, sizeof...(I)> tiles(std::integer_sequence<int, I...>) {
  return {tile_or_null<T, Vectors, I + 1>()...};
}

/// The tile of height h and `Vectors` panel vectors is at [h - 1].
template <class T, int Vectors>
inline constexpr auto tile_table = tiles<T, Vectors>(std::make_integer_sequence<int, tallest_tile>{});

// Calls f(column, count) for each vector of `columns` columns; count < width only in the last one.
template <class T, class F>
[[gnu::always_inline]] inline void each_vector(long columns, F&& f) {
  long j = 0;
  for (; j + width<T> <= columns; j += width<T>) f(j, static_cast<long>(width<T>));
  if (j < columns) f(j, columns - j);
}

// From the lines of a tile to C: addition, second destination, the epilogue's function. Compiled once for all tiles.
template <class T>
[[gnu::noinline]] void finish(const tile_lines<T>& tile, T* c, long ldc, bool add, const epilogue<T>& e) {
  if (add)
    for (long i = 0; i < tile.rows; ++i)
      each_vector<T>(
          tile.columns, [&](long j, long n) __attribute__((always_inline)) {
            T* line = tile.at + i * tile.stride + j;
            (simd<T>::load_aligned(line) + load_partial(c + i * ldc + j, n)).store_aligned(line);
          });
  if (e.before) {
    T* before = e.before + tile.row * e.before_stride + tile.column;
    for (long i = 0; i < tile.rows; ++i)
      each_vector<T>(
          tile.columns, [&](long j, long n) __attribute__((always_inline)) {
            store_partial(before + i * e.before_stride + j, simd<T>::load_aligned(tile.at + i * tile.stride + j), n);
          });
  }
  if (e.each) e.each(tile, e.data);
  for (long i = 0; i < tile.rows; ++i)
    each_vector<T>(
        tile.columns, [&](long j, long n) __attribute__((always_inline)) {
          store_partial(c + i * ldc + j, simd<T>::load_aligned(tile.at + i * tile.stride + j), n);
        });
}

// Splits `total` into the fewest parts of at most `largest`, as equal as can be: the first `longer` ones are base
// + 1.
struct balanced {
  long parts, base, longer;
  constexpr balanced(long total, long largest)
      : parts((total + largest - 1) / largest), base(parts ? total / parts : 0), longer(parts ? total % parts : 0) {}
  constexpr long size(long part) const { return base + (part < longer); }
};

inline constexpr long k_block = 1024;           // a panel of it stays in the second-level cache
inline constexpr long a_block_bytes = 1 << 18;  // and so do that many bytes of A

}  // namespace detail

/// Packs the right operand B of `k` rows and `n` columns, B(i, j) = b[i * row_stride + j * col_stride], into
/// `panels`: pack_size<T>(k, n) elements, aligned to 64 bytes. Fast where one of the strides is 1. Panel p holds the
/// columns from p * panel_width on, [k][panel_width], padded with zeros; a last panel of at most one vector is
/// [k][width]. So columns from a multiple c of panel_width on may be packed apart: pack(b + c * col_stride, ...,
/// panels + c * k).
template <class T>
void pack(const T* b, long k, long n, long row_stride, long col_stride, T* panels) {
  constexpr int W = width<T>, S = transpose_side<T>;
  for (long first = 0; first < n; first += panel_width<T>, b += panel_width<T> * col_stride) {
    const long columns = std::min<long>(panel_width<T>, n - first), line = columns <= W ? W : 2 * W;
    if (col_stride == 1) {
      for (long i = 0; i < k; ++i) {
        const T* from = b + i * row_stride;
        T* to = panels + i * line;
        if (columns == 2 * W) {
          simd<T>::load_unaligned(from).store_aligned(to);
          simd<T>::load_unaligned(from + W).store_aligned(to + W);
        } else if (columns > W) {
          simd<T>::load_unaligned(from).store_aligned(to);
          load_partial(from + W, columns - W).store_aligned(to + W);
        } else {
          load_partial(from, columns).store_aligned(to);
        }
      }
    } else {
      constexpr long together = alignment / sizeof(T);  // a cache line of each source row at a time
      const long squares = row_stride == 1 ? columns / S * S : 0;
      for (long i = 0; i < k; i += together) {
        const long end = std::min(i + together, k);
        long r = i;
        for (; squares > 0 && r + S <= end; r += S)
          for (long j = 0; j < squares; j += S)
            transpose(b + j * col_stride + r, col_stride, panels + r * line + j, line);
        for (long q = i; q < end; ++q) {
          T* to = panels + q * line;
          for (long j = q < r ? squares : 0; j < columns; ++j) to[j] = b[q * row_stride + j * col_stride];
          for (long j = columns; j < line; ++j) to[j] = T(0);
        }
      }
    }
    panels += k * line;
  }
}

/// C = A B, or C += A B if `add`, with an epilogue.
///
/// A: m x k, A(i, l) = a[i * a_row + l * a_col], read in place; one of the strides should be 1 (a_row = 1 reads a
/// transposed matrix). B: k x n in `panels` (see pack). C: m x n, C(i, j) = c[i * ldc + j]; must not overlap A or the
/// panels. Allocates nothing.
template <class T>
void matmul(long m, long n, long k, const T* a, long a_row, long a_col, const T* panels, T* c, long ldc,
            bool add = false, const epilogue<T>& e = {}) {
  if (m <= 0 || n <= 0) return;
  alignas(alignment) T start[static_cast<std::size_t>(panel_width<T>)];
  alignas(alignment) T lines[static_cast<std::size_t>(tallest_tile * panel_width<T>)];
  const detail::balanced inner(std::max(k, 1L), detail::k_block);
  long k_first = 0;
  for (long kb = 0; kb < inner.parts; ++kb) {
    const long depth = k > 0 ? inner.size(kb) : 0;
    const bool is_first = kb == 0, is_last = kb + 1 == inner.parts, sum_up = add || !is_first;
    const epilogue<T> now = is_last ? e : epilogue<T>{};
    const long most_rows =
        std::max<long>(tallest_tile, detail::a_block_bytes / (std::max(depth, 1L) * static_cast<long>(sizeof(T))) /
                                         tallest_tile * tallest_tile);
    const detail::balanced blocks(m, most_rows);
    long row = 0;
    for (long block = 0; block < blocks.parts; ++block) {
      const long block_rows = blocks.size(block);
      const detail::balanced heights(block_rows, tallest_tile);
      for (long column = 0; column < n; column += panel_width<T>) {
        const long columns = std::min<long>(panel_width<T>, n - column);
        const bool narrow = columns <= width<T>;
        const long line = narrow ? width<T> : panel_width<T>;
        const auto& table = narrow ? detail::tile_table<T, 1> : detail::tile_table<T, 2>;
        for (long j = 0; j < line; j += width<T>)
          (now.bias ? load_partial(now.bias + column + j, std::min<long>(width<T>, columns - j)) : simd<T>(T(0)))
              .store_aligned(start + j);
        const bool straight = columns == line && !sum_up && !now.before && !now.each;
        detail::tile_job<T> job{.a = a + row * a_row + k_first * a_col,
                                .b = panels + column * k + k_first * line,
                                .start = start,
                                .out = straight ? c + row * ldc + column : lines,
                                .k = depth,
                                .a_row = a_row,
                                .a_col = a_col,
                                .out_row = straight ? ldc : line};
        long done = 0;
        for (long t = 0; done < block_rows; ++t) {
          const long height = narrow ? detail::narrow_height(block_rows - done) : heights.size(t);
          table[static_cast<std::size_t>(height - 1)](job);
          if (straight) {
            job.out += height * ldc;
          } else {
            detail::finish(tile_lines<T>{lines, height, columns, line, row + done, column},
                           c + (row + done) * ldc + column, ldc, sum_up, now);
          }
          job.a += height * a_row;
          done += height;
        }
      }
      row += block_rows;
    }
    k_first += depth;
  }
}

}  // namespace genet::tensor
