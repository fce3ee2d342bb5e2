#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../data/csv.hpp"
#include "../io/atomic_file.hpp"
#include "../train/search.hpp"
#include "numbers.hpp"
#include "svg.hpp"

namespace genet::inline GENET_ISA {

/// A value of a hyper-parameter for people and files: a word, a whole number, or a number with so many digits (0: as
/// many as it takes).
inline std::string show_value(const hyper_parameter& p, double v, int digits = 0) {
  if (p.how == hyper_parameter::kind::choice) return p.words[static_cast<std::size_t>(std::lround(v))];
  return digits ? show_number::general(v, digits) : show_number::exact(v);
}

/// The trainings of a search in a CSV file, `number,budget,seed,score,seconds,failure` and the hyper-parameters: what a
/// search that goes on need not do again. The file is written as a whole after each, in the order of the columns.
/// Commas, quotes and line ends of failures become semicolons, apostrophes and spaces.
///
///     search_file kept{"runs/search/trials.csv", space};
///     search(space, hyperband{}, {}, train, {kept.runs(), [&](const search_run& r) { kept.add(r); }});
class search_file {
 public:
  /// Reads what is there, if it is. Throws bad_input for a file of another search, or that is none; io_error.
  search_file(std::filesystem::path path, search_space space) : path_(std::move(path)), space_(std::move(space)) {
    std::error_code none;
    if (!std::filesystem::exists(path_, none)) return;
    const auto table = data::csv::read(path_, {.missing = true, .infinite = true});
    if (header() != joined(table.names()))
      throw bad_input(path_.string() + ": found the columns " + joined(table.names()) + ", expected " + header());
    const auto number = table.numbers("number"), budget = table.numbers("budget"), seed = table.numbers("seed"),
               score = table.numbers("score"), seconds = table.numbers("seconds");
    const auto failure = table.texts("failure");
    for (std::size_t i = 0; i < number.size(); ++i)
      runs_.push_back({static_cast<long>(number[i]), static_cast<long>(budget[i]), static_cast<std::uint64_t>(seed[i]),
                       score[i], seconds[i], failure[i]});
    for (const hyper_parameter& p : space_.parameters()) {
      if (p.how != hyper_parameter::kind::choice) {
        const auto values = table.numbers(p.name);
        for (std::size_t i = 0; i < runs_.size(); ++i) runs_[i].values.push_back(values[i]);
        continue;
      }
      const auto words = table.texts(p.name);
      for (std::size_t i = 0; i < runs_.size(); ++i) {
        const auto at = std::ranges::find(p.words, words[i]);
        if (at == p.words.end())
          throw bad_input(path_.string() + ", row " + std::to_string(i + 1) + ": found " + p.name + " '" + words[i] +
                          "', expected one of " + joined(p.words));
        runs_[i].values.push_back(static_cast<double>(at - p.words.begin()));
      }
    }
  }

  const std::vector<search_run>& runs() const { return runs_; }

  void add(search_run r) {
    for (char& c : r.failure) c = c == ',' ? ';' : c == '"' ? '\'' : c == '\n' || c == '\r' ? ' ' : c;
    runs_.push_back(std::move(r));
    const auto order = [](const search_run& x) { return std::tuple(x.number, x.budget, x.seed); };
    std::ranges::sort(runs_, {}, order);
    std::string text = header() + "\n";
    for (const search_run& run : runs_) {
      std::vector<std::string> cells{std::to_string(run.number),      std::to_string(run.budget),
                                     std::to_string(run.seed),        show_number::exact(run.score),
                                     show_number::fixed(run.seconds, 3), run.failure};
      for (std::size_t i = 0; i < run.values.size(); ++i)
        cells.push_back(show_value(space_.parameters()[i], run.values[i]));
      text += joined(cells) + "\n";
    }
    io::write_atomically(path_, text);
  }

 private:
  static std::string joined(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& c : cells) line += (&c == cells.data() ? "" : ",") + c;
    return line;
  }
  std::string header() const {
    std::string line = "number,budget,seed,score,seconds,failure";
    for (const hyper_parameter& p : space_.parameters()) line += "," + p.name;
    return line;
  }

  std::filesystem::path path_;
  search_space space_;
  std::vector<search_run> runs_;
};

/// The ranking of a search as lines of text, at most `rows` of it: place, candidate, score, its standard error if
/// there are several seeds, budget, seconds, hyper-parameters; then what failed and why.
inline std::string search_table(const search_result& found, const search_space& space, std::size_t rows = 30) {
  std::vector<std::vector<std::string>> cells{{"", "no.", "score"}};
  const bool errors = std::ranges::any_of(found.trials, [](const search_trial& t) { return t.standard_error > 0; });
  if (errors) cells[0].push_back("+-");
  cells[0].insert(cells[0].end(), {"budget", "seconds"});
  for (const hyper_parameter& p : space.parameters()) cells[0].push_back(p.name);
  std::string failures;
  long place = 0;
  for (const std::size_t i : found.ranking()) {
    const search_trial& t = found.trials[i];
    if (t.failed()) failures += "candidate " + std::to_string(t.number) + " failed: " + t.failure + "\n";
    if (!std::isfinite(t.score) || static_cast<std::size_t>(place) == rows) continue;
    std::vector<std::string> row{std::to_string(++place), std::to_string(t.number), show_number::fixed(t.score, 3)};
    if (errors) row.push_back(show_number::fixed(t.standard_error, 3));
    row.push_back(std::to_string(t.budget));
    row.push_back(show_number::fixed(t.seconds, 1));
    for (std::size_t k = 0; k < t.values.size(); ++k) row.push_back(show_value(space.parameters()[k], t.values[k], 3));
    cells.push_back(std::move(row));
  }
  std::string text;
  for (const auto& row : cells) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      std::size_t width = 0;
      for (const auto& other : cells) width = std::max(width, other[c].size());
      text += (c ? "  " : "") + std::string(width - row[c].size(), ' ') + row[c];
    }
    text += "\n";
  }
  return text + failures;
}

/// Scores over one hyper-parameter, coloured by the budget that candidates got; logarithms of what lies evenly in them.
/// What failed is counted.
inline svg::drawing search_plot(const search_result& found, const search_space& space, std::string_view name) {
  const std::size_t at = space.place(name);
  const hyper_parameter& p = space.parameters()[at];
  std::vector<long> budgets;
  for (const search_trial& t : found.trials) budgets.push_back(t.budget);
  std::ranges::sort(budgets);
  budgets.erase(std::unique(budgets.begin(), budgets.end()), budgets.end());
  std::vector<double> xy;
  std::vector<std::int32_t> which;
  for (const search_trial& t : found.trials) {
    xy.push_back(p.how == hyper_parameter::kind::log_uniform ? std::log10(t.values[at]) : t.values[at]);
    xy.push_back(t.score);
    which.push_back(static_cast<std::int32_t>(std::ranges::find(budgets, t.budget) - budgets.begin()));
  }
  std::vector<std::string> names;
  for (const long b : budgets) names.push_back("budget " + std::to_string(b));
  return svg::scatter(std::span<const double>(xy), which,
                      {.x_label = p.how == hyper_parameter::kind::log_uniform ? "log10 " + p.name : p.name,
                       .y_label = "score",
                       .names = std::move(names), .point = 7, .height = 320});
}

namespace svg {

/// A line of `dot_chart`: a value and how far off it may be.
struct dot {
  std::string name;
  double value = 0, error = 0;
};

/// Values with their errors, one line each from top to bottom, names at the left: what compares models. Values that
/// are not finite have no dot.
inline drawing dot_chart(std::span<const dot> dots, std::string_view label, int width = 560) {
  double low = std::numeric_limits<double>::infinity(), high = -low, left = 0;
  for (const dot& d : dots) {
    left = std::max(left, detail::width_of(d.name) + 18);
    if (!std::isfinite(d.value)) continue;
    low = std::min(low, d.value - d.error);
    high = std::max(high, d.value + d.error);
  }
  const double row = 24, bottom = 12 + row * static_cast<double>(dots.size());
  std::string out = detail::open(width, static_cast<int>(bottom) + 46, label);
  const auto x = detail::axis::around(low, high, left, width - 64., false, .05);
  const auto ticks = x.ticks(std::max(2, static_cast<int>((x.to - x.from) / 70)));
  for (const double v : ticks) {
    out += detail::line(x.at(v), 8, x.at(v), bottom, "g");
    out += detail::label(x.at(v), bottom + 18, "middle", "q", detail::axis::label(v, ticks));
  }
  out += detail::line(x.from, bottom, x.to, bottom, "a");
  out += detail::label((x.from + x.to) / 2, bottom + 36, "middle", "q", label);
  for (std::size_t i = 0; i < dots.size(); ++i) {
    const dot& d = dots[i];
    const double y = 8 + row * (static_cast<double>(i) + 0.5);
    out += detail::label(left - 10, y + 4, "end", "", d.name);
    if (!std::isfinite(d.value)) continue;
    out += "<g class=\"k0\">" + detail::line(x.at(d.value - d.error), y, x.at(d.value + d.error), y, "l") +
           "<circle class=\"o\" cx=\"" + detail::px(x.at(d.value)) + "\" cy=\"" + detail::px(y) + "\" r=\"4.5\"/></g>";
    out += detail::label(width - 58., y + 4, "start", "q", show_number::brief(d.value));
  }
  return {out + "</svg>\n"};
}

}  // namespace svg

}  // namespace genet
