#include <program/judge.hpp>

#include <doctest/doctest.h>
#include <classifier/net.hpp>

#include <algorithm>
#include <filesystem>

#include <genet/kernels.hpp>
#include <genet/run/weights_file.hpp>

using namespace genet;

namespace {

const std::filesystem::path place = std::filesystem::temp_directory_path() / "genet_judge";

std::filesystem::path saved(const auto& m) {
  std::filesystem::create_directories(place);
  const auto path = place / "model.safetensors";
  save(m, path);
  return path;
}

std::vector<float> pictures(long n) {
  std::vector<float> x(static_cast<std::size_t>(n * 784));
  unsigned seed = 1;
  for (float& v : x) {
    seed = seed * 1664525u + 1013904223u;
    v = static_cast<float>(seed >> 8) / 16777216.0f;
  }
  return x;
}

}  // namespace

TEST_CASE("a judge computes what the classifier does, whose weights it reads") {
  const model<classifying::classifier> m{seed{3}};
  const program::judge judge{saved(m)}, shared{saved(m), 2};
  const auto x = pictures(601);  // more than the judge takes at once
  const auto features = judge.features(x), probabilities = judge.probabilities(x);
  const auto classes = judge.classes(x);
  CHECK(features.size() == 601 * judge.n_features);
  CHECK(probabilities.size() == 601 * judge.n_classes);
  CHECK(features == shared.features(x));
  CHECK(classes == shared.classes(x));

  session<classifying::classifier, float, capability::forward> run{601};
  run.forward(m.view(), x.data(), 601);
  const auto logits = run.output();
  double off = 0;
  bool same = true;
  for (std::size_t i = 0; i < 601; ++i) {
    const auto row = logits.subspan(10 * i, 10);
    double sum = 0;
    for (const float v : row) sum += std::exp(static_cast<double>(v));
    for (std::size_t c = 0; c < 10; ++c)
      off = std::max(off, std::abs(std::exp(static_cast<double>(row[c])) / sum -
                                   static_cast<double>(probabilities[10 * i + c])));
    same = same && std::ranges::max_element(row) - row.begin() == classes[i];
  }
  CHECK(off < 1e-6);
  CHECK(same);

  // the logits are one product with the features
  const auto weight = m.get("logits.weight"), bias = m.get("logits.bias");
  double worst = 0;
  for (std::size_t c = 0; c < 10; ++c) {
    double sum = static_cast<double>(bias[c]);
    for (std::size_t k = 0; k < 128; ++k)
      sum += static_cast<double>(weight[128 * c + k]) * static_cast<double>(features[600 * 128 + k]);
    worst = std::max(worst, std::abs(sum - static_cast<double>(logits[6000 + c])));
  }
  CHECK(worst < 1e-4);
  CHECK(judge.features({}).empty());
  std::filesystem::remove_all(place);
}

TEST_CASE("weights of something else, and images of another size") {
  struct other : net<input<784>, dense<10>> {};
  CHECK_THROWS_AS(program::judge{saved(model<other>{seed{1}})}, bad_input);
  CHECK_THROWS_AS(program::judge{place / "nothing.safetensors"}, io_error);
  const program::judge judge{saved(model<classifying::classifier>{seed{1}})};
  CHECK_THROWS_AS(judge.classes(std::vector<float>(783)), bad_input);
  std::filesystem::remove_all(place);
}
