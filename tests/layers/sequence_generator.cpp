#include <genet/layers/sequence_generator.hpp>

#include <doctest/doctest.h>

#include <genet/declare.hpp>

using namespace genet;

namespace {

struct writing : net<tokens<50, 20>, embedding<8>, lstm<16>, per_step<dense<12>>, relu, token_distribution<50>> {};
struct shortest : net<tokens<5, 3>, one_hot, token_distribution<5>> {};
static_assert(is_sequence_generator<writing> && is_sequence_generator<shortest>);

struct without_end : net<tokens<50, 20>, embedding<8>, lstm<16>> {};
struct of_reals : net<input<20, 8>, lstm<16>, token_distribution<50>> {};
struct from_both_ends : net<tokens<50, 20>, embedding<8>, gru<4, bidirectional>, token_distribution<50>> {};
struct of_others : net<tokens<50, 20>, embedding<8>, token_distribution<51>> {};
static_assert(!is_sequence_generator<without_end> && !is_sequence_generator<of_reals> &&
              !is_sequence_generator<from_both_ends> && !is_sequence_generator<of_others> && !is_sequence_generator<int>);
static_assert(contract::sequence_generator<of_reals>().view() == "takes tokens<Vocabulary,Length> alone, not (20,8)");

// The nets on its parameters have the same ones in the same places.
using learning = likelihood_of<writing>;
using stepping_net = stepping_of<writing>;
static_assert(learning::well_formed && learning::source.n == 3 && learning::output_shape == vector_shape(20));
static_assert(stepping_net::well_formed && stepping_net::input_shape == vector_shape(1) &&
              stepping_net::output_shape == shape_of({1, 12}));
static_assert(!stepping::same_tensors<writing::net_type, learning>().refused);
static_assert(!stepping::same_tensors<writing::net_type, stepping_net>().refused);

}  // namespace

TEST_CASE("nets on a generator's parameters know them in the same order") {
  const auto& all = parameter_names<writing::net_type>;
  REQUIRE(all.size() == parameter_names<learning>.size());
  CHECK(all[0].view() == "0.weight");
  CHECK(parameter_names<stepping_net>[0].view() == "0.weight");
  CHECK(learning::parameter_count == writing::parameter_count);
}
