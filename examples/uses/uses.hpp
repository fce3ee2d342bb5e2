#pragma once
#include <string>

#include "../program/options.hpp"
#include "../program/quality.hpp"

namespace uses {

/// What the command line decided.
struct settings {
  program::common o{};
  std::string use{};
  std::string from = "label";  // what the relation leads from
  double prior_weight = 1;     // of the prior beside the objective
  double smoothing = 0.7;      // deviation of the codes around one that are to reach it
  long images = 500;           // to complete
  long components = 64;        // of the mixture that samples come from
  long steps = 150;            // of the optimisation
  program::measuring measuring{.temperature = 0.75};
  genet::json::object config{};
};

/// Each use has a translation unit of its own, and a line in the list of uses.cpp.
void anomalies(const settings&);
void denoise(const settings&);
void features(const settings&);
void impute(const settings&);
void optimise(const settings&);
void relation(const settings&);
void simulate(const settings&);

}  // namespace uses
