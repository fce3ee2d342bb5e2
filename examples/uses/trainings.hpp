#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench.hpp"

namespace uses {

/// Several trainings that make one run: metrics.csv and the report count their epochs through. Each has a checkpoint of
/// its own; a resumed run takes those that are there, and begins anew where there is none.
class trainings final : public genet::training {
 public:
  /// So many epochs in all.
  trainings(bench&, long epochs);

  const program::common& chosen() const { return b_.chosen().o; }

  /// False if the run was interrupted.
  template <class Trainer>
  bool train_by(Trainer& fit, const genet::data::examples& on, long n, const std::string& name) {
    const program::common& o = chosen();
    const auto checkpoint = b_.page().directory().checkpoint(name);
    fit.remember("data", o.data.string()).remember("use", b_.chosen().use).remember("part", name);
    for (auto& c : callbacks(checkpoint)) fit.add(std::move(c));
    if (resumes(checkpoint)) fit.resume_from(checkpoint);
    fit.run(on, genet::epochs{n}, genet::batch{o.batch});
    return ended();
  }
  /// A row of the epoch that was trained last: split `test`.
  void tested(double loss, std::vector<genet::term> terms);
  /// Ends the report's training.
  void end();

  void stop(std::string_view why) override { reason_ = why; }
  bool stopping() const override { return !reason_.empty(); }
  std::string_view stop_reason() const override { return reason_; }
  void record(genet::epoch_record row) override { rows_.add(std::move(row)); }
  // Each training has its own.
  void save_checkpoint(const std::filesystem::path&) override {}
  void keep_weights() override {}
  bool has_kept_weights() const override { return false; }
  void restore_weights() override {}
  void set_learning_rate(double) override {}
  double base_learning_rate() const override { return chosen().learning_rate; }
  std::string first_bad_layer() override { return {}; }

 private:
  std::vector<std::unique_ptr<genet::callback>> callbacks(const std::filesystem::path& checkpoint);
  bool resumes(const std::filesystem::path& checkpoint) const;
  bool ended();
  void begin(genet::training& one);
  void add(const genet::epoch_record& row);

  bench& b_;
  genet::history rows_;
  std::string reason_;
  long epochs_before_ = 0;  // of the trainings that have ended
  double seconds_before_ = 0;
  bool begun_ = false;
};

}  // namespace uses
