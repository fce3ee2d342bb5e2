#pragma once
#include <string>

#include "../program/options.hpp"

namespace uses {

/// What the command line decided.
struct settings {
  program::common o{};
  std::string use{};
  genet::json::object config{};
};

/// Each use has a translation unit of its own, and a line in the list of uses.cpp.
void anomalies(const settings&);
void denoise(const settings&);

}  // namespace uses
