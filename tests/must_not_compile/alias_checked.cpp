// expect: layer 1 of 1, dense<10>: wants a vector, got (1,28,28); put flatten before it
#include <genet/declare.hpp>
using namespace genet;

// An alias is not instantiated by itself; checked<> looks at it where it is declared.
#ifndef FIXED
using network = checked<net<input<1, 28, 28>, dense<10>>>;
#else
using network = checked<net<input<1, 28, 28>, flatten, dense<10>>>;
#endif
