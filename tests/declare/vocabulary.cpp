// After every standard and POSIX header, every word of the language without `genet::`: none may be ambiguous.
#include "standard_and_posix.hpp"

#include <doctest/doctest.h>
#include <genet/declare.hpp>

using namespace genet;

namespace {

struct own_layer {
  static constexpr needs reads{.x_for_dx = true};
  static constexpr text label() { return "own_layer"; }
  static constexpr answer infer(shape in) { return in.rank == 1 ? gives(in) : refuse("wants a vector"); }
};
struct own_activation : activation {
  static constexpr text label() { return "own_activation"; }
};

struct all_layers
    : net<input<2, 3, 4>, flatten, dense<12, name<"fc">, weight_init<orthogonal>, bias_init<zeros>>, batch_norm, relu,
          dense<12, no_bias, weight_init<xavier_uniform>>, batch_norm_with<momentum<0.2>, epsilon<1e-4>>, leaky_relu<>,
          dense<12, weight_init<kaiming_normal>, bias_init<ones>>, layer_norm, elu<>,
          dense<12, weight_init<xavier_normal>>, layer_norm_with<name<"norm">>, gelu, silu, tanh_, sigmoid, softplus,
          dense<12, weight_init<kaiming_uniform>, bias_init<fan_in_uniform>>, dropout<0.5>, reshape<3, 4>, softmax,
          log_softmax, flatten, own_layer, own_activation> {};

using block = chain<dense<8>, relu>;
struct all_compositions
    : net<noise<8>, repeat<2, block>, named<"inner", dense<8>>, residual<block, dense<8>>,
          heads<head<"a", dense<4>>, head<"b", dense<4>>>, add,
          heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>, reparameterize,
          heads<head<"c", dense<4>>, head<"d", dense<3>>>, concat,
          heads<head<"e", relu>, head<"f", sigmoid>>, pick<"f">> {};

struct all_maps : net<input<4, 8, 8>, max_pool<kernel<2>>, upsample<2>, average_pool<kernel<3>, stride<1>, padding<1>>,
                      pixel_shuffle<2>, upsample<2, bilinear>, upsample<1, nearest>, batch_norm, global_average_pool,
                      spectral_norm<dense<3>>> {};
struct all_codes : net<inputs<named<"words", tokens<50, 7>>, named<"class", labels<10>>>,
                       heads<head<"words", pick<"words">, embedding<4>, flatten>, head<"class", pick<"class">>>,
                       heads<head<"joined", with_label<10, one_hot>>, head<"score", label_projection<10>>>> {};

struct all_recurrent : net<inputs<named<"words", tokens<50, 7>>, named<"which", mask<7>>>,
                           heads<head<"words", pick<"words">, embedding<4>>, head<"which", pick<"which">>>,
                           lstm<5, bidirectional>, gru<4>, rnn<3>> {};
using shorter = with_length<all_recurrent, 2>;

struct all_sequences
    : net<tokens<50, 7>, embedding<4>, conv1d<4, kernel<3>, padding<1>>,
          per_step<highway, highway_with<name<"gate">>>,
          heads<head<"last", last_step>, head<"largest", max_over_time>, head<"next", token_distribution<50>>>> {};
struct all_endings : net<inputs<named<"x", input<7, 3>>, named<"words", tokens<50, 7>>, named<"weights", input<7>>>,
                         heads<head<"p", token_likelihood<50>>, head<"x", pick<"x">, token_states<50>>>> {};

struct pair_reader {
  static constexpr text label() { return "pair_reader"; }
  static constexpr answer infer(const bundle& in) { return in.n == 4 ? gives(in[0].s) : refuse("wants four inputs"); }
};
struct all_sources : net<inputs<named<"x", input<3>>, named<"words", tokens<50, 7>>, named<"which", mask<7>>,
                                named<"class", labels<10>>>,
                         pair_reader> {};

using looked_at = checked<all_sources>;

}  // namespace

TEST_CASE("no word of the language clashes with a standard or POSIX one") {
  CHECK(all_layers::output_shape == vector_shape(12));
  CHECK(all_layers::input_shape == shape{3, {2, 3, 4}});
  CHECK(all_compositions::output_shape == vector_shape(7));
  CHECK(all_maps::output_shape == vector_shape(3));
  CHECK(all_codes::outputs[0].s == vector_shape(38));
  CHECK(all_codes::outputs[1].s == vector_shape(1));
  CHECK(shorter::output_shape == shape_of({2, 3}));
  CHECK(stepping_verdict<all_recurrent>().refused);
  CHECK(all_sequences::outputs[1].s == vector_shape(4));
  CHECK(all_endings::outputs[0].s == vector_shape(7));
  CHECK(looked_at::source.n == 4);
  CHECK(all_sources::source[1].kind == element::token);
  CHECK(all_sources::source[2].kind == element::mask);
  CHECK(all_sources::source[3].kind == element::label);
  CHECK(declarable<own_layer>);
  CHECK(activation_layer<own_activation>);
  CHECK(is_net<all_layers>);
  CHECK_FALSE(is_net<block>);
  CHECK(show(real(0.25)).view() == "0.25");
  CHECK(show(parameter_group::norm) == "norm");
  CHECK(zeros == initialiser{initialiser::formula::constant, 0});
  CHECK(summary<all_layers>().find("own_layer") != std::string_view::npos);
  CHECK(program_of<all_compositions>.n_parts == 1);
  CHECK(plan_of<all_compositions, capability::gradient>.per_example > 0);
  CHECK(activation_elements<all_compositions>.at(2) > activation_elements<all_compositions>.at(1));
  CHECK(parameter_names<all_layers>[0].view() == "fc.weight");
  CHECK(state_names<all_layers>[0].view() == "2.running_mean");
  CHECK(parameter_ranges<all_layers>.n == group_count);
  CHECK(std::is_base_of_v<error, bad_input>);
  CHECK(std::is_base_of_v<error, io_error>);
  CHECK(std::is_base_of_v<error, usage_error>);
  CHECK(std::is_base_of_v<error, training_error>);
}
