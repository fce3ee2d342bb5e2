#pragma once
#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "text_file.hpp"

namespace genet::inline GENET_ISA::data {

/// How a table is written and which cells are numbers.
struct csv_options {
  char separator = ',';
  bool header = true;     ///< the first line names the columns
  bool missing = false;   ///< cells that are empty, NA or nan are NaN; else they are refused
  bool infinite = false;  ///< inf and -inf are numbers
};

/// Names a column by what the header says or by its number from 0.
class csv_column {
 public:
  csv_column(std::string_view name) : name_(name) {}
  csv_column(const std::string& name) : name_(name) {}
  csv_column(const char* name) : name_(name) {}
  template <std::integral N>
  csv_column(N number) : number_(static_cast<long>(number)), by_number_(true) {}

 private:
  friend class csv;
  std::string_view name_;
  long number_ = 0;
  bool by_number_ = false;
};

/// A table in memory, read from comma-separated text (RFC 4180): a header, then rows of as many cells, lines that end
/// in LF or CR LF, cells in quotes where they hold separators, quotes (doubled) or line ends; UTF-8, a byte order
/// mark is skipped; plain or gzip. Spaces belong to cells.
///
/// Strict: throws bad_input with line and column for rows of other lengths, empty lines, quotes in the middle of
/// cells or without end, lone carriage returns, a table without rows; cells are checked where they are asked for as
/// numbers. pandas: read_csv.
///
///     const auto t = data::csv::read("heart.csv", {.missing = true});
///     std::vector<double> age = t.numbers("age");            // (rows)
///     std::vector<double> x = t.numbers({"age", "weight"});  // (rows, 2) row-major
class csv {
 public:
  static csv read(const std::filesystem::path& path, const csv_options& o = {}) {
    return csv(read_text(path), path.string(), o);
  }
  /// The same for a text in memory; `origin` names it in messages.
  static csv parse(std::string text, std::string origin, const csv_options& o = {}) {
    return csv(checked_text(std::move(text), origin), std::move(origin), o);
  }

  long rows() const { return static_cast<long>(lines_.size()); }
  long columns() const { return columns_; }
  /// What the header says, or nothing where there is none.
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (long c = 0; options_.header && c < columns_; ++c) out.emplace_back(name(c));
    return out;
  }

  /// The text of a cell.
  std::string_view cell(long row, long column) const {
    return slice(static_cast<std::size_t>((row + options_.header) * columns_ + column));
  }
  /// A column as texts.
  std::vector<std::string> texts(csv_column c) const {
    const long column = place_of(c);
    std::vector<std::string> out;
    out.reserve(lines_.size());
    for (long r = 0; r < rows(); ++r) out.emplace_back(cell(r, column));
    return out;
  }
  /// A column as numbers. Throws bad_input: `heart.csv: line 17, column 3 (age): found "old", expected a number`.
  std::vector<double> numbers(csv_column c) const { return numbers({c}); }
  /// Several columns, (rows, columns) row-major.
  std::vector<double> numbers(std::initializer_list<csv_column> which) const {
    std::vector<long> places;
    for (const auto& c : which) places.push_back(place_of(c));
    return matrix(places);
  }
  /// All columns.
  std::vector<double> numbers() const {
    std::vector<long> places;
    for (long c = 0; c < columns_; ++c) places.push_back(c);
    return matrix(places);
  }

 private:
  csv(std::string text, std::string origin, const csv_options& o)
      : text_(std::move(text)), origin_(std::move(origin)), options_(o) {
    if (o.separator == '"' || o.separator == '\n' || o.separator == '\r' ||
        static_cast<unsigned char>(o.separator) >= 128)
      errors::raise<usage_error>({"csv: found a quote, a line end or no ASCII as separator, expected another one"});
    split();
  }

  [[noreturn, gnu::cold]] void fail(long line, long column, std::initializer_list<errors::piece> message) const {
    std::string named;
    if (options_.header && column < columns_) named.append(" (").append(name(column).substr(0, 80)).append(")");
    errors::raise<bad_input>({origin_, ": line ", line, ", column ", column + 1, named, ": ", errors::join(message)});
  }

  std::string_view slice(std::size_t i) const {
    return std::string_view(text_).substr(starts_[i], starts_[i + 1] - starts_[i]);
  }
  std::string_view name(long column) const { return slice(static_cast<std::size_t>(column)); }

  /// Finds the cells. Their bytes move to the front of the text, one cell after the other without separators and
  /// quotes, so that the cells are slices of it.
  void split() {
    const std::size_t size = text_.size();
    if (size >= std::numeric_limits<std::uint32_t>::max())
      errors::raise<bad_input>({origin_, ": found ", size, " bytes of text, expected less than 4 GiB"});
    const auto lines = static_cast<std::size_t>(std::ranges::count(text_, '\n'));
    starts_.reserve(static_cast<std::size_t>(std::ranges::count(text_, options_.separator)) + lines + 2);
    lines_.reserve(lines + 1);
    std::uint32_t to = 0;
    long line = 1, first_line = 1, column = 0;
    bool pending_header = options_.header;
    columns_ = -1;
    const auto end_cell = [&] {
      starts_.push_back(to);
      ++column;
    };
    const auto end_row = [&] {
      if (columns_ >= 0 && column != columns_) {
        if (column == 1 && starts_.back() == starts_[starts_.size() - 2])
          fail(first_line, 0, {"found an empty line, expected ", columns_, " cells"});
        fail(first_line, column < columns_ ? column : columns_,
             {"found ", column, " cells, expected ", columns_, " as in the first line"});
      }
      columns_ = column;
      if (!std::exchange(pending_header, false)) lines_.push_back(static_cast<std::uint32_t>(first_line));
      column = 0;
    };
    starts_.push_back(0);
    for (std::size_t i = 0; i < size;) {
      first_line = line;
      for (bool row = true; row;) {
        if (i < size && text_[i] == '"') {
          const long began = line;
          for (++i;; ++i) {
            if (i >= size) fail(began, column, {"found a quote without end, expected another one behind the cell"});
            if (text_[i] == '"' && (++i >= size || text_[i] != '"')) break;
            line += text_[i] == '\n';
            text_[to++] = text_[i];
          }
          if (i < size && text_[i] != options_.separator && !line_ends(i))
            fail(line, column, {"found text after a closing quote, expected a separator or the end of the line"});
        } else {
          for (; i < size && text_[i] != options_.separator && !line_ends(i); ++i) {
            if (text_[i] == '"')
              fail(line, column, {"found a quote inside a cell, expected the whole cell in quotes"});
            if (text_[i] == '\r') fail(line, column, {"found a carriage return, expected line ends LF or CR LF"});
            text_[to++] = text_[i];
          }
        }
        end_cell();
        row = i < size && text_[i] == options_.separator;
        if (row) ++i;
      }
      end_row();
      if (i < size) {
        i += text_[i] == '\r' ? 2 : 1;
        ++line;
      }
    }
    text_.resize(to);
    text_.shrink_to_fit();
    if (lines_.empty())
      errors::raise<bad_input>({origin_, ": found ", size == 0 ? "an empty file" : "a header and no rows",
                                ", expected a table of at least one row"});
  }
  bool line_ends(std::size_t i) const {
    return text_[i] == '\n' || (text_[i] == '\r' && i + 1 < text_.size() && text_[i + 1] == '\n');
  }

  long place_of(const csv_column& c) const {
    if (c.by_number_) {
      if (c.number_ < 0 || c.number_ >= columns_)
        errors::raise<bad_input>({origin_, ": found no column number ", c.number_, ", expected 0 to ", columns_ - 1});
      return c.number_;
    }
    long found = -1;
    for (long i = 0; options_.header && i < columns_; ++i) {
      if (name(i) != c.name_) continue;
      if (found >= 0)
        errors::raise<bad_input>({origin_, ": found columns ", found + 1, " and ", i + 1, " named ", c.name_,
                                  ", expected a number instead of the name"});
      found = i;
    }
    if (found < 0) {
      std::string all;
      for (long i = 0; options_.header && i < columns_; ++i) {
        if (i > 0) all += ", ";
        const bool enough = all.size() > 400;
        all += enough ? "..." : name(i).substr(0, 80);
        if (enough) break;
      }
      errors::raise<bad_input>({origin_, ": found no column named ", c.name_, ", expected ",
                                !options_.header ? "a number, as there is no header" : "one of ", all});
    }
    return found;
  }

  std::vector<double> matrix(const std::vector<long>& places) const {
    std::vector<double> out;
    out.reserve(lines_.size() * places.size());
    for (long r = 0; r < rows(); ++r)
      for (const long c : places) out.push_back(number(r, c));
    return out;
  }

  double number(long row, long column) const {
    const auto s = cell(row, column);
    const auto refuse = [&](std::string_view found, std::string_view expected) {
      fail(lines_[static_cast<std::size_t>(row)], column, {"found ", found, ", expected ", expected});
    };
    const auto quoted = [&] { return "\"" + std::string(s.substr(0, 40)) + (s.size() > 40 ? "...\"" : "\""); };
    if (s.empty() || s == "NA" || s == "nan" || s == "NaN") {
      if (!options_.missing)
        refuse(s.empty() ? "an empty cell" : quoted(), "a number (csv_options.missing takes it as NaN)");
      return std::numeric_limits<double>::quiet_NaN();
    }
    double x = 0;
    const auto [end, code] = std::from_chars(s.data(), s.data() + s.size(), x);
    if (code == std::errc::result_out_of_range) refuse(quoted(), "a number in the range of double");
    if (code != std::errc{} || end != s.data() + s.size() || std::isnan(x)) refuse(quoted(), "a number");
    if (std::isinf(x) && !options_.infinite) refuse(quoted(), "a finite number (csv_options.infinite takes it)");
    return x;
  }

  std::string text_;  // of all cells, the header's first
  std::string origin_;
  csv_options options_;
  std::vector<std::uint32_t> starts_;  // of the cells, the header's first, and the end
  std::vector<std::uint32_t> lines_;   // where rows begin
  long columns_ = 0;
};

}  // namespace genet::inline GENET_ISA::data
