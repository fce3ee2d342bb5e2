// expect: seqgan: generator gives 20 of 50 tokens but discriminator takes 20 of 60
#include <genet/declare.hpp>

using namespace genet;

struct writer : net<tokens<50, 20>, embedding<8>, lstm<16>, token_distribution<50>> {};
#ifdef FIXED
struct reader : net<tokens<50, 20>, embedding<8>, flatten, dense<1>> {};
#else
struct reader : net<tokens<60, 20>, embedding<8>, flatten, dense<1>> {};
#endif

using poet = seqgan<writer, reader>;
constexpr auto n = poet::parameter_count;
