// Gradients of penalties on input gradients: against PyTorch's double backward (tests/fixtures/make_torch.py), against
// central differences through the session itself, and against a closed form.
#include <doctest/doctest.h>
#include <genet/io/safetensors.hpp>
#include <genet/kernels.hpp>
#include <genet/run/model.hpp>
#include <genet/run/tangent_session.hpp>
#include <genet/train/gradient_penalty.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../allocations.hpp"

using namespace genet;

namespace {

const io::tensor_file& file() {
  static const auto f = io::tensor_file::read("tests/fixtures/torch/penalties.safetensors");
  return f;
}
std::vector<double> expected(const std::string& name) { return file().get<double>(name); }

/// The norm of the difference over that of what was expected.
template <class A>
double relative_error(const A& found, const std::vector<double>& wanted) {
  REQUIRE(found.size() == wanted.size());
  double off = 0, norm = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double d = static_cast<double>(found[i]) - wanted[i];
    off += d * d;
    norm += wanted[i] * wanted[i];
  }
  return std::sqrt(off) / std::max(std::sqrt(norm), 1e-12);
}
template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-12 : 3e-5;

template <class Net, class T>
struct critic_run {
  explicit critic_run(long n) : rows(n), run(n + 3), direction(static_cast<std::size_t>(n * size)) {}
  template <class Penalty>
  double value(const Penalty& p, std::span<const void* const> sources) {
    run.poison(T(1e30));
    const auto g = run.input_gradient(std::as_const(m).view(), sources, rows);
    return evaluate_penalty(p, g.data(), rows, size, direction.data()).value;
  }
  template <class Penalty>
  std::vector<T> gradients(const Penalty& p, std::span<const void* const> sources) {
    std::vector<T> to(m.parameters().size());
    value(p, sources);
    run.add_gradient(std::as_const(m).view(), direction.data(), to.data());
    return to;
  }

  static constexpr long size = Net::net_type::input_shape.size();
  long rows;
  model<Net, T> m{seed{1}};
  tangent_session<Net, T> run;
  std::vector<T> direction;
};

template <class Net, class T, class Penalty>
void penalty_agrees(const std::string& name, const std::string& kind, const Penalty& penalty) {
  CAPTURE(name);
  CAPTURE(kind);
  const auto x = file().get<T>(name + "/input");
  critic_run<Net, T> c(static_cast<long>(x.size()) / Net::net_type::input_shape.size());
  for (const tensor_info& t : c.m.tensors())
    c.m.set(t.name, file().get<T>(name + "/parameter." + std::string(t.name)));
  std::vector<T> condition;
  if (file().find(name + "/input.condition")) condition = file().get<T>(name + "/input.condition");
  const void* sources[] = {x.data(), condition.data()};
  const std::span<const void* const> in(sources, static_cast<std::size_t>(Net::net_type::source.n));

  CHECK(relative_error(std::vector{c.value(penalty, in)}, expected(name + "/value." + kind)) < tolerance<T>);
  const auto found = c.gradients(penalty, in);
  CHECK(relative_error(c.direction, expected(name + "/direction." + kind)) < 2 * tolerance<T>);
  CHECK(relative_error(c.run.output(), expected(name + "/output")) < tolerance<T>);
  std::vector<double> all, wanted;  // single biases are all rounding where they should be zero
  for (const tensor_info& t : c.m.tensors()) {
    std::ranges::copy(t.read(found.data()), std::back_inserter(all));
    std::ranges::copy(expected(name + "/gradient." + kind + "." + std::string(t.name)), std::back_inserter(wanted));
  }
  CHECK(relative_error(all, wanted) < tolerance<T>);
}
template <class Net, class T>
void agrees_with_torch(const std::string& name) {
  penalty_agrees<Net, T>(name, "gradient_penalty", gradient_penalty{});
  penalty_agrees<Net, T>(name, "lipschitz_penalty", lipschitz_penalty{});
  penalty_agrees<Net, T>(name, "r1_penalty", r1_penalty{.weight = 3});
}

template <class Activation>
using mlp = net<input<6>, dense<7>, Activation, dense<5>, Activation, dense<1>>;
using residual_critic = net<input<6>, dense<6>, residual<dense<6>, tanh_>, leaky_relu<0.2>, dense<1>>;
using heads_critic = net<input<6>, dense<5>, tanh_, heads<head<"class", dense<4>>, head<"score", dense<1>>>>;
using condition_critic =
    net<inputs<named<"image", input<6>>, named<"condition", input<3>>>,
        heads<head<"a", pick<"image">, dense<4>>, head<"b", pick<"condition">, dense<3>, tanh_, dense<4>>>, add, gelu,
        dense<1>>;
using convolution_critic = net<input<2, 5, 6>, conv2d<3, kernel<3>, stride<2>, padding<1>>, leaky_relu<0.2>,
                               conv2d<4, kernel<2>>, softplus, flatten, dense<1>>;

using reading_critic =
    net<input<6, 4>, heads<head<"two", conv1d<3, kernel<2>>, leaky_relu<0.2>, max_over_time>,
                           head<"three", conv1d<2, kernel<3>>, tanh_, max_over_time>>,
        concat, dense<1>>;
using pooling_critic = net<input<2, 5, 6>, conv2d<3, kernel<2>>, softplus, max_pool<kernel<2>>, tanh_, flatten, dense<1>>;

/// A user's layers: one that is linear, a smooth activation, one that is straight but does not say so, and a product
/// whose backward pass leaves nothing of the gradient of its output, as it may.
struct reversed {
  using is_linear = void;
  static constexpr needs reads{};
  static constexpr text label() { return "reversed"; }
  static constexpr answer infer(shape in) { return gives(in); }
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long n = In[0].size();
    for (long r = 0; r < c.rows; ++r) std::reverse_copy(c.real() + r * n, c.real() + r * n + n, c.result() + r * n);
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long n = In[0].size();
    for (long r = 0; r < c.rows; ++r)
      for (long i = 0; i < n; ++i) {
        T& to = c.in_gradient[0][r * n + i];
        to = c.out_gradient[r * n + n - 1 - i] + (Want.adds(0) ? to : T(0));
      }
    std::fill_n(c.out_gradient, c.rows * n, T(1e30));
  }
};
struct bent : activation {
  static constexpr text label() { return "bent"; }
  static auto value(auto x) { return x + 0.5 * sin(x); }
  static auto derivative(auto x) { return 1 + 0.5 * cos(x); }
};
struct kinked : activation {
  static constexpr text label() { return "kinked"; }
  static auto value(auto x) { return max(x, 0) - 0.3 * abs(x); }
  static auto derivative(auto x) {
    using number = decltype(x);
    return select(x > 0, number(0.7), number(0.3));
  }
};
struct greedy : dense<6> {
  static constexpr text label() { return "greedy"; }
};

using unusual = net<input<6>, dense<6>, bent, learned<6, "shift">, dense<2>, tanh_>;
using own_layers =
    net<input<6>, reversed, greedy, bent, residual<reversed, greedy, kinked>, reversed, greedy, elu<0.5>,
        heads<head<"a">, head<"b", learned<3>>, head<"c", dense<3>, silu>>, concat, reversed, dense<2>>;
using branched =
    net<input<6>, heads<head<"a">, head<"b", tanh_>, head<"c", dense<2, no_bias>>>, concat,
        repeat<2, residual<chain<dense<14>, softplus>>>,
        heads<head<"x", dense<3>, sigmoid>, head<"y", dense<3>>>, add, reshape<3, 1>, flatten, dense<3>>;
/// What is not linear is no hindrance beside the way from the source to the score.
using stray = net<inputs<named<"image", input<6>>, named<"condition", input<3>>>,
                  heads<head<"a", pick<"image">, dense<4>>,
                        head<"b", pick<"condition">, dense<3>, layer_norm, softmax, dense<4>, batch_norm>>,
                  concat, dense<5>, silu,
                  heads<head<"score", dense<1>>, head<"other", softmax, dense<2>>>>;
/// Convolutions there and back, whose maps lie channels last, and scores for patches.
using patches = net<input<1, 6, 6>, conv2d<5, kernel<3>, stride<2>>, gelu, residual<conv2d<5, kernel<1>>, relu>,
                    conv_transpose2d<2, kernel<2>, stride<2>>, tanh_, conv2d<1, kernel<3>>>;

/// Labels join on the way, and decide about the score.
using projection = net<inputs<named<"image", input<6>>, named<"label", labels<4>>>,
                       heads<head<"joined", with_label<4, embedding<3>>, dense<5>, softplus>,
                             head<"label", pick<"label">>>,
                       label_projection<4>>;
using one_hots = net<inputs<named<"image", input<1, 4, 4>>, named<"label", labels<4>>>, with_label<4>,
                     conv2d<3, kernel<3>>, tanh_, average_pool<kernel<2>>, upsample<2>, flatten,
                     dense<1>>;
using normalised = net<input<6>, spectral_norm<dense<7>>, silu, spectral_norm<dense<5>>, leaky_relu<0.2>, dense<1>>;

/// Central differences of the penalty, which itself takes only the gradient at the input.
template <class Net, class Penalty = gradient_penalty>
void differences_agree(const Penalty& penalty = {}, long rows = 5) {
  critic_run<Net, double> c(rows);
  std::vector<std::vector<double>> numbers;
  std::vector<const void*> sources;
  std::uint32_t which = 0;
  auto normals = [&](long n) {
    std::vector<double> v(static_cast<std::size_t>(n));
    rng::normal(std::span<double>(v), rng::key{7, which++, 0});
    return v;
  };
  std::vector<std::int32_t> labels;
  for (std::int32_t r = 0; r < rows; ++r) labels.push_back(r * 7 % 4);
  for (int i = 0; i < Net::net_type::source.n; ++i) {
    numbers.push_back(normals(rows * Net::net_type::source[i].s.size()));
    for (double& x : numbers.back()) x *= 1.5;
    const bool real = Net::net_type::source[i].kind == element::real;
    sources.push_back(real ? static_cast<const void*>(numbers.back().data()) : labels.data());
  }
  for (const tensor_info& t : c.m.tensors())
    if (t.trained) {
      auto v = c.m.get(t.name);
      const auto shift = normals(t.s.size());
      for (std::size_t i = 0; i < v.size(); ++i) v[i] += 0.4 * shift[i];
      c.m.set(t.name, v);
    }
  const auto found = c.gradients(penalty, sources);
  double off = 0, norm = 0;
  for (const tensor_info& t : c.m.tensors())
    for (long i = 0; i < t.s.size() && t.trained; ++i) {
      const auto at = static_cast<std::size_t>(t.place<double>(i));
      double& x = c.m.parameters()[at];
      const double here = x, h = 1e-5;
      x = here + h;
      const double up = c.value(penalty, sources);
      x = here - h;
      const double slope = (up - c.value(penalty, sources)) / (2 * h);
      x = here;
      off += (slope - found[at]) * (slope - found[at]);
      norm += slope * slope;
    }
  CHECK(norm > 1e-6);
  CHECK(std::sqrt(off / norm) < 1e-7);
}

}  // namespace

template <>
struct genet::compute<greedy> : genet::compute<dense<6>> {
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    compute<dense<6>>::template backward<T, In, Want>(c);
    std::fill_n(c.out_gradient, c.rows * 6, T(1e30));
  }
};

TEST_CASE_TEMPLATE("PyTorch's double backward gives the same gradients", T, float, double) {
  agrees_with_torch<mlp<relu>, T>("relu");
  agrees_with_torch<mlp<leaky_relu<0.2>>, T>("leaky_relu");
  agrees_with_torch<mlp<tanh_>, T>("tanh");
  agrees_with_torch<mlp<softplus>, T>("softplus");
  agrees_with_torch<mlp<elu<1>>, T>("elu");
  agrees_with_torch<mlp<gelu>, T>("gelu");
  agrees_with_torch<mlp<silu>, T>("silu");
  agrees_with_torch<mlp<sigmoid>, T>("sigmoid");
  agrees_with_torch<residual_critic, T>("residual");
  agrees_with_torch<net<input<6>, dense<5>, softplus, dense<3>>, T>("mean");
  agrees_with_torch<heads_critic, T>("heads");
  agrees_with_torch<condition_critic, T>("condition");
  agrees_with_torch<convolution_critic, T>("convolution");
}

TEST_CASE("a critic w x: the penalty is weight (|w| - 1)^2, its gradient 2 weight (|w| - 1) w / |w|") {
  using line = net<input<5>, dense<1>>;
  for (const double length : {0.2, 1.0, 3.0}) {
    critic_run<line, double> c(4);
    std::vector<double> w{0.5, -0.1, 0.7, -0.5, 0.0};  // of length 1
    for (double& x : w) x *= length;
    c.m.set("0.weight", w);
    const std::vector<double> x(20, 0.3);
    const void* sources[] = {x.data()};
    const auto found = c.gradients(gradient_penalty{.weight = 10}, sources);
    CHECK(c.value(gradient_penalty{.weight = 10}, sources) ==
          doctest::Approx(10 * (length - 1) * (length - 1)).epsilon(1e-12));
    for (const tensor_info& t : c.m.tensors()) {
      const auto g = t.read(found.data());
      for (std::size_t i = 0; i < g.size(); ++i) {
        const double wanted = t.name == "0.bias" ? 0 : 2 * 10 * (length - 1) * w[i] / length;
        CHECK(std::abs(g[i] - wanted) < 1e-10);
      }
    }
  }
}

TEST_CASE("central differences of the penalty") {
  differences_agree<mlp<silu>>();
  differences_agree<mlp<kinked>>();
  differences_agree<own_layers>();
  differences_agree<own_layers>(r1_penalty{});
  differences_agree<branched>();
  differences_agree<branched>(lipschitz_penalty{}, 1);
  differences_agree<stray>();
  differences_agree<condition_critic>();
  differences_agree<patches>();
  differences_agree<projection>();
  differences_agree<one_hots>();
  differences_agree<normalised>();
  differences_agree<reading_critic>();
  differences_agree<pooling_critic>();
}

TEST_CASE("where the score does not change with the input the gradients are zero") {
  critic_run<unusual, double> c(3);
  const std::vector<double> x(18, 0.5);
  const void* sources[] = {x.data()};
  const auto found = c.gradients(gradient_penalty{}, sources);
  CHECK(c.value(gradient_penalty{}, sources) == doctest::Approx(10));
  CHECK(std::ranges::all_of(found, [](double g) { return g == 0; }));
}

TEST_CASE_TEMPLATE("gradients are added, a direction is linear, and may be asked again", T, float, double) {
  critic_run<own_layers, T> c(6);
  std::vector<T> x(36);
  rng::normal(std::span<T>(x), rng::key{3, 0, 0});
  const void* sources[] = {x.data()};
  const auto once = c.gradients(gradient_penalty{}, sources);
  const auto w = std::as_const(c.m).view();
  std::vector<T> again(once.size());
  c.run.add_gradient(w, c.direction.data(), again.data());
  CHECK(again == once);
  c.run.add_gradient(w, c.direction.data(), again.data());
  double off = 0, size = 0;
  for (std::size_t i = 0; i < once.size(); ++i) {
    off = std::max(off, std::abs(static_cast<double>(again[i] - 2 * once[i])));
    size = std::max(size, std::abs(static_cast<double>(once[i])));
  }
  CHECK(off < 1e-5 * size);
}

TEST_CASE_TEMPLATE("the input gradient is that of an ordinary session, and rows do not know each other", T, float,
                   double) {
  using net_type = residual_critic;
  model<net_type, T> m{seed{4}};
  std::vector<T> x(6 * 40);
  rng::normal(std::span<T>(x), rng::key{3, 0, 0});
  tangent_session<net_type, T> run(40), alone(1);
  session<net_type, T, capability::input_gradient> ordinary(40);
  const auto w = std::as_const(m).view();
  const auto g = run.input_gradient(w, x.data(), 40);
  ordinary.forward(w, x.data(), 40);
  std::ranges::fill(ordinary.output_gradient(), T(1));
  ordinary.backward(w);
  const auto plain = ordinary.input_gradient();
  CHECK(relative_error(g, {plain.begin(), plain.end()}) < tolerance<T>);
  CHECK(relative_error(run.output(), {ordinary.output().begin(), ordinary.output().end()}) < tolerance<T>);
  for (std::size_t r = 0; r < 40; ++r)
    CHECK(std::ranges::equal(alone.input_gradient(w, x.data() + 6 * r, 1), g.subspan(6 * r, 6)));
  CHECK(run.rows() == 40);
  CHECK(run.capacity() == 40);
}

TEST_CASE_TEMPLATE("the same bits for any number of threads", T, float, double) {
  using wide = net<input<70>, dense<130>, tanh_, residual<dense<130>, leaky_relu<0.2>>, dense<65>, gelu, dense<3>>;
  model<wide, T> m{seed{2}};
  std::vector<T> x(70 * 150), direction(x.size());
  rng::normal(std::span<T>(x), rng::key{3, 0, 0});
  std::vector<std::vector<T>> all;
  for (const int threads : {1, 2, 3}) {
    tensor::team team(threads);
    tangent_session<wide, T> run(160, team);
    const auto g = run.input_gradient(std::as_const(m).view(), x.data(), 150);
    const auto p = evaluate_penalty(gradient_penalty{}, g.data(), 150, 70, direction.data(), team);
    std::vector<T> gradients(m.parameters().size());
    run.add_gradient(std::as_const(m).view(), direction.data(), gradients.data());
    gradients.insert(gradients.end(), g.begin(), g.end());
    gradients.push_back(static_cast<T>(p.value));
    gradients.push_back(static_cast<T>(p.mean_norm));
    all.push_back(gradients);
  }
  CHECK(all[0] == all[1]);
  CHECK(all[0] == all[2]);
}

TEST_CASE_TEMPLATE("a penalty allocates nothing", T, float, double) {
  model<patches, T> m{seed{2}};
  tensor::team team(2);
  tangent_session<patches, T> run(40, team);
  std::vector<T> real(36 * 40), fake(real.size()), between(real.size()), direction(real.size()),
      gradients(m.parameters().size());
  const auto w = std::as_const(m).view();
  const long before = allocation_count();
  for (std::uint64_t k = 0; k < 3; ++k) {
    interpolate(real.data(), fake.data(), 40, 36, {1, stream::training, k}, between.data(), team);
    const auto g = run.input_gradient(w, between.data(), 40);
    evaluate_penalty(gradient_penalty{}, g.data(), 40, 36, direction.data(), team);
    run.add_gradient(w, direction.data(), gradients.data());
  }
  const long during = allocation_count() - before;
  CHECK(during == 0);
}

TEST_CASE("arguments that cannot be are refused") {
  using line = net<input<5>, dense<1>>;
  CHECK_THROWS_WITH_AS(tangent_session<line>(0), "session: the capacity must be positive, got 0", usage_error);
  tangent_session<line> run(4);
  model<line> m{seed{1}};
  const std::vector<float> x(25);
  CHECK_THROWS_WITH_AS(run.input_gradient(m.view(), x.data(), 5), "session: got 5 examples, has room for 4",
                       usage_error);
}
