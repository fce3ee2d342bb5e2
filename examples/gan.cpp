// Trains a generative adversarial network on images of 28 x 28, or on points of the plane whose modes can be counted,
// and leaves a run directory with weights, pictures and a report.
#include <genet/data/dataset.hpp>

#include "gan/variants.hpp"
#include "program/run.hpp"

namespace {

/// What a variant and its objective start from.
struct recipe {
  std::string variant, objective;
  void (*run)(const variants::settings&);
  long epochs, batch, critic_steps;
  double learning_rate, discriminator_rate;
  double penalty_weight = 0;  // 0: the objective has no penalty
  bool draws_points = false;  // the data, too
  double temperature = 1;     // of samples

  variants::settings start() const {
    return {.o = {.data = draws_points ? "simulated" : genet::data::fashion_mnist,
                  .out = "runs/gan",
                  .epochs = epochs,
                  .batch = batch,
                  .learning_rate = learning_rate},
            .variant = variant,
            .objective = objective,
            .critic_steps = critic_steps,
            .discriminator_rate = discriminator_rate,
            .penalty_weight = penalty_weight,
            .points = draws_points ? 128'000 : 0,
            .measuring = {.temperature = temperature}};
  }
};

/// The first one of a variant has the objective that is its own.
std::vector<recipe> all_recipes() {
  std::vector<recipe> all{
      {"mlp", "non_saturating", variants::run_mlp, 20, 128, 1, 2e-4, 2e-4},
      {"dcgan", "non_saturating", variants::run_dcgan, 40, 64, 1, 5e-4, 5e-4, 0, false, 0.75},
      {"wgan_gp", "wasserstein_gp", variants::run_wgan_gp, 20, 64, 5, 1e-4, 1e-4, 10},
      {"conditional", "non_saturating", variants::run_conditional, 30, 64, 1, 5e-4, 5e-4, 0, false, 0.75}};
  for (const auto& [variant, epochs] : {std::pair{"ring", 60L}, {"grid", 120L}}) {
    all.push_back({variant, "wasserstein_gp", variants::run_points_wasserstein_gp, epochs, 256, 5, 1e-3, 2e-3, 0.1, true});
    all.push_back({variant, "non_saturating", variants::run_points_non_saturating, epochs / 5, 256, 1, 1e-3, 1e-3, 0, true});
    all.push_back({variant, "packed", variants::run_points_packed, epochs / 5, 256, 1, 1e-3, 1e-3, 0, true});
  }
  return all;
}

std::vector<std::string> distinct(const std::vector<recipe>& all, std::string recipe::*what) {
  std::vector<std::string> names;
  for (const recipe& r : all)
    if (std::find(names.begin(), names.end(), r.*what) == names.end()) names.push_back(r.*what);
  return names;
}

void read(variants::settings& s, const std::vector<std::string>& variant_names,
          const std::vector<std::string>& objectives, int count, char** words) {
  program::options menu{"gan", "Trains a generative adversarial network on images of 28 x 28 or points of the plane.", s.o};
  menu.choice("variant", s.variant, variant_names, "the model; objective, epochs, batch, rates and temperature follow it")
      .choice("objective", s.objective, objectives, "what the nets play for; all three of ring and grid")
      .number("discriminator-rate", s.discriminator_rate, 0., 1000., "step size of the discriminator's optimiser")
      .number("critic-steps", s.critic_steps, 1l, 1000l, "of the discriminator for one of the generator")
      .number("penalty-weight", s.penalty_weight, 0., 1e6, "of the gradient penalty, where there is one")
      .number("label-smoothing", s.label_smoothing, 0., 0.5, "real examples count as 1 minus this")
      .number("points", s.points, 0l, 100'000'000l, "examples of ring and grid, drawn from the seed");
  program::add_options(menu, s.measuring);
  menu.read(count, words);
  s.config = menu.values();
}

/// Options that would change nothing are no options of this variant.
void refuse_useless(const variants::settings& s, const recipe& r) {
  const auto refuse = [&](const char* option, const std::string& why) {
    throw genet::usage_error(std::string(option) + ": " + why);
  };
  if (r.penalty_weight == 0 && s.penalty_weight != 0)
    refuse("--penalty-weight", r.variant + " with the objective " + r.objective + " has no gradient penalty");
  if (r.draws_points && s.points < 1) refuse("--points", "expected at least one");
  if (!r.draws_points && s.points != 0) refuse("--points", r.variant + " trains on the images of --data");
  if (r.draws_points && !s.measuring.judge.empty()) refuse("--judge", r.variant + " draws no images");
  if (r.draws_points && s.o.data != "simulated") refuse("--data", r.variant + " draws its points itself");
}

}  // namespace

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    const std::vector<recipe> all = all_recipes();
    const auto names = distinct(all, &recipe::variant);
    const auto find = [&](const std::string& variant, const std::string& objective) {
      const auto same = [&](const recipe& r) { return r.variant == variant && (objective.empty() || r.objective == objective); };
      return std::find_if(all.begin(), all.end(), same);
    };
    // Variant and objective are read first, since they set the defaults of the others.
    variants::settings s = all.front().start();
    s.objective.clear();
    read(s, names, distinct(all, &recipe::objective), count, words);
    auto chosen = find(s.variant, s.objective);
    if (chosen == all.end()) chosen = find(s.variant, "");  // whose objectives the second reading knows

    std::vector<recipe> of_variant;
    for (const recipe& r : all)
      if (r.variant == s.variant) of_variant.push_back(r);
    const std::filesystem::path data = s.o.data;
    s = chosen->start();
    if (!chosen->draws_points) s.measuring.judge = program::stored_judge(data);
    read(s, names, distinct(of_variant, &recipe::objective), count, words);
    refuse_useless(s, *chosen);
    chosen->run(s);
  });
}
