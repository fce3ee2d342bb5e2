// expect: a model for gibbs lists its updates: auto conditionals() const { return std::tuple{...}; }
#include <genet/inference/gibbs.hpp>

using namespace genet;

struct coin {
  using parameters = inference::parameters<inference::interval<0, 1>>;
  auto log_density(const auto& t) const { return 7 * log(t[0]) + 3 * log(1 - t[0]); }
#ifdef FIXED
  auto conditionals() const { return std::tuple{inference::slice_update{}}; }
#endif
};

void run() { inference::sample(coin{}, inference::gibbs{}); }
