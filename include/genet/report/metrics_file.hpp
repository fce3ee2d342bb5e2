#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "../io/atomic_file.hpp"
#include "../io/csv_line.hpp"
#include "../train/history.hpp"
#include "numbers.hpp"

namespace genet::inline GENET_ISA {

/// The last epoch that was trained to its end, 0 before any.
inline long finished_epochs(const history& h) {
  const auto* row = h.last("train");
  return row ? row->epoch : 0;
}

/// `metrics.csv`: one header, one row per epoch and split, columns `epoch,split,seconds,loss` and then the model's
/// own terms as the first row names them (RFC 4180, lines end in LF, numbers with a point, `nan` and `inf` spelled
/// so). Each line is one write, so that a killed process leaves at most one torn last line.
class metrics_file {
 public:
  /// An empty file, whatever was there. If `terms` are given they are its columns, and others are left out.
  static metrics_file create(const std::filesystem::path& path, std::vector<std::string> terms = {}) {
    metrics_file m{path, std::move(terms)};
    m.open(O_TRUNC);
    return m;
  }

  /// Continues a file: a torn last line and all rows of `epoch` and later are dropped. A file that is not there is
  /// made. Errors: `bad_input` names the line that is no row of metrics; `io_error`.
  static metrics_file resume(const std::filesystem::path& path, long epoch, std::vector<std::string> terms = {}) {
    metrics_file m{path, std::move(terms)};
    m.keep_before(epoch);
    m.open(0);
    return m;
  }

  metrics_file(metrics_file&& other) noexcept
      : path_(std::move(other.path_)), columns_(std::move(other.columns_)), rows_(std::move(other.rows_)),
        terms_(std::move(other.terms_)), file_(std::exchange(other.file_, -1)) {}
  metrics_file& operator=(metrics_file&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(columns_, other.columns_);
    std::swap(rows_, other.rows_);
    std::swap(terms_, other.terms_);
    std::swap(file_, other.file_);
    return *this;
  }
  ~metrics_file() {
    if (file_ >= 0) ::close(file_);
  }

  bool has(long epoch, std::string_view split) const {
    return std::any_of(rows_.begin(), rows_.end(),
                       [&](const auto& r) { return r.first == epoch && r.second == split; });
  }

  /// A term that the row lacks stays empty. Errors: `usage_error` for a term that the header lacks; `io_error`.
  void append(const epoch_record& row) {
    if (columns_.empty()) {
      columns_ = {"epoch", "split", "seconds", "loss"};
      for (const auto& t : row.terms)
        if (terms_.empty()) columns_.push_back(t.name);
      columns_.insert(columns_.end(), terms_.begin(), terms_.end());
      std::string header;
      for (const auto& c : columns_) header += (header.empty() ? "" : ",") + io::csv_cell(c);
      write_line(header);
    }
    for (const auto& t : row.terms)
      if (terms_.empty() && std::find(columns_.begin() + 4, columns_.end(), t.name) == columns_.end())
        throw usage_error(path_.string() + ": the term '" + t.name + "' is no column of this file");
    std::string line = std::to_string(row.epoch) + ',' + io::csv_cell(row.split) + ',' + show_number::fixed(row.seconds, 3) +
                       ',' + show_number::exact(row.loss);
    for (auto c = columns_.begin() + 4; c != columns_.end(); ++c) {
      const auto t =
          std::find_if(row.terms.begin(), row.terms.end(), [&](const term& one) { return one.name == *c; });
      line += t == row.terms.end() ? "," : "," + show_number::exact(t->value);
    }
    write_line(line);
    rows_.emplace_back(row.epoch, row.split);
  }

 private:
  metrics_file(std::filesystem::path path, std::vector<std::string> terms)
      : path_(std::move(path)), terms_(std::move(terms)) {}

  [[noreturn]] void refuse(const char* step) const {
    throw io_error(path_.string() + ": cannot " + step + ": " + std::strerror(errno));
  }

  void open(int flags) {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0666);
    if (file_ < 0) refuse("open it");
  }

  void write_line(std::string line) const {
    line += '\n';
    for (std::string_view rest = line; !rest.empty();) {
      const auto n = ::write(file_, rest.data(), rest.size());
      if (n < 0 && errno != EINTR) refuse("append a line");
      if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  /// One line (its end included) off the front of `text` as cells; nothing when it has no end.
  static std::optional<std::vector<std::string>> take_line(std::string_view& text) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') cells.back() += c, ++i;
      else if (c == '"') quoted = !quoted;
      else if (quoted || (c != ',' && c != '\n')) cells.back() += c;
      else if (c == ',') cells.emplace_back();
      else {
        text.remove_prefix(i + 1);
        return cells;
      }
    }
    return {};
  }

  void keep_before(long epoch) {
    std::ifstream in(path_, std::ios::binary);
    if (!in) {
      if (std::error_code none; std::filesystem::exists(path_, none)) refuse("read it");
      return;
    }
    const std::string all{std::istreambuf_iterator<char>(in), {}};
    std::string_view rest = all;
    std::string kept;
    for (long number = 1; !rest.empty(); ++number) {
      const std::string_view before = rest;
      const auto cells = take_line(rest);
      if (!cells) break;  // torn by a kill
      const auto fail = [&](const std::string& expected) {
        throw bad_input(path_.string() + ", line " + std::to_string(number) + ": expected " + expected);
      };
      if (number == 1) {
        columns_ = *cells;
        if (columns_.size() < 4 || columns_[0] != "epoch" || columns_[1] != "split" || columns_[2] != "seconds" ||
            columns_[3] != "loss")
          fail("the header epoch,split,seconds,loss and the names of terms");
      } else {
        long of = 0;
        const auto& first = cells->front();
        const auto end = first.data() + first.size();
        if (const auto [stop, code] = std::from_chars(first.data(), end, of);
            code != std::errc{} || stop != end || cells->size() != columns_.size())
          fail("a row of " + std::to_string(columns_.size()) + " cells that begins with an epoch");
        if (of >= epoch) continue;
        rows_.emplace_back(of, (*cells)[1]);
      }
      kept += before.substr(0, before.size() - rest.size());
    }
    if (kept != all) io::write_atomically(path_, kept);
  }

  std::filesystem::path path_;
  std::vector<std::string> columns_;
  std::vector<std::pair<long, std::string>> rows_;
  std::vector<std::string> terms_;
  int file_ = -1;
};

}  // namespace genet
