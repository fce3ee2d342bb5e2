// The workbench of variants that draw images.
#include <cmath>
#include <utility>

#include <genet/report/titled_rows.hpp>

#include "../program/image_run.hpp"
#include "../program/quality.hpp"
#include "workbench.hpp"

namespace variants {

using namespace genet;

namespace {

/// A hundred samples; of a gan that reads labels from the same ten points of noise as each class, a row for one.
image sheet_of(const drawable& d, double temperature) {
  if (!d.classes) return grid<10, 10>(d.generate(d.noise(100, temperature), {}));
  std::vector<float> z;
  std::vector<std::int32_t> labels;
  const std::vector<float> ten = d.noise(10, temperature);
  for (int c = 0; c < d.classes; ++c) {
    z.insert(z.end(), ten.begin(), ten.end());
    labels.insert(labels.end(), 10, c);
  }
  const auto pictures = d.generate(z, labels);
  return grid(d.classes, 10, std::span(pictures.values), pictures.s);
}

/// Walks between two points of noise, along the sphere near which such points lie; each of one class.
image walks(const drawable& d, double temperature) {
  constexpr long rows = 8, steps = 11;
  const std::vector<float> ends = d.noise(2 * rows, temperature);
  const std::size_t n = ends.size() / (2 * rows);
  std::vector<float> path;
  std::vector<std::int32_t> labels;
  for (std::size_t w = 0; w < rows; ++w) {
    const float *from = ends.data() + 2 * w * n, *to = from + n;
    for (long s = 0; s < steps; ++s) {
      const double turn = 1.5707963267948966 * static_cast<double>(s) / static_cast<double>(steps - 1);
      const auto a = static_cast<float>(std::cos(turn)), b = static_cast<float>(std::sin(turn));
      for (std::size_t k = 0; k < n; ++k) path.push_back(a * from[k] + b * to[k]);
      if (d.classes) labels.push_back(static_cast<std::int32_t>(w) % d.classes);
    }
  }
  return grid<rows, steps>(d.generate(path, labels));
}

class images_of final : public workbench {
 public:
  images_of(const settings& s, const description& about, drawable d)
      : workbench(s, about, std::move(d), "images"), quality_(s.o, s.measuring) {
    auto images = program::read_images(s.o, made_.image, 0);
    train_ = std::move(images.train);
    test_ = std::move(images.test);
    const double temperature = s.measuring.temperature;
    page_.samples([d = made_, temperature] { return sheet_of(d, temperature); });
    if (made_.classes)
      page_.picture("Classes", "The same ten points of noise, as each class.",
                    [d = made_, temperature, names = program::class_names(s.o.data)] {
                      return svg::titled_rows(sheet_of(d, temperature), names, "Classes");
                    });
    page_.picture("Walks", "From one point of noise to another, along the sphere near which such points lie.",
                  [d = made_, temperature] { return walks(d, temperature); });
  }

 private:
  void measure(const history&) override {
    const auto draw = [this](long n, drawable::labels labels, double temperature) {
      return made_.generate(made_.noise(n, temperature), labels);
    };
    quality_.measure(page_, train_, test_, made_.classes > 0, draw);
  }

  program::sample_quality quality_;
};

}  // namespace

std::unique_ptr<workbench> image_bench(const settings& s, const description& about, drawable d) {
  return std::make_unique<images_of>(s, about, std::move(d));
}

}  // namespace variants
