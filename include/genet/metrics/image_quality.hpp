#pragma once
#include <algorithm>
#include <vector>

#include "frechet.hpp"
#include "kid.hpp"
#include "pca.hpp"
#include "prdc.hpp"

namespace genet::inline GENET_ISA::metrics {

/// How a sample compares with a reference.
struct quality {
  double frechet = 0;  // frechet_distance
  double kid = 0;
  double precision = 0, recall = 0, density = 0, coverage = 0;  // prdc
};

/// How it is measured.
struct quality_options {
  long neighbours = 3;  // of prdc
  long pairs = 2000;    // points, from the first on, of either sample that kid and prdc look at
};

/// Measures samples in a feature space against one reference, whose moments are computed once. The distance is that
/// of all points. Throws bad_input.
class feature_quality {
 public:
  feature_quality(const points& reference, quality_options o = {}, tensor::team& t = tensor::alone())
      : options_(o), dimension_(reference.dimension()), moments_(moments_of(reference, t)) {
    const points some = reference.first(o.pairs);
    some_.resize(static_cast<std::size_t>(some.count() * dimension_));
    some.copy(some_.data());
  }

  quality measure(const points& sample, tensor::team& t = tensor::alone()) const {
    const points reference(some_, dimension_), some = sample.first(options_.pairs);
    const prdc_scores s = prdc(some, reference, options_.neighbours, t);
    return {frechet_distance(moments_of(sample, t), moments_, t),
            metrics::kid(some, reference, t),
            s.precision,
            s.recall,
            s.density,
            s.coverage};
  }

 private:
  quality_options options_;
  long dimension_;
  moments moments_;
  std::vector<double> some_;
};

/// Measures images, or anything else, on their coordinates along the principal components of the training images:
/// deterministic, and without a trained net anybody can compute it again. Such features are linear: the distance and
/// kid see no more than moments, and the normal distribution with the moments of the data has nearly none. Headline
/// precision and coverage.
///
/// The fit takes seconds for 60 000 images of 784 pixels. The table of docs/reference/metrics.md has 10 000 samples
/// against the 10 000 test images of Fashion-MNIST, pixels from 0 to 1.
class image_quality {
 public:
  image_quality(const points& training, const points& test, long components = 64, quality_options o = {},
                tensor::team& t = tensor::alone())
      : features_(training, std::min(components, training.dimension()), t),
        against_({features_.project(test, t), features_.components()}, o, t) {}

  quality measure(const points& images, tensor::team& t = tensor::alone()) const {
    return against_.measure({features_.project(images, t), features_.components()}, t);
  }

  const pca& features() const { return features_; }

 private:
  pca features_;
  feature_quality against_;
};

}  // namespace genet::inline GENET_ISA::metrics
