#include <doctest/doctest.h>
#include <genet/declare/shape.hpp>

using namespace genet;

static_assert(shape{}.size() == 1 && show(shape{}).view() == "()");
static_assert(vector_shape(7).size() == 7 && show(vector_shape(7)).view() == "(7)");
static_assert(shape_of({1, 28, 28}).size() == 784 && show(shape_of({1, 28, 28})).view() == "(1,28,28)");
static_assert(shape_of({2, 3}) == shape{2, {2, 3}});
static_assert(shape_of({2, 3}) != shape_of({3, 2}));
static_assert(shape_of({6}) != shape_of({6, 1}));
static_assert(shape_of({1, 2, 3, 4, 5}).rank == shape::max_rank);
static_assert(shape_of({65536, 65536}).size() == 4'294'967'296L);
static_assert(shape_of({4, 5, 6})[1] == 5);
static_assert(show(element::real) == "reals" && show(element::token) == "tokens" && show(element::mask) == "mask" &&
              show(element::label) == "labels");

template <shape S>
struct keyed {};
static_assert(std::is_same_v<keyed<shape_of({2, 3})>, keyed<shape{2, {2, 3}}>>);

TEST_CASE("sizes are computed in long") { CHECK(shape_of({50000, 50000}).size() == 2'500'000'000L); }
