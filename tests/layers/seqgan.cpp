#include <genet/layers/seqgan.hpp>

#include <doctest/doctest.h>

#include <genet/declare.hpp>

using namespace genet;

namespace {

struct writer : net<tokens<50, 20>, embedding<8>, lstm<16>, token_distribution<50>> {};
template <int W>
using branch = chain<conv1d<4, kernel<W>>, leaky_relu<0.2>, max_over_time>;
struct reader : net<tokens<50, 20>, embedding<6>, heads<head<"two", branch<2>>, head<"three", branch<3>>>, concat, highway,
                    dense<1>> {};
struct critic : net<tokens<50, 20>, embedding<6>, heads<head<"two", branch<2>>, head<"three", branch<3>>>, concat, dense<1>> {};

using poet = seqgan<writer, reader>;
using averaged = seqgan<writer, reader, binary, average<0.8>>;
using penalised_poet = seqgan<writer, critic, wasserstein<gradient_penalty>>;
using spectral_poet = seqgan<writer, reader, wasserstein<spectral>>;

static_assert(poet::parameter_count == writer::parameter_count + reader::parameter_count && !poet::averages);
static_assert(averaged::parameter_count == 2 * writer::parameter_count + reader::parameter_count && averaged::averages);
static_assert(is_seqgan<poet> && !is_seqgan<writer> && !poet::agreement.refused);
static_assert(!penalised_poet::agreement.refused && !spectral_poet::agreement.refused);
static_assert(contract::seqgan<writer, reader, wasserstein<gradient_penalty>>({}).refused);  // a highway is a product

// A critic over embedded sequences: the same tensors behind the embedding's.
using embedded = sequences::embedded<critic::net_type>;
static_assert(embedded::width == 6 && embedded::type::input_shape == shape_of({20, 6}));

}  // namespace

TEST_CASE("the parts of a seqgan carry their names") {
  CHECK(parameter_names<poet>[0].view() == "generator.0.weight");
  CHECK(parameter_names<averaged>.back().view().starts_with("average."));
}
