#pragma once
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>

#include "../declare/error.hpp"
#include "file.hpp"

namespace genet::inline GENET_ISA::data {

/// CRC-32 (IEEE 802.3) of bytes, or of those that `before` is of and these after them.
inline std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t before = 0) {
  if (bytes.empty()) return before;  // zlib would begin again
  return static_cast<std::uint32_t>(
      ::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// Bare deflate data (RFC 1951) in memory, as members of zip archives are, inflated piece by piece.
class inflater {
 public:
  explicit inflater(std::span<const std::byte> compressed) : rest_(compressed) {
    if (::inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;
  ~inflater() { ::inflateEnd(&stream_); }

  /// Bytes that n bytes of deflate data can become at most: a code gives up to 258 bytes for 2 bits.
  static constexpr std::uint64_t most(std::uint64_t n) { return n > UINT64_MAX / 1032 ? UINT64_MAX : n * 1032; }

  /// Fills `to` and returns how many bytes there were: fewer only at the end, or where the data is damaged.
  std::size_t read(std::span<std::byte> to) {
    std::size_t done = 0;
    while (done < to.size() && !ended_ && problem_.empty()) {
      constexpr std::size_t most_at_once = 1u << 30;
      const auto in = static_cast<uInt>(std::min(rest_.size(), most_at_once));
      const auto room = static_cast<uInt>(std::min(to.size() - done, most_at_once));
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(rest_.data()));  // zlib does not write to it
      stream_.avail_in = in;
      stream_.next_out = reinterpret_cast<Bytef*>(to.data() + done);
      stream_.avail_out = room;
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      rest_ = rest_.subspan(in - stream_.avail_in);
      done += room - stream_.avail_out;
      if (status == Z_MEM_ERROR) throw std::bad_alloc();
      if (status == Z_STREAM_END) ended_ = true;
      else if (status == Z_BUF_ERROR) problem_ = "its end is missing";
      else if (status != Z_OK) problem_ = stream_.msg ? stream_.msg : "damaged data";
    }
    return done;
  }

  /// The last bit of the data has been read.
  bool ended() const { return ended_; }
  /// What is wrong with the data as far as it has been read; empty if nothing is.
  std::string_view problem() const { return problem_; }
  /// Compressed bytes that are not used yet.
  std::size_t left() const { return rest_.size(); }

 private:
  std::span<const std::byte> rest_;
  std::string_view problem_;
  ::z_stream stream_{};
  bool ended_ = false;
};

/// The content of a file, inflated on the way when the file is gzip (RFC 1952), which its first two bytes decide, not
/// its name. Several members after another count as one content, as for gunzip. Nothing is inflated beyond what is
/// asked for, so a small file that would inflate to gigabytes costs nothing.
///
/// Throws io_error when the file cannot be read and bad_input (file, byte of the compressed file) when the gzip data
/// is damaged: header, deflate code, CRC-32, length, truncation, bytes after the last member.
class content {
 public:
  explicit content(const std::filesystem::path& path) : file_(path), input_(std::make_unique<input_block>()) {
    refill();
    compressed_ = available_.size() >= 2 && is_magic(available_);
    if (!compressed_) return;
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (::inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  content(const content&) = delete;
  content& operator=(const content&) = delete;
  ~content() {
    if (compressed_) ::inflateEnd(&stream_);
  }

  const std::string& name() const { return file_.name(); }
  bool compressed() const { return compressed_; }
  /// Bytes of the file itself.
  std::uint64_t file_size() const { return file_.size(); }
  /// Bytes delivered so far.
  std::uint64_t position() const { return position_; }
  /// More bytes than this the content cannot have.
  std::uint64_t most() const { return compressed_ ? inflater::most(file_.size()) : file_.size(); }

  /// Where a byte of the content is, for messages: `byte 8`, or `byte 8 of the inflated data`.
  std::string place(std::uint64_t position) const {
    return "byte " + std::to_string(position) + (compressed_ ? " of the inflated data" : "");
  }

  /// Fills `to` and returns how many bytes there were: fewer than asked for only at the end, after the checksums of
  /// the gzip data have been found right.
  std::size_t read(std::span<std::byte> to) {
    const std::size_t n = compressed_ ? inflate_into(to) : copy_into(to);
    position_ += n;
    return n;
  }

 private:
  using input_block = std::array<std::byte, 64 * 1024>;

  static bool is_magic(std::span<const std::byte> b) { return b[0] == std::byte{0x1F} && b[1] == std::byte{0x8B}; }

  void refill() {
    const std::size_t n = file_.read(*input_);
    available_ = std::span(*input_).first(n);
    taken_ += n;
  }
  /// Position in the file of the next unused byte.
  std::uint64_t file_position() const { return taken_ - available_.size(); }

  std::size_t copy_into(std::span<std::byte> to) {
    const std::size_t held = std::min(to.size(), available_.size());
    std::ranges::copy(available_.first(held), to.begin());
    available_ = available_.subspan(held);
    return held + file_.read(to.subspan(held));
  }

  [[noreturn]] void damaged(std::string_view found, std::string_view expected) const {
    throw bad_input(name() + ": byte " + std::to_string(file_position()) + " of the gzip file: found " +
                    std::string(found) + ", expected " + std::string(expected));
  }

  std::size_t inflate_into(std::span<std::byte> to) {
    std::size_t done = 0;
    while (done < to.size() && !ended_) {
      if (available_.empty()) refill();
      if (available_.empty())
        damaged("the end of the file inside the gzip data", "more of it (is the file truncated?)");
      const auto room = static_cast<uInt>(std::min<std::size_t>(to.size() - done, 1u << 30));
      stream_.next_in = reinterpret_cast<Bytef*>(available_.data());
      stream_.avail_in = static_cast<uInt>(available_.size());
      stream_.next_out = reinterpret_cast<Bytef*>(to.data() + done);
      stream_.avail_out = room;
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      available_ = available_.last(stream_.avail_in);
      done += room - stream_.avail_out;
      if (status == Z_STREAM_END) {
        next_member();
      } else if (status == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        explain();
      }
    }
    return done;
  }

  /// After a member: the end of the file, or another member.
  void next_member() {
    std::array<std::byte, 2> magic{};
    std::size_t n = 0;
    const auto here = file_position();
    while (n < magic.size()) {
      if (available_.empty()) refill();
      if (available_.empty()) break;
      magic[n++] = available_.front();
      available_ = available_.subspan(1);
    }
    if (n == 0) {
      ended_ = true;
      return;
    }
    if (n < 2 || !is_magic(magic)) {
      throw bad_input(name() + ": byte " + std::to_string(here) +
                      " of the gzip file: found bytes after the gzip data, " + "expected the end of the file");
    }
    ::inflateReset(&stream_);
    stream_.next_in = reinterpret_cast<Bytef*>(magic.data());
    stream_.avail_in = 2;
    std::byte unused;
    stream_.next_out = reinterpret_cast<Bytef*>(&unused);
    stream_.avail_out = 1;
    ::inflate(&stream_, Z_NO_FLUSH);  // takes the two bytes, which are right
  }

  [[noreturn]] void explain() const {
    const std::string_view reason = stream_.msg ? stream_.msg : "damaged data";
    if (reason == "incorrect data check") {
      damaged("data that does not have the CRC-32 stored after it", "the data that was compressed");
    }
    if (reason == "incorrect length check") {
      damaged("data that does not have the length stored after it", "the data that was compressed");
    }
    damaged("damaged gzip data (" + std::string(reason) + ")", "an intact gzip file");
  }

  file file_;
  std::unique_ptr<input_block> input_;
  std::span<std::byte> available_;  // of input_, not used yet
  std::uint64_t taken_ = 0;         // bytes read from the file
  std::uint64_t position_ = 0;
  ::z_stream stream_{};
  bool compressed_ = false;
  bool ended_ = false;
};

}  // namespace genet::data
