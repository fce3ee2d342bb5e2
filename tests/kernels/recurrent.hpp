#pragma once
// What every recurrent layer promises, by its word.
#include <genet/kernels/activations.hpp>
#include <genet/kernels/add.hpp>
#include <genet/kernels/embedding.hpp>
#include <genet/layers/pick.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "checks.hpp"
#include "fixtures.hpp"

namespace recurrent_tests {

using namespace genet;
using namespace checks;

template <int Length, int Features, class... L>
using masked = net<inputs<named<"x", input<Length, Features>>, named<"mask", mask<Length>>>, L...>;

template <template <int, class...> class Layer>
void gradients() {
  everything<net<input<5, 3>, Layer<4>>>();
  everything<masked<5, 3, Layer<4, bidirectional, no_bias>>>();
  gradients_are_right<masked<4, 3, Layer<3>>>();
  gradients_are_right<net<input<1, 3>, Layer<19, bidirectional>, residual<Layer<38>>>>();
  gradients_are_wrong<net<input<5, 3>, wrong<Layer<4>, 0>>>();
  gradients_are_wrong<net<input<5, 3>, wrong<Layer<2>, -1, 1>>>();
}

/// In double and in float.
template <template <int, class...> class Layer>
void same_as_pytorch(const std::string& name) {
  const auto all = [&]<class T>(T) {
    fixtures::matches<net<input<6, 5>, Layer<4>>, T>(name);
    fixtures::matches<net<input<6, 5>, Layer<4, bidirectional>, Layer<3, no_bias>>, T>(name + "_stacked");
    fixtures::matches<masked<6, 5, Layer<4>>, T>(name + "_masked");
    fixtures::matches<masked<6, 5, Layer<4, bidirectional>>, T>(name + "_masked_bidirectional");
  };
  all(1.0);
  all(1.0F);
}

template <template <int, class...> class Layer>
void starts_uniform() {
  model<net<input<3, 5>, Layer<100>>, double> m{seed{1}};
  for (const char* name : {"0.weight_ih_l0", "0.weight_hh_l0", "0.bias_ih_l0", "0.bias_hh_l0"}) {
    double least = 1, most = -1;
    for (const double x : m.get(name)) least = std::min(least, x), most = std::max(most, x);
    CHECK(least >= -0.1);
    CHECK(least < -0.095);
    CHECK(most <= 0.1);
    CHECK(most > 0.095);
  }
}

/// In pieces of any length a net gives the bits of the whole, also where some positions do not count.
template <template <int, class...> class Layer>
void pieces_are_the_whole() {
  constexpr long rows = 21, length = 8, units = 9;
  using whole = net<inputs<named<"words", tokens<50, length>>, named<"which", mask<length>>>,
                    heads<head<"words", pick<"words">, embedding<6>>, head<"which", pick<"which">>>, Layer<5>, tanh_,
                    Layer<units>>;
  model<whole> m{seed{1}};
  const examples_of<float> x(whole::source, rows, 3);
  session<whole, float, capability::forward> at_once(rows);
  at_once.forward(m.view(), x, rows);
  const auto in_pieces = [&]<int Piece>() {
    using piece = with_length<whole, Piece>;
    session<piece, float, capability::forward> run(rows);
    recurrent_state<float> state = run.initial_state(rows);
    std::array<std::vector<std::int32_t>, 2> part;
    bool same = true;
    for (long t = 0; t < length; t += Piece) {
      for (std::size_t i = 0; i < 2; ++i) {
        part[i].clear();
        for (long r = 0; r < rows; ++r)
          for (long k = t; k < t + Piece; ++k) part[i].push_back(x.integers[i][static_cast<std::size_t>(r * length + k)]);
      }
      const void* sources[] = {part[0].data(), part[1].data()};
      run.step(m.view(), sources, state);
      for (long r = 0; r < rows; ++r)
        same = same && std::equal(run.output().data() + r * Piece * units, run.output().data() + (r + 1) * Piece * units,
                                  at_once.output().data() + (r * length + t) * units);
    }
    CHECK(same);
  };
  in_pieces.template operator()<1>();
  in_pieces.template operator()<4>();
  in_pieces.template operator()<8>();
}

/// Positions that do not count change nothing, wherever they are and whatever they hold.
template <class Layer>
void padding_changes_nothing() {
  constexpr std::size_t rows = 4, length = 4, padded = 7, features = 3, width = net<input<4, 3>, Layer>::output_shape[1];
  constexpr std::size_t places[rows][length] = {{0, 1, 2, 3}, {3, 4, 5, 6}, {0, 2, 3, 6}, {1, 2, 4, 5}};
  using plain = net<input<length, features>, Layer>;
  using with_mask = masked<padded, features, Layer>;
  model<plain, double> m{seed{1}};
  session<plain, double, capability::full_gradient> a(rows);
  session<with_mask, double, capability::full_gradient> b(rows + 1);
  const auto x = numbers<double>(rows * length * features, 1), dy = numbers<double>(rows * length * width, 2);
  // One more example, of which nothing counts.
  std::vector<double> wide_x(numbers<double>((rows + 1) * padded * features, 3));
  std::vector<double> wide_dy(numbers<double>((rows + 1) * padded * width, 4));
  std::vector<std::int32_t> counts((rows + 1) * padded, 0);
  const auto spread = [&](const std::vector<double>& from, std::vector<double>& to, std::size_t n) {
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t t = 0; t < length; ++t)
        std::copy_n(&from[(r * length + t) * n], n, &to[(r * padded + places[r][t]) * n]);
  };
  spread(x, wide_x, features);
  spread(dy, wide_dy, width);
  for (std::size_t r = 0; r < rows; ++r)
    for (const std::size_t t : places[r]) counts[r * padded + t] = 1;

  a.forward(m.view(), x.data(), rows, mode::training);
  const void* sources[] = {wide_x.data(), counts.data()};
  b.poison(1e30);
  b.forward(m.view(), sources, rows + 1, mode::training);
  std::vector<double> y((rows + 1) * padded * width, 0), dx((rows + 1) * padded * features, 0);
  spread({a.output().begin(), a.output().end()}, y, width);
  CHECK(difference(b.output(), y) < 1e-12);
  std::ranges::copy(dy, a.output_gradient().begin());
  std::ranges::copy(wide_dy, b.output_gradient().begin());
  std::vector<double> da(m.parameters().size()), db(m.parameters().size());
  a.backward(m.view(), da.data());
  b.backward(m.view(), db.data());
  CHECK(difference(da, db) < 1e-12);
  spread({a.input_gradient().begin(), a.input_gradient().end()}, dx, features);
  CHECK(difference(b.input_gradient(), dx) < 1e-12);
}

}  // namespace recurrent_tests
