#include <algorithm>

#include "models.hpp"
#include "run.hpp"

namespace posteriors {

namespace {

void read(const settings& s, schools& m) {
  if (s.o.data.empty()) return;
  const columns c = columns::read(s.o.data);
  for (const auto& [name, to] : {std::pair{"y", &m.y}, std::pair{"sigma", &m.sigma}}) {
    const numbers& found = c.at(name);
    if (found.size() != to->size())
      throw genet::bad_input(c.origin() + ": found " + std::to_string(found.size()) + " numbers " + name +
                             ", expected those of 8 schools");
    std::ranges::copy(found, to->begin());
  }
  if (!std::ranges::all_of(m.sigma, [](double v) { return v > 0; }))
    throw genet::bad_input(c.origin() + ": sigma: expected numbers above 0");
}

}  // namespace

outcome draw_eight_schools(const settings& s) {
  if (s.model == "eight_schools_centered") {
    eight_schools_centered m;
    read(s, m);
    return draw(s, m);
  }
  eight_schools m;
  read(s, m);
  outcome made = draw(s, m);
  for (std::size_t i = 0; i < 8; ++i)
    made.draws.add("theta[" + std::to_string(i + 1) + "]",
                   [i](std::span<const double> t) { return t[0] + t[1] * t[2 + i]; });
  return made;
}

}  // namespace posteriors
