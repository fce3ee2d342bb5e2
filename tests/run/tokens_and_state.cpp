// What later layers rest on: a layer with two inputs, one of them integers, with a parameter and a state of its own;
// and a layer whose output is integers.
#include <doctest/doctest.h>
#include <genet/declare.hpp>
#include <genet/kernels.hpp>
#include <genet/run/check_layer.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace genet;

namespace {

/// y[l] = x[l] + table[token[l]] for tokens (L) and reals (L,D); counts in training how often each token was used.
template <bool Wrong = false>
struct add_entry {
  static constexpr needs reads{.x_for_dp = true};
  static constexpr text label() { return "add_entry"; }
  static constexpr answer infer(const bundle& in) {
    if (in.n != 2 || in[0].kind != element::token || in[1].kind != element::real)
      return refuse(text("wants tokens and reals, got ") << show(in));
    if (in[1].s.rank != 2 || in[1].s[0] != in[0].s[0])
      return refuse(text("wants one row of reals for each token, got ") << show(in));
    return gives(in[1].s)
        .with("table", {2, {in[0].limit, in[1].s[1]}}, parameter_group::weight, xavier_uniform)
        .with_state("uses", vector_shape(in[0].limit), zeros)
        .costs(in[1].s.size());
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long length = In[1][0], width = In[1][1];
    for (long i = 0; i < c.rows * length; ++i) {
      const std::int32_t token = c.integers(0)[i];
      if (token < 0 || token >= In.limit[0])
        throw bad_input("add_entry: token " + std::to_string(token) + ", expected below " +
                        std::to_string(In.limit[0]));
      for (long d = 0; d < width; ++d)
        c.result()[i * width + d] = c.real(1)[i * width + d] + c.parameters[0][token * width + d];
      if (c.moving_state[0]) c.moving_state[0][token] += 1;
    }
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long length = In[1][0], width = In[1][1];
    static_assert(!Want.input(0), "integers have no gradient");
    if constexpr (Want.parameters) {
      T* g = c.parameter_gradient[0];
      if (!c.accumulate)
        for (long k = 0; k < In.limit[0] * width; ++k) g[k] = 0;
      for (long i = 0; i < c.rows * length; ++i)
        for (long d = 0; d < width; ++d) {
          T& to = g[c.integers(0)[i] * width + d];
          to = Wrong ? c.out_gradient[i * width + d] : to + c.out_gradient[i * width + d];
        }
    }
    if constexpr (Want.input(1))
      for (long i = 0; i < c.rows * In[1].size(); ++i)
        c.in_gradient[1][i] = Want.adds(1) ? c.in_gradient[1][i] + c.out_gradient[i] : c.out_gradient[i];
  }
};

/// The next token: integers in, integers out.
struct next_token {
  static constexpr text label() { return "next_token"; }
  static constexpr answer infer(const bundle& in) {
    if (in.n != 1 || in[0].kind != element::token) return refuse(text("wants tokens, got ") << show(in));
    answer a = gives(in[0].s);
    a.kind = element::token;
    a.limit = in[0].limit;
    return a;
  }
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    for (long i = 0; i < c.rows * In[0].size(); ++i)
      static_cast<std::int32_t*>(c.out)[i] = (c.integers(0)[i] + 1) % In.limit[0];
  }
};

using sources = inputs<named<"words", tokens<5, 3>>, named<"x", input<3, 2>>>;
using plain = net<sources, add_entry<>>;
using longer = net<sources, heads<head<"words", pick<"words">, next_token>, head<"x", pick<"x">, sigmoid>>,
                   add_entry<>, flatten, dense<6>, tanh_, heads<head<"words", chain<>>>>;

static_assert(plain::well_formed && plain::parameter_count == 10 && plain::state_count == 5);
static_assert(plain::source[0].kind == element::token && plain::source[0].limit == 5 &&
              plain::output_shape == shape_of({3, 2}));
static_assert(program_of<plain>.steps[0].n_in == 2 && program_of<plain>.steps[0].taken.kind[0] == element::token);
static_assert(program_of<longer>.steps[0].out_kind == element::token);
static_assert(!plan_of<longer, capability::full_gradient>.backward[0].any());  // integers carry no gradient
static_assert(plan_of<plain, capability::full_gradient>.backward[0] == wants{.write = 0b10, .parameters = true});

std::vector<double> values(std::span<const double> s) { return {s.begin(), s.end()}; }

}  // namespace

TEST_CASE("the gradients are right, and a wrong one is noticed") {
  for (long rows : {1L, 3L, 17L}) {
    CHECK(check_gradients<plain>({.rows = rows}));
    CHECK(check_gradients<longer>({.rows = rows}));
  }
  CHECK(check_gradients<plain>({.rows = 17}).worst < 1e-8);
  const auto wrong = check_gradients<net<sources, add_entry<true>>>({.rows = 17});
  CHECK_FALSE(wrong);
  CHECK(wrong.where == "0.table");
}

TEST_CASE("tokens choose their entries; training counts them, evaluation and const models do not") {
  model<plain, double> m{seed{1}};
  m.set("0.table", std::vector<double>{0, 1, 10, 11, 20, 21, 30, 31, 40, 41});
  session<plain, double> run(4);
  const std::int32_t words[] = {4, 0, 4, 1, 1, 1};
  const double x[] = {1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0.5};
  const void* in[] = {words, x};
  const std::vector<double> expected{41, 43, 3, 5, 45, 47, 10, 11, 10, 11, 10, 11.5};
  run.forward(m.view(), in, 2, mode::evaluation);
  CHECK(values(run.output()) == expected);
  CHECK(m.get("0.uses") == std::vector<double>(5));
  run.forward(m.view(), in, 2, mode::training);
  run.forward(m.view(), in, 1, mode::training);
  CHECK(values(run.output()) == std::vector<double>(expected.begin(), expected.begin() + 6));
  CHECK(m.get("0.uses") == std::vector<double>{2, 3, 0, 0, 4});
  run.forward(std::as_const(m).view(), in, 2, mode::training);
  CHECK(m.get("0.uses") == std::vector<double>{2, 3, 0, 0, 4});
}

TEST_CASE("integers between layers, in float as in double") {
  using shifted =
      net<sources, heads<head<"words", pick<"words">, next_token, next_token>, head<"x", pick<"x">>>, add_entry<>>;
  auto run = []<class T>(T) {
    model<shifted, T> m{seed{1}};
    std::vector<T> table(10);
    for (std::size_t i = 0; i < 10; ++i) table[i] = T(10) * T(i / 2) + T(i % 2);
    const std::string name(m.tensors()[0].name);
    m.set(name, table);
    session<shifted, T, capability::full_gradient> s(4);
    s.poison(T(1e30));
    const std::int32_t words[] = {4, 0, 3};
    const T x[6]{};
    const void* in[] = {words, x};
    s.forward(m.view(), in, 1);
    return std::vector<double>(s.output().begin(), s.output().end());
  };
  CHECK(run(double{}) == std::vector<double>{10, 11, 20, 21, 0, 1});
  CHECK(run(float{}) == std::vector<double>{10, 11, 20, 21, 0, 1});
}

TEST_CASE("names, shapes and groups as a weight file wants them") {
  const auto& all = model<plain>::tensors();
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "0.table");
  CHECK(all[0].s == shape_of({5, 2}));
  CHECK(all[0].trained);
  CHECK(all[0].member_of == parameter_group::weight);
  CHECK(all[1].name == "0.uses");
  CHECK_FALSE(all[1].trained);
  CHECK(model<longer>::tensors()[0].name == "1.table");
}

TEST_CASE("a token outside of the vocabulary is refused at run time") {
  model<plain> m{seed{1}};
  session<plain> run(1);
  const std::int32_t words[] = {0, 5, 1};
  const float x[6]{};
  const void* in[] = {words, x};
  CHECK_THROWS_WITH_AS(run.forward(m.view(), in, 1), "add_entry: token 5, expected below 5", bad_input);
}

TEST_CASE("what it is not made for is refused when declared") {
  bundle b = plain::source;
  b.at[0].kind = element::real;
  CHECK(add_entry<>::infer(b).why.view() == "wants tokens and reals, got words (3), x (3,2)");
  CHECK_FALSE(add_entry<>::infer(plain::source).refused);
}

TEST_CASE("frozen: the gradient of the reals alone") {
  model<longer, double> m{seed{1}};
  session<longer, double, capability::full_gradient> all(3);
  session<frozen<longer>, double> run(3);
  const std::int32_t words[] = {4, 0, 4, 1, 1, 1, 2, 3, 0};
  std::vector<double> x(18);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<double>(i));
  const void* in[] = {words, x.data()};
  run.forward(m.view(), in, 3, mode::evaluation);
  all.forward(m.view(), in, 3, mode::evaluation);
  CHECK(values(run.output()) == values(all.output()));
  for (double& g : run.output_gradient()) g = 1;
  for (double& g : all.output_gradient()) g = 1;
  run.backward(m.view());
  std::vector<double> gradients(m.parameters().size());
  all.backward(m.view(), gradients.data());
  CHECK(values(run.input_gradient(1)) == values(all.input_gradient(1)));
  CHECK(run.bytes() < all.bytes());
}
