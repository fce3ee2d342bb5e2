#include <doctest/doctest.h>
#include <genet/kernels/gru.hpp>
#include <genet/kernels/lstm.hpp>

#include <string>

#include "recurrent.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("any number of threads gives the same bits") {
  any_team_gives_the_same_bits<net<input<20, 40>, lstm<33>>>();
  any_team_gives_the_same_bits<recurrent_tests::masked<20, 40, gru<33, bidirectional>>>();
}
TEST_CASE("a batch that is taken in stretches gives the bits of its parts") {
  using n = net<input<30, 5>, lstm<64>>;  // 64 examples together
  constexpr long rows = 150;
  model<n> m{seed{1}};
  session<n, float, capability::forward> all(rows), few(7);
  const auto x = numbers<float>(rows * 150, 1);
  all.forward(m.view(), x.data(), rows);
  for (const long first : {0L, 60L, 143L}) {
    few.forward(m.view(), x.data() + first * 150, 7);
    CHECK(std::ranges::equal(few.output(), all.output().subspan(static_cast<std::size_t>(first) * 30 * 64, 7 * 30 * 64)));
  }
}
TEST_CASE("no examples: no gradients") {
  using n = net<input<3, 2>, gru<3>>;
  model<n> m{seed{1}};
  session<n> run(2);
  const float x[6]{};
  run.forward(m.view(), x, 0);
  std::vector<float> g(m.parameters().size(), 7);
  run.backward(m.view(), g.data());
  for (const tensor_info& t : m.tensors())
    for (const float v : t.read(g.data())) CHECK(v == 0);
}
TEST_CASE("a mask holds zeros and ones") {
  using n = recurrent_tests::masked<3, 2, lstm<4>>;
  model<n> m{seed{1}};
  session<n> run(2);
  const float x[12]{};
  const std::int32_t which[] = {1, 1, 0, 1, 2, 0};
  const void* in[] = {x, which};
  CHECK_THROWS_WITH_AS(run.forward(m.view(), in, 2), "lstm<4>: example 1, position 1: got 2, expected 0 to 1", bad_input);
}
