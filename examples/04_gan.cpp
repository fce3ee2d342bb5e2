// Trains a gan on points of the plane that lie in eight places, and counts in how many of them its samples lie.
// docs/tutorial/04_gan.md
#include <cstdio>
#include <span>
#include <vector>

#include <genet/genet.hpp>

#include "program/run.hpp"

using namespace genet;

struct generator : net<noise<2>, dense<64>, relu, dense<64>, relu, dense<64>, relu, dense<2>> {};
struct critic : net<input<2>, dense<64>, relu, dense<64>, relu, dense<64>, relu, dense<1>> {};
using ring = gan<generator, critic, wasserstein<gradient_penalty>, average<0.999>>;

static_assert(ring::image_shape == shape{1, {2}});

constexpr double spread = 0.02, scale = 1.414;

// Normal distributions around eight points of a circle of radius 2, divided by `scale`.
data::examples draw(long count, std::uint64_t seed, const std::vector<double>& centres) {
  data::examples e{count, 2, std::vector<float>(static_cast<std::size_t>(2 * count)), {}};
  std::vector<float> place(static_cast<std::size_t>(count));
  rng::normal(std::span(e.x), rng::key{seed, stream::sampling, 1});
  rng::uniform(std::span(place), rng::key{seed, stream::sampling, 2});
  for (std::size_t i = 0; i < e.x.size(); ++i) {
    const double centre = centres[2 * static_cast<std::size_t>(8 * place[i / 2]) + i % 2];
    e.x[i] = static_cast<float>((centre + spread * static_cast<double>(e.x[i])) / scale);
  }
  return e;
}

void train(const program::common& o) {
  const std::vector<double> centres = metrics::ring_centres(8, 2);
  const data::examples points = draw(128'000, o.seed, centres);

  model<ring> m{seed{o.seed}};
  trainer fit{m, adversarial{.critic_steps = 5, .penalty_weight = 0.1},
              optimisers<adam, adam>{.generator = {.learning_rate = o.learning_rate, .beta1 = 0.5, .beta2 = 0.9},
                                     .discriminator = {.learning_rate = 2 * o.learning_rate, .beta1 = 0.5, .beta2 = 0.9}},
              cosine{}, training_options{.seed = o.seed, .threads = o.threads}};

  report page{o.out};
  page.title("Ring").chart("Losses", {"loss", "generator", "discriminator"}).chart("Scores", {"real", "fake"});
  fit.add(page);
  if (!o.quiet) fit.add(progress{.unit = "points"});
  fit.add(program::stop_on_signal{page.directory().checkpoint("last")});
  if (o.resume) fit.resume_from(page.directory().checkpoint("last"));

  const history h = fit.run(points, epochs{o.epochs}, batch{o.batch});
  if (program::interrupted()) return;  // a checkpoint is there, --resume continues
  const epoch_record& last = h.rows().back();
  std::printf("the critic's gradient: %.2f\n", last.terms[9].value);

  // Ten thousand samples, in the coordinates of the centres.
  samples<float> drawn = m.sample(10'000);
  for (float& v : drawn.values) v *= static_cast<float>(scale);
  const metrics::mode_count found = metrics::count_modes({drawn.values, 2}, {centres, 2}, spread);
  std::printf("modes: %ld of 8, good samples: %.0f %%\n", found.modes, 100 * found.good);
  save(m, o.out / "model.safetensors");
}

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    program::common o{.data = "simulated", .out = "runs/04_gan", .epochs = 80, .batch = 256};
    program::options menu{"04_gan", "Trains a small gan on a ring of points.", o};
    menu.read(count, words);
    train(o);
  });
}
