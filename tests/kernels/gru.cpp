#include <doctest/doctest.h>
#include <genet/kernels/gru.hpp>

#include "recurrent.hpp"

using namespace genet;

TEST_CASE("gradients") { recurrent_tests::gradients<gru>(); }
TEST_CASE("PyTorch") { recurrent_tests::same_as_pytorch<gru>("gru"); }
TEST_CASE("initial values") { recurrent_tests::starts_uniform<gru>(); }
TEST_CASE("in pieces") { recurrent_tests::pieces_are_the_whole<gru>(); }
TEST_CASE("padding") {
  recurrent_tests::padding_changes_nothing<gru<5>>();
  recurrent_tests::padding_changes_nothing<gru<2, bidirectional>>();
}
