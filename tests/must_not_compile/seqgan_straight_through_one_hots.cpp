// expect: seqgan: discriminator: gradients flow through embedded tokens, so it wants to begin with embedding<E>
#include <genet/declare.hpp>

using namespace genet;

struct writer : net<tokens<50, 20>, embedding<8>, lstm<16>, token_distribution<50>> {};
#ifdef FIXED
struct reader : net<tokens<50, 20>, embedding<8>, flatten, dense<1>> {};
#else
struct reader : net<tokens<50, 20>, one_hot, flatten, dense<1>> {};
#endif

using poet = seqgan<writer, reader, binary, straight_through<0.5>>;
constexpr auto n = poet::parameter_count;
