#include <genet/kernels/token_states.hpp>

#include <doctest/doctest.h>

#include <genet/kernels.hpp>
#include <genet/run/check_layer.hpp>

using namespace genet;

namespace {
using passing = net<input<4, 5>, per_step<dense<3>>, token_states<9>, tanh_>;
}

TEST_CASE("hidden states pass as they are, and so do their gradients") {
  for (const long rows : {1L, 3L, 17L}) CHECK(check_gradients<passing>({.rows = rows}));
}
