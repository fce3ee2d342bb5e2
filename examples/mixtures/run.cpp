#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

#include <genet/metrics/estimate.hpp>
#include <genet/tensor/reduce.hpp>

#include "../program/run.hpp"
#include "mixtures.hpp"

namespace mixtures {

using namespace genet;

double criterion(const settings& s, const candidate& c) {
  if (!c.failure.empty()) return std::nan("");
  return s.select == "aic" ? c.aic : s.select == "bic" ? c.bic : s.select == "icl" ? c.icl : -c.held_out;
}

std::vector<long> assignments(const fitted& m, const metrics::points& x, tensor::team& team) {
  const auto p = m.posterior(x, team), noise = m.noise_posterior(x, team);
  const std::size_t k = m.weights().size();
  std::vector<long> out;
  for (std::size_t i = 0; i * k < p.size(); ++i) {
    const auto row = p.begin() + static_cast<long>(i * k);
    const auto best = std::max_element(row, row + static_cast<long>(k));
    out.push_back(!noise.empty() && noise[i] > *best ? -1 : best - row);
  }
  return out;
}

namespace {

/// How well two groupings agree, 0 by chance and 1 at most. Hubert, Arabie 1985.
double adjusted_rand(const std::vector<long>& a, const std::vector<std::int32_t>& b) {
  std::map<std::pair<long, std::int32_t>, double> both;
  std::map<long, double> first;
  std::map<std::int32_t, double> second;
  for (std::size_t i = 0; i < a.size(); ++i) ++both[{a[i], b[i]}], ++first[a[i]], ++second[b[i]];
  const auto pairs = [](const auto& counts) {
    double sum = 0;
    for (const auto& [of, n] : counts) sum += n * (n - 1) / 2;
    return sum;
  };
  const double n = static_cast<double>(a.size()), together = pairs(both), x = pairs(first), y = pairs(second),
               by_chance = x * y / (n * (n - 1) / 2), most = (x + y) / 2;
  return most == by_chance ? 0 : (together - by_chance) / (most - by_chance);
}

candidate judge(const settings& s, const table& t, const std::string& covariance, long components, tensor::team& team) {
  candidate c{.covariance = covariance, .components = components, .model = make(s, covariance, components)};
  const auto begun = std::chrono::steady_clock::now();
  const metrics::points x = t.rows();
  try {
    c.report = c.model->fit(x, s, team);
  } catch (const training_error& e) {
    c.failure = e.what();
    return c;
  }
  c.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  c.parameters = c.model->free_parameters();
  const auto each = c.model->log_densities(x, team);
  c.log_likelihood = tensor::sum(each.data(), static_cast<long>(each.size()));
  c.aic = inference::aic(c.log_likelihood, c.parameters);
  c.bic = inference::bic(c.log_likelihood, c.parameters, static_cast<double>(x.count()));
  if (!c.model->weights().empty())
    c.icl = c.bic + 2 * (inference::entropy(c.model->posterior(x, team)) +
                         inference::entropy(c.model->noise_posterior(x, team)));
  if (!t.unseen.empty()) {
    const auto found = metrics::detail::mean_of(c.model->log_densities({t.unseen, t.dimension()}, team));
    c.held_out = found.mean;
    c.held_out_error = found.standard_error;
  }
  if (!t.groups.empty() && !c.model->weights().empty())
    c.adjusted_rand = adjusted_rand(assignments(*c.model, x, team), t.groups);
  return c;
}

}  // namespace

void run(const settings& s) {
  const table t = read(s);
  if (t.rows().count() < s.most)
    throw bad_input(s.o.data.string() + ": found " + std::to_string(t.rows().count()) + " rows to fit, expected at least " +
                    std::to_string(s.most) + ", as many as --components");
  tensor::team team(s.o.threads);
  std::error_code failed;
  if (std::filesystem::create_directories(s.o.out, failed); failed)
    throw io_error(s.o.out.string() + ": cannot create the directory: " + failed.message());
  std::vector<std::string> forms{s.model == "gaussian" ? s.covariance : std::string()};
  if (s.covariance == "all") forms = {"full", "tied", "diagonal", "spherical"};
  std::printf("%s: %ld rows, %ld columns\n%s\n", t.name.c_str(), t.rows().count(), t.dimension(), heading(s).c_str());
  std::vector<candidate> all;
  for (const auto& form : forms)
    for (long k = s.fewest; k <= s.most && !program::interrupted(); ++k) {
      if (!s.o.quiet) std::fprintf(stderr, "%s %s%s%ld\n", s.model.c_str(), form.c_str(), form.empty() ? "" : " ", k);
      all.push_back(judge(s, t, form, k, team));
      std::printf("%s\n", line(s, all.back()).c_str());
      std::fflush(stdout);
    }
  std::size_t chosen = all.size();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (const double c = criterion(s, all[i]); !std::isnan(c) && (chosen == all.size() || c < criterion(s, all[chosen])))
      chosen = i;
  if (chosen == all.size()) {
    if (program::interrupted()) return;
    throw training_error("no model could be fitted: " + all.back().failure);
  }
  show(s, t, all, chosen, team);
}

}  // namespace mixtures
