#pragma once
#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../data/file.hpp"
#include "../declare/error.hpp"
#include "atomic_file.hpp"
#include "safetensors.hpp"

namespace genet::inline GENET_ISA::io {

/// C++ types of numbers that arrays are made of.
template <class T>
concept array_scalar =
    file_scalar<T> || std::same_as<T, std::int8_t> || std::same_as<T, std::int16_t> || std::same_as<T, std::uint16_t>;

template <array_scalar T>
constexpr dtype array_dtype() {
  if constexpr (file_scalar<T>)
    return dtype_of<T>();
  else if constexpr (std::same_as<T, std::int8_t>)
    return dtype::i8;
  else
    return std::same_as<T, std::int16_t> ? dtype::i16 : dtype::u16;
}

namespace detail {

/// How NumPy spells an element type; empty for BF16, which it does not have.
constexpr std::string_view descr_of(dtype t) {
  constexpr std::string_view names[] = {"|b1", "|i1", "|u1", "<i2", "<u2", "<f2", "",
                                        "<i4", "<u4", "<f4", "<i8", "<u8", "<f8"};
  return names[static_cast<int>(t)];
}

inline constexpr std::string_view npy_magic = "\x93NUMPY";
inline constexpr std::size_t max_npy_header = 1 << 16;

/// What the header of an array says.
struct npy_header {
  dtype type = dtype::f32;
  bool fortran_order = false;
  std::vector<long> shape;
  std::size_t size = 0;  // bytes before the data
};

/// Reads the header's text, a Python dictionary of three keys.
class npy_parser {
 public:
  npy_parser(std::string_view text, std::size_t first_byte, std::string_view origin)
      : text_(text), first_byte_(first_byte), origin_(origin) {}

  [[gnu::cold]] npy_header parse() {
    npy_header h;
    constexpr std::string_view keys[] = {"descr", "fortran_order", "shape"};
    bool has[3] = {};
    expect('{', "'{', a dictionary of descr, fortran_order and shape");
    while (!accept('}')) {
      const std::size_t at = at_;
      const auto key = string("a key in quotes");
      const auto which = static_cast<std::size_t>(std::ranges::find(keys, key) - keys);
      if (which == 3) fail(at, {"found key ", shown(key), ", expected descr, fortran_order or shape"});
      if (has[which]) fail(at, {"found key ", key, " twice, expected it once"});
      has[which] = true;
      expect(':', "':' after a key");
      if (which == 0)
        h.type = element_type();
      else if (which == 1)
        h.fortran_order = boolean();
      else
        h.shape = dimensions();
      if (!accept(',')) {
        expect('}', "',' or '}'");
        break;
      }
    }
    for (std::size_t i = 0; i < 3; ++i)
      if (!has[i]) fail(at_, {"found no key ", keys[i], ", expected descr, fortran_order and shape"});
    skip_space();
    if (text_.substr(at_) != "\n")
      fail(at_, {"found ", found(), ", expected spaces and one line end after the header"});
    return h;
  }

 private:
  [[noreturn]] void fail(std::size_t at, std::initializer_list<errors::piece> message) const {
    errors::raise<bad_input>({origin_, ": byte ", first_byte_ + at, " (header): ", errors::join(message)});
  }
  /// Fit for a message: no line ends, no bytes beyond ASCII.
  static std::string shown(std::string_view s) {
    std::string out = "'";
    for (const char c : s.substr(0, 40)) out += c >= ' ' && c <= '~' ? c : '?';
    return out += s.size() > 40 ? "...'" : "'";
  }
  std::string found() const {
    return at_ < text_.size() ? shown(text_.substr(at_, 1)) : std::string("the end of the header");
  }
  void skip_space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c, std::string_view expected) {
    if (!accept(c)) fail(at_, {"found ", found(), ", expected ", expected});
  }
  bool accept(std::string_view word) {
    skip_space();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string_view string(std::string_view expected) {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail(at_, {"found ", found(), ", expected ", expected});
    const auto end = text_.find(quote, at_ + 1);
    if (end == text_.npos) fail(at_, {"found a string without end, expected ", expected});
    const auto s = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return s;
  }

  dtype element_type() {
    skip_space();
    const std::size_t at = at_;
    if (accept('[')) fail(at, {"found records, expected numbers of one type"});
    const auto descr = string("descr, an element type in quotes");
    for (int t = 0; t < static_cast<int>(std::size(dtypes)); ++t)
      if (!descr.empty() && descr_of(static_cast<dtype>(t)) == descr) return static_cast<dtype>(t);
    std::string_view why;
    const auto is_kind = [&](std::string_view kinds) {
      return descr.size() > 1 && kinds.find(descr[1]) != kinds.npos;
    };
    if (is_kind("O"))
      why = " (Python objects, which would have to be executed)";
    else if (is_kind("SUaV"))
      why = " (strings)";
    else if (is_kind("c"))
      why = " (complex numbers)";
    else if (is_kind("mM"))
      why = " (times)";
    else if (descr.starts_with('>'))
      why = " (big-endian numbers)";
    fail(at, {"found element type ", shown(descr), why,
              ", expected <f4, <f8, <f2, |b1, |i1, |u1, <i2, <u2, <i4, <u4, <i8 or <u8"});
  }

  bool boolean() {
    if (accept(std::string_view("True"))) return true;
    if (accept(std::string_view("False"))) return false;
    fail(at_, {"found ", found(), ", expected fortran_order as True or False"});
  }

  std::vector<long> dimensions() {
    std::vector<long> shape;
    expect('(', "'(', shape as a tuple");
    bool comma = true;
    while (!accept(')')) {
      if (!comma) fail(at_, {"found ", found(), ", expected ',' or ')' in shape"});
      if (shape.size() == max_rank) fail(at_, {"found more than 64 dimensions, expected at most 64"});
      shape.push_back(dimension());
      comma = accept(',');
    }
    if (shape.size() == 1 && !comma) fail(at_, {"found a shape in parentheses that is no tuple, expected (N,)"});
    return shape;
  }

  long dimension() {
    skip_space();
    const std::size_t begin = at_;
    long n = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      if (__builtin_mul_overflow(n, 10L, &n) || __builtin_add_overflow(n, long{text_[at_] - '0'}, &n))
        fail(begin, {"found a dimension beyond 2^63, expected an array that fits into memory"});
    if (at_ == begin) fail(at_, {"found ", found(), ", expected dimensions of shape as integers from 0"});
    if (at_ - begin > 1 && text_[begin] == '0') fail(begin, {"found a dimension with leading zeros, expected none"});
    return n;
  }

  std::string_view text_;
  std::size_t first_byte_, at_ = 0;
  std::string_view origin_;
};

/// Elements in Fortran's order (first index fastest) to those in C's order.
template <class = void>
[[gnu::cold]] std::vector<std::byte> row_major(std::span<const std::byte> from, std::span<const long> shape,
                                               std::size_t element) {
  std::vector<std::byte> to(from.size());
  const std::size_t rank = shape.size();
  std::vector<std::size_t> index(rank), stride(rank);
  std::size_t step = element;
  for (std::size_t d = 0; d < rank; ++d) {
    stride[d] = step;
    step *= static_cast<std::size_t>(shape[d]);
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < to.size(); i += element) {
    std::memcpy(to.data() + i, from.data() + at, element);
    for (std::size_t d = rank; d-- > 0;) {
      at += stride[d];
      if (++index[d] < static_cast<std::size_t>(shape[d])) break;
      at -= stride[d] * index[d];
      index[d] = 0;
    }
  }
  return to;
}

/// An array whose `size` bytes, header and data, come from `from`; at most `trusted` bytes are allocated before they
/// have been seen.
template <class = void>
[[gnu::cold]] tensor load_npy(byte_source from, std::uint64_t size, std::uint64_t trusted,
                              const std::string& origin) {
  const auto take = [&](std::span<std::byte> to, std::uint64_t at) {
    if (const std::size_t n = from.next(from.from, to); n != to.size())
      errors::raise<bad_input>({origin, ": byte ", at + n, ": found the end, expected ", size, " bytes"});
  };
  const auto byte = [](std::byte b) { return std::to_integer<std::size_t>(b); };
  std::array<std::byte, 12> head{};
  if (size < 10)
    errors::raise<bad_input>({origin, ": byte 0: found ", size, " bytes, expected a .npy array: \\x93NUMPY first"});
  take(std::span(head).first(10), 0);
  if (std::memcmp(head.data(), npy_magic.data(), npy_magic.size()) != 0)
    errors::raise<bad_input>({origin, ": byte 0: found other bytes, expected a .npy array: \\x93NUMPY first"});
  const auto version = byte(head[6]);
  if (version < 1 || version > 3 || byte(head[7]) != 0)
    errors::raise<bad_input>(
        {origin, ": byte 6: found version ", version, ".", byte(head[7]), ", expected 1.0, 2.0 or 3.0"});
  std::size_t length = byte(head[8]) | byte(head[9]) << 8, begin = 10;
  if (version > 1) {
    if (size < 12) errors::raise<bad_input>({origin, ": byte 10: found the end in the header's length"});
    take(std::span(head).subspan(10), 10);
    length |= byte(head[10]) << 16 | byte(head[11]) << 24;
    begin = 12;
  }
  if (length > max_npy_header || length > size - begin)
    errors::raise<bad_input>({origin, ": byte 8: found header length ", length, ", expected at most ",
                              std::min<std::uint64_t>(max_npy_header, size - begin)});
  std::string text(length, '\0');
  take(std::as_writable_bytes(std::span(text)), begin);
  npy_header h = npy_parser(text, begin, origin).parse();

  tensor t;
  t.type = h.type;
  t.shape = std::move(h.shape);
  std::uint64_t bytes = 0;
  if (!checked_size(t.shape, t.type, bytes))
    errors::raise<bad_input>({origin, ": byte ", begin, " (header): found shape ", show_dimensions(t.shape), " of ",
                              descr_of(t.type), " that overflows, expected fewer than 2^63 bytes"});
  const std::uint64_t data = size - begin - length;
  if (bytes != data)
    errors::raise<bad_input>({origin, ": byte ", begin + length, ": found ", data, " bytes of data, expected ", bytes,
                              " for ", show_dimensions(t.shape), " of ", descr_of(t.type)});
  t.bytes.reserve(static_cast<std::size_t>(std::min(bytes, trusted)));
  while (t.bytes.size() < bytes) {
    constexpr std::uint64_t block = 1 << 20;
    const std::size_t done = t.bytes.size();
    t.bytes.resize(done + static_cast<std::size_t>(std::min(bytes - done, block)));
    take(std::span(t.bytes).subspan(done), begin + length + done);
  }
  if (h.fortran_order && t.shape.size() > 1) t.bytes = row_major(t.bytes, t.shape, size_of(t.type));
  return t;
}

/// The bytes before the data of an array.
[[gnu::cold]] inline std::string npy_head(const tensor& t) {
  const auto descr = descr_of(t.type);
  if (descr.empty()) errors::raise<usage_error>({"array ", t.name, ": NumPy has no type ", show(t.type)});
  std::string shape = "(";
  for (std::size_t i = 0; i < t.shape.size(); ++i) shape += (i ? ", " : "") + std::to_string(t.shape[i]);
  shape += t.shape.size() == 1 ? ",)" : ")";
  std::string text = errors::join({"{'descr': '", descr, "', 'fortran_order': False, 'shape': ", shape, ", }"});
  text.append(63 - (10 + text.size()) % 64, ' ') += '\n';  // the data begins at a multiple of 64
  std::string out(npy_magic);
  out += {'\x01', '\0', static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8)};
  return out + text;
}

/// An element as double (all types but 64-bit integers) or as 64 bits.
template <array_scalar T>
std::vector<T> converted(const tensor& t, std::string_view origin) {
  std::vector<T> values(static_cast<std::size_t>(t.size()));
  const auto fail = [&](std::size_t i, errors::piece found) {
    errors::raise<bad_input>({origin, ": array ", quoted_for_message(t.name), " of ", show(t.type), ": element ", i,
                              ": found ", found, ", which is no ", show(array_dtype<T>())});
  };
  const auto from = [&]<class From>(From) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      From x;
      std::memcpy(&x, t.bytes.data() + i * sizeof(From), sizeof(From));
      if constexpr (std::integral<From> && std::integral<T>) {
        if (!std::in_range<T>(x)) fail(i, x);
        values[i] = static_cast<T>(x);
      } else if constexpr (std::floating_point<T> && std::integral<From>) {
        values[i] = static_cast<T>(x);
        constexpr auto end = From{1} << (std::numeric_limits<From>::digits - 1);  // 2 * end is one beyond the largest
        if (values[i] >= static_cast<T>(end) * 2 || static_cast<From>(values[i]) != x) fail(i, x);
      } else {
        values[i] = static_cast<T>(x);
      }
    }
  };
  const auto reals = [&] {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<T>(real_at(t.bytes.data() + i * size_of(t.type), t.type));
  };
  switch (t.type) {
    case dtype::boolean:
    case dtype::u8: from(std::uint8_t{}); break;
    case dtype::i8: from(std::int8_t{}); break;
    case dtype::i16: from(std::int16_t{}); break;
    case dtype::u16: from(std::uint16_t{}); break;
    case dtype::i32: from(std::int32_t{}); break;
    case dtype::u32: from(std::uint32_t{}); break;
    case dtype::i64: from(std::int64_t{}); break;
    case dtype::u64: from(std::uint64_t{}); break;
    default:
      if constexpr (std::floating_point<T>)
        reals();
      else
        errors::raise<bad_input>(
            {origin, ": array ", quoted_for_message(t.name), ": found ", show(t.type), ", expected whole numbers"});
  }
  return values;
}

}  // namespace detail

/// The values of an array of any element type. Reals are rounded to the nearest; whole numbers must be representable
/// as T, and T a real type for an array of reals, or bad_input names the element. `origin` stands first in messages.
template <array_scalar T>
std::vector<T> numbers(const tensor& t, std::string_view origin = "numbers") {
  return detail::converted<T>(t, origin);
}

/// Reads a .npy file: versions 1 to 3, little-endian numbers (`<f2 <f4 <f8 |b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8`) in
/// C's or Fortran's order; the values come row-major, the name is empty. Strict: the header is bounded and every byte
/// of it understood, size and shape agree before anything is allocated, nothing is executed (no pickles). Throws
/// io_error, or bad_input with file, byte, what was found and what was expected. Format: NumPy, numpy.lib.format.
inline tensor read_npy(const std::filesystem::path& path) {
  data::file f(path);
  const auto next = [](void* from, std::span<std::byte> to) { return static_cast<data::file*>(from)->read(to); };
  return detail::load_npy({&f, next}, f.size(), f.size(), f.name());
}

/// Writes an array as .npy, version 1.0, as a whole or not at all. Throws usage_error for BF16, io_error.
inline void write_npy(const std::filesystem::path& path, const tensor& t) {
  const std::string head = detail::npy_head(t);
  write_atomically(path, [&](writer& out) {
    out.write(head);
    out.write(t.bytes);
  });
}

}  // namespace genet::inline GENET_ISA::io
