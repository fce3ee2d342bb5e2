#pragma once
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "../train/callback.hpp"
#include "numbers.hpp"

namespace genet::inline GENET_ISA {

/// What a progress line tells.
struct progress_facts {
  long epoch = 0, epochs = 0, batch = 0, batches = 0;
  double loss = 0;
  std::vector<term> terms;
  double rate = 0;  ///< examples per second
  double eta = -1;  ///< seconds to the end of the run, negative when unknown
  std::string_view unit = "examples";
};

/// Columns of a terminal that UTF-8 text takes, escape sequences not counted.
inline int columns_of(std::string_view s) {
  int n = 0;
  bool escape = false;
  for (const char c : s) {
    if (c == '\x1b') escape = true;
    else if (escape) escape = c != 'm';
    else n += (c & 0xc0) != 0x80;
  }
  return n;
}

/// `epoch 7/20 ━━━━━━━━╸━━━ 62%  581/938  loss 244.3  kl 16.1  41k images/s  eta 0:00:41`. When `width` columns are
/// too few the first terms go first, then the batches, the rate and the bar. `dim` fades what is left of the bar.
inline std::string progress_line(const progress_facts& f, int width, bool dim = false) {
  constexpr int cells = 12;
  const double part =
      f.batches > 0 ? std::clamp(static_cast<double>(f.batch) / static_cast<double>(f.batches), 0., 1.) : 0.;
  const int done = std::min(cells, static_cast<int>(part * (cells + 1)));
  const auto bar = [&] {
    std::string t = " ";
    for (int i = 0; i < cells; ++i) {
      if (dim && i == done + 1) t += "\x1b[2m";
      t += i == done ? "╸" : "━";
    }
    return t += dim && done + 1 < cells ? "\x1b[0m" : "";
  };
  const auto text = [&](std::size_t without_terms, int left_out) {
    std::string t = "epoch " + std::to_string(f.epoch) + "/" + std::to_string(f.epochs);
    if (left_out < 3) t += bar();
    t += " " + std::to_string(static_cast<int>(part * 100 + .5)) + "%";
    if (left_out < 1) t += "  " + std::to_string(f.batch) + "/" + std::to_string(f.batches);
    t += "  loss " + show_number::brief(f.loss);
    for (std::size_t i = without_terms; i < f.terms.size(); ++i)
      t += "  " + f.terms[i].name + " " + show_number::brief(f.terms[i].value);
    if (left_out < 2) t += "  " + show_number::magnitude(f.rate) + " " + std::string(f.unit) + "/s";
    return t + "  eta " + show_number::clock(f.eta);
  };
  std::size_t without_terms = 0;
  int left_out = 0;
  std::string t = text(0, 0);
  while (columns_of(t) > width && (without_terms < f.terms.size() || left_out < 3)) {
    without_terms < f.terms.size() ? void(++without_terms) : void(++left_out);
    t = text(without_terms, left_out);
  }
  return t;
}

/// Those that this epoch has measured; a batch may be of a kind that has others.
inline std::vector<term> measured_terms(std::vector<term> all) {
  std::erase_if(all, [](const term& t) { return std::isnan(t.value); });
  return all;
}

/// The words of a finished epoch: `epoch 7/20  loss 244.3  reconstruction 228.2  kl 16.1  validation loss 245.0 
/// 41k images/s  0:00:10`.
inline std::string epoch_line(const training& t, std::string_view unit) {
  std::string s =
      "epoch " + std::to_string(t.epoch) + "/" + std::to_string(t.epochs) + "  loss " + show_number::brief(t.loss);
  for (const auto& one : measured_terms(t.terms)) s += "  " + one.name + " " + show_number::brief(one.value);
  for (const auto* split : {"validation", "test"})
    if (const auto* row = t.past.find(t.epoch, split))
      s += "  " + std::string(split) + " loss " + show_number::brief(row->loss);
  return s + "  " + show_number::magnitude(t.examples_per_second) + " " + std::string(unit) + "/s  " +
         show_number::clock(t.seconds);
}

/// Shows on stderr how a training goes. On a terminal: one line, renewed at most ten times a second. Anywhere else,
/// and where CI, NO_COLOR or TERM=dumb is set: one line per epoch. `fit.add(progress{.unit = "images"})`. Keras
/// equivalent: `ProgbarLogger`.
struct progress {
  enum class form { automatic, line, epochs };

  std::string unit = "examples";
  form as = form::automatic;
  int width = 0;                                    ///< columns; 0 asks the terminal
  std::function<void(std::string_view)> sink = {};  ///< takes the text instead of stderr
  std::function<double()> clock = {};               ///< seconds from anywhere instead of the steady clock

  struct {
    bool line = false, drawn = false;
    double began = 0, last = 0;
    long done = 0;  ///< batches of this process
  } now = {};

  void on_run_begin(training&) {
    now = {};
    now.line = as == form::line || (as == form::automatic && on_terminal());
    now.began = seconds();
    now.last = now.began - 1;
  }

  void on_batch_end(training& t) {
    ++now.done;
    if (!now.line) return;
    if (const double s = seconds(); s - now.last >= .1) {
      now.last = s;
      draw(t);
    }
  }

  void on_epoch_end(training& t) {
    if (!now.line) put(epoch_line(t, unit) + "\n");
  }

  void on_run_end(training& t) { finish(t); }
  void on_failure(training& t, std::string_view) { finish(t); }
  std::string_view name() const { return "progress"; }

 private:
  static bool is_set(const char* variable) {
    const char* v = std::getenv(variable);
    return v && *v;
  }
  static bool on_terminal() {
    const char* term = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) && !is_set("CI") && !is_set("NO_COLOR") && term &&
           std::string_view(term) != "dumb";
  }

  double seconds() const {
    return clock ? clock()
                 : std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

  void put(std::string_view text) const {
    if (sink) return sink(text);
    // Progress is not worth failing for: a closed stderr is ignored.
    while (!text.empty()) {
      const auto n = ::write(STDERR_FILENO, text.data(), text.size());
      if (n < 0 && errno != EINTR) return;
      if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void draw(const training& t) {
    int columns = width;
    if (winsize size{}; columns == 0)
      columns = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 100;
    const long left = (t.epochs - t.epoch) * t.batches + t.batches - t.batch;
    const double eta =
        now.done ? (seconds() - now.began) / static_cast<double>(now.done) * static_cast<double>(left) : -1;
    const progress_facts f{t.epoch, t.epochs, t.batch, t.batches, t.loss, measured_terms(t.terms),
                           t.examples_per_second, eta, unit};
    put("\r" + progress_line(f, columns - 1, true) + "\x1b[K");
    now.drawn = true;
  }

  /// The last state stays on the screen, and what follows begins on its own line.
  void finish(const training& t) {
    if (!now.line || !now.drawn) return;
    draw(t);
    put("\n");
    now.drawn = false;
  }
};

}  // namespace genet
