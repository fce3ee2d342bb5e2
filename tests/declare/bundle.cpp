#include <doctest/doctest.h>
#include <genet/declare/bundle.hpp>

using namespace genet;

namespace {

constexpr bundle two() {
  bundle b;
  b.n = 2;
  b.at[0] = {vector_shape(20), element::real, "mean", 3};
  b.at[1] = {shape_of({4, 5}), element::token, "words", 1, 50};
  return b;
}
static_assert(show(two()).view() == "mean (20), words tokens (4,5)");
static_assert(two().find("words") == 1 && two().find("mean") == 0 && two().find("") == -1 && two().find("mea") == -1);

constexpr bundle one() {
  bundle b;
  b.n = 1;
  b.at[0] = {vector_shape(3), element::mask, "hidden"};
  return b;
}
static_assert(show(one()).view() == "mask (3)");  // a single tensor needs no name

// Kernels are keyed by what they depend on: not by names and buffers.
constexpr bundle elsewhere() {
  bundle b = two();
  b.at[0].name = "other";
  b.at[0].buffer = 9;
  return b;
}
static_assert(shapes_of(two()) == shapes_of(elsewhere()));
constexpr bundle larger_vocabulary() {
  bundle b = two();
  b.at[1].limit = 51;
  return b;
}
static_assert(shapes_of(two()) != shapes_of(larger_vocabulary()));
static_assert(shapes_of(two())[1] == shape_of({4, 5}) && shapes_of(two()).limit[1] == 50 &&
              shapes_of(two()).kind[1] == element::token);

}  // namespace

TEST_CASE("a bundle finds its tensors by name") {
  CHECK(two().find("mean") == 0);
  CHECK(bundle{}.find("mean") == -1);
}
