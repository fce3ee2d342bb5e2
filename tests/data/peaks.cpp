#include "genet/data/peaks.hpp"

#include <doctest/doctest.h>

#include "genet/io/npz.hpp"
#include "sequence_fixture.hpp"

using namespace genet;

namespace {

/// A heart of irregular rhythm and changing strength, with T waves, breathing, noise and the mains; `polarity` turns
/// it.
std::vector<double> heart(double rate, std::vector<long>& beats, double polarity = 1) {
  std::vector<double> x(static_cast<std::size_t>(60 * rate)), noise(x.size());
  rng::normal(std::span(noise), rng::key{3, 0, 0});
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double t = static_cast<double>(i) / rate;
    x[i] = 5 + .5 * std::sin(1.5 * t) + .02 * noise[i] + .02 * std::sin(314 * t);
  }
  for (double at = .8; at < 59; at += .75 + .2 * std::sin(at)) {
    const double strength = polarity * (1 + .5 * std::sin(at / 4));
    beats.push_back(std::lround(at * rate));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double t = static_cast<double>(i) / rate - at;
      x[i] += strength * (std::exp(-t * t / .00025) - .2 * std::exp(-(t - .03) * (t - .03) / .0002) +
                          .3 * std::exp(-(t - .25) * (t - .25) / .004));
    }
  }
  return x;
}

}  // namespace

TEST_CASE("all beats of a known heart, at several rates, upright and turned, and no others") {
  for (const double rate : {128., 360., 1000.})
    for (const double polarity : {1., -1.}) {
      std::vector<long> beats;
      const auto x = heart(rate, beats, polarity);
      const auto found = data::find_r_peaks(x, {.rate = rate});
      CAPTURE(rate);
      CAPTURE(polarity);
      REQUIRE(found.size() == beats.size());
      for (std::size_t i = 0; i < beats.size(); ++i)
        CHECK(std::abs(static_cast<double>(found[i] - beats[i])) <= .015 * rate);
    }
}

TEST_CASE("the electrocardiogram of SciPy") {
  const std::filesystem::path path = "/usr/lib/python3/dist-packages/scipy/misc/ecg.dat";
  if (!std::filesystem::exists(path)) return;
  const auto ecg = io::npz_file::read(path).get<double>("ecg");
  const auto found = data::find_r_peaks(ecg, {.rate = 360});
  const auto prominent = fixture<std::int32_t>("ecg/peaks");
  CHECK(found.size() > 480);
  CHECK(found.size() < 515);
  long near = 0;
  for (const long p : found)
    near += std::ranges::any_of(prominent, [=](long q) { return std::abs(p - q) <= 18; });  // 50 ms
  CHECK(near >= static_cast<long>(.97 * static_cast<double>(found.size())));
  for (std::size_t i = 1; i < found.size(); ++i) CHECK(found[i] - found[i - 1] >= 72);
  const auto pieces = data::aligned_pieces(ecg, found, 90, 126);
  CHECK(pieces.features == 217);
  CHECK(pieces.count >= static_cast<long>(found.size()) - 2);
}

TEST_CASE("pieces around peaks") {
  const std::vector<double> x{0, 1, 2, 3, 4, 5};
  const std::vector<long> peaks{0, 2, 3, 5};
  const auto p = data::aligned_pieces(x, peaks, 1, 2);
  CHECK(p.count == 2);
  CHECK(p.features == 4);
  CHECK(p.x == std::vector<float>{1, 2, 3, 4, 2, 3, 4, 5});
  CHECK(has(message([&] { data::aligned_pieces(x, peaks, 4, 4); }), "found 4 peaks and no whole piece of 9 numbers"));
  CHECK_THROWS_AS(data::aligned_pieces(x, peaks, -1, 0), usage_error);
}

TEST_CASE("what has no peaks") {
  const std::vector<double> flat(2000), few(100);
  CHECK(data::find_r_peaks(flat, {.rate = 360}).empty());
  CHECK_THROWS_AS(data::find_r_peaks(few, {.rate = 360}), bad_input);
  CHECK_THROWS_AS(data::find_r_peaks(flat, {.rate = 0}), usage_error);
  CHECK_THROWS_AS(data::find_r_peaks(flat, {.rate = 360, .refractory = 2}), usage_error);
}
