// expect: layer 2 of 2, reshape<128,7,7>: cannot view 100 elements (100) as 6272 (128,7,7)
#include <genet/declare.hpp>
using namespace genet;

// One mistake stays one error, however much is asked of the net.
#ifndef FIXED
struct network : net<input<784>, dense<100>, reshape<128, 7, 7>> {};
#else
struct network : net<input<784>, dense<6272>, reshape<128, 7, 7>> {};
#endif
constexpr shape in = network::input_shape, out = network::output_shape;
constexpr long numbers = network::parameter_count + network::state_count + network::flops;
constexpr auto table = summary<network>();
constexpr auto memory = activation_elements<network>;
constexpr auto& steps = program_of<network>;
constexpr auto ranges = parameter_ranges<network>;
using again = checked<network>;
network object;
