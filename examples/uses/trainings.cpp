#include "trainings.hpp"

#include <genet/report/progress.hpp>
#include <genet/train/callbacks.hpp>

namespace uses {

using namespace genet;

trainings::trainings(bench& b, long n) : training(rows_), b_(b) { epochs = n; }

std::vector<std::unique_ptr<callback>> trainings::callbacks(const std::filesystem::path& checkpoint) {
  std::vector<std::unique_ptr<callback>> all;
  all.push_back(as_callback(terminate_on_nan{}));
  if (!chosen().quiet) all.push_back(as_callback(progress{.unit = "images"}));
  all.push_back(as_callback(lambda{
      .on_run_begin = [this](training& t) { begin(t); },
      .on_epoch_end =
          [this, checkpoint](training& t) {
            t.save_checkpoint(checkpoint);
            examples_per_second = t.examples_per_second;
            add(*t.past.last("train"));
            b_.page().on_epoch_end(*this);
          },
      .on_failure = [this](training&, std::string_view what) { b_.page().on_failure(*this, what); }}));
  all.push_back(as_callback(program::stop_on_signal{checkpoint}));
  return all;
}

bool trainings::resumes(const std::filesystem::path& checkpoint) const {
  // Of a run that never saved anything there is nothing to resume: the trainer will say so.
  return chosen().resume && (!begun_ || std::filesystem::exists(checkpoint));
}

void trainings::begin(training& one) {
  if (!begun_) {
    summary = one.summary;
    if (!chosen().resume) b_.page().directory().forget_checkpoints();
    b_.page().on_run_begin(*this);
  }
  begun_ = true;
  for (const epoch_record& row : one.past.split("train")) {
    add(row);
    b_.page().row(rows_.rows().back());
  }
}

void trainings::add(const epoch_record& row) {
  epoch = epochs_before_ + row.epoch;
  seconds = seconds_before_ + row.seconds;
  loss = row.loss;
  terms = row.terms;
  record({epoch, row.split, seconds, loss, terms});
}

bool trainings::ended() {
  epochs_before_ = epoch;
  seconds_before_ = seconds;
  if (!program::interrupted()) return true;
  stop(program::received_signal == SIGINT ? "SIGINT" : "SIGTERM");
  end();
  return false;
}

void trainings::tested(double measured, std::vector<term> parts) {
  b_.page().row({epoch, "test", seconds, measured, std::move(parts)});
}

void trainings::end() { b_.page().on_run_end(*this); }

}  // namespace uses
