#pragma once
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../tensor/assign.hpp"
#include "../tensor/views.hpp"
#include "adversarial.hpp"
#include "stepper.hpp"
#include "trainer.hpp"

namespace genet::inline GENET_ISA {

/// What trainers of a generator and a discriminator have in common: an optimiser for each of the two parts, their
/// gradients, and perhaps a part that is the generator's average.
template <class Trainer, class Model, optimiser GeneratorOptimiser, optimiser DiscriminatorOptimiser>
class two_net_trainer : public trainer_base<Trainer, typename Model::scalar> {
 protected:
  using declaration = typename Model::declaration;
  using T = typename Model::scalar;
  using run_base = training_run<T>;
  using batch_measure = typename run_base::batch_measure;

  static constexpr part_entry generator_part = Model::template place<"generator">;
  static constexpr part_entry discriminator_part = Model::template place<"discriminator">;

  two_net_trainer(Model& m, optimisers<GeneratorOptimiser, DiscriminatorOptimiser> by, training_options options,
                  long features)
      : trainer_base<Trainer, T>(std::move(options), features, declaration::net_type::source,
                                 std::max(GeneratorOptimiser::moments, DiscriminatorOptimiser::moments),
                                 static_cast<long>(m.parameters().size())),
        model_(m),
        generator_step_(by.generator, Model::tensors(), generator_part.parameter_offset,
                        generator_part.parameter_elements, rules_for("generator")),
        discriminator_step_(by.discriminator, Model::tensors(), discriminator_part.parameter_offset,
                            discriminator_part.parameter_elements, rules_for("discriminator")) {
    this->base_rate_ = this->learning_rate = by.generator.learning_rate;
    this->summary = Model::summary();
  }

  template <fixed_string Name>
  weights<T> part_view() {
    return model_.template part<Name>();
  }
  /// Whose state does not move.
  template <fixed_string Name>
  weights<T> fixed_view() const {
    return std::as_const(model_).template part<Name>();
  }
  T* gradients_of(const part_entry& p) { return this->gradients_.data() + p.parameter_offset; }

  /// A step on a part's gradient, limited as the options say; the norm that it had.
  double step_generator(step_facts facts) {
    const double norm = limit(generator_part, facts);
    generator_step_.step(model_.parameters().data(), this->gradients_.data(), moments<GeneratorOptimiser>(), facts,
                         this->team_);
    return norm;
  }
  double step_discriminator(step_facts facts) {
    const double norm = limit(discriminator_part, facts);
    discriminator_step_.step(model_.parameters().data(), this->gradients_.data(), moments<DiscriminatorOptimiser>(),
                             facts, this->team_);
    return norm;
  }
  /// The discriminator's rate keeps its ratio to the generator's.
  double discriminator_rate(double of_generator) const {
    const double mine = discriminator_step_.optimiser().learning_rate,
                 its = generator_step_.optimiser().learning_rate;
    return its > 0 ? of_generator * mine / its : mine;
  }
  void clip_discriminator(double bound) {
    clip_by_value(model_.parameters().data() + discriminator_part.parameter_offset,
                  discriminator_part.parameter_elements, bound, this->team_);
  }

  /// Moves the part `average` towards the generator, or makes it equal at the beginning.
  void move_average(bool begin) {
    constexpr part_entry from = generator_part, to = Model::template place<"average">;
    const T kept = begin ? T(0) : static_cast<T>(declaration::options.decay);
    const auto move = [kept](const T* now, T* mean, long n) {
      if (n == 0) return;
      auto m = tensor::flat(mean, n);
      tensor::assign(m, m * kept + tensor::flat(now, n) * (1 - kept));
    };
    T *p = model_.parameters().data(), *s = model_.state().data();
    move(p + from.parameter_offset, p + to.parameter_offset, from.parameter_elements);
    move(s + from.state_offset, s + to.state_offset, from.state_elements);
  }

  // ---- asked by training_run

  std::span<T> parameters() override { return model_.parameters(); }
  std::span<T> state() override { return model_.state(); }
  const std::vector<tensor_info>& tensors() const override { return Model::tensors(); }
  bool may_step_while_backward() const override { return false; }
  long copies() const override { return 1; }
  // Its own way of learning takes the place of these.
  batch_measure measure_step(const example_batch<T>&, const training_progress&, double) override { return {}; }
  void backward(bool) override {}
  void backward_and_step(const step_facts&) override {}
  void step_all(const step_facts&) override {}
  double optimiser_rate() const override { return generator_step_.optimiser().learning_rate; }

  [[gnu::cold]] void describe_optimisers(std::map<std::string, std::string>& options) const {
    const auto one = [&](const std::string& of, const auto& o) {
      options[of + ".optimiser"] = o.label();
      this->add_options(options, of + ".optimiser.", o.options());
    };
    one("generator", generator_step_.optimiser());
    one("discriminator", discriminator_step_.optimiser());
  }

  Model& model_;

 private:
  double limit(const part_entry& p, step_facts& facts) {
    T* g = gradients_of(p);
    if (this->options_.clip_value > 0) clip_by_value(g, p.parameter_elements, this->options_.clip_value, this->team_);
    const double norm = std::sqrt(tensor::sum_of_squares(g, p.parameter_elements, this->team_));
    if (this->options_.clip_norm > 0) facts.gradient_scale = clip_factor(norm, this->options_.clip_norm);
    return norm;
  }
  template <class O>
  auto moments() {
    typename stepper<O, T>::moments m{};
    for (std::size_t k = 0; k < m.size(); ++k) m[k] = this->moments_[k].data();
    return m;
  }
  /// The rules that say something of a part, and those that apply to nothing, which are an error.
  std::vector<parameter_rule> rules_for(std::string_view part) const {
    std::vector<parameter_rule> mine;
    for (const parameter_rule& r : this->options_.rules) {
      bool here = false, anywhere = false;
      for (const tensor_info& t : Model::tensors()) {
        if (!t.trained || !r.applies_to(t.name, t.member_of)) continue;
        anywhere = true;
        here = here || t.name.substr(0, part.size()) == part;
      }
      if (here || !anywhere) mine.push_back(r);
    }
    return mine;
  }

  stepper<GeneratorOptimiser, T> generator_step_;
  stepper<DiscriminatorOptimiser, T> discriminator_step_;
};

}  // namespace genet
