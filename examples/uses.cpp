// What generative models are for, on images of 28 x 28: each use trains what it needs, measures what came of it, and
// leaves a run directory with pictures and a report.
#include <genet/data/dataset.hpp>

#include "program/run.hpp"
#include "uses/uses.hpp"

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    struct use {
      std::string name;
      void (*run)(const uses::settings&);
      long epochs;
      double learning_rate = 1e-3;
    };
    const std::vector<use> all{{"anomalies", uses::anomalies, 40},
                               {"denoise", uses::denoise, 6},
                               {"features", uses::features, 10},
                               {"impute", uses::impute, 10},
                               {"optimise", uses::optimise, 10},
                               {"relation", uses::relation, 10},
                               {"simulate", uses::simulate, 10}};
    std::vector<std::string> names;
    for (const use& u : all) names.push_back(u.name);

    auto read = [&](uses::settings& s) {
      program::options menu{"uses", "What generative models are for, on images of 28 x 28.", s.o};
      menu.choice("use", s.use, names, "what for; epochs and learning rate follow it");
      menu.choice("from", s.from, {"label", "half"}, "relation: what an image is made from")
          .number("prior-weight", s.prior_weight, 0., 1e6, "optimise: of the prior's log-density beside the judge's")
          .number("smoothing", s.smoothing, 0., 100., "optimise: deviation of the codes that are to please the judge")
          .number("images", s.images, 1L, 1'000'000L, "impute: test images to complete")
          .number("components", s.components, 1L, 10'000L, "simulate: normal distributions that the prior is mixed of")
          .number("steps", s.steps, 1L, 100'000L, "optimise: of the ascent");
      program::add_options(menu, s.measuring);
      menu.read(count, words);
      s.config = menu.values();
    };
    // The use is read first, since it sets the defaults of the others.
    uses::settings s{.o = {.data = genet::data::fashion_mnist, .out = "runs/uses"}, .use = names.front()};
    read(s);
    const use& chosen = *std::find_if(all.begin(), all.end(), [&](const use& u) { return u.name == s.use; });
    s.o.epochs = chosen.epochs;
    s.o.learning_rate = chosen.learning_rate;
    s.measuring.judge = program::stored_judge(s.o.data);
    read(s);
    chosen.run(s);
  });
}
