#include <boost/hana/size.hpp>
#include <doctest/doctest.h>
#include <genet/declare/composition.hpp>

using namespace genet;
namespace hana = boost::hana;

namespace {

template <class S>
constexpr bundle b = source_of<S>::value;

static_assert(b<input<1, 28, 28>>.n == 1 && b<input<1, 28, 28>>[0].s == shape_of({1, 28, 28}) &&
              b<input<1, 28, 28>>[0].kind == element::real && b<input<1, 28, 28>>[0].buffer == 0);
static_assert(b<input<>>[0].s == shape{});
static_assert(b<noise<5>>[0].s == vector_shape(5) && b<noise<5>>[0].kind == element::real);
static_assert(b<tokens<50, 7>>[0].s == vector_shape(7) && b<tokens<50, 7>>[0].kind == element::token &&
              b<tokens<50, 7>>[0].limit == 50);
static_assert(b<mask<7>>[0].kind == element::mask && b<mask<7>>[0].limit == 2);
static_assert(b<labels<10>>[0].kind == element::label && b<labels<10>>[0].limit == 10 &&
              b<labels<10>>[0].s.size() == 1);
static_assert(b<named<"x", input<4>>>[0].s == vector_shape(4));

using several = inputs<named<"image", input<784>>, named<"digit", labels<10>>>;
static_assert(b<several>.n == 2 && b<several>[0].name == "image" && b<several>[1].name == "digit" &&
              b<several>[0].buffer == 0 && b<several>[1].buffer == 1 && b<several>[1].limit == 10);

// What is no source is empty; net refuses it.
static_assert(b<int>.n == 0 && b<inputs<>>.n == 0);
static_assert(b<inputs<named<"a", input<1>>, named<"b", int>>>.n == 0);
static_assert(b<inputs<named<"a", several>>>.n == 0);
template <int... I>
constexpr int many(std::integer_sequence<int, I...>) {
  return source_of<inputs<named<"x", input<I + 1>>...>>::value.n;
}
static_assert(many(std::make_integer_sequence<int, max_edges>{}) == max_edges);
static_assert(many(std::make_integer_sequence<int, max_edges + 1>{}) == 0);

static_assert(source_of<input<1, 28, 28>>::label().view() == "input<1,28,28>");
static_assert(source_of<noise<20>>::label().view() == "noise<20>");
static_assert(source_of<tokens<50, 7>>::label().view() == "tokens<50,7>");
static_assert(source_of<named<"x", mask<3>>>::label().view() == "mask<3>");
static_assert(source_of<several>::label().view() == "inputs");
static_assert(source_of<int>::label().view() == "int");

}  // namespace

TEST_CASE("the branches of heads are a Hana container") {
  CHECK(decltype(hana::size(heads<head<"a">, head<"b">>::list))::value == 2);
  CHECK(head<"a">::name == "a");
}
