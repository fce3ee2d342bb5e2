#pragma once
#include <filesystem>
#include <memory>
#include <string_view>

#include "../train/callback.hpp"
#include "metrics_file.hpp"

namespace genet::inline GENET_ISA {

/// Appends every finished epoch to a CSV file in the format of `metrics_file`: `fit.add(csv_logger{"log.csv"})`.
/// Creates its directory. A resumed run continues the file; any other replaces it. Keras equivalent: `CSVLogger`.
/// Errors: `io_error`.
struct csv_logger {
  std::filesystem::path path;
  std::shared_ptr<metrics_file> file{};  ///< open while a run lasts

  void on_run_begin(training& t) {
    if (std::error_code failed;
        !path.parent_path().empty() && !std::filesystem::create_directories(path.parent_path(), failed) && failed)
      throw io_error(path.parent_path().string() + ": cannot create the directory: " + failed.message());
    file = std::make_shared<metrics_file>(t.resumed ? metrics_file::resume(path, finished_epochs(t.past) + 1)
                                                    : metrics_file::create(path));
    add_rows(t);
  }
  void on_epoch_end(training& t) { add_rows(t); }
  void on_run_end(training&) { file.reset(); }
  std::string_view name() const { return "csv_logger"; }

 private:
  void add_rows(const training& t) const {
    for (const auto& row : t.past.rows())
      if (!file->has(row.epoch, row.split)) file->append(row);
  }
};

}  // namespace genet
