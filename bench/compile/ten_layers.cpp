// declare.hpp and a net of ten layers, all of different widths.
// Part of the compile-time figures (tools/measure-compile): it does not change.
#include <genet/declare.hpp>
using namespace genet;

struct network : net<input<784>, dense<993>, relu, dense<986>, tanh_, dense<979>, gelu, dense<972>, relu,
                      dense<965>, tanh_> {};

static_assert(network::output_shape == shape{1, {965}});
static_assert(network::parameter_count == 4617367);
static_assert(activation_elements<network>.per_example > 0);
static_assert(!summary<network>().empty());
