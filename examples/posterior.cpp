// Draws from the posteriors of models of known data, by any of the samplers, and leaves a table, the draws and a
// report.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "posterior/run.hpp"

namespace {

using posteriors::settings;

/// What the sampler sets.
settings start(const settings& chosen) {
  settings s{.o = {.data = {}, .out = "runs/posterior"}, .model = chosen.model, .sampler = chosen.sampler};
  const bool gradients = s.sampler == "nuts" || s.sampler == "hmc";
  s.warmup = gradients || s.sampler == "mala" ? 1000 : s.sampler == "metropolis" ? 2000 : 500;
  s.draws = gradients ? 2500 : s.sampler == "advi" || s.sampler == "laplace" ? 2000 : 10'000;
  s.target_accept = gradients ? 0.95 : s.sampler == "mala" ? 0.574 : s.sampler == "metropolis" ? 0.234 : 0;
  if (s.sampler == "mala" || s.sampler == "metropolis") s.metric = "dense";
  if (s.sampler == "advi" || s.sampler == "laplace") s.warmup = 0;
  return s;
}

void read(settings& s, int count, char** words) {
  program::options menu{"posterior",
                        "Draws from the posterior of a model, and says how far the draws are to be trusted.", s.o};
  menu.instead_of("epochs", "--draws")
      .instead_of("batch", "--chains")
      .instead_of("learning-rate", "--target-accept")
      .instead_of("resume", "--seed: the same draws come")
      .meaning("data", "FILE",
               "of the model, .json as of posteriordb or .csv; without it built in, or of its own making")
      .meaning("out", "DIR", "where draws.csv, draws.npz, summary.csv and report.html go")
      .meaning("seed", "N", "of the draws")
      .meaning("threads", "N", "that chains run on; the draws are the same")
      .choice("model", s.model,
              {"eight_schools", "eight_schools_centered", "gaussian_mixture", "hidden_markov", "regression"},
              "which one")
      .choice("sampler", s.sampler, {"nuts", "hmc", "mala", "metropolis", "slice", "gibbs", "advi", "laplace"},
              "how to draw; advi and laplace draw from a normal distribution that is fitted")
      .number("chains", s.chains, 1, 1000, "of draws")
      .number("warmup", s.warmup, 0l, 10'000'000l, "iterations of a chain that adapt and are not kept")
      .number("draws", s.draws, 4l, 10'000'000l, "that are kept, of each chain")
      .number("target-accept", s.target_accept, 0., 1., "acceptance that the warm-up chooses steps for")
      .choice("metric", s.metric, {"unit", "diagonal", "dense"}, "what the warm-up learns of the posterior's shape")
      .flag("full-rank", s.full_rank, "of advi: with a covariance instead of deviations alone")
      .choice("prior", s.prior, {"data", "normal", "flat"},
              "of regression: N(0, 10), or flat with a half-Cauchy(2.5) deviation; data: flat for kidiq.json")
      .text("outcome", s.outcome, "NAME", "of regression: the column to be predicted; the last one if none is said");
  menu.read(count, words);
  s.config = menu.values();
}

/// Options that would change nothing are no options of this run.
void refuse_useless(const settings& s) {
  const settings usual = start(s);
  const auto only = [](bool here, bool changed, const std::string& option, const std::string& whose) {
    if (!here && changed) throw genet::usage_error("--" + option + " belongs to " + whose);
  };
  const bool fitted = s.sampler == "advi" || s.sampler == "laplace";
  only(!fitted, s.warmup != usual.warmup, "warmup", "samplers that make chains, not to " + s.sampler);
  only(usual.target_accept > 0, s.target_accept != usual.target_accept, "target-accept",
       "nuts, hmc, mala and metropolis");
  only(usual.target_accept > 0, s.metric != usual.metric, "metric", "nuts, hmc, mala and metropolis");
  only(s.sampler == "advi", s.full_rank, "full-rank", "--sampler advi");
  only(s.model == "regression", s.prior != usual.prior, "prior", "--model regression");
  only(s.model == "regression", !s.outcome.empty(), "outcome", "--model regression");
  only(!s.o.data.empty(), !s.outcome.empty(), "outcome", "a table that --data names");
}

posteriors::outcome draw(const settings& s) {
  if (s.model == "gaussian_mixture") return posteriors::draw_mixture(s);
  if (s.model == "hidden_markov") return posteriors::draw_hidden_states(s);
  if (s.model == "regression") return posteriors::draw_regression(s);
  return posteriors::draw_eight_schools(s);
}

}  // namespace

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    settings chosen;
    read(chosen = start(chosen), count, words);
    settings s = start(chosen);
    read(s, count, words);
    refuse_useless(s);
    if (std::error_code failed; !std::filesystem::create_directories(s.o.out, failed) && failed)
      throw genet::io_error(s.o.out.string() + ": cannot create the directory: " + failed.message());
    const auto began = std::chrono::steady_clock::now();
    try {
      const posteriors::outcome made = draw(s);
      posteriors::show(s, made, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    } catch (const posteriors::stopped&) {
      std::fputs("stopped before its end; nothing was written\n", stderr);
    }
  });
}
