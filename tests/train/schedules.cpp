#include <genet/train/schedules.hpp>

#include <doctest/doctest.h>

#include <vector>

#include "fixture.hpp"

using namespace genet;

namespace {

std::vector<double> torch(const std::string& name) {
  static const auto file = io::tensor_file::read("tests/fixtures/torch/schedules.safetensors");
  return file.get<double>(name);
}

static_assert(schedule<constant> && schedule<step_decay> && schedule<cosine>);

// the rates of the first n steps; an epoch is one step, as PyTorch's schedulers count
template <class S>
std::vector<double> rates(const S& s, double base, std::size_t n, long steps) {
  std::vector<double> found;
  for (long k = 0; k < static_cast<long>(n); ++k)
    found.push_back(s.rate(base, {.step = k, .steps = steps, .epoch = k, .epochs = steps}));
  return found;
}

}  // namespace

TEST_CASE("schedules are PyTorch's") {
  CHECK(difference(rates(constant{}, 0.3, 5, 5), torch("constant/rate")) < 1e-14);
  CHECK(difference(rates(step_decay{.every = 6, .factor = 0.3}, 0.1, 20, 20), torch("step_decay/rate")) < 1e-14);
  CHECK(difference(rates(cosine{}, 0.1, 26, 25), torch("cosine/rate")) < 1e-12);
  CHECK(difference(rates(cosine{.floor = 0.004, .steps = 30}, 0.1, 31, 99), torch("cosine_floor/rate")) < 1e-12);
  CHECK(difference(rates(cosine{.warm_up = 8}, 0.1, 8, 40), torch("warm_up/rate")) < 1e-12);
  CHECK(difference(rates(step_decay{.every = 5, .factor = 0.3}, 0.1, 20, 20), torch("step_decay/rate")) > 1e-3);
}

TEST_CASE("cosine: warm-up, then the cosine over the rest, then the floor") {
  const cosine s{.warm_up = 10, .floor = 0.01};
  const auto at = [&](long step) { return s.rate(1, {.step = step, .steps = 110}); };
  CHECK(at(0) == doctest::Approx(0.1));
  CHECK(at(9) == doctest::Approx(1));
  CHECK(at(10) == doctest::Approx(1));
  CHECK(at(60) == doctest::Approx(0.505));
  CHECK(at(110) == doctest::Approx(0.01));
  CHECK(at(500) == doctest::Approx(0.01));
  CHECK(cosine{.warm_up = 20}.rate(1, {.step = 25, .steps = 10}) == doctest::Approx(0));  // longer than the run
}

TEST_CASE("schedules: options in order") {
  CHECK(constant{}.options().empty());
  CHECK(cosine{.warm_up = 3}.options()[0] == std::pair<std::string_view, double>{"warm_up", 3});
  CHECK(step_decay{}.options()[1] == std::pair<std::string_view, double>{"factor", 0.1});
}
