#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>

#include <genet/inference/draws_file.hpp>
#include <genet/report/chain_plots.hpp>
#include <genet/report/environment.hpp>
#include <genet/report/html.hpp>

#include "run.hpp"

namespace posteriors {

using namespace genet;

namespace {

using summary = inference::quantity_summary;

/// A column of the table.
struct column {
  const char *heading, *form;
  double summary::*value;
};
constexpr std::array<column, 9> table{{{"mean", "%.5g", &summary::mean},
                                       {"sd", "%.5g", &summary::sd},
                                       {"q5", "%.5g", &summary::q5},
                                       {"median", "%.5g", &summary::median},
                                       {"q95", "%.5g", &summary::q95},
                                       {"mcse", "%.2g", &summary::mcse_mean},
                                       {"r_hat", "%.4f", &summary::r_hat},
                                       {"ess_bulk", "%.0f", &summary::ess_bulk},
                                       {"ess_tail", "%.0f", &summary::ess_tail}}};

/// A line for each quantity, aligned.
std::string aligned(const inference::draws& d, const std::vector<summary>& all, std::span<const column> which) {
  std::size_t width = 5;
  for (const auto& name : d.names) width = std::max(width, name.size());
  const auto padded = [](const std::string& t) { return std::string(t.size() < 11 ? 11 - t.size() : 1, ' ') + t; };
  std::string text(width, ' ');
  for (const auto& c : which) text += padded(c.heading);
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += '\n' + d.names[i] + std::string(width - d.names[i].size(), ' ');
    for (const auto& c : which) {
      std::array<char, 64> cell{};
      std::snprintf(cell.data(), cell.size(), c.form, all[i].*c.value);
      text += padded(cell.data());
    }
  }
  return text + '\n';
}

/// The same with all digits, as comma-separated text.
std::string as_csv(const inference::draws& d, const std::vector<summary>& all) {
  std::string text = "quantity";
  for (const auto& c : table) text += std::string(",") + c.heading;
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += '\n' + io::csv_cell(d.names[i]);
    for (const auto& c : table) text += ',' + show_number::exact(all[i].*c.value);
  }
  return text + '\n';
}

/// What should keep somebody from believing these draws.
std::vector<std::string> doubts(const inference::draws& d, const std::vector<summary>& all) {
  std::vector<std::string> out;
  if (const long n = d.all_divergences(); n > 0)
    out.push_back(std::to_string(n) + " of " + std::to_string(d.chains * d.iterations) +
                  " iterations diverged: the step is too long for a part of the posterior; raise --target-accept, or "
                  "write the model in other parameters");
  long longest = 0;
  for (const long n : d.longest) longest += n;
  if (longest > 0)
    out.push_back(std::to_string(longest) +
                  " iterations were ended by the depth of the tree; --metric dense may help");
  for (int c = 0; c < d.chains; ++c)
    if (d.e_bfmi_of(c) < 0.3)
      out.push_back("E-BFMI of chain " + std::to_string(c + 1) + " is " + show_number::fixed(d.e_bfmi_of(c), 2) +
                    ", below 0.3: its energies, and so its tails, are not explored");
  if (!d.log_weights.empty()) {
    if (const double k = inference::pareto_k(d.log_weights); !(k < 0.7))
      out.push_back("the Pareto shape of the importance weights is " + show_number::fixed(k, 2) +
                    ", not below 0.7: the fit lacks a part of the posterior");
    return out;
  }
  double worst = 0, fewest = INFINITY;
  for (const auto& q : all) {
    if (!(q.r_hat <= worst)) worst = q.r_hat;
    fewest = std::min({fewest, q.ess_bulk, q.ess_tail});
  }
  if (!(worst < 1.01))
    out.push_back("R-hat reaches " + show_number::fixed(worst, 3) + ", not below 1.01: the chains do not agree yet");
  if (fewest < 100 * d.chains)
    out.push_back("effective sample sizes go down to " + show_number::fixed(fewest, 0) +
                  ", below 100 a chain: the diagnostics themselves are not to be trusted");
  return out;
}

std::string listed(const std::vector<double>& v, int digits) {
  std::string out;
  for (const double x : v) out += (out.empty() ? "" : " ") + show_number::fixed(x, digits);
  return out;
}

}  // namespace

std::pair<std::string, std::string> said(const std::string& name, double value, double error) {
  const bool whole = value == std::floor(value) && error == 0;
  return {name, show_number::fixed(value, whole ? 0 : 4) +
                    (error > 0 ? " +- " + show_number::fixed(error, 4) : std::string())};
}

void show(const settings& s, const outcome& o, double seconds) {
  const inference::draws& d = o.draws;
  std::vector<summary> all;
  for (int i = 0; i < d.dimension; ++i) all.push_back(d.summary(i));
  std::vector<std::pair<std::string, std::string>> facts = o.said;
  const bool hamiltonian = !d.energy.empty();
  if (hamiltonian) {
    std::vector<double> e_bfmi;
    for (int c = 0; c < d.chains; ++c) e_bfmi.push_back(d.e_bfmi_of(c));
    facts.emplace_back("divergences", std::to_string(d.all_divergences()));
    facts.emplace_back("e_bfmi", listed(e_bfmi, 3));
    facts.emplace_back("step_size", listed(d.step_size, 4));
  }
  if (!d.log_weights.empty())
    facts.emplace_back("pareto_k", show_number::fixed(inference::pareto_k(d.log_weights), 3));
  if (hamiltonian || s.sampler == "metropolis") facts.emplace_back("acceptance", listed(d.acceptance, 3));

  html::page page;
  page.title = s.model;
  page.subtitle = s.o.data.empty() ? (s.model.starts_with("eight") ? "Rubin's data" : "data of its own making")
                                   : s.o.data.string();
  page.now = html::page::state::done;
  page.status = std::to_string(d.chains) + " chains of " + std::to_string(d.iterations) + " draws by " + s.sampler +
                " in " + show_number::duration(seconds);
  page.failures = doubts(d, all);
  page.facts = facts;
  page.facts.emplace_back("seed", std::to_string(s.o.seed));
  const std::span<const column> columns(table);
  page.sections.push_back(html::picture("Posterior", "", aligned(d, all, columns.first(5))));
  page.sections.push_back(html::picture("Chains", "", aligned(d, all, columns.subspan(5))));
  constexpr int most = 24;
  for (int i = 0; i < std::min(d.dimension, most); ++i) {
    const auto& name = d.names[static_cast<std::size_t>(i)];
    html::section both = html::picture(name, "", svg::trace_plot(d.of(i), {}, d.divergent));
    both.body += html::embedded(svg::rank_plot(d.of(i), {.height = 120}));
    page.sections.push_back(both);
  }
  if (d.dimension > most)
    page.sections.back().caption = "The first " + std::to_string(most) + " of " + std::to_string(d.dimension) + ".";

  io::write_atomically(s.o.out / "config.json", json::value(s.config).text());
  io::write_atomically(s.o.out / "environment.json", json::value(environment::here(s.o.threads).json()).text());
  io::write_atomically(s.o.out / "summary.csv", as_csv(d, all));
  inference::write(s.o.out / "draws.csv", d);
  inference::write(s.o.out / "draws.npz", d);
  io::write_atomically(s.o.out / "report.html", html::render(page));

  std::fputs(aligned(d, all, table).c_str(), stdout);
  for (const auto& [name, value] : facts) std::printf("%s %s\n", name.c_str(), value.c_str());
  for (const auto& doubt : page.failures) std::fprintf(stderr, "warning: %s\n", doubt.c_str());
  std::printf("report %s\n", (s.o.out / "report.html").string().c_str());
}

}  // namespace posteriors
