// declare.hpp and a net of a hundred layers, all of different widths.
// Part of the compile-time figures (tools/measure-compile): it does not change.
#include <genet/declare.hpp>
using namespace genet;

struct network : net<input<784>, dense<993>, relu, dense<986>, tanh_, dense<979>, gelu, dense<972>, relu,
                      dense<965>, tanh_, dense<958>, gelu, dense<951>, relu, dense<944>, tanh_, dense<937>, gelu,
                      dense<930>, relu, dense<923>, tanh_, dense<916>, gelu, dense<909>, relu, dense<902>, tanh_,
                      dense<895>, gelu, dense<888>, relu, dense<881>, tanh_, dense<874>, gelu, dense<867>, relu,
                      dense<860>, tanh_, dense<853>, gelu, dense<846>, relu, dense<839>, tanh_, dense<832>, gelu,
                      dense<825>, relu, dense<818>, tanh_, dense<811>, gelu, dense<804>, relu, dense<797>, tanh_,
                      dense<790>, gelu, dense<783>, relu, dense<776>, tanh_, dense<769>, gelu, dense<762>, relu,
                      dense<755>, tanh_, dense<748>, gelu, dense<741>, relu, dense<734>, tanh_, dense<727>, gelu,
                      dense<720>, relu, dense<713>, tanh_, dense<706>, gelu, dense<699>, relu, dense<692>, tanh_,
                      dense<685>, gelu, dense<678>, relu, dense<671>, tanh_, dense<664>, gelu, dense<657>, relu,
                      dense<650>, tanh_> {};

static_assert(network::output_shape == shape{1, {650}});
static_assert(network::parameter_count == 34367437);
static_assert(activation_elements<network>.per_example > 0);
static_assert(!summary<network>().empty());
