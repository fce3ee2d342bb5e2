// expect: seqgan: pack<M> is an option of gan, not of seqgan
#include <genet/declare.hpp>

using namespace genet;

struct writer : net<tokens<50, 20>, embedding<8>, lstm<16>, token_distribution<50>> {};
struct reader : net<tokens<50, 20>, embedding<8>, flatten, dense<1>> {};
#ifdef FIXED
using wanted = average<0.8>;
#else
using wanted = pack<2>;
#endif

using poet = seqgan<writer, reader, binary, wanted>;
constexpr auto n = poet::parameter_count;
