#include <boost/hana/contains.hpp>
#include <boost/hana/size.hpp>
#include <doctest/doctest.h>
#include <genet/declare/options.hpp>

using namespace genet;
namespace hana = boost::hana;

namespace {

template <class... O>
using dense_options = options<naming | initialising | biasing, O...>;

using none = dense_options<>;
static_assert(none::values.name.empty() && none::values.with_bias && none::values.weight == fan_in_uniform &&
              none::values.bias == fan_in_uniform && none::values.epsilon == 1e-5 && none::values.momentum == 0.1);
static_assert(none::wrong_option().size() == 0);

using some = dense_options<no_bias, name<"fc">, weight_init<orthogonal>>;
using other_order = dense_options<weight_init<orthogonal>, name<"fc">, no_bias>;
static_assert(some::values.name == "fc" && !some::values.with_bias && some::values.weight == orthogonal);
static_assert(other_order::values.name == "fc" && !other_order::values.with_bias &&
              other_order::values.weight == orthogonal);
static_assert(some::given_name == "fc");

using norm = options<naming | normalising, momentum<0.3>, epsilon<0.001>>;
static_assert(norm::values.momentum == 0.3 && norm::values.epsilon == 0.001 && norm::wrong_option().size() == 0);

// An option of another layer, or a type that is no option, is kept and named.
static_assert(dense_options<momentum<0.3>>::wrong_option().view().starts_with("momentum<"));
static_assert(dense_options<int>::wrong_option().view() == "int");
static_assert(options<normalising, no_bias, int>::wrong_option().view() == "no_bias");

}  // namespace

TEST_CASE("the option set is a Hana container") {
  CHECK(decltype(hana::size(some::option_set))::value == 3);
  static_assert(hana::contains(some::option_set, hana::type_c<no_bias>));
  static_assert(!hana::contains(some::option_set, hana::type_c<name<"other">>));
}
