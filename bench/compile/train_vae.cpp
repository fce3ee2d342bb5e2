// A whole program: a model, a trainer, pictures made in memory; no files of data, no report. Its size when stripped is
// one of the figures of tools/measure-compile.
#include <genet/models/vae.hpp>
#include <genet/train/trainer.hpp>

#include <cstdio>

using namespace genet;

struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
using clothes = vae<encoder, decoder, bernoulli>;

int main() {
  data::examples pictures{512, 784, std::vector<float>(512 * 784), {}};
  for (std::size_t i = 0; i < pictures.x.size(); ++i) pictures.x[i] = static_cast<float>(i * 7 % 11) / 10;
  model<clothes> m{seed{1}};
  trainer fit{m, elbo{}, adam{}};
  fit.run(pictures, epochs{2}, batch{128});
  std::printf("%.3f\n", fit.rows().rows().back().loss);
}
