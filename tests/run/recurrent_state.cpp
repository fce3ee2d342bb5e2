#include <doctest/doctest.h>
#include <genet/declare.hpp>
#include <genet/kernels/activations.hpp>
#include <genet/kernels/embedding.hpp>
#include <genet/kernels/gru.hpp>
#include <genet/kernels/lstm.hpp>
#include <genet/run/model.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../allocations.hpp"

using namespace genet;

namespace {

using generator = net<tokens<20, 6>, embedding<4>, lstm<3>, tanh_, gru<2>>;
using one = with_length<generator, 1>;

std::vector<float> copy(std::span<const float> s) { return {s.begin(), s.end()}; }

/// So many sequences whose numbers tell which sequence, layer and place they are of.
recurrent_state<float> counted(long rows) {
  static constexpr std::array<long, 2> sizes{2, 1};
  recurrent_state<float> s(sizes, rows);
  for (long r = 0; r < rows; ++r) {
    const auto at = [&](long i) -> float& { return s.numbers()[static_cast<std::size_t>(i)]; };
    at(2 * r) = static_cast<float>(10 * r);
    at(2 * r + 1) = static_cast<float>(10 * r + 1);
    at(2 * rows + r) = static_cast<float>(10 * r + 2);
  }
  return s;
}

}  // namespace

TEST_CASE("sequences are repeated and chosen") {
  const auto s = counted(3);
  const std::vector<long> back{2, 0, 2};
  CHECK(copy(s.rows(back).numbers()) == std::vector<float>{20, 21, 0, 1, 20, 21, 22, 2, 22});
  CHECK(copy(counted(2).repeat(2).numbers()) == std::vector<float>{0, 1, 0, 1, 10, 11, 10, 11, 2, 2, 12, 12});
  CHECK(s.rows(std::vector<long>{}).rows() == 0);
  auto self = s;
  self.take(self, back);
  CHECK(copy(self.numbers()) == copy(s.rows(back).numbers()));
  self.reset();
  CHECK(self.rows() == 3);
  CHECK(copy(self.numbers()) == std::vector<float>(9, 0));
}
TEST_CASE("what a state cannot do is refused") {
  auto s = counted(3);
  CHECK_THROWS_WITH_AS(s.repeat(0), "recurrent_state: each sequence 0 times, expected at least once", usage_error);
  CHECK_THROWS_WITH_AS(s.rows(std::vector<long>{0, 3}), "recurrent_state: there is no sequence 3 among 3", usage_error);
  CHECK_THROWS_AS(s.take(s, std::vector<long>{-1}), usage_error);
  CHECK_THROWS_WITH_AS(recurrent_state<float>({}, -1), "recurrent_state: of -1 sequences", usage_error);

  const model<generator> m{seed{1}};
  session<one, float, capability::forward> run(4);
  const std::int32_t tokens[5]{};
  CHECK_THROWS_WITH_AS(run.step(m.view(), tokens, s), "session: the state is that of a net with other recurrent layers",
                       usage_error);
  auto five = run.initial_state(5);
  CHECK_THROWS_WITH_AS(run.step(m.view(), tokens, five), "session: got 5 examples, has room for 4", usage_error);
  CHECK(copy(five.numbers()) == std::vector<float>(5 * 8, 0));
}
TEST_CASE("a copy goes on by itself, and nothing is allocated") {
  const model<generator> m{seed{1}};
  session<one, float, capability::forward> run(6);
  const std::int32_t begin[] = {3, 7}, next[] = {1, 2, 3, 4, 5, 6};
  auto state = run.initial_state(2);
  run.step(m.view(), begin, state);
  const auto before = copy(state.numbers());
  auto three = state.repeat(3);
  run.step(m.view(), next, three);
  CHECK(copy(state.numbers()) == before);
  const auto repeated = copy(run.output());

  // The same, one sequence after the other, into a state that has its memory.
  auto from = run.initial_state(1), to = from;
  const void* sources[1];
  const long before_steps = allocation_count();
  bool same = true;
  for (long i = 0; i < 6; ++i) {
    const long which[] = {i / 3};
    from.take(state, which);
    sources[0] = next + i;
    run.step(m.view(), sources, std::as_const(from), to);
    same = same && std::ranges::equal(run.output(), std::span<const float>(repeated).subspan(static_cast<std::size_t>(2 * i), 2));
  }
  CHECK(allocation_count() == before_steps);
  CHECK(same);
  const long last[] = {5};
  CHECK(copy(three.rows(last).numbers()) == copy(to.numbers()));
}
TEST_CASE("a pass over whole sequences after a step begins with zeros") {
  const model<generator> m{seed{1}};
  session<one, float, capability::forward> run(1);
  const std::int32_t token[] = {3};
  const void* in[] = {token};
  auto state = run.initial_state(1);
  run.step(m.view(), token, state);
  const auto first = copy(run.output());
  run.step(m.view(), token, state);
  CHECK(copy(run.output()) != first);
  run.forward(m.view(), in, 1);
  CHECK(copy(run.output()) == first);
}
TEST_CASE("gradients of a step take the state before as a constant") {
  using piece = net<input<2, 3>, lstm<3>, gru<2>>;
  model<piece, double> m{seed{1}};
  session<piece, double, capability::full_gradient> run(2);
  auto state = run.initial_state(2), after = state;
  double wave = 1;
  for (double& v : state.numbers()) v = std::sin(wave += 2);
  std::vector<double> x(12), g(m.parameters().size());
  for (double& v : x) v = std::sin(wave += 2);
  const void* in[] = {x.data()};
  const auto loss = [&] {
    run.step(m.view(), in, std::as_const(state), after, mode::training);
    double sum = 0, weight = 0.3;
    for (const double y : run.output()) sum += y * (weight += 0.1);
    return sum;
  };
  loss();
  double weight = 0.3;
  for (double& v : run.output_gradient()) v = weight += 0.1;
  run.backward(m.view(), g.data());
  double off = 0, largest = 0;
  for (const tensor_info& t : m.tensors())
    for (long i = 0; i < t.s.size(); ++i) {
      const auto at = static_cast<std::size_t>(t.place<double>(i));
      double& p = m.parameters()[at];
      const double was = p, h = 1e-5;
      p = was + h;
      const double up = loss();
      p = was - h;
      const double down = loss();
      p = was;
      off = std::max(off, std::abs((up - down) / (2 * h) - g[at]));
      largest = std::max(largest, std::abs(g[at]));
    }
  CHECK(largest > 0.1);
  CHECK(off < 1e-8);
}
