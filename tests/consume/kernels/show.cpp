#include "clothes.hpp"

#include <cstdio>
#include <cstring>

// The sum of all bits that were learned: equal for all ways of building.
void show(const genet::model<clothes>& m) {
  unsigned long sum = 0;
  for (const float x : m.parameters()) {
    unsigned bits;
    std::memcpy(&bits, &x, sizeof bits);
    sum = sum * 31 + bits;
  }
  std::printf("%lx %ld\n", sum, static_cast<long>(m.sample(2).values.size()));
}
