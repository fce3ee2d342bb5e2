#include <algorithm>
#include <charconv>
#include <memory>

#include <genet/data/csv.hpp>
#include <genet/data/peaks.hpp>
#include <genet/data/quantiser.hpp>
#include <genet/data/smoothing.hpp>
#include <genet/io/npz.hpp>

#include "panels.hpp"
#include "series.hpp"

namespace variants {

using namespace genet;

namespace {

constexpr double apart = 0.1;
constexpr long smoothed_over = 9, smoothing_order = 3;

/// One array of a NumPy file (.npy, or .npz under any name), or a column of a table (.csv).
std::vector<double> read_series(const settings& s) {
  const auto& file = s.o.data;
  if (file.extension() == ".csv") {
    const bool by_number =
        s.column.size() < 10 && std::ranges::all_of(s.column, [](char c) { return c >= '0' && c <= '9'; });
    const long number = by_number && !s.column.empty() ? std::stol(s.column) : 0;
    const auto column = by_number ? data::csv_column(number) : data::csv_column(s.column);
    const auto names = data::csv::read(file).names();
    // A first line of numbers is no header.
    double first = 0;
    const auto is_number = [&](const std::string& t) {
      return !t.empty() && std::from_chars(t.data(), t.data() + t.size(), first).ptr == t.data() + t.size();
    };
    return data::csv::read(file, {.header = !std::ranges::all_of(names, is_number)}).numbers(column);
  }
  io::tensor array;
  if (file.extension() == ".npy") {
    array = io::read_npy(file);
  } else {
    const auto all = io::npz_file::read(file);
    if (all.tensors().size() != 1 && s.column.empty())
      throw usage_error("--column: " + file.string() + " holds " + std::to_string(all.tensors().size()) +
                        " arrays, expected the name of one");
    array = s.column.empty() ? all.tensors().front() : all.at(s.column);
  }
  if (array.shape.size() != 1)
    throw bad_input(file.string() + ": found an array of " + std::to_string(array.shape.size()) +
                    " dimensions, expected a series, which has one");
  return io::numbers<double>(array, file.string());
}

struct parts {
  std::vector<double> train, validation, test;
};

/// In the order of time, so that no moment is in two of them.
parts parts_of(const std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  const auto first = x.begin() + static_cast<long>(n * (1 - apart) * (1 - apart)),
             second = x.begin() + static_cast<long>(n * (1 - apart));
  return {{x.begin(), first}, {first, second}, {second, x.end()}};
}

/// Pieces of `length` numbers, one of `every`, around the R peaks: at each of the `phases` places between two numbers.
std::vector<std::vector<double>> pieces_of(const std::vector<double>& x, const settings& s, long length, long phases) {
  std::vector<std::vector<double>> out;
  const auto add = [&](long first) {
    std::vector<double> one;
    for (long i = 0; i < length; ++i) one.push_back(x[static_cast<std::size_t>(first + i * s.every)]);
    out.push_back(std::move(one));
  };
  const long span = (length - 1) * s.every + 1, n = static_cast<long>(x.size());
  if (s.rate > 0) {
    const long before = length / 3 * s.every;
    for (const long peak : data::find_r_peaks(x, {.rate = s.rate}))
      for (long phase = 0; phase < phases; ++phase)
        if (const long first = peak - before + phase - phases / 2; first >= 0 && first + span <= n) add(first);
  } else {
    const long step = std::max(phases > 1 ? length * s.every / 4 : length * s.every, 1L);
    for (long first = 0; first + span <= n; first += step) add(first);
  }
  return out;
}

}  // namespace

corpus series_corpus(const settings& s, long length, long levels) {
  const bool beats = s.rate > 0;
  corpus c{.title = s.o.data.filename().string() + (beats ? ", beat by beat" : ", window by window"),
           .unit = beats ? "beats" : "windows",
           .length = length,
           .used = static_cast<std::int32_t>(levels)};
  if (!std::filesystem::exists(s.o.data))
    throw io_error(s.o.data.string() + ": there is no such file; Debian's package python3-scipy has an electrocardiogram, and "
                   "--data takes any .csv, .npy or .npz");
  const std::vector<double> raw = read_series(s);
  if (static_cast<long>(raw.size()) < 10 * length * s.every)
    throw bad_input(s.o.data.string() + ": found " + std::to_string(raw.size()) + " numbers, expected at least " +
                    std::to_string(10 * length * s.every));
  if (const auto all = std::ranges::minmax(raw); all.min == all.max)
    throw bad_input(s.o.data.string() + ": found numbers that are all equal, expected a series");
  const parts all = parts_of(data::savitzky_golay(raw, smoothed_over, smoothing_order));
  const auto range = std::ranges::minmax(all.train);
  const auto levels_of = std::make_shared<const data::quantiser>(data::quantiser::uniform(levels, range.min, range.max));

  const auto documents = [&](const std::vector<double>& x, long phases) {
    data::documents out;
    for (const auto& piece : pieces_of(x, s, length, phases)) out.push_back(levels_of->tokens(piece));
    return out;
  };
  c.train = documents(all.train, s.every);  // the same beats at all phases
  c.validation = documents(all.validation, 1);
  c.test = documents(all.test, 1);
  if (c.validation.empty() || c.test.empty() || static_cast<long>(c.train.size()) < s.o.batch)
    throw bad_input(s.o.data.string() + ": found " + std::to_string(c.train.size()) + " " + c.unit + " to train on, " +
                    std::to_string(c.validation.size()) + " to validate and " + std::to_string(c.test.size()) +
                    " to test, expected a batch of " + std::to_string(s.o.batch) + " and some of the others");
  c.fault_length = 8;
  c.facts = {{"Numbers", std::to_string(raw.size())},
             {"Quantised", std::to_string(levels) + " levels, error up to " +
                               show_number::general(levels_of->largest_error(), 3)}};

  c.entries = [](std::span<const std::int32_t> tokens) {
    std::vector<std::string> out;
    for (const std::int32_t t : tokens) out.push_back(std::to_string(t));
    return out;
  };
  c.between = " ";
  c.values = [levels_of](std::span<const std::int32_t> tokens) { return levels_of->values(tokens); };
  c.draw = [](const auto& real, const auto& made) {
    std::vector<panel> out;
    for (const auto& y : real) out.push_back({.title = out.empty() ? "real" : "", .y = y, .other = true});
    for (const auto& y : made) out.push_back({.title = out.size() == real.size() ? "made" : "", .y = y});
    return panels(out, static_cast<int>(std::max<std::size_t>(real.size(), 1)));
  };
  c.draw_faults = [levels_of](const std::vector<marked_sequence>& faults) {
    std::vector<panel> out;
    for (const marked_sequence& m : faults) {
      panel p{.title = out.empty() ? "shaded: faulty, red: marked" : "", .y = levels_of->values(m.faulty)};
      for (const auto& f : m.truth) p.bands.emplace_back(f.first, f.count);
      for (const auto& f : m.marked) p.strong.emplace_back(f.first, f.count);
      out.push_back(std::move(p));
    }
    return panels(out, 4);
  };
  return c;
}

}  // namespace variants
