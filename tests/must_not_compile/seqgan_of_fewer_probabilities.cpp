// expect: seqgan: generator reads 50 tokens but gives the probabilities of 40
#include <genet/declare.hpp>

using namespace genet;

struct writer : net<tokens<50, 20>, embedding<8>, lstm<16>, token_distribution<50>> {};
struct reader : net<tokens<50, 20>, embedding<8>, flatten, dense<1>> {};
#ifdef FIXED
struct poor : writer {};
#else
struct poor : net<tokens<50, 20>, embedding<8>, lstm<16>, token_distribution<40>> {};
#endif

using poet = seqgan<poor, reader>;
constexpr auto n = poet::parameter_count;
