#include "genet/models/fault_detector.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>

using namespace genet;
using numbers = std::vector<double>;
using mask = std::vector<std::int32_t>;

namespace {

template <class F>
std::string message(F f) {
  try {
    f();
  } catch (const usage_error& e) {
    return std::string("usage_error ") + e.what();
  } catch (const bad_input& e) {
    return std::string("bad_input ") + e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("window means are of the positions that there are and that count") {
  const numbers calm(10, 1.);
  const fault_detector d{{calm, 5}, {.window = 3}};
  const numbers x{1, 2, 6, 4, 5};
  CHECK(d.window_means({x, 5}) == numbers{1.5, 3, 4, 5, 4.5});
  const auto masked = d.window_means({x, 5}, mask{1, 1, 0, 1, 1});
  CHECK(masked[0] == 1.5);
  CHECK(masked[1] == 1.5);
  CHECK(std::isnan(masked[2]));
  CHECK(masked[3] == 4.5);
  CHECK(d.sequence_means({x, 5}) == numbers{18. / 5});
  CHECK(d.sequence_means({x, 5}, mask{1, 1, 0, 1, 1}) == numbers{3});
  const std::vector<float> single{1, 2, 6, 4, 5};
  CHECK(d.window_means({single, 5}) == d.window_means({x, 5}));
}

TEST_CASE("thresholds let no more through than they say") {
  numbers x;
  for (int i = 0; i < 1000; ++i) x.push_back(i * 7919 % 1000);
  for (const double share : {0., .01, .05, .2}) {
    const fault_detector d{{x, 1}, {.window = 1, .false_alarms = share}};
    CHECK(d.threshold() == 999 - 1000 * share);
    CHECK(d.sequence_threshold() == d.threshold());
    CHECK(d.flag({x, 1}).size() == static_cast<std::size_t>(1000 * share));
    CHECK(d.mark({x, 1}).size() == d.flag({x, 1}).size());
  }
  const numbers equal(20, 3.);  // equal ones are all marked or none
  CHECK(fault_detector{{equal, 4}, {.false_alarms = .5}}.mark({equal, 4}).empty());
}

TEST_CASE("fragments are runs above the threshold") {
  const numbers calm(12, 1.);
  const fault_detector d{{calm, 6}, {.window = 1}};
  const numbers x{1, 2, 3, 1, 1, 9, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const auto found = d.mark({x, 6});
  CHECK(found == std::vector<suspicious_fragment>{{0, 1, 2, 3}, {0, 5, 1, 9}, {1, 0, 1, 4}});
  CHECK(d.flag({x, 6}) == std::vector<long>{0, 1});
  CHECK(d.mark({x, 6}, mask{1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}).size() == 1);

  const std::array<std::string_view, 6> letters{"a", "b", "c", "d", "e", "f"};
  CHECK(marked_text(letters, std::span(found).first(2)) == "a[bc]de[f]");
  CHECK(marked_text(letters, std::span(found).last(1), "<", ">", " ") == "<a> b c d e f");
  CHECK(marked_text(letters, std::span(found).first(0)) == "abcdef");
}

TEST_CASE("padding changes nothing") {
  const numbers x{1, 5, 2, 7, 1, 3}, padded{1, 5, 2, -1, 7, 1, 3, -1};
  const mask counts{1, 1, 1, 0, 1, 1, 1, 0};
  const detection_options o{.window = 3, .false_alarms = .2};
  const fault_detector whole{{x, 3}, o}, part{{padded, 4}, o, counts};
  CHECK(whole.threshold() == part.threshold());
  CHECK(whole.sequence_threshold() == part.sequence_threshold());
  CHECK(whole.mark({x, 3}) == part.mark({padded, 4}, counts));
  numbers hidden = padded;
  hidden[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK(part.mark({hidden, 4}, counts) == part.mark({padded, 4}, counts));
}

TEST_CASE("what cannot be looked at") {
  const numbers x(8, 1.);
  const auto make = [&](detection_options o) { return [&x, o] { fault_detector{{x, 4}, o}; }; };
  CHECK(message(make({.window = 2})) == "usage_error fault_detector: found a window of 2, expected an odd number");
  CHECK(message(make({.window = -1})).starts_with("usage_error"));
  CHECK(message(make({.false_alarms = 1})).find("expected 0 <= false_alarms < 1") != std::string::npos);
  CHECK(message([] { fault_detector{{numbers{}, 4}}; }) ==
        "bad_input fault_detector: found no sequences, expected faultless ones");
  CHECK(message([&] { fault_detector{{x, 4}, {}, mask(8, 0)}; }).find("no position of sequence 0 counts") !=
        std::string::npos);
  const fault_detector d{{x, 4}};
  CHECK(message([&] { d.mark({x, 2}); }) == "bad_input fault_detector: found sequences of 2 scores, expected 4");
  CHECK(message([&] { d.mark({x, 4}, mask{1}); }) ==
        "bad_input fault_detector: found a mask of 1 positions, expected 8");
  mask first_alone;  // not a list of constants: g++ 12 -O2 for AVX-512 gets what follows from one wrong
  for (long i = 0; i < 8; ++i) first_alone.push_back(i < 4);
  CHECK(message([&] { d.flag({x, 4}, first_alone); }) ==
        "bad_input fault_detector: no position of sequence 1 counts, expected at least one");
  numbers bad = x;
  bad[6] = std::numeric_limits<double>::infinity();
  CHECK(message([&] { d.mark({bad, 4}); }) ==
        "bad_input fault_detector: sequence 1, position 2: found an infinite number, expected a finite score");
}
