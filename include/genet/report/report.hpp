#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../train/callback.hpp"
#include "environment.hpp"
#include "html.hpp"
#include "metrics_file.hpp"
#include "run_directory.hpp"

namespace genet::inline GENET_ISA {

/// What a program may draw into a report.
template <class D>
concept reportable = std::same_as<D, image> || std::same_as<D, svg::drawing> || std::convertible_to<D, std::string>;

/// When a picture of a report is drawn: after every epoch (and at the end), or only at the end.
enum class drawn { each_epoch, at_end };

/// Writes a run directory: metrics.csv, config.json, environment.json, sample pictures and report.html, which is
/// renewed after every epoch. A handle: copies are the same report, so that the program adds to it while the
/// trainer holds a copy.
///
///     report page{"runs/clothes"};
///     page.title("clothes").samples([&] { return grid<10, 10>(m.sample(100)); });
///     fit.add(page);
///
/// Files change from the beginning of the training on, not before. Errors: `io_error`, `bad_input` (a damaged
/// metrics.csv).
class report : public callback {
 public:
  explicit report(std::filesystem::path directory) : r_(std::make_shared<content>(std::move(directory))) {}

  const run_directory& directory() const { return r_->run; }

  report& title(std::string t) { return r_->page.title = std::move(t), *this; }
  report& subtitle(std::string t) { return r_->page.subtitle = std::move(t), *this; }
  /// The model's type as declared.
  report& model(std::string spelling) { return r_->page.model = std::move(spelling), *this; }
  /// A line of the table of facts; the same name again replaces its value.
  report& fact(std::string_view name, std::string value) {
    set(r_->facts, name, std::move(value));
    return *this;
  }
  /// What becomes config.json: every resolved option.
  report& config(json::object options) { return r_->config = std::move(options), *this; }
  report& threads(int n) { return r_->threads = n, *this; }
  /// What one step takes, for the table: `images`.
  report& unit(std::string u) { return r_->unit = std::move(u), *this; }
  /// What the loss is, for the chart: `negative ELBO, nats per example`.
  report& loss_label(std::string words) { return r_->loss_label = std::move(words), *this; }

  /// One chart for several values, which then have none of their own: `chart("Losses", {"loss", "generator"})`. A name
  /// that no row has draws nothing. The chart with the loss is the large one; the one number of a test is left out.
  report& chart(std::string title, std::vector<std::string> names) {
    r_->charts.emplace_back(std::move(title), std::move(names));
    return *this;
  }

  /// The terms that metrics.csv has as columns, where those of the first row are not all or too many: other terms are
  /// in the charts only.
  report& columns(std::vector<std::string> terms) { return r_->columns = std::move(terms), *this; }

  /// A picture after every epoch, which goes to samples/epoch_0001.png and into the report's slider.
  report& samples(std::function<image()> draw) { return r_->samples = std::move(draw), *this; }

  /// A titled part with what `draw()` returns: an `image`, an `svg::drawing` or text. Parts stand in the order of
  /// their addition.
  template <std::invocable D>
    requires reportable<std::invoke_result_t<D>>
  report& picture(std::string title, std::string caption, D draw, drawn when = drawn::at_end) {
    r_->pictures.push_back({[=] { return html::picture(title, caption, draw()); }, when, {}});
    return *this;
  }
  /// A part that is there already; call `write` when the training is over.
  template <reportable D>
  report& picture(std::string title, std::string caption, const D& finished) {
    r_->pictures.push_back({{}, drawn::at_end, html::picture(std::move(title), std::move(caption), finished)});
    return *this;
  }

  /// A failure, shown in red at the top.
  report& failure(std::string what) { return r_->page.failures.push_back(std::move(what)), *this; }

  /// One more row of metrics.csv and of the charts, as a program measures it after the training: split `test`.
  report& row(epoch_record measured) {
    if (!r_->metrics) open_metrics(true, measured.epoch + 1);
    if (!r_->metrics->has(measured.epoch, measured.split)) r_->metrics->append(measured);
    r_->extra.push_back(std::move(measured));
    return *this;
  }

  /// Writes report.html as it stands.
  void write() {
    auto& r = *r_;
    html::page p = r.page;
    p.facts = r.facts;
    p.charts = charts();
    for (const auto& one : r.pictures)
      if (one.ready) p.sections.push_back(*one.ready);
    const std::string text = html::render(std::move(p));
    io::write_atomically(r.run.report(), text);
  }

  void on_run_begin(training& t) override {
    begin(t);
    write();
  }

  void on_epoch_end(training& t) override {
    auto& r = *r_;
    r.past = t.past;
    append_rows();
    if (r.samples) {
      auto file = png::bytes(r.samples());
      io::write_atomically(r.run.sample(t.epoch), file);
      r.page.samples[t.epoch] = std::move(file);
    }
    draw(drawn::each_epoch);
    tell_speed(t, t.epoch - r.here_first + 1);
    state(html::page::state::running, t.epoch < t.epochs
                                          ? "epoch " + std::to_string(t.epoch + 1) + " of " + std::to_string(t.epochs)
                                          : "finishing");
    write();
  }

  void on_run_end(training& t) override {
    if (!r_->begun) begin(t);  // a run that had nothing left to do
    draw(drawn::each_epoch);
    draw(drawn::at_end);
    const std::string time = show_number::duration(t.seconds);
    if (t.stopping())
      state(html::page::state::stopped,
            "stopped in epoch " + std::to_string(t.epoch) + ": " + std::string(t.stop_reason()));
    else
      state(html::page::state::done,
            std::to_string(t.epochs) + (t.epochs == 1 ? " epoch in " : " epochs in ") + time);
    write();
  }

  void on_failure(training& t, std::string_view what) override {
    failure(std::string(what));
    state(html::page::state::failed, "failed in epoch " + std::to_string(t.epoch));
    try {
      write();
    } catch (const error&) {
      // What made the training fail is more important than a page that cannot be written, and is on its way to the
      // caller.
    }
  }

  std::string_view name() const override { return "report"; }

 private:
  struct part {
    std::function<html::section()> draw;
    drawn when;
    std::optional<html::section> ready;
  };
  using named_values = std::vector<std::pair<std::string, std::string>>;

  struct content {
    explicit content(std::filesystem::path directory) : run(std::move(directory)) {}

    run_directory run;
    html::page page;
    named_values facts;
    json::object config;
    std::optional<metrics_file> metrics;
    history past;
    std::vector<epoch_record> extra;
    std::vector<std::pair<std::string, std::vector<std::string>>> charts;
    std::vector<std::string> columns;
    std::function<image()> samples;
    std::vector<part> pictures;
    std::string unit = "examples", loss_label = "loss";
    int threads = 1;
    bool begun = false;
    long here_first = 1;    // epoch and time at which this process began
    double here_began = 0;
  };

  static void set(named_values& all, std::string_view name, std::string value) {
    for (auto& [known, old] : all)
      if (known == name) return void(old = std::move(value));
    all.emplace_back(name, std::move(value));
  }

  void begin(training& t) {
    auto& r = *r_;
    r.begun = true;
    r.past = t.past;
    const long next = t.resumed ? finished_epochs(t.past) + 1 : 1;
    r.run.forget_from(next);
    open_metrics(t.resumed, next);
    append_rows();
    for (const auto& [epoch, file] : r.run.samples()) {
      std::ifstream in(file, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      const auto view = std::as_bytes(std::span{bytes});
      r.page.samples[epoch].assign(view.begin(), view.end());
    }
    const auto here = environment::here(r.threads);
    r.run.write_environment(here.json());
    if (!r.config.empty()) r.run.write_config(r.config);
    r.page.summary = t.summary;
    fact("Instruction set", here.isa);
    fact("Threads", std::to_string(r.threads));
    fact("Processor", here.processor);
    fact("Compiler", here.compiler);
    fact("Started", here.started.substr(0, 10) + " " + here.started.substr(11, 5) + " UTC");
    state(html::page::state::running,
          "epoch " + std::to_string(std::min(next, t.epochs)) + " of " + std::to_string(t.epochs));
    r.here_began = t.seconds;
    r.here_first = next;
  }

  void open_metrics(bool resume, long epoch) {
    const auto path = r_->run.metrics();
    r_->metrics.emplace(resume ? metrics_file::resume(path, epoch, r_->columns)
                                : metrics_file::create(path, r_->columns));
  }

  void append_rows() {
    for (const auto& row : r_->past.rows())
      if (!r_->metrics->has(row.epoch, row.split)) r_->metrics->append(row);
  }

  void draw(drawn when) {
    for (auto& one : r_->pictures)
      if (one.draw && one.when == when) one.ready = one.draw();
  }

  void state(html::page::state s, std::string words) {
    r_->page.now = s;
    r_->page.status = std::move(words);
  }

  void tell_speed(const training& t, long epochs_here) {
    if (epochs_here > 0)
      fact("Time per epoch", show_number::duration((t.seconds - r_->here_began) / static_cast<double>(epochs_here)));
    fact("Speed", show_number::magnitude(t.examples_per_second) + " " + r_->unit + " / s");
  }

  /// One chart for the loss, one for each term that shares none, each with a line per split.
  std::vector<html::section> charts() const {
    std::vector<epoch_record> rows = r_->past.rows();
    for (const auto& row : r_->extra)
      if (!r_->past.find(row.epoch, row.split)) rows.push_back(row);
    std::vector<std::string> names{"loss"};
    for (const auto& row : rows)
      for (const auto& t : row.terms)
        if (std::find(names.begin(), names.end(), t.name) == names.end()) names.push_back(t.name);
    std::vector<std::pair<std::string, std::vector<std::string>>> all;
    for (const auto& n : names) {
      const auto shared = std::find_if(r_->charts.begin(), r_->charts.end(), [&](const auto& c) {
        return std::find(c.second.begin(), c.second.end(), n) != c.second.end();
      });
      if (shared == r_->charts.end()) all.push_back({n == "loss" ? r_->loss_label : n, {n}});
      else if (std::find(all.begin(), all.end(), *shared) == all.end()) all.push_back(*shared);
    }
    std::vector<html::section> out;
    for (const auto& [title, together] : all) {
      std::vector<svg::series> lines;
      for (const auto* split : {"train", "validation", "test"})
        for (const auto& n : together) {
          if (together.size() > 1 && split == std::string_view("test")) continue;
          auto s = line_of(rows, n, split);
          if (together.size() > 1) s.name = s.name == "train" ? n : n + ", " + s.name;
          if (!s.x.empty()) lines.push_back(std::move(s));
        }
      const bool main = out.empty();
      const auto measured = [](const svg::series& s) {
        return std::any_of(s.y.begin(), s.y.end(), [](double v) { return !std::isnan(v); });
      };
      if (!main && std::none_of(lines.begin(), lines.end(), measured)) continue;  // not in this phase of the training
      out.push_back(html::picture(title, "",
                                  svg::curves(lines, {.width = main ? 440 : 250, .height = main ? 260 : 185})));
    }
    return out;
  }

  static svg::series line_of(const std::vector<epoch_record>& rows, const std::string& name, const char* split) {
    svg::series s{split, {}, {}, false};
    for (const auto& row : rows) {
      if (row.split != split) continue;
      const auto t = std::find_if(row.terms.begin(), row.terms.end(), [&](const term& one) { return one.name == name; });
      if (name != "loss" && t == row.terms.end()) continue;
      s.x.push_back(static_cast<double>(row.epoch));
      s.y.push_back(name == "loss" ? row.loss : t->value);
    }
    return s;
  }

  std::shared_ptr<content> r_;
};

}  // namespace genet
