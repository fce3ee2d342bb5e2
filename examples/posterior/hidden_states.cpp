#include "models.hpp"
#include "run.hpp"

namespace posteriors {

outcome draw_hidden_states(const settings& s) {
  if (s.o.data.empty()) return draw(s, hidden_states::twin());
  const columns c = columns::read(s.o.data);
  if (c.y().empty()) throw genet::bad_input(c.origin() + ": found no numbers, expected a series");
  return draw(s, hidden_states{c.y()});
}

}  // namespace posteriors
