#pragma once
// What the parts of the program mixtures share: the data, the models in one form, and what was found of them.
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <genet/declare/shape.hpp>
#include <genet/inference/em.hpp>
#include <genet/metrics/pca.hpp>
#include <genet/metrics/points.hpp>
#include <genet/report/json.hpp>
#include <genet/tensor/team.hpp>

#include "../program/options.hpp"

namespace mixtures {

struct settings {
  program::common o = {};
  std::string model = "gaussian", covariance = "full", begin = "k_means", select = "bic", columns = {}, label = {};
  long fewest = 1, most = 6, starts = 10, iterations = 1000, stepwise = 0, principal = 32, rows = 0;
  double noise = 0, floor = 1e-3, smallest = .03, tolerance = 1e-7;
  genet::json::object config = {};
};

/// Rows that models are fitted to, and what is known beside them.
struct table {
  std::string name;
  std::vector<std::string> columns = {};
  std::vector<double> values = {}, unseen = {};  // (rows, columns), and what is held out
  std::vector<std::int32_t> groups = {};         // that rows are known to belong to; empty: not known
  std::vector<std::string> group_names = {};
  genet::shape picture = {};                      // of a row, if it is one
  std::optional<genet::metrics::pca> reduced = {};  // rows are these coordinates of pictures

  long dimension() const { return static_cast<long>(columns.size()); }
  genet::metrics::points rows() const { return {values, dimension()}; }
  /// Rows as pictures with pixels from 0 to 1.
  std::vector<double> pictures(const std::vector<double>& rows) const;
};
table read(const settings&);

/// Any of the models.
class fitted {
 public:
  virtual ~fitted() = default;
  virtual genet::em_report fit(const genet::metrics::points&, const settings&, genet::tensor::team&) = 0;
  virtual std::vector<double> log_densities(const genet::metrics::points&, genet::tensor::team&) const = 0;
  virtual std::vector<double> sample(long count, std::uint64_t seed) const = 0;
  virtual void save(const std::filesystem::path&) const = 0;
  virtual long free_parameters() const = 0;
  /// Of mixtures, (rows, K) and of the noise (rows); factor models have none.
  virtual std::vector<double> posterior(const genet::metrics::points&, genet::tensor::team&) const { return {}; }
  virtual std::vector<double> noise_posterior(const genet::metrics::points&, genet::tensor::team&) const { return {}; }
  virtual std::vector<double> weights() const { return {}; }
  /// Of what a component or a factor looks like, (K, columns).
  virtual std::vector<double> centres() const = 0;
  /// Of a component, (columns, columns); of other models than gaussian mixtures nothing.
  virtual std::vector<double> covariance(long) const { return {}; }
};
std::unique_ptr<fitted> make(const settings&, const std::string& covariance, long components);

/// A model of one size and form, and how good it is.
struct candidate {
  std::string covariance;  // of gaussian mixtures
  long components = 0, parameters = 0;
  double log_likelihood = std::nan(""), aic = std::nan(""), bic = std::nan(""), icl = std::nan(""),
         held_out = std::nan(""), held_out_error = std::nan("");  // the latter two a row
  double adjusted_rand = std::nan("");                             // beside the known groups
  genet::em_report report = {};
  double seconds = 0;
  std::string failure = {};
  std::shared_ptr<fitted> model = {};
};
/// The criterion, smaller is better; NaN for a failed one.
double criterion(const settings&, const candidate&);

/// Each row's likeliest component; -1: noise.
std::vector<long> assignments(const fitted&, const genet::metrics::points&, genet::tensor::team&);

void run(const settings&);

/// criteria.csv, model.safetensors, assignments.csv, samples, report.html; the table on stdout.
void show(const settings&, const table&, const std::vector<candidate>&, std::size_t chosen, genet::tensor::team&);
/// A line of the table, beneath `heading`.
std::string heading(const settings&);
std::string line(const settings&, const candidate&);

}  // namespace mixtures
