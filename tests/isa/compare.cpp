// All kinds that this machine can run, in one program, compute the same within rounding.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "processors.hpp"

TEST_CASE("parts of a program for different instruction sets agree") {
  constexpr long count = 37;
  std::vector<float> pictures(count * 784);
  for (std::size_t i = 0; i < pictures.size(); ++i) pictures[i] = static_cast<float>(i * 2654435761u % 1000) / 1000;

  std::vector<float> expected;
  for (const kind& k : kinds()) {
    if (!k.here) {
      MESSAGE("not run, this processor lacks it: " << k.name);
      continue;
    }
    CAPTURE(k.name);
    std::vector<float> scores(count * 10);
    k.score(pictures.data(), count, scores.data());
    for (long picture = 0; picture < count; ++picture) {
      double sum = 0;
      for (long i = 0; i < 10; ++i) sum += static_cast<double>(scores[static_cast<std::size_t>(picture * 10 + i)]);
      CHECK(std::abs(sum - 1) < 1e-5);
    }
    if (expected.empty()) expected = scores;
    for (std::size_t i = 0; i < scores.size(); ++i) CHECK(std::abs(scores[i] - expected[i]) < 1e-5f);
  }
}
