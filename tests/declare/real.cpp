#include <doctest/doctest.h>
#include <genet/declare/real.hpp>

#include <type_traits>

using namespace genet;

namespace {

// The value is the double of the literal, the text is the literal.
static_assert(real(0.2).value() == 0.2 && show(0.2).view() == "0.2");
static_assert(real(0.01).value() == 0.01 && show(0.01).view() == "0.01");
static_assert(real(1e-5).value() == 1e-5 && show(1e-5).view() == "0.00001");
static_assert(real(1e-11).value() == 1e-11 && show(1e-11).view() == "0.00000000001");
static_assert(real(-1.5).value() == -1.5 && show(-1.5).view() == "-1.5");
static_assert(real(-0.05).value() == -0.05 && show(-0.05).view() == "-0.05");
static_assert(real(12345.678).value() == 12345.678 && show(12345.678).view() == "12345.678");
static_assert(real(100.0).value() == 100 && show(100.0).view() == "100");
static_assert(real(0.0).value() == 0 && show(0.0).view() == "0");
static_assert(real(3).value() == 3 && show(3).view() == "3");
static_assert(real(1e15).value() == 1e15 && show(1e15).view() == "1000000000000000");

template <real R>
struct option {};
static_assert(std::is_same_v<option<1>, option<1.0>>);
static_assert(std::is_same_v<option<0.2>, option<0.20>>);
static_assert(!std::is_same_v<option<0.2>, option<0.02>>);
static_assert(!std::is_same_v<option<0.5>, option<-0.5>>);

}  // namespace

TEST_CASE("decimals as template arguments") {
  CHECK(real(0.999).value() == 0.999);
  CHECK(show(0.999).view() == "0.999");
}
