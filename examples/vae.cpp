// Trains a variational autoencoder on images of 28 x 28 and leaves a run directory with weights, pictures and a
// report.
#include <genet/data/dataset.hpp>

#include "program/run.hpp"
#include "vae/variants.hpp"

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    struct variant {
      std::string name;
      void (*run)(const variants::settings&);
      long epochs;
      double learning_rate;
      double temperature = 1;
    };
    const std::vector<variant> all{{"mlp", variants::run_mlp, 10, 1e-3},
                                   {"article", variants::run_article, 10, 1e-3},
                                   {"linear", variants::run_linear, 40, 2e-3},
                                   {"map", variants::run_map, 20, 1e-3},
                                   {"conv", variants::run_conv, 10, 1e-3},
                                   {"conditional", variants::run_conditional, 10, 1e-3, 0.75},
                                   {"adversarial", variants::run_adversarial, 10, 1e-3}};
    std::vector<std::string> names;
    for (const variant& v : all) names.push_back(v.name);

    auto read = [&](variants::settings& s) {
      program::options menu{"vae", "Trains a variational autoencoder on images of 28 x 28.", s.o};
      menu.choice("variant", s.variant, names, "the model; epochs, learning rate and temperature follow it")
          .number("beta", s.beta, 0., 1000., "weight of the KL divergence")
          .number("warm-up", s.warm_up, 0., 1e6, "epochs over which beta rises from 0")
          .number("free-bits", s.free_bits, 0., 1000., "nats that each latent number has for nothing")
          .number("codes", s.codes, 0L, 100000L, "of each of 1000 test images, to estimate log p(x) by; 0: none")
          .number("annealed", s.annealed, 0L, 1000000L,
                  "temperatures from the prior to the posterior, to estimate log p(x) of 100 test images by; 0: none")
          .number("validation", s.validation, 0., 0.9, "share of the training images to validate on");
      program::add_options(menu, s.measuring);
      menu.read(count, words);
      s.config = menu.values();
    };
    // The variant is read first, since it sets the defaults of the others.
    variants::settings s{.o = {.data = genet::data::fashion_mnist, .out = "runs/vae"}};
    read(s);
    const variant& chosen =
        *std::find_if(all.begin(), all.end(), [&](const variant& v) { return v.name == s.variant; });
    s.o.epochs = chosen.epochs;
    s.o.learning_rate = chosen.learning_rate;
    s.measuring = {.temperature = chosen.temperature, .judge = program::stored_judge(s.o.data)};
    read(s);
    chosen.run(s);
  });
}
