#pragma once
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <genet/declare/error.hpp>
#include <genet/report/json.hpp>
#include <genet/tensor/team.hpp>

namespace program {

/// What every program that trains can be told. A program sets its own defaults before it reads the command line.
struct common {
  std::filesystem::path data = {}, out = {};
  long epochs = 10, batch = 128;
  double learning_rate = 1e-3;
  std::uint64_t seed = 1;
  int threads = 1;
  bool resume = false, quiet = false;
};

/// Thrown by `options::read` at --help; not an error.
struct help_requested {
  std::string text;
};

/// How many insertions, deletions, substitutions and swaps of neighbours turn one word into the other.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

/// `; did you mean 'X'?` with the known word nearest to `found`, or nothing when none is near.
inline std::string suggestion(std::string_view found, const std::vector<std::string>& known) {
  std::size_t least = std::max<std::size_t>(1, found.size() / 3) + 1;
  std::string best;
  for (const auto& k : known)
    if (const auto n = edit_distance(found, k); n < least) least = n, best = k;
  return best.empty() ? "" : "; did you mean '" + best + "'?";
}

/// The options of a program. Each is declared with the variable that takes its value, whose present value is the
/// default:
///
///     program::common o{.out = "runs/vae", .epochs = 10};
///     std::string variant = "mlp";
///     long samples = 100;
///     program::options menu{"vae", "Trains a variational autoencoder on images of 28 x 28.", o};
///     menu.choice("variant", variant, {"mlp", "map"}, "which model").number("samples", samples, 1l, 400l,
/// "pictures to draw");
///     menu.read(argc, argv);
class options {
 public:
  options(std::string name, std::string purpose, common& c) : name_(std::move(name)), purpose_(std::move(purpose)) {
    path("data", c.data, "DIR", "directory of the data set");
    path("out", c.out, "DIR", "where metrics, samples, checkpoints and report.html go");
    number("epochs", c.epochs, 1l, 1'000'000l, "passes over the training data");
    number("batch", c.batch, 1l, 1'000'000l, "examples per step");
    number("learning-rate", c.learning_rate, 0., 1000., "step size of the optimiser");
    number("seed", c.seed, std::uint64_t{0}, UINT64_MAX, "of weights, order and noise");
    number("threads", c.threads, 1, genet::tensor::team::most, "threads to compute with; the results are the same");
    flag("resume", c.resume, "continue from checkpoints/last.safetensors in --out");
    flag("quiet", c.quiet, "no progress on stderr");
    common_count_ = all_.size();
  }

  options& path(std::string name, std::filesystem::path& value, std::string placeholder, std::string help) {
    return add({std::move(name), std::move(placeholder), std::move(help), [&value](std::string_view v) {
                  if (v.empty() || v.starts_with("--")) return std::string("a path");
                  return value = v, std::string();
                }, [&value] { return genet::json::value(value.string()); }});
  }

  options& text(std::string name, std::string& value, std::string placeholder, std::string help) {
    return add({std::move(name), std::move(placeholder), std::move(help), [&value](std::string_view v) {
                  if (v.starts_with("--")) return std::string("a text");
                  return value = v, std::string();
                }, [&value] { return genet::json::value(value); }});
  }

  options& choice(std::string name, std::string& value, std::vector<std::string> allowed, std::string help) {
    std::string list, bars;
    for (const auto& a : allowed) {
      list += (list.empty() ? "one of " : ", ") + a;
      bars += (bars.empty() ? "" : "|") + a;
    }
    return add({std::move(name), bars, std::move(help),
                [&value, allowed, list](std::string_view v) {
                  if (std::find(allowed.begin(), allowed.end(), v) == allowed.end())
                    return list + suggestion(v, allowed);
                  return value = v, std::string();
                },
                [&value] { return genet::json::value(value); }});
  }

  /// A number from `low` to `high`, both included. Whole numbers are written in decimal digits; others also as 1e-3.
  template <class T>
    requires(std::integral<T> || std::floating_point<T>)
  options& number(std::string name, T& value, T low, T high, std::string help) {
    const std::string expected = (std::integral<T> ? "a whole number" : "a number") + between(low, high);
    return add({std::move(name), std::integral<T> ? "N" : "X", std::move(help),
                [&value, low, high, expected](std::string_view v) {
                  T read{};
                  const auto [end, wrong] = std::from_chars(v.data(), v.data() + v.size(), read);
                  if (wrong != std::errc{} || end != v.data() + v.size() || !(read >= low && read <= high))
                    return expected;
                  return value = read, std::string();
                },
                [&value] { return genet::json::value(value); }});
  }

  options& flag(std::string name, bool& value, std::string help) {
    return add({std::move(name), "", std::move(help),
                [&value](std::string_view) { return value = true, std::string(); },
                [&value] { return genet::json::value(value); }});
  }

  /// Takes back an option that means nothing to a program; `others` are spelled in the message to who gives it.
  options& instead_of(const std::string& name, const std::string& others) {
    const auto taken = std::erase_if(all_, [&](const option& o) { return o.name == name; });
    common_count_ -= taken;
    return replaced_.emplace_back(name, others), *this;
  }

  /// What an option of every program is to this one.
  options& meaning(const std::string& name, std::string placeholder, std::string help) {
    const auto known = std::find_if(all_.begin(), all_.end(), [&](const option& o) { return o.name == name; });
    known->placeholder = std::move(placeholder);
    known->help = std::move(help);
    return *this;
  }

  /// `--name value`, `--name=value` and `--flag`; of several the last counts. Throws usage_error, which says what
  /// was expected, and help_requested. Nothing is promised of the variables after an error.
  void read(int argc, const char* const* argv) {
    for (int i = 1; i < argc; ++i) {
      std::string_view word = argv[i];
      if (word == "--help" || word == "-h") throw help_requested{help()};
      if (!word.starts_with("--"))
        throw genet::usage_error("unexpected argument '" + std::string(word) + "'; options begin with --");
      const auto equals = word.find('=');
      const std::string name(word.substr(2, equals == word.npos ? word.npos : equals - 2));
      const auto known = std::find_if(all_.begin(), all_.end(), [&](const option& o) { return o.name == name; });
      for (const auto& [gone, others] : replaced_)
        if (gone == name) throw genet::usage_error("--" + name + ": use " + others + " instead");
      if (known == all_.end()) {
        std::vector<std::string> names{"--help"};
        for (const auto& o : all_) names.push_back("--" + o.name);
        throw genet::usage_error("unknown option '--" + name + "'" + suggestion("--" + name, names));
      }
      std::string_view value;
      if (known->placeholder.empty()) {
        if (equals != word.npos)
          throw genet::usage_error("--" + name + " takes no value; found '" + std::string(word.substr(equals + 1)) +
                                   "'");
      } else if (equals != word.npos) {
        value = word.substr(equals + 1);
      } else if (++i < argc) {
        value = argv[i];
      } else {
        throw genet::usage_error("--" + name + " needs a value: " + known->placeholder);
      }
      if (const auto expected = known->set(value); !expected.empty())
        throw genet::usage_error("--" + name + " '" + std::string(value) + "': expected " + expected);
    }
  }

  std::string help() const {
    std::string t = purpose_ + "\n\nUsage: " + name_ + " [options]\n";
    std::size_t width = std::string_view("--help").size();
    for (const auto& o : all_) width = std::max(width, spelling(o).size());
    const auto line = [&](const std::string& left, const std::string& right) {
      t += "  " + left + std::string(width - left.size() + 2, ' ') + right + "\n";
    };
    const auto describe = [&](const option& o) {
      auto preset = o.value().text();
      preset.pop_back();
      if (preset.size() >= 2 && preset.front() == '"') preset = preset.substr(1, preset.size() - 2);
      line(spelling(o), o.help + (o.placeholder.empty() || preset.empty() ? "" : " [" + preset + "]"));
    };
    if (all_.size() > common_count_) {
      t += "\nOf this program:\n";
      for (std::size_t i = common_count_; i < all_.size(); ++i) describe(all_[i]);
      t += "\nOf every program:\n";
    } else {
      t += "\n";
    }
    for (std::size_t i = 0; i < common_count_; ++i) describe(all_[i]);
    line("--help", "this text");
    return t + "\nExit status: 0 done, 1 training failed, 2 usage, 3 bad input data, 4 input or output,\n"
               "130 or 143 after SIGINT or SIGTERM (saved before; a second SIGINT quits at once).\n";
  }

  /// Every option with its present value, for config.json.
  genet::json::object values() const {
    genet::json::object v;
    for (const auto& o : all_) v.emplace_back(o.name, o.value());
    return v;
  }

 private:
  struct option {
    std::string name, placeholder, help;  ///< no placeholder: a flag
    std::function<std::string(std::string_view)>
        set;  ///< returns what it expected, or nothing when it took the value
    std::function<genet::json::value()> value;
  };

  options& add(option o) {
    all_.push_back(std::move(o));
    return *this;
  }

  static std::string spelling(const option& o) {
    return "--" + o.name + (o.placeholder.empty() ? "" : " " + o.placeholder);
  }

  template <class T>
  static std::string between(T low, T high) {
    const auto shown = [](T v) {
      std::array<char, 32> t{};
      return std::string(t.data(), std::to_chars(t.data(), t.data() + t.size(), v).ptr);
    };
    return " from " + shown(low) + " to " + shown(high);
  }

  std::string name_, purpose_;
  std::vector<option> all_;
  std::vector<std::pair<std::string, std::string>> replaced_;
  std::size_t common_count_ = 0;
};

}  // namespace program
