// What threads promise: the same bits, whatever their number. include/genet/train/trainer.hpp with training_options::threads.
#include <genet/train/trainer.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <vector>

#include "small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

// Large enough that every part of a step is shared.
struct encoder : net<input<1, 16, 20>, flatten, dense<100>, batch_norm, relu, dropout<0.2>,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<input<20>, dense<100>, layer_norm, tanh_, dense<320>, reshape<1, 16, 20>> {};
using shared = vae<encoder, decoder, bernoulli>;

struct outcome {
  std::vector<float> parameters, state;
  std::vector<epoch_record> rows;
  bool operator==(const outcome&) const = default;
};

struct stop_at {
  long batch;
  std::filesystem::path checkpoint;
  void on_batch_end(training& t) const {
    if (t.epoch != 2 || t.batch != batch) return;
    t.save_checkpoint(checkpoint);
    t.stop("interrupted");
  }
};

// Two epochs of three batches. `stop` interrupts the second, `from` resumes.
outcome train(training_options options, const std::filesystem::path& stop = {},
              const std::filesystem::path& from = {}) {
  static const auto examples = pictures(250, 320, 1), held_back = pictures(130, 320, 2);
  model<shared> m{seed{3}};
  trainer fit{m, elbo{}, adam{.learning_rate = 0.01}, {}, options};
  if (!stop.empty()) fit.add(stop_at{1, stop});
  if (!from.empty()) fit.resume_from(from);
  auto rows = fit.run(examples, epochs{2}, batch{100}, &held_back).rows();
  if (stop.empty()) rows.push_back(fit.evaluate(held_back, "test"));
  for (auto& r : rows) r.seconds = 0;
  return {parameters(m), state(m), rows};
}

// The step within the backward pass, and the one that needs the whole gradient.
const training_options fused{.seed = 4}, whole{.seed = 4, .accumulate = 2, .clip_norm = 1, .clip_value = 0.1};

training_options with(training_options o, int threads) {
  o.threads = threads;
  return o;
}

}  // namespace

TEST_CASE("a training with any number of threads has the same weights and metrics, bit for bit") {
  for (const auto& options : {fused, whole}) {
    const auto alone = train(options);
    CHECK(alone.rows.size() == 5);
    CHECK(std::isfinite(alone.rows.back().loss));
    for (const int threads : {2, 3, 8}) CHECK(train(with(options, threads)) == alone);
  }
}

TEST_CASE("a run may be resumed with another number of threads") {
  const auto file = std::filesystem::temp_directory_path() / ("genet_threads_" + std::to_string(::getpid()));
  for (const auto& options : {fused, whole}) {
    const auto uninterrupted = train(options);
    train(with(options, 3), file);
    CHECK(train(with(options, 2), {}, file) == uninterrupted);
    CHECK(train(options, {}, file) == uninterrupted);
  }
  std::filesystem::remove(file);
}

TEST_CASE("the number of threads is checked") {
  CHECK_THROWS_AS(train(with(fused, 0)), usage_error);
  CHECK_THROWS_AS(train(with(fused, 65)), usage_error);
}
