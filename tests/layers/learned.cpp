#include <doctest/doctest.h>
#include <genet/layers/learned.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

constexpr answer a = learned<4, "log_variance">::infer(bundle_of({shape_of({2, 3})}));
static_assert(a.out == vector_shape(4) && a.n_parameters == 1 && a.parameters[0].name == "log_variance" &&
              a.parameters[0].s == vector_shape(4) && a.parameters[0].initial == zeros);

}  // namespace

TEST_CASE("learned wants at least one number") { CHECK(learned<0>::infer(bundle_of({vector_shape(1)})).refused); }
