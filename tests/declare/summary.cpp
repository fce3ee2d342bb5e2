#include <doctest/doctest.h>
#include <genet/declare.hpp>

using namespace genet;

namespace {

struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu, batch_norm,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20, no_bias>>>> {};

static_assert(summary<encoder>() ==
              "name            layer           output     parameters\n"
              "-----------------------------------------------------\n"
              "                input<1,28,28>  (1,28,28)            \n"
              "0               flatten         (784)               0\n"
              "1               dense<400>      (400)          314000\n"
              "2               relu            (400)               0\n"
              "3               batch_norm      (400)             800\n"
              "4.mean          dense<20>       (20)             8020\n"
              "4.log_variance  dense<20>       (20)             8000\n"
              "-----------------------------------------------------\n"
              "                total                          330820\n"
              "                not trained                       800\n");

struct reads_tokens {
  static constexpr text label() { return "reads_tokens"; }
  static constexpr answer infer(const bundle& in) {
    answer a = gives(in[0].s);
    a.kind = element::token;
    a.limit = in[0].limit;
    return a;
  }
};
static_assert(summary<net<inputs<named<"words", tokens<50, 7>>>, reads_tokens>>() ==
              "name   layer         output      parameters\n"
              "-------------------------------------------\n"
              "       inputs        tokens (7)            \n"
              "0      reads_tokens  tokens (7)           0\n"
              "-------------------------------------------\n"
              "       total                              0\n");

}  // namespace

TEST_CASE("compositions are shown by their layers") {
  struct inner : net<input<4>, dense<4>, relu> {};
  CHECK(summary<net<input<4>, repeat<2, residual<dense<4>, tanh_>>, part<"inner", inner>>>() ==
        "name     layer         output  parameters\n"
        "-----------------------------------------\n"
        "         input<4>      (4)               \n"
        "0.0.0    dense<4>      (4)             20\n"
        "0.0.1    tanh          (4)              0\n"
        "0.1.0    dense<4>      (4)             20\n"
        "0.1.1    tanh          (4)              0\n"
        "inner.0  dense<4>      (4)             20\n"
        "inner.1  relu          (4)              0\n"
        "-----------------------------------------\n"
        "         total                         60\n");
}
