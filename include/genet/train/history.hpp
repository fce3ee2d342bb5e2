#pragma once
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/error.hpp"

namespace genet::inline GENET_ISA {

/// One named part of a loss or one metric: `{"kl", 16.1}`.
struct term {
  std::string name;
  double value = 0;
  friend bool operator==(const term&, const term&) = default;
};

/// What one epoch measured on one split (`train`, `validation`, `test`). `seconds` count from the start of the run,
/// time of earlier processes included; `terms` are the model's own parts of the loss in their order.
struct epoch_record {
  long epoch = 0;  ///< from 1
  std::string split;
  double seconds = 0;
  double loss = 0;
  std::vector<term> terms;
  friend bool operator==(const epoch_record&, const epoch_record&) = default;
};

/// Which way a monitored value improves.
enum class better { lower, higher };

/// True when `value` beats `best` by more than `margin`; NaN never beats anything, everything else beats NaN.
inline bool improves(double value, double best, better way, double margin = 0) {
  if (std::isnan(value)) return false;
  if (std::isnan(best)) return true;
  return way == better::lower ? value < best - margin : value > best + margin;
}

/// The rows of a run, oldest first. Keras equivalent: `History`.
///
/// A monitored value is spelled `loss`, `kl`, ... (taken from `validation` when that epoch has such a row, else from
/// `train`; never from `test`) or with its split: `train.loss`, `validation.kl`.
class history {
public:
  void add(epoch_record row) { rows_.push_back(std::move(row)); }

  const std::vector<epoch_record>& rows() const noexcept { return rows_; }
  bool empty() const noexcept { return rows_.empty(); }

  /// The rows of one split, oldest first.
  std::vector<epoch_record> split(std::string_view name) const {
    std::vector<epoch_record> found;
    for (const auto& row : rows_)
      if (row.split == name) found.push_back(row);
    return found;
  }

  /// The row of an epoch and a split, or null.
  const epoch_record* find(long epoch, std::string_view split) const noexcept {
    for (auto row = rows_.rbegin(); row != rows_.rend(); ++row)
      if (row->epoch == epoch && row->split == split) return &*row;
    return nullptr;
  }

  /// The newest row of a split, or null.
  const epoch_record* last(std::string_view split) const noexcept {
    for (auto row = rows_.rbegin(); row != rows_.rend(); ++row)
      if (row->split == split) return &*row;
    return nullptr;
  }

  /// A monitored value of one epoch; nothing when that epoch does not have it.
  std::optional<double> value(long epoch, std::string_view monitor) const {
    for (std::string_view split : {"train", "validation", "test"})
      if (monitor.size() > split.size() && monitor.substr(0, split.size()) == split && monitor[split.size()] == '.')
        return of(find(epoch, split), monitor.substr(split.size() + 1));
    const auto validated = of(find(epoch, "validation"), monitor);
    return validated ? validated : of(find(epoch, "train"), monitor);
  }

  /// As `value`, but a name that does not exist is a usage_error that lists the names which do.
  [[gnu::cold]] double monitored(long epoch, std::string_view monitor) const {
    if (const auto found = value(epoch, monitor)) return *found;
    std::string known;
    for (const auto& row : rows_)
      if (row.epoch == epoch) {
        known += errors::join({known.empty() ? "" : ", ", row.split, ".loss"});
        for (const auto& t : row.terms) known += errors::join({", ", row.split, ".", t.name});
      }
    errors::raise<usage_error>({"monitor '", monitor, "': epoch ", epoch, " has no such value; it has ",
                                known.empty() ? std::string_view("none") : known});
  }

  /// The epoch with the best monitored value (the first one of equals), or 0 when no epoch has it.
  long best_epoch(std::string_view monitor = "loss", better way = better::lower) const {
    long best = 0;
    double record = std::nan("");
    for (const auto& row : rows_)
      if (const auto found = value(row.epoch, monitor); found && improves(*found, record, way)) {
        best = row.epoch;
        record = *found;
      }
    return best;
  }

  /// Writes all rows under `key` of a file's metadata (`io::tensor_file::metadata`). Numbers are stored as the bits
  /// of the double, so that a resumed run continues with exactly the same history.
  [[gnu::cold]] void save(std::map<std::string, std::string>& metadata, const std::string& key) const {
    std::string text;
    for (const auto& row : rows_) {
      put(text, std::to_string(row.epoch));
      put(text, row.split);
      put(text, bits(row.seconds));
      put(text, bits(row.loss));
      for (const auto& t : row.terms) {
        put(text, t.name);
        put(text, bits(t.value));
      }
      text.back() = '\n';
    }
    metadata[key] = std::move(text);
  }

  /// Reads what `save` wrote; a missing key or a malformed row is bad_input.
  [[gnu::cold]] static history load(const std::map<std::string, std::string>& metadata, const std::string& key) {
    const auto entry = metadata.find(key);
    if (entry == metadata.end()) errors::raise<bad_input>({"history: metadata has no key '", key, "'"});
    history result;
    std::string_view text = entry->second;
    for (long line = 1; !text.empty(); ++line) {
      const auto refuse = [&](const char* what) {
        errors::raise<bad_input>({"history: metadata '", key, "', row ", line, ": ", what});
      };
      const auto end = text.find('\n');
      if (end == text.npos) refuse("not closed by a line end");
      std::vector<std::string> cells(1);
      for (std::size_t i = 0; i < end; ++i)
        if (text[i] == '\t') cells.emplace_back();
        else if (text[i] != '\\') cells.back() += text[i];
        else if (++i == end) refuse("ends in a backslash");
        else cells.back() += text[i] == 't' ? '\t' : text[i] == 'n' ? '\n' : text[i];
      text.remove_prefix(end + 1);
      if (cells.size() < 4 || cells.size() % 2 != 0)
        refuse("expected epoch, split, seconds, loss, then pairs");
      epoch_record row;
      const auto& first = cells[0];
      const auto [stop, code] = std::from_chars(first.data(), first.data() + first.size(), row.epoch);
      if (code != std::errc{} || stop != first.data() + first.size()) refuse("the epoch is no number");
      const auto number = [&](const std::string& cell) {
        std::uint64_t value = 0;
        const auto [last, wrong] = std::from_chars(cell.data(), cell.data() + cell.size(), value, 16);
        if (cell.size() != 16 || wrong != std::errc{} || last != cell.data() + 16)
          refuse("expected the 16 hexadecimal digits of a double");
        return std::bit_cast<double>(value);
      };
      row.split = cells[1];
      row.seconds = number(cells[2]);
      row.loss = number(cells[3]);
      for (std::size_t i = 4; i < cells.size(); i += 2) row.terms.push_back({cells[i], number(cells[i + 1])});
      result.add(std::move(row));
    }
    return result;
  }

  friend bool operator==(const history&, const history&) = default;

private:
  static std::optional<double> of(const epoch_record* row, std::string_view name) {
    if (!row) return {};
    if (name == "loss") return row->loss;
    for (const auto& t : row->terms)
      if (t.name == name) return t.value;
    return {};
  }

  [[gnu::cold]] static void put(std::string& text, std::string_view cell) {
    for (const char c : cell) {
      const bool plain = c != '\t' && c != '\n' && c != '\\';
      if (!plain) text += '\\';
      text += plain || c == '\\' ? c : c == '\t' ? 't' : 'n';
    }
    text += '\t';
  }

  [[gnu::cold]] static std::string bits(double value) {
    const auto word = std::bit_cast<std::uint64_t>(value);
    std::string digits(16, '0');
    for (int i = 0; i < 16; ++i) digits[std::size_t(i)] = "0123456789abcdef"[word >> (60 - 4 * i) & 15];
    return digits;
  }

  std::vector<epoch_record> rows_;
};

}  // namespace genet
