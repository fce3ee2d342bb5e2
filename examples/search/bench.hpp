#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <genet/data/examples.hpp>
#include <genet/train/callback.hpp>
#include <genet/train/search.hpp>

#include "searches.hpp"

namespace searches {

/// What a report says about a search.
struct description {
  std::string title, declaration, score;  // what the score is
};

/// Data, files and report of a search: everything that does not depend on the models' types.
class bench {
 public:
  bench(const settings&, const description&, genet::search_space);
  ~bench();

  const settings& chosen() const { return s_; }
  const genet::search_space& space() const { return space_; }
  const genet::data::examples& train() const { return train_; }
  const genet::data::examples& validation() const { return validation_; }
  const genet::data::examples& test() const { return test_; }

  genet::search_options options() const { return {s_.o.seed, s_.seeds, s_.workers}; }
  /// What was trained before, and what keeps what is trained now.
  genet::search_watch watch();

  /// Where the training of a candidate can be continued, or an empty path; and what looks after it.
  std::filesystem::path begun(const genet::candidate&) const;
  std::vector<std::unique_ptr<genet::callback>> callbacks(const genet::candidate&) const;

  /// Keeps the losses of every validation and test image, and returns the mean of the first ones: the score.
  double keep(const genet::candidate&, std::span<const double> validation, std::span<const double> test) const;

  /// Candidates that compare with one of them, by the losses of test images.
  struct group {
    std::string title;
    std::vector<std::size_t> trials;  // with which is compared first
  };
  /// Ends the report: ranking, comparisons, plots. `call` names a trial.
  template <class Call>
  void finish(const genet::search_result& r, const std::vector<group>& groups, const Call& call) {
    std::vector<std::string> names;
    for (const auto& t : r.trials) names.push_back(call(t));
    finish(r, groups, names);
  }
  /// All of them against the best.
  static std::vector<group> against_best(const genet::search_result&);
  /// The same of a search over types alone, which names them.
  void finish(const genet::search_result& r) {
    finish(r, against_best(r), [&](const genet::search_trial& t) { return show_type(t); });
  }

  /// The strategy that was asked for, run by `go(strategy)`.
  template <class Go>
  genet::search_result by_strategy(const Go& go) const {
    using namespace genet;
    const long most = s_.o.epochs;
    if (s_.strategy == "random") return go(random_search{.candidates = s_.candidates, .budget = most});
    if (s_.strategy == "halving") return go(successive_halving{.candidates = s_.candidates, .most = most});
    if (s_.strategy == "hyperband") return go(hyperband{.most = most});
    return go(grid_search{.steps = s_.candidates, .budget = most});
  }

 private:
  struct pages;

  std::string show_type(const genet::search_trial&) const;
  void finish(const genet::search_result&, const std::vector<group>&, const std::vector<std::string>& names);
  std::filesystem::path losses(long number, long budget, std::uint64_t seed) const;
  std::filesystem::path checkpoint(const genet::candidate&) const;
  /// Losses of test images, the mean over the seeds.
  std::vector<double> test_losses(const genet::search_trial&) const;

  settings s_;
  genet::search_space space_;
  genet::data::examples train_, validation_, test_;
  std::unique_ptr<pages> pages_;
};

}  // namespace searches
