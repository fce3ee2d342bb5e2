#include <doctest/doctest.h>
#include <genet/random/streams.hpp>

#include <initializer_list>

using namespace genet;

TEST_CASE("no two purposes can meet, however many steps a program has") {
  const auto all = {stream::initialisation, stream::shuffling, stream::training, stream::evaluation, stream::sampling,
                    stream::splitting};
  for (const auto* a = all.begin(); a != all.end(); ++a)
    for (const auto* b = all.begin(); b != a; ++b) CHECK((*a > *b ? *a - *b : *b - *a) >= 1U << 16);
}
