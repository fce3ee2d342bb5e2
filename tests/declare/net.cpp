#include <boost/hana/count_if.hpp>
#include <boost/hana/size.hpp>
#include <doctest/doctest.h>
#include <genet/declare.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace genet;

namespace {

struct classic : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
static_assert(classic::well_formed && !classic::status.refused);
static_assert(classic::input_shape == shape_of({1, 28, 28}) && classic::output_shape == vector_shape(20));
static_assert(classic::outputs.n == 2 && classic::outputs[1].name == "log_variance");
static_assert(classic::parameter_count == 784 * 400 + 400 + 2 * (400 * 20 + 20));
static_assert(classic::state_count == 0);
static_assert(classic::flops == (2L * 784 * 400 + 400) + 400 + 2 * (2 * 400 * 20 + 20));
static_assert(decltype(boost::hana::size(classic::layers))::value == 4);
static_assert(is_net<classic> && !is_net<int> && !is_net<dense<3>>);
static_assert(std::is_same_v<checked<classic>, classic>);

using statistics = net<input<6>, dense<5, no_bias>, batch_norm, layer_norm, dropout<0.5>>;
static_assert(statistics::parameter_count == 30 + 4 * 5 && statistics::state_count == 10);

using nothing = net<input<2, 3>>;
static_assert(nothing::well_formed && nothing::input_shape == nothing::output_shape && nothing::counts.steps == 0);
using only_views = net<input<2, 3>, flatten, reshape<3, 2>>;
static_assert(only_views::output_shape == shape_of({3, 2}) && only_views::counts.steps == 0);

template <class Net>
std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const full_name& n : parameter_names<Net>) all.emplace_back(n.view());
  for (const full_name& n : state_names<Net>) all.emplace_back(n.view());
  return all;
}
using list = std::vector<std::string>;

}  // namespace

TEST_CASE("tensors are called as in PyTorch's Sequential") {
  CHECK(names<classic>() == list{"1.weight", "1.bias", "3.mean.weight", "3.mean.bias", "3.log_variance.weight",
                                 "3.log_variance.bias"});
  CHECK(names<net<input<4>, dense<4>>>() == list{"0.weight", "0.bias"});
  CHECK(names<net<input<4>, relu, batch_norm>>() == list{"1.weight", "1.bias", "1.running_mean", "1.running_var"});
  SUBCASE("nested") {
    CHECK(names<net<input<4>, chain<dense<4>, relu, dense<4>>, residual<dense<4>, tanh_>>>() ==
          list{"0.0.weight", "0.0.bias", "0.2.weight", "0.2.bias", "1.0.weight", "1.0.bias"});
    CHECK(names<net<input<4>, heads<head<"a", dense<5>, tanh_, dense<3>>, head<"b", dense<2>>>>>() ==
          list{"0.a.0.weight", "0.a.0.bias", "0.a.2.weight", "0.a.2.bias", "0.b.weight", "0.b.bias"});
    CHECK(names<net<input<4>, repeat<2, dense<4, no_bias>, relu>, dense<4, no_bias>>>() ==
          list{"0.0.0.weight", "0.1.0.weight", "1.weight"});
  }
  SUBCASE("given names replace the index") {
    CHECK(names<net<input<4>, dense<4, name<"fc1">>, relu, named<"norm", batch_norm>,
                    named<"tail", chain<dense<2>, relu>>>>() == list{"fc1.weight", "fc1.bias", "norm.weight",
                                                                     "norm.bias", "tail.0.weight", "tail.0.bias",
                                                                     "norm.running_mean", "norm.running_var"});
  }
  SUBCASE("a part begins its names anew") {
    using whole = net<input<1, 28, 28>, part<"encoder", classic>, pick<"mean">, dense<3>>;
    CHECK(names<whole>()[0] == "encoder.1.weight");
    CHECK(names<whole>()[4] == "encoder.3.log_variance.weight");
    CHECK(names<whole>()[6] == "2.weight");
  }
  SUBCASE("and all names of a net differ") {
    using big = net<input<4>,
                    repeat<3, dense<4>, residual<dense<4>, heads<head<"x", dense<2>>, head<"y", dense<2>>>, concat>>,
                    chain<chain<dense<4>>>, layer_norm>;
    auto all = names<big>();
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  }
}

TEST_CASE("the parameter block as ranges of one part and one group") {
  struct inner : net<input<9>, dense<30>, batch_norm> {};
  using n = net<input<4>, dense<9>, layer_norm, part<"inner", inner>>;
  constexpr auto ranges = parameter_ranges<n>;
  static_assert(ranges.n == 6);
  constexpr const auto& p = program_of<n>;
  long at = 0;
  for (const parameter_range& r : ranges) {  // without gaps, and every tensor in the range of its own part and group
    CHECK(r.offset == at);
    at += r.size;
  }
  CHECK(at == p.parameter_elements);
  for (const tensor_slot& t : p.parameters) {
    int inside = 0;
    for (const parameter_range& r : ranges)
      if (r.offset <= t.offset && t.offset + t.declared.s.size() <= r.offset + r.size) {
        CHECK(r.part == t.part);
        CHECK(r.member_of == t.declared.member_of);
        ++inside;
      }
    CHECK(inside == 1);
  }
  CHECK(ranges.at[0].member_of == parameter_group::weight);
  CHECK(ranges.at[1].member_of == parameter_group::bias);
  CHECK(ranges.at[2].member_of == parameter_group::norm);
  static_assert(parameter_ranges<net<input<3>, relu>>.n == 0);
}

TEST_CASE("the layers are a Hana sequence") {
  constexpr auto leaves = boost::hana::count_if(
      classic::layers, [](auto t) { return boost::hana::bool_c<declarable<typename decltype(t)::type>>; });
  CHECK(leaves() == 3);
}
