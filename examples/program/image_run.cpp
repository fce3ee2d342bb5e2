#include "image_run.hpp"

#include <cstdio>
#include <utility>

#include <genet/data/dataset.hpp>
#include <genet/data/images.hpp>
#include <genet/report/progress.hpp>
#include <genet/train/callbacks.hpp>

#include "run.hpp"

namespace program {

using namespace genet;

std::vector<std::string> class_names(const std::filesystem::path& data) {
  if (data.string().find("fashion") != std::string::npos)
    return {"T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
  return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
}

labelled_images read_images(const common& o, const shape& image, double validation) {
  const auto files = data::find_dataset(o.data);
  const auto load = [&](const auto& images, const auto& labels) {
    data::examples e = data::images(images, image);
    e.labels = data::labels(labels, 10);
    if (static_cast<long>(e.labels.size()) != e.count)
      throw bad_input(labels.string() + ": found " + std::to_string(e.labels.size()) + " labels, expected " +
                      std::to_string(e.count) + ", one for each image of " + images.string());
    return e;
  };
  labelled_images all{load(files.train_images, files.train_labels), {}, load(files.test_images, files.test_labels)};
  if (validation > 0) {
    auto parts = data::split(all.train, validation, o.seed);
    all.train = std::move(parts.train);
    all.validation = std::move(parts.validation);
  }
  return all;
}

std::vector<std::unique_ptr<callback>> watchers(const common& o, const report& page,
                                                const watching& w) {
  const auto last = page.directory().checkpoint("last");
  std::vector<std::unique_ptr<callback>> all;
  all.push_back(as_callback(terminate_on_nan{}));
  if (!o.quiet) all.push_back(as_callback(progress{.unit = w.unit}));
  all.push_back(as_callback(page));
  if (w.keep_best) all.push_back(as_callback(model_checkpoint{.directory = last.parent_path()}));
  else all.push_back(as_callback(lambda{.on_epoch_end = [last](training& t) { t.save_checkpoint(last); }}));
  all.push_back(as_callback(stop_on_signal{last}));
  return all;
}

void finish(report& page, const epoch_record& tested, int digits) {
  page.row(tested).write();
  std::printf("%s loss %.*f", tested.split.c_str(), digits, tested.loss);
  for (const auto& t : tested.terms) std::printf(" %s %.*f", t.name.c_str(), digits, t.value);
  std::printf("\nreport %s\n", page.directory().report().string().c_str());
}

}  // namespace program
