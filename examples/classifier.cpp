// Trains a small convolutional classifier of images of 28 x 28 and leaves a run directory with a report, and with
// weights that other programs judge pictures by (program/judge.hpp).
#include <genet/data/dataset.hpp>

#include "classifier/train.hpp"
#include "program/run.hpp"

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    classifying::settings s{
        .o = {.data = genet::data::fashion_mnist, .out = "runs/classifier", .epochs = 6, .learning_rate = 2e-3}};
    program::options menu{"classifier", "Trains a convolutional classifier of images of 28 x 28.", s.o};
    menu.number("validation", s.validation, 0., 0.9, "share of the training images to validate on");
    menu.read(count, words);
    s.config = menu.values();
    classifying::train(s);
  });
}
