#include "genet/data/examples.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>

#include "idx_files.hpp"

using namespace genet;

TEST_CASE("a split keeps each example once, whole and in order") {
  data::examples all{1000, 2, {}, {}};
  for (int i = 0; i < 1000; ++i) {
    all.x.push_back(static_cast<float>(i));
    all.x.push_back(static_cast<float>(-i));
    all.labels.push_back(i);
  }
  const auto [train, validation] = data::split(all, 0.1, 7);
  CHECK(train.count == 900);
  CHECK(validation.count == 100);
  std::set<int> seen;
  for (const auto* part : {&train, &validation}) {
    CHECK(part->features == 2);
    CHECK(part->x.size() == static_cast<std::size_t>(2 * part->count));
    CHECK(part->labels.size() == static_cast<std::size_t>(part->count));
    for (long i = 0; i < part->count; ++i) {
      const int label = part->labels[static_cast<std::size_t>(i)];
      CHECK(part->row(i)[0] == static_cast<float>(label));
      CHECK(part->row(i)[1] == static_cast<float>(-label));
      CHECK((i == 0 || label > part->labels[static_cast<std::size_t>(i - 1)]));
      seen.insert(label);
    }
  }
  CHECK(seen.size() == 1000);

  CHECK(data::split(all, 0.1, 7).validation.labels == validation.labels);
  CHECK(data::split(all, 0.1, 8).validation.labels != validation.labels);
  // Drawn from everywhere: a hundred of a thousand, with mean 499.5 and deviation 27 of the mean.
  double mean = 0;
  for (const int label : validation.labels) mean += label / 100.0;
  CHECK(mean == doctest::Approx(499.5).epsilon(0.27));
}

TEST_CASE("splits at the border") {
  data::examples three{3, 1, {1, 2, 3}, {}};
  CHECK(data::split(three, 0, 1).train.x == three.x);
  CHECK(data::split(three, 0, 1).validation.count == 0);
  CHECK(data::split(three, 0.5, 1).validation.count == 2);
  CHECK(data::split(three, 0.5, 1).validation.labels.empty());
  CHECK(data::split(data::examples{}, 0.5, 1).train.count == 0);
  CHECK(has(message([&] { data::split(three, 0.9, 1); }), "leaves none to train on"));
  for (const double bad : {-0.1, 1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    CHECK(has(message([&] { data::split(three, bad, 1); }), "expected 0 <= fraction < 1"));
  }
}

TEST_CASE("the first examples, or all") {
  const data::examples three{3, 2, {1, 2, 3, 4, 5, 6}, {7, 8, 9}};
  const auto two = data::first(three, 2);
  CHECK(two.count == 2);
  CHECK(two.features == 2);
  CHECK(two.x == std::vector<float>{1, 2, 3, 4});
  CHECK(two.labels == std::vector<std::int32_t>{7, 8});
  CHECK(data::first(three, 9).x == three.x);
  CHECK(data::first(three, 0).x.empty());
  CHECK(data::first({2, 1, {1, 2}, {}}, 1).labels.empty());
}
