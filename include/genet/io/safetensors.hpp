#pragma once
#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../data/file.hpp"
#include "../declare/error.hpp"
#include "atomic_file.hpp"
#include "json.hpp"

namespace genet::inline GENET_ISA::io {

static_assert(std::endian::native == std::endian::little,
              "safetensors files are little-endian, and so must the machine be");

/// Element types of tensors in files, by their names in the format: BOOL, I8, U8, I16, U16, F16, BF16, ...
enum class dtype : unsigned char { boolean, i8, u8, i16, u16, f16, bf16, i32, u32, f32, i64, u64, f64 };

namespace detail {

struct dtype_row {
  std::string_view name;
  unsigned bytes;
};
inline constexpr dtype_row dtypes[] = {{"BOOL", 1}, {"I8", 1},   {"U8", 1},  {"I16", 2}, {"U16", 2},
                                       {"F16", 2},  {"BF16", 2}, {"I32", 4}, {"U32", 4}, {"F32", 4},
                                       {"I64", 8},  {"U64", 8},  {"F64", 8}};

/// Names that the format knows and this reader does not.
inline constexpr std::string_view other_dtypes[] = {"C64",         "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ",
                                                    "F8_E5M2FNUZ", "F6_E2M3", "F6_E3M2", "F4"};

}  // namespace detail

/// `F32`
constexpr std::string_view show(dtype t) { return detail::dtypes[static_cast<int>(t)].name; }
/// Bytes of one element.
constexpr unsigned size_of(dtype t) { return detail::dtypes[static_cast<int>(t)].bytes; }

/// C++ types that tensors in files can be made of.
template <class T>
concept file_scalar = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int64_t> ||
    std::same_as<T, std::int32_t> || std::same_as<T, std::uint64_t> || std::same_as<T, std::uint32_t> ||
    std::same_as<T, std::uint8_t>;

template <file_scalar T> constexpr dtype dtype_of() {
  if constexpr (std::same_as<T, float>)
    return dtype::f32;
  else if constexpr (std::same_as<T, double>)
    return dtype::f64;
  else if constexpr (std::same_as<T, std::int64_t>)
    return dtype::i64;
  else if constexpr (std::same_as<T, std::int32_t>)
    return dtype::i32;
  else if constexpr (std::same_as<T, std::uint64_t>)
    return dtype::u64;
  else if constexpr (std::same_as<T, std::uint32_t>)
    return dtype::u32;
  else
    return dtype::u8;
}

/// A named tensor of a file: row-major, little-endian.
struct tensor {
  std::string name;
  dtype type = dtype::f32;
  std::vector<long> shape;  // () is a scalar; dimensions may be 0
  std::vector<std::byte> bytes;

  /// Number of elements.
  long size() const { return static_cast<long>(bytes.size() / size_of(type)); }
};

namespace detail {

/// a * b, or false when it does not fit.
inline bool checked_multiply(std::uint64_t a, std::uint64_t b, std::uint64_t& product) {
  return !__builtin_mul_overflow(a, b, &product);
}

/// Bytes of a tensor, or false when its size does not fit into 63 bits. A dimension of 0 does not excuse the others:
/// (0, 2^40, 2^40) is refused too, or whoever multiplies in another order would overflow.
inline bool checked_size(std::span<const long> shape, dtype type, std::uint64_t& bytes) {
  std::uint64_t product = size_of(type);
  bool empty = false;
  for (const long d : shape) {
    if (d == 0) {
      empty = true;
    } else if (d < 0 || !checked_multiply(product, static_cast<std::uint64_t>(d), product)) {
      return false;
    }
  }
  bytes = empty ? 0 : product;
  return product <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}

/// `(2,3)`
[[gnu::cold]] inline std::string show_dimensions(std::span<const long> shape) {
  std::string out = "(";
  for (const long d : shape) {
    if (out.size() > 1) out += ',';
    errors::piece(d).append_to(out);
  }
  return out += ')';
}

inline float from_half(std::uint16_t h) {
  const std::uint32_t sign = (h & 0x8000u) << 16, exponent = (h >> 10) & 31u, fraction = h & 1023u;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24, exact in float
    const float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -value : value;
  }
  const std::uint32_t wide = exponent == 31 ? 255u : exponent + 112u;
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

inline float from_bfloat(std::uint16_t b) { return std::bit_cast<float>(static_cast<std::uint32_t>(b) << 16); }

/// An element of a tensor of reals; exact in all its types.
template <class = void>
double real_at(const std::byte* element, dtype type) {
  const auto as = [&]<class From>(From x) {
    std::memcpy(&x, element, sizeof(From));
    return x;
  };
  switch (type) {
    case dtype::f16: return static_cast<double>(from_half(as(std::uint16_t{})));
    case dtype::bf16: return static_cast<double>(from_bfloat(as(std::uint16_t{})));
    case dtype::f32: return static_cast<double>(as(float{}));
    default: return as(double{});
  }
}

/// The checked content of a header: where each tensor lies in the data.
struct header_entry {
  tensor described;  // no bytes yet
  std::uint64_t begin = 0, end = 0;
  std::size_t at = 0;  // of its name in the header
};
struct header {
  std::map<std::string, std::string> metadata;
  std::vector<header_entry> entries;  // as they are listed
  std::vector<std::size_t> by_name, by_place;
};

inline constexpr std::uint64_t max_header = 100'000'000;  // the format's own limit
inline constexpr std::size_t max_rank = 64;

// Functions of fixed types are templates here, and compiled for size: those of a file format are many and long. So they
// cost nothing where they are not used, nor where genet::kernels holds them (compiled/files.hpp).

template <class = void>
[[gnu::cold]] void read_metadata(json_cursor& in, std::map<std::string, std::string>& to) {
  in.expect('{', "'{' of __metadata__, an object of strings");
  if (in.accept('}')) return;
  do {
    const std::size_t at = in.position();
    std::string key = in.string("a metadata key as a string");
    const std::string shown = quoted_for_message(key);
    in.expect(':', "':' after the metadata key ", shown);
    std::string value = in.string("a string as value of the metadata key ", shown);
    if (!to.emplace(std::move(key), std::move(value)).second)
      in.fail(at, {"duplicate metadata key ", shown, ", expected each key once"});
  } while (in.accept(','));
  in.expect('}', "',' or '}' in __metadata__");
}

template <class = void>
[[gnu::cold]] dtype read_dtype(json_cursor& in, std::string_view tensor_name) {
  const std::size_t at = in.position();
  const std::string name = in.string("dtype as a string");
  for (std::size_t i = 0; i < std::size(dtypes); ++i) {
    if (dtypes[i].name == name) return static_cast<dtype>(i);
  }
  bool known = false;
  for (const std::string_view other : other_dtypes) known = known || other == name;
  in.fail(at, {"tensor ", tensor_name, ": ", known ? "dtype " : "unknown dtype ", quoted_for_message(name),
               known ? " is not supported" : "",
               ", expected BOOL, I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32 or F64"});
}

template <class = void>
[[gnu::cold]] header_entry read_entry(json_cursor& in, std::string name, std::size_t at) {
  header_entry e;
  const std::string shown = quoted_for_message(name);
  e.described.name = std::move(name);
  e.at = at;
  constexpr std::string_view fields[] = {"dtype", "shape", "data_offsets"};
  bool has[3] = {};
  in.expect('{', "'{' of tensor ", shown, ", an object of dtype, shape and data_offsets");
  if (!in.accept('}')) {
    do {
      const std::size_t where = in.position();
      const std::string field = in.string("a field name of tensor ", shown);
      std::size_t which = 0;
      while (which < std::size(fields) && fields[which] != field) ++which;
      if (!in.accept(':')) in.fail_expected({"':' after field ", quoted_for_message(field), " of tensor ", shown});
      if (which == std::size(fields)) {
        in.fail(where, {"unknown field ", quoted_for_message(field), " of tensor ", shown,
                        ", expected dtype, shape or data_offsets"});
      }
      if (has[which]) in.fail(where, {"tensor ", shown, ": duplicate field ", field, ", expected it once"});
      has[which] = true;
      if (which == 0) {
        e.described.type = read_dtype(in, shown);
      } else if (which == 1) {
        in.expect('[', "'[', shape of tensor ", shown, " as a list");
        if (!in.accept(']')) {
          do {
            if (e.described.shape.size() == max_rank)
              in.fail(where, {"shape of tensor ", shown, " is too long, expected at most 64 dimensions"});
            e.described.shape.push_back(
                static_cast<long>(in.integer(static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()),
                                             "shape of tensor ", shown, " as integers from 0")));
          } while (in.accept(','));
          in.expect(']', "',' or ']' in shape of tensor ", shown);
        }
      } else {
        constexpr auto limit = std::numeric_limits<std::uint64_t>::max();
        constexpr std::string_view offsets = "data_offsets of tensor ", two = " as a list of two integers from 0";
        in.expect('[', offsets, shown, two);
        e.begin = in.integer(limit, offsets, shown, two);
        in.expect(',', offsets, shown, two);
        e.end = in.integer(limit, offsets, shown, two);
        in.expect(']', offsets, shown, two);
      }
    } while (in.accept(','));
    in.expect('}', "',' or '}' of tensor ", shown);
  }
  for (std::size_t i = 0; i < std::size(fields); ++i) {
    if (!has[i])
      in.fail(at, {"tensor ", shown, ": found no field ", fields[i], ", expected dtype, shape and data_offsets"});
  }
  return e;
}

/// The places 0 ... n-1 in an order. What is sorted stays where it is, and all sorts are one instance of std::sort.
using order_of_places = bool (*)(const void* what, std::size_t a, std::size_t b);
template <class = void>
[[gnu::cold]] std::vector<std::size_t> sorted_places(std::size_t n, const void* what, order_of_places before) {
  std::vector<std::size_t> places(n);
  for (std::size_t i = 0; i < n; ++i) places[i] = i;
  std::sort(places.begin(), places.end(), [=](std::size_t a, std::size_t b) { return before(what, a, b); });
  return places;
}

/// Orders the entries, and checks that each name occurs once and that they cover `size` bytes of data without holes and
/// overlaps.
template <class = void>
[[gnu::cold]] void check_entries(const json_cursor& in, header& h, std::uint64_t size, std::uint64_t end_of_header,
                                 std::string_view origin) {
  const auto& entries = h.entries;
  h.by_name = sorted_places(entries.size(), entries.data(), [](const void* all, std::size_t a, std::size_t b) {
    const auto *x = static_cast<const header_entry*>(all) + a, *y = static_cast<const header_entry*>(all) + b;
    const int c = x->described.name.compare(y->described.name);
    return c != 0 ? c < 0 : x->at < y->at;
  });
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const header_entry &a = entries[h.by_name[i - 1]], &b = entries[h.by_name[i]];
    if (a.described.name == b.described.name)
      in.fail(b.at, {"duplicate tensor ", quoted_for_message(b.described.name), ", expected each name once"});
  }
  h.by_place = sorted_places(entries.size(), entries.data(), [](const void* all, std::size_t a, std::size_t b) {
    const auto *x = static_cast<const header_entry*>(all) + a, *y = static_cast<const header_entry*>(all) + b;
    return x->begin != y->begin ? x->begin < y->begin : x->end != y->end ? x->end < y->end : x->at < y->at;
  });
  std::uint64_t covered = 0;
  for (const std::size_t i : h.by_place) {
    const header_entry& e = entries[i];
    const auto refuse = [&](std::initializer_list<errors::piece> pieces) {
      in.fail(e.at, {"tensor ", quoted_for_message(e.described.name), ": ", errors::join(pieces)});
    };
    const auto refuse_range = [&](std::initializer_list<errors::piece> pieces) {
      refuse({"data_offsets [", e.begin, ",", e.end, "] ", errors::join(pieces)});
    };
    std::uint64_t bytes = 0;
    if (e.end < e.begin) refuse_range({"are reversed, expected begin <= end"});
    if (e.end > size)
      refuse_range({"end beyond the file, expected at most ", size, ", the bytes after the header"});
    if (!checked_size(e.described.shape, e.described.type, bytes))
      refuse({"shape ", show_dimensions(e.described.shape), " overflows, expected fewer than 2^63 bytes"});
    if (bytes != e.end - e.begin)
      refuse_range({"hold ", e.end - e.begin, " bytes, expected ", bytes, " for ", show(e.described.type), " ",
                    show_dimensions(e.described.shape)});
    if (e.begin != covered)
      refuse_range({e.begin > covered ? "leave a hole" : "overlap another tensor", ", expected to begin at ", covered});
    covered = e.end;
  }
  if (covered != size) {
    errors::raise<bad_input>({origin, ": byte ", end_of_header + covered, ": found ", size - covered,
                              " bytes after the last tensor, expected the end of the file"});
  }
}

/// Parses and checks the header against the size of the data that follows it.
template <class = void>
[[gnu::cold]] header read_header(std::string_view text, std::uint64_t data_size, const std::string& origin) {
  json_cursor in(text, 8, origin);
  if (text.empty()) in.fail(0, {"found an empty header, expected '{'"});
  if (const auto bad = first_invalid_utf8(text); bad != text.npos) {
    in.fail(bad, {"found invalid UTF-8, expected a header in UTF-8"});
  }
  if (text.front() != '{') in.fail_expected({"'{' as first byte of the header"});

  header h;
  bool has_metadata = false;
  in.expect('{', "'{'");
  if (!in.accept('}')) {
    do {
      const std::size_t at = in.position();
      std::string name = in.string("a tensor name as a string");
      in.expect(':', "':' after ", quoted_for_message(name));
      if (name == "__metadata__") {
        if (has_metadata) in.fail(at, {"duplicate key \"__metadata__\", expected each key once"});
        has_metadata = true;
        read_metadata(in, h.metadata);
      } else {
        h.entries.push_back(read_entry(in, std::move(name), at));
      }
    } while (in.accept(','));
    in.expect('}', "',' or '}' after a tensor");
  }
  if (const auto rest = in.rest().find_first_not_of(' '); rest != text.npos) {
    in.fail(in.position() + rest, {"found text after the closing '}', expected spaces up to the end of the header"});
  }
  check_entries(in, h, data_size, 8 + text.size(), origin);
  return h;
}

/// Fills a span from a file or from memory and says how much of it there was.
struct byte_source {
  void* from;
  std::size_t (*next)(void* from, std::span<std::byte> to);
};
/// Takes bytes for a file or for memory.
struct byte_sink {
  void* to;
  void (*put)(void* to, std::span<const std::byte> bytes);
};

template <class = void>
[[gnu::cold]] void fill(byte_source from, std::span<std::byte> to, std::uint64_t at, std::uint64_t size,
                        const std::string& origin) {
  if (const std::size_t n = from.next(from.from, to); n != to.size()) {
    errors::raise<bad_input>({origin, ": byte ", at + n,
                              ": found the end of the file, which became shorter while it was read, expected ", size,
                              " bytes"});
  }
}

/// Metadata and tensors, by name.
template <class = void>
[[gnu::cold]] void load(byte_source from, std::uint64_t size, const std::string& origin, std::map<std::string, std::string>& metadata,
          std::vector<tensor>& tensors) {
  if (size < 8) {
    errors::raise<bad_input>({origin, ": byte 0: found ", size,
                              " bytes, expected a safetensors file: 8 bytes with the header's length first"});
  }
  std::uint64_t length = 0;
  fill(from, std::as_writable_bytes(std::span(&length, 1)), 0, size, origin);
  if (length > max_header || length > size - 8) {
    errors::raise<bad_input>({origin, ": byte 0: found header length ", length, ", expected at most ",
                              length > max_header ? max_header : size - 8,
                              length > max_header ? ", the format's limit" : ", the rest of the file",
                              " (is this a safetensors file?)"});
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  fill(from, std::as_writable_bytes(std::span(text)), 8, size, origin);
  header h = read_header(text, size - 8 - length, origin);

  for (const std::size_t i : h.by_place) {
    header_entry& e = h.entries[i];
    e.described.bytes.resize(static_cast<std::size_t>(e.end - e.begin));
    fill(from, e.described.bytes, 8 + length + e.begin, size, origin);
  }
  metadata = std::move(h.metadata);
  tensors.reserve(h.entries.size());
  for (const std::size_t i : h.by_name) tensors.push_back(std::move(h.entries[i].described));
}

/// Gives the file's bytes to `to`, part after part: tensors by size of their elements, largest first, then by name,
/// so that each lies at a multiple of its element size.
template <class = void>
[[gnu::cold]] void emit(byte_sink to, const std::map<std::string, std::string>& metadata, const std::vector<tensor>& tensors) {
  std::vector<const tensor*> order;
  for (const unsigned size : {8U, 4U, 2U, 1U})
    for (const tensor& t : tensors)
      if (size_of(t.type) == size) order.push_back(&t);

  std::string head = "{";
  const auto add = [&](std::initializer_list<errors::piece> pieces) { head += errors::join(pieces); };
  for (const char* between = "\"__metadata__\":{"; const auto& [key, value] : metadata) {
    if (first_invalid_utf8(key) != std::string::npos || first_invalid_utf8(value) != std::string::npos)
      errors::raise<usage_error>({"tensor_file: metadata key ", key, " or its value is not UTF-8"});
    add({between, json_quote(key), ":", json_quote(value)});
    between = ",";
  }
  if (!metadata.empty()) head += "}";
  std::uint64_t at = 0;
  for (const tensor* t : order) {
    const std::string dimensions = show_dimensions(t->shape);
    add({head.size() > 1 ? "," : "", json_quote(t->name), ":{\"dtype\":\"", show(t->type), "\",\"shape\":[",
         std::string_view(dimensions).substr(1, dimensions.size() - 2), "],\"data_offsets\":[", at, ",",
         at + t->bytes.size(), "]}"});
    at += t->bytes.size();
  }
  head += "}";
  head.resize((head.size() + 7) / 8 * 8, ' ');
  if (head.size() > max_header) {
    errors::raise<usage_error>({"tensor_file: found a header of ", head.size(),
                                " bytes (names and metadata), expected at most 100000000, the format's limit"});
  }
  const std::uint64_t length = head.size();
  to.put(to.to, std::as_bytes(std::span(&length, 1)));
  to.put(to.to, std::as_bytes(std::span(head)));
  for (const tensor* t : order) to.put(to.to, t->bytes);
}

template <class = void>
[[gnu::cold]] void read_file(const std::filesystem::path& path, std::string& origin, std::map<std::string, std::string>& metadata,
               std::vector<tensor>& tensors) {
  data::file f(path);
  origin = f.name();
  const byte_source from{&f, [](void* file, std::span<std::byte> to) { return static_cast<data::file*>(file)->read(to); }};
  load(from, f.size(), origin, metadata, tensors);
}

template <class = void>
[[gnu::cold]] void write_file(const std::filesystem::path& path, const std::map<std::string, std::string>& metadata,
                const std::vector<tensor>& tensors) {
  write_atomically(path, [&](writer& out) {
    emit({&out, [](void* to, std::span<const std::byte> part) { static_cast<writer*>(to)->write(part); }}, metadata,
         tensors);
  });
}

/// The first of `tensors` (by name) whose name is not below `name`.
template <class = void>
std::size_t place_of(const std::vector<tensor>& tensors, std::string_view name) {
  std::size_t first = 0, last = tensors.size();
  while (first < last) {
    const std::size_t middle = (first + last) / 2;
    if (tensors[middle].name < name) first = middle + 1;
    else last = middle;
  }
  return first;
}

template <class = void>
[[gnu::cold]] void insert(std::vector<tensor>& tensors, tensor&& t) {
  const auto refuse = [&](std::initializer_list<errors::piece> why) {
    errors::raise<usage_error>({"tensor_file::add(", t.name, "): ", errors::join(why)});
  };
  if (t.name == "__metadata__") refuse({"the name is reserved, expected another one"});
  if (first_invalid_utf8(t.name) != std::string::npos) refuse({"the name is not UTF-8"});
  if (t.shape.size() > max_rank) refuse({"found more than 64 dimensions, expected at most 64"});
  std::uint64_t bytes = 0;
  if (!checked_size(t.shape, t.type, bytes) || bytes != t.bytes.size())
    refuse({"found ", t.bytes.size(), " bytes, expected shape ", show_dimensions(t.shape), " of ", show(t.type)});
  const std::size_t at = place_of(tensors, t.name);
  if (at < tensors.size() && tensors[at].name == t.name) refuse({"the name is taken, expected each name once"});
  tensors.insert(tensors.begin() + static_cast<std::ptrdiff_t>(at), std::move(t));
}

/// `t`, which may be null, if it can be read as `wanted`.
template <class = void>
[[gnu::cold]] const tensor& readable(const tensor* t, dtype wanted, std::string_view name, std::string_view origin,
                       std::size_t count) {
  const auto refuse = [&](std::initializer_list<errors::piece> why) {
    errors::raise<bad_input>({origin.empty() ? "tensor file" : origin, ": tensor ", quoted_for_message(name),
                              ": found ", errors::join(why)});
  };
  if (!t) refuse({"none of this name among ", count, " tensors"});
  const auto is_real = [](dtype d) {
    return d == dtype::f16 || d == dtype::bf16 || d == dtype::f32 || d == dtype::f64;
  };
  if (is_real(wanted) && !is_real(t->type)) refuse({show(t->type), ", expected F16, BF16, F32 or F64"});
  if (!is_real(wanted) && t->type != wanted) refuse({show(t->type), ", expected ", show(wanted)});
  return *t;
}

}  // namespace detail

/// A safetensors file in memory: named tensors and metadata strings. Weights and checkpoints are such files.
///
/// Reading is strict: nothing is allocated before it has been checked against the size of the file; the tensors cover
/// the data without holes, overlaps and trailing bytes; sizes are computed with checked arithmetic; names and fields
/// occur once (also when written with escapes); unknown fields are refused. Malformed content throws bad_input with
/// file, byte, what was found and what was expected. Writing is a function of the content alone: equal content, equal
/// bytes.
///
/// Format: https://github.com/huggingface/safetensors. Stricter than the reference in: unknown fields, white space
/// other than spaces after the header, more than 64 dimensions, empty tensors whose other dimensions overflow.
/// PyTorch equivalent: safetensors.torch.load_file, save_file.
class tensor_file {
 public:
  /// Free strings in UTF-8; written in the order of their keys.
  std::map<std::string, std::string> metadata;

  /// Adds a tensor; `values` (span, vector or array of a file_scalar) row-major. Throws usage_error when the name is
  /// taken, reserved or not UTF-8, or when the shape does not fit the number of values.
  template <class Values>
  requires requires(const Values& v) { std::span(v); }
  void add(std::string name, std::vector<long> shape, const Values& values) {
    const std::span all(values);
    using value = typename decltype(all)::value_type;
    static_assert(file_scalar<value>, "tensor_file::add: not a type of number that files have");
    const auto bytes = std::as_bytes(all);
    add(tensor{std::move(name), dtype_of<value>(), std::move(shape), {bytes.begin(), bytes.end()}});
  }
  /// A scalar, shape ().
  template <file_scalar T> void add(std::string name, T value) { add(std::move(name), {}, std::span(&value, 1)); }
  /// A tensor of any element type, its bytes little-endian.
  void add(tensor t) { detail::insert(tensors_, std::move(t)); }

  /// By name.
  const std::vector<tensor>& tensors() const { return tensors_; }
  /// File or origin that it was read from, for messages; empty when made in memory.
  const std::string& origin() const { return origin_; }

  /// Null when there is none. Valid until the next add.
  const tensor* find(std::string_view name) const {
    const std::size_t at = detail::place_of(tensors_, name);
    return at < tensors_.size() && tensors_[at].name == name ? &tensors_[at] : nullptr;
  }

  /// The values of a tensor. float and double read F16, BF16, F32 and F64 (rounding to nearest); integers read
  /// exactly their own type. Throws bad_input when there is no such tensor or its type is another.
  template <file_scalar T> std::vector<T> get(std::string_view name) const;

  /// Reads and checks a file. Throws io_error when it cannot be read, bad_input when it is malformed.
  static tensor_file read(const std::filesystem::path& path) {
    tensor_file out;
    detail::read_file(path, out.origin_, out.metadata, out.tensors_);
    return out;
  }

  /// The same for bytes in memory; `origin` names them in messages.
  static tensor_file parse(std::span<const std::byte> bytes, std::string origin) {
    tensor_file out;
    const auto next = [](void* from, std::span<std::byte> to) {
      auto& rest = *static_cast<std::span<const std::byte>*>(from);
      const std::size_t n = std::min(to.size(), rest.size());
      std::copy_n(rest.begin(), n, to.begin());
      rest = rest.subspan(n);
      return n;
    };
    detail::load({&bytes, next}, bytes.size(), origin, out.metadata, out.tensors_);
    out.origin_ = std::move(origin);
    return out;
  }

  /// The file's bytes. Throws usage_error when metadata is not UTF-8 or the header exceeds the format's 100 MB.
  std::vector<std::byte> bytes() const {
    std::vector<std::byte> out;
    const auto put = [](void* to, std::span<const std::byte> part) {
      auto& all = *static_cast<std::vector<std::byte>*>(to);
      all.insert(all.end(), part.begin(), part.end());
    };
    detail::emit({&out, put}, metadata, tensors_);
    return out;
  }

  /// Writes the file as a whole or not at all (write_atomically).
  void write(const std::filesystem::path& path) const { detail::write_file(path, metadata, tensors_); }

 private:
  std::vector<tensor> tensors_;
  std::string origin_;
};

template <file_scalar T>
std::vector<T> tensor_file::get(std::string_view name) const {
  const tensor& t = detail::readable(find(name), dtype_of<T>(), name, origin_, tensors_.size());
  std::vector<T> values(t.bytes.size() / size_of(t.type));
  if (t.type == dtype_of<T>()) {
    if (!values.empty()) std::memcpy(values.data(), t.bytes.data(), t.bytes.size());
  } else if constexpr (std::floating_point<T>) {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<T>(detail::real_at(t.bytes.data() + i * size_of(t.type), t.type));
  }
  return values;
}

}  // namespace genet::io

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/files.hpp"
#endif
