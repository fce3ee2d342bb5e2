#pragma once
#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
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
inline std::string show_dimensions(std::span<const long> shape) {
  std::string out = "(";
  for (const long d : shape) out += (out.size() > 1 ? "," : "") + std::to_string(d);
  return out + ")";
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

/// Elements of type From in `bytes`, each through `convert`.
template <class T, class From, class Convert>
std::vector<T> convert_all(std::span<const std::byte> bytes, Convert convert) {
  std::vector<T> out(bytes.size() / sizeof(From));
  for (std::size_t i = 0; i < out.size(); ++i) {
    From x;
    std::memcpy(&x, bytes.data() + i * sizeof(From), sizeof(From));
    out[i] = static_cast<T>(convert(x));
  }
  return out;
}

/// The checked content of a header: where each tensor lies in the data.
struct header_entry {
  tensor described;  // no bytes yet
  std::uint64_t begin = 0, end = 0;
  std::size_t at = 0;  // of its name in the header
};
struct header {
  std::map<std::string, std::string> metadata;
  std::vector<header_entry> entries;  // by position in the file
};

inline constexpr std::uint64_t max_header = 100'000'000;  // the format's own limit
inline constexpr std::size_t max_rank = 64;

[[gnu::cold]] inline void read_metadata(json_cursor& in, std::map<std::string, std::string>& to) {
  in.expect('{', "'{' of __metadata__, an object of strings");
  if (in.accept('}')) return;
  do {
    const std::size_t at = in.position();
    std::string key = in.string("a metadata key as a string");
    in.expect(':', "':' after the metadata key " + quoted_for_message(key));
    std::string value = in.string("a string as value of the metadata key " + quoted_for_message(key));
    const auto [where, is_new] = to.emplace(std::move(key), std::move(value));
    if (!is_new)
      in.fail(at, "duplicate metadata key " + quoted_for_message(where->first) + ", expected each key once");
  } while (in.accept(','));
  in.expect('}', "',' or '}' in __metadata__");
}

[[gnu::cold]] inline dtype read_dtype(json_cursor& in, const std::string& tensor_name) {
  const std::size_t at = in.position();
  const std::string name = in.string("dtype as a string");
  for (std::size_t i = 0; i < std::size(dtypes); ++i) {
    if (dtypes[i].name == name) return static_cast<dtype>(i);
  }
  const bool known = std::ranges::find(other_dtypes, name) != std::end(other_dtypes);
  in.fail(at, "tensor " + tensor_name + ": " + (known ? "dtype " : "unknown dtype ") + quoted_for_message(name) +
                  (known ? " is not supported" : "") +
                  ", expected BOOL, I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32 or F64");
}

[[gnu::cold]] inline header_entry read_entry(json_cursor& in, std::string name, std::size_t at) {
  header_entry e;
  const std::string shown = quoted_for_message(name);
  const std::string of = " of tensor " + shown;
  e.described.name = std::move(name);
  e.at = at;
  bool has_type = false, has_shape = false, has_offsets = false;
  const auto once = [&](bool& seen, std::size_t where, std::string_view field) {
    if (seen) in.fail(where, "tensor " + shown + ": duplicate field " + std::string(field) + ", expected it once");
    seen = true;
  };
  in.expect('{', "'{'" + of + ", an object of dtype, shape and data_offsets");
  if (!in.accept('}')) {
    do {
      const std::size_t where = in.position();
      const std::string field = in.string("a field name" + of);
      in.expect(':', "':' after field " + quoted_for_message(field) + of);
      if (field == "dtype") {
        once(has_type, where, field);
        e.described.type = read_dtype(in, shown);
      } else if (field == "shape") {
        once(has_shape, where, field);
        in.expect('[', "'[', shape" + of + " as a list");
        if (!in.accept(']')) {
          do {
            if (e.described.shape.size() == max_rank)
              in.fail(where, "shape" + of + " is too long, expected at most 64 dimensions");
            e.described.shape.push_back(
                static_cast<long>(in.integer(static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()),
                                             "shape" + of + " as integers from 0")));
          } while (in.accept(','));
          in.expect(']', "',' or ']' in shape" + of);
        }
      } else if (field == "data_offsets") {
        once(has_offsets, where, field);
        const std::string two = "data_offsets" + of + " as a list of two integers from 0";
        constexpr auto limit = std::numeric_limits<std::uint64_t>::max();
        in.expect('[', two);
        e.begin = in.integer(limit, two);
        in.expect(',', two);
        e.end = in.integer(limit, two);
        in.expect(']', two);
      } else {
        in.fail(where, "unknown field " + quoted_for_message(field) + of + ", expected dtype, shape or data_offsets");
      }
    } while (in.accept(','));
    in.expect('}', "',' or '}'" + of);
  }
  for (const auto& [present, field] :
       {std::pair{has_type, "dtype"}, {has_shape, "shape"}, {has_offsets, "data_offsets"}}) {
    if (!present)
      in.fail(at, "tensor " + shown + ": found no field " + field + ", expected dtype, shape and data_offsets");
  }
  return e;
}

/// Parses and checks the header against the size of the data that follows it.
[[gnu::cold]] inline header read_header(std::string_view text, std::uint64_t data_size, const std::string& origin) {
  json_cursor in(text, 8, origin);
  if (text.empty()) in.fail(0, "found an empty header, expected '{'");
  if (const auto bad = first_invalid_utf8(text); bad != text.npos) {
    in.fail(bad, "found invalid UTF-8, expected a header in UTF-8");
  }
  if (text.front() != '{') in.fail_expected("'{' as first byte of the header");

  header h;
  bool has_metadata = false;
  in.expect('{', "'{'");
  if (!in.accept('}')) {
    do {
      const std::size_t at = in.position();
      std::string name = in.string("a tensor name as a string");
      in.expect(':', "':' after " + quoted_for_message(name));
      if (name == "__metadata__") {
        if (has_metadata) in.fail(at, "duplicate key \"__metadata__\", expected each key once");
        has_metadata = true;
        read_metadata(in, h.metadata);
      } else {
        h.entries.push_back(read_entry(in, std::move(name), at));
      }
    } while (in.accept(','));
    in.expect('}', "',' or '}' after a tensor");
  }
  if (const auto rest = in.rest().find_first_not_of(' '); rest != text.npos) {
    in.fail(in.position() + rest, "found text after the closing '}', expected spaces up to the end of the header");
  }

  // As function pointers both orders share one instance of sort.
  std::ranges::sort(h.entries, +[](const header_entry& a, const header_entry& b) {
    return std::tie(a.described.name, a.at) < std::tie(b.described.name, b.at);
  });
  const auto twin = std::ranges::adjacent_find(
      h.entries, {}, [](const header_entry& e) -> const std::string& { return e.described.name; });
  if (twin != h.entries.end()) {
    in.fail((twin + 1)->at,
            "duplicate tensor " + quoted_for_message(twin->described.name) + ", expected each name once");
  }

  std::ranges::sort(h.entries, +[](const header_entry& a, const header_entry& b) {
    return std::tie(a.begin, a.end, a.at) < std::tie(b.begin, b.end, b.at);
  });
  std::uint64_t covered = 0;
  for (const header_entry& e : h.entries) {
    const std::string tensor_name = "tensor " + quoted_for_message(e.described.name);
    const std::string range = "[" + std::to_string(e.begin) + "," + std::to_string(e.end) + "]";
    const std::string dimensions = show_dimensions(e.described.shape);
    std::uint64_t bytes = 0;
    if (e.end < e.begin)
      in.fail(e.at, tensor_name + ": data_offsets " + range + " are reversed, expected begin <= end");
    if (e.end > data_size) {
      in.fail(e.at, tensor_name + ": data_offsets " + range + " end beyond the file, expected at most " +
                        std::to_string(data_size) + ", the bytes after the header");
    }
    if (!checked_size(e.described.shape, e.described.type, bytes)) {
      in.fail(e.at, tensor_name + ": shape " + dimensions + " overflows, expected fewer than 2^63 bytes");
    }
    if (bytes != e.end - e.begin) {
      in.fail(e.at, tensor_name + ": data_offsets " + range + " hold " + std::to_string(e.end - e.begin) +
                        " bytes, expected " + std::to_string(bytes) + " for " + std::string(show(e.described.type)) +
                        " " + dimensions);
    }
    if (e.begin != covered) {
      in.fail(e.at, tensor_name + ": data_offsets " + range +
                        (e.begin > covered ? " leave a hole" : " overlap another tensor") +
                        ", expected to begin at " + std::to_string(covered));
    }
    covered = e.end;
  }
  if (covered != data_size) {
    throw bad_input(origin + ": byte " + std::to_string(8 + text.size() + covered) + ": found " +
                    std::to_string(data_size - covered) +
                    " bytes after the last tensor, expected the end of the file");
  }
  return h;
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
  template <std::ranges::contiguous_range Values>
  requires file_scalar<std::ranges::range_value_t<Values>>
  void add(std::string name, std::vector<long> shape, const Values& values) {
    const auto bytes = std::as_bytes(std::span(std::ranges::data(values), std::ranges::size(values)));
    add(tensor{std::move(name),
               dtype_of<std::ranges::range_value_t<Values>>(),
               std::move(shape),
               {bytes.begin(), bytes.end()}});
  }
  /// A scalar, shape ().
  template <file_scalar T> void add(std::string name, T value) { add(std::move(name), {}, std::span(&value, 1)); }
  /// A tensor of any element type, its bytes little-endian.
  void add(tensor t) {
    const auto refuse = [&](const std::string& why) {
      throw usage_error("tensor_file::add(" + t.name + "): " + why);
    };
    if (t.name == "__metadata__") refuse("the name is reserved, expected another one");
    if (first_invalid_utf8(t.name) != std::string::npos) refuse("the name is not UTF-8");
    if (t.shape.size() > detail::max_rank) refuse("found more than 64 dimensions, expected at most 64");
    std::uint64_t bytes = 0;
    if (!detail::checked_size(t.shape, t.type, bytes) || bytes != t.bytes.size()) {
      refuse("found " + std::to_string(t.bytes.size()) + " bytes, expected shape " +
             detail::show_dimensions(t.shape) + " of " + std::string(show(t.type)));
    }
    const auto at = std::ranges::lower_bound(tensors_, t.name, {}, &tensor::name);
    if (at != tensors_.end() && at->name == t.name) refuse("the name is taken, expected each name once");
    tensors_.insert(at, std::move(t));
  }

  /// By name.
  const std::vector<tensor>& tensors() const { return tensors_; }
  /// File or origin that it was read from, for messages; empty when made in memory.
  const std::string& origin() const { return origin_; }

  /// Null when there is none. Valid until the next add.
  const tensor* find(std::string_view name) const {
    const auto at = std::ranges::lower_bound(tensors_, name, {}, &tensor::name);
    return at != tensors_.end() && at->name == name ? &*at : nullptr;
  }

  /// The values of a tensor. float and double read F16, BF16, F32 and F64 (rounding to nearest); integers read
  /// exactly their own type. Throws bad_input when there is no such tensor or its type is another.
  template <file_scalar T> std::vector<T> get(std::string_view name) const {
    const tensor* t = find(name);
    const std::string where = (origin_.empty() ? "tensor file" : origin_) + ": tensor " + quoted_for_message(name);
    if (!t)
      throw bad_input(where + ": found none of this name among " + std::to_string(tensors_.size()) + " tensors");
    const auto same = [](auto x) { return x; };
    if constexpr (std::floating_point<T>) {
      switch (t->type) {
        case dtype::f16: return detail::convert_all<T, std::uint16_t>(t->bytes, detail::from_half);
        case dtype::bf16: return detail::convert_all<T, std::uint16_t>(t->bytes, detail::from_bfloat);
        case dtype::f32: return detail::convert_all<T, float>(t->bytes, same);
        case dtype::f64: return detail::convert_all<T, double>(t->bytes, same);
        default:
          throw bad_input(where + ": found " + std::string(show(t->type)) + ", expected F16, BF16, F32 or F64");
      }
    } else {
      if (t->type != dtype_of<T>()) {
        throw bad_input(where + ": found " + std::string(show(t->type)) + ", expected " +
                        std::string(show(dtype_of<T>())));
      }
      return detail::convert_all<T, T>(t->bytes, same);
    }
  }

  /// Reads and checks a file. Throws io_error when it cannot be read, bad_input when it is malformed.
  static tensor_file read(const std::filesystem::path& path) {
    data::file f(path);
    return load(f.name(), f.size(), [&](std::span<std::byte> to) { return f.read(to); });
  }

  /// The same for bytes in memory; `origin` names them in messages.
  static tensor_file parse(std::span<const std::byte> bytes, std::string origin) {
    const std::uint64_t size = bytes.size();
    return load(std::move(origin), size, [&](std::span<std::byte> to) {
      const std::size_t n = std::min(to.size(), bytes.size());
      std::ranges::copy(bytes.first(n), to.begin());
      bytes = bytes.subspan(n);
      return n;
    });
  }

  /// The file's bytes. Throws usage_error when metadata is not UTF-8 or the header exceeds the format's 100 MB.
  std::vector<std::byte> bytes() const {
    std::vector<std::byte> out;
    emit([&](std::span<const std::byte> part) { out.insert(out.end(), part.begin(), part.end()); });
    return out;
  }

  /// Writes the file as a whole or not at all (write_atomically).
  void write(const std::filesystem::path& path) const {
    write_atomically(path, [&](writer& out) { emit([&](std::span<const std::byte> part) { out.write(part); }); });
  }

 private:
  /// `next` fills a span and returns how much of it there was.
  template <class Next> [[gnu::cold]] static tensor_file load(std::string origin, std::uint64_t size, Next next) {
    const auto fill = [&](std::span<std::byte> to, std::uint64_t at) {
      if (const std::size_t n = next(to); n != to.size()) {
        throw bad_input(origin + ": byte " + std::to_string(at + n) +
                        ": found the end of the file, which became shorter while it was read, expected " +
                        std::to_string(size) + " bytes");
      }
    };
    if (size < 8) {
      throw bad_input(origin + ": byte 0: found " + std::to_string(size) +
                      " bytes, expected a safetensors file: 8 bytes with the header's length first");
    }
    std::uint64_t length = 0;
    fill(std::as_writable_bytes(std::span(&length, 1)), 0);
    const auto wrong_length = [&](std::string_view limit, std::uint64_t most) {
      throw bad_input(origin + ": byte 0: found header length " + std::to_string(length) + ", expected at most " +
                      std::to_string(most) + std::string(limit) + " (is this a safetensors file?)");
    };
    if (length > detail::max_header) wrong_length(", the format's limit", detail::max_header);
    if (length > size - 8) wrong_length(", the rest of the file", size - 8);

    std::string text(static_cast<std::size_t>(length), '\0');
    fill(std::as_writable_bytes(std::span(text)), 8);
    detail::header h = detail::read_header(text, size - 8 - length, origin);

    tensor_file out;
    out.metadata = std::move(h.metadata);
    out.tensors_.reserve(h.entries.size());
    for (auto& e : h.entries) {
      e.described.bytes.resize(static_cast<std::size_t>(e.end - e.begin));
      fill(e.described.bytes, 8 + length + e.begin);
      out.tensors_.push_back(std::move(e.described));
    }
    std::ranges::sort(out.tensors_, {}, &tensor::name);
    out.origin_ = std::move(origin);
    return out;
  }

  /// Gives the file's bytes to `put`, part after part: tensors by size of their elements, largest first, then by
  /// name, so that each lies at a multiple of its element size.
  template <class Put> [[gnu::cold]] void emit(Put put) const {
    std::vector<const tensor*> order;
    for (const unsigned size : {8U, 4U, 2U, 1U})
      for (const tensor& t : tensors_)
        if (size_of(t.type) == size) order.push_back(&t);

    std::string head = "{";
    const auto separate = [&] { head += head.size() > 1 ? "," : ""; };
    if (!metadata.empty()) {
      head += "\"__metadata__\":{";
      const char* comma = "";
      for (const auto& [key, value] : metadata) {
        if (first_invalid_utf8(key) != std::string::npos || first_invalid_utf8(value) != std::string::npos) {
          throw usage_error("tensor_file: metadata key " + key + " or its value is not UTF-8");
        }
        head += comma + json_quote(key) + ":" + json_quote(value);
        comma = ",";
      }
      head += "}";
    }
    std::uint64_t at = 0;
    for (const tensor* t : order) {
      separate();
      head += json_quote(t->name) + ":{\"dtype\":\"" + std::string(show(t->type)) + "\",\"shape\":[";
      for (std::size_t i = 0; i < t->shape.size(); ++i) head += (i ? "," : "") + std::to_string(t->shape[i]);
      head += "],\"data_offsets\":[" + std::to_string(at) + "," + std::to_string(at + t->bytes.size()) + "]}";
      at += t->bytes.size();
    }
    head += "}";
    head.resize((head.size() + 7) / 8 * 8, ' ');
    if (head.size() > detail::max_header) {
      throw usage_error("tensor_file: found a header of " + std::to_string(head.size()) +
                        " bytes (names and metadata), expected at most 100000000, the format's limit");
    }
    const std::uint64_t length = head.size();
    put(std::as_bytes(std::span(&length, 1)));
    put(std::as_bytes(std::span(head)));
    for (const tensor* t : order) put(std::span<const std::byte>(t->bytes));
  }

  std::vector<tensor> tensors_;
  std::string origin_;
};

}  // namespace genet::io
