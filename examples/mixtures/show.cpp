#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include <genet/io/csv_line.hpp>
#include <genet/report/environment.hpp>
#include <genet/report/html.hpp>
#include <genet/tensor/linear.hpp>

#include "mixtures.hpp"

namespace mixtures {

using namespace genet;

namespace {

std::string text(const char* form, auto... values) {
  std::array<char, 400> out{};
  std::snprintf(out.data(), out.size(), form, values...);
  return out.data();
}

/// Blank where nothing was measured.
std::string number(double v, int digits, int width) {
  return std::isnan(v) ? std::string(static_cast<std::size_t>(width), ' ') : text("%*.*f", width, digits, v);
}

std::string note(const candidate& c) {
  if (!c.failure.empty()) return c.failure;
  std::string out;
  const auto add = [&](const std::string& what) { out += (out.empty() ? "" : ", ") + what; };
  if (!c.report.converged) add("not converged");
  if (c.report.reseeded > 0) add(std::to_string(c.report.reseeded) + " began anew");
  if (c.report.collapsed) add("a component collapsed");
  return out;
}

std::string criteria_csv(const settings& s, const std::vector<candidate>& all) {
  std::string out = "model,covariance,components,parameters,log_likelihood,aic,bic,icl,held_out,held_out_error,"
                    "adjusted_rand,iterations,seconds,note\n";
  const auto cell = [](double v) { return std::isnan(v) ? std::string() : show_number::exact(v); };
  for (const auto& c : all)
    out += io::csv_line(std::vector<std::string>{s.model, c.covariance, std::to_string(c.components), std::to_string(c.parameters), cell(c.log_likelihood),
                 cell(c.aic), cell(c.bic), cell(c.icl), cell(c.held_out), cell(c.held_out_error), cell(c.adjusted_rand),
                 std::to_string(c.report.iterations), cell(c.seconds), note(c)});
  return out;
}

/// The criterion that chooses by size, a line for each form; of one form all criteria.
svg::drawing criteria_chart(const settings& s, const std::vector<candidate>& all) {
  std::vector<svg::series> lines;
  const auto add = [&](const std::string& name, const std::string& form, const auto& value) {
    svg::series l{name, {}, {}};
    for (const auto& c : all)
      if (c.covariance == form) l.x.push_back(static_cast<double>(c.components)), l.y.push_back(value(c));
    if (std::any_of(l.y.begin(), l.y.end(), [](double v) { return !std::isnan(v); })) lines.push_back(std::move(l));
  };
  const bool several = all.front().covariance != all.back().covariance;
  if (several || s.select == "held-out") {
    std::vector<std::string> forms;
    for (const auto& c : all)
      if (std::find(forms.begin(), forms.end(), c.covariance) == forms.end()) forms.push_back(c.covariance);
    for (const auto& form : forms)
      add(form.empty() ? s.model : form, form, [&](const candidate& c) { return criterion(s, c); });
  } else {
    const std::string& form = all.front().covariance;
    add("AIC", form, [](const candidate& c) { return c.aic; });
    add("BIC", form, [](const candidate& c) { return c.bic; });
    add("ICL", form, [](const candidate& c) { return c.icl; });
  }
  return svg::curves(lines, {.x_label = "components",
                             .y_label = several || s.select == "held-out"
                                            ? s.select + (s.select == "held-out" ? ": negative log-likelihood of a row" : "")
                                            : "smaller is better",
                             .width = 560,
                             .height = 320});
}

/// Where a plane cuts the space of the columns: a row's place is axes (row - origin).
struct plane {
  std::vector<double> origin, axes;  // (columns), (2, columns)
  std::string x, y;

  void place(const double* row, double* to) const {
    const auto d = static_cast<long>(origin.size());
    std::vector<double> off(origin.size());
    for (std::size_t j = 0; j < off.size(); ++j) off[j] = std::isnan(row[j]) ? 0 : row[j] - origin[j];
    for (long i = 0; i < 2; ++i) to[i] = tensor::dot(axes.data() + i * d, off.data(), d);
  }
};

/// The columns themselves if there are two, the first two principal components of some rows if there are more.
plane plane_of(const table& t, const std::vector<long>& some) {
  const auto d = static_cast<std::size_t>(t.dimension());
  plane p{std::vector<double>(d), std::vector<double>(2 * d), t.columns[0], t.columns[1]};
  if (t.reduced || d == 2) {
    p.axes[0] = p.axes[d + 1] = 1;
    return p;
  }
  std::vector<double> filled, known(d);
  for (const long i : some)
    for (std::size_t j = 0; j < d; ++j)
      if (const double v = t.values[static_cast<std::size_t>(i) * d + j]; !std::isnan(v)) p.origin[j] += v, ++known[j];
  for (std::size_t j = 0; j < d; ++j) p.origin[j] /= std::max(known[j], 1.);
  for (const long i : some)
    for (std::size_t j = 0; j < d; ++j) {
      const double v = t.values[static_cast<std::size_t>(i) * d + j];
      filled.push_back(std::isnan(v) ? p.origin[j] : v);
    }
  const metrics::pca two({filled, static_cast<long>(d)}, 2);
  p.axes.assign(two.axes().begin(), two.axes().end());
  const auto share = [&](std::size_t i) {
    return " principal component (" + show_number::fixed(100 * two.variances()[i] / two.total_variance(), 0) + " % of the variance)";
  };
  p.x = "first" + share(0);
  p.y = "second" + share(1);
  return p;
}

std::string percent(double v) { return show_number::fixed(100 * v, v < .095 ? 1 : 0) + " %"; }

/// Rows in the plane by what `classes` says of them; dotted, where two standard deviations of each component reach.
svg::drawing scatter(const table& t, const plane& p, const std::vector<long>& some, const std::vector<long>& classes,
                     std::vector<std::string> names, const fitted* outlined) {
  std::vector<double> xy;
  std::vector<std::int32_t> of;
  const auto d = static_cast<std::size_t>(t.dimension());
  for (const long i : some) {
    std::array<double, 2> at{};
    p.place(t.values.data() + static_cast<std::size_t>(i) * d, at.data());
    xy.insert(xy.end(), at.begin(), at.end());
    of.push_back(static_cast<std::int32_t>(classes[static_cast<std::size_t>(i)]));
  }
  const double point = std::clamp(90 / std::sqrt(static_cast<double>(some.size())), 2., 5.);
  const auto centres = outlined ? outlined->centres() : std::vector<double>();
  for (std::size_t k = 0; k * d < centres.size(); ++k) {
    const auto covariance = outlined->covariance(static_cast<long>(k));
    if (covariance.empty()) break;
    std::array<double, 4> c{};
    for (std::size_t a = 0; a < 2; ++a)
      for (std::size_t b = 0; b < 2; ++b)
        for (std::size_t i = 0; i < d; ++i)
          c[2 * a + b] += p.axes[a * d + i] * tensor::dot(covariance.data() + i * d, p.axes.data() + b * d, static_cast<long>(d));
    if (!tensor::cholesky(2, c.data())) continue;
    std::array<double, 2> at{};
    p.place(centres.data() + k * d, at.data());
    constexpr int dots = 150;
    for (int i = 0; i < dots; ++i) {
      const double angle = 2 * std::numbers::pi * i / dots, u = 2 * std::cos(angle), v = 2 * std::sin(angle);
      xy.insert(xy.end(), {at[0] + c[0] * u, at[1] + c[2] * u + c[3] * v});
      of.push_back(static_cast<std::int32_t>(k));
    }
  }
  return svg::scatter(std::span<const double>(xy), of,
                      {.x_label = p.x, .y_label = p.y, .names = std::move(names), .point = point, .width = 560, .height = 460});
}

/// Rows evenly spread over the data.
std::vector<long> spread(long count, long most) {
  std::vector<long> out;
  for (long i = 0; i < std::min(count, most); ++i) out.push_back(i * count / std::min(count, most));
  return out;
}

void add_clusters(html::page& page, const settings& s, const table& t, const candidate& best, const std::vector<long>& of) {
  const auto some = spread(t.rows().count(), 3000);
  const auto weights = best.model->weights();
  std::vector<long> classes = of;
  std::vector<std::string> names;
  for (std::size_t k = 0; k < weights.size(); ++k) names.push_back(std::to_string(k + 1) + ": " + percent(weights[k]));
  double rest = 1;
  for (const double w : weights) rest -= w;
  names.push_back("noise: " + percent(std::max(rest, 0.)));
  for (long& c : classes)
    if (c < 0) c = static_cast<long>(weights.size());
  const std::string caption =
      (t.rows().count() > 3000 ? "3000 of the rows. " : "") +
      std::string(s.model == "gaussian" ? "Dots surround two standard deviations of each component." : "");
  if (t.dimension() < 2) return;
  const plane p = plane_of(t, some);
  if (!classes.empty())
    page.sections.push_back(html::picture("Rows by their likeliest component", caption,
                                          scatter(t, p, some, classes, names, s.model == "gaussian" ? best.model.get() : nullptr)));
  if (t.groups.empty()) return;
  std::string agreement = "No model has seen these.";
  if (!std::isnan(best.adjusted_rand))
    agreement += " Adjusted Rand index of the components: " + show_number::fixed(best.adjusted_rand, 3) + ".";
  page.sections.push_back(html::picture("Rows by their known group", agreement,
                                        scatter(t, p, some, {t.groups.begin(), t.groups.end()}, t.group_names, nullptr)));
}

/// Means of components as numbers, a line for each column, with standard deviations where there are any.
std::string centres_text(const table& t, const fitted& m) {
  const auto centres = m.centres(), weights = m.weights();
  const auto d = static_cast<std::size_t>(t.dimension()), shown = std::min<std::size_t>(d, 40), count = centres.size() / d;
  std::string out = text("%-14s", "");
  for (std::size_t k = 0; k < count; ++k)
    out += text("%15s", (!weights.empty() ? std::to_string(k + 1) + ": " + percent(weights[k])
                         : k == 0         ? std::string("mean")
                                          : "factor " + std::to_string(k) + " at 2").c_str());
  std::vector<std::vector<double>> covariances;
  for (std::size_t k = 0; k < count; ++k) covariances.push_back(m.covariance(static_cast<long>(k)));
  for (std::size_t j = 0; j < shown; ++j) {
    out += text("\n%-14.14s", t.columns[j].c_str());
    for (std::size_t k = 0; k < count; ++k)
      out += text("%8.4g", centres[k * d + j]) +
             (covariances[k].empty() ? text("%7s", "") : text(" ± %-4.2g", std::sqrt(covariances[k][j * d + j])));
  }
  return out + (shown < d ? "\n(the first " + std::to_string(shown) + " of " + std::to_string(d) + " columns)" : "");
}

/// What is narrow enough for a page; the rest is in criteria.csv.
std::string short_table(const settings& s, const std::vector<candidate>& all, std::size_t chosen) {
  std::string out = text("  %-11s %3s %7s %14s %12s %6s", s.model == "gaussian" ? "covariance" : "model", "K", "params",
                         "log-likelihood", s.select.c_str(), std::isnan(all[chosen].adjusted_rand) ? "" : "rand");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& c = all[i];
    const double value = criterion(s, c);
    out += text("\n%c %-11s %3ld %7ld ", i == chosen ? '*' : ' ', c.covariance.empty() ? s.model.c_str() : c.covariance.c_str(),
                c.components, c.parameters) +
           number(c.log_likelihood, 1, 14) + number(s.select == "held-out" ? -value : value, s.select == "held-out" ? 4 : 1, 13) +
           number(c.adjusted_rand, 3, 7);
  }
  return out;
}

void add_samples(html::page& page, const settings& s, const table& t, const fitted& m) {
  if (t.picture.rank > 0) {
    const auto drawn = t.pictures(m.sample(60, s.o.seed));
    const int scale = t.picture[1] < 20 ? 6 : 2;
    const image sheet = grid(5, 12, std::span<const double>(drawn), t.picture, {.scale = scale});
    png::write(s.o.out / "samples.png", sheet);
    page.sections.push_back(html::picture("Samples", "", sheet));
    return;
  }
  const auto drawn = m.sample(1000, s.o.seed);
  std::string out = io::csv_line(t.columns);
  for (std::size_t i = 0; i < drawn.size(); i += t.columns.size()) {
    std::vector<std::string> cells;
    for (std::size_t j = 0; j < t.columns.size(); ++j) cells.push_back(show_number::exact(drawn[i + j]));
    out += io::csv_line(cells);
  }
  io::write_atomically(s.o.out / "samples.csv", out);
}

std::string assignments_csv(const std::vector<long>& of, const std::vector<double>& p, std::size_t k) {
  std::string out = "row,component,probability\n";
  for (std::size_t i = 0; i < of.size(); ++i) {
    double sure = 1;
    if (of[i] >= 0) sure = p[i * k + static_cast<std::size_t>(of[i])];
    else
      for (std::size_t c = 0; c < k; ++c) sure -= p[i * k + c];
    out += io::csv_line(std::vector<std::string>{std::to_string(i), of[i] < 0 ? "noise" : std::to_string(of[i] + 1), show_number::general(sure, 6)});
  }
  return out;
}

}  // namespace

std::string heading(const settings& s) {
  std::string out = text("%-10s %4s %7s %15s %14s %14s", s.model == "gaussian" ? "covariance" : "model", "K", "params",
                         "log-likelihood", "AIC", "BIC");
  if (s.model != "factor" && s.model != "principal") out += text(" %14s", "ICL");
  if (s.select == "held-out") out += text(" %18s", "held out, a row");
  return out + "   rand  iter       s";
}

std::string line(const settings& s, const candidate& c) {
  std::string out = text("%-10s %4ld %7ld ", c.covariance.empty() ? s.model.c_str() : c.covariance.c_str(), c.components,
                         c.parameters) +
                    number(c.log_likelihood, 3, 15) + number(c.aic, 2, 15) + number(c.bic, 2, 15);
  if (s.model != "factor" && s.model != "principal") out += number(c.icl, 2, 15);
  if (s.select == "held-out") out += number(c.held_out, 4, 11) + (std::isnan(c.held_out) ? "" : text(" ± %.3f", c.held_out_error));
  out += number(c.adjusted_rand, 3, 7) + text(" %5ld %7.2f", c.report.iterations, c.seconds);
  const auto said = note(c);
  return said.empty() ? out : out + "  " + said;
}

void show(const settings& s, const table& t, const std::vector<candidate>& all, std::size_t chosen, tensor::team& team) {
  const candidate& best = all[chosen];
  const std::string name = (best.covariance.empty() ? s.model : best.covariance) + ", " + std::to_string(best.components) +
                           (best.model->weights().empty() ? " factors" : " components");
  const auto of = assignments(*best.model, t.rows(), team);

  html::page page;
  page.title = t.name + ": " + name;
  page.subtitle = std::to_string(t.rows().count()) + " rows of " + std::to_string(t.dimension()) + " columns" +
                  (t.reduced ? ", principal components of images" : "") + "; chosen by " + s.select;
  page.now = html::page::state::done;
  double seconds = 0;
  for (const auto& c : all) seconds += c.seconds;
  page.status = std::to_string(all.size()) + (all.size() == 1 ? " model in " : " models in ") + show_number::duration(seconds);
  page.facts = {{"Log-likelihood", show_number::fixed(best.log_likelihood, 3)},
                {"a row", show_number::fixed(best.log_likelihood / static_cast<double>(t.rows().count()), 4) + " nats"},
                {"Free parameters", std::to_string(best.parameters)},
                {"AIC", show_number::fixed(best.aic, 2)},
                {"BIC", show_number::fixed(best.bic, 2)},
                {"Iterations", std::to_string(best.report.iterations)},
                {"Seed", std::to_string(s.o.seed)}};
  if (!std::isnan(best.held_out))
    page.facts.emplace_back("Held out, a row", show_number::fixed(best.held_out, 4) + " ± " +
                                                   show_number::fixed(best.held_out_error, 4));
  page.sections.push_back(html::picture("Criterion by size", "Chosen: " + name + ".", criteria_chart(s, all)));
  page.sections.push_back(html::picture("All models",
                                        std::string(std::isnan(best.adjusted_rand) ? "" : "Rand: agreement with the known groups. ") +
                                            "All criteria are in criteria.csv.",
                                        short_table(s, all, chosen)));
  add_clusters(page, s, t, best, of);
  if (t.picture.rank > 0) {
    const auto centres = t.pictures(best.model->centres());
    const int count = static_cast<int>(centres.size() / static_cast<std::size_t>(t.picture.size()));
    page.sections.push_back(html::picture(
        best.model->weights().empty() ? "Mean, and the mean with each factor at 2" : "Means of the components", "",
        grid((count + 9) / 10, std::min(count, 10), std::span<const double>(centres), t.picture,
             {.scale = t.picture[1] < 20 ? 6 : 2})));
  } else {
    page.sections.push_back(
        html::picture(best.model->weights().empty() ? "Factors" : "Components", "", centres_text(t, *best.model)));
  }
  add_samples(page, s, t, *best.model);
  if (best.report.log_likelihood.size() > 1) {
    svg::series path{"log-likelihood", {}, {}};
    for (std::size_t i = 0; i < best.report.log_likelihood.size(); ++i) {
      path.x.push_back(static_cast<double>(i));
      path.y.push_back(best.report.log_likelihood[i]);
    }
    const bool with_prior = s.model == "bernoulli" || s.model == "categorical";
    page.sections.push_back(html::picture("Convergence of the chosen model", with_prior ? "With the prior." : "",
                                          svg::curves(std::span(&path, 1), {.x_label = "iteration", .y_label = "nats"})));
  }

  best.model->save(s.o.out / "model.safetensors");
  io::write_atomically(s.o.out / "criteria.csv", criteria_csv(s, all));
  if (!of.empty())
    io::write_atomically(s.o.out / "assignments.csv",
          assignments_csv(of, best.model->posterior(t.rows(), team), best.model->weights().size()));
  io::write_atomically(s.o.out / "config.json", json::value(s.config).text());
  io::write_atomically(s.o.out / "environment.json", json::value(environment::here(s.o.threads).json()).text());
  io::write_atomically(s.o.out / "report.html", html::render(page));
  std::printf("chosen by %s: %s\nreport %s\n", s.select.c_str(), name.c_str(), (s.o.out / "report.html").string().c_str());
}

}  // namespace mixtures
