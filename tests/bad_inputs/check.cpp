// Feeds the files that make.py wrote to their readers: each bad one must be refused with an error of the library that
// names the file and says what manifest.tsv expects, each good one accepted, and memory must stay bounded by the size
// of the file whatever the file claims. Usage: check DIRECTORY
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <string>

#include "genet/data/csv.hpp"
#include "genet/data/images.hpp"
#include "genet/io/npz.hpp"
#include "genet/io/safetensors.hpp"

namespace {

struct {
  std::size_t live = 0, peak = 0, largest = 0;
} memory;

}  // namespace

// zlib's own 40 kB come from malloc and are not counted. Not inlined, or g++ takes free for the wrong partner of new.
[[gnu::noinline]] void* operator new(std::size_t size) {
  memory.largest = std::max(memory.largest, size);  // before it is refused
  void* p = std::malloc(size ? size : 1);
  if (!p) throw std::bad_alloc();
  memory.live += malloc_usable_size(p);
  memory.peak = std::max(memory.peak, memory.live);
  return p;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
  if (p) memory.live -= malloc_usable_size(p);
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { operator delete(p); }

namespace {

using namespace genet;
namespace fs = std::filesystem;

/// Number of examples, tensors, elements, rows or bytes.
long read(const std::string& reader, const fs::path& path) {
  constexpr shape input{3, {1, 28, 28}};
  if (reader == "images") return data::images<input>(path).count;
  if (reader == "labels") return static_cast<long>(data::labels(path, 10).size());
  if (reader == "pair") return data::images<input>(path, path.string() + ".labels", 10).count;
  if (reader == "safetensors") return static_cast<long>(io::tensor_file::read(path).tensors().size());
  if (reader == "npy") return io::read_npy(path).size();
  if (reader == "npz") return static_cast<long>(io::npz_file::read(path).tensors().size());
  if (reader == "text") return static_cast<long>(data::read_text(path).size());
  if (reader == "csv") {
    const auto table = data::csv::read(path);
    return static_cast<long>(table.numbers().size()) / table.columns();
  }
  throw std::runtime_error("unknown reader " + reader);
}

/// Empty, or what is wrong with the case.
std::string judge(const std::string& reader, const fs::path& path, const std::string& expected) {
  constexpr std::size_t megabyte = 1 << 20;
  std::error_code none;
  const auto file_size = fs::is_regular_file(path, none) ? static_cast<std::size_t>(fs::file_size(path)) : 0;
  const auto before = memory.live;
  memory.peak = before;
  memory.largest = 0;
  const auto start = std::chrono::steady_clock::now();

  std::string outcome, kind = "ok";
  try {
    outcome = "ok " + std::to_string(read(reader, path));
  } catch (const bad_input& e) {
    outcome = e.what();
    kind = "bad_input";
  } catch (const io_error& e) {
    outcome = e.what();
    kind = "io_error";
  } catch (const std::exception& e) {
    return std::string("an exception of another kind: ") + e.what();
  }

  const auto peak = memory.peak - before;
  const auto largest = memory.largest;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const bool must_be_accepted = expected.starts_with("ok ");
  if (must_be_accepted != (kind == "ok")) return kind + ": " + outcome;
  if (must_be_accepted ? outcome != expected : outcome.find(expected) == outcome.npos) return kind + ": " + outcome;
  if (!must_be_accepted) {
    if (outcome.find(path.filename().string()) == outcome.npos)
      return "the message does not name the file: " + outcome;
    if (outcome.size() > 1000) return "a message of " + std::to_string(outcome.size()) + " bytes";
  }
  if (largest > 4 * megabyte + file_size) return "one allocation of " + std::to_string(largest) + " bytes";
  if (peak > 8 * megabyte + 4 * file_size) return "memory in use grew by " + std::to_string(peak) + " bytes";
  if (seconds.count() > 2) return "took " + std::to_string(seconds.count()) + " s";
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  const fs::path directory = argc == 2 ? argv[1] : "";
  std::ifstream manifest(directory / "manifest.tsv");
  if (!manifest) {
    std::fprintf(stderr, "usage: check DIRECTORY, one that make.py has filled\n");
    return 2;
  }
  int refused = 0, accepted = 0, failed = 0;
  for (std::string line; std::getline(manifest, line);) {
    const auto first = line.find('\t'), second = line.find('\t', first + 1);
    const std::string name = line.substr(0, first);
    const std::string reader = line.substr(first + 1, second - first - 1);
    const std::string expected = line.substr(second + 1);
    const std::string wrong = judge(reader, directory / name, expected);
    if (!wrong.empty()) {
      ++failed;
      std::printf("FAILED %s (%s)\n  expected: %s\n  found:    %s\n", name.c_str(), reader.c_str(), expected.c_str(),
                  wrong.c_str());
    } else if (expected.starts_with("ok ")) {
      ++accepted;
    } else {
      ++refused;
    }
  }
  std::printf("%d bad files refused, %d good files accepted, %d failed\n", refused, accepted, failed);
  if (refused < 60) std::printf("FAILED: expected at least 60 bad files\n");
  return failed == 0 && refused >= 60 ? 0 : 1;
}
