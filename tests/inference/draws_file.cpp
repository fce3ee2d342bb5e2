#include <genet/data/csv.hpp>
#include <genet/inference/draws_file.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>

using namespace genet;

namespace {

/// Two chains of three draws of mu, x[1], x[2].
inference::draws some() {
  inference::draws d;
  d.chains = 2;
  d.iterations = 3;
  d.dimension = 3;
  d.names = {"mu", "x[1]", "x[2]"};
  for (int i = 0; i < 18; ++i) d.values.push_back(i / 7. - 1e-300 * (i == 4));
  d.log_density = {-1, -2, -3, -4, -5, -std::numeric_limits<double>::infinity()};
  return d;
}

}  // namespace

TEST_CASE("draws as a table") {
  const auto place = std::filesystem::temp_directory_path() / "genet_draws.csv";
  inference::draws d = some();
  inference::write(place, d);
  const auto t = data::csv::read(place, {.infinite = true});
  CHECK(t.names() == std::vector<std::string>{"chain", "draw", "log_density", "mu", "x[1]", "x[2]"});
  CHECK(t.numbers("chain") == std::vector<double>{1, 1, 1, 2, 2, 2});
  CHECK(t.numbers("draw") == std::vector<double>{1, 2, 3, 1, 2, 3});
  CHECK(t.numbers("log_density") == d.log_density);
  for (const int i : {0, 1, 2}) {
    const auto all = d.of(i).values;
    CHECK(t.numbers(3 + i) == std::vector<double>(all.begin(), all.end()));
  }
  d.divergent = {0, 0, 1, 0, 0, 0};
  d.names[0] = "a \"b\", c";
  inference::write(place, d);
  const auto u = data::csv::read(place, {.infinite = true});
  CHECK(u.names()[4] == d.names[0]);
  CHECK(u.numbers("divergent") == std::vector<double>{0, 0, 1, 0, 0, 0});
  std::filesystem::remove(place);
}

TEST_CASE("draws as arrays") {
  const auto place = std::filesystem::temp_directory_path() / "genet_draws.npz";
  inference::draws d = some();
  inference::write(place, d);
  const auto f = io::npz_file::read(place);
  CHECK(f.tensors().size() == 3);
  const auto mu = d.of(0).values;
  CHECK(f.get<double>("mu", {2, 3}) == std::vector<double>(mu.begin(), mu.end()));
  const auto x = f.get<double>("x", {2, 3, 2});
  CHECK(x[0] == d.of(1).values[0]);
  CHECK(x[1] == d.of(2).values[0]);
  CHECK(x[11] == d.of(2).values[5]);
  CHECK(f.get<double>("log_density", {2, 3}) == d.log_density);
  d.energy = d.log_density;
  d.divergent = {0, 0, 1, 0, 0, 0};
  inference::write(place, d);
  CHECK(io::npz_file::read(place).get<double>("divergent", {2, 3})[2] == 1);
  CHECK(io::npz_file::read(place).find("energy"));
  std::filesystem::remove(place);
}

TEST_CASE("names that belong together") {
  const auto groups = inference::detail::grouped({"a[1]", "a[2]", "b", "a[3]", "c[1]", "c[3]", "d[2]", "[1]"});
  std::string said;
  for (const auto& g : groups) said += g.name + ":" + std::to_string(g.length) + " ";
  CHECK(said == "a:2 b:0 a[3]:0 c:1 c[3]:0 d[2]:0 [1]:0 ");
}

TEST_CASE("what cannot be written") {
  CHECK_THROWS_WITH_AS(inference::write("draws.txt", some()),
                       "draws: found draws.txt, expected a name that ends in .csv or .npz", usage_error);
  CHECK_THROWS_AS(inference::write("/nowhere/draws.csv", some()), io_error);
  inference::draws d = some();
  d.names[1] = "mu";
  CHECK_THROWS_AS(inference::write("/tmp/draws.npz", d), usage_error);
}
