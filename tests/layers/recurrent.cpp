#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/gru.hpp>
#include <genet/layers/lstm.hpp>
#include <genet/layers/rnn.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

constexpr bundle sequence = bundle_of({shape_of({20, 32})});
constexpr bundle with_mask = with_kind(bundle_of({shape_of({20, 32}), vector_shape(20)}), 1, element::mask);
constexpr initialiser within_half{initialiser::formula::root_uniform, 4};

constexpr answer of_four = rnn<4>::infer(sequence);
static_assert(of_four.out == shape_of({20, 4}) && of_four.kind == element::real && of_four.n_parameters == 4);
static_assert(rnn<4>::infer(with_mask).out == of_four.out);

constexpr answer both = rnn<4, bidirectional>::infer(sequence);
static_assert(both.out == shape_of({20, 8}) && both.n_parameters == 8 && both.carried == 0);
static_assert(both.parameters[4].name == "weight_ih_l0_reverse" && both.parameters[5].name == "weight_hh_l0_reverse" &&
              both.parameters[6].name == "bias_ih_l0_reverse" && both.parameters[7].name == "bias_hh_l0_reverse");
static_assert(both.flops == 2 * of_four.flops);

constexpr answer bare = gru<4, no_bias, bidirectional>::infer(sequence);
static_assert(bare.n_parameters == 4 && bare.parameters[2].name == "weight_ih_l0_reverse");

static_assert(of_four.parameters[0].initial == within_half && of_four.parameters[3].initial == within_half);
constexpr answer drawn = lstm<4, weight_init<orthogonal>, bias_init<zeros>>::infer(sequence);
static_assert(drawn.parameters[1].initial == orthogonal && drawn.parameters[3].initial == zeros);

static_assert(words<lstm<4>>[0].steppable && !words<lstm<4, bidirectional>>[0].steppable);
static_assert(words<gru<4, name<"memory">>>[0].name == "memory");

}  // namespace

TEST_CASE("what a recurrent layer does not take") {
  CHECK(rnn<0>::infer(sequence).why.view() == "wants at least one unit");
  CHECK(lstm<4>::infer(bundle_of({vector_shape(3)})).why.view() ==
        "wants a sequence (positions,features), alone or with a mask, got (3)");
  CHECK(spelling::infer<gru<4, groups<2>>>(sequence).why.view() == "does not take the option groups<2>");
  CHECK(gru<4, bidirectional, no_bias>::label().view() == "gru<4,bidirectional>");
}
