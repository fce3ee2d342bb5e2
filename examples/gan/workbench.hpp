#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <genet/data/examples.hpp>
#include <genet/report/report.hpp>
#include <genet/run/samples.hpp>
#include <genet/train/callback.hpp>

#include "variants.hpp"

namespace variants {

/// What is drawn of a trained gan, without its type: pictures are compiled once for all variants.
struct drawable {
  using labels = std::span<const std::int32_t>;
  genet::shape image{};
  int classes = 0;                                                                 // 0: it reads no labels
  std::function<std::vector<float>(long, double)> noise{};  // of a temperature; the same ones at every call
  std::function<genet::samples<float>(std::span<const float>, labels)> generate{};  // noise to examples
};

/// What a report says about a variant.
struct description {
  std::string title, declaration;
};

/// Data, report and callbacks of a run: everything that does not depend on the model's type.
class workbench {
 public:
  virtual ~workbench() = default;

  const genet::data::examples& train() const { return train_; }
  const genet::data::examples& test() const { return test_; }
  std::filesystem::path last_checkpoint() const { return page_.directory().checkpoint("last"); }
  std::filesystem::path weights() const { return page_.directory().path() / "model.safetensors"; }
  std::vector<std::unique_ptr<genet::callback>> callbacks() const;
  /// Ends the report with the measurements, and prints them.
  void finish(const genet::history& past, genet::epoch_record tested);

 protected:
  workbench(const settings&, const description&, drawable, const std::string& unit);
  /// Measures samples, for the report and for a line on stdout.
  virtual void measure(const genet::history& past) = 0;

  settings s_;
  drawable made_;
  genet::report page_;
  std::string unit_;
  genet::data::examples train_, test_;
};

std::unique_ptr<workbench> image_bench(const settings&, const description&, drawable);
/// Rings and grids of normal distributions.
std::unique_ptr<workbench> point_bench(const settings&, const description&, drawable);

}  // namespace variants
