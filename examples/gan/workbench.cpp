#include "workbench.hpp"

#include <utility>

#include "../program/image_run.hpp"

namespace variants {

using namespace genet;

workbench::workbench(const settings& s, const description& about, drawable d, const std::string& unit)
    : s_(s), made_(std::move(d)), page_(s.o.out), unit_(unit) {
  page_.title(about.title)
      .model(about.declaration)
      .config(s.config)
      .threads(s.o.threads)
      .unit(unit)
      .fact("Data", s.o.data.string())
      .fact("Seed", std::to_string(s.o.seed))
      .chart("Losses of both nets and their sum", {"loss", "generator", "discriminator"})
      .chart("Scores", {"real", "fake"})
      .chart("Rightly told", {"real_accuracy", "fake_accuracy"})
      .chart("Gradient norms", {"generator_gradient", "discriminator_gradient"});
}

std::vector<std::unique_ptr<callback>> workbench::callbacks() const {
  // No epoch of a game is the best one by its losses.
  return program::watchers(s_.o, page_, {.unit = unit_, .keep_best = false});
}

void workbench::finish(const history& past, epoch_record tested) {
  // These belong to a training step.
  std::erase_if(tested.terms, [](const term& t) {
    return t.name.ends_with("_gradient") || t.name == "penalty";
  });
  if (s_.measuring.samples > 0) measure(past);
  program::finish(page_, tested);
}

}  // namespace variants
