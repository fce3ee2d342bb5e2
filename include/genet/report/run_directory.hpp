#pragma once
#include <cstdio>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "../io/atomic_file.hpp"
#include "json.hpp"

namespace genet::inline GENET_ISA {

/// The directory of a run and the names in it:
///
///     metrics.csv  config.json  environment.json  report.html
///     samples/epoch_0001.png ...   checkpoints/last.safetensors, best.safetensors
class run_directory {
 public:
  /// Creates the directory, `samples` and `checkpoints` where they are missing. Errors: `io_error`.
  explicit run_directory(std::filesystem::path root) : root_(std::move(root)) {
    if (root_.empty()) throw usage_error("a run directory needs a name");
    for (const auto& d : {root_, root_ / "samples", root_ / "checkpoints"})
      if (std::error_code failed; !std::filesystem::create_directories(d, failed) && failed)
        throw io_error(d.string() + ": cannot create the directory: " + failed.message());
  }

  const std::filesystem::path& path() const { return root_; }
  std::filesystem::path metrics() const { return root_ / "metrics.csv"; }
  std::filesystem::path report() const { return root_ / "report.html"; }
  std::filesystem::path checkpoint(const std::string& name = "last") const {
    return root_ / "checkpoints" / (name + ".safetensors");
  }
  std::filesystem::path sample(long epoch) const {
    char name[48];
    std::snprintf(name, sizeof name, "epoch_%04ld.png", epoch);
    return root_ / "samples" / name;
  }

  void write_config(const json::object& options) const { write("config.json", options); }
  void write_environment(const json::object& facts) const { write("environment.json", facts); }

  /// The sample pictures that are there, by epoch.
  std::map<long, std::filesystem::path> samples() const {
    std::map<long, std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(root_ / "samples")) {
      long epoch = 0;
      if (std::sscanf(entry.path().filename().c_str(), "epoch_%ld.png", &epoch) == 1 && sample(epoch) == entry.path())
        found[epoch] = entry.path();
    }
    return found;
  }

  /// Removes what an earlier run would mix into a new one: metrics, report and sample pictures from `epoch` on (all
  /// of them when it is 1). Checkpoints stay: they are replaced when new ones of their name are written.
  void forget_from(long epoch) const {
    std::error_code ignored;
    if (epoch <= 1)
      for (const auto& file : {metrics(), report()}) std::filesystem::remove(file, ignored);
    for (const auto& [of, file] : samples())
      if (of >= epoch) std::filesystem::remove(file, ignored);
  }

  /// Removes all checkpoints: those of a run that names them differently would be taken for its own by a later one.
  void forget_checkpoints() const {
    for (const auto& file : std::filesystem::directory_iterator(root_ / "checkpoints"))
      if (file.path().extension() == ".safetensors") std::filesystem::remove(file.path());
  }

 private:
  void write(const char* name, const json::object& content) const {
    io::write_atomically(root_ / name, json::value(content).text());
  }

  std::filesystem::path root_;
};

}  // namespace genet
