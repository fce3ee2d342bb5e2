// expect: layer 1 of 1, token_likelihood<5000>: wants targets of 5000 tokens, got some of 4000
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct writer : net<inputs<named<"hidden", input<20, 32>>, named<"targets", tokens<4000, 20>>,
                           named<"coefficients", input<20>>>,
                    token_likelihood<5000>> {};
#else
struct writer : net<inputs<named<"hidden", input<20, 32>>, named<"targets", tokens<5000, 20>>,
                           named<"coefficients", input<20>>>,
                    token_likelihood<5000>> {};
#endif
