#include <doctest/doctest.h>
#include <genet/train/adversarial.hpp>

#include <cmath>
#include <vector>

using namespace genet;

namespace {

const std::vector<double> scores{-3.1, -1.2, -0.4, 0.3, 0.9, 1.7, 4.2};

double softplus_of(double x) { return std::log1p(std::exp(-std::abs(x))) + std::max(x, 0.0); }

/// The formula's values are the mean of `value`, and its slopes those of its values.
template <class Objective, class Formula, class Value>
void is(const Formula& formula, const Value& value) {
  const long n = static_cast<long>(scores.size());
  std::vector<double> slopes(scores.size());
  const score_measure m = evaluate_scores<Objective>(formula, scores.data(), n, slopes.data(), 2.0);
  double mean = 0;
  for (double s : scores) mean += value(s) / static_cast<double>(n);
  CHECK(m.loss == doctest::Approx(mean).epsilon(1e-12));
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double h = 1e-6, slope = (value(scores[i] + h) - value(scores[i] - h)) / (2 * h);
    CHECK(slopes[i] == doctest::Approx(2 * slope / static_cast<double>(n)).epsilon(1e-7));
  }
}
template <class O, class Real, class Fake, class Generated>
void plays_for(const Real& real, const Fake& fake, const Generated& generated) {
  is<O>([](auto s) { return O::real(s, 1); }, real);
  is<O>([](auto s) { return O::fake(s); }, fake);
  is<O>([](auto s) { return O::generated(s); }, generated);
}

}  // namespace

TEST_CASE("objectives are their papers' formulas") {
  const auto yes = [](double s) { return softplus_of(-s); };  // -log D
  const auto no = [](double s) { return softplus_of(s); };    // -log(1 - D)
  plays_for<non_saturating>(yes, no, yes);
  plays_for<minimax>(yes, no, [&](double s) { return -no(s); });
  plays_for<least_squares>([](double s) { return (s - 1) * (s - 1) / 2; }, [](double s) { return s * s / 2; },
                           [](double s) { return (s - 1) * (s - 1) / 2; });
  plays_for<hinge>([](double s) { return std::max(0.0, 1 - s); }, [](double s) { return std::max(0.0, 1 + s); },
                   [](double s) { return -s; });
  plays_for<wasserstein<clipping>>([](double s) { return -s; }, [](double s) { return s; }, [](double s) { return -s; });
}

TEST_CASE("one-sided label smoothing lowers the target of real examples") {
  is<non_saturating>([](auto s) { return non_saturating::real(s, 0.9); },
                     [](double s) { return 0.9 * softplus_of(-s) + 0.1 * softplus_of(s); });
  is<least_squares>([](auto s) { return least_squares::real(s, 0.9); },
                    [](double s) { return (s - 0.9) * (s - 0.9) / 2; });
}

TEST_CASE("scores are measured as probabilities of being real where they are logits") {
  const long n = static_cast<long>(scores.size());
  double p = 0, mean = 0;
  for (double s : scores) {
    p += 1 / (1 + std::exp(-s)) / static_cast<double>(n);
    mean += s / static_cast<double>(n);
  }
  double* const none = nullptr;
  const auto logit = evaluate_scores<non_saturating>([](auto s) { return minimax::fake(s); }, scores.data(), n, none);
  CHECK(logit.score == doctest::Approx(p));
  CHECK(logit.above == doctest::Approx(4.0 / 7));
  const auto plain = evaluate_scores<least_squares>([](auto s) { return minimax::fake(s); }, scores.data(), n, none);
  CHECK(plain.score == doctest::Approx(mean));
  CHECK(plain.above == doctest::Approx(3.0 / 7));  // nearer to 1 than to 0
}
