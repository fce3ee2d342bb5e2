#pragma once
#include <string>

#include "../program/options.hpp"
#include "../program/quality.hpp"

namespace variants {

/// What the command line decided.
struct settings {
  program::common o{};
  std::string variant = "mlp";
  double beta = 1, warm_up = 0, free_bits = 0;
  long codes = 0;         // of the importance weighted bound after the training
  long annealed = 0;      // temperatures of annealed importance sampling after the training
  double validation = 0;  // share of the training images
  program::measuring measuring{};
  genet::json::object config{};
};

/// Each variant has a translation unit of its own, so that one is compiled without the others.
void run_mlp(const settings&);
void run_article(const settings&);
void run_linear(const settings&);
void run_map(const settings&);
void run_conv(const settings&);
void run_conditional(const settings&);
void run_adversarial(const settings&);

}  // namespace variants
