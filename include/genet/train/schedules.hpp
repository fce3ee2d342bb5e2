#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>
#include <numbers>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/isa.hpp"

namespace genet::inline GENET_ISA {

/// Where in a run the step stands whose learning rate is asked for.
struct schedule_point {
  long step = 0;    ///< optimiser steps before it
  long steps = 1;   ///< of the whole run
  long epoch = 0;   ///< finished epochs
  long epochs = 1;  ///< of the whole run
};

// A schedule is an aggregate with rate(base, point), a pure function, so that a resumed run needs no more than its
// step; and options(), the names and values that a resumed run must share. `base` is the optimiser's rate, or what a
// callback (reduce_on_plateau) made of it.

/// Whether `S` can be handed to a trainer.
template <class S>
concept schedule = requires(const S& s, const schedule_point& at) {
  { s.rate(0.1, at) } -> std::convertible_to<double>;
  { s.options() } -> std::convertible_to<std::vector<std::pair<std::string_view, double>>>;
};

/// The same rate throughout.
struct constant {
  static constexpr std::string_view label() { return "constant"; }
  std::vector<std::pair<std::string_view, double>> options() const { return {}; }
  double rate(double base, const schedule_point&) const { return base; }
};

/// base * factor^k after every k-th stretch of `every` epochs. PyTorch equivalent: optim.lr_scheduler.StepLR.
struct step_decay {
  long every = 10;
  double factor = 0.1;

  static constexpr std::string_view label() { return "step_decay"; }
  std::vector<std::pair<std::string_view, double>> options() const {
    return {{"every", static_cast<double>(every)}, {"factor", factor}};
  }
  double rate(double base, const schedule_point& at) const {
    return base * std::pow(factor, static_cast<double>(at.epoch / std::max(every, 1L)));
  }
};

/// `warm_up` steps that rise evenly to the base rate, then half a cosine down to `floor` at the end of the run (or
/// after `steps` steps, where it stays). PyTorch equivalent: optim.lr_scheduler.LinearLR, then CosineAnnealingLR.
struct cosine {
  long warm_up = 0;
  double floor = 0;
  long steps = 0;  ///< 0: those of the run

  static constexpr std::string_view label() { return "cosine"; }
  std::vector<std::pair<std::string_view, double>> options() const {
    return {{"warm_up", static_cast<double>(warm_up)}, {"floor", floor}, {"steps", static_cast<double>(steps)}};
  }
  double rate(double base, const schedule_point& at) const {
    if (at.step < warm_up) return base * static_cast<double>(at.step + 1) / static_cast<double>(warm_up);
    const double length = static_cast<double>(std::max((steps > 0 ? steps : at.steps) - warm_up, 1L));
    const double part = std::min(1.0, static_cast<double>(at.step - warm_up) / length);
    return floor + (base - floor) * (1 + std::cos(std::numbers::pi * part)) / 2;
  }
};

}  // namespace genet
