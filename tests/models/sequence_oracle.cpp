#include <genet/models/sequence_oracle.hpp>

#include <cmath>
#include <string>

#include <doctest/doctest.h>

using namespace genet;

namespace {

using small = sequence_oracle<7, 5, 3>;
const char* const fixture = "tests/fixtures/oracle.npz";

/// The fixture's oracle without one array, or with another in its place.
io::npz_file changed(const std::string& name, const std::vector<long>& shape = {}, bool is_double = false) {
  const auto from = io::npz_file::read(fixture);
  io::npz_file to;
  for (const io::tensor& t : from.tensors())
    if (t.name != name) to.add(t);
  long size = 1;
  for (const long n : shape) size *= n;
  if (shape.empty()) return to;
  if (is_double) to.add(name, shape, std::vector<double>(static_cast<std::size_t>(size)));
  else to.add(name, shape, std::vector<float>(static_cast<std::size_t>(size)));
  return to;
}

}  // namespace

TEST_CASE("an oracle from a file gives NumPy's likelihood") {
  const auto file = io::npz_file::read(fixture);
  const auto o = small::load(fixture);
  const auto sequences = file.get<std::int32_t>("sequences", {12, 5});
  CHECK(o.nll(sequences) == doctest::Approx(file.get<double>("nll", {})[0]).epsilon(1e-6));
  const auto again = small::from(o.file());
  CHECK(again.nll(sequences) == o.nll(sequences));
  for (const char* name : {"emb", "Wi", "Uc", "bo_gate", "Wout", "bout"})
    CHECK(again.file().at(name).bytes == file.at(name).bytes);
}

TEST_CASE("an oracle from a seed") {
  const small o{seed{1}}, same{seed{1}}, other{seed{2}};
  const auto y = o.write(20'000, seed{3});
  CHECK(y == same.write(20'000, seed{3}));
  CHECK(y != o.write(20'000, seed{4}));
  CHECK(o.nll(y) == same.nll(y));
  CHECK(o.nll(y) < other.nll(y));
  // Its own sequences have the entropy of the oracle: the sum over all 7^5 sequences.
  double entropy = 0, total = 0;
  std::vector<std::int32_t> all;
  for (std::int32_t k = 0; k < 16807; ++k)
    for (std::int32_t rest = k, i = 0; i < 5; ++i, rest /= 7) all.push_back(rest % 7);
  const auto log_p = o.as_model().score(all);
  for (std::size_t i = 0; i < log_p.size(); i += 5) {
    double sum = 0;
    for (std::size_t t = 0; t < 5; ++t) sum += static_cast<double>(log_p[i + t]);
    total += std::exp(sum);
    entropy -= std::exp(sum) * sum / 5;
  }
  CHECK(total == doctest::Approx(1).epsilon(1e-5));
  CHECK(o.nll(y) == doctest::Approx(entropy).epsilon(0.01));
  // One bias for each gate.
  for (const float b : o.as_model().get("1.bias_hh_l0")) CHECK(b == 0);
}

TEST_CASE("no model of the same seed begins as an oracle") {
  using big = sequence_oracle<200, 10, 16>;
  const big o{seed{1}};
  const model<big::generator> m{seed{1}};
  const auto a = o.as_model().get("0.weight"), b = m.get("0.weight");  // both standard normal
  double square = 0, product = 0;
  for (std::size_t i = 0; i < a.size(); ++i) square += a[i] * a[i], product += a[i] * b[i];
  const double n = static_cast<double>(a.size());
  CHECK(square / n == doctest::Approx(1).epsilon(0.1));
  CHECK(std::abs(product / n) < 4 / std::sqrt(n));
  CHECK(o.write(100, seed{5}) != o.as_model().write(100, seed{5}));
}

TEST_CASE("files that are no oracle of these sizes are refused by name") {
  const auto fails = [](const io::npz_file& f) {
    try {
      small::from(f);
    } catch (const bad_input& e) {
      return std::string(e.what());
    }
    return std::string("taken");
  };
  CHECK(fails(changed("Uf")).find("found no array \"Uf\"") != std::string::npos);
  CHECK(fails(changed("bo_gate", {4})).find("array \"bo_gate\": found shape (4), expected (3)") != std::string::npos);
  CHECK(fails(changed("Wout", {7, 3})).find("array \"Wout\": found shape (7,3), expected (3,7)") != std::string::npos);
  CHECK(fails(changed("emb", {7, 3}, true)).find("array \"emb\" is not float32") != std::string::npos);
  CHECK_THROWS_AS(small::load("tests/fixtures/nobody.npz"), io_error);
  CHECK_THROWS_AS((sequence_oracle<200, 10, 16>::load(fixture)), bad_input);
}

TEST_CASE("likelihoods of nothing and of foreign tokens are refused") {
  const small o{seed{1}};
  CHECK_THROWS_AS(o.nll({}), usage_error);
  CHECK_THROWS_WITH(o.nll(std::vector<std::int32_t>{0, 1, 2, 3}), "score: 4 tokens are no whole sequences of 5");
  CHECK_THROWS_WITH(o.nll(std::vector<std::int32_t>{0, 1, 2, 3, 4, 0, 1, 7, 3, 4}),
                    "score: sequence 1 has token 7, the model takes 0 to 6");
}
