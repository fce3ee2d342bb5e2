#pragma once
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "../declare/error.hpp"

namespace genet::inline GENET_ISA::io {

namespace detail {

[[noreturn, gnu::cold]] inline void refuse(std::string_view path, int code, errors::piece step,
                                           errors::piece more = "") {
  errors::raise<io_error>({path, ": ", step, more, ": ", std::strerror(code)});
}

/// Owner of a POSIX descriptor. Errors of close are not looked at: what matters has been fsynced before.
class descriptor {
 public:
  explicit descriptor(int fd = -1) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

inline descriptor open_file(const char* path, int flags, mode_t mode = 0) {
  int fd;
  do fd = ::open(path, flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return descriptor(fd);
}

/// 0, or the errno of a failed fsync.
inline int sync_file(const descriptor& d) {
  int r;
  do r = ::fsync(d.get());
  while (r != 0 && errno == EINTR);
  return r == 0 ? 0 : errno;
}

/// Is `name` a temporary file of `target`: .<target>.tmp.<process>.<number>?
inline bool is_temporary_of(std::string_view name, std::string_view target) {
  const auto skip = [&](std::string_view begin) {
    if (!name.starts_with(begin)) return false;
    name.remove_prefix(begin.size());
    return true;
  };
  if (!skip(".") || !skip(target) || !skip(".tmp.")) return false;
  return !name.empty() && name.find_first_not_of("0123456789.") == name.npos;
}

/// Removes temporary files that a killed process left. A writer holds a lock on its temporary file as long as it
/// lives, so a file whose lock is free belongs to nobody (process ids would lie between containers).
template <class = void>
[[gnu::cold]] void remove_stale(const std::filesystem::path& directory, std::string_view target) {
  std::error_code ignored;
  auto i = std::filesystem::directory_iterator(directory, ignored);
  while (!ignored && i != std::filesystem::directory_iterator()) {
    const auto path = i->path();
    if (is_temporary_of(path.filename().string(), target)) {
      const auto d = open_file(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      if (d && ::flock(d.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
    }
    i.increment(ignored);
  }
}

}  // namespace detail

/// Takes the bytes of a file that is being written: `write` any number of times. Given to the callable of
/// write_atomically. Throws io_error naming the file, the byte and the system's reason.
class writer {
 public:
  writer(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {
    buffer_.reserve(capacity);
  }

  void write(std::span<const std::byte> bytes) {
    if (buffer_.size() + bytes.size() > capacity) flush();
    if (bytes.size() >= capacity) {
      put(bytes);
    } else {
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    }
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Hands what is held back to the system.
  void flush() {
    put(buffer_);
    buffer_.clear();
  }

 private:
  static constexpr std::size_t capacity = 64 * 1024;

  void put(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto n = ::write(descriptor_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) detail::refuse(name_, errno, "cannot write at byte ", position_);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      position_ += static_cast<unsigned long long>(n);
    }
  }

  int descriptor_;
  std::string name_;
  std::vector<std::byte> buffer_;
  unsigned long long position_ = 0;
};

namespace detail {

/// write_atomically for all kinds of content.
template <class = void>
[[gnu::cold]] void replace_file(const std::filesystem::path& path, void (*content)(void* data, writer& out),
                                void* data) {
  const std::string name = path.string();
  const std::string file = path.filename().string();
  if (file.empty() || file == "." || file == "..") {
    errors::raise<io_error>(
        {name, ": cannot write: found a path that names no file, expected a file name at its end"});
  }
  const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");

  struct ::stat old {};
  const bool exists = ::lstat(path.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode) && !S_ISLNK(old.st_mode)) {
    errors::raise<io_error>({name, ": cannot write: found ",
                             S_ISDIR(old.st_mode) ? "a directory" : "a pipe or device",
                             ", expected a regular file or none"});
  }
  remove_stale(directory, file);

  static std::atomic<unsigned> number{0};
  std::string temporary;
  descriptor d;
  for (;;) {
    temporary = (directory / errors::join({".", file, ".tmp.", ::getpid(), ".", number.fetch_add(1)})).string();
    d = open_file(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (!d && errno == EEXIST) continue;
    if (!d) refuse(name, errno, "cannot create the temporary file ", temporary);
    // Between creation and lock another writer may have taken the file for a stale one and removed it.
    struct ::stat s {};
    if (::flock(d.get(), LOCK_EX | LOCK_NB) == 0 ? ::fstat(d.get(), &s) == 0 && s.st_nlink == 1
                                                 : errno != EWOULDBLOCK) {
      break;
    }
    ::unlink(temporary.c_str());
  }

  struct remover {
    const std::string& path;
    bool armed = true;
    ~remover() {
      if (armed) ::unlink(path.c_str());
    }
  } unfinished{temporary};

  writer out(d.get(), name);
  content(data, out);
  out.flush();
  if (exists && S_ISREG(old.st_mode) && ::fchmod(d.get(), old.st_mode & 07777) != 0) {
    refuse(name, errno, "cannot set the permissions of ", temporary);
  }
  if (const int code = sync_file(d)) refuse(name, code, "cannot sync ", temporary);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    refuse(name, errno, "cannot rename ", errors::join({temporary, " to it"}));
  }
  unfinished.armed = false;

  const auto held = open_file(directory.c_str(), O_RDONLY | O_DIRECTORY);
  const int code = held ? sync_file(held) : errno;
  // EINVAL: a file system that cannot sync directories. There is nothing more to do.
  if (code != 0 && code != EINVAL) {
    refuse(name, code, "is written, but its directory cannot be synced (a loss of power may undo it)");
  }
}

}  // namespace detail

/// Replaces or creates the file `path` as a whole: whoever opens it, also after a crash or loss of power, finds the
/// old content or the new one, never a part. `content` is called with a `writer&`.
///
/// The bytes go to `.<name>.tmp.<process>.<number>` in the same directory, which is synced, renamed over `path`, and
/// then the directory is synced. Temporary files that a killed process left for this name are removed first. An
/// existing file keeps its permissions; a symbolic link is replaced, not followed. Whatever fails, the old file is
/// untouched, with one exception that the message names: when only the last step fails (sync of the directory) the
/// new content is already in place. Throws io_error with path, step and the system's reason; an exception of
/// `content` passes through.
template <std::invocable<writer&> Content>
void write_atomically(const std::filesystem::path& path, Content&& content) {
  detail::replace_file(path, [](void* data, writer& out) { (*static_cast<std::remove_reference_t<Content>*>(data))(out); },
                       const_cast<void*>(static_cast<const void*>(std::addressof(content))));
}

/// The same for bytes that are in memory already.
inline void write_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  write_atomically(path, [&](writer& out) { out.write(bytes); });
}
inline void write_atomically(const std::filesystem::path& path, std::string_view text) {
  write_atomically(path, [&](writer& out) { out.write(text); });
}

}  // namespace genet::io
