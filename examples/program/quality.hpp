#pragma once
// How good the images are that a model draws; compiled once for all programs that have such a model.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include <genet/report/report.hpp>
#include <genet/run/samples.hpp>

#include "image_run.hpp"
#include "options.hpp"

namespace program {

/// What the command line can say of it.
struct measuring {
  long samples = 10'000;  // 0: nothing is measured
  double temperature = 1;
  std::filesystem::path judge = {};  // weights that examples/classifier left; empty: nobody tells classes
};

/// Adds the options `--measure`, `--temperature` and `--judge`.
void add_options(options&, measuring&);

/// The weights of a judge that come with the programs, for Fashion-MNIST; empty for other data.
std::filesystem::path stored_judge(const std::filesystem::path& data);

/// Measures samples against the test images on principal components of the training images, as anybody can do again,
/// and by what a trained classifier makes of them.
class sample_quality {
 public:
  /// Draws so many images by normal noise of this standard deviation; the labels are what they are asked for, or none.
  using draw = std::function<genet::samples<float>(long, std::span<const std::int32_t> labels, double temperature)>;

  /// Reads the judge: io_error or bad_input for a file that holds no weights of it.
  sample_quality(const common&, const measuring&);

  /// Measures samples of the chosen temperature, and of 1 if that is another one: facts and tables for the report, a
  /// line of numbers for each on stdout. `asks`: the model reads labels, and is asked for those of the test images.
  void measure(genet::report&, const genet::data::examples& train, const genet::data::examples& test, bool asks,
               const draw&) const;

 private:
  struct content;
  std::shared_ptr<const content> content_;
};

}  // namespace program
