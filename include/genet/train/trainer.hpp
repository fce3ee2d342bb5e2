#pragma once
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/type_name.hpp"
#include "fused_update.hpp"
#include "learning_rate_finder.hpp"
#include "training_run.hpp"

namespace genet::inline GENET_ISA {

/// Trains a model: shuffled batches, an objective, an optimiser, callbacks, a history, and checkpoints from which an
/// interrupted run continues bit for bit. A step allocates nothing.
///
///     trainer fit{m, elbo{.beta = 1}, adam{.learning_rate = 1e-3}};
///     fit.add(early_stopping{.patience = 3});
///     history h = fit.run(train, epochs{10}, batch{128});
template <class Model, class Objective, class Optimiser, class Schedule = constant>
class trainer final : private training_run<typename Model::scalar> {
  using base = training_run<typename Model::scalar>;

 public:
  using declaration = typename Model::declaration;
  using T = typename Model::scalar;
  using objective_type = decltype(objective_of(std::declval<Objective>()));

  static constexpr bool may_fuse = contributions_of<objective_type> == 1;
  static constexpr bool must_fuse = requires { typename Optimiser::is_fused; };
  static_assert(may_fuse || !must_fuse,
                "fused_update steps a weight as soon as its gradient is known, but a step of this objective gives "
                "weights several contributions; use the optimiser alone");

  trainer(Model& m, Objective objective, Optimiser optimiser, Schedule schedule = {}, training_options options = {})
      : base(std::move(options), declaration::net_type::input_shape.size(), declaration::net_type::source,
             Optimiser::moments, static_cast<long>(m.parameters().size())),
        model_(m),
        objective_(objective_of(std::move(objective))),
        optimiser_(std::move(optimiser)),
        schedule_(std::move(schedule)) {
    if (must_fuse && !this->fuses())
      throw usage_error(
          "trainer: fused_update keeps no gradients, so there is no accumulation and no clipping; use the optimiser "
          "alone");
    std::vector<tensor_info> by_offset;
    for (const tensor_info& t : Model::tensors())
      if (t.trained) by_offset.push_back(t);
    std::sort(by_offset.begin(), by_offset.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    ranges_ = update_ranges(optimiser_, by_offset, this->gradients_.size(), this->options_.rules);
    constants_.reserve(ranges_.size());
    this->base_rate_ = this->learning_rate = optimiser_.learning_rate;
    this->summary = Model::summary();
    for (std::string_view name : objective_type::terms) this->terms.push_back({std::string(name), 0});
  }

  /// Adds a callback; they are called in the order of adding.
  template <callback_like C>
  trainer& add(C c) {
    return add(as_callback(std::move(c)));
  }

  trainer& add(std::unique_ptr<callback> c) {
    this->callbacks_.push_back(std::move(c));
    return *this;
  }

  /// A value that must not change between a run and its resumption, such as the name of the data.
  trainer& remember(std::string key, std::string value) {
    this->remembered_[std::move(key)] = std::move(value);
    return *this;
  }

  /// Continues a run from a checkpoint: call it before `run`, with the same data and options. Throws bad_input for a
  /// file that is no checkpoint of this model, usage_error naming the options that differ; every run then fails until
  /// another checkpoint is given, or an empty path to begin anew.
  trainer& resume_from(std::filesystem::path checkpoint) {
    this->resume_ = std::move(checkpoint);
    return *this;
  }

  using base::evaluate;
  using base::rows;
  using base::run;
  using base::stop_reason;

  /// Trains a copy of the model with a rate that grows from step to step and returns the loss at each: the
  /// optimiser's rate may then be `find_learning_rate(train).suggestion()`. The model and this trainer stay as they
  /// are.
  learning_rate_curve find_learning_rate(const data::examples& examples, genet::batch b = {},
                                         const learning_rate_finder& finder = {}) const {
    Model copy{seed{0}};
    std::copy(model_.parameters().begin(), model_.parameters().end(), copy.parameters().begin());
    std::copy(model_.state().begin(), model_.state().end(), copy.state().begin());
    trainer<Model, objective_type, Optimiser, constant> probe(copy, objective_, optimiser_, {}, this->options_);
    probe.prepare(examples, genet::epochs{1}, b, nullptr);
    return finder.run([&](double rate) { return probe.one_step(examples, rate); });
  }

 private:
  using net_run = typename net_of_objective<objective_type, declaration>::type;
  static_assert(storage::program<net_run, T>.parameter_elements == storage::program<declaration, T>.parameter_elements &&
                    storage::program<net_run, T>.state_elements == storage::program<declaration, T>.state_elements,
                "the net that the objective runs does not have the parameters of the model");
  using step_session = session<net_run, T, capability::gradient>;
  using value_session = session<net_run, T, capability::forward>;
  using batch_measure = typename base::batch_measure;

  template <class, class, class, class>
  friend class trainer;

  struct evaluator final : base::evaluation_session {
    evaluator(const objective_type& by, long size, tensor::team& team)
        : base::evaluation_session(size, declaration::net_type::input_shape.size()), objective(by), own(size, team) {}
    batch_measure measure(weights<T> w, std::span<const void* const> sources, const example_batch<T>& of,
                          rng::key noise, const training_progress& p) override {
      own.forward(w, sources, of.rows, mode::evaluation, noise);
      return objective.template measure<declaration>(own, of, p, 1.0);
    }
    const objective_type& objective;
    value_session own;
  };

  std::span<T> parameters() override { return model_.parameters(); }
  std::span<T> state() override { return model_.state(); }
  const std::vector<tensor_info>& tensors() const override { return Model::tensors(); }
  bool may_step_while_backward() const override { return may_fuse; }
  long copies() const override { return copies_of(objective_); }

  execution::engine<T>* make_stepper(long size) override { return &stepper_.emplace(size, this->team_); }
  typename base::evaluation make_evaluation(long size) override {
    return std::make_unique<evaluator>(objective_, size, this->team_);
  }
  batch_measure measure_step(const example_batch<T>& of, const training_progress& p, double weight) override {
    return objective_.template measure<declaration>(*stepper_, of, p, weight);
  }
  void backward(bool accumulate) override {
    stepper_->backward(model_.view(), this->gradients_.data(), accumulate);
  }
  void backward_and_step(const step_facts& facts) override {
    constants_.clear();
    for (const update_range& r : ranges_) constants_.push_back(prepared(optimiser_, r.facts(facts)));
    const auto apply = [](const void* self, long offset, const T* gradient, long n) {
      static_cast<const trainer*>(self)->step_stretch(offset, gradient, n);
    };
    stepper_->backward(model_.view(), this->gradients_.data(), parameter_update<T>{apply, this});
  }
  /// A step on parameters of one tensor, and so of one range.
  void step_stretch(long offset, const T* gradient, long n) const {
    std::size_t range = 0;
    while (range + 1 < ranges_.size() && ranges_[range + 1].offset <= offset) ++range;
    std::array<T*, static_cast<std::size_t>(Optimiser::moments)> moments{};
    for (std::size_t k = 0; k < moments.size(); ++k) moments[k] = const_cast<T*>(this->moments_[k].data()) + offset;
    optimiser_.update(model_.parameters().data() + offset, gradient, moments.data(), n, constants_[range]);
  }
  void step_all(const step_facts& facts) override {
    std::array<T*, static_cast<std::size_t>(Optimiser::moments)> moments{};
    for (std::size_t k = 0; k < moments.size(); ++k) moments[k] = this->moments_[k].data();
    update_all(optimiser_, ranges_, model_.parameters().data(), this->gradients_.data(), moments.data(), facts,
               this->team_);
  }
  double optimiser_rate() const override { return optimiser_.learning_rate; }
  double scheduled_rate(const schedule_point& at) const override { return schedule_.rate(this->base_rate_, at); }

  [[gnu::cold]] void describe(std::map<std::string, std::string>& options) const override {
    auto add_all = [&](const std::string& prefix, const option_list& list) {
      for (const auto& [key, value] : list) options[prefix + std::string(key)] = option_text(value);
    };
    options["objective"] = type_name<Objective>();
    if constexpr (requires { declaration::likelihood::label(); }) {
      const text likelihood = declaration::likelihood::label();
      options["likelihood"] = likelihood.view();
    }
    options["optimiser"] = optimiser_.label();
    add_all("optimiser.", optimiser_.options());
    options["schedule"] = schedule_.label();
    add_all("schedule.", schedule_.options());
    if constexpr (requires { objective_.options(); }) add_all("objective.", objective_.options());
    if (!std::is_same_v<Schedule, constant> && !std::is_same_v<Schedule, step_decay>)
      options["epochs"] = std::to_string(this->epochs);
  }

  Model& model_;
  objective_type objective_;
  Optimiser optimiser_;
  Schedule schedule_;
  std::vector<update_range> ranges_;
  std::vector<decltype(prepared(std::declval<Optimiser>(), step_facts{}))> constants_;  // of a step, for each range
  std::optional<step_session> stepper_;
};

}  // namespace genet
