#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <genet/data/examples.hpp>
#include <genet/kernels.hpp>
#include <genet/report/report.hpp>
#include <genet/train/trainer.hpp>

#include "../program/image_run.hpp"
#include "../program/run.hpp"
#include "uses.hpp"

namespace uses {

/// What a report says about a use.
struct description {
  std::string title, declaration, loss_label;
};

/// Data and report of a run: what every use has around its models.
class bench {
 public:
  /// Reads the images of --data.
  bench(const settings&, const description&);

  const settings& chosen() const { return s_; }
  const genet::data::examples& train() const { return images_.train; }
  const genet::data::examples& test() const { return images_.test; }
  const std::vector<std::string>& class_names() const { return names_; }
  genet::report& page() { return page_; }

  /// The measurement on the test images, which ends the report.
  void tested(genet::epoch_record r) { tested_ = std::move(r); }
  void finish(int digits = 3) { program::finish(page_, tested_, digits); }

  /// One number that was measured: a line of stdout, `name value`, and a fact of the report.
  void result(const std::string& name, double value, int digits = 3);

  /// The main training of a run, with progress, report and checkpoints; false if the run was interrupted.
  template <class Trainer>
  bool train_by(Trainer& fit, const genet::data::examples& on) {
    const program::common& o = s_.o;
    fit.remember("data", o.data.string()).remember("use", s_.use);
    for (auto& c : program::watchers(o, page_, {.keep_best = false})) fit.add(std::move(c));
    if (o.resume) fit.resume_from(page_.directory().checkpoint("last"));
    fit.run(on, genet::epochs{o.epochs}, genet::batch{o.batch});
    return !program::interrupted();
  }

 private:
  settings s_;
  program::labelled_images images_;
  std::vector<std::string> names_;
  genet::report page_;
  genet::epoch_record tested_{};
};

/// Lines of a name and some cells; sixty characters fit into a card of the report.
struct table {
  std::size_t name_width, column_width;
  std::string text{};

  void add(std::string name, const std::vector<std::string>& cells);
};

/// The mean of rows of so many numbers: what a missing part is filled with by who knows nothing else.
std::vector<float> mean_row(std::span<const float> rows, long features);

/// A number for a table.
std::string number(double v, int digits = 3);

}  // namespace uses
