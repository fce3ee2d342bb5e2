#include <doctest/doctest.h>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/embedding.hpp>
#include <genet/kernels/one_hot.hpp>
#include <genet/layers/flatten.hpp>

#include <string>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

/// What a session says of integers.
template <class Net>
std::string complaint_about(const std::vector<std::int32_t>& x, long rows) {
  model<Net> m{seed{1}};
  session<Net> run(rows);
  const void* in[] = {x.data()};
  try {
    run.forward(m.view(), in, rows);
  } catch (const bad_input& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("rows of tokens and of labels, often the same one") {
  everything<net<tokens<7, 5>, embedding<3>>>();
  everything<net<tokens<300, 2>, embedding<33>, flatten, dense<4>>>();
  everything<net<labels<3>, embedding<20>, dense<2>>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<tokens<7, 5>, wrong<embedding<3>, -1, 0>>>();
}
TEST_CASE("any number of threads gives the same bits") {
  any_team_gives_the_same_bits<net<tokens<50, 9>, embedding<131>>>();
}
TEST_CASE("rows start standard normal") {
  model<net<tokens<1000, 2>, embedding<50>>, double> m{seed{1}};
  double sum = 0, squares = 0;
  for (const double x : m.get("0.weight")) sum += x, squares += x * x;
  CHECK(std::abs(sum / 50000) < 0.02);
  CHECK(squares / 50000 == doctest::Approx(1).epsilon(0.02));
}
TEST_CASE("integers out of range are told with their place") {
  CHECK(complaint_about<net<tokens<7, 3>, embedding<4>>>({0, 1, 2, 3, 6, 7}, 2) ==
        "embedding<4>: example 1, position 2: got 7, expected 0 to 6");
  CHECK(complaint_about<net<tokens<7, 3>, one_hot>>({0, -1, 2}, 1) ==
        "one_hot: example 0, position 1: got -1, expected 0 to 6");
  CHECK(complaint_about<net<labels<7>, embedding<4>>>({0, 9}, 2) ==
        "embedding<4>: example 1: got 9, expected 0 to 6");
  CHECK(complaint_about<net<labels<7>, one_hot>>({0, 6}, 2).empty());
}
