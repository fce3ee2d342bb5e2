#pragma once
// What all models of the program posterior share: their samplers are chosen here, what they drew is shown by
// show.cpp.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <genet/inference/advi.hpp>
#include <genet/inference/gibbs.hpp>
#include <genet/inference/hmc.hpp>
#include <genet/inference/mala.hpp>
#include <genet/inference/metropolis.hpp>
#include <genet/inference/nuts.hpp>
#include <genet/inference/optimise.hpp>
#include <genet/report/json.hpp>

#include "../program/run.hpp"

namespace posteriors {

struct settings {
  program::common o;
  std::string model = "eight_schools", sampler = "nuts", metric = "diagonal", prior = "data", outcome = {};
  int chains = 4;
  long warmup = 0, draws = 0;
  double target_accept = 0;
  bool full_rank = false;
  genet::json::object config = {};
};

/// Thrown out of the chains after a signal; not an error.
struct stopped {};

/// A model whose chains end after a signal.
template <class Model>
struct watched : Model {
  explicit watched(Model m) : Model(std::move(m)) {}
  auto log_density(const auto& theta) const requires(!genet::inference::detail::gradient_by_hand<Model>) {
    look();
    return Model::log_density(theta);
  }
  template <std::size_t N>
  double log_density(const std::array<double, N>& theta, std::array<double, N>& gradient) const
      requires(genet::inference::detail::gradient_by_hand<Model>) {
    look();
    return Model::log_density(theta, gradient);
  }

 private:
  static void look() {
    if (program::interrupted()) throw stopped{};
  }
};

/// Draws, and what the sampler says beside them: names and values.
struct outcome {
  genet::inference::draws draws;
  std::vector<std::pair<std::string, std::string>> said{};
};

/// `elbo -31.92 +- 0.01`
std::pair<std::string, std::string> said(const std::string& name, double value, double error = 0);

/// Draws by the sampler that is asked for, from a model that all of them take.
template <class Model>
outcome draw(const settings& s, const Model& plain) {
  using namespace genet;
  using namespace genet::inference;
  const watched<Model> m(plain);
  tensor::team team(s.o.threads);
  const auto shape = s.metric == "dense" ? metric::dense : s.metric == "unit" ? metric::unit : metric::diagonal;
  const chain_options length{s.chains, s.warmup, s.draws, s.o.seed};
  const auto run = [&](auto sampler) {
    sampler.chains = s.chains;
    sampler.warmup = s.warmup;
    sampler.iterations = s.draws;
    sampler.seed = s.o.seed;
    if constexpr (requires { sampler.target_acceptance; }) {
      sampler.target_acceptance = s.target_accept;
      sampler.shape = shape;
    }
    return outcome{sample(m, sampler, team)};
  };
  if (s.sampler == "nuts") return run(nuts{});
  if (s.sampler == "hmc") return run(hmc{});
  if constexpr (requires { m.conditionals(); }) {
    if (s.sampler == "mala") return run(mala{});
    if (s.sampler == "metropolis") return run(metropolis{});
    if (s.sampler == "slice") return run(slice{});
    if (s.sampler == "gibbs") return run(gibbs{});
    if (s.sampler == "advi") {
      const auto fit = fit_advi(m, {.seed = s.o.seed, .full_rank = s.full_rank});
      return {sample(m, fit, length, team),
              {said("elbo", fit.elbo, fit.elbo_error), said("steps", static_cast<double>(fit.steps)),
               said("converged", fit.converged)}};
    }
    if (s.sampler == "laplace") {
      const auto fit = fit_laplace(m, s.o.seed);
      return {sample(m, fit, length, team), {said("log_evidence", fit.log_evidence)}};
    }
  }
  throw usage_error("--sampler " + s.sampler + ": expected nuts or hmc for --model " + s.model +
                    ", whose funnel the others do not reach into");
}

outcome draw_eight_schools(const settings&);
outcome draw_mixture(const settings&);
outcome draw_hidden_states(const settings&);
outcome draw_regression(const settings&);

/// The table on stdout, warnings on stderr, and the files in --out.
void show(const settings&, const outcome&, double seconds);

}  // namespace posteriors
