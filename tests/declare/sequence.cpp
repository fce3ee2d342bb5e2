#include <doctest/doctest.h>
#include <genet/declare/sequence.hpp>

#include <string>

#include "../layers/shapes.hpp"

using namespace genet;

namespace {

constexpr bundle values = bundle_of({shape_of({7, 3})});
constexpr bundle mask_first = with_kind(bundle_of({vector_shape(7), shape_of({7, 3})}), 0, element::mask);
constexpr bundle mask_last = with_kind(bundle_of({shape_of({7, 3}), vector_shape(7)}), 1, element::mask);

constexpr sequence_input alone = sequence_of(shapes_of(values));
static_assert(alone.values == 0 && !alone.masked() && alone.length == 7 && alone.features == 3);
constexpr sequence_input first = sequence_of(shapes_of(mask_first));
static_assert(first.values == 1 && first.mask == 0 && first.length == 7 && first.features == 3);
constexpr sequence_input last = sequence_of(shapes_of(mask_last));
static_assert(last.values == 0 && last.mask == 1 && last.length == 7 && last.features == 3);

}  // namespace

TEST_CASE("what is no sequence is refused with what came") {
  CHECK(sequence_refusal(values).size() == 0);
  CHECK(sequence_refusal(mask_first).size() == 0);
  CHECK(sequence_refusal(mask_last).size() == 0);
  const std::string wanted = "wants a sequence (positions,features), alone or with a mask, got ";
  const auto refused = [&](const bundle& b) {
    const text why = sequence_refusal(b);
    REQUIRE(std::string(why.view()).starts_with(wanted));
    return std::string(why.view().substr(wanted.size()));
  };
  CHECK(refused(bundle_of({vector_shape(7)})) == "(7)");
  CHECK(refused(bundle_of({shape_of({2, 3, 4})})) == "(2,3,4)");
  CHECK(refused(with_kind(values, 0, element::token)) == "tokens (7,3)");
  CHECK(refused(bundle_of({shape_of({7, 3}), vector_shape(7)})) == "a (7,3), b (7)");
  CHECK(refused(with_kind(mask_last, 0, element::mask)) == "a mask (7,3), b mask (7)");
  CHECK(refused(bundle_of({shape_of({7, 3}), vector_shape(7), vector_shape(1)})) == "a (7,3), b (7), c (1)");
  CHECK(refused(bundle{}).empty());
  CHECK(sequence_refusal(with_kind(bundle_of({shape_of({7, 3}), vector_shape(6)}), 1, element::mask)).view() ==
        "wants a mask of 7 positions, got one of 6");
}
