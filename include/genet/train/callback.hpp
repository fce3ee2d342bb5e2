#pragma once
#include <concepts>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "history.hpp"

namespace genet::inline GENET_ISA::io {
class tensor_file;
}

namespace genet::inline GENET_ISA {

/// What a callback sees of a running training and what it may ask for. The trainer implements it.
struct training {
  long epoch = 0;    ///< the epoch in progress, from 1; 0 before the first
  long epochs = 0;   ///< how many were asked for
  long batch = 0;    ///< batches finished in this epoch
  long batches = 0;  ///< batches of one epoch
  long step = 0;     ///< optimiser steps since the run began, those of earlier processes included
  long first_epoch = 1;        ///< epoch with which this process began; above 1 after a resume
  bool resumed = false;        ///< this process continues a checkpoint: `past` already holds the finished epochs
  double learning_rate = 0;    ///< of the step just done (before the first step: of the step to come)
  double loss = 0;             ///< running mean over this epoch's examples
  double batch_loss = 0;       ///< of the batch just done
  std::vector<term> terms;     ///< running means of the parts of the loss, in the model's order
  double examples_per_second = 0;
  double seconds = 0;          ///< since the run began, earlier processes included
  std::string_view summary;    ///< the model's table, made at compile time
  const history& past;         ///< finished epochs; in on_epoch_end the epoch just finished is its last rows

  explicit training(const history& rows) : past(rows) {}
  training(const training&) = delete;
  training& operator=(const training&) = delete;
  virtual ~training() = default;

  /// Ends the run after the batch (from on_batch_end) or the epoch (from on_epoch_end). The first reason is kept.
  virtual void stop(std::string_view reason) = 0;
  virtual bool stopping() const = 0;
  virtual std::string_view stop_reason() const = 0;

  /// Asks for a checkpoint. The trainer writes it when every callback has seen the present hook, so that it holds the
  /// state of all of them; several requests for one path write once. What is asked for after an epoch's last batch is
  /// written at the end of that epoch.
  virtual void save_checkpoint(const std::filesystem::path& file) = 0;

  /// Adds a row to the history: what a callback has measured itself, under a split of its own such as "test".
  virtual void record(epoch_record row) = 0;

  /// Copies parameters and state aside (one slot; saved in checkpoints), and brings the copy back.
  virtual void keep_weights() = 0;
  virtual bool has_kept_weights() const = 0;
  virtual void restore_weights() = 0;

  /// The rate from which the schedule starts; saved in checkpoints. Takes effect with the next step.
  virtual void set_learning_rate(double rate) = 0;
  virtual double base_learning_rate() const = 0;

  /// The first place (in the order of execution) whose output, gradient or parameter is not finite, as in
  /// "layer 3 of 5 of decoder, dense<784>: output"; empty when all are finite.
  virtual std::string first_bad_layer() = 0;
};

/// The hooks of a run, in the order of their calls. Derive from it, or write any struct that has some of the hooks
/// without a base: `as_callback` takes both.
struct callback {
  virtual ~callback() = default;
  virtual void on_run_begin(training&) {}
  virtual void on_epoch_begin(training&) {}  ///< not called again for the epoch in which a resumed run begins
  virtual void on_batch_end(training&) {}
  virtual void on_epoch_end(training&) {}  ///< after the validation of this epoch; its rows are in `past`
  virtual void on_run_end(training&) {}    ///< after the last epoch, a stop or an interruption
  virtual void on_failure(training&, std::string_view) {}  ///< instead of on_run_end: an exception with this message

  /// State that must survive a resume goes into a checkpoint under names that begin with `prefix`. `load` refuses
  /// (usage_error naming the option) what was saved under other options.
  virtual void save(io::tensor_file&, std::string_view) const {}
  virtual void load(const io::tensor_file&, std::string_view) {}
  /// Kind for messages and for the names in a checkpoint, e.g. "early_stopping".
  virtual std::string_view name() const { return "callback"; }
};

/// A struct with at least one hook and no base: a user's aggregate with designated initialisers, say.
template <class C>
concept has_hooks = requires(C& c, training& t) { c.on_run_begin(t); } ||
                    requires(C& c, training& t) { c.on_epoch_begin(t); } ||
                    requires(C& c, training& t) { c.on_batch_end(t); } ||
                    requires(C& c, training& t) { c.on_epoch_end(t); } ||
                    requires(C& c, training& t) { c.on_run_end(t); };

template <class C>
concept callback_like = std::derived_from<C, callback> || has_hooks<C>;

/// A struct with some hooks (member functions or std::functions), seen as a callback.
template <has_hooks C>
struct hooked final : callback {
  C own;

  explicit hooked(C c) : own(std::move(c)) {}

  void on_run_begin(training& t) override {
    if constexpr (requires { own.on_run_begin(t); }) own.on_run_begin(t);
  }
  void on_epoch_begin(training& t) override {
    if constexpr (requires { own.on_epoch_begin(t); }) own.on_epoch_begin(t);
  }
  void on_batch_end(training& t) override {
    if constexpr (requires { own.on_batch_end(t); }) own.on_batch_end(t);
  }
  void on_epoch_end(training& t) override {
    if constexpr (requires { own.on_epoch_end(t); }) own.on_epoch_end(t);
  }
  void on_run_end(training& t) override {
    if constexpr (requires { own.on_run_end(t); }) own.on_run_end(t);
  }
  void on_failure(training& t, std::string_view what) override {
    if constexpr (requires { own.on_failure(t, what); }) own.on_failure(t, what);
  }
  void save(io::tensor_file& file, std::string_view prefix) const override {
    if constexpr (requires { own.save(file, prefix); }) own.save(file, prefix);
  }
  void load(const io::tensor_file& file, std::string_view prefix) override {
    if constexpr (requires { own.load(file, prefix); }) own.load(file, prefix);
  }
  std::string_view name() const override {
    if constexpr (requires { own.name(); }) return own.name();
    else return callback::name();
  }
};

/// What a trainer stores: the object itself when it derives from `callback`, else its hooks.
template <callback_like C>
std::unique_ptr<callback> as_callback(C c) {
  if constexpr (std::derived_from<C, callback>) return std::make_unique<C>(std::move(c));
  else return std::make_unique<hooked<C>>(std::move(c));
}

}  // namespace genet
