#include <doctest/doctest.h>
#include <genet/declare/text.hpp>

#include <limits>
#include <string>

using namespace genet;

namespace {

constexpr text numbers() {
  text t("a");
  return t << 0 << " " << -7 << " " << 1234567890123L << std::string_view("|");
}
static_assert(numbers().view() == "a0 -7 1234567890123|");
static_assert((text("x") << text("y") << "z").view() == "xyz");
static_assert(text().view().empty() && text().size() == 0);

template <fixed_string S>
struct holder {
  static constexpr std::string_view view = stored<S>.view();
};
static_assert(holder<"fc1">::view == "fc1");
static_assert(holder<"">::view.empty());
static_assert(holder<"same">::view.data() == holder<"same">::view.data());
static_assert(!std::is_same_v<holder<"a">, holder<"b">>);
static_assert(std::is_same_v<holder<"a">, holder<"a">>);

}  // namespace

TEST_CASE("a text prints the extremes of long") {
  for (long v : {std::numeric_limits<long>::min(), std::numeric_limits<long>::max(), -1L, 10L, 99L, -100L})
    CHECK((text() << v).view() == std::to_string(v));
}

TEST_CASE("what does not fit into a text is dropped") {
  text t;
  for (int i = 0; i < 1000; ++i) t << "abc";
  CHECK(t.size() == text::capacity);
  CHECK(t.view().substr(0, 6) == "abcabc");
}
