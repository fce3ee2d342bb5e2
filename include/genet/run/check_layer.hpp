#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../random/distributions.hpp"
#include "model.hpp"

namespace genet::inline GENET_ISA {

/// How `check_gradients` probes a net.
struct gradient_check {
  long rows = 3;            ///< examples in the batch
  std::uint64_t seed = 1;   ///< of parameters, inputs, noise and the weights of the loss
  double step = 1e-5;       ///< of the central differences
  double tolerance = 1e-6;  ///< largest accepted relative error, norm-wise per tensor
  mode how = mode::training;
  double spread = 1;  ///< standard deviation of the inputs
};

/// What it found: the tensor whose gradient is furthest off, |numeric - analytic| / max(|numeric|, |analytic|).
struct gradient_report {
  double worst = 0;
  std::string where{};  ///< `input`, `output` (poison or not finite), or the name of a parameter
  bool passed = false;
  explicit operator bool() const { return passed; }
};

/// A net under check without its type, so that the check itself is compiled once.
class gradient_probe {
 public:
  virtual ~gradient_probe() = default;
  virtual const bundle& source() const = 0;
  virtual const bundle& outputs() const = 0;
  virtual const std::vector<tensor_info>& tensors() const = 0;
  virtual std::span<double> parameters() = 0;
  virtual bool backward_reads(int source) const = 0;
  virtual void poison(double with) = 0;
  virtual void forward(std::span<const void* const> sources) = 0;
  virtual std::span<const double> output(int i) const = 0;
  virtual std::span<double> output_gradient(int i) = 0;
  virtual void forget(double with) = 0;
  virtual void backward(double* gradients) = 0;
  virtual std::span<const double> input_gradient(int i) const = 0;
};

template <is_net Net>
class probe_of final : public gradient_probe {
 public:
  explicit probe_of(const gradient_check& o) : o_(o), model_(seed{o.seed}), run_(o.rows) {}

  const bundle& source() const override { return net_type::source; }
  const bundle& outputs() const override { return net_type::outputs; }
  const std::vector<tensor_info>& tensors() const override { return model_.tensors(); }
  std::span<double> parameters() override { return model_.parameters(); }
  bool backward_reads(int source) const override { return run_.backward_reads(source); }
  void poison(double with) override { run_.poison(with); }
  void forward(std::span<const void* const> sources) override {
    run_.forward(std::as_const(model_).view(), sources, o_.rows, o_.how, {o_.seed, stream::training, 7});
  }
  std::span<const double> output(int i) const override { return run_.output(i); }
  std::span<double> output_gradient(int i) override { return run_.output_gradient(i); }
  void forget(double with) override { run_.forget(with); }
  void backward(double* gradients) override { run_.backward(std::as_const(model_).view(), gradients); }
  std::span<const double> input_gradient(int i) const override { return run_.input_gradient(i); }

 private:
  using net_type = typename Net::net_type;
  gradient_check o_;
  model<Net, double> model_;
  session<Net, double, capability::full_gradient> run_;
};

/// Compares all gradients of a net - of its parameters and its real inputs - with central differences in double. The
/// loss is a random linear plus a quadratic form of all outputs; drawn noise is the same in every evaluation, and
/// every pass starts from poisoned working memory, and between the passes all values are destroyed that no layer
/// declared to read, so that a read of memory that nobody wrote and a wrong `needs` show.
inline gradient_report check_gradients(gradient_probe& net, const gradient_check& o) {
  const bundle &source = net.source(), &outputs = net.outputs();

  auto normals = [&, draw = 0U](long n) mutable {
    std::vector<double> v(static_cast<std::size_t>(n));
    rng::normal(std::span<double>(v), rng::key{o.seed, stream::sampling + draw++, 0});
    return v;
  };
  for (const tensor_info& t : net.tensors())
    if (t.trained) {  // away from zeros and ones, where mistakes hide
      const auto shift = normals(t.s.size());
      for (long i = 0; i < t.s.size(); ++i)
        net.parameters()[static_cast<std::size_t>(t.place<double>(i))] += 0.3 * shift[static_cast<std::size_t>(i)];
    }

  std::vector<std::vector<double>> reals(max_edges);
  std::vector<std::vector<std::int32_t>> integers(max_edges);
  const void* sources[max_edges]{};
  for (int i = 0; i < source.n; ++i) {
    const edge& e = source[i];
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
  const std::span<const void* const> in(sources, static_cast<std::size_t>(source.n));

  std::vector<std::vector<double>> linear;
  for (int k = 0; k < outputs.n; ++k) linear.push_back(normals(o.rows * outputs[k].s.size()));
  double magnitude = 0;  // of the terms of the loss
  auto loss = [&] {
    net.poison(1e30);
    net.forward(in);
    double sum = 0;
    magnitude = 0;
    for (int k = 0; k < outputs.n; ++k) {
      const auto y = net.output(k);
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
  for (int k = 0; k < outputs.n; ++k) {
    const auto y = net.output(k);
    const auto dy = net.output_gradient(k);
    for (std::size_t i = 0; i < y.size(); ++i) dy[i] = linear[static_cast<std::size_t>(k)][i] + 0.2 * y[i];
  }
  // What the layers did not say they read is gone before the backward pass.
  const auto sources_before = reals;
  net.forget(1e30);
  for (int i = 0; i < source.n; ++i)
    if (!net.backward_reads(i)) std::ranges::fill(reals[static_cast<std::size_t>(i)], 1e30);
  std::vector<double> gradients(net.parameters().size(), 1e30);
  net.backward(gradients.data());
  for (std::size_t i = 0; i < reals.size(); ++i) std::ranges::copy(sources_before[i], reals[i].begin());
  std::vector<std::vector<double>> input_gradients(max_edges);
  for (int i = 0; i < source.n; ++i)
    if (source[i].kind == element::real) {
      const auto g = net.input_gradient(i);
      input_gradients[static_cast<std::size_t>(i)].assign(g.begin(), g.end());
    }

  // `place(i)`: where element i of n lies among the values and among their gradients.
  auto compare = [&](std::string where, double* values, const double* analytic, long n, auto place) {
    double off = 0, numeric_norm = 0, analytic_norm = 0;
    for (long i = 0; i < n; ++i) {
      double& at = values[place(i)];
      const double before = at, claimed = analytic[place(i)];
      at = before + o.step;
      const double up = loss();
      at = before - o.step;
      const double down = loss();
      at = before;
      const double numeric = (up - down) / (2 * o.step);
      off += (numeric - claimed) * (numeric - claimed);
      numeric_norm += numeric * numeric;
      analytic_norm += claimed * claimed;
    }
    const double size = std::sqrt(std::max({numeric_norm, analytic_norm, 1e-12}));
    const double excess = std::sqrt(off) - rounding * std::sqrt(static_cast<double>(n));
    const double error = excess <= 0 ? 0 : excess / size;
    if (report.where.empty() || (!std::isnan(report.worst) && !(error <= report.worst)))
      report = {error, std::move(where), false};
  };
  for (const tensor_info& t : net.tensors())
    if (t.trained)
      compare(std::string(t.name), net.parameters().data(), gradients.data(), t.s.size(),
              [&](long at) { return t.place<double>(at); });
  for (int i = 0; i < source.n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (source[i].kind == element::real)
      compare(source[i].name.empty() ? "input" : std::string(source[i].name), reals[k].data(),
              input_gradients[k].data(), static_cast<long>(reals[k].size()), [](long at) { return at; });
  }
  report.passed = report.worst <= o.tolerance;
  return report;
}

template <is_net Net>
gradient_report check_gradients(const gradient_check& o = {}) {
  probe_of<Net> net(o);
  return check_gradients(net, o);
}

/// The same for one layer behind a source: `check_layer<my_layer, input<7>>()`. Checks any layer, built-in or a
/// user's.
template <class Layer, class Source>
gradient_report check_layer(const gradient_check& o = {}) {
  return check_gradients<net<Source, Layer>>(o);
}

}  // namespace genet
