// Trains a classifier on Fashion-MNIST: data, objective, optimiser, callbacks, weights to a file and back.
// docs/tutorial/03_train.md
#include <algorithm>
#include <cstdio>
#include <span>

#include <genet/genet.hpp>

#include "program/run.hpp"

using namespace genet;

struct classifier : net<input<1, 28, 28>, flatten, dense<128>, relu, dropout<0.2>, dense<10>> {};

// What this program can be told: the options of every program here, and how much of the data it uses.
struct settings {
  program::common o{.data = data::fashion_mnist, .out = "runs/03_train", .epochs = 5};
  double share = 1;
};

void train(const settings& s) {
  // Pixels from 0 to 1 and labels below 10. That the images fit the input of the net is checked before they are read.
  const data::dataset files = data::find_dataset(s.o.data);
  data::examples images = data::images<classifier::input_shape>(files.train_images, files.train_labels, 10);
  const data::examples test = data::images<classifier::input_shape>(files.test_images, files.test_labels, 10);
  if (s.share < 1) images = data::split(images, s.share, s.o.seed).validation;
  const data::train_validation parts = data::split(images, 0.1, s.o.seed);

  model<classifier> m{seed{s.o.seed}};
  trainer fit{m, cross_entropy{}, adam{.learning_rate = s.o.learning_rate}, constant{},
              training_options{.seed = s.o.seed}};

  // Callbacks watch the training and steer it; they are called in this order.
  const auto checkpoints = s.o.out / "checkpoints";
  fit.add(terminate_on_nan{});
  fit.add(csv_logger{s.o.out / "metrics.csv"});
  fit.add(early_stopping{.patience = 3, .restore_best_weights = true});
  fit.add(model_checkpoint{.directory = checkpoints});
  fit.add(program::stop_on_signal{checkpoints / "last.safetensors"});
  // Any struct with one of the hooks is a callback.
  fit.add(lambda{.on_epoch_end = [](training& t) {
    std::printf("epoch %ld: validation accuracy %.3f\n", t.epoch, t.past.monitored(t.epoch, "validation.accuracy"));
  }});
  if (!s.o.quiet) fit.add(progress{.unit = "images"});
  if (s.o.resume) fit.resume_from(checkpoints / "last.safetensors");

  const history h = fit.run(parts.train, epochs{s.o.epochs}, batch{s.o.batch}, &parts.validation);
  if (program::interrupted()) return;  // a checkpoint is there, --resume continues
  std::printf("best epoch: %ld\n", h.best_epoch("validation.loss"));

  const epoch_record row = fit.evaluate(test, "test");
  std::printf("test: loss %.4f, %s %.4f\n", row.loss, row.terms[0].name.c_str(), row.terms[0].value);

  // Weights are a safetensors file with PyTorch's names. Loading checks every name and every shape.
  save(m, s.o.out / "model.safetensors");
  model<classifier> loaded{seed{0}};
  load(loaded, s.o.out / "model.safetensors");

  session<classifier, float, capability::forward> run{1};
  run.forward(loaded.view(), test.x.data(), 1);
  const std::span<const float> scores = run.output();
  const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
  std::printf("the first test image is of class %d, the model says %d\n", test.labels[0], static_cast<int>(best));
}

// Options are read, errors become a line on stderr and an exit status, SIGINT saves a checkpoint and stops.
int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    settings s;
    program::options menu{"03_train", "Trains a small classifier of clothes.", s.o};
    menu.number("share", s.share, 0.001, 1., "part of the training images to use");
    menu.read(count, words);
    train(s);
  });
}
