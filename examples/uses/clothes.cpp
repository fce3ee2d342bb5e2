#include "clothes.hpp"

#include <genet/run/weights_file.hpp>

namespace uses {

using namespace genet;

namespace {

auto trainer_of(const program::common& o, model<clothes>& m) {
  return trainer{m, elbo{}, adam{.learning_rate = o.learning_rate}, constant{},
                 training_options{.seed = o.seed, .threads = o.threads}};
}

}  // namespace

bool train(bench& b, model<clothes>& m) {
  auto fit = trainer_of(b.chosen().o, m);
  if (!b.train_by(fit, b.train())) return false;
  b.tested(fit.evaluate(b.test(), "test", batch{b.chosen().o.batch}));
  save(m, b.page().directory().path() / "model.safetensors");
  return true;
}

bool train(trainings& all, model<clothes>& m, const data::examples& on, long n, const std::string& name) {
  auto fit = trainer_of(all.chosen(), m);
  return all.train_by(fit, on, n, name);
}

}  // namespace uses
