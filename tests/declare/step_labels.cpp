#include <doctest/doctest.h>
#include <genet/declare.hpp>
#include <genet/declare/step_labels.hpp>

using namespace genet;

namespace {

struct small : net<input<1, 28, 28>, flatten, dense<40>, relu, dropout<0.5>, batch_norm,
                   heads<head<"mean", dense<2>>, head<"spread", dropout<0.25>, dense<2, no_bias>>>> {};
struct late : net<input<4>, heads<head<"a", dense<2>>, head<"b", dropout<0.5>>>, pick<"a">, dropout<0.25>> {};
struct without_noise : net<input<4>, dense<2>> {};

}  // namespace

TEST_CASE("each step of a program has the spelling of its layers") {
  constexpr int n = program_of<small>.n_steps;
  static_assert(step_label<small>(0) == "dense<40>, relu, dropout<0.5>");
  static_assert(step_label<small>(1) == "batch_norm");
  static_assert(step_label<small>(n - 1) == "dense<2>");
}

TEST_CASE("the steps that draw noise are known") {
  static_assert(drawing_steps<small>.size() == 2);
  static_assert(drawing_steps<small>[0] == 0);
  static_assert(step_label<small>(drawing_steps<small>[1]) == "dropout<0.25>");
  static_assert(drawing_steps<late>[0] == 1 && drawing_steps<late>[1] == 0);  // in the order of the declaration
  static_assert(drawing_steps<without_noise>.empty());
}
