#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include "../declare/error.hpp"
#include "../metrics/estimate.hpp"
#include "../metrics/points.hpp"
#include "../random/distributions.hpp"
#include "../random/streams.hpp"

namespace genet::inline GENET_ISA::inference {

/// Points to fit a model to, and points that it has not seen; both in the order of the data.
struct fold {
  std::vector<long> train, held_out;
};

struct fold_options {
  long folds = 5;
  std::uint64_t seed = 1;
};

/// Divides `count` points at random into folds whose sizes differ by one at most: each point is held out once. With
/// labels 0, 1, ... the same holds of each class as well. A function of the seed. Throws usage_error unless there are
/// 2 to `count` folds, bad_input for another number of labels, labels below zero. scikit-learn: model_selection.KFold,
/// StratifiedKFold.
inline std::vector<fold> k_folds(long count, const fold_options& o = {}, std::span<const std::int32_t> labels = {}) {
  if (o.folds < 2 || o.folds > count)
    errors::raise<usage_error>({"k_folds: found ", o.folds, " folds of ", count, " points, expected 2 to as many"});
  if (!labels.empty() && static_cast<long>(labels.size()) != count)
    errors::raise<bad_input>({"k_folds: found ", labels.size(), " labels, expected ", count, ", one for each point"});
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0) errors::raise<bad_input>({"k_folds: label ", i, ": found ", labels[i], ", expected 0 or more"});

  // All points at random, class by class, dealt out like cards.
  std::vector<std::uint32_t> order(static_cast<std::size_t>(count));
  rng::permutation(std::span(order), rng::key{o.seed, stream::splitting, 1});
  if (!labels.empty()) std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return labels[i]; });
  std::vector<long> of(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) of[order[i]] = static_cast<long>(i) % o.folds;

  std::vector<fold> all(static_cast<std::size_t>(o.folds));
  for (long i = 0; i < count; ++i)
    for (long f = 0; f < o.folds; ++f) {
      fold& at = all[static_cast<std::size_t>(f)];
      (of[static_cast<std::size_t>(i)] == f ? at.held_out : at.train).push_back(i);
    }
  return all;
}

/// A model that tells the log-density of each point.
template <class M>
concept tells_log_densities = requires(const M& m, const metrics::points& x) {
  { m.log_densities(x) } -> std::convertible_to<std::vector<double>>;
};

/// Mean log-likelihood of points that the model has not seen, in nats, with its standard error.
template <tells_log_densities Model>
metrics::estimate held_out_log_likelihood(const Model& m, const metrics::points& unseen) {
  return metrics::detail::mean_of(m.log_densities(unseen));
}

/// What each point is worth to a model that has not seen it.
struct cross_validated {
  std::vector<double> log_densities;  // of each point, in the order of the data, nats
  std::vector<double> fold_means;     // of the points of each fold
  double mean = 0, standard_error = 0;

  double log_likelihood() const { return std::accumulate(log_densities.begin(), log_densities.end(), 0.); }
};

/// Cross-validated log-likelihood: for each fold `fit(points)` makes a model of all points but the fold's, which tells
/// the log-densities of those. Two models compare by `compare(a.log_densities, b.log_densities)`, with the same folds.
/// The standard error is that of the points as if one model had judged them; folds share points to learn from, so it is
/// too small by some (Bengio, Grandvalet 2004: there is no unbiased one). Throws bad_input for folds of other points;
/// what `fit` throws passes through. scikit-learn: model_selection.cross_val_score.
///
///     const auto folds = inference::k_folds(150, {.folds = 5});
///     const auto three = inference::cross_validate({values, 4}, folds, [](const metrics::points& x) {
///       gaussian_mixture<3, 4, tied> m;
///       m.fit(x, {.starts = 5});
///       return m;
///     });
template <class Fit>
cross_validated cross_validate(const metrics::points& x, std::span<const fold> folds, const Fit& fit) {
  static_assert(tells_log_densities<std::invoke_result_t<const Fit&, const metrics::points&>>,
                "cross_validate: what fit(points) returns has a member log_densities(points), one number for each");
  cross_validated r;
  r.log_densities.resize(static_cast<std::size_t>(x.count()));
  std::size_t held_out = 0;
  for (const fold& f : folds) {
    held_out += f.held_out.size();
    for (const auto* some : {&f.train, &f.held_out})
      for (const long i : *some)
        if (i < 0 || i >= x.count())
          errors::raise<bad_input>({"cross_validate: found point ", i, " in a fold, but there are ", x.count()});
  }
  if (held_out != r.log_densities.size())
    errors::raise<bad_input>({"cross_validate: the folds hold out ", held_out, " points, expected each of ", x.count(),
                              " once"});
  for (const fold& f : folds) {
    const std::vector<double> train = metrics::chosen(x, f.train), unseen = metrics::chosen(x, f.held_out);
    const auto model = fit(metrics::points(train, x.dimension()));
    const std::vector<double> each = model.log_densities(metrics::points(unseen, x.dimension()));
    for (std::size_t i = 0; i < f.held_out.size(); ++i)
      r.log_densities[static_cast<std::size_t>(f.held_out[i])] = each[i];
    r.fold_means.push_back(metrics::detail::mean_of(each).mean);
  }
  const metrics::estimate e = metrics::detail::mean_of(r.log_densities);
  r.mean = e.mean;
  r.standard_error = e.standard_error;
  return r;
}

}  // namespace genet::inline GENET_ISA::inference
