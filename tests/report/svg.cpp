#include <genet/report/svg.hpp>

#include <cmath>
#include <map>
#include <random>

#include <doctest/doctest.h>

using namespace genet;

namespace {

int count(std::string_view text, std::string_view word) {
  int n = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + word.size())) ++n;
  return n;
}

bool has(const svg::drawing& d, std::string_view word) { return d.text.find(word) != d.text.npos; }

/// Every element is closed, in order: what an XML reader would insist on.
bool well_formed(std::string_view t) {
  std::vector<std::string> open;
  for (std::size_t i = 0; (i = t.find('<', i)) != t.npos;) {
    const auto end = t.find('>', i);
    if (end == t.npos) return false;
    const auto tag = t.substr(i + 1, end - i - 1);
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.emplace_back(tag.substr(0, tag.find(' ')));
    }
    i = end;
  }
  return open.empty();
}

const std::vector<double> one_to_four{1, 2, 3, 4};

}  // namespace

TEST_CASE("curves show title, axes, legend with the last value, and one path per series") {
  const std::vector<svg::series> s{{"train", one_to_four, {300, 260, 250, 244.3}},
                                   {"a < b", one_to_four, {310, 270, 255, 249}, true}};
  const auto d = svg::curves(s, {.title = "loss & more", .y_label = "nats"});
  CHECK(well_formed(d.text));
  CHECK(has(d, "loss &amp; more"));
  CHECK(has(d, "train 244.3"));
  CHECK(has(d, "a &lt; b 249.0"));
  CHECK(has(d, ">epoch<"));
  CHECK(has(d, ">nats<"));
  CHECK(has(d, ">280<"));
  CHECK(has(d, "<title>train, epoch 4: 244.3</title>"));
  CHECK(count(d.text, "class=\"l\" d=") == 2);    // legend and line
  CHECK(count(d.text, "class=\"l d\" d=") == 2);
  CHECK(has(d, "prefers-color-scheme:dark"));
  CHECK(!has(d, "nan"));
}

TEST_CASE("an upright line is a mark: the legend has no value of it") {
  const std::vector<svg::series> s{{"loss", one_to_four, {300, 260, 250, 244.3}}, {"first round", {2, 2}, {244, 300}, true}};
  const auto d = svg::curves(s);
  CHECK(has(d, ">loss 244.3<"));
  CHECK(has(d, ">first round<"));
}

TEST_CASE("values that cannot be drawn leave a gap, and a lone point is a dot") {
  const double nan = std::nan("");
  const auto path_of = [](const svg::drawing& d) {
    const auto g = d.text.find("</g>", d.text.find("</g>") + 1);  // after the legend's group
    const auto from = d.text.rfind("class=\"l\" d=\"", g);
    return d.text.substr(from + 13, d.text.find('"', from + 13) - from - 13);
  };
  const std::vector<svg::series> gap{{"s", {1, 2, 3, 4, 5}, {1, 2, nan, 2, 1}}};
  CHECK(count(path_of(svg::curves(gap)), "M") == 2);
  const std::vector<svg::series> lone{{"s", {1, 2, 3}, {1, nan, 2}}};
  CHECK(count(svg::curves(lone).text, "class=\"o\"") == 2);
  const std::vector<svg::series> negative{{"s", {1, 2, 3}, {10, -5, 100}}};
  const auto logs = svg::curves(negative, {.log_y = true});
  CHECK(!has(logs, "nan"));
  CHECK(has(logs, ">10<"));
  for (const auto& d : {svg::curves({}), svg::curves(std::vector<svg::series>{{"s", {1}, {nan}}})}) {
    CHECK(has(d, "no values yet"));
    CHECK(well_formed(d.text));
  }
  CHECK_THROWS_AS(svg::curves(std::vector<svg::series>{{"s", {1}, {}}}), usage_error);
}

TEST_CASE("an axis keeps proportion, and its ticks are round numbers inside it") {
  using svg::detail::axis;
  const auto a = axis::around(0, 10, 100, 200, false, 0);
  CHECK(a.at(0) == doctest::Approx(100));
  CHECK(a.at(5) == doctest::Approx(150));
  CHECK(a.ticks(5) == std::vector<double>{0, 2, 4, 6, 8, 10});
  const auto l = axis::around(1, 1000, 0, 300, true, 0);
  CHECK(l.at(10) == doctest::Approx(100));
  CHECK(l.ticks(2).size() == 4);
  CHECK(axis::around(1, 3, 0, 1, false, 0).ticks(10, true) == std::vector<double>{1, 2, 3});
  CHECK(axis{0.15, 0.85, 0, 1}.ticks(3).size() == 4);  // not 0.5 alone
  CHECK(axis{1.2, 2.8, 0, 1}.ticks(3, true) == std::vector<double>{2});
  std::mt19937 draw{5};
  std::uniform_real_distribution<double> exponent(-8, 8);
  for (int i = 0; i < 200; ++i) {
    const double low = std::pow(10, exponent(draw)), high = low + std::pow(10, exponent(draw));
    for (const bool logarithmic : {false, true}) {
      const auto t = axis::around(low, high, 0, 1, logarithmic, .05).ticks(5);
      CAPTURE(low);
      CAPTURE(high);
      CHECK(t.size() <= 11);
      if (!logarithmic) CHECK(t.size() >= 2);
    }
  }
}

TEST_CASE("a scatter has one path per class, its points in place, and counts the lost ones") {
  const std::vector<float> xy{0, 0, 1, 1, 2, 0, NAN, 1, 0, 2};
  const std::vector<std::int32_t> k{0, 3, 0, 3, 12};
  const auto d = svg::scatter<float>(xy, k, {.title = "map", .names = {"shoe", "", "", "bag"}});
  CHECK(well_formed(d.text));
  CHECK(has(d, ">shoe<"));
  CHECK(has(d, ">bag<"));
  CHECK(has(d, ">12<"));
  CHECK(has(d, "1 points are not finite"));
  CHECK(count(d.text, "class=\"p ") == 3);
  CHECK(count(d.text, "h0") == 4);
  CHECK_THROWS_AS(svg::scatter<float>(xy, std::vector<std::int32_t>{1}), usage_error);
  CHECK_THROWS_AS(svg::scatter<float>(xy, std::vector<std::int32_t>{0, 0, 0, 0, -1}), usage_error);
}

TEST_CASE("ten thousand points fit a report") {
  std::mt19937 draw{1};
  std::vector<float> xy(20'000);
  for (auto& v : xy) v = std::normal_distribution<float>{}(draw);
  CHECK(svg::scatter<float>(xy).text.size() < 150'000);
}

TEST_CASE("the colours differ from the paper") {
  const auto luminance = [](std::string_view hex) {
    double y = 0;
    const double weight[]{.2126, .7152, .0722};
    for (std::size_t i = 0; i < 3; ++i) {
      const double c = std::stoi(std::string(hex.substr(1 + 2 * i, 2)), nullptr, 16) / 255.;
      y += weight[i] * (c <= .03928 ? c / 12.92 : std::pow((c + .055) / 1.055, 2.4));
    }
    return y;
  };
  // WCAG 2.1 asks graphics for a contrast of 3; lines meet it, dots of the ten-colour sequence stay above 1.4.
  for (const auto c : svg::detail::lines_on_light) CHECK(1.05 / (luminance(c) + .05) > 3);
  for (const auto c : svg::detail::lines_on_dark) CHECK((luminance(c) + .05) / (luminance("#15171a") + .05) > 3);
  for (const auto c : svg::detail::on_light) CHECK(1.05 / (luminance(c) + .05) > 1.4);
  for (const auto c : svg::detail::on_dark) CHECK((luminance(c) + .05) / (luminance("#15171a") + .05) > 3);
}
