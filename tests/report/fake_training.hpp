#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <genet/train/callback.hpp>

/// A training that only a test drives.
struct fake_training final : genet::training {
  genet::history rows;
  std::string reason, bad_layer;
  std::vector<std::filesystem::path> saved;

  fake_training() : training(rows) {}

  void stop(std::string_view why) override {
    if (reason.empty()) reason = why;
  }
  bool stopping() const override { return !reason.empty(); }
  std::string_view stop_reason() const override { return reason; }
  void save_checkpoint(const std::filesystem::path& file) override { saved.push_back(file); }
  void record(genet::epoch_record) override {}
  void keep_weights() override {}
  bool has_kept_weights() const override { return false; }
  void restore_weights() override {}
  void set_learning_rate(double rate) override { learning_rate = rate; }
  double base_learning_rate() const override { return learning_rate; }
  std::string first_bad_layer() override { return bad_layer; }

  /// One finished epoch with rows of both splits.
  void finish_epoch(double train_loss, double validation_loss) {
    loss = train_loss;
    terms = {{"reconstruction", train_loss - 16}, {"kl", 16}};
    seconds += 1.5;
    rows.add({epoch, "train", seconds, train_loss, terms});
    rows.add({epoch, "validation", seconds, validation_loss, {{"reconstruction", validation_loss - 17}, {"kl", 17}}});
  }
};

/// A directory that is new and goes with the test.
struct temporary_directory {
  std::filesystem::path path;

  explicit temporary_directory(std::string_view name)
      : path(std::filesystem::temp_directory_path() / ("genet_test_" + std::string(name))) {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~temporary_directory() { std::filesystem::remove_all(path); }
};
