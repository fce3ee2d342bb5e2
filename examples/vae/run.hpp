#pragma once
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <genet/data/images.hpp>
#include <genet/models/vae.hpp>
#include <genet/report/progress.hpp>
#include <genet/report/report.hpp>
#include <genet/train/callbacks.hpp>
#include <genet/train/trainer.hpp>

#include "../program/run.hpp"
#include "variants.hpp"

namespace variants {

/// How a variant of the model is trained and shown.
template <class Schedule>
struct recipe {
  std::string title, spelling;
  Schedule schedule{};
};

inline const std::vector<std::string>& class_names(const std::filesystem::path& data) {
  static const std::vector<std::string> clothes{"T-shirt", "Trouser", "Pullover", "Dress",   "Coat",
                                                "Sandal",  "Shirt",   "Sneaker",  "Bag", "Ankle boot"};
  static const std::vector<std::string> digits{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  return data.string().find("fashion") != std::string::npos ? clothes : digits;
}

/// The z below which a standard normal variable lies with probability p: Newton's method on its distribution function.
inline float normal_quantile(double p) {
  double z = 0;
  for (int i = 0; i < 60; ++i) {
    const double below = 0.5 * std::erfc(-z / std::sqrt(2.0)), density = std::exp(-z * z / 2) / std::sqrt(2 * 3.141592653589793);
    z += std::clamp((p - below) / density, -1.0, 1.0);
  }
  return static_cast<float>(z);
}

/// Eight walks between two test images through the means of their codes, eleven steps each.
template <class Model>
genet::image interpolations(const Model& m, const genet::data::examples& test) {
  constexpr long walks = 8, steps = 11;
  const auto ends = m.encode(std::span(test.x).first(static_cast<std::size_t>(2 * walks * test.features))).mean;
  const long latent = ends.s.size();
  std::vector<float> path;
  for (long w = 0; w < walks; ++w)
    for (long s = 0; s < steps; ++s)
      for (long k = 0; k < latent; ++k) {
        const float a = ends[2 * w][static_cast<std::size_t>(k)], b = ends[2 * w + 1][static_cast<std::size_t>(k)];
        path.push_back(a + (b - a) * static_cast<float>(s) / static_cast<float>(steps - 1));
      }
  return genet::grid<walks, steps>(m.decode(path));
}

/// The two coordinates of the latent means that vary most, of some test images.
template <class Model>
genet::svg::drawing latent_map(const Model& m, const genet::data::examples& test, const std::vector<std::string>& names) {
  const long count = std::min(3000L, test.count);
  const auto mean = m.encode(std::span(test.x).first(static_cast<std::size_t>(count * test.features))).mean;
  const auto latent = static_cast<std::size_t>(mean.s.size());
  std::vector<std::pair<double, std::size_t>> spread;
  for (std::size_t k = 0; k < latent; ++k) {
    double sum = 0, squares = 0;
    for (long i = 0; i < count; ++i) {
      sum += mean[i][k];
      squares += mean[i][k] * mean[i][k];
    }
    const double n = static_cast<double>(count);
    spread.emplace_back(squares / n - sum / n * sum / n, k);
  }
  std::sort(spread.rbegin(), spread.rend());
  std::vector<float> xy;
  for (long i = 0; i < count; ++i)
    for (std::size_t axis = 0; axis < 2; ++axis) xy.push_back(mean[i][spread[std::min(axis, latent - 1)].second]);
  return genet::svg::scatter(std::span<const float>(xy), std::span(test.labels).first(static_cast<std::size_t>(count)), {.names = names});
}

/// What the decoder makes of a square of codes that cuts the prior into equal probabilities (Kingma & Welling 2014, figure 4).
template <class Model>
genet::image manifold(const Model& m) {
  constexpr int side = 20;
  std::vector<float> z;
  for (int row = 0; row < side; ++row)
    for (int column = 0; column < side; ++column) {
      z.push_back(normal_quantile((column + 0.5) / side));
      z.push_back(normal_quantile(1 - (row + 0.5) / side));
    }
  return genet::grid<side, side>(m.decode(z));
}

inline std::string show(const genet::epoch_record& row) {
  std::string line = row.split + " loss " + genet::show_number::fixed(row.loss, 3);
  for (const auto& t : row.terms) line += " " + t.name + " " + genet::show_number::fixed(t.value, 3);
  return line;
}

/// Trains a VAE, tests it, and leaves a run directory with weights, pictures and a report.
template <class Vae, class Schedule = genet::constant>
void train(const settings& s, const recipe<Schedule>& how) {
  using namespace genet;
  constexpr shape image = Vae::input_shape;
  const program::common& o = s.o;
  const auto files = data::find_dataset(o.data);
  const auto train = data::images<image>(files.train_images, files.train_labels, 10);
  const auto test = data::images<image>(files.test_images, files.test_labels, 10);

  model<Vae> m{seed{o.seed}};
  trainer fit{m, elbo{.beta = s.beta, .warm_up = s.warm_up}, adam{.learning_rate = o.learning_rate}, how.schedule,
              training_options{.seed = o.seed}};
  fit.remember("data", o.data.string()).remember("variant", s.variant);

  report page{o.out};
  page.title(how.title)
      .model(how.spelling)
      .config(s.config)
      .threads(o.threads)
      .unit("images")
      .loss_label("negative ELBO, nats per image")
      .fact("Data", o.data.string())
      .fact("Seed", std::to_string(o.seed))
      .samples([&] { return grid<10, 10>(m.sample(100)); });
  const std::span<const float> shown = std::span(test.x).first(static_cast<std::size_t>(40 * test.features));
  page.picture("Reconstructions", "Test images and, below each, what the decoder makes of the mean of its code.", [&] {
    const auto back = m.reconstruct(shown);
    return pairs(10, shown, std::span<const float>(back.values), image);
  });
  page.picture("Interpolations", "Walks between two test images through the latent space.", [&] { return interpolations(m, test); });
  page.picture("Latent map", "Means of the codes of 3000 test images, the two coordinates that vary most, coloured by class.",
               [&] { return latent_map(m, test, class_names(o.data)); });
  if constexpr (Vae::latent_shape.size() == 2)
    page.picture("Manifold", "The decoder over a square of codes that cuts the prior into equal probabilities.", [&] { return manifold(m); });

  const auto last = page.directory().checkpoint("last");
  fit.add(terminate_on_nan{});
  if (!o.quiet) fit.add(progress{.unit = "images"});
  fit.add(page);
  fit.add(model_checkpoint{.directory = last.parent_path()});
  fit.add(program::stop_on_signal{last});
  if (o.resume) fit.resume_from(last);

  fit.run(train, epochs{o.epochs}, batch{o.batch});
  if (program::interrupted()) return;
  const epoch_record row = fit.evaluate(test, "test", batch{o.batch});
  save(m, o.out / "model.safetensors");
  page.row(row).write();
  std::printf("%s\nreport %s\n", show(row).c_str(), page.directory().report().string().c_str());
}

}  // namespace variants
