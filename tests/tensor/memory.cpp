#include <genet/tensor/memory.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>

using genet::tensor::block;

TEST_CASE("a block is aligned, zeroed, moved and cloned") {
  block<float> a(37);
  CHECK(a.size() == 37);
  CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % 64 == 0);
  bool zero = true;
  for (int i = 0; i < 48; ++i) zero = zero && a.data()[i] == 0;  // zeros up to the end of the cache line
  CHECK(zero);
  a[36] = 5;
  block<float> b = a.clone();
  a[36] = 6;
  CHECK(b[36] == 5);
  block<float> c = std::move(a);
  CHECK(c[36] == 6);
  CHECK(a.data() == nullptr);
  CHECK(a.size() == 0);
  c = std::move(b);
  CHECK(c.span().back() == 5);
  c.zero();
  CHECK(c[36] == 0);
}

TEST_CASE("an empty block owns nothing") {
  block<double> a(0), b;
  CHECK(a.empty());
  CHECK(a.data() == nullptr);
  CHECK(b.clone().empty());
}
