#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <genet/data/examples.hpp>
#include <genet/run/samples.hpp>
#include <genet/train/callback.hpp>

namespace variants {

struct settings;

/// What is drawn of a trained VAE, without its type: pictures are compiled once for all variants. Labels are read by
/// models that take some, of so many classes.
struct drawable {
  using labels = std::span<const std::int32_t>;
  genet::shape image{}, latent{};
  int classes = 0;
  std::function<std::vector<float>(long, double)> prior{};                        // codes of a temperature
  std::function<genet::samples<float>(std::span<const float>, labels)> means{};   // of the codes of images
  std::function<genet::samples<float>(std::span<const float>, labels)> decode{};  // codes to pictures
};

/// What a report says about a variant.
struct description {
  std::string title, declaration;
};

/// log p(x) of test images by annealed importance sampling, beside other ways to it, in nats.
struct annealed_estimates {
  static constexpr long codes = 1000;  // of the importance weighted bound
  long images, temperatures;
  double annealed, weighted;
  double exact;         // not a number where there is no closed form
  double lower, upper;  // of images that the model drew, from both sides
};

/// Data, report and callbacks of a run: everything that does not depend on the model's type.
class workbench {
 public:
  workbench(const settings&, const description&, drawable);
  ~workbench();

  const genet::data::examples& train() const { return train_; }
  const genet::data::examples& test() const { return test_; }
  /// Null without --validation.
  const genet::data::examples* validation() const { return validation_.count ? &validation_ : nullptr; }
  std::filesystem::path last_checkpoint() const;
  std::filesystem::path weights() const;
  std::vector<std::unique_ptr<genet::callback>> callbacks() const;
  /// The importance weighted bound of so many codes; goes into the report and is printed.
  void estimate(double nats, long codes);
  void estimate(const annealed_estimates&);
  /// Ends the report with the measurement on the test images, and prints it.
  void finish(const genet::epoch_record& tested);

 private:
  struct pages;
  std::unique_ptr<pages> pages_;
  genet::data::examples train_, validation_, test_;
};

}  // namespace variants
