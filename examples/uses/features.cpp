// What a VAE knows of classes that nobody told it: a linear classifier on the means of its codes, and on the layer in
// front of them, against the same classifier on principal components and on all pixels; from few labels and from many.
#include <algorithm>
#include <cmath>
#include <ranges>
#include <span>
#include <utility>

#include <genet/metrics/pca.hpp>
#include <genet/report/svg.hpp>
#include <genet/run/in_batches.hpp>
#include <genet/train/callbacks.hpp>

#include "clothes.hpp"

namespace uses {

using namespace genet;

namespace {

constexpr long code = clothes::latent_shape.size(), pixels = clothes::input_shape.size();

/// The encoder up to its heads.
struct hidden : net<input<1, 28, 28>, flatten, dense<400>, relu> {};

struct on_codes : net<input<code>, dense<10>> {};
struct on_hidden : net<input<hidden::output_shape.size()>, dense<10>> {};
struct on_pixels : net<input<pixels>, dense<10>> {};

/// Examples with other numbers than pixels for the same labels.
data::examples described_by(const data::examples& labelled, std::vector<float> x) {
  return {.count = labelled.count,
          .features = static_cast<long>(x.size()) / labelled.count,
          .x = std::move(x),
          .labels = labelled.labels,
          .length = 0};
}

/// What one classifier is trained and tested on.
struct view {
  std::string name, short_name;
  data::examples train{}, test{};
};

/// Each feature with mean 0 and deviation 1 over the training examples.
void standardise(view& v) {
  const auto n = static_cast<std::size_t>(v.train.features);
  std::vector<double> sum(n), squares(n);
  for (std::size_t i = 0; i < v.train.x.size(); ++i) {
    sum[i % n] += v.train.x[i];
    squares[i % n] += static_cast<double>(v.train.x[i]) * v.train.x[i];
  }
  const double count = static_cast<double>(v.train.count);
  for (std::vector<float>* x : {&v.train.x, &v.test.x})
    for (std::size_t i = 0; i < x->size(); ++i) {
      const double mean = sum[i % n] / count, variance = squares[i % n] / count - mean * mean;
      (*x)[i] = static_cast<float>(((*x)[i] - mean) / std::sqrt(std::max(variance, 1e-12)));
    }
}

view hidden_layer(const model<clothes>& m, const data::examples& train, const data::examples& test,
                  tensor::team& team) {
  model<hidden> h{seed{0}};
  for (const char* name : {"1.weight", "1.bias"}) h.set(name, m.get(std::string("encoder.") + name));
  const auto layer_of = [&](const data::examples& e) {
    std::vector<float> x;
    in_batches<hidden, float>(std::as_const(h).view(), e.x.data(), nullptr, e.count, [&](auto& run) {
      x.insert(x.end(), run.output().begin(), run.output().end());
    }, 128, team);
    return described_by(e, std::move(x));
  };
  return {"hidden layer", "hidden", layer_of(train), layer_of(test)};
}

view principal_components(const data::examples& train, const data::examples& test, tensor::team& team) {
  const metrics::pca axes({train.x, pixels}, code, team);
  const auto along = [&](const data::examples& e) {
    const auto x = axes.project({e.x, pixels}, team);
    return described_by(e, {x.begin(), x.end()});
  };
  return {"principal components", "pca", along(train), along(test)};
}

/// Share of the test examples that a linear classifier finds the class of, which was trained on the first `count`
/// training examples. NaN if it was interrupted.
template <class Net>
double probe(const view& v, long count, const program::common& o) {
  constexpr long least_steps = 2000, least_epochs = 5;
  const data::examples some = data::first(v.train, count);
  const long batches = (some.count + o.batch - 1) / o.batch;
  model<Net> m{seed{o.seed}};
  trainer fit{m, cross_entropy{}, adam{.learning_rate = 2e-3}, cosine{},
              training_options{.seed = o.seed, .threads = o.threads}};
  fit.add(lambda{.on_batch_end = [](training& t) {
    if (program::interrupted()) t.stop("a signal");
  }});
  fit.run(some, epochs{std::max(least_epochs, (least_steps + batches - 1) / batches)}, batch{o.batch});
  return program::interrupted() ? std::nan("") : fit.evaluate(v.test, "", batch{o.batch}).terms.front().value;
}

}  // namespace

void features(const settings& s) {
  const program::common& o = s.o;
  bench b(s, {"Features", clothes_declaration, "negative ELBO, nats per image"});
  model<clothes> m{seed{o.seed}};
  if (!train(b, m)) return;

  tensor::team team{o.threads};
  const data::examples &known = b.train(), &asked = b.test();
  std::vector<view> views{
      {"codes", "codes", described_by(known, m.encode(known.x).mean.values),
       described_by(asked, m.encode(asked.x).mean.values)},
      hidden_layer(m, known, asked, team),
      principal_components(known, asked, team),
      {"pixels", "pixels", known, asked}};
  // Codes are in units of the prior; numbers that the encoder leaves unused would be noise made large.
  for (view& v : views | std::views::drop(1)) standardise(v);

  std::vector<long> counts;
  for (const long n : {100L, 1000L, 10'000L})
    if (n < known.count) counts.push_back(n);
  counts.push_back(known.count);
  table found{24, 9};
  std::vector<std::string> titles;
  for (const long n : counts) titles.push_back(std::to_string(n));
  found.add("labels", titles);
  std::vector<svg::series> lines;
  for (const view& v : views) {
    std::vector<std::string> cells;
    svg::series line{v.name, {}, {}};
    for (const long n : counts) {
      const double right = v.train.features == code     ? probe<on_codes>(v, n, o)
                           : v.train.features == pixels ? probe<on_pixels>(v, n, o)
                                                        : probe<on_hidden>(v, n, o);
      if (program::interrupted()) return;
      cells.push_back(number(right));
      line.x.push_back(std::log10(static_cast<double>(n)));
      line.y.push_back(right);
      std::printf("accuracy %s %ld %.4f\n", v.short_name.c_str(), n, right);
    }
    found.add(v.name + ", " + std::to_string(v.train.features), cells);
    b.page().fact("Accuracy on " + v.name, cells.back());
    lines.push_back(std::move(line));
  }

  const data::examples shown = data::first(views.front().test, 3000);
  const metrics::pca axes({views.front().train.x, code}, 2, team);
  const auto map = axes.project({shown.x, code}, team);
  b.page()
      .picture("Linear classifiers",
               "Share of the test images whose class they find, by the number of labels that they were trained on.",
               found.text)
      .picture("Labels and accuracy", "",
               svg::curves(lines, {.x_label = "labels, decimal logarithm", .y_label = "accuracy", .width = 440}))
      .picture("Codes", "Of 3000 test images, along their two principal components.",
               svg::scatter(std::span<const double>(map), std::span(shown.labels), {.names = b.class_names()}));
  b.finish();
}

}  // namespace uses
