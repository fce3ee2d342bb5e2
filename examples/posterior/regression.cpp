#include <algorithm>

#include "models.hpp"
#include "run.hpp"

namespace posteriors {

namespace {

/// kidiq.json with its intercept; X and y of a .json without; of a table all columns but the outcome, with one.
regression_data read(const settings& s) {
  if (s.o.data.empty()) return regression_data::twin();
  const columns c = columns::read(s.o.data);
  regression_data d;
  std::vector<const numbers*> predictors;
  const auto with_intercept = [&](const std::string& outcome, const std::vector<std::string>& names) {
    d.y = c.at(outcome);
    for (const auto& name : names) predictors.push_back(&c.at(name));
    d.names = names;
    d.names.insert(d.names.begin(), "intercept");
    for (std::size_t i = 0; i < d.y.size(); ++i) {
      d.x.push_back(1);
      for (const numbers* p : predictors) d.x.push_back((*p)[i]);
    }
  };
  if (c.find("kid_score") && s.outcome.empty()) {
    if (c.at("kid_score").size() != c.at("mom_iq").size())
      throw genet::bad_input(c.origin() + ": found " + std::to_string(c.at("mom_iq").size()) +
                             " numbers mom_iq, expected " + std::to_string(c.at("kid_score").size()) +
                             " as of kid_score");
    with_intercept("kid_score", {"mom_iq"});
    d.flat = true;
  } else if (const numbers* x = c.find("X")) {
    d.x = *x;
    d.y = c.at("y");
    if (d.y.empty() || d.x.empty() || d.x.size() % d.y.size() != 0)
      throw genet::bad_input(c.origin() + ": found " + std::to_string(d.x.size()) + " numbers X and " +
                             std::to_string(d.y.size()) + " numbers y, expected a row of X for each y");
    for (std::size_t k = 0; k < d.x.size() / d.y.size(); ++k)
      d.names.push_back("beta[" + std::to_string(k + 1) + "]");
  } else {
    const std::string outcome = !s.outcome.empty() ? s.outcome : c.names().empty() ? "y" : c.names().back();
    const std::size_t rows = c.at(outcome).size();
    std::vector<std::string> names;
    for (const auto& name : c.names())
      if (name != outcome) {
        if (c.at(name).size() != rows)
          throw genet::bad_input(c.origin() + ": found " + std::to_string(c.at(name).size()) + " numbers " + name +
                                 ", expected " + std::to_string(rows) + " as of " + outcome);
        names.push_back(name);
      }
    with_intercept(outcome, names);
  }
  return d;
}

/// Takes out the coefficients that there are not, and gives names to the others.
void rename(genet::inference::draws& d, const std::vector<std::string>& names) {
  const auto all = static_cast<std::ptrdiff_t>(d.chains * d.iterations);
  const auto used = static_cast<std::ptrdiff_t>(names.size());
  d.values.erase(d.values.begin() + used * all, d.values.end() - all);
  d.names = names;
  d.names.push_back("sigma");
  d.dimension = static_cast<int>(d.names.size());
}

template <int Capacity>
outcome draw_with(const settings& s, const regression_data& d) {
  const std::string origin = s.o.data.empty() ? "twin" : s.o.data.string();
  outcome made = draw(s, regression<Capacity>(d, origin));
  rename(made.draws, d.names);
  return made;
}

}  // namespace

outcome draw_regression(const settings& s) {
  regression_data d = read(s);
  if (s.prior != "data") d.flat = s.prior == "flat";
  constexpr int few = 6, many = 32;
  if (d.names.size() <= few) return draw_with<few>(s, d);
  if (d.names.size() <= many) return draw_with<many>(s, d);
  throw genet::bad_input(s.o.data.string() + ": found " + std::to_string(d.names.size()) +
                         " coefficients, expected at most " + std::to_string(many));
}

}  // namespace posteriors
