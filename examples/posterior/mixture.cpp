#include "models.hpp"
#include "run.hpp"

namespace posteriors {

outcome draw_mixture(const settings& s) {
  return draw(s, s.o.data.empty() ? mixture::twin() : mixture{columns::read(s.o.data).y()});
}

}  // namespace posteriors
