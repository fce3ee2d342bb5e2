#include "judge.hpp"

#include <algorithm>
#include <utility>

#include <genet/kernels.hpp>
#include <genet/metrics/classification.hpp>
#include <genet/run/model.hpp>
#include <genet/run/weights_file.hpp>
#include <genet/tensor/team.hpp>

#include "../classifier/net.hpp"

namespace program {

using namespace genet;

static_assert(judge::n_features == classifying::features::output_shape.size());
static_assert(judge::n_classes == classifying::judging::output_shape.size());

struct judge::content {
  explicit content(int threads) : team(threads) {}

  /// What comes out of a net for all images, some at a time.
  template <class Net>
  std::vector<float> run(const weights<float>& w, std::span<const float> images) {
    constexpr long pixels = Net::input_shape.size(), results = Net::output_shape.size(), together = 500;
    const long size = static_cast<long>(images.size());
    if (size % pixels != 0)
      errors::raise<bad_input>({"judge: found ", size, " pixels, expected a multiple of ", pixels});
    const long count = size / pixels;
    std::vector<float> out(static_cast<std::size_t>(count * results));
    session<Net, float, capability::forward> s(together, team);
    for (long first = 0; first < count; first += together) {
      s.forward(w, images.data() + first * pixels, std::min(together, count - first));
      std::ranges::copy(s.output(), out.begin() + first * results);
    }
    return out;
  }

  model<classifying::judging> m{seed{0}};
  tensor::team team;
};

judge::judge(const std::filesystem::path& weights, int threads) : content_(std::make_unique<content>(threads)) {
  load(content_->m, weights);
}
judge::~judge() = default;

std::vector<float> judge::features(std::span<const float> images) const {
  return content_->run<classifying::features>(content_->m.part<"features">(), images);
}

std::vector<float> judge::probabilities(std::span<const float> images) const {
  return content_->run<classifying::judging>(std::as_const(content_->m).view(), images);
}

std::vector<std::int32_t> judge::classes(std::span<const float> images) const {
  return metrics::most_probable({probabilities(images), n_classes});
}

}  // namespace program
