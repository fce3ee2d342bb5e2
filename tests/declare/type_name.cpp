#include <doctest/doctest.h>
#include <genet/declare/type_name.hpp>

namespace outer::inner {
struct plain {};
template <class T>
struct holder {};
}  // namespace outer::inner
namespace {
struct hidden {};
}  // namespace

using genet::type_name;

static_assert(type_name<outer::inner::plain>() == "plain");
static_assert(type_name<hidden>() == "hidden");
static_assert(type_name<int>() == "int");
static_assert(type_name<outer::inner::holder<int>>() == "holder<int>");
// Only the outermost scope goes: the arguments are as the compiler spells them.
static_assert(type_name<outer::inner::holder<outer::inner::plain>>() == "holder<outer::inner::plain>");

TEST_CASE("types are called as in messages") {
  struct local {};
  CHECK(type_name<local>() == "local");
}
