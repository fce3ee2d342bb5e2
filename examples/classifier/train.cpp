#include "train.hpp"

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

}  // namespace

void train(const settings& s) {
  const program::common& o = s.o;
  const auto images = program::read_images(o, classifier::input_shape, s.validation);
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
