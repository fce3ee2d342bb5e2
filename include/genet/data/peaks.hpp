#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "../declare/error.hpp"
#include "examples.hpp"
#include "smoothing.hpp"

namespace genet::inline GENET_ISA::data {

namespace detail {

/// Root mean square of the slopes over `window` numbers.
inline std::vector<double> steepness(std::span<const double> centred, long window) {
  std::vector<double> squares(centred.size());
  for (std::size_t i = 1; i + 1 < centred.size(); ++i) {
    const double slope = (centred[i + 1] - centred[i - 1]) / 2;
    squares[i] = slope * slope;
  }
  auto out = moving_average(squares, window);
  for (double& v : out) v = std::sqrt(v);
  return out;
}

/// Places that are the largest within `apart` numbers on both sides.
inline std::vector<long> local_maxima(std::span<const double> x, long apart) {
  std::vector<long> out;
  const auto n = static_cast<long>(x.size());
  for (long i = 0; i < n; ++i) {
    const auto first = x.begin() + std::max(i - apart, 0L), last = x.begin() + std::min(i + apart + 1, n);
    if (std::max_element(first, last) - x.begin() == i) out.push_back(i);
  }
  return out;
}

}  // namespace detail

/// How beats are told from noise.
struct peak_options {
  double rate = 0;         ///< numbers a second, of the series
  double refractory = .2;  ///< seconds between two beats at least
};

/// The R peaks of an electrocardiogram, ascending: places where its steepest waves are largest, up or down. The
/// steepness of its slopes is compared with a threshold that follows the levels of beats and of noise; after a gap
/// of 1.66 times the usual one a smaller beat is looked for. Throws usage_error for a rate below 50 and for a
/// refractory time that is not between 0.05 and 1 s, bad_input for NaN, infinity and less than two seconds. After
/// Pan, Tompkins: A real-time QRS detection algorithm (1985), with both directions of time at hand.
inline std::vector<long> find_r_peaks(std::span<const double> x, const peak_options& o) {
  detail::require_finite("find_r_peaks", x);
  if (!(o.rate >= 50 && o.refractory >= .05 && o.refractory <= 1))
    throw usage_error("find_r_peaks: expected a rate of at least 50 a second and 0.05 <= refractory <= 1 s");
  const auto n = static_cast<long>(x.size());
  if (static_cast<double>(n) < 2 * o.rate)
    errors::raise<bad_input>({"find_r_peaks: found ", n, " numbers, expected at least two seconds"});
  const auto numbers = [&](double seconds) { return std::lround(seconds * o.rate); };
  const auto odd = [&](double seconds) { return numbers(seconds) / 2 * 2 + 1; };

  // What is slower than a QRS complex (the T wave, breathing) and faster (muscles, the mains) is taken away.
  auto centred = moving_average(x, odd(.03));
  const auto slow = moving_average(centred, odd(.2));
  for (std::size_t i = 0; i < centred.size(); ++i) centred[i] -= slow[i];
  const auto steep = detail::steepness(centred, odd(.12));
  const auto candidates = detail::local_maxima(steep, numbers(o.refractory / 2));

  const auto level = [&](long at) { return steep[static_cast<std::size_t>(at)]; };
  double beat = *std::max_element(steep.begin(), steep.begin() + numbers(2)), noise = 0;
  for (long i = 0; i < numbers(2); ++i) noise += level(i) / static_cast<double>(numbers(2));
  beat = std::min(beat, 8 * noise);  // a first artefact must not hide the beats behind it
  noise /= 2;
  std::vector<long> found;
  double gap = 0;  // the usual one
  long missed = -1;
  const auto accept = [&](long at, double weight) {
    if (!found.empty()) {
      const auto last = static_cast<double>(at - found.back());
      gap = gap > 0 ? .875 * gap + .125 * std::min(last, 1.66 * gap) : last;
    }
    beat += weight * (level(at) - beat);
    found.push_back(at);
    missed = -1;
  };
  for (const long at : candidates) {
    if (gap > 0 && missed >= 0 && static_cast<double>(at - found.back()) > 1.66 * gap) accept(missed, .25);
    const double threshold = noise + .32 * (beat - noise);
    const bool too_soon = !found.empty() && at - found.back() < numbers(o.refractory);
    if (too_soon) {
      if (level(at) > level(found.back()) && level(at) > threshold) found.back() = at;
    } else if (level(at) > threshold) {
      accept(at, .125);
    } else {
      noise += .125 * (level(at) - noise);
      if (level(at) > threshold / 2 && (missed < 0 || level(at) > level(missed)) && !found.empty()) missed = at;
    }
  }
  // The slopes are steepest near the peak; the peak itself is the largest excursion.
  std::vector<long> peaks;
  for (const long at : found) {
    const long first = std::max(at - numbers(.08), 0L), last = std::min(at + numbers(.08), n - 1);
    long best = first;
    for (long i = first; i <= last; ++i)
      if (std::abs(x[static_cast<std::size_t>(i)] - slow[static_cast<std::size_t>(i)]) >
          std::abs(x[static_cast<std::size_t>(best)] - slow[static_cast<std::size_t>(best)]))
        best = i;
    if (peaks.empty() || best - peaks.back() >= numbers(o.refractory)) peaks.push_back(best);
  }
  return peaks;
}

/// The pieces of a series around its peaks, aligned on them: `before` numbers, the peak, `after` numbers. Peaks too
/// near to an end are left out. Throws usage_error for a negative number, bad_input when no piece is whole.
inline examples aligned_pieces(std::span<const double> x, std::span<const long> peaks, long before, long after) {
  if (before < 0 || after < 0)
    errors::raise<usage_error>(
        {"aligned_pieces: found ", before, " numbers before and ", after, " after a peak, expected none below 0"});
  examples out{0, before + 1 + after, {}, {}};
  for (const long p : peaks) {
    if (p < before || p + after >= static_cast<long>(x.size())) continue;
    for (long i = p - before; i <= p + after; ++i)
      out.x.push_back(static_cast<float>(x[static_cast<std::size_t>(i)]));
    ++out.count;
  }
  if (out.count == 0)
    errors::raise<bad_input>({"aligned_pieces: found ", peaks.size(), " peaks and no whole piece of ", out.features,
                              " numbers around one"});
  return out;
}

}  // namespace genet::inline GENET_ISA::data
