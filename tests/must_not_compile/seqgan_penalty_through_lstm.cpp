// expect: seqgan: discriminator: gradient penalty: layer 1 of 3, lstm<8>, has no tangent: its output depends on products of states
#include <genet/declare.hpp>

using namespace genet;

struct writer : net<tokens<50, 20>, embedding<8>, lstm<16>, token_distribution<50>> {};
#ifdef FIXED
struct reader : net<tokens<50, 20>, embedding<8>, flatten, dense<1>> {};
#else
struct reader : net<tokens<50, 20>, embedding<8>, lstm<8>, flatten, dense<1>> {};
#endif

using poet = seqgan<writer, reader, wasserstein<gradient_penalty>>;
constexpr auto n = poet::parameter_count;
