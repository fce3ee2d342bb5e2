#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "../tensor/linear.hpp"
#include "moments.hpp"

namespace genet::inline GENET_ISA::metrics {

/// Principal components: the directions in which a sample varies most. Of each direction the largest number (the
/// first of equals) is positive. Pearson 1901; scikit-learn: PCA.
class pca {
 public:
  /// The first `components` of them. Throws usage_error unless 1 <= components <= the dimension, bad_input.
  pca(const points& x, long components, tensor::team& t = tensor::alone()) : pca(moments_of(x, t), components) {}
  pca(moments m, long components) : dimension_(m.dimension), components_(components), mean_(std::move(m.mean)) {
    if (components < 1 || components > dimension_)
      errors::raise<usage_error>(
          {"pca: found ", components, " components, expected 1 to ", dimension_, ", the dimension"});
    const long d = dimension_;
    std::vector<double> values(static_cast<std::size_t>(d)), vectors(m.covariance.size());
    tensor::symmetric_eigen(d, m.covariance.data(), values.data(), vectors.data());
    for (double& v : values) {
      v = std::max(v, 0.);  // below zero by rounding only
      total_ += v;
    }
    variances_.assign(values.begin(), values.begin() + components);
    axes_.assign(vectors.begin(), vectors.begin() + components * d);
    for (long k = 0; k < components; ++k) {
      const auto axis = std::span(axes_).subspan(static_cast<std::size_t>(k * d), static_cast<std::size_t>(d));
      double largest = 0;
      for (const double v : axis)
        if (std::abs(v) > std::abs(largest) * (1 + 1e-9)) largest = v;
      if (largest < 0)
        for (double& v : axis) v = -v;
    }
    panels_ = tensor::block<double>(tensor::pack_size<double>(d, components));
    tensor::pack(axes_.data(), d, components, 1, d, panels_.data());
  }

  long dimension() const { return dimension_; }
  long components() const { return components_; }
  std::span<const double> mean() const { return mean_; }
  std::span<const double> axes() const { return axes_; }            // components x dimension, orthonormal rows
  std::span<const double> variances() const { return variances_; }  // along the axes, largest first
  double total_variance() const { return total_; }                  // of all directions
  /// Mean variance of the directions that were left out: sigma^2 of probabilistic PCA (Tipping, Bishop 1999), up to
  /// the division by count - 1 instead of count.
  double noise_variance() const {
    double kept = 0;
    for (const double v : variances_) kept += v;
    return dimension_ == components_ ? 0.
                                     : std::max(total_ - kept, 0.) / static_cast<double>(dimension_ - components_);
  }

  /// Coordinates of points along the axes: (count, components). Throws bad_input.
  std::vector<double> project(const points& x, tensor::team& t = tensor::alone()) const {
    expect("project", x, dimension_);
    return by_blocks(x, components_, t, [&](const points& some, double* work, double* to) {
      some.copy(work, mean_.data());
      tensor::matmul<double>(some.count(), components_, dimension_, work, dimension_, 1, panels_.data(), to,
                             components_);
    });
  }

  /// The way back: (count, components) to (count, dimension). Throws bad_input.
  std::vector<double> restore(const points& coordinates, tensor::team& t = tensor::alone()) const {
    expect("restore", coordinates, components_);
    tensor::block<double> panels(tensor::pack_size<double>(components_, dimension_));
    tensor::pack(axes_.data(), components_, dimension_, dimension_, 1, panels.data(), t);
    return by_blocks(coordinates, dimension_, t, [&](const points& some, double* work, double* to) {
      some.copy(work);
      tensor::matmul<double>(some.count(), dimension_, components_, work, components_, 1, panels.data(), to,
                             dimension_, false, {.bias = mean_.data()});
    });
  }

 private:
  static void expect(std::string_view what, const points& x, long dimension) {
    if (x.dimension() != dimension)
      errors::raise<bad_input>(
          {"pca: ", what, ": found points of ", x.dimension(), " dimensions, expected ", dimension});
    detail::check("pca", what, x, 0);
  }

  // f(some points, room for them in double, results) for all points, a few hundred at a time.
  template <class F>
  static std::vector<double> by_blocks(const points& x, long results, tensor::team& t, const F& f) {
    constexpr long block_rows = 256;
    std::vector<double> out(static_cast<std::size_t>(x.count() * results));
    const int threads = t.size();
    const long work = block_rows * x.dimension();
    tensor::block<double> room(threads * work);
    t.run(threads, [&](int part) {
      const long last = x.count() * (part + 1) / threads;
      for (long first = x.count() * part / threads; first < last; first += block_rows)
        f(x.part(first, std::min(block_rows, last - first)), room.data() + part * work, out.data() + first * results);
    });
    return out;
  }

  long dimension_, components_;
  std::vector<double> mean_, axes_, variances_;
  double total_ = 0;
  tensor::block<double> panels_;  // the axes, as the right operand of a projection
};

}  // namespace genet::inline GENET_ISA::metrics
