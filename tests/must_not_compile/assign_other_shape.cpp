// Broadcasting over fixed shapes reads beyond the small operand in xtensor 0.24.
// expect: assign: an operand has another shape than the destination; there is no broadcasting here
#include <genet/tensor/assign.hpp>
#include <genet/tensor/views.hpp>

#include <utility>

void shift(float* x, float* bias) {
  auto to = xt::adapt(std::move(x), xt::xshape<8, 32>{});
#ifdef FIXED
  auto operand = xt::adapt(std::move(bias), xt::xshape<8, 32>{});
#else
  auto operand = genet::tensor::row<32>(bias);
#endif
  genet::tensor::assign(to, xt::abs(to + operand));
}
