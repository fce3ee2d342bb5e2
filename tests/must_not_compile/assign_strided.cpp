// A strided destination would leave the vector loop.
// expect: assign: the destination is strided, which would not be vectorised; assign row by row
#include <genet/tensor/assign.hpp>
#include <genet/tensor/views.hpp>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

void fill(float* x, float* y) {
  auto all = genet::tensor::matrix(y, 8, 32);
#ifdef FIXED
  auto to = xt::view(all, xt::range(0, 4), xt::all());
#else
  auto to = xt::view(all, xt::all(), xt::range(0, 16));
#endif
  genet::tensor::assign(to, genet::tensor::matrix(x, 4, 32) * 2.f);
}
