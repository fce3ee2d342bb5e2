#pragma once
#include "../program/options.hpp"

namespace classifying {

/// What the command line decided.
struct settings {
  program::common o{};
  double validation = 0;  // share of the training images
  genet::json::object config{};
};

/// Trains the classifier, tests it, and leaves a run directory with weights and a report. The net is compiled in
/// train.cpp.
void train(const settings&);

}  // namespace classifying
