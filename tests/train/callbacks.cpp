#include <genet/train/callbacks.hpp>

#include <doctest/doctest.h>

#include <vector>

#include "fixture.hpp"

using namespace genet;

namespace {

// A trainer without a model: what callbacks ask for is written down. Its "weights" are the number of the epoch.
struct fake_training final : training {
  history rows;
  std::string reason;
  std::vector<std::string> files;
  long weights = 0, kept = 0;
  double base = 0.1;
  std::string bad;

  fake_training() : training(rows) { epochs = 100; }
  void stop(std::string_view why) override { reason = why; }
  bool stopping() const override { return !reason.empty(); }
  std::string_view stop_reason() const override { return reason; }
  void save_checkpoint(const std::filesystem::path& file) override { files.push_back(file.filename().string()); }
  void record(epoch_record) override {}
  void keep_weights() override { kept = weights; }
  bool has_kept_weights() const override { return kept != 0; }
  void restore_weights() override { weights = kept; }
  void set_learning_rate(double rate) override { base = rate; }
  double base_learning_rate() const override { return base; }
  std::string first_bad_layer() override { return bad; }

  void finish_epoch(callback& c, double value) {
    weights = ++epoch;
    rows.add({epoch, "train", 0, value, {{"kl", -value}}});
    c.on_epoch_end(*this);
  }
};

// Runs the values through a callback, saved and loaded into a new one after `cut` epochs.
template <class C>
void run(fake_training& t, const C& fresh, const std::vector<double>& values, std::size_t cut = 1000) {
  auto c = as_callback(fresh);
  for (std::size_t i = 0; i < values.size() && !t.stopping(); ++i) {
    if (i == cut) {
      io::tensor_file file;
      c->save(file, "callback.0");
      const auto bytes = file.bytes();
      c = as_callback(fresh);
      c->load(io::tensor_file::parse(bytes, "checkpoint"), "callback.0");
    }
    t.finish_epoch(*c, values[i]);
  }
  c->on_run_end(t);
}

}  // namespace

TEST_CASE("early_stopping: patience counts epochs without improvement, whether or not the run was resumed") {
  const std::vector<double> values{5, 4, 3, 3.5, 2.95, 3.1, 3.2, 3.3, 1};
  for (std::size_t cut = 0; cut <= values.size(); ++cut) {
    fake_training t;
    run(t, early_stopping{.patience = 3}, values, cut);
    CHECK(t.epoch == 8);
    CHECK(t.reason == "early stopping: loss has not improved since epoch 5");
    CHECK(t.weights == 8);

    fake_training margin;
    run(margin, early_stopping{.patience = 3, .min_delta = 0.1, .restore_best_weights = true}, values, cut);
    CHECK(margin.epoch == 6);
    CHECK(margin.weights == 3);
  }
}

TEST_CASE("early_stopping: other monitors, higher is better, best weights at a run's own end, NaN") {
  fake_training t;
  run(t, early_stopping{.monitor = "train.kl", .mode = better::higher, .patience = 2, .restore_best_weights = true},
      {5, 3, 4});
  CHECK(t.reason.empty());
  CHECK(t.weights == 2);

  fake_training nan;
  run(nan, early_stopping{.patience = 2}, {std::nan(""), 3, std::nan(""), std::nan(""), 1});
  CHECK(nan.epoch == 4);

  fake_training misspelt;
  CHECK_THROWS_AS(run(misspelt, early_stopping{.monitor = "val_loss"}, {1}), usage_error);
}

TEST_CASE("model_checkpoint: best and last") {
  const auto directory = std::filesystem::temp_directory_path() / "genet_callbacks_test" / "deep";
  std::filesystem::remove_all(directory.parent_path());
  fake_training t;
  t.epochs = 5;
  const model_checkpoint both{.directory = directory, .every = 2};
  as_callback(both)->on_run_begin(t);
  CHECK(std::filesystem::is_directory(directory));
  std::filesystem::remove_all(directory.parent_path());

  using list = std::vector<std::string>;
  const std::string best = "best.safetensors", last = "last.safetensors";
  for (std::size_t cut = 0; cut < 6; ++cut) {
    fake_training again;
    again.epochs = 5;
    run(again, both, {5, 6, 4, 4, 7}, cut);
    CHECK(again.files == list{best, last, best, last, last});
  }
  fake_training only;
  run(only, model_checkpoint{.save_best_only = true}, {5, 6, 4});
  CHECK(only.files == list{best, best});

  CHECK_THROWS_AS(as_callback(model_checkpoint{.every = 0})->on_run_begin(t), usage_error);
  fake_training file;
  CHECK_THROWS_AS(as_callback(model_checkpoint{.directory = "/proc/version/x"})->on_run_begin(file), io_error);
}

TEST_CASE("reduce_on_plateau is PyTorch's ReduceLROnPlateau, whether or not the run was resumed") {
  const auto torch = io::tensor_file::read("tests/fixtures/torch/schedules.safetensors");
  const auto check = [&](const std::string& name, const reduce_on_plateau& rule) {
    CAPTURE(name);
    const auto values = torch.get<double>(name + "/metric"), expected = torch.get<double>(name + "/rate");
    for (std::size_t cut = 0; cut < values.size(); ++cut) {
      fake_training t;
      std::vector<double> found;
      auto c = as_callback(rule);
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (i == cut) {
          io::tensor_file file;
          c->save(file, "x");
          c = as_callback(rule);
          c->load(file, "x");
        }
        t.finish_epoch(*c, values[i]);
        found.push_back(t.base);
      }
      CHECK(difference(found, expected) < 1e-14);
      CHECK(found.front() != found.back());
    }
  };
  check("reduce_on_plateau_default", {.patience = 2});
  check("reduce_on_plateau_absolute", {.factor = 0.5, .patience = 1, .threshold = 0.5, .relative = false});
  check("reduce_on_plateau_relative", {.factor = 0.5, .patience = 1, .threshold = 0.2});
  check("reduce_on_plateau_cooldown", {.factor = 0.5, .patience = 1, .cooldown = 3, .floor = 0.02});
  check("reduce_on_plateau_higher", {.mode = better::higher, .factor = 0.3, .patience = 2});
}

TEST_CASE("reduce_on_plateau: of negative values, a slightly worse one is no improvement") {
  fake_training t;
  run(t, reduce_on_plateau{.patience = 1, .threshold = 0.1}, {-396, -395, -396.5});
  CHECK(t.base == doctest::Approx(0.01));
}

TEST_CASE("callbacks refuse a resume under other options, with their names") {
  io::tensor_file file;
  early_stopping{.patience = 3}.save(file, "callback.2");
  early_stopping same{.patience = 3};
  same.load(file, "callback.2");
  early_stopping other{.patience = 4};
  CHECK_THROWS_WITH_AS(other.load(file, "callback.2"),
                       "callback.2.patience is 4, but the run to be resumed had 3", usage_error);
  CHECK_THROWS_AS(early_stopping{.monitor = "kl"}.load(file, "callback.2"), usage_error);
  CHECK_THROWS_AS(reduce_on_plateau{}.load(file, "callback.2"), bad_input);
  CHECK_THROWS_AS(same.load(file, "callback.1"), bad_input);
  CHECK_THROWS_AS(same.load(io::tensor_file{}, "callback.2"), bad_input);
}

TEST_CASE("terminate_on_nan names the layer") {
  fake_training t;
  t.epoch = 3;
  t.batch = 12;
  t.step = 99;
  t.batch_loss = 1;
  const auto c = as_callback(terminate_on_nan{});
  c->on_batch_end(t);
  t.bad = "layer 2 of 5 of decoder, dense<784>: output";
  t.batch_loss = std::nan("");
  CHECK_THROWS_WITH_AS(c->on_batch_end(t),
                       "epoch 3, batch 12, step 99: the loss is nan; the first value that is not finite: "
                       "layer 2 of 5 of decoder, dense<784>: output",
                       training_error);
  t.batch_loss = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(c->on_batch_end(t), training_error);
}

TEST_CASE("lambda: functions as hooks") {
  fake_training t;
  std::string log;
  const auto c = as_callback(lambda{.on_run_begin = [&](training&) { log += "begin "; },
                                    .on_batch_end = [&](training& now) { log += std::to_string(now.batch) + " "; },
                                    .on_failure = [&](training&, std::string_view why) { log += why; }});
  c->on_run_begin(t);
  t.batch = 7;
  c->on_epoch_begin(t);
  c->on_batch_end(t);
  c->on_epoch_end(t);
  c->on_failure(t, "broken");
  CHECK(log == "begin 7 broken");
  CHECK(c->name() == "lambda");
}
