// An activation and a layer of our own. They work like the built-in ones: they are checked and counted by the
// compiler, the activation is computed inside the product before it, and check_layer tests their gradients.
// docs/tutorial/02_custom_layer.md
#include <cstdio>
#include <string_view>
#include <tuple>

#include <boost/hana/length.hpp>

#include <genet/genet.hpp>

using namespace genet;

// An activation is two formulas: its value and its derivative, both of its input. `x` stands for as many numbers as
// fit in a vector register, of float or double; exp, log1p, tanh, max, select and so on work on it.
struct mish : activation {
  static constexpr text label() { return "mish"; }
  static auto value(auto x) { return x * tanh(softplus_of(x)); }
  static auto derivative(auto x) {
    const auto t = tanh(softplus_of(x));
    return t + x * (1 - t * t) / (1 + exp(-x));
  }

 private:
  static auto softplus_of(auto x) { return max(x, 0) + log1p(exp(-abs(x))); }
};

// A layer by example: xtensor expressions for one example, all of one shape; the library loops over the batch.
// Here x + sin(a x)^2 / a with a learned a for each feature (Ziyin, Hartwig & Ueda 2020).
struct snake {
  using by_example = void;
  static constexpr text label() { return "snake"; }

  // The shape rule: the output is like the input, and there is one parameter of the same shape that starts at 1.
  static constexpr answer infer(shape in) { return gives(in).with("frequency", in, parameter_group::weight, ones); }

  // The gradients below read x, so it has to be kept from the forward to the backward pass.
  static constexpr needs reads{.x_for_dx = true, .x_for_dp = true};

  static auto forward(const auto& x, const auto& p) { return x + xt::square(xt::sin(p[0] * x)) / p[0]; }
  // The gradient of the input, from that of the output.
  static auto backward(const auto& x, const auto& p, const auto& dy) { return dy * (1 + xt::sin(2 * p[0] * x)); }
  // What one example adds to the gradient of each parameter.
  static auto parameters(const auto& x, const auto& p, const auto& dy) {
    return std::tuple(dy * (x * xt::sin(2 * p[0] * x) - xt::square(xt::sin(p[0] * x)) / p[0]) / p[0]);
  }
};

struct small_net : net<input<6>, dense<32>, mish, dense<8>, snake, dense<2>> {};

// `layers` is a Hana sequence of types. Five of them make four kernel calls: mish is computed in the first product.
static_assert(decltype(boost::hana::length(small_net::layers))::value == 5);
static_assert(program_of<small_net>.n_steps == 4);

// Compares gradients with central differences, in double.
bool report_check(const char* what, const gradient_report& r) {
  std::printf("%-10s %s, relative error at most %.1e (%s)\n", what, r ? "right" : "WRONG", r.worst, r.where.c_str());
  return r.passed;
}

int main() {
  constexpr std::string_view table = summary<small_net>();
  std::printf("%.*s\n", static_cast<int>(table.size()), table.data());

  bool right = report_check("mish", check_layer<mish, input<6>>());
  right = report_check("snake", check_layer<snake, input<6>>()) && right;
  // A whole net is checked the same way.
  right = report_check("small_net", check_gradients<small_net>()) && right;
  return right ? 0 : 1;
}
