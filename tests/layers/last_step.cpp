#include <doctest/doctest.h>
#include <genet/layers/last_step.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

constexpr answer a = last_step::infer(bundle_of({shape_of({20, 32})}));
static_assert(!a.refused && a.out == vector_shape(32) && a.n_parameters == 0 && a.saved == 0);
constexpr bundle masked = with_kind(bundle_of({vector_shape(20), shape_of({20, 32})}), 0, element::mask);
static_assert(last_step::infer(masked).out == vector_shape(32) && last_step::infer(masked).saved == 1);

}  // namespace

TEST_CASE("last_step wants a sequence") {
  CHECK(last_step::infer(bundle_of({vector_shape(20)})).why.view() ==
        "wants a sequence (positions,features), alone or with a mask, got (20)");
}
