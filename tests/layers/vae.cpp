#include <boost/hana/size.hpp>
#include <doctest/doctest.h>
#include <genet/layers/vae.hpp>
#include <genet/layers/activations.hpp>
#include <genet/layers/batch_norm.hpp>
#include <genet/layers/dense.hpp>
#include <genet/layers/flatten.hpp>
#include <genet/layers/reshape.hpp>
#include <genet/layers/with_label.hpp>

#include <string>

using namespace genet;

namespace {

struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
using clothes = vae<encoder, decoder>;

static_assert(clothes::parameter_count == 652'824);  // 784-400-20, as published
static_assert(clothes::well_formed && !clothes::agreement.refused);
static_assert(clothes::input_shape == shape_of({1, 28, 28}) && clothes::latent_shape == vector_shape(20));
static_assert(clothes::outputs.n == 3 && clothes::outputs[0].name == "reconstruction" &&
              clothes::outputs[1].name == "mean" && clothes::outputs[2].name == "log_variance");
static_assert(clothes::outputs[0].s == shape_of({1, 28, 28}) && clothes::outputs[1].s == vector_shape(20));
static_assert(decltype(boost::hana::size(clothes::parts))::value == 2);
static_assert(parameter_names<clothes>[0].view() == "encoder.1.weight");
static_assert(parameter_names<clothes>[2].view() == "encoder.3.mean.weight");
static_assert(parameter_names<clothes>[6].view() == "decoder.0.weight");
static_assert(parameter_names<clothes>[9].view() == "decoder.2.bias");

// The parts lie apart, each as large as its own net.
constexpr const auto& p = program_of<clothes>;
static_assert(p.parts[1].name == "encoder" && p.parts[2].name == "decoder");
static_assert(p.parts[1].parameter_elements == program_of<encoder>.parameter_elements &&
              p.parts[2].parameter_elements == program_of<decoder>.parameter_elements &&
              p.parameter_elements == p.parts[1].parameter_elements + p.parts[2].parameter_elements);
static_assert(p.n_steps == 6);  // dense+relu, two heads, the sample, dense+relu, dense

// A likelihood with a trained log-variance makes it a part of the model.
struct one_variance {
  static constexpr long log_variances(long) { return 1; }
};
struct variance_of_each {
  static constexpr long log_variances(long elements) { return elements; }
};
struct fixed_variance {
  static constexpr long log_variances(long) { return 0; }
};
static_assert(learns_variance<one_variance> && !learns_variance<fixed_variance> && !learns_variance<int>);
using learned_one = vae<encoder, decoder, one_variance>;
static_assert(learned_one::outputs.n == 4 && learned_one::outputs[3].name == "observation" &&
              learned_one::outputs[3].s.size() == 1);
static_assert(parameter_names<learned_one>[10].view() == "likelihood.log_variance");
static_assert(learned_one::parameter_count == clothes::parameter_count + 1);
static_assert(vae<encoder, decoder, variance_of_each>::parameter_count == clothes::parameter_count + 784);
static_assert(vae<encoder, decoder, fixed_variance>::outputs.n == 3);

// The same parameters, and the code as well.
static_assert(clothes::coded::outputs.n == 4 && clothes::coded::outputs[3].name == "code" &&
              clothes::coded::outputs[3].s == vector_shape(20) && clothes::coded::outputs[0].name == "reconstruction");
static_assert(clothes::coded::parameter_count == clothes::parameter_count &&
              parameter_names<clothes::coded>[9].view() == "decoder.2.bias");
static_assert(learned_one::coded::outputs[3].name == "code" && learned_one::coded::outputs[4].name == "observation" &&
              parameter_names<learned_one::coded>[10].view() == "likelihood.log_variance");

// With labels: each net calls its sources what it likes.
template <int Classes>
using labelled_image = inputs<named<"image", input<1, 28, 28>>, named<"label", labels<Classes>>>;
struct conditional_encoder
    : net<labelled_image<10>, heads<head<"x", pick<"image">, flatten>, head<"y", pick<"label">>>, with_label<10>,
          dense<400>, relu, heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
template <int Classes>
struct conditional_decoder : net<inputs<named<"z", input<20>>, named<"class", labels<Classes>>>, with_label<Classes>,
                                 dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
using conditional = vae<conditional_encoder, conditional_decoder<10>>;
static_assert(conditional::conditional && conditional::classes == 10 && !clothes::conditional && clothes::classes == 0);
static_assert(conditional::parameter_count == clothes::parameter_count + 2 * 10 * 400);
static_assert(conditional::source.n == 2 && conditional::source[1].limit == 10 && conditional::source[1].name == "label");
static_assert(conditional::outputs.n == 3 && conditional::coded::outputs.n == 4 &&
              conditional::outputs[0].s == shape_of({1, 28, 28}) && conditional::latent_shape == vector_shape(20));
static_assert(parameter_names<conditional>[0].view() == "encoder.2.weight" &&
              parameter_names<conditional>[9].view() == "decoder.3.bias");

template <class E, class D>
std::string refusal() {
  constexpr verdict v = contract::vae<E, D>();
  return std::string(v.why.view());
}
template <class... L>
using from_image = net<input<1, 28, 28>, flatten, L...>;
template <int N>
using gaussian_heads = heads<head<"mean", dense<N>>, head<"log_variance", dense<N>>>;

}  // namespace

TEST_CASE("a pair of nets that fits is accepted") { CHECK(refusal<encoder, decoder>().empty()); }

TEST_CASE("each broken contract is named") {
  CHECK(refusal<from_image<dense<20>>, decoder>() == "vae: encoder gives no mean, only (20); end it in heads");
  CHECK(refusal<from_image<heads<head<"mean", dense<20>>, head<"variance", dense<20>>>>, decoder>() ==
        "vae: encoder gives no log_variance, only mean (20), variance (20); end it in heads");
  CHECK(refusal<from_image<heads<head<"log_variance", dense<20>>, head<"mean", dense<20>>>>, decoder>() ==
        "vae: encoder wants the heads mean, log_variance in this order, gives log_variance (20), mean (20)");
  CHECK(refusal<from_image<heads<head<"mean", dense<20>>, head<"log_variance", dense<10>>>>, decoder>() ==
        "vae: the heads of the encoder differ: mean (20), log_variance (10)");
  CHECK(refusal<from_image<gaussian_heads<10>>, decoder>() ==
        "vae: decoder takes (20) but the latent of the encoder is (10)");
  CHECK(refusal<encoder, net<input<20>, dense<784>>>() == "vae: decoder gives (784) but encoder takes (1,28,28)");
  CHECK(refusal<conditional_encoder, conditional_decoder<10>>().empty());
  CHECK(refusal<conditional_encoder, conditional_decoder<7>>() ==
        "vae: encoder takes labels below 10, decoder labels below 7");
  CHECK(refusal<conditional_encoder, decoder>() ==
        "vae: encoder takes labels, decoder takes none; give it inputs of code and labels");
  CHECK(refusal<encoder, conditional_decoder<10>>() ==
        "vae: decoder takes labels, encoder takes none; give it inputs of data and labels");
  CHECK(refusal<net<inputs<named<"label", labels<10>>, named<"image", input<1, 28, 28>>>, pick<"image">, flatten,
                    gaussian_heads<20>>,
                conditional_decoder<10>>() ==
        "vae: encoder wants one tensor, or inputs of data and labels, takes label labels (1), image (1,28,28)");
  CHECK(refusal<encoder, net<input<20>, gaussian_heads<4>>>() ==
        "vae: decoder wants one output, gives mean (4), log_variance (4)");
}
