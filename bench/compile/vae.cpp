// The translation unit of examples/vae's variant mlp, kept as it was: what a user's own training program costs.
// Part of the compile-time figures (tools/measure-compile): it changes only where words of the library do.
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <genet/data/examples.hpp>
#include <genet/models/vae.hpp>
#include <genet/run/samples.hpp>
#include <genet/train/callback.hpp>
#include <genet/train/trainer.hpp>

using namespace genet;

struct settings {
  std::filesystem::path data, out;
  long epochs = 10, batch = 128;
  double learning_rate = 1e-3, beta = 1, warm_up = 0;
  std::uint64_t seed = 1;
  bool resume = false;
};

/// What is drawn of a trained VAE, without its type.
struct drawable {
  shape image{}, latent{};
  std::function<samples<float>(long)> sample;
  std::function<samples<float>(std::span<const float>)> means;
  std::function<samples<float>(std::span<const float>)> decode;
};

/// Data, report and callbacks of a run; compiled elsewhere.
class workbench {
 public:
  workbench(const settings&, const std::string& title, drawable);
  const data::examples& train() const;
  const data::examples& test() const;
  const data::examples* validation() const;
  std::filesystem::path last_checkpoint() const;
  std::filesystem::path weights() const;
  std::vector<std::unique_ptr<callback>> callbacks() const;
  void finish(const epoch_record& tested);
};

bool interrupted();

template <class Vae, class Schedule = constant>
void train(const settings& s, const std::string& title, Schedule schedule = {}) {
  model<Vae> m{seed{s.seed}};
  workbench bench(s, title,
                  {.image = Vae::input_shape,
                   .latent = Vae::latent_shape,
                   .sample = [&](long n) { return m.sample(n); },
                   .means = [&](std::span<const float> x) { return m.encode(x).mean; },
                   .decode = [&](std::span<const float> z) { return m.decode(z); }});

  trainer fit{m, elbo{.beta = s.beta, .warm_up = s.warm_up}, adam{.learning_rate = s.learning_rate}, std::move(schedule),
              training_options{.seed = s.seed}};
  fit.remember("data", s.data.string());
  for (auto& c : bench.callbacks()) fit.add(std::move(c));
  if (s.resume) fit.resume_from(bench.last_checkpoint());

  fit.run(bench.train(), epochs{s.epochs}, batch{s.batch}, bench.validation());
  if (interrupted()) return;
  const epoch_record tested = fit.evaluate(bench.test(), "test", batch{s.batch});
  save(m, bench.weights());
  bench.finish(tested);
}

struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
using clothes = vae<encoder, decoder, bernoulli>;

void run_mlp(const settings& s) { train<clothes>(s, "VAE 784-400-20"); }
