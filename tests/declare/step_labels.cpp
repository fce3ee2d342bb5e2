#include <doctest/doctest.h>
#include <genet/declare.hpp>
#include <genet/declare/step_labels.hpp>

using namespace genet;

namespace {

struct small : net<input<1, 28, 28>, flatten, dense<40>, relu, dropout<0.5>, batch_norm,
                   heads<head<"mean", dense<2>>, head<"spread", dropout<0.25>, dense<2, no_bias>>>> {};
struct without_noise : net<input<4>, dense<2>> {};

}  // namespace

TEST_CASE("each step of a program has the spelling of its layer") {
  constexpr int n = program_of<small>.n_steps;
  for (int s = 0; s < n; ++s)
    CHECK(step_label<small>(s) ==
          words<small::tree>[static_cast<std::size_t>(program_of<small>.steps[static_cast<std::size_t>(s)].word)]
              .label()
              .view());
  static_assert(step_label<small>(0) == "dense<40>");
  static_assert(step_label<small>(n - 1) == "dense<2>");
}

TEST_CASE("the steps that draw noise are known") {
  static_assert(drawing_steps<small>.size() == 2);
  for (const int s : drawing_steps<small>) CHECK(step_label<small>(s).starts_with("dropout<"));
  static_assert(drawing_steps<without_noise>.empty());
}
