#pragma once
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include "../declare/error.hpp"
#include "../io/safetensors.hpp"
#include "callback.hpp"

// The callbacks that need no report, by the names that Keras's users know. All are aggregates: what comes after the
// options is their state, kept in checkpoints under `prefix.name`.

namespace genet::inline GENET_ISA {

namespace callbacks_detail {

inline std::string text_of(double value) {
  if (std::isnan(value)) return "nan";  // whatever its sign
  char digits[40];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}
inline std::string text_of(std::string_view value) { return std::string(value); }
inline std::string text_of(better way) { return way == better::lower ? "lower" : "higher"; }

inline std::string key_of(std::string_view prefix, std::string_view name) {
  return std::string(prefix) + "." + std::string(name);
}

inline void save_option(io::tensor_file& file, std::string_view prefix, std::string_view name, const auto& value) {
  file.metadata[key_of(prefix, name)] = text_of(value);
}

// An option must be the one under which the state was saved.
inline void check_option(const io::tensor_file& file, std::string_view prefix, std::string_view name,
                         const auto& value) {
  const auto saved = file.metadata.find(key_of(prefix, name));
  if (saved == file.metadata.end())
    throw bad_input(file.origin() + ": no option '" + key_of(prefix, name) + "' in the metadata");
  if (saved->second != text_of(value))
    throw usage_error(key_of(prefix, name) + " is " + text_of(value) + ", but the run to be resumed had " +
                      saved->second);
}

inline void save_number(io::tensor_file& file, std::string_view prefix, std::string_view name, double value) {
  file.add(key_of(prefix, name), value);
}

inline double load_number(const io::tensor_file& file, std::string_view prefix, std::string_view name) {
  const auto values = file.get<double>(key_of(prefix, name));
  if (values.size() != 1)
    throw bad_input(file.origin() + ": '" + key_of(prefix, name) + "' has " + std::to_string(values.size()) +
                    " values, expected 1");
  return values[0];
}

// Calls visit(name, option) for each option.
template <class C> void save_options(const C& c, io::tensor_file& file, std::string_view prefix) {
  c.each_option([&](std::string_view name, const auto& value) { save_option(file, prefix, name, value); });
}
template <class C> void check_options(const C& c, const io::tensor_file& file, std::string_view prefix) {
  c.each_option([&](std::string_view name, const auto& value) { check_option(file, prefix, name, value); });
}

}  // namespace callbacks_detail

/// Ends the run when a monitored value has not improved by more than `min_delta` for `patience` epochs. With
/// `restore_best_weights` the model has the weights of the best epoch when the run is over, however it ended.
/// Keras equivalent: EarlyStopping (whose patience is 0 unless said).
struct early_stopping {
  std::string monitor = "loss";  ///< spelled as in `history`
  better mode = better::lower;
  long patience = 5;
  double min_delta = 0;
  bool restore_best_weights = false;

  double best = std::nan("");
  long best_epoch = 0;

  std::string_view name() const { return "early_stopping"; }

  /// A run that had been stopped when its last checkpoint was written has nothing left to do.
  void on_run_begin(training& t) {
    if (!t.resumed) {
      best = std::nan("");
      best_epoch = 0;
    } else if (best_epoch != 0) {
      stop_after(t, t.first_epoch - 1);
    }
  }
  void on_epoch_end(training& t) {
    const double value = t.past.monitored(t.epoch, monitor);
    if (best_epoch == 0 || improves(value, best, mode, min_delta)) {
      best = value;
      best_epoch = t.epoch;
      if (restore_best_weights) t.keep_weights();
    } else {
      stop_after(t, t.epoch);
    }
  }

  void on_run_end(training& t) {
    if (restore_best_weights && t.has_kept_weights()) t.restore_weights();
  }

  void each_option(const auto& visit) const {
    visit("monitor", monitor);
    visit("mode", mode);
    visit("patience", static_cast<double>(patience));
    visit("min_delta", min_delta);
    visit("restore_best_weights", restore_best_weights ? 1. : 0.);
  }
  void save(io::tensor_file& file, std::string_view prefix) const {
    callbacks_detail::save_options(*this, file, prefix);
    callbacks_detail::save_number(file, prefix, "best", best);
    callbacks_detail::save_number(file, prefix, "best_epoch", static_cast<double>(best_epoch));
  }
  void load(const io::tensor_file& file, std::string_view prefix) {
    callbacks_detail::check_options(*this, file, prefix);
    best = callbacks_detail::load_number(file, prefix, "best");
    best_epoch = static_cast<long>(callbacks_detail::load_number(file, prefix, "best_epoch"));
  }

 private:
  void stop_after(training& t, long finished) const {
    if (finished > best_epoch && finished - best_epoch >= patience)
      t.stop("early stopping: " + monitor + " has not improved since epoch " + std::to_string(best_epoch));
  }
};

/// Writes checkpoints: `best.safetensors` after each epoch that is better than all before, and, unless
/// `save_best_only`, `last.safetensors` after every `every` epochs and after the last.
/// Keras equivalent: ModelCheckpoint.
struct model_checkpoint {
  std::filesystem::path directory = "checkpoints";
  std::string monitor = "loss";  ///< spelled as in `history`
  better mode = better::lower;
  bool save_best_only = false;
  long every = 1;

  double best = std::nan("");

  std::string_view name() const { return "model_checkpoint"; }

  void on_run_begin(training& t) {
    if (!t.resumed) best = std::nan("");
    if (every < 1) throw usage_error("model_checkpoint: every is " + std::to_string(every) + ", expected at least 1");
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    if (failed) throw io_error(directory.string() + ": cannot make the directory: " + failed.message());
  }

  void on_epoch_end(training& t) {
    if (const double value = t.past.monitored(t.epoch, monitor); improves(value, best, mode)) {
      best = value;
      t.save_checkpoint(directory / "best.safetensors");
    }
    if (!save_best_only && (t.epoch % every == 0 || t.epoch == t.epochs || t.stopping()))
      t.save_checkpoint(directory / "last.safetensors");
  }

  // The directory may move, and how often `last` is written changes no result.
  void each_option(const auto& visit) const {
    visit("monitor", monitor);
    visit("mode", mode);
  }
  void save(io::tensor_file& file, std::string_view prefix) const {
    callbacks_detail::save_options(*this, file, prefix);
    callbacks_detail::save_number(file, prefix, "best", best);
  }
  void load(const io::tensor_file& file, std::string_view prefix) {
    callbacks_detail::check_options(*this, file, prefix);
    best = callbacks_detail::load_number(file, prefix, "best");
  }
};

/// Multiplies the learning rate by `factor` when a monitored value has not improved for more than `patience` epochs.
/// PyTorch equivalent: optim.lr_scheduler.ReduceLROnPlateau, but there the relative threshold of a negative value (a
/// log-density, say) works the wrong way, so that a worse value counts as better; not here. Keras equivalent:
/// ReduceLROnPlateau.
struct reduce_on_plateau {
  std::string monitor = "loss";  ///< spelled as in `history`
  better mode = better::lower;
  double factor = 0.1;
  long patience = 10;
  double threshold = 1e-4;  ///< by how much a value must improve,
  bool relative = true;     ///< as part of the best one
  long cooldown = 0;        ///< epochs after a reduction that do not count
  double floor = 0;         ///< lowest rate

  double best = std::nan("");
  long waited = 0;
  long cooling = 0;

  std::string_view name() const { return "reduce_on_plateau"; }

  void on_run_begin(training& t) {
    if (t.resumed) return;
    best = std::nan("");
    waited = cooling = 0;
  }

  /// The rate after one more value; NaN is no improvement. Changes below 1e-8 are not made.
  double observe(double value, double rate) {
    const double margin = relative ? threshold * std::abs(best) : threshold;
    if (improves(value, best, mode, margin)) {
      best = value;
      waited = 0;
    } else {
      ++waited;
    }
    if (cooling > 0) {
      --cooling;
      waited = 0;
    }
    if (waited <= patience) return rate;
    cooling = cooldown;
    waited = 0;
    const double reduced = std::max(rate * factor, floor);
    return rate - reduced > 1e-8 ? reduced : rate;
  }

  void on_epoch_end(training& t) {
    const double rate = t.base_learning_rate(), next = observe(t.past.monitored(t.epoch, monitor), rate);
    if (next != rate) t.set_learning_rate(next);
  }

  void each_option(const auto& visit) const {
    visit("monitor", monitor);
    visit("mode", mode);
    visit("factor", factor);
    visit("patience", static_cast<double>(patience));
    visit("threshold", threshold);
    visit("relative", relative ? 1. : 0.);
    visit("cooldown", static_cast<double>(cooldown));
    visit("floor", floor);
  }
  void save(io::tensor_file& file, std::string_view prefix) const {
    callbacks_detail::save_options(*this, file, prefix);
    callbacks_detail::save_number(file, prefix, "best", best);
    callbacks_detail::save_number(file, prefix, "waited", static_cast<double>(waited));
    callbacks_detail::save_number(file, prefix, "cooling", static_cast<double>(cooling));
  }
  void load(const io::tensor_file& file, std::string_view prefix) {
    callbacks_detail::check_options(*this, file, prefix);
    best = callbacks_detail::load_number(file, prefix, "best");
    waited = static_cast<long>(callbacks_detail::load_number(file, prefix, "waited"));
    cooling = static_cast<long>(callbacks_detail::load_number(file, prefix, "cooling"));
  }
};

/// Ends the run with a training_error that names the layer, as soon as the loss of a batch is not finite.
/// Keras equivalent: TerminateOnNaN.
struct terminate_on_nan {
  std::string_view name() const { return "terminate_on_nan"; }

  void on_batch_end(training& t) const {
    if (std::isfinite(t.batch_loss)) return;
    const std::string where = t.first_bad_layer();
    throw training_error("epoch " + std::to_string(t.epoch) + ", batch " + std::to_string(t.batch) + ", step " +
                         std::to_string(t.step) + ": the loss is " + callbacks_detail::text_of(t.batch_loss) +
                         (where.empty() ? "; outputs, gradients and parameters are finite"
                                        : "; the first value that is not finite: " + where));
  }
};

/// Functions as hooks: `lambda{.on_epoch_end = [](training& t) { ... }}`. Keras equivalent: LambdaCallback.
struct lambda {
  using hook = std::function<void(training&)>;
  hook on_run_begin = [](training&) {};
  hook on_epoch_begin = [](training&) {};
  hook on_batch_end = [](training&) {};
  hook on_epoch_end = [](training&) {};
  hook on_run_end = [](training&) {};
  std::function<void(training&, std::string_view)> on_failure = [](training&, std::string_view) {};

  std::string_view name() const { return "lambda"; }
};

}  // namespace genet
