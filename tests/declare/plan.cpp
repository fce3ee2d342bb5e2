#include <doctest/doctest.h>
#include <genet/declare.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using namespace genet;

namespace {

struct encoder : net<input<1, 7, 9>, flatten, dense<40>, relu, batch_norm, dropout<0.2>,
                     heads<head<"mean", dense<5>>, head<"log_variance", dense<5>>>> {};
struct decoder : net<input<5>, dense<40>, gelu, dense<63>, reshape<1, 7, 9>> {};
using whole_vae = vae<encoder, decoder>;

using mixture =
    net<input<24>, residual<dense<48>, silu, layer_norm, dense<24>>,
        heads<head<"a", dense<20>, tanh_>, head<"b", residual<relu>>, head<"c", residual<softmax, dense<24>>>>,
        concat, dense<30>, heads<head<"d", elu<>>, head<"e", sigmoid>>, add, residual<chain<>>, log_softmax>;
using chain_of_products = net<input<64>, dense<32>, dense<48>, dense<16>, dense<80>>;
using tall = net<input<16>, repeat<6, residual<dense<32>, relu, dense<16>>>, dense<4>>;
struct reads_tokens {
  static constexpr text label() { return "reads_tokens"; }
  static constexpr needs reads{.x_for_dp = true};
  static constexpr answer infer(const bundle& in) {
    if (in.n != 2) return refuse("wants two");
    return gives(in[1].s)
        .with("table", {2, {in[0].limit, in[1].s[0]}}, parameter_group::weight, ones)
        .keeps(3, 5)
        .borrows(7);
  }
};
using of_tokens = net<inputs<named<"id", labels<9>>, named<"x", input<12>>>, reads_tokens, dense<6>, relu>;

template <class F>
void over_nets(F&& f) {
  f.template operator()<whole_vae>();
  f.template operator()<encoder>();
  f.template operator()<mixture>();
  f.template operator()<chain_of_products>();
  f.template operator()<tall>();
  f.template operator()<of_tokens>();
}
template <class F>
void over_plans(F&& f) {
  over_nets([&]<class Net>() {
    f.template operator()<Net, capability::forward>();
    f.template operator()<Net, capability::input_gradient>();
    f.template operator()<Net, capability::gradient>();
    f.template operator()<Net, capability::full_gradient>();
  });
}

template <class Plan>
std::vector<memory_block> blocks_of(const Plan& m) {
  std::vector<memory_block> all;
  for (const auto* list : {&m.value, &m.gradient}) all.insert(all.end(), list->begin(), list->end());
  for (const auto* list : {&m.saved, &m.forward_scratch, &m.backward_scratch})
    all.insert(all.end(), list->begin(), list->end());
  std::erase_if(all, [](const memory_block& b) { return !b.used(); });
  return all;
}

constexpr std::size_t z(int i) { return static_cast<std::size_t>(i); }

/// Executes a plan with names instead of numbers: every line of the arena remembers who wrote it last. What a kernel
/// reads must still be there. Knows nothing of lifetimes.
template <class Net, capability C>
class rehearsal {
 public:
  static constexpr const auto& p = program_of<Net>;
  static constexpr const auto& m = plan_of<Net, C>;

  void run() {
    for (int s = 0; s < p.n_steps; ++s) {
      const step& x = p.steps[z(s)];
      for (int i = 0; i < x.n_in; ++i) read(value(x.in[i]), value_block(x.in[i]));
      write(value(x.out), value_block(x.out));
      if (x.saved) write("saved" + std::to_string(s), m.saved[z(s)]);
      if (x.scratch) write("scratch", m.forward_scratch[z(s)]);
      for (int i = 0; i < x.n_in; ++i)
        read(value(x.in[i]), value_block(x.in[i]));  // inputs stay while the output is written
      read(value(x.out), value_block(x.out));
      if (x.saved) read("saved" + std::to_string(s), m.saved[z(s)]);
    }
    outputs_are_there();
    if (C == capability::forward) return;
    for (int i = 0; i < p.out.n; ++i)
      if (m.has_gradient[z(p.out[i].buffer)]) first(p.out[i].buffer);
    outputs_are_there();
    for (int s = p.n_steps - 1; s >= 0; --s) backward(s);
    outputs_are_there();
    if (wants_inputs(C))
      for (int i = 0; i < p.in.n; ++i)
        if (p.in[i].kind == element::real && contributions[i]) read(gradient(i), m.gradient[z(i)]);
  }

  std::map<int, int> contributions;  // to the gradient of a buffer

 private:
  std::map<long, std::string> owner;

  static std::string value(int b) { return "value" + std::to_string(b); }
  static std::string gradient(int b) { return "gradient" + std::to_string(b); }
  static memory_block value_block(int b) { return b < p.in.n ? memory_block{} : m.value[z(b)]; }

  void write(const std::string& name, const memory_block& b) {
    REQUIRE(b.offset >= 0);
    REQUIRE(b.offset + b.size <= m.per_example);
    for (long i = b.offset; i < b.offset + b.size; i += tensor_alignment) owner[i] = name;
  }
  void read(const std::string& name, const memory_block& b) {
    if (b.size == 0) return;  // a source: the caller's memory
    REQUIRE(b.offset >= 0);
    for (long i = b.offset; i < b.offset + b.size; i += tensor_alignment) REQUIRE(owner[i] == name);
  }
  void first(int b) {
    CHECK(contributions[b]++ == 0);
    write(gradient(b), m.gradient[z(b)]);
  }
  void outputs_are_there() {
    for (int i = 0; i < p.out.n; ++i) read(value(p.out[i].buffer), value_block(p.out[i].buffer));
  }
  void backward(int s) {
    const step& x = p.steps[z(s)];
    const wants w = m.backward[z(s)];
    if (!w.any()) return;
    CHECK(w.parameters == (wants_parameters(C) && x.n_parameters > 0));
    const bool inputs = (w.write | w.add) != 0;
    auto sources_are_there = [&] {
      read(gradient(x.out), m.gradient[z(x.out)]);
      if ((x.reads.x_for_dx && inputs) || (x.reads.x_for_dp && w.parameters))
        for (int i = 0; i < x.n_in; ++i) read(value(x.in[i]), value_block(x.in[i]));
      if ((x.reads.y_for_dx && inputs) || (x.reads.y_for_dp && w.parameters)) read(value(x.out), value_block(x.out));
      if (x.saved) read("saved" + std::to_string(s), m.saved[z(s)]);
    };
    sources_are_there();
    if (x.scratch) write("scratch", m.backward_scratch[z(s)]);
    for (int i = 0; i < x.n_in; ++i) {
      if (!w.input(i)) continue;
      const int b = x.in[i];
      if (w.adds(i)) {
        CHECK(contributions[b]++ > 0);
        read(gradient(b), m.gradient[z(b)]);
      } else {
        CHECK((w.write >> i & 1U) == 1U);
        first(b);
      }
    }
    sources_are_there();  // nothing that the kernel reads lies where it writes
  }
};

}  // namespace

TEST_CASE("no two blocks that live at the same time overlap, for every net and capability") {
  over_plans([]<class Net, capability C>() {
    constexpr const auto& m = plan_of<Net, C>;
    const auto all = blocks_of(m);
    CHECK(all.size() > 0);
    for (std::size_t i = 0; i < all.size(); ++i) {
      CHECK(all[i].offset % tensor_alignment == 0);
      CHECK(all[i].offset >= 0);
      CHECK(all[i].offset + all[i].size <= m.per_example);
      for (std::size_t j = 0; j < i; ++j) {
        const bool together = all[i].first <= all[j].last && all[j].first <= all[i].last;
        const bool apart =
            all[i].offset + all[i].size <= all[j].offset || all[j].offset + all[j].size <= all[i].offset;
        CHECK((!together || apart));
      }
    }
  });
}

TEST_CASE("whatever a kernel reads is still there when it reads it") {
  over_plans([]<class Net, capability C>() { rehearsal<Net, C>{}.run(); });
}

TEST_CASE("the first contribution to a gradient writes, later ones add, and all arrive") {
  over_nets([]<class Net>() {
    rehearsal<Net, capability::full_gradient> r;
    r.run();
    constexpr const auto& p = program_of<Net>;
    std::map<int, int> uses;
    for (int i = 0; i < p.out.n; ++i) ++uses[p.out[i].buffer];
    for (int s = 0; s < p.n_steps; ++s)
      for (int i = 0; i < p.steps[z(s)].n_in; ++i)
        if (p.steps[z(s)].taken.kind[i] == element::real) ++uses[p.steps[z(s)].in[i]];
    for (const auto& [buffer, count] : uses) CHECK(r.contributions[buffer] == count);
  });
  // residual: the addition writes both, the layers' own gradient is added to the input's.
  constexpr const auto& m = plan_of<net<input<4>, residual<dense<4>>>, capability::full_gradient>;
  static_assert(m.backward[1] == wants{.write = 0b11} && m.backward[0] == wants{.add = 1, .parameters = true});
  // training alone wants no gradient of the source
  constexpr const auto& t = plan_of<net<input<4>, residual<dense<4>>>, capability::gradient>;
  static_assert(t.backward[1] == wants{.write = 0b10} && t.backward[0] == wants{.parameters = true});
  // frozen: nothing but the way to the source
  constexpr const auto& f = plan_of<net<input<4>, residual<dense<4>>>, capability::input_gradient>;
  static_assert(f.backward[1] == wants{.write = 0b11} && f.backward[0] == wants{.add = 1});
  constexpr const auto& v = plan_of<net<input<4>, residual<dense<4>>>, capability::forward>;
  static_assert(!v.backward[0].any() && !v.backward[1].any());
}

TEST_CASE("the arena is close to the most that lives at one time") {
  over_plans([]<class Net, capability C>() {
    constexpr const auto& m = plan_of<Net, C>;
    const auto all = blocks_of(m);
    long bound = 0;
    for (int t = 0; t <= 2 * program_of<Net>.n_steps + 1; ++t) {
      long live = 0;
      for (const memory_block& b : all) live += b.first <= t && t <= b.last ? b.size : 0;
      bound = std::max(bound, live);
    }
    CHECK(m.per_example >= bound);
    const double slack = C == capability::forward ? 1.2 : 1.1;  // few blocks, of very unequal sizes
    CHECK(static_cast<double>(m.per_example) <= slack * static_cast<double>(bound));
  });
}

TEST_CASE("each capability has the memory that it needs and no more") {
  over_nets([]<class Net>() {
    constexpr long forward = activation_elements<Net, capability::forward>.per_example;
    constexpr long frozen = activation_elements<Net, capability::input_gradient>.per_example;
    constexpr long training = activation_elements<Net, capability::gradient>.per_example;
    constexpr long both = activation_elements<Net, capability::full_gradient>.per_example;
    CHECK(forward < training);
    CHECK(forward < frozen);
    CHECK(training <= both);
    CHECK(frozen <= both);
  });
  // Two layers of a chain live at a time in inference; frozen products need none of their inputs.
  static_assert(activation_elements<chain_of_products, capability::forward>.per_example == 16 + 80);
  static_assert(activation_elements<chain_of_products, capability::input_gradient>.per_example <
                activation_elements<chain_of_products, capability::gradient>.per_example);
  static_assert(activation_elements<tall, capability::input_gradient>.per_example <
                activation_elements<tall, capability::gradient>.per_example);
  static_assert(activation_elements<encoder>.per_batch == aligned(2 * 40));
  static_assert(activation_elements<of_tokens>.per_batch == aligned(5));
  static_assert(element_count{3, 5}.at(10) == 35);
}
