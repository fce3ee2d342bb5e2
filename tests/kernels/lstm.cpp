#include <doctest/doctest.h>
#include <genet/kernels/lstm.hpp>

#include "recurrent.hpp"

using namespace genet;

TEST_CASE("gradients") { recurrent_tests::gradients<lstm>(); }
TEST_CASE("PyTorch") { recurrent_tests::same_as_pytorch<lstm>("lstm"); }
TEST_CASE("initial values") { recurrent_tests::starts_uniform<lstm>(); }
TEST_CASE("in pieces") { recurrent_tests::pieces_are_the_whole<lstm>(); }
TEST_CASE("padding") {
  recurrent_tests::padding_changes_nothing<lstm<5>>();
  recurrent_tests::padding_changes_nothing<lstm<2, bidirectional>>();
}
