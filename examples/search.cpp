// Chooses among models of images of 28 x 28: over types of other sizes, over learning rate and its like, or among
// regularisers. Leaves a run directory with all trainings, the ranking and a report; a search that was interrupted goes
// on with --resume.
#include <algorithm>

#include <genet/data/dataset.hpp>

#include "program/run.hpp"
#include "search/searches.hpp"

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    struct kind {
      std::string name;
      void (*run)(const searches::settings&);
      long epochs;
      std::string strategy;
      double validation;
      long images = 0;
    };
    const std::vector<kind> all{{"types", searches::types, 5, "grid", 1. / 6},
                                {"shapes", searches::shapes, 5, "grid", 1. / 6},
                                {"rate", searches::rate, 9, "halving", 1. / 6},
                                {"regularisers", searches::regularisers, 30, "grid", 1. / 6, 6000}};
    std::vector<std::string> names;
    for (const kind& k : all) names.push_back(k.name);

    auto read = [&](searches::settings& s) {
      program::options menu{"search", "Chooses among models of images of 28 x 28.", s.o};
      menu.choice("over", s.over, names, "what is searched; epochs, images and strategy follow it")
          .choice("strategy", s.strategy, {"grid", "random", "halving", "hyperband"}, "which candidates get how much")
          .number("candidates", s.candidates, 1L, 10'000L, "of random search and halving; steps of ranges of a grid")
          .number("seeds", s.seeds, 1L, 1000L, "trainings of each candidate, whose mean is its score")
          .number("workers", s.workers, 1, genet::tensor::team::most, "trainings at once; the results are the same")
          .number("images", s.images, 0L, 1'000'000L, "first training images to take; 0: all")
          .number("validation", s.validation, 0.01, 0.9, "share of them that the score is measured on");
      menu.meaning("epochs", "N", "of each training; the largest budget of halving and hyperband")
          .meaning("resume", "", "keep the trainings that --out holds");
      menu.read(count, words);
      s.config = menu.values();
    };
    // What is searched is read first, since it sets the defaults of the others.
    searches::settings s{.o = {.data = genet::data::fashion_mnist, .out = "runs/search"}};
    read(s);
    const kind& chosen = *std::find_if(all.begin(), all.end(), [&](const kind& k) { return k.name == s.over; });
    s.o.epochs = chosen.epochs;
    s.strategy = chosen.strategy;
    s.validation = chosen.validation;
    s.images = chosen.images;
    read(s);
    chosen.run(s);
  });
}
