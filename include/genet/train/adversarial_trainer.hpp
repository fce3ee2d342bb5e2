#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../models/gan.hpp"
#include "../run/tangent_session.hpp"
#include "two_net_trainer.hpp"

namespace genet::inline GENET_ISA {

namespace adversarial_detail {

struct nothing {};

/// What a trainer of gans is told: an adversarial, alone or with a reconstruction loss.
template <class Objective>
struct instructions;
template <>
struct instructions<adversarial> {
  using loss = nothing;
  static const adversarial& how(const adversarial& o) { return o; }
  static nothing reconstruction(const adversarial&) { return {}; }
};
template <class Loss>
struct instructions<adversarial_with<Loss>> {
  using loss = Loss;
  static const adversarial& how(const adversarial_with<Loss>& o) { return o.how; }
  static const Loss& reconstruction(const adversarial_with<Loss>& o) { return o.loss; }
};

}  // namespace adversarial_detail

/// Trains a gan: its two nets take turns, each with an optimiser of its own.
///
///     trainer fit{m, adversarial{.critic_steps = 5},
///                 optimisers<adam, adam>{.generator = {1e-4, 0.5, 0.9}, .discriminator = {1e-4, 0.5, 0.9}}};
///     history h = fit.run(train, epochs{20}, batch{64});
///
/// A step takes `critic_steps` batches (what is left at an epoch's end makes equal smaller ones): on each the
/// discriminator learns from the real examples and as many made ones, then the generator learns from what it made
/// last. In its step the discriminator is frozen: its parameters, and the statistics of its batch norms, stay. The
/// learning rate that is reported and scheduled is the generator's; the discriminator's keeps its ratio to it. A row holds
/// the losses of both nets, `real` and `fake`: the mean of D(x) and of D(G(z)), the share of either that the
/// discriminator tells rightly, and the norms of both gradients; of a gradient penalty also its value and the mean norm
/// that it sees.
template <class Model, class Objective, optimiser GeneratorOptimiser, optimiser DiscriminatorOptimiser, class Schedule>
requires(is_gan<typename Model::declaration>) class trainer<Model, Objective,
                                                            optimisers<GeneratorOptimiser, DiscriminatorOptimiser>,
                                                            Schedule> final
    : public two_net_trainer<
          trainer<Model, Objective, optimisers<GeneratorOptimiser, DiscriminatorOptimiser>, Schedule>, Model,
          GeneratorOptimiser, DiscriminatorOptimiser> {
 public:
  using declaration = typename Model::declaration;
  using T = typename Model::scalar;

 private:
  using base = two_net_trainer<trainer, Model, GeneratorOptimiser, DiscriminatorOptimiser>;
  using base::discriminator_part, base::generator_part, base::gradients_of, base::model_;
  using run_base = training_run<T>;
  using told = adversarial_detail::instructions<Objective>;
  using reconstruction_loss = typename told::loss;
  using objective = typename declaration::objective;
  using generator = typename declaration::generator;
  using discriminator = typename declaration::discriminator;
  using penalty_type = typename penalty_of<objective>::type;
  using batch_measure = typename run_base::batch_measure;

  static constexpr bool penalises = !std::is_void_v<penalty_type>;
  static constexpr bool reconstructs = !std::is_same_v<reconstruction_loss, adversarial_detail::nothing>;
  static constexpr int class_output = declaration::class_output, feature_output = declaration::feature_output;
  static constexpr bool classifies = class_output > 0;
  static constexpr bool compares_features = feature_output > 0;
  static constexpr bool variational = declaration::variational;
  static constexpr bool clips = std::is_same_v<objective, wasserstein<clipping>>;
  static constexpr long packed = declaration::options.pack;
  static constexpr long image = declaration::image_shape.size();
  static constexpr long features =
      compares_features ? discriminator::net_type::outputs[feature_output < 0 ? 0 : feature_output].s.size() : 0;

  static_assert(!reconstructs || !declaration::draws,
                "a reconstruction loss compares an image with what the generator makes of it, but this generator "
                "starts from noise");

  // What a row tells; the last ones where there is something to tell.
  static constexpr auto terms_ = [] {
    constexpr std::size_t n = 8 + 2 * penalises + 2 * classifies + reconstructs + compares_features + variational;
    std::array<std::string_view, n> all{"generator",     "discriminator", "real",
                                        "fake",          "real_accuracy", "fake_accuracy",
                                        "generator_gradient", "discriminator_gradient"};
    std::size_t i = 8;
    if (penalises) {
      all[i++] = "penalty";
      all[i++] = "critic_gradient";
    }
    if (classifies) {
      all[i++] = "classification";
      all[i++] = "class_accuracy";
    }
    if (reconstructs) all[i++] = "reconstruction";
    if (compares_features) all[i++] = "feature_distance";
    if (variational) all[i++] = "kl";
    return all;
  }();

  /// What one batch measured.
  struct turn {
    double generator = 0, discriminator = 0;
    score_measure real{}, fake{};
    double generator_gradient = 0, discriminator_gradient = 0;
    penalty_value penalty{};
    double classification = 0, class_accuracy = 0, reconstruction = 0, feature_distance = 0, kl = 0;

    void add_to(batch_measure& sum, double share) const {
      sum.loss += share * (generator + discriminator);
      std::size_t i = 0;
      for (double x : {generator, discriminator, real.score, fake.score, real.above, 1 - fake.above,
                       generator_gradient, discriminator_gradient})
        sum.terms[i++] += share * x;
      if (penalises)
        for (double x : {penalty.value, penalty.mean_norm}) sum.terms[i++] += share * x;
      if (classifies)
        for (double x : {classification, class_accuracy}) sum.terms[i++] += share * x;
      if (reconstructs) sum.terms[i++] += share * reconstruction;
      if (compares_features) sum.terms[i++] += share * feature_distance;
      if (variational) sum.terms[i++] += share * kl;
    }
    /// Only the discriminator's part: the generator learns in the last turn of a step.
    void forget_generator() { generator = generator_gradient = reconstruction = feature_distance = kl = 0; }
    turn of_generator() const {
      turn t;
      t.fake.above = 1;  // no share of fakes that were told
      t.generator = generator;
      t.generator_gradient = generator_gradient;
      t.reconstruction = reconstruction;
      t.feature_distance = feature_distance;
      t.kl = kl;
      return t;
    }
  };

 public:
  trainer(Model& m, Objective told_so, optimisers<GeneratorOptimiser, DiscriminatorOptimiser> by,
          Schedule schedule = {}, training_options options = {})
      : base(m, std::move(by), std::move(options), image),
        how_(told::how(told_so)),
        reconstruction_(told::reconstruction(told_so)),
        schedule_(std::move(schedule)) {
    if (how_.critic_steps < 1)
      errors::raise<usage_error>({"trainer: critic_steps must be at least 1, got ", how_.critic_steps});
    if (this->options_.accumulate != 1)
      throw usage_error("trainer: a gan does not accumulate gradients; take a larger batch");
    for (std::string_view name : terms_) this->terms.push_back({std::string(name), 0});
  }

  /// Trains on `examples`, in batches of `b` for each step of the discriminator.
  history run(const data::examples& examples, genet::epochs n, genet::batch b,
              const data::examples* validation = nullptr) {
    check_labels(examples);
    if (validation) check_labels(*validation);
    if (b.size > 0 && b.size < packed)
      errors::raise<usage_error>({"trainer: a discriminator of ", packed, " packed examples wants a batch of as many"});
    batch_ = std::min(b.size, examples.count);
    return run_base::run(examples, n, {b.size * how_.critic_steps}, validation);
  }

 private:
  /// The nets of a step and their memory.
  struct sessions {
    session<generator, T> make;
    session<discriminator, T> judge;
    session<frozen<discriminator>, T> frozen_judge;
    std::conditional_t<penalises, std::optional<tangent_session<discriminator, T>>, adversarial_detail::nothing>
        tangents;
    tensor::block<T> noise, between, direction, real_features;

    sessions(long rows, tensor::team& team)
        : make(rows, team),
          judge(rows / packed, team),
          frozen_judge(rows / packed, team),
          noise(declaration::draws ? rows * generator::net_type::input_shape.size() : 0),
          between(penalises ? rows * image : 0),
          direction(penalises ? rows * image : 0),
          real_features(rows / packed * features) {
      if constexpr (penalises) tangents.emplace(rows / packed, team);
    }
  };
  /// Where the generator, or the discriminator, reads.
  struct read_from {
    std::array<const void*, 2> at{};
    int n = 0;
    operator std::span<const void* const>() const { return {at.data(), static_cast<std::size_t>(n)}; }
  };
  template <class Net>
  static read_from sources(const T* x, const std::int32_t* labels) {
    return {{x, labels}, Net::net_type::source.n};
  }

  struct evaluator final : run_base::evaluation_session {
    evaluator(const trainer& of, long rows, tensor::team& team)
        : run_base::evaluation_session(rows, image), owner(of), make(rows, team), judge(rows, team),
          noise(declaration::draws ? rows * generator::net_type::input_shape.size() : 0) {}
    batch_measure measure(weights<T>, std::span<const void* const>, const example_batch<T>& of, rng::key key,
                          const training_progress&) override {
      const Model& m = owner.model_;
      const long rows = of.rows / packed;
      turn t;
      if (rows > 0) {
        make.forward(m.template part<"generator">(),
                     owner.template input_of_generator<false>(of.x, of.labels, noise, of.rows, key),
                     of.rows, mode::evaluation, key);
        judge.forward(m.template part<"discriminator">(), sources<discriminator>(of.x, of.labels), rows,
                      mode::evaluation, key);
        t.real = owner.score_real(judge.output(0), static_cast<T*>(nullptr));
        judge.forward(m.template part<"discriminator">(), sources<discriminator>(make.output(0).data(), of.labels),
                      rows, mode::evaluation, key);
        t.fake = owner.score_fake(judge.output(0), static_cast<T*>(nullptr));
        t.discriminator = t.real.loss + t.fake.loss;
        t.generator = owner.score_generated(judge.output(0), static_cast<T*>(nullptr)).loss;
        if constexpr (classifies) owner.classify(t, judge, of.labels, rows, 0);
        if constexpr (reconstructs)
          t.reconstruction = evaluate_loss(owner.reconstruction_, make.output(0).data(), of.x, of.rows, image);
        if constexpr (variational) divergence(t, make, 0);
      }
      batch_measure all;
      t.add_to(all, 1);
      return all;
    }
    const trainer& owner;
    session<generator, T, capability::forward> make;
    session<discriminator, T, capability::forward> judge;
    tensor::block<T> noise;
  };

  // ---- a step

  batch_measure learn(long count, long, double rate) override {
    sessions& s = *sessions_;
    batch_measure all;
    const long turns = (count + batch_ - 1) / batch_;
    step_facts facts;
    for (long k = 0; k < turns; ++k) {
      const long first = count * k / turns, rows = (count * (k + 1) / turns - first) / packed * packed;
      if (rows == 0) break;
      const T* x = this->batch_buffer_.x.data() + first * image;
      const std::int32_t* labels = this->batch_buffer_.labels.data() + first;
      last_ = {x, labels, rows, this->pass() * static_cast<std::uint64_t>(how_.critic_steps) + static_cast<std::uint64_t>(k)};
      s.make.forward(this->template part_view<"generator">(),
                     input_of_generator<true>(x, labels, s.noise, rows, key(stream::latent)),
                     rows, mode::training, key(stream::generator));
      turn t;
      teach_discriminator(s, t);
      // Where a loss is not finite there is no step: the parameters stay, so that the layer at fault can be found.
      if (std::isfinite(t.discriminator)) {
        if (k == 0) facts = this->begin_step(rate);
        step_discriminator(t, facts, k);
        if (k + 1 == turns) teach_generator(s, t, facts);
      }
      const double share = 1 / static_cast<double>(turns);
      if (k + 1 == turns) t.of_generator().add_to(all, 1);
      t.forget_generator();
      t.add_to(all, share);
      if (!std::isfinite(all.loss)) break;
    }
    return all;
  }
  void teach_discriminator(sessions& s, turn& t) {
    const weights<T> w = this->template part_view<"discriminator">();
    const long rows = last_.rows / packed;
    T* gradients = gradients_of(discriminator_part);
    s.judge.forward(w, sources<discriminator>(last_.x, last_.labels), rows, mode::training, key(stream::real));
    t.real = score_real(s.judge.output(0), s.judge.output_gradient(0).data());
    if constexpr (classifies) classify(t, s.judge, last_.labels, rows, how_.class_weight);
    leave_features(s.judge);
    s.judge.backward(w, gradients, false);
    const T* made = s.make.output(0).data();
    s.judge.forward(w, sources<discriminator>(made, last_.labels), rows, mode::training, key(stream::fake));
    t.fake = score_fake(s.judge.output(0), s.judge.output_gradient(0).data());
    if constexpr (classifies) {
      const double accuracy = t.class_accuracy;
      classify(t, s.judge, last_.labels, rows, how_.class_weight);
      t.class_accuracy = accuracy;  // of real examples
    }
    leave_features(s.judge);
    s.judge.backward(w, gradients, true);
    t.discriminator = t.real.loss + t.fake.loss + (classifies ? how_.class_weight * t.classification : 0);
    if constexpr (penalises) {
      penalty_type penalty;
      if (how_.penalty_weight >= 0) penalty.weight = how_.penalty_weight;
      const T* at = last_.x;
      if constexpr (!std::is_same_v<penalty_type, r1_penalty>) {
        interpolate(last_.x, made, rows, packed * image, key(stream::between), s.between.data(), this->team_);
        at = s.between.data();
      }
      const auto g = s.tangents->input_gradient(w, sources<discriminator>(at, last_.labels), rows, mode::training,
                                                key(stream::penalty));
      t.penalty = evaluate_penalty(penalty, g.data(), rows, packed * image, s.direction.data(), this->team_);
      s.tangents->add_gradient(w, s.direction.data(), gradients);
      t.discriminator += t.penalty.value;
    }
  }

  void step_discriminator(turn& t, step_facts facts, long turn_of_step) {
    facts.learning_rate = this->discriminator_rate(facts.learning_rate);
    facts.step = (facts.step - 1) * how_.critic_steps + turn_of_step + 1;
    t.discriminator_gradient = base::step_discriminator(facts);
    if constexpr (clips) this->clip_discriminator(how_.clip);
  }

  void teach_generator(sessions& s, turn& t, step_facts facts) {
    const Model& fixed = model_;
    const long rows = last_.rows / packed;
    const weights<T> judge = fixed.template part<"discriminator">();
    if constexpr (compares_features) {
      s.frozen_judge.forward(judge, sources<discriminator>(last_.x, last_.labels), rows, mode::training,
                             key(stream::judge));
      const auto of_real = s.frozen_judge.output(feature_output);
      std::copy(of_real.begin(), of_real.end(), s.real_features.data());
    }
    s.frozen_judge.forward(judge, sources<discriminator>(s.make.output(0).data(), last_.labels), rows, mode::training,
                           key(stream::judge));
    t.generator = score_generated(s.frozen_judge.output(0), s.frozen_judge.output_gradient(0).data()).loss;
    if constexpr (classifies) {
      turn of_made;
      classify(of_made, s.frozen_judge, last_.labels, rows, how_.class_weight);
      t.generator += how_.class_weight * of_made.classification;
    }
    if constexpr (compares_features)
      t.generator += how_.feature_weight * distance(t, s.frozen_judge.output(feature_output), s.real_features, rows,
                                                    s.frozen_judge.output_gradient(feature_output).data());
    s.frozen_judge.backward(judge);
    const auto wanted = s.frozen_judge.input_gradient();
    const auto given = s.make.output_gradient(0);
    if constexpr (reconstructs) {
      t.reconstruction = unweighted(evaluate_loss(reconstruction_, s.make.output(0).data(), last_.x, last_.rows, image,
                                                  given.data(), how_.reconstruction_weight, this->team_),
                                    how_.reconstruction_weight);
      auto sum = tensor::flat(given.data(), static_cast<long>(given.size()));
      tensor::assign(sum, sum + tensor::flat(wanted.data(), static_cast<long>(wanted.size())));
      t.generator += how_.reconstruction_weight * t.reconstruction;
    } else {
      std::copy(wanted.begin(), wanted.end(), given.begin());
    }
    if constexpr (variational) t.generator += how_.kl_weight * divergence(t, s.make, how_.kl_weight);
    if (!std::isfinite(t.generator)) return;
    s.make.backward(this->template part_view<"generator">(), gradients_of(generator_part));
    t.generator_gradient = this->step_generator(facts);
    if constexpr (declaration::averages) this->move_average(facts.step == 1);
  }

  /// Half the squared distance of features, mean over the examples; its gradient weighed.
  double distance(turn& t, std::span<const T> made, const tensor::block<T>& real, long rows, T* gradient) {
    const double weight = how_.feature_weight;
    return t.feature_distance =
               unweighted(evaluate_loss(mse{reduction::sum_per_example}, made.data(), real.data(), rows, features,
                                        gradient, 0.5 * weight, this->team_),
                          weight);
  }
  static double unweighted(double loss, double weight) { return weight == 0 ? 0 : loss / weight; }
  /// Of a vae's codes from the prior; its gradient where the session has one.
  template <class Session>
  static double divergence(turn& t, Session& make, double weight) {
    T *mean = nullptr, *log_variance = nullptr;
    if constexpr (Session::can != capability::forward) {
      mean = make.output_gradient(1).data();
      log_variance = make.output_gradient(2).data();
    }
    return t.kl = evaluate_loss(kl_to_standard_normal{}, make.output(1).data(), make.output(2).data(), make.rows(),
                                generator::net_type::outputs[1].s.size(), mean, log_variance, weight,
                                contribution::write, make.team());
  }
  /// The discriminator does not learn from its features.
  static void leave_features(session<discriminator, T>& judge) {
    if constexpr (compares_features) {
      const auto g = judge.output_gradient(feature_output);
      std::fill(g.begin(), g.end(), T(0));
    }
  }

  // ---- scores

  score_measure score_real(std::span<const T> scores, T* gradient) const {
    const double target = 1 - how_.label_smoothing;
    return evaluate_scores<objective>([target](auto s) { return objective::real(s, target); }, scores.data(),
                                      static_cast<long>(scores.size()), gradient);
  }
  score_measure score_fake(std::span<const T> scores, T* gradient) const {
    return evaluate_scores<objective>([](auto s) { return objective::fake(s); }, scores.data(),
                                      static_cast<long>(scores.size()), gradient);
  }
  score_measure score_generated(std::span<const T> scores, T* gradient) const {
    return evaluate_scores<objective>([](auto s) { return objective::generated(s); }, scores.data(),
                                      static_cast<long>(scores.size()), gradient);
  }
  /// Cross-entropy of the classes that the discriminator tells; its gradient where the session has one.
  template <class Session>
  void classify(turn& t, Session& s, const std::int32_t* labels, long rows, double weight) const {
    constexpr long classes = declaration::classes;
    const T* logits = s.output(class_output).data();
    long right = 0;
    for (long r = 0; r < rows; ++r) {
      const T* row = logits + r * classes;
      right += std::max_element(row, row + classes) - row == labels[r];
    }
    t.class_accuracy = static_cast<double>(right) / static_cast<double>(rows);
    T* gradient = nullptr;
    if constexpr (Session::can != capability::forward) gradient = s.output_gradient(class_output).data();
    const double scale = gradient ? weight : 1;
    t.classification +=
        unweighted(evaluate_loss(cross_entropy{}, logits, labels, rows, classes, gradient, scale, s.team()), scale);
  }

  /// Noise that is drawn, or the images themselves.
  template <bool Training>
  read_from input_of_generator(const T* x, const std::int32_t* labels, tensor::block<T>& noise, long rows,
                               rng::key k) const {
    if constexpr (!declaration::draws) return sources<generator>(x, labels);
    rng::normal(std::span<T>(noise.data(), static_cast<std::size_t>(rows * generator::net_type::input_shape.size())), k);
    return sources<generator>(noise.data(), labels);
  }
  rng::key key(std::uint32_t of) const { return {this->options_.seed, of, last_.number}; }

  // ---- asked by training_run

  execution::engine<T>* make_stepper(long) override {
    sessions_.emplace(batch_, this->team_);
    last_ = {};
    return nullptr;
  }
  typename run_base::evaluation make_evaluation(long rows) override {
    return std::make_unique<evaluator>(*this, std::max(rows / packed * packed, packed), this->team_);
  }
  double scheduled_rate(const schedule_point& at) const override { return schedule_.rate(this->base_rate_, at); }

  [[gnu::cold]] std::string first_bad_layer() override {
    if (!sessions_ || last_.rows == 0) return {};
    sessions& s = *sessions_;
    const Model& m = model_;
    std::string where = s.make.first_bad_layer(
        m.template part<"generator">(), input_of_generator<true>(last_.x, last_.labels, s.noise, last_.rows, key(stream::latent)),
        last_.rows, mode::training, key(stream::generator));
    if (!where.empty()) return "generator, " + where;
    for (const auto& [x, stream_of] : {std::pair{last_.x, stream::real}, std::pair{s.make.output(0).data(), stream::fake}}) {
      where = s.judge.first_bad_layer(m.template part<"discriminator">(), sources<discriminator>(x, last_.labels),
                                      last_.rows / packed, mode::training, key(stream_of));
      if (!where.empty()) return "discriminator, " + where;
    }
    return this->first_bad_gradient();
  }

  [[gnu::cold]] void describe(std::map<std::string, std::string>& options) const override {
    this->add_options(options, "objective.", how_.options());
    options["objective"] = type_name<objective>();
    if constexpr (reconstructs) options["reconstruction"] = type_name<reconstruction_loss>();
    this->describe_optimisers(options);
    this->describe_schedule(options, schedule_);
  }

  [[gnu::cold]] static void check_labels(const data::examples& e) {
    constexpr int classes = declaration::classes;
    if (classes == 0) return;
    if (e.labels.empty()) throw bad_input("trainer: the gan reads labels, the examples have none");
    for (std::size_t i = 0; i < e.labels.size(); ++i)
      if (e.labels[i] < 0 || e.labels[i] >= classes)
        errors::raise<bad_input>({"trainer: example ", static_cast<long>(i), " has label ",
                                  static_cast<long>(e.labels[i]), ", the gan knows 0 to ", classes - 1});
  }

  adversarial how_;
  reconstruction_loss reconstruction_;
  Schedule schedule_;
  std::optional<sessions> sessions_;
  long batch_ = 0;
  struct {
    const T* x = nullptr;
    const std::int32_t* labels = nullptr;
    long rows = 0;
    std::uint64_t number = 0;  // of the turn since the run began
  } last_;                     // what the nets saw in the last turn
};

}  // namespace genet
