#include <genet/train/clipping.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "fixture.hpp"

using namespace genet;

namespace {

const io::tensor_file& torch() {
  static const auto file = io::tensor_file::read("tests/fixtures/torch/optimisers.safetensors");
  return file;
}

// both tensors one after the other, as in a gradient block
template <class T>
std::vector<T> both(const std::string& name) {
  auto all = torch().get<T>(name);
  const auto second = torch().get<T>(name + ".2");
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

}  // namespace

TEST_CASE_TEMPLATE("clipping by norm and value is PyTorch's", T, double, float) {
  for (const std::string name : {"clip_norm", "clip_norm_inactive"}) {
    CAPTURE(name);
    auto g = both<T>(name + "/before");
    const double limit = torch().get<double>(name + "/limit")[0];
    const double found = clip_by_norm(g.data(), static_cast<long>(g.size()), limit);
    CHECK(difference(std::vector{found}, torch().get<double>(name + "/norm")) < tolerance<T>);
    CHECK(difference(g, both<double>(name + "/after")) < tolerance<T>);
  }
  auto g = torch().get<T>("clip_value/before");
  clip_by_value(g.data(), static_cast<long>(g.size()), torch().get<double>("clip_value/limit")[0]);
  CHECK(difference(g, torch().get<double>("clip_value/after")) < tolerance<T>);
}

TEST_CASE("clipping: NaN is passed on, infinite norms go to zero as in PyTorch") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(clip_factor(1e30, infinity) == 1);
  CHECK(clip_factor(0.5, 1) == 1);
  CHECK(clip_factor(2, 1) == doctest::Approx(0.5));
  CHECK(std::isnan(clip_factor(std::nan(""), 1)));
  CHECK(clip_factor(infinity, 1) == 0);
  std::vector<float> g{std::nanf(""), 3, -3};
  clip_by_value(g.data(), 3, 1);
  CHECK(std::isnan(g[0]));
  CHECK(g[1] == 1);
  CHECK(g[2] == -1);
}

TEST_CASE("clipping: any number of threads gives the same bits") {
  const auto slopes = numbers(50'001, 1);
  const std::vector<float> g(slopes.begin(), slopes.end());
  const auto clipped = [&](tensor::team& team) {
    auto by_value = g, by_norm = g;
    clip_by_value(by_value.data(), static_cast<long>(g.size()), 0.3, team);
    const double found = clip_by_norm(by_norm.data(), static_cast<long>(g.size()), 0.7, team);
    return std::tuple(by_value, by_norm, found);
  };
  for (const int threads : {2, 3, 8}) {
    tensor::team team(threads);
    CHECK(clipped(team) == clipped(tensor::alone()));
  }
}
