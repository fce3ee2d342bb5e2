#include <doctest/doctest.h>
#include <genet/layers/max_over_time.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

constexpr answer a = max_over_time::infer(bundle_of({shape_of({20, 32})}));
static_assert(!a.refused && a.out == vector_shape(32) && a.n_parameters == 0 && a.saved == 32);
constexpr bundle masked = with_kind(bundle_of({vector_shape(20), shape_of({20, 32})}), 0, element::mask);
static_assert(max_over_time::infer(masked).out == vector_shape(32));

}  // namespace

TEST_CASE("max_over_time wants a sequence") {
  CHECK(max_over_time::infer(bundle_of({vector_shape(20)})).why.view() ==
        "wants a sequence (positions,features), alone or with a mask, got (20)");
}
