#include <doctest/doctest.h>

#include <genet/genet.hpp>

#include <vector>

#include "checks.hpp"

using namespace genet;

namespace {

/// y = x + 100 channel, computed pixel after pixel.
struct count_channels {
  static constexpr feature_order order = feature_order::channels_last;
  static constexpr needs reads{};
  static constexpr text label() { return "count_channels"; }
  static constexpr answer infer(shape in) { return gives(in); }
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long channels = In[0][0];
    for (long i = 0; i < c.rows * In[0].size(); ++i) c.result()[i] = c.real()[i] + static_cast<T>(100 * (i % channels));
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    for (long i = 0; i < c.rows * In[0].size(); ++i)
      c.in_gradient[0][i] = c.out_gradient[i] + (Want.adds(0) ? c.in_gradient[0][i] : T(0));
  }
};

template <class Net>
std::vector<float> values(long rows) {
  const long n = Net::net_type::input_shape.size();
  std::vector<float> x(static_cast<std::size_t>(rows * n));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  model<Net> m{seed{1}};
  session<Net, float, capability::forward> s(rows);
  s.forward(m.view(), x.data(), rows);
  return {s.output().begin(), s.output().end()};
}

}  // namespace

TEST_CASE("a net takes and gives planes, whatever its layers want") {
  using one = net<input<3, 5, 7>, count_channels>;
  CHECK(program_of<one>.n_steps == 3);
  CHECK(step_label<one>(0) == "channels last for count_channels");
  CHECK(step_label<one>(2) == "planes for the output");
  const auto y = values<one>(4);
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == static_cast<float>(i + 100 * (i / 35 % 3)));
}

TEST_CASE("maps of one channel or one pixel lie the same in both orders") {
  CHECK(program_of<net<input<1, 5, 7>, count_channels>>.n_steps == 1);
  CHECK(program_of<net<input<6, 1, 1>, count_channels>>.n_steps == 1);
}

TEST_CASE("element-wise layers and sums keep the order, views want planes") {
  using run = net<input<3, 4, 4>, count_channels, relu, residual<relu, count_channels>, count_channels>;
  CHECK(program_of<run>.n_steps == 8);  // two reorderings, three layers, relu twice, a sum
  const auto y = values<run>(2);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t c = 100 * (i / 16 % 3);
    CHECK(y[i] == static_cast<float>(2 * (i + c) + 2 * c));
  }
  using flat = net<input<2, 3, 2>, count_channels, flatten, reshape<3, 2, 2>, count_channels>;
  const auto z = values<flat>(1);
  for (std::size_t i = 0; i < 12; ++i) CHECK(z[i] == static_cast<float>(i + 100 * (i / 6) + 100 * (i / 4)));
}

TEST_CASE("gradients pass through reorderings, also where they add up") {
  checks::gradients_are_right<net<input<3, 2, 5>, residual<count_channels, tanh_>, flatten, dense<4>>>();
  checks::gradients_are_right<
      net<input<3, 2, 5>, tanh_, heads<head<"a", count_channels, sigmoid>, head<"b", tanh_>>, concat>>();
}
