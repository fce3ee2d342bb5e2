#include "train.hpp"

#include <numeric>
#include <string>
#include <utility>

#include <genet/kernels.hpp>
#include <genet/metrics/classification.hpp>
#include <genet/report/image.hpp>
#include <genet/report/report.hpp>
#include <genet/run/weights_file.hpp>
#include <genet/train/trainer.hpp>

#include "../program/image_run.hpp"
#include "../program/judge.hpp"
#include "../program/run.hpp"
#include "net.hpp"

namespace classifying {

namespace {

constexpr const char* declaration =
    R"(struct features : net<input<1, 28, 28>, conv2d<32, kernel<3>, padding<1>>, batch_norm, relu, max_pool<kernel<2>>,
                      conv2d<64, kernel<3>, padding<1>>, batch_norm, relu, max_pool<kernel<2>>,
                      conv2d<64, kernel<3>, padding<1>>, batch_norm, relu, max_pool<kernel<2>>, flatten, dense<128>, relu> {};
struct classifier : net<input<1, 28, 28>, part<"features", features>, dropout<0.3>, dense<10, name<"logits">>> {};)";

/// Counts by class (lines) and what the classifier took it for (columns).
std::string confusion(std::span<const long> counts, const std::vector<std::string>& names) {
  const auto right = [](std::string s, std::size_t width) {
    return std::string(width - std::min(width, s.size()), ' ') + std::move(s);
  };
  std::string text = right("", 12);
  for (const auto& name : names) text += right(name.substr(0, 7), 8);
  for (std::size_t row = 0; row < names.size(); ++row) {
    text += "\n" + right(names[row], 12);
    for (std::size_t column = 0; column < names.size(); ++column)
      text += right(std::to_string(counts[row * names.size() + column]), 8);
  }
  return text;
}

/// The image, of deviation 1 pixel less sharp: binomial weights 1 4 6 4 1 along rows and along columns.
void blur(std::span<float> pixels, std::size_t height, std::size_t width) {
  constexpr float weights[] = {1 / 16.f, 4 / 16.f, 6 / 16.f, 4 / 16.f, 1 / 16.f};
  std::vector<float> line;
  const auto along = [&](std::size_t lines, std::size_t to_next, std::size_t n, std::size_t step) {
    for (std::size_t l = 0; l < lines; ++l) {
      line.assign(n + 4, 0);  // black beyond the border
      for (std::size_t i = 0; i < n; ++i) line[i + 2] = pixels[l * to_next + i * step];
      for (std::size_t i = 0; i < n; ++i)
        pixels[l * to_next + i * step] = std::inner_product(weights, weights + 5, &line[i], 0.f);
    }
  };
  along(height, width, width, 1);
  along(width, 1, height, width);
}

}  // namespace

void train(const settings& s) {
  const program::common& o = s.o;
  auto images = program::read_images(o, classifier::input_shape, s.validation);
  // Every other image is blurred: classes are to be told by shapes, also in the pictures of a vae, which are not sharp.
  for (long i = 1; i < images.train.count; i += 2)
    blur(std::span(images.train.x).subspan(static_cast<std::size_t>(i * images.train.features), 784), 28, 28);
  const auto names = program::class_names(o.data);

  model<classifier> m{seed{o.seed}};
  report page{o.out};
  page.title("Classifier")
      .model(declaration)
      .config(s.config)
      .threads(o.threads)
      .unit("images")
      .loss_label("cross-entropy, nats per image")
      .fact("Data", o.data.string())
      .fact("Seed", std::to_string(o.seed));

  trainer fit{m, cross_entropy{}, adam{.learning_rate = o.learning_rate}, cosine{.warm_up = 200},
              training_options{.seed = o.seed, .threads = o.threads}};
  fit.remember("data", o.data.string());
  for (auto& c : program::watchers(o, page)) fit.add(std::move(c));
  if (o.resume) fit.resume_from(page.directory().checkpoint("last"));
  fit.run(images.train, epochs{o.epochs}, batch{o.batch}, images.validation.count ? &images.validation : nullptr);
  if (program::interrupted()) return;

  const epoch_record tested = fit.evaluate(images.test, "test", batch{o.batch});
  const auto weights = page.directory().path() / "model.safetensors";
  save(m, weights);

  // What other programs will see of it.
  const program::judge judge{weights, o.threads};
  const auto found = judge.classes(images.test.x);
  const auto counts = metrics::confusion_matrix(found, images.test.labels, judge.n_classes);
  std::vector<float> mistakes;
  for (long i = 0; i < images.test.count && mistakes.size() < 100 * 784; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto row = images.test.row(i);
    if (found[at] != images.test.labels[at]) mistakes.insert(mistakes.end(), row.begin(), row.end());
  }
  page.picture("Confusion", "Test images by class, and what the classifier took them for.", confusion(counts, names));
  page.picture("Mistakes", "The first test images whose class was not found.",
               grid<10, 10>(std::span<const float>(mistakes), classifier::input_shape));
  program::finish(page, tested, 4);
}

}  // namespace classifying
