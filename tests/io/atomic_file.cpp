#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "genet/io/atomic_file.hpp"

using namespace genet;
namespace fs = std::filesystem;

// The system calls of this program, each of which can be made to fail when its turn comes.
namespace {

struct fault {
  bool armed = false;
  int calls_left = 0;  // the call that fails, counted down
  int code = 0;        // its errno, or 0: a write that takes one byte only
  bool happened = false;

  bool strikes() {
    if (!armed || calls_left-- != 0) return false;
    happened = true;
    return true;
  }
};
fault injected;

}  // namespace

extern "C" ssize_t write(int fd, const void* data, size_t n) {
  if (injected.strikes()) {
    if (injected.code == 0) return ::syscall(SYS_write, fd, data, n < 1 ? n : size_t{1});
    errno = injected.code;
    return -1;
  }
  return ::syscall(SYS_write, fd, data, n);
}
extern "C" int fsync(int fd) {
  if (injected.strikes() && injected.code != 0) {
    errno = injected.code;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
extern "C" int rename(const char* from, const char* to) noexcept {
  if (injected.strikes() && injected.code != 0 && injected.code != EINTR) {
    errno = injected.code;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_rename, from, to));
}

namespace {

/// A directory of its own for each case.
struct place {
  fs::path path = fs::temp_directory_path() / ("genet_atomic_" + std::to_string(::getpid()));
  place() {
    fs::remove_all(path);
    fs::create_directory(path);
  }
  ~place() { fs::remove_all(path); }
  fs::path operator/(const char* name) const { return path / name; }
  /// Files in the directory.
  int count() const {
    return static_cast<int>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
};

void put(const fs::path& path, std::string_view text) { io::write_atomically(path, text); }

std::string get(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string message(auto&& action) {
  try {
    action();
  } catch (const io_error& e) {
    return e.what();
  }
  return "nothing thrown";
}

}  // namespace

TEST_CASE("a file is created, then replaced as a whole") {
  const place p;
  put(p / "a", "first, which is longer");
  CHECK(get(p / "a") == "first, which is longer");
  put(p / "a", "second");
  CHECK(get(p / "a") == "second");
  put(p / "a", "");
  CHECK(fs::file_size(p / "a") == 0);
  CHECK(p.count() == 1);
}

TEST_CASE("parts of any size arrive in order") {
  const place p;
  std::string expected;
  io::write_atomically(p / "a", [&](io::writer& out) {
    for (std::size_t n : {0u, 1u, 65535u, 1u, 65536u, 3u, 200000u, 65537u, 30000u, 30000u, 30000u}) {
      std::string part(n, '\0');
      for (std::size_t i = 0; i < n; ++i) part[i] = static_cast<char>((i * 31 + n) % 251);
      out.write(part);
      expected += part;
    }
  });
  CHECK(get(p / "a") == expected);
}

TEST_CASE("a relative name without directory works") {
  const place p;
  const auto before = fs::current_path();
  fs::current_path(p.path);
  put("plain", "x");
  fs::current_path(before);
  CHECK(get(p / "plain") == "x");
}

TEST_CASE("an exception of the content passes through and leaves the old file") {
  const place p;
  put(p / "a", "old");
  CHECK_THROWS_AS(io::write_atomically(p / "a",
                                       [](io::writer& out) {
                                         out.write(std::string(100'000, 'x'));
                                         throw std::out_of_range("content");
                                       }),
                  std::out_of_range);
  CHECK(get(p / "a") == "old");
  CHECK(p.count() == 1);
}

TEST_CASE("permissions of an existing file stay, a link is replaced and not followed") {
  const place p;
  put(p / "a", "old");
  fs::permissions(p / "a", fs::perms::owner_read | fs::perms::owner_write);
  put(p / "a", "new");
  CHECK(fs::status(p / "a").permissions() == (fs::perms::owner_read | fs::perms::owner_write));

  fs::create_symlink(p / "a", p / "link");
  put(p / "link", "own");
  CHECK(fs::is_regular_file(fs::symlink_status(p / "link")));
  CHECK(get(p / "a") == "new");
}

TEST_CASE("what cannot be replaced is refused with path and reason") {
  const place p;
  fs::create_directory(p / "d");
  CHECK(message([&] { put(p / "d", "x"); }) ==
        (p / "d").string() + ": cannot write: found a directory, expected a regular file or none");
  CHECK(fs::is_directory(p / "d"));
  ::mkfifo((p / "pipe").c_str(), 0600);
  CHECK(message([&] { put(p / "pipe", "x"); }).find("found a pipe or device") != std::string::npos);
  CHECK(message([&] { put("/dev/null", "x"); }).find("found a pipe or device") != std::string::npos);
  CHECK(message([&] { put(p / "none" / "a", "x"); }).find("cannot create the temporary file") != std::string::npos);
  CHECK(message([&] { put(p / "none" / "a", "x"); }).find("No such file or directory") != std::string::npos);
  put(p / "file", "x");
  CHECK(message([&] { put(p / "file" / "a", "x"); }).find("Not a directory") != std::string::npos);
  for (const char* nameless : {"", ".", "..", "d/"}) {
    CHECK(message([&] { put(p.path / nameless, "x"); }).find("names no file") != std::string::npos);
  }
  CHECK(p.count() == 3);
}

TEST_CASE("a full disk is reported with the byte") {
  const int fd = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  io::writer out(fd, "some/file");
  out.write(std::string(10, 'x'));
  CHECK(message([&] { out.flush(); }) == "some/file: cannot write at byte 0: No space left on device");
  ::close(fd);
}

TEST_CASE("whichever system call fails, the old or the new content is there and nothing else") {
  const place p;
  const std::string old(200'000, 'o'), fresh(300'000, 'n');
  int points = 0;
  for (const int code : {EIO, ENOSPC, EDQUOT, EINTR, 0}) {
    for (int n = 0;; ++n) {
      put(p / "a", old);
      CAPTURE(code);
      CAPTURE(n);
      injected = {true, n, code};
      const auto text = message([&] {
        io::write_atomically(p / "a", [&](io::writer& out) {
          out.write(std::string_view(fresh).substr(0, 10));
          out.write(std::string_view(fresh).substr(10, 199'990));
          out.write(std::string_view(fresh).substr(200'000));
        });
      });
      injected.armed = false;
      CHECK(p.count() == 1);
      if (!injected.happened) {
        CHECK(text == "nothing thrown");
        CHECK(get(p / "a") == fresh);
        break;
      }
      ++points;
      const bool harmless = code == EINTR || code == 0;  // interrupted, or a short write: tried again
      CHECK(harmless == (text == "nothing thrown"));
      if (harmless) {
        CHECK(get(p / "a") == fresh);
      } else if (text.find("its directory cannot be synced") != std::string::npos) {
        CHECK(get(p / "a") == fresh);
      } else {
        CHECK(text.find((p / "a").string() + ": cannot ") == 0);
        CHECK(text.find(std::strerror(code)) != std::string::npos);
        CHECK(get(p / "a") == old);
      }
    }
  }
  // Three writes, two syncs and a rename, five ways each.
  CHECK(points >= 30);
}

TEST_CASE("temporary files of killed processes are removed, those of living ones and others' files are not") {
  const place p;
  for (const char* stale : {".a.tmp.1.0", ".a.tmp.999999999.12"}) std::ofstream(p / stale) << "half";
  for (const char* other : {".a.tmp.", ".a.tmp.x", ".b.tmp.1.0", "a.tmp.1.0", ".a.tmp.1.0.bak"})
    std::ofstream(p / other);
  io::write_atomically(p / "a", [&](io::writer& outer) {
    CHECK(p.count() == 5 + 1);
    put(p / "a", "inner");  // does not take the outer one's file for a stale one
    outer.write("outer");
  });
  CHECK(get(p / "a") == "outer");
  CHECK(p.count() == 5 + 1);
}

TEST_CASE("threads that write the same file leave one of their contents") {
  const place p;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) put(p / "a", std::string(50'000, static_cast<char>('a' + t)));
    });
  }
  for (auto& t : threads) t.join();
  const auto text = get(p / "a");
  REQUIRE(text.size() == 50'000);
  CHECK(text.find_first_not_of(text[0]) == text.npos);
  CHECK(p.count() == 1);
}
