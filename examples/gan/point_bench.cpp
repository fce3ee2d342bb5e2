// The workbench of ring and grid: normal distributions of equal weight in the plane, whose samples can be told apart, so
// that lost modes are counted.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <genet/metrics/modes.hpp>
#include <genet/random/distributions.hpp>

#include "workbench.hpp"

namespace variants {

using namespace genet;

namespace {

struct mixture {
  std::vector<double> centres;  // (modes, 2)
  double deviation, scale;      // coordinates are divided by the scale, so that they have about unit variance

  long modes() const { return static_cast<long>(centres.size()) / 2; }
  /// The largest coordinate of a centre.
  double reach() const { return *std::max_element(centres.begin(), centres.end()); }
};

/// 8 on a circle of radius 2, or 25 on a square, 2 apart.
mixture mixture_of(const std::string& variant) {
  if (variant == "ring") return {metrics::ring_centres(8, 2), 0.02, 1.414};
  return {metrics::grid_centres(5, 2), 0.05, 2.828};
}

data::examples draw(const mixture& from, long count, std::uint64_t seed, std::uint64_t which) {
  data::examples e{count, 2, std::vector<float>(static_cast<std::size_t>(2 * count)), {}};
  std::vector<float> mode(static_cast<std::size_t>(count));
  rng::normal(std::span(e.x), rng::key{seed, stream::sampling, which});
  rng::uniform(std::span(mode), rng::key{seed, stream::sampling + 1, which});
  for (std::size_t i = 0; i < mode.size(); ++i) {
    const auto k = static_cast<std::size_t>(mode[i] * static_cast<float>(from.modes()));
    for (std::size_t axis = 0; axis < 2; ++axis) {
      float& x = e.x[2 * i + axis];
      x = static_cast<float>((from.centres[2 * k + axis] + from.deviation * static_cast<double>(x)) / from.scale);
    }
  }
  return e;
}

/// The plane as pixels: what lies within three deviations of a mode is red paper, samples are black.
image plot(const mixture& of, std::span<const double> xy) {
  constexpr int side = 320;
  const double reach = 1.25 * of.reach();
  const auto pixel = [&](double v) { return static_cast<int>(std::floor((v / reach + 1) / 2 * side)); };
  image out(side, side, 3, 255);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (long k = 0; k < of.modes(); ++k) {
        const double dx = ((x + 0.5) / side * 2 - 1) * reach - of.centres[static_cast<std::size_t>(2 * k)],
                     dy = ((y + 0.5) / side * 2 - 1) * -reach - of.centres[static_cast<std::size_t>(2 * k + 1)];
        if (std::hypot(dx, dy) < 3 * of.deviation) out.at(x, y)[1] = out.at(x, y)[2] = 150;
      }
  for (std::size_t i = 0; i + 1 < xy.size(); i += 2) {
    const int x = pixel(xy[i]), y = pixel(-xy[i + 1]);
    if (x >= 0 && x < side && y >= 0 && y < side) std::fill_n(out.at(x, y), 3, std::uint8_t{0});
  }
  return out;
}

class points_of final : public workbench {
 public:
  points_of(const settings& s, const description& about, drawable d)
      : workbench(s, about, std::move(d), "points"), mixture_(mixture_of(s.variant)) {
    train_ = draw(mixture_, s.points, s.o.seed, 1);
    test_ = draw(mixture_, std::min(s.points, 10'000L), s.o.seed, 2);
    page_.samples([this] { return plot(mixture_, made(2500)); });
  }

 private:
  /// Samples in the coordinates of the modes.
  std::vector<double> made(long n) const {
    const auto drawn = made_.generate(made_.noise(n, s_.measuring.temperature), {});
    std::vector<double> xy(drawn.values.begin(), drawn.values.end());
    for (double& v : xy) v *= mixture_.scale;
    return xy;
  }

  void measure(const history& past) override {
    const auto xy = made(s_.measuring.samples);
    const auto found = metrics::count_modes({xy, 2}, {mixture_.centres, 2}, mixture_.deviation);
    std::vector<std::int32_t> good;
    for (std::size_t i = 0; i < xy.size(); i += 2) {
      const auto one = metrics::count_modes({std::span(xy).subspan(i, 2), 2}, {mixture_.centres, 2}, mixture_.deviation);
      good.push_back(one.good > 0);
    }
    page_.picture("Where samples lie",
                  std::to_string(s_.measuring.samples) + " samples and the centres of the modes. A sample is good within three "
                  "deviations of a centre; a mode counts that has a quarter of its fair share of them.",
                  scattered(xy, good));
    page_.picture("Good samples of each mode", "About where the modes lie.", table(found.counts));
    page_.fact("Modes", std::to_string(found.modes) + " of " + std::to_string(mixture_.modes()));
    page_.fact("Good samples", show_number::fixed(100 * found.good, 1) + " %");

    const epoch_record* trained = past.last("train");
    std::printf("%s %s modes %ld of %ld good %.3f reverse_kl %.4f", s_.variant.c_str(), s_.objective.c_str(),
                found.modes, mixture_.modes(), found.good, found.reverse_kl);
    for (const term& t : trained ? trained->terms : std::vector<term>{})
      if (t.name == "critic_gradient") std::printf(" critic_gradient %.3f", t.value);
    const long per_step = s_.o.batch * s_.critic_steps;
    std::printf(" iterations %ld width %d\n", (s_.points + per_step - 1) / per_step * s_.o.epochs, points_width);
  }

  svg::drawing scattered(std::vector<double> xy, std::vector<std::int32_t> kind) const {
    xy.insert(xy.end(), mixture_.centres.begin(), mixture_.centres.end());
    kind.insert(kind.end(), static_cast<std::size_t>(mixture_.modes()), 2);
    return svg::scatter(std::span<const double>(xy), std::span<const std::int32_t>(kind),
                        {.x_label = "x", .y_label = "y", .names = {"between modes", "good", "centre"}, .point = 2});
  }

  /// Each count about where its mode lies.
  std::string table(const std::vector<long>& counts) const {
    constexpr std::size_t rows = 9, columns = 40;
    std::vector<std::string> lines(rows, std::string(columns, ' '));
    const double reach = mixture_.reach();
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const auto at = [&](double v, std::size_t places) {
        return static_cast<std::size_t>(std::lround((v / reach + 1) / 2 * static_cast<double>(places - 1)));
      };
      const std::string n = std::to_string(counts[k]);
      std::string& line = lines[at(-mixture_.centres[2 * k + 1], rows)];
      line.replace(at(mixture_.centres[2 * k], columns + 1 - n.size()), n.size(), n);
    }
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }

  mixture mixture_;
};

}  // namespace

std::unique_ptr<workbench> point_bench(const settings& s, const description& about, drawable d) {
  return std::make_unique<points_of>(s, about, std::move(d));
}

}  // namespace variants
