// `net::layers` is a Hana sequence of types: Hana's algorithms are the way to ask it questions.
#include <boost/hana/all_of.hpp>
#include <boost/hana/any_of.hpp>
#include <boost/hana/at.hpp>
#include <boost/hana/contains.hpp>
#include <boost/hana/count_if.hpp>
#include <boost/hana/filter.hpp>
#include <boost/hana/find_if.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/optional.hpp>
#include <boost/hana/size.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>
#include <boost/hana/unpack.hpp>
#include <doctest/doctest.h>
#include <genet/declare.hpp>

#include <string>

using namespace genet;
namespace hana = boost::hana;

namespace {

struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu, dense<50, name<"bottleneck">>, tanh_,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};

template <class L>
inline constexpr bool is_dense = false;
template <int N, class... O>
inline constexpr bool is_dense<dense<N, O...>> = true;
constexpr auto dense_layer = [](auto t) { return hana::bool_c<is_dense<typename decltype(t)::type>>; };
constexpr auto an_activation = [](auto t) { return hana::bool_c<activation_layer<typename decltype(t)::type>>; };

static_assert(decltype(hana::size(encoder::layers))::value == 6);
static_assert(decltype(hana::count_if(encoder::layers, dense_layer))::value == 2);
static_assert(decltype(hana::count_if(encoder::layers, an_activation))::value == 2);
static_assert(decltype(hana::contains(encoder::layers, hana::type_c<relu>))::value);
static_assert(!decltype(hana::contains(encoder::layers, hana::type_c<gelu>))::value);
static_assert(decltype(hana::any_of(encoder::layers, an_activation))::value);
static_assert(!decltype(hana::all_of(encoder::layers, an_activation))::value);
static_assert(hana::at_c<0>(encoder::layers) == hana::type_c<flatten>);
static_assert(hana::filter(encoder::layers, an_activation) == hana::tuple_t<relu, tanh_>);
static_assert(hana::find_if(encoder::layers, dense_layer) == hana::just(hana::type_c<dense<400>>));

// The layers of one net in another: unpack the list into a new declaration.
constexpr auto with_source = [](auto... l) { return hana::type_c<net<input<784>, typename decltype(l)::type...>>; };
using from_vector = decltype(hana::unpack(encoder::layers, with_source))::type;
static_assert(from_vector::parameter_count == encoder::parameter_count &&
              from_vector::input_shape == vector_shape(784));

// Options and heads are Hana containers too.
using bottleneck = decltype(+hana::at_c<3>(encoder::layers))::type;
static_assert(decltype(hana::size(bottleneck::option_set))::value == 1 && bottleneck::given_name == "bottleneck");
using last = decltype(+hana::at_c<5>(encoder::layers))::type;
static_assert(decltype(hana::size(last::list))::value == 2);

}  // namespace

TEST_CASE("what a user can do with the list at run time") {
  std::string labels;
  hana::for_each(encoder::layers, [&](auto t) {
    using L = typename decltype(t)::type;
    if constexpr (declarable<L>) labels += std::string(L::label().view()) + " ";
  });
  CHECK(labels == "flatten dense<400> relu dense<50> tanh ");
  std::string branches;
  hana::for_each(last::list, [&](auto t) { branches += std::string(decltype(t)::type::name) + " "; });
  CHECK(branches == "mean log_variance ");
}
