#pragma once
#include <algorithm>
#include <boost/hana/unpack.hpp>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "../declare/type_name.hpp"
#include "../random/distributions.hpp"
#include "../random/streams.hpp"
#include "../tensor/team.hpp"

namespace genet::inline GENET_ISA {

struct hyper_parameter {
  /// How its values lie: evenly, evenly in logarithm, whole numbers, one of some words.
  enum class kind : unsigned char { uniform, log_uniform, integer, choice };

  std::string name;
  kind how = kind::uniform;
  double low = 0, high = 0;          ///< both included; of a choice 0 and the last word's place
  std::vector<std::string> words{};  ///< of a choice
};

/// The hyper-parameters that are searched:
///
///     search_space space;
///     space.log_uniform("learning_rate", 1e-4, 1e-2).uniform("beta", 0.5, 2).choice("optimiser", {"adam", "sgd"});
///
/// Throws usage_error for a name that is taken or holds anything but letters, digits, - and _, an empty range, words
/// with commas, quotes or line ends, fewer than one of them.
class search_space {
 public:
  search_space& uniform(std::string name, double low, double high) {
    return add({std::move(name), kind::uniform, low, high});
  }
  search_space& log_uniform(std::string name, double low, double high) {
    if (!(low > 0)) errors::raise<usage_error>({"search: ", name, ": expected a range above zero"});
    return add({std::move(name), kind::log_uniform, low, high});
  }
  search_space& integer(std::string name, long low, long high) {
    return add({std::move(name), kind::integer, static_cast<double>(low), static_cast<double>(high)});
  }
  search_space& choice(std::string name, std::vector<std::string> words) {
    if (words.empty()) errors::raise<usage_error>({"search: ", name, ": expected words to choose from"});
    for (const std::string& w : words)
      if (w.empty() || w.find_first_of(",\"\n\r") != w.npos)
        errors::raise<usage_error>({"search: ", name, ": expected words without commas, quotes and line ends"});
    const double last = static_cast<double>(words.size() - 1);
    return add({std::move(name), kind::choice, 0, last, std::move(words)});
  }

  search_space& add(hyper_parameter p) {
    const auto allowed = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (p.name.empty() || !std::ranges::all_of(p.name, allowed))
      errors::raise<usage_error>({"search: found the name '", p.name, "', expected letters, digits, - and _"});
    if (std::ranges::any_of(all_, [&](const auto& other) { return other.name == p.name; }))
      errors::raise<usage_error>({"search: there are two hyper-parameters '", p.name, "'"});
    if (!(p.low <= p.high && std::isfinite(p.low) && std::isfinite(p.high)))
      errors::raise<usage_error>({"search: ", p.name, ": expected a range whose end is not below its beginning"});
    all_.push_back(std::move(p));
    return *this;
  }

  const std::vector<hyper_parameter>& parameters() const { return all_; }

  /// The place of a hyper-parameter; usage_error for a name that there is not.
  std::size_t place(std::string_view name) const {
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (all_[i].name == name) return i;
    errors::raise<usage_error>({"search: there is no hyper-parameter '", name, "'"});
  }

  /// One of them at random.
  std::vector<double> draw(rng::source& s) const {
    std::vector<double> values;
    for (const hyper_parameter& p : all_) {
      const std::uint32_t low = s.next(), high = s.next();
      values.push_back(at(p, rng::detail::unit(low, high)));
    }
    return values;
  }

  /// All combinations of every word, and of `steps` equally spread values of the others (whole numbers: at most as many
  /// as there are); the last hyper-parameter changes fastest.
  std::vector<std::vector<double>> grid(long steps) const {
    std::vector<std::vector<double>> out{{}};
    for (const hyper_parameter& p : all_) {
      std::vector<std::vector<double>> longer;
      for (const auto& begun : out)
        for (const double v : levels(p, steps)) {
          longer.push_back(begun);
          longer.back().push_back(v);
        }
      out = std::move(longer);
    }
    return out;
  }

 private:
  using kind = hyper_parameter::kind;

  // The value at the part `u` of the range, 0 <= u < 1.
  static double at(const hyper_parameter& p, double u) {
    if (p.how == kind::log_uniform)
      return std::min(p.low * std::pow(p.high / p.low, u), p.high);
    if (p.how == kind::uniform) return p.low + u * (p.high - p.low);
    return std::min(p.low + std::floor(u * (p.high - p.low + 1)), p.high);
  }

  static std::vector<double> levels(const hyper_parameter& p, long steps) {
    std::vector<double> out;
    const bool whole = p.how == kind::integer || p.how == kind::choice;
    const double values = p.high - p.low + 1;
    if (whole && (p.how == kind::choice || values <= static_cast<double>(steps))) {
      for (double v = p.low; v <= p.high; ++v) out.push_back(v);
      return out;
    }
    for (long i = 0; i < steps; ++i) {
      const double part = steps == 1 ? 0.5 : static_cast<double>(i) / static_cast<double>(steps - 1);
      if (whole) out.push_back(std::round(p.low + part * (p.high - p.low)));
      else out.push_back(part == 1 ? p.high : at(p, part));
    }
    return out;
  }

  std::vector<hyper_parameter> all_;
};

/// What is to be trained: values of all hyper-parameters, a seed, and how much it may take.
class candidate {
 public:
  long number = 0;         ///< from 0, the same in every rung
  long budget = 1;         ///< in units of the caller: epochs, say
  long spent = 0;          ///< budget of the rung before; what was kept of it may be continued
  std::uint64_t seed = 0;

  candidate(const search_space& space, std::span<const double> values) : space_(&space), values_(values) {}

  double operator[](std::string_view name) const { return values_[space_->place(name)]; }
  /// Of an integer, or the place of a choice's word.
  long integer(std::string_view name) const { return std::lround((*this)[name]); }
  const std::string& word(std::string_view name) const {
    const hyper_parameter& p = space_->parameters()[space_->place(name)];
    if (p.how != hyper_parameter::kind::choice)
      errors::raise<usage_error>({"search: '", name, "' is no choice among words"});
    return p.words[static_cast<std::size_t>(integer(name))];
  }

 private:
  const search_space* space_;
  std::span<const double> values_;
};

/// One training that is over: its score, or why it failed.
struct search_run {
  long number = 0, budget = 0;
  std::uint64_t seed = 0;
  double score = std::numeric_limits<double>::quiet_NaN();  ///< smaller is better
  double seconds = 0;
  std::string failure{};  ///< empty: it did not
  std::vector<double> values{};

  bool failed() const { return !failure.empty(); }
};

/// Some candidates that begin together. In a rung as many as it says, the best of the rung before, are trained with its
/// budget.
struct search_rung {
  long candidates = 1, budget = 1;
};
struct search_bracket {
  std::vector<std::vector<double>> candidates;
  std::vector<search_rung> rungs;
};

namespace detail {

inline void check_search(bool good, const char* expected) {
  if (!good) errors::raise<usage_error>({"search: expected ", expected});
}

inline std::vector<std::vector<double>> drawn_candidates(const search_space& space, long count, std::uint64_t seed,
                                                         std::uint64_t first) {
  std::vector<std::vector<double>> out;
  for (long i = 0; i < count; ++i) {
    rng::source s(rng::key{seed, stream::searching, first + static_cast<std::uint64_t>(i)});
    out.push_back(space.draw(s));
  }
  return out;
}

}  // namespace detail

/// Every combination; see search_space::grid.
struct grid_search {
  long steps = 3, budget = 1;

  std::vector<search_bracket> plan(const search_space& space, std::uint64_t) const {
    detail::check_search(steps >= 1 && budget >= 1, "at least one step and a budget");
    auto all = space.grid(steps);
    const auto count = static_cast<long>(all.size());
    return {{std::move(all), {{count, budget}}}};
  }
};

/// Combinations drawn at random. Bergstra, Bengio 2012: better than a grid where few hyper-parameters matter.
struct random_search {
  long candidates = 10, budget = 1;

  std::vector<search_bracket> plan(const search_space& space, std::uint64_t seed) const {
    detail::check_search(candidates >= 1 && budget >= 1, "at least one candidate and a budget");
    return {{detail::drawn_candidates(space, candidates, seed, 0), {{candidates, budget}}}};
  }
};

/// Many candidates get the budget `least`; the best of them, one of `factor`, that many times as much; and so on up to
/// `most`. Jamieson, Talwalkar 2016 (arXiv 1502.07943).
struct successive_halving {
  long candidates = 9, least = 1, most = 9, factor = 3;

  std::vector<search_bracket> plan(const search_space& space, std::uint64_t seed) const {
    detail::check_search(candidates >= 1 && least >= 1 && most >= least && factor >= 2,
                         "candidates, 1 <= least <= most and a factor of at least 2");
    search_bracket b{detail::drawn_candidates(space, candidates, seed, 0), {{candidates, least}}};
    while (b.rungs.back().budget < most)
      b.rungs.push_back(
          {std::max(b.rungs.back().candidates / factor, 1L), std::min(b.rungs.back().budget * factor, most)});
    return {std::move(b)};
  }
};

/// Brackets of successive halving, from many candidates with little to few with `most`, so that nobody has to know how
/// early a candidate shows what it is worth. Li et al. 2018 (arXiv 1603.06560).
struct hyperband {
  long most = 27, least = 1, factor = 3;

  std::vector<search_bracket> plan(const search_space& space, std::uint64_t seed) const {
    detail::check_search(least >= 1 && most >= least && factor >= 2, "1 <= least <= most and a factor of at least 2");
    long deepest = 0, power = 1;
    for (; power <= most / least / factor; power *= factor) ++deepest;
    std::vector<search_bracket> all;
    std::uint64_t first = 0;
    for (long s = deepest; s >= 0; --s, power /= factor) {
      const long n = ((deepest + 1) * power + s) / (s + 1);  // rounded up
      search_bracket b{detail::drawn_candidates(space, n, seed, first), {}};
      first += static_cast<std::uint64_t>(n);
      for (long i = 0, divisor = 1; i <= s; ++i, divisor *= factor)
        b.rungs.push_back({std::max(n / divisor, 1L), std::max(most * divisor / power, 1L)});
      all.push_back(std::move(b));
    }
    return all;
  }
};

struct search_options {
  std::uint64_t seed = 1;  ///< of the candidates, and of the first training of each
  long seeds = 1;          ///< trainings of each candidate, with seeds that follow each other; their mean is the score
  int workers = 1;         ///< trainings at once; the result is the same for any number
};

/// What looks on, and what is known from before.
struct search_watch {
  std::vector<search_run> finished{};                    ///< is not trained again
  std::function<void(const search_run&)> on_run{};       ///< after each training, one call at a time
  std::function<bool()> stop{};                          ///< true: no more; trainings that it cut short do not count
};

/// A candidate and what came of it.
struct search_trial {
  long number = 0, bracket = 0;
  std::vector<double> values;
  long budget = 0;                      ///< of the last rung that it finished
  double score = std::numeric_limits<double>::quiet_NaN();  ///< mean over the seeds
  double standard_error = 0;            ///< of that mean, by its seeds; 0 of one
  double seconds = 0;                   ///< of all its trainings
  std::string failure{};                ///< of the first training that failed

  bool failed() const { return !failure.empty(); }
};

struct search_result {
  std::vector<search_trial> trials{};  ///< in the order of their numbers
  bool complete = true;                ///< false: it was stopped

  /// Their places, best first: larger budgets before smaller ones, smaller scores before larger ones, what failed last.
  std::vector<std::size_t> ranking() const {
    std::vector<std::size_t> order(trials.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      const search_trial &x = trials[a], &y = trials[b];
      const bool x_good = std::isfinite(x.score), y_good = std::isfinite(y.score);
      if (x_good != y_good) return x_good;
      if (!x_good) return false;
      return x.budget != y.budget ? x.budget > y.budget : x.score < y.score;
    });
    return order;
  }
  /// The first of the ranking; training_error if all failed.
  const search_trial& best() const {
    const auto order = ranking();
    if (order.empty() || !std::isfinite(trials[order[0]].score))
      errors::raise<training_error>({"search: none of ", trials.size(), " candidates has a score",
                                     trials.empty() ? "" : "; the first: ", trials.empty() ? "" : trials[0].failure});
    return trials[order[0]];
  }
};

/// Trains candidates and ranks them: `train(candidate)` returns a score, smaller is better. A training that throws, or
/// whose score is not finite, has failed: it is noted, goes no further, and stops nothing. Candidates, promotions and
/// ranking are functions of the options alone, whatever the number of workers, if `train` is one of its candidate and
/// may be called by several threads at once. Throws usage_error for a strategy that makes no sense, and for trainings
/// of another search; what `on_run` throws passes through.
///
///     const auto found = search(space, successive_halving{.candidates = 27, .most = 9}, {.workers = 2},
///                               [&](const candidate& c) {
///       model<clothes> m{seed{c.seed}};
///       trainer fit{m, elbo{.beta = c["beta"]}, adam{.learning_rate = c["learning_rate"]}};
///       return fit.run(train, epochs{c.budget}, batch{128}, &validation).last("validation")->loss;
///     });
template <class Strategy, class Train>
search_result search(const search_space& space, const Strategy& strategy, const search_options& o, const Train& train,
                     const search_watch& watch = {}) {
  detail::check_search(o.seeds >= 1, "at least one seed");
  tensor::team workers(o.workers);
  search_result result;
  std::mutex telling;
  std::exception_ptr broken;  // what `on_run` threw
  long bracket_number = 0;
  for (const search_bracket& bracket : strategy.plan(space, o.seed)) {
    std::vector<std::size_t> going;
    for (const auto& values : bracket.candidates) {
      going.push_back(result.trials.size());
      result.trials.push_back({static_cast<long>(result.trials.size()), bracket_number, values});
    }
    for (const search_run& known : watch.finished)
      for (const std::size_t i : going)
        if (known.number == result.trials[i].number && known.values != result.trials[i].values)
          errors::raise<usage_error>(
              {"search: candidate ", known.number, " has been trained with other values, in another search"});
    ++bracket_number;
    for (const search_rung& rung : bracket.rungs) {
      if (static_cast<std::size_t>(rung.candidates) < going.size()) {
        std::ranges::stable_sort(going, {}, [&](std::size_t i) { return result.trials[i].score; });
        going.resize(static_cast<std::size_t>(rung.candidates));
        std::ranges::sort(going);
      }
      const auto seeds = static_cast<std::size_t>(o.seeds);
      std::vector<std::optional<search_run>> runs(going.size() * seeds);
      workers.run(static_cast<int>(runs.size()), [&](int at) {
        const auto i = static_cast<std::size_t>(at);
        const search_trial& t = result.trials[going[i / seeds]];
        search_run r{.number = t.number, .budget = rung.budget, .seed = o.seed + i % seeds};
        for (const search_run& known : watch.finished)
          if (known.number == r.number && known.budget == r.budget && known.seed == r.seed) {
            runs[i] = known;
            return;
          }
        const auto stopped = [&] { return watch.stop && watch.stop(); };
        if (stopped()) return;
        candidate c(space, t.values);
        c.number = r.number;
        c.budget = r.budget;
        c.spent = t.budget;
        c.seed = r.seed;
        const auto began = std::chrono::steady_clock::now();
        try {
          r.score = train(static_cast<const candidate&>(c));
          if (!std::isfinite(r.score)) r.failure = "the score is " + std::to_string(r.score);
        } catch (const std::exception& e) {
          r.failure = *e.what() ? e.what() : "an exception";
        }
        if (stopped()) return;
        r.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        r.values = t.values;
        const std::lock_guard<std::mutex> one_at_a_time(telling);
        try {
          if (watch.on_run && !broken) watch.on_run(r);
        } catch (...) {
          broken = std::current_exception();
        }
        runs[i] = std::move(r);
      });
      if (broken) std::rethrow_exception(broken);
      for (std::size_t k = 0; k < going.size(); ++k) {
        search_trial& t = result.trials[going[k]];
        double sum = 0, squares = 0;
        bool finished = true;
        for (std::size_t s = 0; s < seeds; ++s) {
          const auto& r = runs[k * seeds + s];
          if (!r) {
            finished = false;
            continue;
          }
          t.seconds += r->seconds;
          sum += r->score;
          if (r->failed() && t.failure.empty()) t.failure = r->failure;
        }
        if (!finished) {
          result.complete = false;
          continue;
        }
        t.budget = rung.budget;
        t.score = t.failed() ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(seeds);
        for (std::size_t s = 0; s < seeds; ++s) squares += std::pow(runs[k * seeds + s]->score - t.score, 2);
        t.standard_error = seeds > 1 ? std::sqrt(squares / static_cast<double>(seeds * (seeds - 1))) : 0;
      }
      if (!result.complete) return result;
      std::erase_if(going, [&](std::size_t i) { return result.trials[i].failed(); });
    }
  }
  return result;
}

/// Model types to choose from, a Hana tuple of types, and what they are called.
template <class Types>
struct model_choice {
  Types types;
  std::vector<std::string> names;

  static constexpr std::string_view parameter = "model";  ///< the hyper-parameter that says which
};

/// `choose_model(boost::hana::tuple_t<small, large>)`: called as they are spelled, unless names are given. Throws
/// usage_error for another number of names.
template <class Types>
model_choice<Types> choose_model(const Types& types, std::vector<std::string> names = {}) {
  std::vector<std::string> spelled = boost::hana::unpack(types, []<class... T>(const T&...) {
    return std::vector<std::string>{std::string(type_name<typename T::type>())...};
  });
  if (!names.empty() && names.size() != spelled.size())
    errors::raise<usage_error>({"choose_model: found ", names.size(), " names of ", spelled.size(), " types"});
  if (!names.empty()) spelled = std::move(names);
  for (std::string& s : spelled) std::ranges::replace(s, ',', ';');
  return {types, std::move(spelled)};
}

/// The space with the choice of a model before all else.
template <class Types>
search_space with_models(const model_choice<Types>& models, const search_space& space) {
  search_space all;
  all.choice(std::string(models.parameter), models.names);
  for (const hyper_parameter& p : space.parameters()) all.add(p);
  return all;
}

/// The same over types as well: `train(type, candidate)` is compiled for each of them, `typename
/// decltype(type)::type` is what it is called with. The types are the choice `model`, the first hyper-parameter.
///
///     const auto found = search(choose_model(hana::tuple_t<small, large>), {}, grid_search{.budget = 5}, {},
///                               [&](auto type, const candidate& c) {
///       model<typename decltype(type)::type> m{seed{c.seed}};
///       ...
///     });
template <class Types, class Strategy, class Train>
search_result search(const model_choice<Types>& models, const search_space& space, const Strategy& strategy,
                     const search_options& o, const Train& train, const search_watch& watch = {}) {
  return search(with_models(models, space), strategy, o,
                [&](const candidate& c) {
                  const long which = c.integer(models.parameter);
                  return boost::hana::unpack(models.types, [&](const auto&... type) {
                    double score = 0;
                    long at = 0;
                    static_cast<void>(((at++ == which && (score = train(type, c), true)) || ...));
                    return score;
                  });
                },
                watch);
}

}  // namespace genet
