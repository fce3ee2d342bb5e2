#include <doctest/doctest.h>
#include <genet/kernels/rnn.hpp>

#include "recurrent.hpp"

using namespace genet;

TEST_CASE("gradients") { recurrent_tests::gradients<rnn>(); }
TEST_CASE("PyTorch") { recurrent_tests::same_as_pytorch<rnn>("rnn"); }
TEST_CASE("initial values") { recurrent_tests::starts_uniform<rnn>(); }
TEST_CASE("in pieces") { recurrent_tests::pieces_are_the_whole<rnn>(); }
TEST_CASE("padding") {
  recurrent_tests::padding_changes_nothing<rnn<5>>();
  recurrent_tests::padding_changes_nothing<rnn<2, bidirectional>>();
}
