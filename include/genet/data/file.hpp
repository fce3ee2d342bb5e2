#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "../declare/error.hpp"

namespace genet::inline GENET_ISA::data {

/// A regular file open for reading, one after the other. Its size is known before anything is read, so that readers
/// can bound what they allocate by it. Directories, pipes and devices are refused.
class file {
 public:
  /// Throws io_error when the file cannot be opened or is not a regular file.
  explicit file(const std::filesystem::path& path) : name_(path.string()) { open(path.c_str()); }
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  ~file() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  const std::string& name() const { return name_; }
  /// Bytes when it was opened.
  std::uint64_t size() const { return size_; }

  /// Fills `to` with the next bytes and returns how many there were: fewer than asked for only at the end of the
  /// file.
  std::size_t read(std::span<std::byte> to) {
    std::size_t done = 0;
    while (done < to.size()) {
      const auto n = ::read(descriptor_, to.data() + done, to.size() - done);
      if (n == 0) break;
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) errors::raise<io_error>({name_, ": cannot read at byte ", position_, ": ", std::strerror(errno)});
      done += static_cast<std::size_t>(n);
      position_ += static_cast<std::uint64_t>(n);
    }
    return done;
  }

 private:
  [[gnu::cold]] void open(const char* path) {
    // O_NONBLOCK: opening a named pipe must not wait for a writer. It changes nothing for regular files.
    do descriptor_ = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    while (descriptor_ < 0 && errno == EINTR);
    if (descriptor_ < 0) errors::raise<io_error>({name_, ": cannot open for reading: ", std::strerror(errno)});
    struct ::stat s {};
    const char* kind = nullptr;
    const int code = ::fstat(descriptor_, &s) != 0 ? errno : 0;
    if (code == 0 && !S_ISREG(s.st_mode)) kind = S_ISDIR(s.st_mode) ? "a directory" : "a pipe or device";
    if (code != 0 || kind) ::close(std::exchange(descriptor_, -1));
    if (code != 0) errors::raise<io_error>({name_, ": cannot ask for its size: ", std::strerror(code)});
    if (kind) errors::raise<io_error>({name_, ": found ", kind, ", expected a regular file"});
    size_ = static_cast<std::uint64_t>(s.st_size);
  }

  std::string name_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace genet::data
