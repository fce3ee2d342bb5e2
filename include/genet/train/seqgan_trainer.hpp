#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../run/tangent_session.hpp"
#include "../run/token_writer.hpp"
#include "maximum_likelihood.hpp"
#include "sequence_adversarial.hpp"
#include "two_net_trainer.hpp"

namespace genet::inline GENET_ISA {

/// Trains a seqgan on sequences of tokens: epochs of maximum likelihood, then rounds of policy gradients against the
/// discriminator. An epoch beyond `pretrain_epochs` is a round.
///
///     trainer fit{m, sequence_adversarial{.pretrain_epochs = 50},
///                 optimisers<adam, adam>{.generator = {0.01}, .discriminator = {1e-4}}, constant{},
///                 training_options{.clip_norm = 5}};
///     history h = fit.run(train, epochs{110}, batch{64});
///
/// The generator's optimiser begins anew with the first round. The gradient of a round is that of the sum over
/// positions of reward times log-probability, summed over the batch (Yu et al. 2017, equation 8), or the one that goes
/// straight through the tokens, of the mean over the batch. The discriminator sees batches of half real and half made
/// sequences. A row holds the loss - the negative log-likelihood in nats a token in an epoch of maximum likelihood, the
/// discriminator's in a round -, `reward`: the mean of whole sequences, `real` and `fake`: the mean scores, the shares
/// of either that the discriminator tells rightly, and `phase`: 0 or 1.
template <class Model, optimiser GeneratorOptimiser, optimiser DiscriminatorOptimiser, class Schedule>
requires(is_seqgan<typename Model::declaration>) class trainer<
    Model, sequence_adversarial, optimisers<GeneratorOptimiser, DiscriminatorOptimiser>, Schedule> final
    : public two_net_trainer<
          trainer<Model, sequence_adversarial, optimisers<GeneratorOptimiser, DiscriminatorOptimiser>, Schedule>, Model,
          GeneratorOptimiser, DiscriminatorOptimiser> {
 public:
  using declaration = typename Model::declaration;
  using T = typename Model::scalar;

 private:
  using base = two_net_trainer<trainer, Model, GeneratorOptimiser, DiscriminatorOptimiser>;
  using base::discriminator_part, base::generator_part, base::gradients_of, base::model_;
  using run_base = training_run<T>;
  using batch_measure = typename run_base::batch_measure;
  using generator = typename declaration::generator;
  using discriminator = typename declaration::discriminator;
  using objective = typename declaration::objective;
  using penalty_type = typename penalty_of<objective>::type;
  using likelihood_net = likelihood_of<generator>;
  using writer = token_writer<generator, T>;

  static constexpr double soft_temperature = declaration::options.straight_through;
  static constexpr bool goes_through = soft_temperature > 0;
  static constexpr bool penalises = !std::is_void_v<penalty_type>;
  static constexpr bool clips = std::is_same_v<objective, wasserstein<clipping>>;
  static constexpr long length = writer::length;
  static_assert(storage::program<likelihood_net, T>.parameter_elements == generator_part.parameter_elements,
                "the net that is trained does not have the parameters of the generator");

  struct nothing {
    nothing(long, tensor::team&) {}
  };
  /// The gradient of a critic at embedded tokens, and the penalty's own.
  template <class Embedded>
  struct penalty_sessions {
    static constexpr long width = Embedded::width, numbers = length * width;
    tangent_session<typename Embedded::type, T> tangents;
    tensor::block<T> real, fake, direction;
    penalty_sessions(long rows, tensor::team& team)
        : tangents(rows, team), real(rows * numbers), fake(rows * numbers), direction(rows * numbers) {}
  };
  static auto choose_penalty() {
    if constexpr (penalises)
      return std::type_identity<penalty_sessions<sequences::embedded<typename discriminator::net_type>>>();
    else
      return std::type_identity<nothing>();
  }
  /// The whole distributions of the generator, and the critic at embedded tokens.
  template <class Embedded>
  struct through_sessions {
    static constexpr long width = Embedded::width, vocabulary = writer::vocabulary;
    session<generator, T> make;
    session<frozen<typename Embedded::type>, T> judge;
    tensor::block<T> embedded, table, slopes;
    std::vector<std::int32_t> previous;
    through_sessions(long rows, tensor::team& team)
        : make(rows, team),
          judge(rows, team),
          embedded(rows * length * width),
          table(tensor::pack_size<T>(width, vocabulary)),
          slopes(length * vocabulary),
          previous(static_cast<std::size_t>(rows * length)) {}
  };
  static auto choose_through() {
    if constexpr (goes_through)
      return std::type_identity<through_sessions<sequences::embedded<typename discriminator::net_type>>>();
    else
      return std::type_identity<nothing>();
  }

  /// The nets of a step and their memory, for batches of `rows` examples.
  struct sessions {
    session<likelihood_net, T> learn;
    likelihood_feed<T> feed;
    session<discriminator, T> judge;
    session<discriminator, T, capability::forward> value;
    writer write;
    typename decltype(choose_penalty())::type penalty;
    typename decltype(choose_through())::type through;
    std::vector<std::int32_t> written, mixed;
    std::vector<double> rewards, of_one;
    tensor::block<T> log_p;

    sessions(long rows, long rollouts, tensor::team& team)
        : learn(rows, team),
          feed(rows, length),
          judge(rows + 1, team),
          value(rows * rollouts, team),
          write(rows * rollouts, team),
          penalty(rows / 2 + 1, team),
          through(rows, team),
          written(static_cast<std::size_t>(rows * length)),
          mixed(static_cast<std::size_t>((rows + 1) * length)),
          rewards(written.size()),
          of_one(static_cast<std::size_t>(rows * rollouts)),
          log_p(rows * length) {}
  };

  static constexpr std::array<std::string_view, 6> terms_{"reward",        "real",          "fake",
                                                          "real_accuracy", "fake_accuracy", "phase"};

 public:
  trainer(Model& m, sequence_adversarial how, optimisers<GeneratorOptimiser, DiscriminatorOptimiser> by,
          Schedule schedule = {}, training_options options = {})
      : base(m, std::move(by), std::move(options), 0), how_(std::move(how)), schedule_(std::move(schedule)) {
    const auto at_least = [](std::string_view name, long value, long least) {
      if (value < least) errors::raise<usage_error>({"trainer: ", name, " must be at least ", least, ", got ", value});
    };
    at_least("pretrain_epochs", how_.pretrain_epochs, 0);
    at_least("rollouts", how_.rollouts, 1);
    at_least("generator_steps", how_.generator_steps, 1);
    at_least("pretrain_sets", how_.pretrain_sets, 0);
    at_least("discriminator_sets", how_.discriminator_sets, 0);
    at_least("discriminator_passes", how_.discriminator_passes, 1);
    if (this->options_.accumulate != 1)
      throw usage_error("trainer: a seqgan does not accumulate gradients; take a larger batch");
    for (std::string_view name : terms_) this->terms.push_back({std::string(name), 0});
  }

 private:
  // ---- what an epoch is made of

  bool is_round() const { return this->epoch > how_.pretrain_epochs; }
  bool by_discriminator() const { return !how_.reward; }
  /// Batches of the discriminator before the generator's steps.
  long lead_in(long of_epoch) const {
    return by_discriminator() && of_epoch == how_.pretrain_epochs + 1 ? how_.pretrain_sets * batches_of_set() : 0;
  }
  long batches_of_set() const { return how_.discriminator_passes * this->data_batches(); }
  long batches_of_epoch(long of_epoch) const override {
    if (of_epoch <= how_.pretrain_epochs) return this->data_batches();
    const long sets = by_discriminator() ? how_.discriminator_sets : 0;
    return lead_in(of_epoch) + how_.generator_steps + sets * batches_of_set();
  }

  batch_measure learn(long count, long, double rate) override {
    if (!is_round()) return pretrain(count, rate);
    const long lead = lead_in(this->epoch), at = this->batch;
    if (at >= lead && at < lead + how_.generator_steps) return improve_generator(at - lead, rate);
    return teach_discriminator(at < lead ? at : at - how_.generator_steps, count, rate);
  }

  /// A key that belongs to one thing alone: a batch of this epoch, or one of its sets.
  rng::key key(std::uint32_t of, long which) const {
    return {this->options_.seed, of, static_cast<std::uint64_t>(this->epoch) << 32 | static_cast<std::uint64_t>(which)};
  }
  rng::key key(std::uint32_t of) const { return key(of, this->batch); }
  /// And one of the discriminator's steps.
  rng::key step_key(std::uint32_t of, long step_of_discriminator) const {
    return {this->options_.seed, of, static_cast<std::uint64_t>(step_of_discriminator)};
  }
  /// Of the part that completes sequences.
  weights<T> view_for_completing() const {
    if constexpr (declaration::averages) return this->template fixed_view<"average">();
    else return this->template fixed_view<"generator">();
  }
  enum : std::uint32_t { reward_term = 1, score_terms = 30, phase_term = 32 };

  // ---- the generator

  batch_measure pretrain(long count, double rate) {
    sessions& s = *sessions_;
    const example_batch<T> b = this->batch_buffer_.first(count);
    last_ = {true, b.tokens, count, key(stream::training)};
    const weights<T> w = this->template part_view<"generator">();
    likelihood_.fill(b, length, 1.0, s.feed.coefficients());
    s.learn.forward(w, s.feed.of(b.tokens, count), count, mode::training, last_.noise);
    batch_measure m = likelihood_.template measure<generator>(s.learn, b, this->progress_now(), 1.0);
    m.has = phase_term;
    if (!std::isfinite(m.loss)) return m;
    s.learn.backward(w, gradients_of(generator_part));
    this->step_generator(this->begin_step(rate));
    return m;
  }

  batch_measure improve_generator(long step_of_round, double rate) {
    sessions& s = *sessions_;
    const long rows = rows_, round = this->epoch - how_.pretrain_epochs;
    const bool first = round == 1 && step_of_round == 0;
    if (first) {
      begin_anew();
      if constexpr (declaration::averages) this->move_average(true);
    }
    const weights<T> w = this->template part_view<"generator">();
    s.write.write(w, s.written, key(stream::writing), {},
                  std::span<T>(s.log_p.data(), s.written.size()));
    batch_measure m;
    m.has_loss = !by_discriminator();
    m.has = reward_term | phase_term;
    m.terms[5] = 1;
    judge(s.written, std::span(s.of_one).first(index(rows)));
    for (long r = 0; r < rows; ++r) {
      s.rewards[index(r * length + length - 1)] = s.of_one[index(r)];
      m.terms[0] += s.of_one[index(r)] / static_cast<double>(rows);
    }
    m.loss = -m.terms[0];
    step_facts facts = this->begin_step(rate);
    facts.step = (round - 1) * how_.generator_steps + step_of_round + 1;
    if constexpr (goes_through) {
      if (!go_through(s, w, s.through)) m.loss = std::numeric_limits<double>::quiet_NaN();
      else this->step_generator(facts);
      return m;
    }
    s.write.complete(view_for_completing(), s.written, how_.rollouts, key(stream::completing),
                     [&](long n, std::span<const std::int32_t> all) {
                       judge(all, s.of_one);
                       for (long r = 0; r < rows; ++r) {
                         double sum = 0;
                         for (long k = 0; k < how_.rollouts; ++k) sum += s.of_one[index(r * how_.rollouts + k)];
                         s.rewards[index(r * length + n - 1)] = sum / static_cast<double>(how_.rollouts);
                       }
                     });
    weigh_rewards(s);
    last_ = {true, s.written.data(), rows, key(stream::training)};
    s.learn.forward(w, s.feed.of(s.written.data(), rows), rows, mode::training, last_.noise);
    if (!std::isfinite(m.terms[0])) {
      m.loss = m.terms[0];
      return m;
    }
    s.learn.backward(w, gradients_of(generator_part));
    this->step_generator(facts);
    if constexpr (declaration::averages) this->move_average(false);
    return m;
  }
  /// The gradient of the generator's loss, with the tokens that were written in place of their probabilities; whether
  /// it is finite.
  template <class Through>
  bool go_through(sessions& s, weights<T> w, Through& by) {
    constexpr long vocabulary = Through::vocabulary, width = Through::width;
    const long rows = rows_;
    weights<T> judge = this->template fixed_view<"discriminator">();
    embed(judge, s.written.data(), rows, by.embedded.data(), width);
    tensor::pack(judge.parameters, width, vocabulary, 1, width, by.table.data(), this->team_);
    judge.parameters += behind_embedding();
    by.judge.forward(judge, by.embedded.data(), rows, mode::training, key(stream::judge));
    const score_measure seen =
        evaluate_scores<objective>([](auto x) { return objective::generated(x); }, by.judge.output().data(), rows,
                                   by.judge.output_gradient().data());
    if (!std::isfinite(seen.loss)) return false;
    by.judge.backward(judge);
    const T* of_embedded = by.judge.input_gradient().data();

    likelihood_feed<T>::move_on(s.written.data(), rows, length, by.previous.data());
    const void* one[] = {by.previous.data()};
    by.make.forward(w, one, rows, mode::training, key(stream::generator));
    const T* log_p = by.make.output().data();
    T* to = by.make.output_gradient().data();
    for (long r = 0; r < rows; ++r) {
      tensor::matmul(length, vocabulary, width, of_embedded + r * length * width, width, 1, by.table.data(),
                     by.slopes.data(), vocabulary, false, {}, this->team_);
      for (long t = 0; t < length; ++t) {
        const long at = (r * length + t) * vocabulary;
        pull_back_softmax(log_p + at, by.slopes.data() + t * vocabulary, to + at, vocabulary);
      }
    }
    by.make.backward(w, gradients_of(generator_part));
    return true;
  }
  /// From the slopes of a loss at probabilities, softmax(log p / temperature), to its slopes at log p.
  static void pull_back_softmax(const T* log_p, const T* slopes, T* to, long n) {
    const T scale = static_cast<T>(1 / soft_temperature);
    T largest = log_p[0];
    for (long v = 1; v < n; ++v) largest = std::max(largest, log_p[v]);
    double all = 0, mean = 0;
    tensor::each_vector<T>(n, [&](long i, long count) {
      const auto p = xsimd::exp((tensor::load_partial(log_p + i, count, -std::numeric_limits<T>::infinity()) -
                                 tensor::simd<T>(largest)) * tensor::simd<T>(scale));
      all += static_cast<double>(tensor::horizontal_sum(p));
      mean += static_cast<double>(tensor::horizontal_sum(p * tensor::load_partial(slopes + i, count)));
      tensor::store_partial(to + i, p, count);
    });
    const tensor::simd<T> share(static_cast<T>(1 / all * scale)), middle(static_cast<T>(mean / all));
    tensor::each_vector<T>(n, [&](long i, long count) {
      const auto p = tensor::load_partial(to + i, count);
      tensor::store_partial(to + i, share * p * (tensor::load_partial(slopes + i, count) - middle), count);
    });
  }
  /// The optimiser of the generator forgets what it has learnt of maximum likelihood.
  void begin_anew() {
    for (auto& kept : this->moments_)
      std::fill_n(kept.data() + generator_part.parameter_offset, generator_part.parameter_elements, T(0));
  }
  /// Rewards, (rows,L), become the coefficients of log-probabilities: what is minimised is minus their product.
  void weigh_rewards(sessions& s) {
    const long rows = rows_;
    for (long t = 0; t < length; ++t) {
      double sum = 0;
      for (long r = 0; r < rows; ++r) {
        double& x = s.rewards[index(r * length + t)];
        x -= how_.entropy * static_cast<double>(s.log_p[r * length + t]);
        sum += x;
      }
      for (long r = 0; r < rows; ++r) {
        const double x = s.rewards[index(r * length + t)];
        const bool compares = how_.baseline == reward_baseline::position && rows > 1;
        const double others = compares ? (sum - x) / static_cast<double>(rows - 1) : 0;
        s.feed.coefficients()[r * length + t] = static_cast<T>(others - x);
      }
    }
  }
  /// Rewards of whole sequences.
  void judge(std::span<const std::int32_t> all, std::span<double> rewards) {
    if (how_.reward) return how_.reward(all, rewards);
    sessions& s = *sessions_;
    const void* one[] = {all.data()};
    s.value.forward(this->template fixed_view<"discriminator">(), one, static_cast<long>(rewards.size()));
    const std::span<const T> scores = s.value.output();
    for (std::size_t i = 0; i < rewards.size(); ++i) {
      const double score = static_cast<double>(scores[i]);
      const bool probable = objective::is_logit && how_.scale == reward_scale::probability;
      rewards[i] = probable ? 1 / (1 + std::exp(-score)) : score;
    }
  }

  // ---- the discriminator

  /// Two steps on the batch's examples and as many made sequences: half of both in each.
  batch_measure teach_discriminator(long at, long count, double rate) {
    sessions& s = *sessions_;
    const long of_data = this->batch % this->data_batches(), place = of_data * rows_ * length;
    make_batch(at / batches_of_set(), of_data, count);
    batch_measure m;
    m.has = score_terms | phase_term;
    m.terms[5] = 1;
    const std::int32_t *real = this->batch_buffer_.tokens.data(), *fake = made_.data() + place;
    step_facts facts = this->begin_step(rate);
    facts.learning_rate = this->discriminator_rate(facts.learning_rate);
    for (long half = 0; half < 2; ++half) {
      const long first = count * half / 2, rows = count * (half + 1) / 2 - first;
      if (rows == 0) continue;
      const double share = static_cast<double>(rows) / static_cast<double>(count);
      facts.step = 2 * discriminator_batches_before() + half + 1;
      m.loss += share * teach_discriminator(s, real + first * length, fake + first * length, rows, share, m, facts);
      if (!std::isfinite(m.loss)) break;
    }
    return m;
  }
  double teach_discriminator(sessions& s, const std::int32_t* real, const std::int32_t* fake, long rows, double share,
                             batch_measure& m, const step_facts& facts) {
    std::copy_n(real, rows * length, s.mixed.begin());
    std::copy_n(fake, rows * length, s.mixed.begin() + rows * length);
    const weights<T> w = this->template part_view<"discriminator">();
    const void* one[] = {s.mixed.data()};
    last_ = {false, s.mixed.data(), 2 * rows, step_key(stream::real, facts.step)};
    s.judge.forward(w, one, 2 * rows, mode::training, last_.noise);
    const std::span<const T> scores = s.judge.output();
    T* gradient = s.judge.output_gradient().data();
    const auto as_real = [](auto x) { return objective::real(x, 1); };
    const auto as_fake = [](auto x) { return objective::fake(x); };
    const score_measure of_real = evaluate_scores<objective>(as_real, scores.data(), rows, gradient, 0.5),
                        of_fake = evaluate_scores<objective>(as_fake, scores.data() + rows, rows, gradient + rows, 0.5);
    for (std::size_t k = 0; const double x : {of_real.score, of_fake.score, of_real.above, 1 - of_fake.above})
      m.terms[++k] += share * x;
    double total = (of_real.loss + of_fake.loss) / 2;
    if (!std::isfinite(total)) return total;
    s.judge.backward(w, gradients_of(discriminator_part));
    if constexpr (penalises) total += add_penalty(s.penalty, real, fake, rows, facts.step);
    this->step_discriminator(facts);
    if constexpr (clips) this->clip_discriminator(how_.clip);
    return total;
  }
  /// Where the parameters behind a discriminator's embedding begin, and what it makes of tokens.
  static constexpr long behind_embedding() {
    constexpr tensor_slot table = storage::program<discriminator, T>.parameters[0];
    static_assert(table.offset == 0);
    return aligned(storage::elements<T>(table.declared));
  }
  static void embed(weights<T> of_discriminator, const std::int32_t* tokens, long rows, T* to, long width) {
    for (long i = 0; i < rows * length; ++i)
      std::copy_n(of_discriminator.parameters + tokens[i] * width, width, to + i * width);
  }
  /// At points between embedded real and made sequences (Gulrajani et al. 2017, on the embeddings).
  template <class Penalty>
  double add_penalty(Penalty& p, const std::int32_t* real, const std::int32_t* fake, long rows, long number) {
    weights<T> w = this->template fixed_view<"discriminator">();
    embed(w, real, rows, p.real.data(), Penalty::width);
    embed(w, fake, rows, p.fake.data(), Penalty::width);
    interpolate(p.real.data(), p.fake.data(), rows, Penalty::numbers,
                step_key(stream::between, number), p.real.data(), this->team_);
    w.parameters += behind_embedding();
    penalty_type penalty;
    if (how_.penalty_weight >= 0) penalty.weight = how_.penalty_weight;
    const auto g = p.tangents.input_gradient(w, p.real.data(), rows, mode::training);
    const penalty_value v =
        evaluate_penalty(penalty, g.data(), rows, Penalty::numbers, p.direction.data(), this->team_);
    p.tangents.add_gradient(w, p.direction.data(), gradients_of(discriminator_part) + behind_embedding());
    return v.value;
  }
  /// The made sequences of a batch of a set: written by the generator as it is, kept for the other passes. Those of a
  /// run that was interrupted are written again.
  void make_batch(long set, long of_data, long count) {
    const rng::key set_key = key(stream::made, set);
    if (made_key_ != set_key) {
      made_key_ = set_key;
      std::fill(is_made_.begin(), is_made_.end(), false);
    }
    if (is_made_[index(of_data)]) return;
    const long first = of_data * rows_;
    const auto to = std::span(made_).subspan(index(first * length), index(count * length));
    sessions_->write.write(this->template fixed_view<"generator">(), to, set_key, {}, {}, first);
    is_made_[index(of_data)] = true;
  }
  /// Of this run, before the present one.
  long discriminator_batches_before() const {
    const long round = this->epoch - how_.pretrain_epochs;
    const long sets = round == 1 ? 0 : how_.pretrain_sets + (round - 1) * how_.discriminator_sets;
    const long lead = lead_in(this->epoch);
    return sets * batches_of_set() + (this->batch < lead ? this->batch : this->batch - how_.generator_steps);
  }

  // ---- asked by training_run

  struct evaluator final : run_base::evaluation_session {
    evaluator(const trainer& of, long rows, tensor::team& team)
        : run_base::evaluation_session(rows, 0, length), owner(of), run(rows, team), feed(rows, length) {}
    batch_measure measure(weights<T>, std::span<const void* const>, const example_batch<T>& b, rng::key,
                          const training_progress& p) override {
      const Model& m = owner.model_;
      run.forward(m.template part<"generator">(), feed.of(b.tokens, b.rows), b.rows);
      batch_measure all = owner.likelihood_.template measure<generator>(run, b, p, 1.0);
      all.has = 0;
      return all;
    }
    const trainer& owner;
    session<likelihood_net, T, capability::forward> run;
    likelihood_feed<T> feed;
  };

  execution::engine<T>* make_stepper(long rows) override {
    rows_ = rows;
    sessions_.emplace(rows, how_.rollouts, this->team_);
    made_.resize(by_discriminator() ? index(this->data_batches() * rows * length) : 0);
    is_made_.assign(index(this->data_batches()), false);
    made_key_ = {};
    last_ = {};
    return nullptr;
  }
  typename run_base::evaluation make_evaluation(long rows) override {
    return std::make_unique<evaluator>(*this, rows, this->team_);
  }
  double scheduled_rate(const schedule_point& at) const override { return schedule_.rate(this->base_rate_, at); }

  [[gnu::cold]] std::string first_bad_layer() override {
    if (!sessions_ || last_.rows == 0) return {};
    sessions& s = *sessions_;
    const void* one[] = {last_.tokens};
    const std::string where =
        last_.of_generator
            ? s.learn.first_bad_layer(this->template fixed_view<"generator">(), s.feed.of(last_.tokens, last_.rows),
                                      last_.rows, mode::training, last_.noise)
            : s.judge.first_bad_layer(this->template fixed_view<"discriminator">(), one, last_.rows, mode::training,
                                      last_.noise);
    if (!where.empty()) return (last_.of_generator ? "generator, " : "discriminator, ") + where;
    return this->first_bad_gradient();
  }
  [[gnu::cold]] void describe(std::map<std::string, std::string>& options) const override {
    this->add_options(options, "objective.", how_.options());
    options["objective"] = type_name<objective>();
    this->describe_optimisers(options);
    this->describe_schedule(options, schedule_);
  }

  static constexpr std::size_t index(long i) { return static_cast<std::size_t>(i); }

  sequence_adversarial how_;
  Schedule schedule_;
  maximum_likelihood likelihood_{};
  std::optional<sessions> sessions_;
  long rows_ = 0;                     // of a batch
  std::vector<std::int32_t> made_;    // what the discriminator learns from, a set
  std::vector<bool> is_made_;         // by batches
  rng::key made_key_{};               // which set it is
  struct {
    bool of_generator = true;
    const std::int32_t* tokens = nullptr;
    long rows = 0;
    rng::key noise{};
  } last_;  // the pass that ran last
};

}  // namespace genet
