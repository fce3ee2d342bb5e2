#include <genet/report/chain_plots.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace genet;

namespace {

long count(const std::string& in, const std::string& what) {
  long n = 0;
  for (auto at = in.find(what); at != in.npos; at = in.find(what, at + 1)) ++n;
  return n;
}

/// Chains of noise about their own level.
std::vector<double> noise(long chains, long length, double apart) {
  std::vector<double> x;
  for (long c = 0; c < chains; ++c)
    for (long i = 0; i < length; ++i)
      x.push_back(std::fmod(static_cast<double>(c * length + i) * 0.6180339887, 1) + apart * static_cast<double>(c));
  return x;
}

}  // namespace

TEST_CASE("a trace has a path for each chain, and marks") {
  auto x = noise(3, 5000, 0);
  x[777] = 50;  // one excursion among many draws of a stretch
  x[778] = std::numeric_limits<double>::quiet_NaN();
  std::vector<char> divergent(x.size());
  divergent[10] = divergent[6000] = 1;
  const auto d = svg::trace_plot({x, 3}, {.title = "mu"}, divergent).text;
  CHECK(count(d, "stroke-width:.8") == 3);
  CHECK(count(d, "v5") == 2);
  CHECK(d.find(">mu<") != d.npos);
  CHECK(d.find("nan") == d.npos);
  CHECK(d.size() < 30'000);
  // The excursion reaches the top, where nothing else is.
  CHECK(count(d, "V37.7") + count(d, " 37.7") == 1);
  CHECK_THROWS_AS(svg::trace_plot({x, 3}, {}, std::vector<char>(2)), usage_error);
  const std::vector<double> nothing(4, std::numeric_limits<double>::infinity()), same(4, 2.);
  CHECK(svg::trace_plot({nothing, 2}).text.find("nan") == std::string::npos);
  CHECK(svg::trace_plot({same, 2}).text.find("nan") == std::string::npos);
  CHECK(svg::trace_plot({std::vector{1.}, 1}).text.ends_with("</svg>\n"));
}

TEST_CASE("ranks are level for equal chains, at the ends for chains apart") {
  // The height of a chain's first bar, in pixels.
  const auto first_bar = [](const std::string& d, long chain) {
    std::size_t at = 0;
    for (long c = 0; c <= chain; ++c) at = d.find("class=\"o\"", at + 1);
    at = d.find("v-", at);
    return at == d.npos ? 0 : std::stod(d.substr(at + 2));
  };
  const auto equal = svg::rank_plot({noise(4, 1000, 0), 4}).text, apart = svg::rank_plot({noise(2, 1000, 5), 2}).text;
  CHECK(count(equal, "class=\"o\"") == 4);
  CHECK(first_bar(equal, 0) == doctest::Approx(first_bar(equal, 3)).epsilon(0.1));
  CHECK(count(equal, "h9.") + count(equal, "h4.") == 80);
  CHECK(count(apart, "v-") == 20);  // each chain's own half of the ranks
  const std::vector<double> same(40, 2.);
  CHECK(svg::rank_plot({same, 4}, {.title = "a < b"}).text.find("a &lt; b, ranks") != std::string::npos);
  CHECK(count(svg::rank_plot({noise(9, 40, 0), 9}).text, ">chain ") == 9);
}
