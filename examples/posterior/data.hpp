#pragma once
// Data of posteriors: JSON files as posteriordb has them, and tables.
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <genet/data/csv.hpp>
#include <genet/data/text_file.hpp>
#include <genet/declare/error.hpp>

namespace posteriors {

using numbers = std::vector<double>;

/// Columns of numbers by name, of equal length or not: those of a table, or the numbers, arrays and (row after row)
/// arrays of arrays of a JSON object.
class columns {
 public:
  /// A file that ends in .csv or .json, perhaps .gz. Throws bad_input with the place, usage_error, io_error.
  static columns read(const std::filesystem::path& path) {
    const auto type = path.extension() == ".gz" ? path.stem().extension() : path.extension();
    if (type != ".json" && type != ".csv")
      throw genet::usage_error("--data " + path.string() + ": expected a file that ends in .json or .csv");
    columns c(path.string());
    if (type == ".json") {
      c.parse(genet::data::read_text(path));
      return c;
    }
    const auto table = genet::data::csv::read(path);
    for (const auto& name : table.names()) c.add(name, table.numbers(name));
    return c;
  }

  const std::vector<std::string>& names() const { return names_; }
  const std::string& origin() const { return origin_; }
  const numbers* find(const std::string& name) const {
    const auto at = values_.find(name);
    return at == values_.end() ? nullptr : &at->second;
  }
  /// Throws bad_input when there is none.
  const numbers& at(const std::string& name) const {
    if (const numbers* found = find(name)) return *found;
    std::string all;
    for (const auto& n : names_) all += (all.empty() ? "" : ", ") + n;
    throw genet::bad_input(origin_ + ": found " + (all.empty() ? "nothing" : all) + ", expected " + name);
  }
  /// The column y, or the only one.
  const numbers& y() const { return !find("y") && names_.size() == 1 ? values_.begin()->second : at("y"); }

 private:
  explicit columns(std::string origin) : origin_(std::move(origin)) {}

  void add(const std::string& name, numbers v) {
    if (!values_.emplace(name, std::move(v)).second) throw genet::bad_input(origin_ + ": found " + name + " twice");
    names_.push_back(name);
  }

  /// A flat JSON object of numbers and arrays.
  class parser {
   public:
    parser(std::string_view text, const std::string& origin) : text_(text), origin_(origin) {}
    bool accept(char c) {
      while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
      if (at_ >= text_.size() || text_[at_] != c) return false;
      ++at_;
      return true;
    }
    void expect(char c) {
      if (!accept(c)) fail(std::string("'") + c + "'");
    }
    std::string name() {
      expect('"');
      const auto end = text_.find_first_of("\"\\", at_);
      if (end == text_.npos || text_[end] != '"') fail("a name without escapes and its closing '\"'");
      const std::string_view word = text_.substr(at_, end - at_);
      at_ = end + 1;
      return std::string(word);
    }
    /// A number, or an array of such values.
    void values(numbers& to, int depth) {
      constexpr int deepest = 2;
      if (accept('[')) {
        if (depth == deepest) fail("arrays in arrays at most");
        if (accept(']')) return;
        do values(to, depth + 1);
        while (accept(','));
        return expect(']');
      }
      double v = 0;
      const char* const from = text_.data() + at_;
      const auto [end, wrong] = std::from_chars(from, text_.data() + text_.size(), v);
      const bool digits = end != from && end[-1] >= '0' && end[-1] <= '9';  // not inf, not nan
      if (wrong != std::errc{} || !digits) fail("a number that a double holds");
      to.push_back(v);
      at_ += static_cast<std::size_t>(end - from);
    }
    void end() {
      accept('\0');
      if (at_ < text_.size()) fail("the end of the file");
    }

   private:
    [[noreturn]] void fail(const std::string& expected) const {
      const std::string found = at_ < text_.size() ? "'" + std::string(1, text_[at_]) + "'" : "the end of the file";
      throw genet::bad_input(origin_ + ": byte " + std::to_string(at_) + ": found " + found + ", expected " +
                             expected);
    }
    std::string_view text_;
    const std::string& origin_;
    std::size_t at_ = 0;
  };

  void parse(const std::string& text) {
    parser p(text, origin_);
    p.expect('{');
    if (!p.accept('}')) {
      do {
        const std::string name = p.name();
        p.expect(':');
        numbers v;
        p.values(v, 0);
        add(name, std::move(v));
      } while (p.accept(','));
      p.expect('}');
    }
    p.end();
  }

  std::string origin_;
  std::vector<std::string> names_;
  std::map<std::string, numbers> values_;
};

}  // namespace posteriors
