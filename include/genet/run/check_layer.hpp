#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "../random/distributions.hpp"
#include "model.hpp"

namespace genet {

/// How `check_gradients` probes a net.
struct gradient_check {
  long rows = 3;               ///< examples in the batch
  std::uint64_t seed = 1;      ///< of parameters, inputs, noise and the weights of the loss
  double step = 1e-5;          ///< of the central differences
  double tolerance = 1e-6;     ///< largest accepted relative error, norm-wise per tensor
  mode how = mode::training;
  double spread = 1;           ///< standard deviation of the inputs
};

/// What it found: the tensor whose gradient is furthest off, |numeric - analytic| / max(|numeric|, |analytic|).
struct gradient_report {
  double worst = 0;
  std::string where{};  ///< `input`, `output` (poison or not finite), or the name of a parameter
  bool passed = false;
  explicit operator bool() const { return passed; }
};

/// Compares all gradients of a net - of its parameters and its real inputs - with central differences in double. The
/// loss is a random linear plus a quadratic form of all outputs; drawn noise is the same in every evaluation, and
/// every pass starts from poisoned working memory, and between the passes all values are destroyed that no layer
/// declared to read, so that a read of memory that nobody wrote and a wrong `needs` show.
template <is_net Net>
gradient_report check_gradients(gradient_check o = {}) {
  using net_type = typename Net::net_type;
  constexpr const auto& program = program_of<Net>;
  model<Net, double> m{seed{o.seed}};
  const weights<double> w = std::as_const(m).view();
  session<Net, double, capability::full_gradient> run(o.rows);
  const rng::key noise{o.seed, stream::training, 7};

  auto normals = [&, draw = 0U](long n) mutable {
    std::vector<double> v(static_cast<std::size_t>(n));
    rng::normal(std::span<double>(v), rng::key{o.seed, stream::sampling + draw++, 0});
    return v;
  };
  for (const tensor_info& t : m.tensors())
    if (t.trained) {  // away from zeros and ones, where mistakes hide
      const auto shift = normals(t.s.size());
      for (long i = 0; i < t.s.size(); ++i)
        m.parameters()[static_cast<std::size_t>(t.offset + i)] += 0.3 * shift[static_cast<std::size_t>(i)];
    }

  std::vector<std::vector<double>> reals(max_edges);
  std::vector<std::vector<std::int32_t>> integers(max_edges);
  const void* sources[max_edges]{};
  for (int i = 0; i < program.in.n; ++i) {
    const edge& e = program.in[i];
    const auto k = static_cast<std::size_t>(i);
    const auto draws = normals(o.rows * e.s.size());
    if (e.kind == element::real) {
      reals[k] = draws;
      for (double& x : reals[k]) x *= o.spread;
      sources[i] = reals[k].data();
    } else {
      for (double x : draws)
        integers[k].push_back(static_cast<std::int32_t>(std::abs(x) * 1000) % std::max(e.limit, 1));
      sources[i] = integers[k].data();
    }
  }
  const std::span<const void* const> in(sources, static_cast<std::size_t>(program.in.n));

  std::vector<std::vector<double>> linear;
  for (int k = 0; k < net_type::outputs.n; ++k) linear.push_back(normals(o.rows * net_type::outputs[k].s.size()));
  double magnitude = 0;  // of the terms of the loss
  auto loss = [&] {
    run.poison(1e30);
    run.forward(w, in, o.rows, o.how, noise);
    double sum = 0;
    magnitude = 0;
    for (int k = 0; k < net_type::outputs.n; ++k) {
      const auto y = run.output(k);
      for (std::size_t i = 0; i < y.size(); ++i) {
        const double term = linear[static_cast<std::size_t>(k)][i] * y[i] + 0.1 * y[i] * y[i];
        sum += term;
        magnitude += std::abs(term);
      }
    }
    return sum;
  };

  loss();
  gradient_report report;
  if (!(magnitude < 1e20)) {  // poison, or not finite
    report.worst = std::numeric_limits<double>::infinity();
    report.where = "output";
    return report;
  }
  // What rounding alone makes of a difference: a gradient that is exactly zero, as that of a bias before a batch
  // norm, is no failure.
  const double rounding = 8 * std::numeric_limits<double>::epsilon() * magnitude / (2 * o.step);
  for (int k = 0; k < net_type::outputs.n; ++k) {
    const auto y = run.output(k);
    const auto dy = run.output_gradient(k);
    for (std::size_t i = 0; i < y.size(); ++i) dy[i] = linear[static_cast<std::size_t>(k)][i] + 0.2 * y[i];
  }
  // What the layers did not say they read is gone before the backward pass.
  const auto sources_before = reals;
  run.forget(1e30);
  for (int i = 0; i < program.in.n; ++i)
    if (!run.backward_reads(i)) std::ranges::fill(reals[static_cast<std::size_t>(i)], 1e30);
  std::vector<double> gradients(m.parameters().size(), 1e30);
  run.backward(w, gradients.data());
  for (std::size_t i = 0; i < reals.size(); ++i) std::ranges::copy(sources_before[i], reals[i].begin());
  std::vector<std::vector<double>> input_gradients(max_edges);
  for (int i = 0; i < program.in.n; ++i)
    if (program.in[i].kind == element::real) {
      const auto g = run.input_gradient(i);
      input_gradients[static_cast<std::size_t>(i)].assign(g.begin(), g.end());
    }

  auto compare = [&](std::string where, double* at, const double* analytic, long n) {
    double off = 0, numeric_norm = 0, analytic_norm = 0;
    for (long i = 0; i < n; ++i) {
      const double before = at[i];
      at[i] = before + o.step;
      const double up = loss();
      at[i] = before - o.step;
      const double down = loss();
      at[i] = before;
      const double numeric = (up - down) / (2 * o.step);
      off += (numeric - analytic[i]) * (numeric - analytic[i]);
      numeric_norm += numeric * numeric;
      analytic_norm += analytic[i] * analytic[i];
    }
    const double size = std::sqrt(std::max({numeric_norm, analytic_norm, 1e-12}));
    const double excess = std::sqrt(off) - rounding * std::sqrt(static_cast<double>(n));
    const double error = excess <= 0 ? 0 : excess / size;
    if (report.where.empty() || (!std::isnan(report.worst) && !(error <= report.worst)))
      report = {error, std::move(where), false};
  };
  for (const tensor_info& t : m.tensors())
    if (t.trained)
      compare(std::string(t.name), m.parameters().data() + t.offset, gradients.data() + t.offset, t.s.size());
  for (int i = 0; i < program.in.n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (program.in[i].kind == element::real)
      compare(program.in[i].name.empty() ? "input" : std::string(program.in[i].name), reals[k].data(),
              input_gradients[k].data(), static_cast<long>(reals[k].size()));
  }
  report.passed = report.worst <= o.tolerance;
  return report;
}

/// The same for one layer behind a source: `check_layer<my_layer, input<7>>()`. Checks any layer, built-in or a
/// user's.
template <class Layer, class Source>
gradient_report check_layer(gradient_check o = {}) {
  return check_gradients<net<Source, Layer>>(o);
}

}  // namespace genet
