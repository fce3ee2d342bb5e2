#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/reparameterize.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

constexpr bundle code(int mean, int log_variance) {
  bundle b = bundle_of({vector_shape(mean), vector_shape(log_variance)});
  b.at[0].name = "mean";
  b.at[1].name = "log_variance";
  return b;
}
static_assert(reparameterize::infer(code(5, 5)).out == vector_shape(5));
static_assert(reparameterize::infer(code(5, 5)).saved == 5);  // the noise
static_assert(words<reparameterize>[0].draws);

}  // namespace

TEST_CASE("reparameterize wants mean and log_variance") {
  CHECK(reparameterize::infer(code(5, 4)).why.view() ==
        "wants mean and log_variance of one shape, got mean (5), log_variance (4)");
  CHECK(reparameterize::infer(bundle_of({vector_shape(3), vector_shape(3)})).refused);
  CHECK(reparameterize::infer(bundle_of({vector_shape(3)})).refused);
}
