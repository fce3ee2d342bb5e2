// Generators alone, which see tokens of their own in the training.
#include <genet/train/scheduled_sampling.hpp>

#include "oracle_run.hpp"

namespace variants {

using namespace genet;

namespace {

template <class Generator>
void train_alone(const settings& s) {
  tensor::team team(s.o.threads);
  model<Generator> m{seed{s.o.seed}};
  oracle_bench bench(s, describe(s, "", ""), writer_of<Generator>(m, s.o.seed, team), team);
  trainer fit{m, scheduled_sampling{.epochs = static_cast<double>(s.pretrain_epochs)},
              adam{.learning_rate = s.o.learning_rate}, constant{},
              training_options{.seed = s.o.seed, .clip_norm = 5, .threads = s.o.threads}};
  run(fit, m, bench, s);
}

}  // namespace

void run_scheduled_sampling(const settings& s) {
  if (s.sizes == "paper") train_alone<paper_generator<lstm>>(s);
  else train_alone<small_generator<lstm>>(s);
}

}  // namespace variants
