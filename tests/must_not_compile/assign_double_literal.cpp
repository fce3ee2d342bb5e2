// A double among floats turns the whole expression into doubles.
// expect: assign: the expression has another number type than the destination; write 2.f instead of 2.0 among floats
#include <genet/tensor/assign.hpp>
#include <genet/tensor/views.hpp>

void twice(float* x) {
  auto to = genet::tensor::row<64>(x);
#ifdef FIXED
  genet::tensor::assign(to, to * 2.f);
#else
  genet::tensor::assign(to, to * 2.0);
#endif
}
