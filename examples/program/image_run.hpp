#pragma once
// What programs share that train on labelled images and leave a run directory; compiled once for all of them.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <genet/data/examples.hpp>
#include <genet/declare/shape.hpp>
#include <genet/report/report.hpp>
#include <genet/train/callback.hpp>

#include "options.hpp"

namespace program {

/// Names of the ten classes of a data set in this directory.
std::vector<std::string> class_names(const std::filesystem::path& data);

struct labelled_images {
  genet::data::examples train, validation, test;
};

/// The images of --data, which fit the shape `image`, with their labels; the share `validation` of the training
/// images is set apart.
labelled_images read_images(const common&, const genet::shape& image, double validation);

struct watching {
  std::string unit = "images";  ///< what an example is
  bool keep_best = true;        ///< checkpoints/best.safetensors, of the epoch with the lowest loss
};
/// What looks after a training: NaN ends it, there is progress on stderr unless --quiet, the report is written, and
/// checkpoints, also when a signal comes.
std::vector<std::unique_ptr<genet::callback>> watchers(const common&, const genet::report&, const watching& = {});

/// Ends the report with what was measured on the test images, and prints that and where the report is.
void finish(genet::report&, const genet::epoch_record& tested, int digits = 3);

}  // namespace program
