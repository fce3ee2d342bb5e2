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
#include "../layers/gan.hpp"
#include "fused_update.hpp"
#include "learning_rate_finder.hpp"
#include "stepper.hpp"
#include "training_run.hpp"

namespace genet::inline GENET_ISA {

/// What every trainer offers beside `run`: callbacks and resumption.
template <class Trainer, class T>
class trainer_base : protected training_run<T> {
 public:
  /// Adds a callback; they are called in the order of adding.
  template <callback_like C>
  Trainer& add(C c) {
    return add(as_callback(std::move(c)));
  }

  Trainer& add(std::unique_ptr<callback> c) {
    this->callbacks_.push_back(std::move(c));
    return self();
  }

  /// A value that must not change between a run and its resumption, such as the name of the data.
  Trainer& remember(std::string key, std::string value) {
    this->remembered_[std::move(key)] = std::move(value);
    return self();
  }

  /// Continues a run from a checkpoint: call it before `run`, with the same data and options. Throws bad_input for a
  /// file that is no checkpoint of this model, usage_error naming the options that differ; every run then fails until
  /// another checkpoint is given, or an empty path to begin anew.
  Trainer& resume_from(std::filesystem::path checkpoint) {
    this->resume_ = std::move(checkpoint);
    return self();
  }

  using training_run<T>::evaluate;
  using training_run<T>::rows;
  using training_run<T>::run;
  using training_run<T>::stop_reason;

 protected:
  using training_run<T>::training_run;

  static void add_options(std::map<std::string, std::string>& to, const std::string& prefix, const option_list& list) {
    for (const auto& [key, value] : list) to[prefix + std::string(key)] = option_text(value);
  }
  template <class Schedule>
  void describe_schedule(std::map<std::string, std::string>& to, const Schedule& schedule) const {
    to["schedule"] = schedule.label();
    add_options(to, "schedule.", schedule.options());
    if (!std::is_same_v<Schedule, constant> && !std::is_same_v<Schedule, step_decay>)
      to["epochs"] = std::to_string(this->epochs);
  }

 private:
  Trainer& self() { return static_cast<Trainer&>(*this); }
};

/// Trains a model: shuffled batches, an objective, an optimiser, callbacks, a history, and checkpoints from which an
/// interrupted run continues bit for bit. A step allocates nothing.
///
///     trainer fit{m, elbo{.beta = 1}, adam{.learning_rate = 1e-3}};
///     fit.add(early_stopping{.patience = 3});
///     history h = fit.run(train, epochs{10}, batch{128});
template <class Model, class Objective, class Optimiser, class Schedule = constant>
class trainer final
    : public trainer_base<trainer<Model, Objective, Optimiser, Schedule>, typename Model::scalar> {
  static_assert(!is_gan<typename Model::declaration>,
                "a gan is trained by two optimisers and an adversarial: trainer{m, adversarial{}, "
                "optimisers<adam, adam>{.generator = {...}, .discriminator = {...}}}");
  using base = training_run<typename Model::scalar>;

 public:
  using declaration = typename Model::declaration;
  using T = typename Model::scalar;
  using objective_type = decltype(objective_of(std::declval<Objective>()));

  /// Numbers and tokens of an example.
  static constexpr long features = size_of_source(declaration::net_type::source, element::real);
  static constexpr long length = size_of_source(declaration::net_type::source, element::token);
  static constexpr bool may_fuse = contributions_of<objective_type> == 1;
  static constexpr bool must_fuse = requires { typename Optimiser::is_fused; };
  static_assert(may_fuse || !must_fuse,
                "fused_update steps a weight as soon as its gradient is known, but a step of this objective gives "
                "weights several contributions; use the optimiser alone");

  trainer(Model& m, Objective objective, Optimiser optimiser, Schedule schedule = {}, training_options options = {})
      : trainer_base<trainer, T>(std::move(options), features,
                                 declaration::net_type::source, Optimiser::moments,
                                 static_cast<long>(m.parameters().size())),
        model_(m),
        objective_(objective_of(std::move(objective))),
        schedule_(std::move(schedule)),
        step_(std::move(optimiser), Model::tensors(), 0, static_cast<long>(m.parameters().size()),
              this->options_.rules) {
    if (must_fuse && !this->fuses())
      throw usage_error(
          "trainer: fused_update keeps no gradients, so there is no accumulation and no clipping; use the optimiser "
          "alone");
    this->base_rate_ = this->learning_rate = step_.optimiser().learning_rate;
    this->summary = Model::summary();
    for (std::string_view name : objective_type::terms) this->terms.push_back({std::string(name), 0});
  }

  /// Trains a copy of the model with a rate that grows from step to step and returns the loss at each: the
  /// optimiser's rate may then be `find_learning_rate(train).suggestion()`. The model and this trainer stay as they
  /// are.
  learning_rate_curve find_learning_rate(const data::examples& examples, genet::batch b = {},
                                         const learning_rate_finder& finder = {}) const {
    Model copy{seed{0}};
    std::copy(model_.parameters().begin(), model_.parameters().end(), copy.parameters().begin());
    std::copy(model_.state().begin(), model_.state().end(), copy.state().begin());
    trainer<Model, objective_type, Optimiser, constant> probe(copy, objective_, step_.optimiser(), {}, this->options_);
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
  using feeding = feed_of_objective<objective_type, declaration, T>;
  using batch_measure = typename base::batch_measure;

  template <class, class, class, class>
  friend class trainer;

  struct evaluator final : base::evaluation_session {
    evaluator(const objective_type& by, long size, tensor::team& team)
        : base::evaluation_session(size, features, length), objective(by), own(size, team), fed(by, size) {}
    batch_measure measure(weights<T> w, std::span<const void* const> sources, const example_batch<T>& of,
                          rng::key noise, const training_progress& p) override {
      if constexpr (feeding::exists) sources = fed(of, 1.0);
      own.forward(w, sources, of.rows, mode::evaluation, noise);
      return objective.template measure<declaration>(own, of, p, 1.0);
    }
    const objective_type& objective;
    value_session own;
    feeding fed;
  };

  std::span<T> parameters() override { return model_.parameters(); }
  std::span<T> state() override { return model_.state(); }
  const std::vector<tensor_info>& tensors() const override { return Model::tensors(); }
  bool may_step_while_backward() const override { return may_fuse; }
  long copies() const override { return copies_of(objective_); }

  execution::engine<T>* make_stepper(long size) override {
    fed_.emplace(objective_, size);
    return &stepper_.emplace(size, this->team_);
  }
  typename base::evaluation make_evaluation(long size) override {
    return std::make_unique<evaluator>(objective_, size, this->team_);
  }
  std::span<const void* const> feed(const example_batch<T>& of, std::span<const void* const> held,
                                    double weight) override {
    if constexpr (feeding::looks_at_model) {
      const rng::key key{this->options_.seed, stream::writing, this->pass()};
      return (*fed_)(of, weight, std::as_const(model_).view(), key, this->progress_now());
    } else if constexpr (feeding::exists) {
      return (*fed_)(of, weight);
    } else {
      return held;
    }
  }
  batch_measure measure_step(const example_batch<T>& of, const training_progress& p, double weight) override {
    return objective_.template measure<declaration>(*stepper_, of, p, weight);
  }
  void backward(bool accumulate) override {
    stepper_->backward(model_.view(), this->gradients_.data(), accumulate);
  }
  void backward_and_step(const step_facts& facts) override {
    stepper_->backward(model_.view(), this->gradients_.data(),
                       step_.within_backward(model_.parameters().data(), moments(), facts));
  }
  void step_all(const step_facts& facts) override {
    step_.step(model_.parameters().data(), this->gradients_.data(), moments(), facts, this->team_);
  }
  double optimiser_rate() const override { return step_.optimiser().learning_rate; }
  double scheduled_rate(const schedule_point& at) const override { return schedule_.rate(this->base_rate_, at); }

  [[gnu::cold]] void describe(std::map<std::string, std::string>& options) const override {
    options["objective"] = type_name<Objective>();
    if constexpr (requires { declaration::likelihood::label(); }) {
      const text likelihood = declaration::likelihood::label();
      options["likelihood"] = likelihood.view();
    }
    options["optimiser"] = step_.optimiser().label();
    this->add_options(options, "optimiser.", step_.optimiser().options());
    if constexpr (requires { objective_.options(); }) this->add_options(options, "objective.", objective_.options());
    this->describe_schedule(options, schedule_);
  }
  auto moments() {
    typename stepper<Optimiser, T>::moments m{};
    for (std::size_t k = 0; k < m.size(); ++k) m[k] = this->moments_[k].data();
    return m;
  }

  Model& model_;
  objective_type objective_;
  Schedule schedule_;
  stepper<Optimiser, T> step_;
  std::optional<step_session> stepper_;
  std::optional<feeding> fed_;
};

}  // namespace genet
