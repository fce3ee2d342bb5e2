#include "bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <utility>

#include <genet/inference/paired_comparison.hpp>
#include <genet/io/npz.hpp>
#include <genet/report/environment.hpp>
#include <genet/report/html.hpp>
#include <genet/report/run_directory.hpp>
#include <genet/report/search_report.hpp>
#include <genet/train/callbacks.hpp>

#include "../program/image_run.hpp"
#include "../program/run.hpp"

namespace searches {

using namespace genet;

struct bench::pages {
  run_directory run;
  std::filesystem::path kept;  // of a training each: losses of images
  std::string score;
  html::page page{};
  std::unique_ptr<search_file> file{};

  void write() { io::write_atomically(run.report(), html::render(page)); }
  void now(html::page::state state, std::string words) {
    page.now = state;
    page.status = std::move(words);
    write();
  }
};

bench::bench(const settings& s, const description& about, search_space space) : s_(s), space_(std::move(space)) {
  auto images = program::read_images(s.o, shape_of({1, 28, 28}), 0);
  if (s.images > 0) images.train = data::first(images.train, s.images);
  auto parts = data::split(images.train, s.validation, s.o.seed);
  if (parts.validation.count < 2)
    throw usage_error("--validation leaves " + std::to_string(parts.validation.count) + " images, expected at least 2");
  train_ = std::move(parts.train);
  validation_ = std::move(parts.validation);
  test_ = std::move(images.test);

  pages_ = std::make_unique<pages>(run_directory(s.o.out), std::filesystem::path(s.o.out) / "losses", about.score);
  pages& p = *pages_;
  const auto trials = p.run.path() / "trials.csv";
  if (!s.o.resume) {  // a later --resume would take what is old for its own
    p.run.forget_from(1);
    std::filesystem::remove(trials);
    std::filesystem::remove_all(p.kept);
    p.run.forget_checkpoints();
  }
  std::filesystem::create_directories(p.kept);
  p.file = std::make_unique<search_file>(trials, space_);
  const auto here = environment::here(s.o.threads);
  p.run.write_environment(here.json());
  p.run.write_config(s.config);
  p.page.title = about.title;
  p.page.subtitle = "score: " + about.score;
  p.page.model = about.declaration;
  p.page.facts = {{"Data", s.o.data.string()},
                  {"Images", std::to_string(train_.count) + " to train, " + std::to_string(validation_.count) +
                                 " to validate, " + std::to_string(test_.count) + " to test"},
                  {"Strategy", s.strategy},
                  {"Seeds", std::to_string(s.seeds) + " from " + std::to_string(s.o.seed)},
                  {"Workers", std::to_string(s.workers)},
                  {"Instruction set", here.isa},
                  {"Processor", here.processor}};
  p.now(html::page::state::running, "begun");
}

bench::~bench() = default;

search_watch bench::watch() {
  return {.finished = pages_->file->runs(),
          .on_run =
              [this](const search_run& r) {
                pages_->file->add(r);
                if (r.failed())
                  pages_->page.failures.push_back("candidate " + std::to_string(r.number) + ": " + r.failure);
                if (!s_.o.quiet)
                  std::fprintf(stderr, "candidate %ld, %ld epochs, seed %llu: %s, %.1f s\n", r.number, r.budget,
                               static_cast<unsigned long long>(r.seed),
                               r.failed() ? r.failure.c_str() : show_number::fixed(r.score, 3).c_str(), r.seconds);
                pages_->now(html::page::state::running, std::to_string(pages_->file->runs().size()) + " trainings");
              },
          .stop = [] { return program::interrupted(); }};
}

std::filesystem::path bench::checkpoint(const candidate& c) const {
  return pages_->run.checkpoint(std::to_string(c.number) + "_" + std::to_string(c.seed));
}

std::filesystem::path bench::begun(const candidate& c) const {
  const auto path = checkpoint(c);
  return std::filesystem::exists(path) ? path : std::filesystem::path{};
}

std::vector<std::unique_ptr<callback>> bench::callbacks(const candidate& c) const {
  const auto path = checkpoint(c);
  std::vector<std::unique_ptr<callback>> all;
  all.push_back(as_callback(terminate_on_nan{}));
  all.push_back(as_callback(lambda{.on_epoch_end = [path](training& t) { t.save_checkpoint(path); }}));
  all.push_back(as_callback(program::stop_on_signal{path}));
  return all;
}

std::filesystem::path bench::losses(long number, long budget, std::uint64_t seed) const {
  return pages_->kept /
         (std::to_string(number) + "_" + std::to_string(budget) + "_" + std::to_string(seed) + ".npz");
}

double bench::keep(const candidate& c, std::span<const double> validation, std::span<const double> test) const {
  io::npz_file file;
  file.add("validation", {static_cast<long>(validation.size())}, validation);
  file.add("test", {static_cast<long>(test.size())}, test);
  file.write(losses(c.number, c.budget, c.seed));
  return std::accumulate(validation.begin(), validation.end(), 0.) / static_cast<double>(validation.size());
}

std::vector<double> bench::test_losses(const search_trial& t) const {
  std::vector<double> sum(static_cast<std::size_t>(test_.count));
  for (long s = 0; s < s_.seeds; ++s) {
    const auto file = io::npz_file::read(losses(t.number, t.budget, s_.o.seed + static_cast<std::uint64_t>(s)));
    const auto each = file.get<double>("test", {test_.count});
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += each[i] / static_cast<double>(s_.seeds);
  }
  return sum;
}

std::vector<bench::group> bench::against_best(const search_result& r) {
  // Candidates with the largest budget that any got.
  const auto order = r.ranking();
  group all{"Compared with the best", {}};
  for (const std::size_t i : order)
    if (std::isfinite(r.trials[i].score) && r.trials[i].budget == r.trials[order[0]].budget) all.trials.push_back(i);
  return {all};
}

std::string bench::show_type(const search_trial& t) const { return show_value(space_.parameters()[0], t.values[0]); }

void bench::finish(const search_result& r, const std::vector<group>& groups, const std::vector<std::string>& names) {
  pages& p = *pages_;
  if (!r.complete) {
    p.now(html::page::state::stopped, "stopped after " + std::to_string(p.file->runs().size()) + " trainings");
    return;
  }
  const std::string ranking = search_table(r, space_);
  std::printf("%s", ranking.c_str());
  p.page.sections.clear();
  p.page.sections.push_back(html::picture("Ranking", "By " + p.score + " on the validation images.", ranking));
  for (const group& g : groups) {
    if (g.trials.empty()) continue;
    std::size_t width = 0;
    for (const std::size_t i : g.trials) width = std::max(width, names[i].size());
    const auto padded = [&](std::string name) { return name + std::string(width - name.size(), ' '); };
    std::string text = padded("") + "     test     gain +- error         p\n";
    std::vector<svg::dot> dots;
    const std::vector<double> first = test_losses(r.trials[g.trials[0]]);
    for (const std::size_t i : g.trials) {
      const auto own = test_losses(r.trials[i]);
      const auto c = inference::compare(first, own);
      const double mean = std::accumulate(own.begin(), own.end(), 0.) / static_cast<double>(own.size());
      char line[80];
      if (i == g.trials[0])
        std::snprintf(line, sizeof line, " %8.3f\n", mean);
      else if (c.p_value < 1e-99)
        std::snprintf(line, sizeof line, " %8.3f %8.3f +- %.3f   < 1e-99\n", mean, c.difference, c.standard_error);
      else
        std::snprintf(line, sizeof line, " %8.3f %8.3f +- %.3f %9.1e\n", mean, c.difference, c.standard_error,
                      c.p_value);
      text += padded(names[i]) + line;
      dots.push_back({names[i], c.difference, i == g.trials[0] ? 0 : 1.96 * c.standard_error});
    }
    std::printf("%s\n%s", g.title.c_str(), text.c_str());
    p.page.sections.push_back(html::picture(
        g.title,
        "Mean loss of the test images, and what is gained over the first, image by image, with its standard error and "
        "the p value.",
        text));
    if (dots.size() > 1)
      p.page.sections.push_back(
          html::picture(g.title + ", 95 %", "", svg::dot_chart(dots, "gain on the test images")));
  }
  for (const hyper_parameter& q : space_.parameters())
    if (q.how != hyper_parameter::kind::choice || groups.empty())
      p.page.sections.push_back(html::picture("Score by " + q.name, "", search_plot(r, space_, q.name)));
  p.now(html::page::state::done, std::to_string(p.file->runs().size()) + " trainings");
  std::printf("report %s\n", p.run.report().string().c_str());
}

}  // namespace searches
