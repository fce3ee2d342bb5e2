#pragma once
// Matrix product: C = A B, C += A B, with an epilogue on each tile while it is in the first-level cache.
//
// The right operand is packed into panels of one or two vectors' width; the left one is read in place; the result is
// written row after row or as panels itself. A register tile is keyed by (scalar, height, panel vectors) and never by
// a layer's shape: all products of a program share the same few tiles. Heights are even (up to 14 rows with 32
// registers, 6 with 16); a tile that has one row less computes one twice. Each element of C sums over k in one fixed
// order, starting from bias and C where they take part, whatever tile it falls into: results do not depend on how
// rows and columns are divided among calls or threads.

#include <genet/tensor/simd.hpp>
#include <genet/tensor/team.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
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

/// Elements between the rows of the panel that begins at `column`, of `n` columns in all.
template <class T>
constexpr long panel_line(long n, long column) {
  return n - column <= width<T> ? width<T> : panel_width<T>;
}

/// Index of B(i, j) in the panels of a right operand of `k` rows and `n` columns.
template <class T>
constexpr long panel_place(long k, long n, long i, long j) {
  const long column = j / panel_width<T> * panel_width<T>;
  return column * k + i * panel_line<T>(n, column) + (j - column);
}

/// One tile of results, before it is stored: what an epilogue's function sees. `rows` lines of `stride` elements,
/// aligned; elements from `columns` on are padding. (row, column) is the place of the first one in C; `column` is a
/// multiple of panel_width. Where C is stored as panels, the tile is one stretch of rows * stride elements, which
/// begins at column * m + row * stride in the panels of C, and its padding, zero, is stored too: it has to stay zero.
template <class T>
struct tile_lines {
  T* at;
  long rows, columns, stride;
  long row, column;
};

/// What happens to each element of C after its sum is complete: z = [C] [+ bias[column]] + sum; `before` receives z
/// if set; then `each` changes the tile in place if set; the result is stored to C unless `keep` is false. Every
/// element is seen by `each` once; with a team, several threads call it at once. An aggregate: `{.bias = b}`.
template <class T>
struct epilogue {
  const T* bias = nullptr;  // n values
  T* before = nullptr;      // second destination, for z before `each`: row after row
  long before_stride = 0;   // elements between its rows
  void (*each)(const tile_lines<T>&, const void* data) = nullptr;
  const void* data = nullptr;  // handed to `each`
  bool keep = true;            // false: the tile is only handed to `each`; C may be null unless it is added to
};

/// A longer inner dimension is taken in blocks of at most so many, whose panels stay in the second-level cache;
/// partial sums then lie in C. Where C is not kept there are no blocks, and long sums take more time.
inline constexpr long inner_block = 1024;

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
  const T* start;  // what the sums start from
  T* out;
  long rows;  // the tile's height, or one less
  long k, a_row, a_col, b_row, start_row, out_row;
  long b_panel, start_panel, out_panel;  // from one panel to the next, for tiles that span several
};

// Keeps a loaded vector in a register: g++ would rather load it again for each use.
template <class V>
[[gnu::always_inline]] inline void hold(V& x) {
#if defined(__x86_64__) || defined(__i386__)
  asm("" : "+v"(x.data));
#else
  asm("" : "+w"(x.data));
#endif
}

// Half a vector, for panels with few columns: where the widest vectors are two steps of a narrower unit.
#if XSIMD_WITH_AVX512F
template <class T>
using half_simd = xsimd::batch<T, xsimd::fma3<xsimd::avx2>>;
#else
template <class T>
using half_simd = simd<T>;
#endif
template <class T>
inline constexpr bool has_half = static_cast<int>(half_simd<T>::size) < width<T>;

template <class V>
[[gnu::always_inline]] inline V multiply_add(const V& a, const V& b, const V& c) {
  if constexpr (std::is_same_v<V, simd<typename V::value_type>>)
    return fma<typename V::value_type>(a, b, c);
  else
    return xsimd::fma(a, b, c);
}

// out = start + A B, `rows` rows of Panels x Vectors vectors V. Rows are taken in pairs; the last pair overlaps the
// one before it when `rows` is odd. Half vectors are stored with zeros behind them.
template <class T, class V, int Vectors, int Rows, int Panels = 1>
[[gnu::noinline]] void tile(const tile_job<T>& job) {
  constexpr int W = static_cast<int>(V::size), pairs = Rows / 2;
  constexpr long size = sizeof(T);
  const long last_pair = job.rows - 2;
  // f(row in registers, row in an operand whose rows are `stride` bytes apart)
  const auto each_row = [last_pair](auto* at, long stride, auto&& f) __attribute__((always_inline)) {
    using byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<decltype(at)>>, const char, char>;
    byte* p = reinterpret_cast<byte*>(at);
    byte* const last = p + last_pair * stride;
    unroll<pairs>([&](auto g) __attribute__((always_inline)) {
      if constexpr (g + 1 == pairs) p = last;
      f(std::integral_constant<int, 2 * g>{}, reinterpret_cast<decltype(at)>(p));
      f(std::integral_constant<int, 2 * g + 1>{}, reinterpret_cast<decltype(at)>(p + stride));
      p += 2 * stride;
    });
  };
  // Vector j in a line of an operand whose panels are `panel` elements apart.
  const auto at = [](auto j, long panel) __attribute__((always_inline)) {
    return (Panels > 1 ? j / Vectors * panel : 0) + j % Vectors * W;
  };
  T* const out = job.out;
  const long out_row = job.out_row * size, out_panel = job.out_panel, b_panel = job.b_panel;
  constexpr int N = Panels * Vectors;
  V sum[Rows][N];
  each_row(
      job.start, job.start_row * size, [&](auto i, const T* from) __attribute__((always_inline)) {
        unroll<N>([&](auto j) __attribute__((always_inline)) {
          sum[i][j] = V::load_unaligned(from + at(j, job.start_panel));
        });
      });
  // One pointer for two rows, addressed as p and p + row in bytes. The empty asm, also in the loop, keeps clang from
  // making a pointer for each row, which would not fit into the integer registers.
  const long row = job.a_row * size, column = job.a_col * size;
  const char* a[pairs];
  unroll<pairs>([&](auto g) __attribute__((always_inline)) {
    a[g] = reinterpret_cast<const char*>(job.a) + (g + 1 < pairs ? 2 * g : last_pair) * row;
    asm("" : "+r"(a[g]));
  });
  const T* b = job.b;
  const long b_row = job.b_row;
  for (long k = job.k; k > 0; --k) {
    V right[N];
    unroll<N>([&](auto j) __attribute__((always_inline)) {
      right[j] = V::load_aligned(b + at(j, b_panel));
      hold(right[j]);
    });
    unroll<Rows>([&](auto i) __attribute__((always_inline)) {
      const V left(*reinterpret_cast<const T*>(a[i / 2] + i % 2 * row));
      unroll<N>([&](auto j) __attribute__((always_inline)) { sum[i][j] = multiply_add(left, right[j], sum[i][j]); });
    });
    unroll<pairs>([&](auto g) __attribute__((always_inline)) {
      a[g] += column;
      asm("" : "+r"(a[g]));
    });
    b += b_row;
  }
  each_row(
      out, out_row, [&](auto i, T* to) __attribute__((always_inline)) {
        unroll<N>([&](auto j) __attribute__((always_inline)) { sum[i][j].store_unaligned(to + at(j, out_panel)); });
        if constexpr (W < width<T>) V(T(0)).store_unaligned(to + W);
      });
}

template <class T>
using tile_function = void (*)(const tile_job<T>&);

// Tiles of one vector and less have few heights: they are short of work anyway, and every tile takes time to compile.
inline constexpr int tallest_narrow = tallest_tile == 6 ? 12 : tallest_tile;
constexpr bool has_height(int vectors, int rows) {
  return vectors > 1 ? rows <= tallest_tile : rows == tallest_narrow || rows == 2 || rows == 4 || rows == 8;
}

template <class T, class V, int Vectors, int Rows>
constexpr tile_function<T> tile_or_null() {
  if constexpr (has_height(Vectors, Rows))
    return &tile<T, V, Vectors, Rows>;
  else
    return nullptr;
}

template <class T>
using tile_heights = std::array<tile_function<T>, tallest_narrow / 2>;

// The tile of height h is at [h / 2 - 1].
template <class T, class V, int Vectors>
inline constexpr auto tiles = []<int... I>(std::integer_sequence<int, I...>) {
  return tile_heights<T>{tile_or_null<T, V, Vectors, 2 * I + 2>()...};
}
(std::make_integer_sequence<int, tallest_narrow / 2>{});

// By which tiles the columns of a panel are computed: one kind, and perhaps a second one for the columns from width
// on.
template <class T>
struct panel_tiles {
  const tile_heights<T>* first;
  const tile_heights<T>* second = nullptr;
  int vectors = 1;

  explicit panel_tiles(long columns) {
    constexpr long W = width<T>, half = static_cast<long>(half_simd<T>::size);
    first = columns <= half ? &tiles<T, half_simd<T>, 1> : &tiles<T, simd<T>, 1>;
    if (columns > W && columns <= W + half && has_half<T>) {
      second = &tiles<T, half_simd<T>, 1>;
    } else if (columns > W) {
      first = &tiles<T, simd<T>, 2>;
      vectors = 2;
    }
  }

  // Height of the next tile where `rows` are left.
  int height(long rows) const {
    int h = vectors == 1 ? tallest_narrow : tallest_tile;
    while (h > rows + 1 || !has_height(vectors, h)) h -= 2;
    return h;
  }

  void operator()(int height, tile_job<T>& job) const {
    const auto at = static_cast<std::size_t>(height / 2 - 1);
    (*first)[at](job);
    if (!second) return;
    tile_job<T> next = job;
    next.b += width<T>;
    next.start += width<T>;
    next.out += width<T>;
    (*second)[at](next);
  }
};

// A single column, where the rows of A are contiguous: sums[i] = sum over l of A(i, l) b[l * b_row], along the
// vectors of A's rows. At most `dot_rows` rows.
inline constexpr long dot_rows = 128;
template <class T>
[[gnu::noinline]] void dots(long rows, long k, const T* a, long a_row, const T* b, long b_row, T* sums) {
  constexpr int W = width<T>, S = transpose_side<T>, together = 8;
  constexpr long depth = 512;
  alignas(alignment) T column[static_cast<std::size_t>(depth)];
  alignas(alignment) T partial[static_cast<std::size_t>((dot_rows + together) * W)];
  for (long l = 0; l < k; l += depth) {
    const long count = std::min(depth, k - l), whole = count / W * W;
    for (long i = 0; i < count; ++i) column[i] = b[(l + i) * b_row];
    for (long i = count; i < round_up(count, W); ++i) column[i] = T(0);
    for (long r = 0; r < rows; r += together) {
      const T* from[together];
      simd<T> sum[together];
      unroll<together>([&](auto i) __attribute__((always_inline)) {
        from[i] = a + std::min(r + i, rows - 1) * a_row + l;
        sum[i] = l == 0 ? simd<T>(T(0)) : simd<T>::load_aligned(partial + (r + i) * W);
      });
      for (long j = 0; j < whole; j += W) {
        const auto right = simd<T>::load_aligned(column + j);
        unroll<together>([&](auto i) __attribute__((always_inline)) {
          sum[i] = fma<T>(simd<T>::load_unaligned(from[i] + j), right, sum[i]);
        });
      }
      if (whole < count)
        unroll<together>([&](auto i) __attribute__((always_inline)) {
          sum[i] =
              fma<T>(load_partial(from[i] + whole, count - whole), simd<T>::load_aligned(column + whole), sum[i]);
        });
      unroll<together>([&](auto i) __attribute__((always_inline)) { sum[i].store_aligned(partial + (r + i) * W); });
    }
  }
  for (long r = 0; r < rows; r += S) {  // lanes: to S of them, then S rows at once
    alignas(alignment) T turned[S][S];
    using V = xsimd::batch<T, arch_128>;
    for (long i = r; i < r + S; ++i) {
      T* const line = partial + i * W;
      V sum = V::load_aligned(line);
      for (long j = S; j < W; j += S) sum += V::load_aligned(line + j);
      sum.store_aligned(line);
    }
    transpose(partial + r * W, W, turned[0], S);
    V sum = V::load_aligned(turned[0]);
    for (long j = 1; j < S; ++j) sum += V::load_aligned(turned[j]);
    sum.store_aligned(sums + r);
  }
}

// From a tile's lines to where they belong.
template <class T>
void store_lines(long rows, long columns, const T* lines, long line, T* to, long to_row) {
  for (long i = 0; i < rows; ++i)
    each_vector<T>(
        columns, [&](long j, long n) __attribute__((always_inline)) {
          store_partial(to + i * to_row + j, simd<T>::load_aligned(lines + i * line + j), n);
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

// A product as it was asked for. C is row-major if `ldc` is positive, panels of m rows if it is 0.
template <class T>
struct product_job {
  long m, n, k;
  const T* a;
  long a_row, a_col;
  const T* panels;
  T* c;
  long ldc;
  bool add;
  epilogue<T> e;
};

// A rectangle of C: whole panels of columns.
struct rectangle {
  long row, rows, column, columns;
};

// One block of the inner dimension, of some rows of A, wherever they lie.
template <class T>
struct left_block {
  const T* a = nullptr;
  long a_row, a_col;
  long row = 0, rows = 0;     // in C
  long first = 0, depth = 0;  // in the inner dimension
  bool is_first = true, is_last = true;
};

// Two rows at most take two full panels at once, so that there are enough sums to hide the latency of one.
inline constexpr long few_rows = 2;

// The tiles of one panel of C, or of two full ones and few rows, from the panels of B that begin at `column`.
template <class T>
[[gnu::noinline]] void multiply_panels(const product_job<T>& p, const left_block<T>& l, long column, int panels) {
  constexpr long W = width<T>;
  alignas(alignment) T bias[static_cast<std::size_t>(2 * panel_width<T>)];
  alignas(alignment) T all_lines[static_cast<std::size_t>(tallest_narrow * panel_width<T>)];
  alignas(alignment) T sums[static_cast<std::size_t>(dot_rows)];
  const epilogue<T>& e = p.e;
  const long columns = std::min<long>(panel_width<T>, p.n - column), line = panel_line<T>(p.n, column);
  const panel_tiles<T> compute(columns);
  const bool dot = columns == 1 && p.a_col == 1;  // over the whole inner dimension at once, in the last block
  if (dot && !l.is_last) return;
  const bool from_c = p.add || (!l.is_first && !dot), with_bias = e.bias && (l.is_first || dot);
  for (long j = 0; j < panels * line; j += W)
    (with_bias ? load_partial(e.bias + column + j, std::clamp<long>(p.n - column - j, 0, W)) : simd<T>(T(0)))
        .store_aligned(bias + j);
  const long ldc = p.ldc ? p.ldc : line, stored = p.ldc ? columns : line;
  const long c_panel = p.ldc ? line : line * p.m;  // from one panel of C to the next
  const bool whole = stored == line, just_sum = !l.is_last || (!e.before && !e.each && e.keep);
  const bool straight = whole && just_sum && !dot;
  const balanced pairs((l.rows + 1) / 2, tallest_tile / 2);
  const bool start_in_c = from_c && whole && !with_bias && !dot, start_in_lines = (from_c && !start_in_c) || dot;
  tile_job<T> job{.a = l.a,
                  .b = p.panels + column * p.k + l.first * line,
                  .start = start_in_lines ? all_lines : bias,
                  .out = all_lines,
                  .rows = 0,
                  .k = l.depth,
                  .a_row = l.a_row,
                  .a_col = l.a_col,
                  .b_row = line,
                  .start_row = start_in_c       ? ldc
                               : start_in_lines ? line
                                                : 0,
                  .out_row = straight ? ldc : line,
                  .b_panel = p.k * line,
                  .start_panel = start_in_c ? c_panel : line,
                  .out_panel = c_panel};
  long first_sum = 0, summed = 0;  // rows whose dot products are in `sums`
  for (long done = 0, t = 0; done < l.rows; ++t) {
    const int height = compute.vectors == 1 ? compute.height(l.rows - done) : static_cast<int>(2 * pairs.size(t));
    const long rows = std::min<long>(height, l.rows - done), row = l.row + done;
    T* const c = p.c ? p.c + column * (p.ldc ? 1 : p.m) + row * ldc : nullptr;  // null: tiles are only handed on
    job.a = l.a + done * l.a_row;
    job.rows = rows;
    if (straight)
      job.out = c;
    else
      job.out_panel = rows * line;
    if (start_in_c) {
      job.start = c;
    } else if (start_in_lines) {
      for (long q = 0; q < panels; ++q)
        for (long i = 0; i < rows; ++i)
          for (long j = 0; j < line; j += W) {
            auto start = simd<T>::load_aligned(bias + q * line + j);
            if (from_c) start += load_partial(c + q * c_panel + i * ldc + j, std::clamp<long>(stored - j, 0, W));
            start.store_aligned(all_lines + (q * rows + i) * line + j);
          }
      job.start_panel = rows * line;
    }
    if (dot) {
      if (done + rows > summed) {
        first_sum = done;
        summed = std::min(done + dot_rows, l.rows);
        dots(summed - done, p.k, p.a + row * p.a_row, p.a_row, p.panels + column * p.k, line, sums);
      }
      for (long i = 0; i < rows; ++i) all_lines[i * line] += sums[done - first_sum + i];
    } else {
      if (rows == 1) job.a_row = job.start_row = job.out_row = 0;  // a pair of the same row
      if (panels == 2)
        tile<T, simd<T>, 2, few_rows, 2>(job);
      else
        compute(height, job);
    }
    for (long q = 0; q < panels && !straight; ++q) {
      T* const lines = all_lines + q * rows * line;
      const long at = column + q * panel_width<T>;
      if (l.is_last) {
        if (e.before) store_lines(rows, columns, lines, line, e.before + row * e.before_stride + at, e.before_stride);
        if (e.each) e.each(tile_lines<T>{lines, rows, columns, line, row, at}, e.data);
      }
      if (!l.is_last || e.keep) store_lines(rows, stored, lines, line, c + q * c_panel, ldc);
    }
    done += rows;
  }
}

// The panels of C from `column` to `end`.
template <class T>
void multiply_panels(const product_job<T>& p, const left_block<T>& l, long column, long end) {
  for (int panels; column < end; column += panels * panel_width<T>) {
    panels = l.rows <= few_rows && column + 2 * panel_width<T> <= std::min(end, p.n) ? 2 : 1;
    multiply_panels(p, l, column, panels);
  }
}

inline constexpr long a_block_bytes = 1 << 19;  // and so do that many bytes of A

// The panels of `r`, for one block of A's rows after the other.
template <class T>
void multiply_blocks(const product_job<T>& p, const rectangle& r) {
  // A blocked inner dimension keeps partial sums in C.
  const balanced inner(std::max(p.k, 1L), p.e.keep ? inner_block : std::max(p.k, 1L));
  left_block<T> l{.a_row = p.a_row, .a_col = p.a_col};
  for (long kb = 0; kb < inner.parts; ++kb, l.first += l.depth) {
    l.depth = p.k > 0 ? inner.size(kb) : 0;
    l.is_first = kb == 0;
    l.is_last = kb + 1 == inner.parts;
    const long most_rows = a_block_bytes / (std::max(l.depth, 1L) * static_cast<long>(sizeof(T)));
    const balanced blocks(r.rows, std::max<long>(dot_rows, most_rows / tallest_tile * tallest_tile));
    l.row = r.row;
    for (long block = 0; block < blocks.parts; ++block, l.row += l.rows) {
      l.rows = blocks.size(block);
      l.a = p.a + l.row * p.a_row + l.first * p.a_col;
      multiply_panels(p, l, r.column, r.column + r.columns);
    }
  }
}

// Rows that lie a multiple of 4 KiB apart meet in the same few places of the first-level cache: copied first, some
// rows and columns at a time, against panels that stay in the second-level cache.
template <class T>
void multiply_copied(const product_job<T>& p, const rectangle& r) {
  constexpr long deepest = 1024 / sizeof(T), copy_row = deepest + alignment / sizeof(T);
  constexpr long panel_columns = (1 << 19) / 1024 / panel_width<T> * panel_width<T>;
  alignas(alignment) T copy[static_cast<std::size_t>(tallest_tile * copy_row)];
  const balanced inner(p.k, deepest), heights((r.rows + 1) / 2, tallest_tile / 2);
  left_block<T> l{.a = copy, .a_row = copy_row, .a_col = 1};
  for (long from = r.column; from < r.column + r.columns; from += panel_columns) {
    const long to = std::min(r.column + r.columns, from + panel_columns);
    l.first = 0;
    for (long kb = 0; kb < inner.parts; ++kb, l.first += l.depth) {
      l.depth = inner.size(kb);
      l.is_first = kb == 0;
      l.is_last = kb + 1 == inner.parts;
      l.row = r.row;
      for (long t = 0; t < heights.parts; ++t, l.row += l.rows) {
        l.rows = std::min(2 * heights.size(t), r.row + r.rows - l.row);
        for (long i = 0; i < l.rows; ++i)
          each_vector<T>(
              l.depth, [&](long j, long n) __attribute__((always_inline)) {
                load_partial(p.a + (l.row + i) * p.a_row + l.first + j, n).store_aligned(copy + i * copy_row + j);
              });
        multiply_panels(p, l, from, to);
      }
    }
  }
}

template <class T>
void multiply(const product_job<T>& p, const rectangle& r) {
  const bool collide = p.a_col == 1 && p.a_row * static_cast<long>(sizeof(T)) % 4096 == 0;
  if (collide && p.e.keep && r.rows > 2 && r.columns > 4 * panel_width<T>)
    multiply_copied(p, r);
  else
    multiply_blocks(p, r);
}

// A thread is worth waking for so many flops of a product, or a sixteenth of it in copied elements. Parts of several
// times that leave the rest to the other threads when one of them is late.
inline constexpr double least_flops = 1 << 20, part_flops = 1 << 22;

// A matrix of `pairs` of rows and `units` of columns in down x across parts.
struct grid {
  long down, across;

  // Of the grids with at most `parts` parts, nearly so many, the one with which `threads` threads are done first: a
  // part has costs of its own in both directions.
  static constexpr grid best(long pairs, long units, long threads, long parts) {
    grid result{1, 1};
    long least = 0;
    for (long down = 1; down <= parts; ++down) {
      const long across = parts / down, turns = (down * across + threads - 1) / threads;
      const long rows = (pairs + down - 1) / down, columns = (units + across - 1) / across;
      const long cost = turns * (rows + 2) * (4 * columns + 1);
      if (least == 0 || cost < least) {
        least = cost;
        result = {down, across};
      }
    }
    return result;
  }
};

// Divides C among the team.
template <class T>
void multiply(const product_job<T>& p, team& t) {
  if (p.m <= 0 || p.n <= 0) return;
  const double flops = 2.0 * static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
  const long threads = static_cast<long>(std::min(static_cast<double>(t.size()), flops / least_flops));
  if (threads < 2) return multiply(p, rectangle{0, p.m, 0, p.n});
  const long parts = std::clamp(static_cast<long>(std::min(flops / part_flops, 1e6)), threads, 4 * threads);
  const long pairs = (p.m + 1) / 2, units = (p.n + panel_width<T> - 1) / panel_width<T>;
  const grid g = grid::best(pairs, units, threads, parts);
  t.run(static_cast<int>(g.down * g.across), [&](int part) {
    const long i = part / g.across, j = part % g.across;
    const long row = std::min(p.m, pairs * i / g.down * 2), row_end = std::min(p.m, pairs * (i + 1) / g.down * 2);
    const long column = units * j / g.across * panel_width<T>;
    const long column_end = std::min(p.n, units * (j + 1) / g.across * panel_width<T>);
    if (row < row_end && column < column_end) multiply(p, rectangle{row, row_end - row, column, column_end - column});
  });
}

// Divides the panels of a packing among the team, if it is worth while: f(first column, columns).
template <class T, class F>
void by_panels(long k, long n, team& t, const F& f) {
  if (static_cast<double>(k * n) < least_flops / 8)
    f(0L, n);
  else
    t.divide(n, panel_width<T>, f);
}

template <class T>
void pack_panels(const T* b, long k, long n, long row_stride, long col_stride, T* panels) {
  constexpr int W = width<T>, S = transpose_side<T>;
  for (long first = 0; first < n; first += panel_width<T>, b += panel_width<T> * col_stride) {
    const long columns = std::min<long>(panel_width<T>, n - first), line = panel_line<T>(n, first);
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

template <class T, int N>
struct lanes {
  typedef T type __attribute__((vector_size(N * sizeof(T))));
};

// Lane l of S-lane part q from part q of a (even l) or b (odd l), from their lower or upper halves.
template <bool Upper, class V, int... L>
[[gnu::always_inline]] inline V zip_parts(const V& a, const V& b, std::integer_sequence<int, L...>) {
  constexpr int N = sizeof...(L), S = 16 / sizeof(a[0]);
  return __builtin_shufflevector(a, b, (L % 2 * N + L / S * S + (Upper ? S / 2 : 0) + L % S / 2)...);
}

// N lanes: S from each of N / S rows that lie S rows apart.
template <class T, int N>
[[gnu::always_inline]] inline auto load_parts(const T* from, long from_line) {
  constexpr int S = transpose_side<T>;
  typename lanes<T, N>::type x;
  if constexpr (N == S) {
    std::memcpy(&x, from, sizeof(x));
  } else {
    const auto low = load_parts<T, N / 2>(from, from_line),
               high = load_parts<T, N / 2>(from + N / 2 * from_line, from_line);
    x = [&]<int... L>(std::integer_sequence<int, L...>) __attribute__((always_inline)) {
      return __builtin_shufflevector(low, high, L...);
    }
    (std::make_integer_sequence<int, N>{});
  }
  return x;
}

// to(j, i) = from(i, j) for one vector of i and transpose_side of j.
template <class T>
[[gnu::always_inline]] inline void turn_strip(const T* from, long from_line, T* to, long to_line) {
  constexpr int N = width<T>, S = transpose_side<T>;
  using V = typename lanes<T, N>::type;
  constexpr std::make_integer_sequence<int, N> all{};
  V x[S], y[S];
  unroll<S>([&](auto i) __attribute__((always_inline)) { x[i] = load_parts<T, N>(from + i * from_line, from_line); });
  unroll<S / 2>([&](auto i) __attribute__((always_inline)) {
    y[i] = zip_parts<false>(x[i], x[i + S / 2], all);
    y[i + S / 2] = zip_parts<true>(x[i], x[i + S / 2], all);
  });
  if constexpr (S == 4) {
    x[0] = zip_parts<false>(y[0], y[1], all);
    x[1] = zip_parts<true>(y[0], y[1], all);
    x[2] = zip_parts<false>(y[2], y[3], all);
    x[3] = zip_parts<true>(y[2], y[3], all);
  } else {
    x[0] = y[0];
    x[1] = y[1];
  }
  unroll<S>([&](auto j) __attribute__((always_inline)) { std::memcpy(to + j * to_line, &x[j], sizeof(V)); });
}

// to(j, i) = from(i, j) for i < rows and j < columns, their lines from_line and to_line apart. Inlined with constants
// where a whole panel's square is turned.
template <class T>
[[gnu::always_inline]] inline void turn(long rows, long columns, const T* from, long from_line, T* to, long to_line) {
  constexpr long W = width<T>, S = transpose_side<T>;
  const long whole_columns = columns / S * S;
  long i = 0;
  for (; i + W <= rows; i += W)
    for (long j = 0; j < whole_columns; j += S)
      turn_strip(from + i * from_line + j, from_line, to + j * to_line + i, to_line);
  for (; i + S <= rows; i += S)
    for (long j = 0; j < whole_columns; j += S)
      transpose(from + i * from_line + j, from_line, to + j * to_line + i, to_line);
  for (long j = 0; j < columns; ++j)
    for (long r = j < whole_columns ? i : 0; r < rows; ++r) to[j * to_line + r] = from[r * from_line + j];
}

// The panels of B^T that hold its columns from `first` on, `count` of them: along each panel of B.
template <class T>
void transpose_panels(const T* panels, long k, long n, long first, long count, T* to) {
  constexpr long P = panel_width<T>;
  for (long j = 0; j < n; j += P) {  // a panel's columns are lines of B^T
    const long from_line = panel_line<T>(n, j), rows = std::min(P, n - j);
    for (long column = first; column < first + count; column += P) {
      const long columns = std::min(P, k - column), line = panel_line<T>(k, column);
      const T* from = panels + j * k + column * from_line;
      T* lines = to + column * n + j * line;
      if (rows == P && columns == P) {
        turn(P, P, from, P, lines, P);
      } else {
        turn(columns, rows, from, from_line, lines, line);
        for (long r = 0; r < rows && columns < line; ++r)
          std::fill(lines + r * line + columns, lines + (r + 1) * line, T(0));
      }
    }
  }
}

}  // namespace detail

/// Packs the right operand B of `k` rows and `n` columns, B(i, j) = b[i * row_stride + j * col_stride], into
/// `panels`: pack_size<T>(k, n) elements, aligned to 64 bytes. Fast where one of the strides is 1. Panel p holds the
/// columns from p * panel_width on, [k][panel_width], padded with zeros; a last panel of at most one vector is
/// [k][width]. So columns from a multiple c of panel_width on may be packed apart: pack(b + c * col_stride, ...,
/// panels + c * k).
template <class T>
void pack(const T* b, long k, long n, long row_stride, long col_stride, T* panels, team& t = alone()) {
  detail::by_panels<T>(k, n, t, [&](long first, long count) {
    detail::pack_panels(b + first * col_stride, k, count, row_stride, col_stride, panels + first * k);
  });
}

/// From the panels of B, k x n, to those of its transpose, n x k: pack_size<T>(n, k) elements.
template <class T>
void pack_transposed(const T* panels, long k, long n, T* transposed, team& t = alone()) {
  detail::by_panels<T>(
      n, k, t, [&](long first, long count) { detail::transpose_panels(panels, k, n, first, count, transposed); });
}

/// to(j, i) = from(i, j): a matrix of `rows` lines of `columns` elements, without gaps, transposed.
template <class T>
void transposed(long rows, long columns, const T* from, T* to) {
  detail::turn(rows, columns, from, columns, to, rows);
}

/// C = A B, or C += A B if `add`, with an epilogue.
///
/// A: m x k, A(i, l) = a[i * a_row + l * a_col], read in place; one of the strides should be 1 (a_row = 1 reads a
/// transposed matrix). B: k x n in `panels` (see pack). C: m x n, C(i, j) = c[i * ldc + j]; must not overlap A or the
/// panels. Allocates nothing. The team divides C; the bits are the same for any team.
template <class T>
void matmul(long m, long n, long k, const T* a, long a_row, long a_col, const T* panels, T* c, long ldc,
            bool add = false, const epilogue<T>& e = {}, team& t = alone()) {
  detail::multiply(detail::product_job<T>{m, n, k, a, a_row, a_col, panels, c, std::max(ldc, 1L), add, e}, t);
}

/// The same with C itself in panels, as the right operand of another product: C(i, j) = c_panels[panel_place<T>(m, n,
/// i, j)]; padding columns are written too.
template <class T>
void matmul_to_panels(long m, long n, long k, const T* a, long a_row, long a_col, const T* panels, T* c_panels,
                      bool add = false, const epilogue<T>& e = {}, team& t = alone()) {
  detail::multiply(detail::product_job<T>{m, n, k, a, a_row, a_col, panels, c_panels, 0, add, e}, t);
}

/// C = A B^T or C += A B^T, where `panels` hold B itself: n x k, so that C is m x n. `work` takes what is turned on
/// the way: pack_size<T>(k, n) elements, aligned as panels. The gradient of the left operand of a product with B.
template <class T>
void matmul_transposed(long m, long n, long k, const T* a, long a_row, long a_col, const T* panels, T* c, long ldc,
                       bool add, T* work, team& t = alone()) {
  // A few panels at a time: what was turned is read again before it leaves the second-level cache. With many rows the
  // product is divided by rows too, and turning is a small part of it.
  constexpr long together = 4 * panel_width<T>, few_rows = 512;
  if (m > few_rows) {
    pack_transposed(panels, n, k, work, t);
    return matmul(m, n, k, a, a_row, a_col, static_cast<const T*>(work), c, ldc, add, {}, t);
  }
  const auto columns = [&](long first, long count) {
    for (long column = first; column < first + count; column += together) {
      const long some = std::min(together, first + count - column);
      detail::transpose_panels(panels, n, k, column, some, work + (first - column) * k);
      matmul(m, some, k, a, a_row, a_col, static_cast<const T*>(work + first * k), c + column, ldc, add);
    }
  };
  if (2.0 * static_cast<double>(m) * static_cast<double>(n * k) < 2 * detail::least_flops)
    columns(0, n);
  else
    t.divide(n, panel_width<T>, columns);
}

}  // namespace genet::tensor

#ifdef GENET_COMPILED_KERNELS
#include <genet/compiled/products.hpp>
#endif
