#pragma once
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../data/examples.hpp"
#include "../run/weights_file.hpp"
#include "callback.hpp"
#include "clipping.hpp"
#include "history.hpp"
#include "objective.hpp"
#include "optimisers.hpp"
#include "schedules.hpp"

namespace genet::inline GENET_ISA {

struct epochs {
  long count = 1;
};
struct batch {
  long size = 128;
};

/// What a trainer does beside the objective and the optimiser. All of it but `threads` is fixed for a run.
struct training_options {
  std::uint64_t seed = 0;               ///< of the order of examples and of the noise
  long accumulate = 1;                  ///< batches whose gradients make one step; the step is that of their union
  double clip_norm = 0;                 ///< largest norm of the whole gradient; 0: as it is
  double clip_value = 0;                ///< largest absolute value of a gradient; 0: as it is
  std::vector<parameter_rule> rules{};  ///< parameters with a rate or a decay of their own
  int threads = 1;                      ///< that share the work; the numbers are the same for any
};

/// Elements of the first source of a kind; 0: there is none.
constexpr long size_of_source(const bundle& source, element kind) {
  for (int i = 0; i < source.n; ++i)
    if (source[i].kind == kind) return source[i].s.size();
  return 0;
}

/// A number as options of a run are compared and stored: it reads back as the same double.
template <class = void>
[[gnu::cold]] std::string option_text(double v) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", v);
  return text;
}

/// What trainers of all models have in common: the loop, the data, the callbacks, checkpoints and the resumption. It
/// is compiled once for each scalar, not once for each model; what depends on the model, the objective and the
/// optimiser is asked of `trainer` through the functions below.
template <class T>
class training_run : protected training {
 public:
  training_run(const training_run&) = delete;

  /// Trains on `examples`; with `validation` given, its loss is measured after every epoch. Returns all rows. Every
  /// call is a run of its own: it goes on with the model's weights, but with a fresh optimiser and an empty history.
  history run(const data::examples& examples, genet::epochs n, genet::batch b,
              const data::examples* validation = nullptr);

  /// Mean loss and terms over `examples` in evaluation mode; the noise is the same at every call. Adds the row to the
  /// history if `split` is not empty.
  epoch_record evaluate(const data::examples& examples, const std::string& split, genet::batch b = {});

  const history& rows() const { return past_; }
  /// Why the run ended before its last epoch; empty if it did not.
  std::string_view stop_reason() const override { return stop_reason_; }

 protected:
  /// The most parts that an objective's loss can have.
  static constexpr std::size_t max_terms = 16;

  /// What an objective measured on a batch, whatever the number of its terms. A batch may be of a kind of its own, whose
  /// loss is no part of the epoch's and which has some of the terms: bit k of `has` for term k.
  struct batch_measure {
    double loss = 0;
    std::array<double, max_terms> terms{};
    bool has_loss = true;
    std::uint32_t has = ~std::uint32_t{0};

    batch_measure() = default;
    template <std::size_t N>
    batch_measure(const measured<N>& m) : loss(m.loss) {
      static_assert(N <= max_terms, "an objective has at most 16 terms");
      std::copy(m.terms.begin(), m.terms.end(), terms.begin());
    }
  };
  /// The examples of one batch, each as often as the objective wants it.
  struct batch_buffers {
    tensor::block<T> x;
    std::vector<std::int32_t> labels, tokens, mask;
    std::vector<double> scratch;
    bool has_labels = false, has_mask = false;

    explicit batch_buffers(long rows = 0, long features = 0, long length = 0)
        : x(rows * features),
          labels(static_cast<std::size_t>(rows)),
          tokens(static_cast<std::size_t>(rows * length)),
          mask(tokens.size()),
          scratch(2 * labels.size()) {}
    const std::int32_t* label_data() const { return has_labels ? labels.data() : nullptr; }
    example_batch<T> first(long rows) {
      return {x.data(), label_data(), rows, scratch.data(), tokens.data(), has_mask ? mask.data() : nullptr};
    }
  };
  /// A session that only evaluates, and the examples that it reads.
  struct evaluation_session {
    long capacity;
    batch_buffers examples;

    evaluation_session(long rows, long features, long length = 0) : capacity(rows), examples(rows, features, length) {}
    virtual ~evaluation_session() = default;
    virtual batch_measure measure(weights<T> w, std::span<const void* const> sources, const example_batch<T>& of,
                                  rng::key noise, const training_progress& p) = 0;
  };
  using evaluation = std::unique_ptr<evaluation_session>;
  /// Sums over the examples of an epoch so far.
  struct running {
    double loss = 0, examples = 0;
    std::array<double, max_terms> terms{}, measured{};  // and on how many examples
    double loss_measured = 0;

    double mean_loss() const { return loss / loss_measured; }
    double mean(std::size_t term) const { return terms[term] / measured[term]; }
  };

  training_run(training_options options, long features, const bundle& source, int moments, long parameters);

  // ---- asked of the trainer

  virtual std::span<T> parameters() = 0;
  virtual std::span<T> state() = 0;
  virtual const std::vector<tensor_info>& tensors() const = 0;
  virtual bool may_step_while_backward() const = 0;
  /// Rows of a pass for each example; sessions are made for so many rows.
  virtual long copies() const = 0;
  /// The session of a training step, and whatever else a step needs.
  virtual execution::engine<T>* make_stepper(long rows) = 0;
  virtual evaluation make_evaluation(long rows) = 0;
  /// What the net reads; by default what the examples hold.
  virtual std::span<const void* const> feed(const example_batch<T>&, std::span<const void* const> held,
                                            double /*weight*/) {
    return held;
  }
  virtual batch_measure measure_step(const example_batch<T>& of, const training_progress& p, double weight) = 0;
  /// Gradients into `gradients_`.
  virtual void backward(bool accumulate) = 0;
  /// The backward pass and the step in one; `gradients_` holds only those of parameters that are no weights of
  /// products.
  virtual void backward_and_step(const step_facts& facts) = 0;
  virtual void step_all(const step_facts& facts) = 0;
  virtual double optimiser_rate() const = 0;
  virtual double scheduled_rate(const schedule_point& at) const = 0;
  /// The names and options of objective, optimiser and schedule.
  virtual void describe(std::map<std::string, std::string>& options) const = 0;

  // ---- the loop

  /// Batches of an epoch, where epochs differ; those beyond the examples begin with the first of them again.
  virtual long batches_of_epoch(long) const { return data_batches_; }
  long data_batches() const { return data_batches_; }
  /// Trains on the `count` examples of the batch buffer, which fill `rows` of it: forward, loss, backward, and the step
  /// where a group of batches ends. A model of several nets does it in its own way.
  virtual batch_measure learn(long count, long rows, double rate);
  step_facts begin_step(double rate) {
    learning_rate = rate;
    return {.step = ++step, .learning_rate = rate};
  }
  weights<T> view() { return {parameters().data(), state().data(), state().data()}; }
  weights<T> view_for_reading() { return {parameters().data(), state().data(), nullptr}; }
  /// Number of the batch since the run began: what its noise is keyed by.
  std::uint64_t pass() const { return static_cast<std::uint64_t>((epoch - 1) * batches + batch); }
  training_progress progress_now() const {
    return {static_cast<double>(std::max(epoch, 1L) - 1) +
            static_cast<double>(batch) / static_cast<double>(std::max(batches, 1L))};
  }
  std::string first_bad_layer() override;
  /// The first parameter whose gradient is not finite.
  std::string first_bad_gradient() const;

  void prepare(const data::examples& examples, genet::epochs n, genet::batch b, const data::examples* validation);
  /// One step at `rate`, through as many epochs as it takes; the loss of its batches.
  double one_step(const data::examples& examples, double rate);
  /// Whether nothing asks for the whole gradient, so that weights can be stepped within the backward pass.
  bool fuses() const {
    return may_step_while_backward() && options_.accumulate == 1 && options_.clip_value <= 0 &&
           options_.clip_norm <= 0;
  }

  training_options options_;
  tensor::team team_;
  std::vector<std::unique_ptr<callback>> callbacks_;
  std::map<std::string, std::string> remembered_;
  std::filesystem::path resume_;

  tensor::block<T> gradients_;
  std::vector<tensor::block<T>> moments_;
  double base_rate_ = 0;

  batch_buffers batch_buffer_;

 private:
  void run_epoch(const data::examples& examples, const data::examples* validation);
  /// `rate` is that of the step, where the batch ends one.
  void train_batch(const data::examples& examples, double rate);
  bool group_ends() const { return group_ends_with(batch); }
  bool group_ends_with(long done) const { return done == batches || done % options_.accumulate == 0; }

  void update(double rate);
  /// Of the step to come.
  double rate_now() const;
  epoch_record measure_all(evaluation_session& by, const data::examples& examples);

  // ---- data

  void check(const data::examples& e) const;
  static long size_of(genet::batch b, const data::examples& examples) {
    if (b.size < 1) throw usage_error("trainer: the batch must be positive, got " + std::to_string(b.size));
    return std::min(b.size, examples.count);
  }
  /// The order of the examples is a function of the seed and the epoch.
  void order_examples() {
    rng::permutation(std::span(order_),
                     rng::key{options_.seed, stream::shuffling, static_cast<std::uint64_t>(epoch)});
  }
  /// The rows of the buffers become the examples `which(0)`, `which(1)`, ..., each so many times; returns their number.
  template <class Which>
  long gather(batch_buffers& to, const data::examples& from, long examples, Which which) {
    to.has_labels = !from.labels.empty();
    to.has_mask = !from.mask.empty();
    const long times = copies(), rows = examples * times;
    team_.divide(rows, 16, [&](long first, long count) {
      for (long r = first; r < first + count; ++r) {
        const long example = which(r / times);
        const float* x = from.x.data() + example * features_;
        std::copy(x, x + features_, to.x.data() + r * features_);
        if (to.has_labels) to.labels[static_cast<std::size_t>(r)] = from.labels[static_cast<std::size_t>(example)];
        if (length_ > 0) std::copy_n(from.tokens.begin() + example * length_, length_, to.tokens.begin() + r * length_);
        if (to.has_mask) std::copy_n(from.mask.begin() + example * length_, length_, to.mask.begin() + r * length_);
      }
    });
    return rows;
  }
  /// Sources of the net read what is of their kind.
  std::span<const void* const> sources(const batch_buffers& from);

  // ---- what callbacks see

  void add_to(running& sums, const batch_measure& m, long examples) const {
    const double n = static_cast<double>(examples);
    sums.examples += n;
    if (m.has_loss) {
      sums.loss += n * m.loss;
      sums.loss_measured += n;
    }
    for (std::size_t k = 0; k < terms.size(); ++k)
      if (m.has >> k & 1U) {
        sums.terms[k] += n * m.terms[k];
        sums.measured[k] += n;
      }
  }
  void publish();
  double elapsed() const {
    return seconds_before_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  }

  void notify(void (callback::*hook)(training&), bool may_save = true);

  void stop(std::string_view reason) override {
    if (stop_reason_.empty()) stop_reason_ = reason.empty() ? "stopped" : reason;
  }
  bool stopping() const override { return !stop_reason_.empty(); }
  void save_checkpoint(const std::filesystem::path& file) override;
  void keep_weights() override;
  bool has_kept_weights() const override { return has_kept_; }
  void restore_weights() override;
  void record(epoch_record row) override { past_.add(std::move(row)); }
  void set_learning_rate(double rate) override { base_rate_ = rate; }
  double base_learning_rate() const override { return base_rate_; }

  // ---- checkpoints

  static constexpr const char* format_key = "genet.checkpoint";
  static constexpr const char* format_version = "1";

  /// Everything that must be the same when a run is resumed. Callbacks that keep nothing may come and go.
  std::map<std::string, std::string> fixed_options() const;
  void write_checkpoint(const std::filesystem::path& path);
  /// A callback is found again by its name and its place among those of the same name.
  std::string callback_place(std::size_t i) const;
  std::string callback_prefix(std::size_t i) const { return "training.callback." + callback_place(i); }
  void save_callbacks(io::tensor_file& file) const {
    for (std::size_t i = 0; i < callbacks_.size(); ++i) callbacks_[i]->save(file, callback_prefix(i));
  }
  /// All or none.
  void load_callbacks(const io::tensor_file& file);
  void load_checkpoint(const std::filesystem::path& path);
  void refuse_changed_options(const io::tensor_file& file, const std::filesystem::path& path) const;
  tensor::block<T> model_parameters_copy() { return tensor::block<T>(static_cast<long>(parameters().size())); }

  long features_;
  long length_;  // of a sequence
  const bundle* source_;
  history past_;
  bool spoiled_ = false;  // by a loss that is not finite: the batches of this step make none
  tensor::block<T> kept_parameters_, kept_state_;
  bool has_kept_ = false;

  execution::engine<T>* stepper_ = nullptr;
  evaluation evaluation_;
  std::array<const void*, max_edges> sources_{};
  std::vector<std::uint32_t> order_;
  long batch_size_ = 0, count_ = 0, data_batches_ = 0, validation_count_ = 0;
  rng::key noise_{};
  running sums_;

  std::vector<std::filesystem::path> wanted_checkpoints_;
  std::string stop_reason_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  double seconds_before_ = 0;
};

template <class T>
[[gnu::cold]] training_run<T>::training_run(training_options options, long features, const bundle& source, int moments,
                                            long parameters)
    : training(past_),
      options_(std::move(options)),
      team_(options_.threads),
      gradients_(parameters),
      moments_(static_cast<std::size_t>(moments)),
      features_(features),
      length_(size_of_source(source, element::token)),
      source_(&source) {
  if (options_.accumulate < 1)
    errors::raise<usage_error>({"trainer: accumulate must be at least 1, got ", options_.accumulate});
  for (auto& b : moments_) b = tensor::block<T>(parameters);
}

template <class T>
[[gnu::cold]] history training_run<T>::run(const data::examples& examples, genet::epochs n, genet::batch b,
            const data::examples* validation) {
  prepare(examples, n, b, validation);
  try {
    if (!stopping()) {
      notify(&callback::on_run_begin);
      while (epoch < epochs || batch < batches) {
        if (stopping()) break;
        run_epoch(examples, validation);
      }
    }
    notify(&callback::on_run_end);
  } catch (const std::exception& e) {
    for (auto& c : callbacks_) c->on_failure(*this, e.what());
    throw;
  }
  return past_;
}

template <class T>
[[gnu::cold]] epoch_record training_run<T>::evaluate(const data::examples& examples, const std::string& split, genet::batch b) {
  check(examples);
  const evaluation with = make_evaluation(size_of(b, examples) * copies());
  epoch_record row = measure_all(*with, examples);
  row.split = split;
  if (!split.empty()) past_.add(row);
  return row;
}

template <class T>
[[gnu::cold]] void training_run<T>::prepare(const data::examples& examples, genet::epochs n, genet::batch b,
                           const data::examples* validation) {
  check(examples);
  if (validation) check(*validation);
  if (n.count < 0) throw usage_error("trainer: epochs must not be negative, got " + std::to_string(n.count));
  epochs = n.count;
  batch_size_ = size_of(b, examples);
  data_batches_ = (examples.count + batch_size_ - 1) / batch_size_;
  count_ = examples.count;
  validation_count_ = validation ? validation->count : 0;
  stepper_ = make_stepper(batch_size_ * copies());
  evaluation_ = validation ? make_evaluation(batch_size_ * copies()) : nullptr;
  batch_buffer_ = batch_buffers(batch_size_ * copies(), features_, length_);
  order_.resize(static_cast<std::size_t>(examples.count));
  started_ = std::chrono::steady_clock::now();
  for (auto& kept : moments_) kept.zero();
  base_rate_ = learning_rate = optimiser_rate();
  has_kept_ = false;
  spoiled_ = false;
  wanted_checkpoints_.clear();
  past_ = {};
  epoch = 0;
  batch = batches = batches_of_epoch(1);  // no epoch is in progress
  step = 0;
  seconds_before_ = 0;
  stop_reason_.clear();
  sums_ = {};
  resumed = false;
  first_epoch = 1;
  if (!resume_.empty()) load_checkpoint(resume_);
  resume_.clear();
}

template <class T>
void training_run<T>::run_epoch(const data::examples& examples, const data::examples* validation) {
  if (batch >= batches) {
    ++epoch;
    batch = 0;
    batches = batches_of_epoch(epoch);
    sums_ = {};
    notify(&callback::on_epoch_begin);
  }
  order_examples();
  const auto epoch_began = std::chrono::steady_clock::now();
  const double examples_before = sums_.examples;
  while (batch < batches && !stopping()) {
    train_batch(examples, rate_now());
    publish();
    const double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - epoch_began).count();
    examples_per_second = spent > 0 ? (sums_.examples - examples_before) / spent : 0;
    notify(&callback::on_batch_end,
           batch < batches);  // between the last batch and the epoch's end nothing is saved
  }
  if (batch < batches) return;  // stopped in the middle
  past_.add({epoch, "train", elapsed(), loss, terms});
  if (validation) {
    epoch_record row = measure_all(*evaluation_, *validation);
    row.epoch = epoch;
    row.split = "validation";
    past_.add(row);
  }
  notify(&callback::on_epoch_end);
}

template <class T>
void training_run<T>::train_batch(const data::examples& examples, double rate) {
  const long first = batch % data_batches_ * batch_size_;
  const long count = std::min(batch_size_, count_ - first);
  const long rows = gather(batch_buffer_, examples, count, [&](long example) {
    return static_cast<long>(order_[static_cast<std::size_t>(first + example)]);
  });
  const batch_measure m = learn(count, rows, rate);
  batch_loss = m.loss;
  add_to(sums_, m, count);
  ++batch;
}

template <class T>
auto training_run<T>::learn(long count, long rows, double rate) -> batch_measure {
  const long first = batch / options_.accumulate * options_.accumulate;
  const long all = std::min(options_.accumulate * batch_size_, count_ - first * batch_size_);
  noise_ = {options_.seed, stream::training, pass()};
  const example_batch<T> examples = batch_buffer_.first(rows);
  const double weight = static_cast<double>(count) / static_cast<double>(all);
  stepper_->forward(view(), feed(examples, sources(batch_buffer_), weight), rows, mode::training, noise_);
  const batch_measure m = measure_step(examples, progress_now(), weight);
  if (batch == first) spoiled_ = false;
  // Where a loss is not finite there is no step: the parameters stay, so that the layer at fault can be found.
  spoiled_ = spoiled_ || !std::isfinite(m.loss);
  if (spoiled_) return m;
  if (fuses()) {
    backward_and_step(begin_step(rate));
    return m;
  }
  backward(batch != first);
  if (group_ends_with(batch + 1)) update(rate);
  return m;
}

template <class T>
void training_run<T>::update(double rate) {
  step_facts facts = begin_step(rate);
  if (options_.clip_value > 0) clip_by_value(gradients_.data(), gradients_.size(), options_.clip_value, team_);
  if (options_.clip_norm > 0) {
    const double norm = std::sqrt(tensor::sum_of_squares(gradients_.data(), gradients_.size(), team_));
    facts.gradient_scale = clip_factor(norm, options_.clip_norm);
  }
  step_all(facts);
}

template <class T>
double training_run<T>::rate_now() const {
  const long groups = (batches + options_.accumulate - 1) / options_.accumulate;
  return scheduled_rate({.step = step, .steps = groups * epochs, .epoch = std::max(epoch - 1, 0L), .epochs = epochs});
}

template <class T>
double training_run<T>::one_step(const data::examples& examples, double rate) {
  if (batch >= batches) {
    ++epoch;
    batch = 0;
    order_examples();
  }
  sums_ = {};
  do train_batch(examples, rate);
  while (!group_ends());
  return sums_.mean_loss();
}

template <class T>
epoch_record training_run<T>::measure_all(evaluation_session& by, const data::examples& examples) {
  running sums;
  const long size = by.capacity / copies();
  for (long first = 0, pass = 0; first < examples.count; first += size, ++pass) {
    const long count = std::min(size, examples.count - first);
    const long rows = gather(by.examples, examples, count, [&](long example) { return first + example; });
    const rng::key noise{options_.seed, stream::evaluation, static_cast<std::uint64_t>(pass)};
    add_to(sums,
           by.measure(view_for_reading(), sources(by.examples), by.examples.first(rows), noise, progress_now()), count);
  }
  epoch_record row{epoch, "", elapsed(), sums.mean_loss(), {}};
  for (std::size_t k = 0; k < terms.size(); ++k)
    row.terms.push_back({terms[k].name, sums.mean(k)});
  return row;
}

template <class T>
[[gnu::cold]] void training_run<T>::check(const data::examples& e) const {
  if (e.count < 1) throw bad_input("trainer: there are no examples");
  if (e.features != features_)
    throw bad_input("trainer: the examples have " + std::to_string(e.features) + " features, the model takes " +
                    std::to_string(features_));
  const auto count = static_cast<std::size_t>(e.count);
  if (e.x.size() != count * static_cast<std::size_t>(features_))
    throw bad_input("trainer: " + std::to_string(e.count) + " examples of " + std::to_string(features_) +
                    " features hold " + std::to_string(e.x.size()) + " numbers");
  if (!e.labels.empty() && e.labels.size() != count)
    throw bad_input("trainer: " + std::to_string(e.count) + " examples have " + std::to_string(e.labels.size()) +
                    " labels");
  const auto tokens = count * static_cast<std::size_t>(length_);
  if (e.length != length_ || e.tokens.size() != tokens)
    errors::raise<bad_input>({"trainer: ", e.count, " examples hold ", e.tokens.size(), " tokens, expected ", length_,
                              " for each"});
  if (!e.mask.empty() && e.mask.size() != tokens)
    errors::raise<bad_input>({"trainer: ", e.count, " examples have a mask of ", e.mask.size(), " positions"});
  const auto below = [](const std::vector<std::int32_t>& all, long of_example, std::string_view what, int limit) {
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i] < 0 || all[i] >= limit)
        errors::raise<bad_input>({"trainer: example ", static_cast<long>(i) / of_example, " has ", what, " ", all[i],
                                  ", the model takes 0 to ", limit - 1});
  };
  for (int i = 0; i < source_->n; ++i) {
    const edge& source = (*source_)[i];
    if (source.kind == element::label) below(e.labels, 1, "label", source.limit);
    if (source.kind == element::token) below(e.tokens, length_, "token", source.limit);
  }
}

template <class T>
std::span<const void* const> training_run<T>::sources(const batch_buffers& from) {
  const bundle& source = *source_;
  for (int i = 0; i < source.n; ++i) {
    const element kind = source[i].kind;
    if (kind == element::label && !from.has_labels)
      throw bad_input("trainer: the net reads labels, the examples have none");
    if (kind == element::mask && !from.has_mask)
      throw bad_input("trainer: the net reads a mask, the examples have none");
    sources_[static_cast<std::size_t>(i)] = kind == element::real    ? static_cast<const void*>(from.x.data())
                                            : kind == element::token ? from.tokens.data()
                                            : kind == element::mask  ? from.mask.data()
                                                                     : from.labels.data();
  }
  return {sources_.data(), static_cast<std::size_t>(source.n)};
}

template <class T>
void training_run<T>::publish() {
  loss = sums_.mean_loss();
  for (std::size_t k = 0; k < terms.size(); ++k) terms[k].value = sums_.mean(k);
  seconds = elapsed();
}

template <class T>
void training_run<T>::notify(void (callback::*hook)(training&), bool may_save) {
  seconds = elapsed();
  for (auto& c : callbacks_) (c.get()->*hook)(*this);
  if (!may_save) return;
  for (const auto& file : std::exchange(wanted_checkpoints_, {})) write_checkpoint(file);
}

template <class T>
void training_run<T>::save_checkpoint(const std::filesystem::path& file) {
  if (std::find(wanted_checkpoints_.begin(), wanted_checkpoints_.end(), file) == wanted_checkpoints_.end())
    wanted_checkpoints_.push_back(file);
}

template <class T>
[[gnu::cold]] void training_run<T>::keep_weights() {
  kept_parameters_ = tensor::block<T>(static_cast<long>(parameters().size()));
  kept_state_ = tensor::block<T>(static_cast<long>(state().size()));
  std::copy(parameters().begin(), parameters().end(), kept_parameters_.data());
  std::copy(state().begin(), state().end(), kept_state_.data());
  has_kept_ = true;
}

template <class T>
[[gnu::cold]] void training_run<T>::restore_weights() {
  if (!has_kept_) throw usage_error("trainer: no weights were kept");
  std::copy(kept_parameters_.data(), kept_parameters_.data() + kept_parameters_.size(), parameters().data());
  std::copy(kept_state_.data(), kept_state_.data() + kept_state_.size(), state().data());
}

template <class T>
[[gnu::cold]] std::string training_run<T>::first_bad_layer() {
  if (!stepper_ || stepper_->rows() == 0) return {};
  const auto fed = feed(batch_buffer_.first(stepper_->rows()), sources(batch_buffer_), 1);
  std::string where = stepper_->first_bad_layer(view_for_reading(), fed, stepper_->rows(), mode::training, noise_);
  if (!where.empty()) return where;
  if (fuses()) return {};  // no gradients are kept
  return first_bad_gradient();
}

template <class T>
[[gnu::cold]] std::string training_run<T>::first_bad_gradient() const {
  for (const tensor_info& t : tensors())
    if (t.trained &&
        tensor::first_not_finite(gradients_.data() + t.offset, storage::elements<T>(t.s, t.layout)) >= 0)
      return std::string(t.name) + ": gradient";
  return {};
}

template <class T>
[[gnu::cold]] std::map<std::string, std::string> training_run<T>::fixed_options() const {
  std::map<std::string, std::string> all = remembered_;
  for (std::size_t i = 0; i < callbacks_.size(); ++i) {
    io::tensor_file kept;
    callbacks_[i]->save(kept, callback_prefix(i));
    if (!kept.metadata.empty() || !kept.tensors().empty()) all["callback." + callback_place(i)] = "present";
  }
  all["scalar"] = std::is_same_v<T, float> ? "float" : "double";
  describe(all);
  all["batch"] = std::to_string(batch_size_);
  all["examples"] = std::to_string(count_);
  all["validation"] = std::to_string(validation_count_);
  all["seed"] = std::to_string(options_.seed);
  all["accumulate"] = std::to_string(options_.accumulate);
  all["clip_norm"] = option_text(options_.clip_norm);
  all["clip_value"] = option_text(options_.clip_value);
  for (std::size_t i = 0; i < options_.rules.size(); ++i) {
    const parameter_rule& r = options_.rules[i];
    all["rule." + std::to_string(i + 1)] = r.name + " " + (r.member_of ? std::string(show(*r.member_of)) : "") +
                                           " " + option_text(r.rate) + " " +
                                           (r.weight_decay ? option_text(*r.weight_decay) : "");
  }
  return all;
}

template <class T>
[[gnu::cold]] void training_run<T>::write_checkpoint(const std::filesystem::path& path) {
  const T* const nothing = nullptr;
  io::tensor_file file;
  file.metadata["format"] = "pt";
  file.metadata[format_key] = format_version;
  file.metadata["genet.model"] = summary;
  for (const auto& [key, value] : fixed_options()) file.metadata["genet.option." + key] = value;
  past_.save(file.metadata, "genet.history");
  weights_file::store(file, tensors(), "", parameters().data(), state().data());
  for (std::size_t k = 0; k < moments_.size(); ++k)
    weights_file::store(file, tensors(), "optimiser." + std::to_string(k) + ".", moments_[k].data(),
                               nothing);
  if (has_kept_) weights_file::store(file, tensors(), "kept.", kept_parameters_.data(), kept_state_.data());
  const bool open_group = batch < batches && !group_ends();
  if (open_group)
    weights_file::store(file, tensors(), "training.gradient.", gradients_.data(), nothing);
  file.add("training.counters", {6},
           std::array<std::int64_t, 6>{epoch, batch, step, has_kept_, open_group, spoiled_});
  file.add("training.rates", {3}, std::array<double, 3>{base_rate_, learning_rate, elapsed()});
  std::vector<double> sums{sums_.loss, sums_.loss_measured, sums_.examples, batch_loss};
  for (std::size_t k = 0; k < terms.size(); ++k) sums.insert(sums.end(), {sums_.terms[k], sums_.measured[k]});
  file.add("training.sums", {static_cast<long>(sums.size())}, sums);
  save_callbacks(file);
  file.write(path);
}

template <class T>
[[gnu::cold]] std::string training_run<T>::callback_place(std::size_t i) const {
  long before = 0;
  for (std::size_t k = 0; k < i; ++k) before += callbacks_[k]->name() == callbacks_[i]->name();
  return std::string(callbacks_[i]->name()) + "." + std::to_string(before);
}

template <class T>
[[gnu::cold]] void training_run<T>::load_callbacks(const io::tensor_file& file) {
  io::tensor_file before;
  save_callbacks(before);
  std::size_t done = 0;
  try {
    for (; done < callbacks_.size(); ++done) callbacks_[done]->load(file, callback_prefix(done));
  } catch (...) {
    for (std::size_t i = 0; i <= done; ++i) callbacks_[i]->load(before, callback_prefix(i));
    throw;
  }
}

template <class T>
[[gnu::cold]] void training_run<T>::load_checkpoint(const std::filesystem::path& path) {
  const auto file = io::tensor_file::read(path);
  auto refuse = [&](const std::string& why) { return bad_input(path.string() + ": " + why); };
  const auto format = file.metadata.find(format_key);
  if (format == file.metadata.end())
    throw refuse("is a weights file, not a checkpoint; a run cannot be resumed from it");
  if (format->second != format_version)
    throw refuse("has checkpoint format " + format->second + ", this version reads " + format_version);
  if (const std::string wrong = weights_file::mismatch(file, tensors()); !wrong.empty())
    throw refuse("is a checkpoint of another model: " + wrong);
  if (const auto table = file.metadata.find("genet.model");
      table == file.metadata.end() || table->second != summary)
    throw refuse("is a checkpoint of another model: its tensors fit, its layers differ");
  refuse_changed_options(file, path);

  const auto counters = file.get<std::int64_t>("training.counters");
  const auto rates = file.get<double>("training.rates");
  const auto sums = file.get<double>("training.sums");
  if (counters.size() != 6 || rates.size() != 3 || sums.size() != 4 + 2 * terms.size())
    throw refuse("holds counters of another size");
  if (counters[0] < 0 || counters[1] < 0 || counters[1] > batches_of_epoch(std::max(counters[0], std::int64_t{1})) ||
      counters[2] < 0)
    throw refuse("holds counters out of range");

  // Everything is read before anything changes.
  auto new_parameters = model_parameters_copy(), gradient = model_parameters_copy(), kept = model_parameters_copy();
  tensor::block<T> new_state(static_cast<long>(state().size())), kept_state(new_state.size());
  std::vector<tensor::block<T>> moments(moments_.size());
  weights_file::fetch(file, tensors(), "", new_parameters.data(), new_state.data());
  T* const none = nullptr;
  for (std::size_t k = 0; k < moments.size(); ++k) {
    moments[k] = model_parameters_copy();
    weights_file::fetch(file, tensors(), "optimiser." + std::to_string(k) + ".", moments[k].data(), none);
  }
  if (counters[3]) weights_file::fetch(file, tensors(), "kept.", kept.data(), kept_state.data());
  if (counters[4]) weights_file::fetch(file, tensors(), "training.gradient.", gradient.data(), none);
  history rows = history::load(file.metadata, "genet.history");
  load_callbacks(file);

  std::copy(new_parameters.data(), new_parameters.data() + new_parameters.size(), parameters().data());
  std::copy(new_state.data(), new_state.data() + new_state.size(), state().data());
  moments_ = std::move(moments);
  if (counters[4]) gradients_ = std::move(gradient);
  spoiled_ = counters[5] != 0;
  has_kept_ = counters[3] != 0;
  kept_parameters_ = std::move(kept);
  kept_state_ = std::move(kept_state);
  past_ = std::move(rows);
  epoch = counters[0];
  batch = counters[1];
  batches = batches_of_epoch(std::max(epoch, 1L));
  step = counters[2];
  base_rate_ = rates[0];
  learning_rate = rates[1];
  seconds_before_ = rates[2];
  sums_.loss = sums[0];
  sums_.loss_measured = sums[1];
  sums_.examples = sums[2];
  batch_loss = sums[3];
  for (std::size_t k = 0; k < terms.size(); ++k) {
    sums_.terms[k] = sums[4 + 2 * k];
    sums_.measured[k] = sums[5 + 2 * k];
  }
  if (sums_.examples > 0) publish();
  resumed = true;
  first_epoch = batch < batches ? epoch : epoch + 1;
}

template <class T>
[[gnu::cold]] void training_run<T>::refuse_changed_options(const io::tensor_file& file, const std::filesystem::path& path) const {
  std::string differing;
  const std::string prefix = "genet.option.";
  const auto now = fixed_options();
  auto differ = [&](const std::string& key, const std::string& then, const std::string& is) {
    differing += (differing.empty() ? "" : ", ") + key + " was " + then + " and is " + is;
  };
  for (const auto& [key, value] : now) {
    const auto then = file.metadata.find(prefix + key);
    if (then == file.metadata.end())
      differ(key, "absent", value);
    else if (then->second != value)
      differ(key, then->second, value);
  }
  for (const auto& [key, value] : file.metadata)
    if (key.starts_with(prefix) && !now.contains(key.substr(prefix.size())))
      differ(key.substr(prefix.size()), value, "absent");
  if (!differing.empty())
    throw usage_error(path.string() + ": the run cannot be resumed under other options: " + differing);
}

}  // namespace genet

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/training.hpp"
#endif
