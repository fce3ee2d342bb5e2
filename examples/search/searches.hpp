#pragma once
#include <string>

#include "../program/options.hpp"

namespace searches {

/// What the command line decided.
struct settings {
  program::common o{};
  std::string over = "types", strategy{};
  long candidates = 9, seeds = 1;
  int workers = 1;
  long images = 0;         // of the training images; 0: all
  double validation = 0;  // share of them
  genet::json::object config{};
};

void types(const settings&);         // four sizes of the code of a VAE
void shapes(const settings&);        // depth, width and dropout of a VAE
void rate(const settings&);          // learning rate, beta and weight decay of one of them
void regularisers(const settings&);  // of a classifier and of a VAE

}  // namespace searches
