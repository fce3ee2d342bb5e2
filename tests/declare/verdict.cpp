#include <doctest/doctest.h>
#include <genet/declare/verdict.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace genet;

namespace {

constexpr verdict fine{};
constexpr verdict short_one{true, "dense<4>: wants a vector"};
constexpr verdict long_one{
    true,
    "layer 4 of 6, residual, layer 2 of 3, reshape<128,7,7>: cannot view 100 elements (100) as 6272 "
    "(128,7,7); put flatten before it"};
constexpr verdict exact{true, "123456789 123456789 123456789 123456 89 next"};
constexpr verdict unbroken{true, "a_very_long_word_without_any_space_in_it_that_fills_more_than_one_line and more"};

template <line... M>
std::vector<std::string> lines_of(ill_formed_network<M...>) {
  return {std::string(M.s, sizeof(M.s))...};
}
template <const verdict& V>
std::vector<std::string> message() {
  return lines_of(diagnosis::explain<V>());
}

}  // namespace

static_assert(std::is_same_v<decltype(diagnosis::explain<fine>()), well_formed_network>);
template <class T>
concept accepted = requires { typename T::well_formed; };
static_assert(accepted<decltype(diagnosis::explain<fine>())> && !accepted<decltype(diagnosis::explain<short_one>())>);

TEST_CASE_TEMPLATE_DEFINE("a message is wrapped into lines that clang prints whole, and loses nothing", V, wrapping) {
  const std::string_view whole = V::value.why.view();
  std::string joined;
  for (const std::string& line : message<V::value>()) {
    REQUIRE(line.size() > 1);
    CHECK(line.size() <= diagnosis::line_width + 1);
    CHECK(line.back() == '\0');  // explicit, or clang prints numbers
    const std::string_view content(line.data(), line.size() - 1);
    CHECK(content.find('\0') == content.npos);
    CHECK(content.front() != ' ');
    CHECK(content.back() != ' ');
    if (!joined.empty() && whole.substr(joined.size()).starts_with(' ')) joined += ' ';
    joined += content;
  }
  CHECK(joined == whole);
}
namespace {
template <const verdict& V>
struct of {
  static constexpr const verdict& value = V;
};
}  // namespace
TEST_CASE_TEMPLATE_INVOKE(wrapping, of<short_one>, of<long_one>, of<exact>, of<unbroken>);

TEST_CASE("lines break between words") {
  CHECK(message<short_one>() == std::vector<std::string>{std::string("dense<4>: wants a vector", 25)});
  CHECK(message<long_one>()[0] == std::string("layer 4 of 6, residual, layer 2 of", 35));
  CHECK(message<exact>()[0] == std::string("123456789 123456789 123456789 123456", 37));
  CHECK(message<exact>().size() == 2);
  CHECK(message<unbroken>()[0].size() == diagnosis::line_width + 1);
}
