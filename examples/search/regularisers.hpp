#pragma once
#include <string>
#include <vector>

#include "bench.hpp"

namespace searches {

/// A regulariser of a model: its name, and a training with it that keeps what it loses.
struct regulariser {
  std::string name;
  double (*train)(const bench&, const genet::candidate&);
};

/// Of the kind of model that a translation unit has; the first is none.
std::vector<regulariser> of_classifier();
std::vector<regulariser> of_vae();

}  // namespace searches
