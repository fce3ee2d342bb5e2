// A process that saves one file over and over is killed at random moments. Whatever the moment, the file must load.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "genet/io/safetensors.hpp"

using namespace genet;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t elements = 256 * 1024;  // 1 MiB of floats

io::tensor_file generation(std::int64_t g) {
  io::tensor_file f;
  f.metadata["generation"] = std::to_string(g);
  f.add("w", {static_cast<long>(elements)}, std::vector<float>(elements, static_cast<float>(g)));
  f.add("generation", g);
  return f;
}

/// Number of the generation in the file; throws when it is not a whole one.
std::int64_t load(const fs::path& path) {
  const auto f = io::tensor_file::read(path);
  const auto g = f.get<std::int64_t>("generation").at(0);
  if (f.metadata.at("generation") != std::to_string(g)) throw bad_input("mixed generations");
  for (const float w : f.get<float>("w")) {
    if (w != static_cast<float>(g)) throw bad_input("mixed generations");
  }
  return g;
}

void overwrite(const io::tensor_file& f, const fs::path& path) {
  const auto bytes = f.bytes();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// Starts a process that saves generation after generation, kills it after `wait`, and returns the exit status.
template <class Save> int kill_while_saving(std::int64_t from, std::chrono::microseconds wait, Save save) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      for (std::int64_t g = from;; ++g) save(generation(g));
    } catch (...) {}
    ::_exit(1);
  }
  std::this_thread::sleep_for(wait);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a file being saved survives 100 kills") {
  const auto directory = fs::temp_directory_path() / ("genet_kill_" + std::to_string(::getpid()));
  fs::create_directory(directory);
  const auto path = directory / "last.safetensors";
  generation(0).write(path);

  std::mt19937 random(7);
  std::uniform_int_distribution<int> microseconds(0, 15'000);
  std::int64_t last = 0;
  int moved = 0, left_behind = 0;
  for (int i = 0; i < 100; ++i) {
    const auto wait = std::chrono::microseconds(microseconds(random));
    const int status = kill_while_saving(last + 1, wait, [&](const io::tensor_file& f) { f.write(path); });
    REQUIRE(WIFSIGNALED(status));
    std::int64_t now = -1;
    REQUIRE_NOTHROW(now = load(path));
    CHECK(now >= last);
    moved += now > last;
    last = now;
    const auto files = std::distance(fs::directory_iterator(directory), fs::directory_iterator());
    CHECK(files <= 2);  // what the previous one left has been removed
    left_behind += files == 2;
  }
  MESSAGE("100 kills: " << moved << " after a finished save, " << left_behind << " within one");
  CHECK(moved > 0);
  CHECK(left_behind > 0);

  generation(last + 1).write(path);
  CHECK(load(path) == last + 1);
  CHECK(std::distance(fs::directory_iterator(directory), fs::directory_iterator()) == 1);
  fs::remove_all(directory);
}

TEST_CASE("control: the same kills do damage a file that is overwritten in place") {
  const auto path = fs::temp_directory_path() / ("genet_kill_control_" + std::to_string(::getpid()));
  std::mt19937 random(7);
  std::uniform_int_distribution<int> microseconds(0, 15'000);
  bool damaged = false;
  for (int i = 0; i < 500 && !damaged; ++i) {
    overwrite(generation(0), path);
    kill_while_saving(1, std::chrono::microseconds(microseconds(random)),
                      [&](const io::tensor_file& f) { overwrite(f, path); });
    try {
      load(path);
    } catch (const bad_input&) {
      damaged = true;
    }
  }
  CHECK(damaged);
  fs::remove(path);
}
