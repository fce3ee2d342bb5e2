// What `vae --variant mlp` compiles for its model: the nets, a trainer with checkpoints, evaluation, weights, pictures.
// Part of the compile-time figures (tools/measure-compile): it does not change.
#include <genet/models/vae.hpp>
#include <genet/train/trainer.hpp>

using namespace genet;

struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
using clothes = vae<encoder, decoder, bernoulli>;

double train(const data::examples& images, const data::examples& test, std::unique_ptr<callback> shown, bool resume) {
  model<clothes> m{seed{7}};
  trainer fit{m, elbo{.beta = 1}, adam{.learning_rate = 1e-3}};
  fit.add(std::move(shown));
  if (resume) fit.resume_from("last.safetensors");
  fit.run(images, epochs{10}, batch{128});
  save(m, "clothes.safetensors");
  const auto pictures = m.sample(100);
  const auto back = m.reconstruct(test.row(0));
  return fit.evaluate(test, "test").loss + pictures.values[0] + back.values[0];
}
