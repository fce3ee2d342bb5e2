#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "../declare/error.hpp"
#include "gzip.hpp"

namespace genet::inline GENET_ISA::data {

/// An IDX file of unsigned bytes, the format of MNIST (http://yann.lecun.com/exdb/mnist): two zero bytes, element
/// type, rank, the dimensions as 32-bit big-endian numbers, then the elements; plain or gzip. The constructor checks
/// the header and that the file's size fits it; the elements are read after that.
///
/// Throws io_error when the file cannot be read, bad_input (file, byte, found, expected) when it is malformed.
class idx {
 public:
  /// Outermost: number of examples; up to four dimensions of an example.
  static constexpr int max_rank = 5;

  explicit idx(const std::filesystem::path& path) : content_(path) {
    read_magic();
    std::array<std::byte, 4 * max_rank> bytes{};
    const std::size_t length = 4 * static_cast<std::size_t>(rank_);
    if (const std::size_t n = content_.read(std::span(bytes).first(length)); n != length) {
      fail(4 + n, "found the end in the header",
           "dimension " + std::to_string(n / 4) + " of " + std::to_string(rank_));
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(rank_); ++i) {
      std::uint32_t d = 0;
      for (std::size_t k = 0; k < 4; ++k) d = d << 8 | std::to_integer<std::uint32_t>(bytes[4 * i + k]);
      if (d == 0) fail(4 + 4 * i, "dimension " + std::to_string(i) + ": found 0", "at least 1");
      dimensions_[i] = d;
      if (__builtin_mul_overflow(total_, std::uint64_t{d}, &total_) || total_ > std::uint64_t{1} << 62) {
        fail(4 + 4 * i, "found dimensions " + show() + " whose product overflows", "at most 2^62 bytes");
      }
    }
    check_size(4 + length);
  }

  const std::string& name() const { return content_.name(); }
  int rank() const { return rank_; }
  std::span<const std::uint32_t> dimensions() const {
    return std::span(dimensions_).first(static_cast<std::size_t>(rank_));
  }
  /// Number of examples, the first dimension.
  std::uint64_t count() const { return dimensions_[0]; }
  /// Bytes of one example, the product of the other dimensions.
  std::uint64_t record() const { return total_ / dimensions_[0]; }
  /// Bytes of all elements.
  std::uint64_t size() const { return total_; }
  /// Bytes in the file, which bound what should be allocated before the elements have been seen.
  std::uint64_t file_size() const { return content_.file_size(); }

  /// Dimensions from number `first` on, as `(28,28)`.
  std::string show(int first = 0) const {
    std::string out = "(";
    for (int i = first; i < rank_; ++i)
      out += (i > first ? "," : "") + std::to_string(dimensions_[static_cast<std::size_t>(i)]);
    return out + ")";
  }

  /// Fills `to` with the next elements; there must be as many.
  void read(std::span<std::uint8_t> to) {
    const std::size_t n = content_.read(std::as_writable_bytes(to));
    if (n != to.size()) {
      fail(content_.position(),
           "found the end after " + std::to_string(content_.position() - header_size()) + " elements",
           std::to_string(total_) + " " + show());
    }
  }

  /// After the last element: checks that the content ends here, and with it the gzip checksums.
  void finish() {
    std::byte extra;
    if (content_.read(std::span(&extra, 1)) != 0) {
      fail(content_.position() - 1, "found more bytes",
           "the end after " + std::to_string(total_) + " elements " + show());
    }
  }

  /// Throws bad_input naming the file and a byte of its content.
  [[noreturn]] void fail(std::uint64_t position, std::string_view found, std::string_view expected) const {
    throw bad_input(name() + ": " + content_.place(position) + ": " + std::string(found) + ", expected " +
                    std::string(expected));
  }

  /// Where the elements begin.
  std::uint64_t header_size() const { return 4 + 4 * static_cast<std::uint64_t>(rank_); }

 private:
  static constexpr bool is_type(unsigned t) { return t == 8 || t == 9 || (t >= 11 && t <= 14); }

  static std::string show_type(unsigned t) {
    constexpr std::array<std::string_view, 7> names = {"unsigned bytes",  "signed bytes", "",       "16-bit integers",
                                                       "32-bit integers", "floats",       "doubles"};
    return "element type " + std::to_string(t) + " (" + (is_type(t) ? std::string(names[t - 8]) : "unknown") + ")";
  }

  /// What a file that is no IDX file looks like, from its first bytes; often a download that went wrong.
  static std::string guess(std::string_view head) {
    struct known {
      std::string_view begin, what;
    };
    constexpr known table[] = {
        {"\x1F\x8B", "gzip data inside gzip data (compressed twice)"},
        {"PK\x03\x04", "a zip archive"},
        {"\x89PNG", "a PNG image"},
        {"\xFF\xD8\xFF", "a JPEG image"},
        {"\x93NUMPY", "a NumPy array"},
        {"BZh", "bzip2 data"},
        {"\xFD"
         "7zXZ",
         "xz data"},
        {"\x28\xB5\x2F\xFD", "zstd data"},
        {"version https://", "a Git LFS pointer, not the file itself"},
    };
    for (const auto& k : table) {
      if (head.starts_with(k.begin)) return std::string(k.what);
    }
    const auto text = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (text != head.npos && head[text] == '<') return "an HTML or XML page (an error page instead of the file?)";
    if (std::ranges::all_of(head,
                            [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; })) {
      return "text";
    }
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string bytes = "bytes";
    for (const char c : head.substr(0, 4)) {
      const auto u = static_cast<unsigned char>(c);
      bytes += {' ', hex[u >> 4], hex[u & 15]};
    }
    return bytes;
  }

  void read_magic() {
    std::array<char, 32> head{};
    const auto bytes = std::as_writable_bytes(std::span(head));
    const std::size_t n = content_.read(bytes.first(4));
    constexpr std::string_view magic = "IDX magic 00 00 08 RANK";
    if (n == 0) fail(0, "found an empty file", magic);
    const auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
    if (n == 4 && byte(0) == 0 && byte(1) == 0) {
      if (byte(2) != 8) fail(2, "found " + show_type(byte(2)), "8 (unsigned bytes)");
      rank_ = static_cast<int>(byte(3));
      if (rank_ < 1 || rank_ > max_rank) fail(3, "found rank " + std::to_string(rank_), "1 (labels) to 5");
      return;
    }
    if (n == 4 && byte(2) == 0 && byte(3) == 0 && is_type(byte(1))) {
      fail(0, "found a little-endian magic number", "big-endian numbers: " + std::string(magic));
    }
    const std::size_t more = n == 4 ? content_.read(bytes.subspan(4)) : 0;
    fail(0, "found " + guess(std::string_view(head.data(), n + more)), magic);
  }

  void check_size(std::uint64_t header) const {
    const std::uint64_t whole = header + total_;
    const std::string meaning = " bytes for dimensions " + show();
    if (!content_.compressed() && content_.file_size() != whole) {
      fail(std::min(content_.file_size(), whole),
           "found a file of " + std::to_string(content_.file_size()) + " bytes", std::to_string(whole) + meaning);
    }
    if (content_.compressed() && whole > content_.most()) {
      fail(4, "found dimensions " + show() + ", " + std::to_string(whole) + " bytes",
           "at most " + std::to_string(content_.most()) + ", as " + std::to_string(content_.file_size()) +
               " bytes of gzip cannot hold more");
    }
  }

  content content_;
  int rank_ = 0;
  std::array<std::uint32_t, max_rank> dimensions_{};
  std::uint64_t total_ = 1;
};

}  // namespace genet::data
