// A net of 1000 steps, within the default limits of every compiler.
#include <doctest/doctest.h>
#include <genet/declare.hpp>

#include <utility>

using namespace genet;

namespace {

template <int>
using block = residual<dense<8>, dropout<0.5>, dense<8>>;
template <class>
struct listed;
template <int... I>
struct listed<std::integer_sequence<int, I...>> {
  using type = net<input<8>, block<I>...>;
};
struct written_out : listed<std::make_integer_sequence<int, 250>>::type {};
struct repeated : net<input<8>, repeat<250, block<0>>> {};

static_assert(written_out::counts.steps == 1000 && repeated::counts.steps == 1000);
static_assert(written_out::parameter_count == 250 * 2 * 72 && repeated::parameter_count == 250 * 2 * 72);
static_assert(program_of<written_out>.n_steps == 750);  // dropout is computed with the dense before it
static_assert(program_of<written_out>.steps[749].in[0] == program_of<repeated>.steps[749].in[0]);
static_assert(parameter_names<written_out>[999].view() == "249.2.bias");
static_assert(parameter_names<repeated>[999].view() == "0.249.2.bias");
static_assert(plan_of<written_out, capability::gradient>.per_example > 0);
static_assert(plan_of<written_out, capability::gradient>.per_example ==
              plan_of<repeated, capability::gradient>.per_example);

}  // namespace

TEST_CASE("inference needs the memory of one block, training that of all") {
  const long inference = activation_elements<written_out, capability::forward>.per_example;
  const long training = activation_elements<written_out, capability::gradient>.per_example;
  CHECK(inference <= 5 * aligned(8));
  CHECK(training >= 250 * aligned(8));
  CHECK(summary<repeated>().size() > 0);
}
