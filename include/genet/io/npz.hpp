#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../data/file.hpp"
#include "../data/gzip.hpp"
#include "../data/utf8.hpp"
#include "../declare/error.hpp"
#include "atomic_file.hpp"
#include "npy.hpp"

namespace genet::inline GENET_ISA::io {

namespace detail {

/// A little-endian number of n bytes.
inline std::uint64_t little(std::span<const std::byte> from, std::size_t at, std::size_t n) {
  std::uint64_t x = 0;
  for (std::size_t i = n; i-- > 0;) x = x << 8 | std::to_integer<std::uint64_t>(from[at + i]);
  return x;
}
inline void put_little(std::string& to, std::uint64_t x, int n) {
  for (int i = 0; i < n; ++i, x >>= 8) to += static_cast<char>(static_cast<unsigned char>(x & 255));
}

/// A member of a zip archive as its directory describes it.
struct zip_member {
  std::string name;
  std::size_t entry = 0;  // where the directory describes it
  std::uint64_t flags = 0, method = 0, crc = 0, packed = 0, size = 0, local = 0;
  std::uint64_t begin = 0;  // of its data
};

inline constexpr std::size_t max_zip_members = 10'000;
inline constexpr std::uint64_t zip_max32 = 0xFFFFFFFF;

/// Reads and checks the directory of a zip archive that is a .npz file.
class zip_reader {
 public:
  zip_reader(std::span<const std::byte> all, const std::string& origin) : all_(all), origin_(origin) {}

  [[gnu::cold]] std::vector<zip_member> members() {
    const std::size_t end = end_record();
    std::vector<zip_member> out;
    std::size_t at = directory_;
    for (std::size_t i = 0; i < count_; ++i) out.push_back(entry(at, end));
    if (at != end) fail(at, {"found bytes after the directory's ", count_, " entries, expected the end record"});
    check(out);
    return out;
  }

  [[noreturn]] void fail(std::size_t at, std::initializer_list<errors::piece> message) const {
    errors::raise<bad_input>({origin_, ": byte ", at, ": ", errors::join(message)});
  }
  [[noreturn]] void fail(std::size_t at, const zip_member& m, std::initializer_list<errors::piece> message) const {
    fail(at, {"member ", quoted_for_message(m.name), ": ", errors::join(message)});
  }

 private:
  static constexpr std::string_view local_mark{"PK\3\4"}, entry_mark{"PK\1\2"}, end_mark{"PK\5\6"};
  static constexpr std::size_t local_size = 30, entry_size = 46, end_size = 22;

  std::uint64_t number(std::size_t at, std::size_t n) const { return little(all_, at, n); }
  std::string_view text(std::size_t at, std::size_t n) const {
    return {reinterpret_cast<const char*>(all_.data()) + at, n};
  }

  /// Where the record at the end of the file begins.
  std::size_t end_record() {
    const std::size_t size = all_.size();
    const auto head = text(0, std::min<std::size_t>(size, 6));
    if (size < end_size || !(head.starts_with(local_mark) || head.starts_with(end_mark)))
      fail(0, {"found ",
               head == npy_magic ? "a single .npy array"
               : size == 0       ? "an empty file"
                                 : "other bytes",
               ", expected a .npz file, which is a zip archive (PK first)"});
    const std::size_t at = size - end_size;
    if (text(at, 4) != end_mark) {
      const auto other = text(0, size).rfind(end_mark);
      if (other != std::string_view::npos && other < at)
        fail(other + end_size, {"found ", size - other - end_size,
                                " bytes after the archive's end record, expected the end of the file"});
      fail(size, {"found no end record of the archive, expected one (is the file truncated?)"});
    }
    if (number(at + 4, 2) != 0 || number(at + 6, 2) != 0)
      fail(at + 4, {"found a part of an archive of several files, expected a whole one"});
    count_ = number(at + 10, 2);
    if (number(at + 8, 2) != count_) fail(at + 8, {"found two different numbers of members, expected the same"});
    if (number(at + 20, 2) != 0) fail(at + 20, {"found a comment beyond the end of the file, expected none"});
    const std::uint64_t length = number(at + 12, 4);
    directory_ = number(at + 16, 4);
    if (count_ == 0xFFFF || length == zip_max32 || directory_ == zip_max32)
      fail(at, {"found an archive in the zip64 format, expected one below 4 GiB"});
    if (directory_ + length != at)
      fail(at + 12, {"found a directory of ", length, " bytes at byte ", directory_, ", expected it to end at byte ",
                     at, ", the end record"});
    if (count_ > max_zip_members) fail(at + 10, {"found ", count_, " members, expected at most ", max_zip_members});
    return at;
  }

  zip_member entry(std::size_t& at, std::size_t end) const {
    if (end - at < entry_size || text(at, 4) != entry_mark)
      fail(at, {"found no entry of the directory, expected ", count_, " of them"});
    zip_member m;
    m.entry = at;
    const std::size_t name = number(at + 28, 2), more = number(at + 30, 2) + number(at + 32, 2);
    if (end - at - entry_size < name + more)
      fail(at + 28, {"found an entry that goes beyond the directory, expected at most ", end - at - entry_size,
                     " bytes of names"});
    m.name = text(at + entry_size, name);
    if (first_invalid_utf8(m.name) != m.name.npos || m.name.find('\0') != m.name.npos) {
      m.name.clear();
      fail(at + entry_size, {"found a name of a member that is no text, expected UTF-8"});
    }
    m.flags = number(at + 8, 2);
    m.method = number(at + 10, 2);
    m.crc = number(at + 16, 4);
    m.packed = number(at + 20, 4);
    m.size = number(at + 24, 4);
    m.local = number(at + 42, 4);
    if (m.flags & 0x2041) fail(at + 8, m, {"found an encrypted member, expected none"});
    if (m.flags & ~std::uint64_t{0x080E}) fail(at + 8, m, {"found unknown flags ", m.flags, ", expected none"});
    if (m.method != 0 && m.method != 8)
      fail(at + 10, m, {"found compression method ", m.method, ", expected 0 (stored) or 8 (deflate)"});
    if (m.packed == zip_max32 || m.size == zip_max32 || m.local == zip_max32)
      fail(at + 20, m, {"found a size in the zip64 format, expected one below 4 GiB"});
    if (number(at + 34, 2) != 0) fail(at + 34, m, {"found it in another file of several, expected this one"});
    if (!m.name.ends_with(".npy") || m.name.size() == 4)
      fail(at + entry_size, m, {"found a member that is no array, expected a name that ends in .npy"});
    if (m.method == 0 && m.packed != m.size)
      fail(at + 20, m, {"found ", m.packed, " stored bytes, expected ", m.size, ", the member's size"});
    if (m.method == 8 && m.size > data::inflater::most(m.packed))
      fail(at + 24, m,
           {"found a size of ", m.size, " bytes, expected at most ", data::inflater::most(m.packed), ", as ",
            m.packed, " bytes of deflate data cannot hold more"});
    at += entry_size + name + more;
    return m;
  }

  /// Compares the members with their own headers; finds their data, which must not overlap, and equal names.
  void check(std::vector<zip_member>& members) const {
    for (zip_member& m : members) {
      const std::size_t at = m.local;
      if (at > directory_ || directory_ - at < local_size || text(at, 4) != local_mark)
        fail(m.entry + 42, m, {"found no header of it at byte ", m.local, ", expected PK\\3\\4"});
      const std::size_t name = number(at + 26, 2), extra = number(at + 28, 2);
      m.begin = at + local_size + name + extra;
      if (m.begin > directory_ || m.packed > directory_ - m.begin)
        fail(at, m,
             {"found data that goes beyond the directory, expected at most ",
              m.begin > directory_ ? 0 : directory_ - m.begin, " bytes"});
      if (text(at + local_size, name) != m.name || number(at + 6, 2) != m.flags || number(at + 8, 2) != m.method)
        fail(at, m, {"found another name, flags or method in its header than in the directory, expected the same"});
      std::uint64_t packed = number(at + 18, 4), size = number(at + 22, 4);
      if (packed == zip_max32 && size == zip_max32) read_zip64(m, at + local_size + name, extra, packed, size);
      // With flag 3 the header was written before these were known.
      const bool later = (m.flags & 8) != 0;
      const auto same = [&](std::uint64_t x, std::uint64_t in_directory) {
        return x == in_directory || (later && x == 0);
      };
      if (!same(number(at + 14, 4), m.crc) || !same(packed, m.packed) || !same(size, m.size))
        fail(at + 14, m, {"found another CRC-32 or size in its header than in the directory, expected the same"});
    }
    const auto in_order = [&](order_of_places before) {
      return sorted_places(members.size(), members.data(), before);
    };
    const auto by_name = in_order([](const void* all, std::size_t a, std::size_t b) {
      const auto* m = static_cast<const zip_member*>(all);
      return m[a].name < m[b].name;
    });
    const auto by_place = in_order([](const void* all, std::size_t a, std::size_t b) {
      const auto* m = static_cast<const zip_member*>(all);
      return m[a].local < m[b].local;
    });
    for (std::size_t i = 1; i < members.size(); ++i) {
      const zip_member &m = members[by_name[i]], &before = members[by_place[i - 1]], &next = members[by_place[i]];
      if (m.name == members[by_name[i - 1]].name) fail(m.entry, m, {"found its name twice, expected each name once"});
      if (next.local < before.begin + before.packed)
        fail(next.local, next,
             {"found it inside member ", quoted_for_message(before.name), ", expected no overlaps"});
    }
  }

  /// NumPy writes sizes of 64 bits into the headers of members of any size.
  void read_zip64(const zip_member& m, std::size_t at, std::size_t length, std::uint64_t& packed,
                  std::uint64_t& size) const {
    for (std::size_t i = 0; length - i >= 4;) {
      const std::size_t kind = number(at + i, 2), n = number(at + i + 2, 2);
      if (n > length - i - 4) break;
      if (kind == 1 && n >= 16) {
        size = number(at + i + 4, 8);
        packed = number(at + i + 12, 8);
        return;
      }
      i += 4 + n;
    }
    fail(at, m, {"found no size of 64 bits in its header, expected one where the size is 4294967295"});
  }

  std::span<const std::byte> all_;
  const std::string& origin_;
  std::size_t count_ = 0, directory_ = 0;
};

/// The array that a member holds.
template <class = void>
[[gnu::cold]] tensor read_member(const zip_reader& zip, const zip_member& m, std::span<const std::byte> packed,
                                 const std::string& origin) {
  const std::string name = errors::join({origin, ": member ", quoted_for_message(m.name)});
  const auto check_crc = [&](std::uint32_t crc) {
    if (crc != m.crc) zip.fail(m.begin, m, {"found data that does not have the CRC-32 stored with it"});
  };
  if (m.method == 0) {
    check_crc(data::crc32_of(packed));
    const auto next = [](void* from, std::span<std::byte> to) {
      auto& rest = *static_cast<std::span<const std::byte>*>(from);
      const std::size_t n = std::min(to.size(), rest.size());
      std::copy_n(rest.begin(), n, to.begin());
      rest = rest.subspan(n);
      return n;
    };
    return load_npy({&packed, next}, m.size, m.size, name);
  }
  struct {
    data::inflater inflate;
    const zip_reader& zip;
    const zip_member& member;
    std::uint32_t crc = 0;
  } source{data::inflater(packed), zip, m};
  const auto next = [](void* from, std::span<std::byte> to) {
    auto& s = *static_cast<decltype(source)*>(from);
    const std::size_t n = s.inflate.read(to);
    s.crc = data::crc32_of(to.first(n), s.crc);
    if (!s.inflate.problem().empty())
      s.zip.fail(s.member.begin + s.member.packed - s.inflate.left(), s.member,
                 {"found damaged deflate data (", s.inflate.problem(), "), expected an intact archive"});
    return n;
  };
  tensor t = load_npy({&source, next}, m.size, 4 * m.packed, name);
  std::byte more;
  if (next(&source, std::span(&more, 1)) != 0 || source.inflate.left() != 0)
    zip.fail(m.begin, m, {"found more data than the ", m.size, " bytes of the member, expected its end"});
  check_crc(source.crc);
  return t;
}

}  // namespace detail

/// A .npz file in memory: named arrays, as NumPy's savez and savez_compressed write them.
///
/// Reading is strict: the directory, the members' own headers and the file's size must agree; names occur once, data
/// does not overlap, checksums are right, and what a member claims is believed only as far as its bytes support it.
/// Encrypted members, archives of 4 GiB and more (zip64) and members that are no arrays are refused; so is what
/// read_npy refuses. Malformed content throws bad_input with file, byte or member, found and expected.
/// Writing stores without compression and is a function of the content alone. NumPy: load, savez.
class npz_file {
 public:
  /// Adds an array; `values` (span, vector or array of an array_scalar) row-major. Throws usage_error when the name
  /// is taken or not UTF-8, or when the shape does not fit the number of values.
  template <class Values>
  requires requires(const Values& v) { std::span(v); }
  void add(std::string name, std::vector<long> shape, const Values& values) {
    const std::span all(values);
    using value = typename decltype(all)::value_type;
    static_assert(array_scalar<value>, "npz_file::add: not a type of number that arrays have");
    const auto bytes = std::as_bytes(all);
    add(tensor{std::move(name), array_dtype<value>(), std::move(shape), {bytes.begin(), bytes.end()}});
  }
  /// An array of any element type but BF16, its bytes little-endian.
  void add(tensor t) {
    if (t.name.empty() || t.name.find('\0') != t.name.npos)
      errors::raise<usage_error>({"npz_file::add: found a name that is empty or holds a zero byte"});
    detail::npy_head(t);
    detail::insert(arrays_, std::move(t));
  }

  /// By name, without the `.npy` that the file adds.
  const std::vector<tensor>& tensors() const { return arrays_; }
  /// File or origin that it was read from, for messages; empty when made in memory.
  const std::string& origin() const { return origin_; }
  /// Null when there is none. Valid until the next add.
  const tensor* find(std::string_view name) const {
    const std::size_t at = detail::place_of(arrays_, name);
    return at < arrays_.size() && arrays_[at].name == name ? &arrays_[at] : nullptr;
  }
  /// Throws bad_input when there is none.
  const tensor& at(std::string_view name) const {
    const tensor* t = find(name);
    if (!t) fail({"found no array ", quoted_for_message(name), " among ", arrays_.size()});
    return *t;
  }

  /// The values of an array, converted as `numbers` does. Throws bad_input.
  template <array_scalar T>
  std::vector<T> get(std::string_view name) const {
    return numbers<T>(at(name), shown_origin());
  }
  /// The same for an array that must have this shape.
  template <array_scalar T>
  std::vector<T> get(std::string_view name, std::initializer_list<long> shape) const {
    const tensor& t = at(name);
    if (!std::ranges::equal(t.shape, shape))
      fail({"array ", quoted_for_message(name), ": found shape ", detail::show_dimensions(t.shape), ", expected ",
            detail::show_dimensions({shape.begin(), shape.size()})});
    return get<T>(name);
  }

  /// Reads and checks a file. Throws io_error when it cannot be read, bad_input when it is malformed.
  static npz_file read(const std::filesystem::path& path) {
    data::file f(path);
    std::vector<std::byte> all(static_cast<std::size_t>(f.size()));
    all.resize(f.read(all));
    return parse(all, f.name());
  }

  /// The same for bytes in memory; `origin` names them in messages.
  static npz_file parse(std::span<const std::byte> bytes, std::string origin) {
    npz_file out;
    detail::zip_reader zip(bytes, origin);
    for (const auto& m : zip.members()) {
      tensor t = detail::read_member(zip, m, bytes.subspan(m.begin, m.packed), origin);
      t.name = m.name.substr(0, m.name.size() - 4);
      detail::insert(out.arrays_, std::move(t));
    }
    out.origin_ = std::move(origin);
    return out;
  }

  /// Writes the file as a whole or not at all. Throws io_error, usage_error for arrays of 4 GiB and more in all.
  void write(const std::filesystem::path& path) const {
    write_atomically(path, [&](writer& out) { emit([&](const auto& part) { out.write(part); }); });
  }
  /// The file's bytes.
  std::vector<std::byte> bytes() const {
    std::vector<std::byte> all;
    emit([&](const auto& part) {
      const auto b = std::as_bytes(std::span(part));
      all.insert(all.end(), b.begin(), b.end());
    });
    return all;
  }

 private:
  std::string_view shown_origin() const { return origin_.empty() ? std::string_view("npz file") : origin_; }
  [[noreturn]] void fail(std::initializer_list<errors::piece> message) const {
    errors::raise<bad_input>({shown_origin(), ": ", errors::join(message)});
  }

  void emit(const auto& put) const {
    std::string directory;
    std::uint64_t at = 0;
    for (const tensor& t : arrays_) {
      const std::string head = detail::npy_head(t), name = t.name + ".npy";
      const std::uint64_t size = head.size() + t.bytes.size();
      if (at + size + directory.size() + 1000 + 3 * name.size() > detail::zip_max32 ||
          arrays_.size() > detail::max_zip_members)
        errors::raise<usage_error>(
            {"npz_file: found 4 GiB or more than ", detail::max_zip_members, " arrays, expected less"});
      const std::uint32_t crc = data::crc32_of(t.bytes, data::crc32_of(std::as_bytes(std::span(head))));
      std::string facts;  // what both headers say: version, flags (UTF-8), method, 1980-01-01, checksum, sizes, name
      for (const std::uint64_t two : {0x14, 0x0800, 0, 0, 0x21}) detail::put_little(facts, two, 2);
      for (const std::uint64_t four : {std::uint64_t{crc}, size, size}) detail::put_little(facts, four, 4);
      detail::put_little(facts, name.size(), 2);
      detail::put_little(facts, 0, 2);
      directory += std::string("PK\1\2\x14\0", 6) + facts + std::string(10, '\0');
      detail::put_little(directory, at, 4);
      directory += name;
      const std::string local = "PK\3\4" + facts + name;
      put(local);
      put(head);
      put(t.bytes);
      at += local.size() + size;
    }
    put(directory);
    std::string end("PK\5\6\0\0\0\0", 8);
    detail::put_little(end, arrays_.size(), 2);
    detail::put_little(end, arrays_.size(), 2);
    detail::put_little(end, directory.size(), 4);
    detail::put_little(end, at, 4);
    end += std::string(2, '\0');
    put(end);
  }

  std::vector<tensor> arrays_;
  std::string origin_;
};

}  // namespace genet::inline GENET_ISA::io
