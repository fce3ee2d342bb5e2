#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../inference/em.hpp"
#include "../io/safetensors.hpp"
#include "../metrics/points.hpp"
#include "../random/streams.hpp"
#include "gaussian_mixture.hpp"

namespace genet::inline GENET_ISA::detail {

// Rows of probabilities.
inline void check_rows(std::string_view what, std::span<const double> p, long rows, long columns) {
  if (static_cast<long>(p.size()) != rows * columns)
    errors::raise<bad_input>({"hidden_markov: found ", p.size(), " numbers as ", what, ", expected ", rows * columns});
  for (long r = 0; r < rows; ++r) {
    double sum = 0;
    for (long c = 0; c < columns; ++c) {
      const double v = p[static_cast<std::size_t>(r * columns + c)];
      sum += v >= 0 ? v : std::nan("");
    }
    if (!(std::abs(sum - 1) < 1e-6))
      errors::raise<bad_input>(
          {"hidden_markov: ", what, ", row ", r, ": expected numbers not below 0 that add up to 1"});
  }
}

// Each row divided by its sum; rows without any become those of `otherwise`.
inline void normalise_rows(std::vector<double>& p, long columns, std::span<const double> otherwise = {}) {
  for (std::size_t first = 0; first < p.size(); first += static_cast<std::size_t>(columns)) {
    const auto row = std::span(p).subspan(first, static_cast<std::size_t>(columns));
    double sum = 0;
    for (const double v : row) sum += v;
    for (std::size_t c = 0; c < row.size(); ++c) row[c] = sum > 0 ? row[c] / sum : otherwise[first + c];
  }
}

// Up to a constant.
inline double dirichlet_log_density(std::span<const double> p, double concentration) {
  double sum = 0;
  for (const double v : p) sum += concentration > 1 ? (concentration - 1) * std::log(v) : 0;
  return sum;
}

// The hidden part of a hidden Markov model, by the log-densities of the observations (count, K).
class markov_chain {
 public:
  long states() const { return k_; }
  std::span<const double> initial() const { return initial_; }
  std::span<const double> transitions() const { return transitions_; }

 protected:
  struct posteriors {
    double log_likelihood = 0;
    std::vector<double> states;       // (count, K)
    std::vector<double> transitions;  // (K, K): expected numbers
  };

  explicit markov_chain(long k)
      : k_(k),
        initial_(static_cast<std::size_t>(k), 1 / static_cast<double>(k)),
        transitions_(static_cast<std::size_t>(k * k), 1 / static_cast<double>(k)) {}

  void set_chain(std::span<const double> initial, std::span<const double> transitions) {
    check_rows("initial probabilities", initial, 1, k_);
    check_rows("transition probabilities", transitions, k_, k_);
    initial_.assign(initial.begin(), initial.end());
    transitions_.assign(transitions.begin(), transitions.end());
  }

  // States are kept rather than left, each start a little differently.
  void start_chain(std::uint64_t seed, long number) {
    rng::source s(rng::key{seed, stream::initialisation + 3, static_cast<std::uint64_t>(number)});
    for (double& p : initial_) p = 1 / static_cast<double>(k_);
    for (long i = 0; i < k_ * k_; ++i)
      transitions_[static_cast<std::size_t>(i)] =
          .5 + inference::unit(s) + (i % (k_ + 1) == 0 ? static_cast<double>(k_) : 0);
    normalise_rows(transitions_, k_);
  }

  // Where each sequence ends.
  static std::vector<long> ends_of(std::span<const long> lengths, long count) {
    if (lengths.empty()) {
      if (count == 0) throw bad_input("hidden_markov: found no observations, expected at least one");
      return {count};
    }
    std::vector<long> ends;
    long end = 0;
    for (const long n : lengths) {
      if (n < 1)
        errors::raise<bad_input>({"hidden_markov: sequence ", ends.size(), ": found a length of ", n, ", expected at least 1"});
      ends.push_back(end += n);
    }
    if (end != count)
      errors::raise<bad_input>({"hidden_markov: found ", count, " observations, expected ", end, ", as the lengths say"});
    return ends;
  }

  // How many observations there are, by the weights of their sequences.
  static double weigh(const std::vector<long>& ends, std::span<const double> weights) {
    inference::total_weight("hidden_markov", weights, static_cast<long>(ends.size()), "sequence");
    double mass = 0;
    for (std::size_t s = 0; s < ends.size(); ++s)
      mass += static_cast<double>(ends[s] - (s == 0 ? 0 : ends[s - 1])) * (weights.empty() ? 1 : weights[s]);
    return mass;
  }

  // `weights` count sequences, and may be empty: likelihood and expected numbers are multiplied by them, posteriors are not.
  posteriors forward_backward(std::vector<double> logs, const std::vector<long>& ends, tensor::team& t,
                              std::span<const double> weights = {}) const {
    // Groups of sequences have sums of their own, which are added in their order: no team changes a bit.
    const long sequences = static_cast<long>(ends.size()), groups = std::min(sequences, 64L);
    const auto square = static_cast<std::size_t>(k_ * k_);
    std::vector<double> sums(static_cast<std::size_t>(groups) * square), likelihood(static_cast<std::size_t>(groups));
    posteriors p{0, std::move(logs), std::vector<double>(square)};
    t.run(static_cast<int>(groups), [&](int g) {
      for (long s = sequences * g / groups; s < sequences * (g + 1) / groups; ++s) {
        const long first = s == 0 ? 0 : ends[static_cast<std::size_t>(s - 1)], n = ends[static_cast<std::size_t>(s)] - first;
        const double weight = weights.empty() ? 1 : weights[static_cast<std::size_t>(s)];
        const double found =
            sequence(p.states.data() + first * k_, n, weight, sums.data() + static_cast<std::size_t>(g) * square);
        if (weight > 0) likelihood[static_cast<std::size_t>(g)] += weight * found;  // what counts nothing may be impossible
      }
    });
    for (long g = 0; g < groups; ++g) {
      p.log_likelihood += likelihood[static_cast<std::size_t>(g)];
      for (std::size_t i = 0; i < square; ++i) p.transitions[i] += sums[static_cast<std::size_t>(g) * square + i];
    }
    return p;
  }

  // The likeliest states, and the sum of the sequences' log-probabilities by their weights.
  std::pair<std::vector<long>, double> best_path(const std::vector<double>& logs, const std::vector<long>& ends,
                                                 std::span<const double> weights = {}) const {
    const auto n = static_cast<std::size_t>(ends.back()), k = static_cast<std::size_t>(k_);
    std::vector<long> path(n), from(n * k);
    std::vector<double> now(k), next(k), moves(transitions_);
    for (double& m : moves) m = std::log(m);
    double total = 0;
    std::size_t first = 0, sequence_number = 0;
    for (const long end : ends) {
      for (std::size_t c = 0; c < k; ++c) now[c] = std::log(initial_[c]) + logs[first * k + c];
      for (std::size_t i = first + 1; i < static_cast<std::size_t>(end); ++i) {
        for (std::size_t c = 0; c < k; ++c) {
          std::size_t best = 0;
          for (std::size_t b = 1; b < k; ++b)
            if (now[b] + moves[b * k + c] > now[best] + moves[best * k + c]) best = b;
          from[i * k + c] = static_cast<long>(best);
          next[c] = now[best] + moves[best * k + c] + logs[i * k + c];
        }
        now.swap(next);
      }
      auto state = std::max_element(now.begin(), now.end()) - now.begin();
      const double weight = weights.empty() ? 1 : weights[sequence_number++];
      if (weight > 0) total += weight * now[static_cast<std::size_t>(state)];
      for (std::size_t i = static_cast<std::size_t>(end); i-- > first;) {
        path[i] = state;
        state = from[i * k + static_cast<std::size_t>(state)];
      }
      first = static_cast<std::size_t>(end);
    }
    return {std::move(path), total};
  }

  // The same as `forward_backward`, of the likeliest states as if they were known.
  posteriors of_best_path(const std::vector<double>& logs, const std::vector<long>& ends,
                          std::span<const double> weights) const {
    const auto [path, total] = best_path(logs, ends, weights);
    posteriors p{total, std::vector<double>(logs.size()), std::vector<double>(transitions_.size())};
    long i = 0;
    for (std::size_t s = 0; s < ends.size(); ++s)
      for (const long first = i; i < ends[s]; ++i) {
        const long state = path[static_cast<std::size_t>(i)];
        p.states[static_cast<std::size_t>(i * k_ + state)] = 1;
        if (i > first)
          p.transitions[static_cast<std::size_t>(path[static_cast<std::size_t>(i - 1)] * k_ + state)] +=
              weights.empty() ? 1 : weights[s];
      }
    return p;
  }

  void maximise_chain(const posteriors& p, const std::vector<long>& ends, double dirichlet, bool initial, bool moves) {
    if (initial) {
      std::vector<double> next(initial_.size(), dirichlet - 1);
      for (std::size_t s = 0; s < ends.size(); ++s)
        for (long c = 0; c < k_; ++c)
          next[static_cast<std::size_t>(c)] += p.states[static_cast<std::size_t>((s == 0 ? 0 : ends[s - 1]) * k_ + c)];
      normalise_rows(next, k_, initial_);
      initial_ = std::move(next);
    }
    if (moves) {
      std::vector<double> next(p.transitions);
      for (double& v : next) v += dirichlet - 1;
      normalise_rows(next, k_, transitions_);
      transitions_ = std::move(next);
    }
  }

  double log_prior(double dirichlet, bool initial, bool moves) const {
    return (initial ? dirichlet_log_density(initial_, dirichlet) : 0) +
           (moves ? dirichlet_log_density(transitions_, dirichlet) : 0);
  }

  std::vector<long> draw_states(long length, std::uint64_t seed) const {
    if (length < 1) errors::raise<usage_error>({"hidden_markov: found a length of ", length, ", expected at least 1"});
    rng::source s(rng::key{seed, stream::sampling, 0});
    std::vector<long> states{inference::choose(initial_, s)};
    while (static_cast<long>(states.size()) < length)
      states.push_back(inference::choose(
          std::span(transitions_).subspan(static_cast<std::size_t>(states.back() * k_), static_cast<std::size_t>(k_)), s));
    return states;
  }

  void add_chain(io::tensor_file& file) const {
    file.add("initial", {k_}, initial_);
    file.add("transitions", {k_, k_}, transitions_);
  }

 private:
  // Forward and backward over one sequence, whose log-densities become posteriors. Its log-likelihood.
  double sequence(double* x, long n, double weight, double* moves) const {
    const auto k = static_cast<std::size_t>(k_);
    std::vector<double> b(static_cast<std::size_t>(n) * k), behind(k, 1.), next(k), scale(static_cast<std::size_t>(n));
    double log_likelihood = 0;
    for (long i = 0; i < n; ++i) {
      double* a = x + i * k_;
      double* density = b.data() + i * k_;
      const double top = *std::max_element(a, a + k_);
      if (!std::isfinite(top)) return impossible(x, n, top);
      for (std::size_t c = 0; c < k; ++c) density[c] = std::exp(a[c] - top);
      double sum = 0;
      for (std::size_t c = 0; c < k; ++c) {
        double reached = i == 0 ? initial_[c] : 0;
        for (std::size_t f = 0; i > 0 && f < k; ++f) reached += (a - k_)[f] * transitions_[f * k + c];
        sum += a[c] = reached * density[c];
      }
      if (!(sum > 0)) return impossible(x, n, -std::numeric_limits<double>::infinity());
      for (std::size_t c = 0; c < k; ++c) a[c] /= sum;
      scale[static_cast<std::size_t>(i)] = sum;
      log_likelihood += std::log(sum) + top;
    }
    for (long i = n - 1; i > 0; --i) {
      double *a = x + i * k_, *before = a - k_;
      const double* density = b.data() + i * k_;
      const double factor = 1 / scale[static_cast<std::size_t>(i)];
      for (std::size_t f = 0; f < k; ++f) {
        double sum = 0;
        for (std::size_t c = 0; c < k; ++c) {
          const double move = transitions_[f * k + c] * density[c] * behind[c] * factor;
          moves[f * k + c] += weight * before[f] * move;
          sum += move;
        }
        next[f] = sum;
      }
      for (std::size_t c = 0; c < k; ++c) a[c] *= behind[c];
      behind.swap(next);
    }
    for (std::size_t c = 0; c < k; ++c) x[c] *= behind[c];
    return log_likelihood;
  }

  double impossible(double* x, long n, double why) const {
    std::fill(x, x + n * k_, 0.);
    return why > 0 || std::isnan(why) ? std::nan("") : why;
  }

  long k_;
  std::vector<double> initial_, transitions_;
};

}  // namespace genet::inline GENET_ISA::detail

namespace genet::inline GENET_ISA {

/// Where a fit of a hidden Markov model begins: at groups of the observations (symbols: at random numbers), or at the
/// parameters that the model has.
enum class markov_start : unsigned char { data, given };

struct hidden_markov_options {
  long iterations = 1000;
  double tolerance = 1e-8;  ///< ends when an iteration gains less in the mean log-likelihood of an observation
  markov_start start = markov_start::data;
  long starts = 1;  ///< the best of so many
  std::uint64_t seed = 1;
  double dirichlet = 1;  ///< concentration of the prior of initial, transition and symbol probabilities; 1 is flat
  double variance_floor = 1e-6;  ///< as in mixture_options
  bool hard = false;  ///< the likeliest states are taken for known (Viterbi training); likelihoods are theirs
  bool learn_initial = true, learn_transitions = true, learn_means = true, learn_covariances = true,
       learn_symbols = true;
};

/// The likeliest states of a sequence, and log p(states, observations).
struct state_path {
  std::vector<long> states;
  double log_probability = 0;
};

/// Observations of a state are normal; NaN is a missing value. Means and covariances are those of a gaussian_mixture
/// whose components are the states.
template <long Dim = dynamic, covariance Covariance = full>
class gaussian_emission {
 public:
  using observations = metrics::points;
  template <long States>
  class of {
   public:
    explicit of(long states) : mixture_(states, Dim) {}

    std::span<const double> means() const { return mixture_.means(); }
    std::span<const double> covariances() const { return mixture_.covariances(); }
    /// Throws bad_input, as gaussian_mixture::set.
    void set(std::span<const double> means, std::span<const double> covariances) {
      mixture_.set(even(), means, covariances);
    }

    static long count(const metrics::points& x) { return x.count(); }
    long free_parameters() const { return mixture_.free_parameters() - (mixture_.components() - 1); }
    std::vector<double> log_densities(const metrics::points& x, tensor::team& t) const {
      return mixture_.component_log_densities(x, t);
    }
    void start(const metrics::points& x, const hidden_markov_options& o, long number, tensor::team& t) {
      mixture_.fit(x,
                   {.iterations = 0, .seed = o.seed + static_cast<std::uint64_t>(number),
                    .variance_floor = o.variance_floor},
                   {}, t);
      set(std::vector(means().begin(), means().end()), std::vector(covariances().begin(), covariances().end()));
    }
    void maximise(const metrics::points& x, std::span<const double> posterior, const hidden_markov_options& o,
                  tensor::team& t) {
      const std::vector<double> mean(means().begin(), means().end()), s(covariances().begin(), covariances().end());
      if (!o.learn_means && !o.learn_covariances) return;
      mixture_.maximise(x, posterior, {.variance_floor = o.variance_floor}, {}, t);
      // Variances about means that stay would be others; of means, those of the maximum do not depend on variances.
      set(o.learn_means ? std::vector(means().begin(), means().end()) : mean,
          o.learn_covariances ? std::vector(covariances().begin(), covariances().end()) : s);
    }
    static void check(const hidden_markov_options& o) {
      if (!o.learn_means && o.learn_covariances)
        throw usage_error("hidden_markov: covariances are learned about learned means only");
    }
    double log_prior(const hidden_markov_options&) const { return 0; }
    void draw(long state, long at, std::uint64_t seed, std::vector<double>& to) const {
      mixture_.draw(state, at, seed, to);
    }
    using values = std::vector<double>;
    void add_to(io::tensor_file& file) const { mixture_.add_to(file); }
    void take_from(const io::tensor_file& file) { mixture_.take_from(file); }

   private:
    std::vector<double> even() const {
      const auto k = static_cast<std::size_t>(mixture_.components());
      return std::vector<double>(k, 1 / static_cast<double>(k));
    }
    gaussian_mixture<States, Dim, Covariance> mixture_;
  };
};

/// Observations are symbols 0 ... Symbols - 1, each state has its own probabilities; -1 is a missing value.
template <long Symbols>
class categorical_emission {
  static_assert(Symbols >= 1, "categorical_emission<S>: S has to be at least 1");

 public:
  using observations = std::span<const std::int32_t>;
  template <long States>
  class of {
   public:
    explicit of(long states)
        : k_(states), p_(static_cast<std::size_t>(states * Symbols), 1 / static_cast<double>(Symbols)) {}

    std::span<const double> probabilities() const { return p_; }  // (States, Symbols)
    /// Throws bad_input unless there are (States, Symbols) numbers, rows of which add up to 1.
    void set(std::span<const double> probabilities) {
      detail::check_rows("symbol probabilities", probabilities, k_, Symbols);
      p_.assign(probabilities.begin(), probabilities.end());
    }

    static long count(observations x) { return static_cast<long>(x.size()); }
    long free_parameters() const { return k_ * (Symbols - 1); }
    std::vector<double> log_densities(observations x, tensor::team&) const {
      std::vector<double> out(x.size() * static_cast<std::size_t>(k_)), logs(p_.size());
      for (std::size_t i = 0; i < p_.size(); ++i) logs[i] = std::log(p_[i]);
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (x[i] < -1 || x[i] >= Symbols)
          errors::raise<bad_input>({"hidden_markov: found symbol ", x[i], " at place ", i, ", expected 0 to ",
                                    Symbols - 1, ", or -1 for a missing one"});
        for (long c = 0; c < k_; ++c)
          out[i * static_cast<std::size_t>(k_) + static_cast<std::size_t>(c)] =
              x[i] < 0 ? 0 : logs[static_cast<std::size_t>(c * Symbols + x[i])];
      }
      return out;
    }
    void start(observations, const hidden_markov_options& o, long number, tensor::team&) {
      rng::source s(rng::key{o.seed, stream::initialisation + 2, static_cast<std::uint64_t>(number)});
      for (double& p : p_) p = .5 + inference::unit(s);
      detail::normalise_rows(p_, Symbols);
    }
    void maximise(observations x, std::span<const double> posterior, const hidden_markov_options& o, tensor::team&) {
      if (!o.learn_symbols) return;
      std::vector<double> next(p_.size(), o.dirichlet - 1);
      for (std::size_t i = 0; i < x.size(); ++i)
        for (long c = 0; x[i] >= 0 && c < k_; ++c)
          next[static_cast<std::size_t>(c * Symbols + x[i])] +=
              posterior[i * static_cast<std::size_t>(k_) + static_cast<std::size_t>(c)];
      detail::normalise_rows(next, Symbols, p_);
      p_ = std::move(next);
    }
    static void check(const hidden_markov_options&) {}
    double log_prior(const hidden_markov_options& o) const {
      return o.learn_symbols ? detail::dirichlet_log_density(p_, o.dirichlet) : 0;
    }
    using values = std::vector<std::int32_t>;
    void draw(long state, long at, std::uint64_t seed, values& to) const {
      rng::source s(rng::key{seed, stream::sampling + 2, static_cast<std::uint64_t>(at)});
      to.push_back(static_cast<std::int32_t>(inference::choose(
          std::span(p_).subspan(static_cast<std::size_t>(state * Symbols), static_cast<std::size_t>(Symbols)), s)));
    }
    void add_to(io::tensor_file& file) const { file.add("probabilities", {k_, Symbols}, p_); }
    void take_from(const io::tensor_file& file) { set(file.get<double>("probabilities")); }

   private:
    long k_;
    std::vector<double> p_;
  };
};

/// A chain of hidden states, each of which emits an observation: p(s, x) = initial[s0] p(x0 | s0) * transitions[s0][s1]
/// p(x1 | s1) * ... Data are sequences one after the other; `lengths` says how long each is (none: one sequence).
/// States may be `dynamic`. Forward-backward in scaled probabilities, Viterbi in logs, Baum-Welch.
/// Rabiner 1989: A tutorial on hidden Markov models.
template <long States, class Emission>
class hidden_markov : private detail::markov_chain {
  static_assert(States >= 1 || States == dynamic, "hidden_markov<S, E>: S has to be at least 1, or dynamic");

 public:
  using emission_type = typename Emission::template of<States>;
  using observations = typename Emission::observations;

  /// Throws usage_error for a number of states other than the type's.
  explicit hidden_markov(long states = States) : markov_chain(checked(states)), emission_(states) {}

  using markov_chain::initial;      // (States)
  using markov_chain::states;
  using markov_chain::transitions;  // (States, States), row: from
  emission_type& emission() { return emission_; }
  const emission_type& emission() const { return emission_; }
  /// Throws bad_input unless all rows add up to 1.
  void set(std::span<const double> initial, std::span<const double> transitions) {
    set_chain(initial, transitions);
  }
  long free_parameters() const { return states() * states() - 1 + emission_.free_parameters(); }

  /// Baum-Welch. `weights` count sequences and may be empty. Throws usage_error, bad_input, training_error.
  em_report fit(const observations& x, const hidden_markov_options& o = {}, std::span<const long> lengths = {},
                std::span<const double> weights = {}, tensor::team& t = tensor::alone()) {
    if (o.starts < 1 || !(o.dirichlet >= 1))
      throw usage_error("hidden_markov: expected at least 1 start and a Dirichlet concentration of at least 1");
    emission_type::check(o);
    const auto ends = ends_of(lengths, emission_type::count(x));
    const double mass = weigh(ends, weights);
    hidden_markov found = *this;
    em_report report = inference::best_of(o.starts, found, [&](hidden_markov& m, long number) {
      if (o.start == markov_start::data) {
        m.start_chain(o.seed, number);
        m.emission_.start(x, o, number, t);
      }
      posteriors p;
      return inference::expectation_maximisation(
          "hidden_markov", {o.iterations, o.tolerance}, mass,
          [&] {
            auto logs = m.emission_.log_densities(x, t);
            p = o.hard ? m.of_best_path(logs, ends, weights) : m.forward_backward(std::move(logs), ends, t, weights);
            for (std::size_t s = 0; s < weights.size(); ++s)
              for (long i = (s == 0 ? 0 : ends[s - 1]) * m.states(); i < ends[s] * m.states(); ++i)
                p.states[static_cast<std::size_t>(i)] *= weights[s];
            return p.log_likelihood + m.log_prior(o.dirichlet, o.learn_initial, o.learn_transitions) +
                   m.emission_.log_prior(o);
          },
          [&] {
            m.maximise_chain(p, ends, o.dirichlet, o.learn_initial, o.learn_transitions);
            m.emission_.maximise(x, p.states, o, t);
            return true;
          });
    });
    *this = std::move(found);
    return report;
  }

  /// Sum of log p(sequence), in nats; -infinity if one is impossible.
  double log_likelihood(const observations& x, std::span<const long> lengths = {},
                        tensor::team& t = tensor::alone()) const {
    return posteriors_of(x, lengths, t).log_likelihood;
  }
  /// p(state | whole sequence) of each observation, (count, States).
  std::vector<double> posterior(const observations& x, std::span<const long> lengths = {},
                                tensor::team& t = tensor::alone()) const {
    return posteriors_of(x, lengths, t).states;
  }
  /// The likeliest states of all sequences, one after the other, and the sum of their log-probabilities.
  state_path viterbi(const observations& x, std::span<const long> lengths = {},
                     tensor::team& t = tensor::alone()) const {
    const auto [states, log_probability] =
        best_path(emission_.log_densities(x, t), ends_of(lengths, emission_type::count(x)));
    return {states, log_probability};
  }
  double aic(const observations& x, std::span<const long> lengths = {}) const {
    return inference::aic(log_likelihood(x, lengths), free_parameters());
  }
  double bic(const observations& x, std::span<const long> lengths = {}) const {
    return inference::bic(log_likelihood(x, lengths), free_parameters(), static_cast<double>(emission_type::count(x)));
  }

  /// A sequence: its observations and its states; a function of `seed` alone.
  struct drawn {
    typename emission_type::values values;
    std::vector<long> states;
  };
  drawn sample(long length, std::uint64_t seed = 1) const {
    drawn out;
    out.states = draw_states(length, seed);
    for (long i = 0; i < length; ++i) emission_.draw(out.states[static_cast<std::size_t>(i)], i, seed, out.values);
    return out;
  }

  /// As safetensors: initial, transitions, and the emission's means and covariances or probabilities.
  void save(const std::filesystem::path& path) const {
    io::tensor_file file;
    file.metadata["format"] = "genet.hidden_markov";
    add_chain(file);
    emission_.add_to(file);
    file.write(path);
  }
  /// Throws io_error, bad_input; the model is then as it was.
  void load(const std::filesystem::path& path) {
    const auto file = io::tensor_file::read(path);
    hidden_markov next = *this;
    try {
      next.set(file.get<double>("initial"), file.get<double>("transitions"));
      next.emission_.take_from(file);
    } catch (const bad_input& e) {
      throw bad_input(path.string() + ": " + e.what());
    }
    *this = std::move(next);
  }

 private:
  static long checked(long states) {
    if (states < 1 || (States != dynamic && states != States))
      errors::raise<usage_error>({"hidden_markov: found ", states, " states, expected the type's, at least 1"});
    return states;
  }
  posteriors posteriors_of(const observations& x, std::span<const long> lengths, tensor::team& t) const {
    return forward_backward(emission_.log_densities(x, t), ends_of(lengths, emission_type::count(x)), t);
  }

  emission_type emission_;
};

}  // namespace genet
