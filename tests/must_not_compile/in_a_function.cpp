// expect: layer 1 of 2, reshape<3,3>: cannot view 8 elements (8) as 9 (3,3)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
using network = net<input<8>, reshape<3, 3>, flatten>;
#else
using network = net<input<9>, reshape<3, 3>, flatten>;
#endif
int main() { return static_cast<int>(network::parameter_count); }
