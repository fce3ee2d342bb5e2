#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "latent_posterior.hpp"

namespace genet::inline GENET_ISA {

/// What `impute` keeps beside the means.
struct completions {
  long draws = 0;      ///< of each example
  bool noise = false;  ///< drawn from p(x|z); otherwise its mean for a drawn z, a picture to show
};

/// Examples without holes; what was observed is as it was.
template <class T>
struct completed {
  samples<T> means;  ///< posterior means, (count, input)
  samples<T> draws;  ///< (count * draws, input), those of an example side by side
};

/// Completes examples by a trained vae: NaN is missing. Codes are drawn from p(z | what is observed) as
/// posterior_codes does; the mean of p(x|z) over all of them is the posterior mean of what is missing, and each alone
/// a completion. Draws are of the chains in turn, of their last iterations.
///
/// Throws what posterior_codes throws, usage_error for more draws than there are.
template <is_net Encoder, is_net Decoder, class Likelihood, class T>
completed<T> impute(const model<vae<Encoder, Decoder, Likelihood>, T>& m, const data::examples& x,
                    const latent_chains& o = {}, const completions& keep = {}, tensor::team& team = tensor::alone()) {
  constexpr shape s = vae<Encoder, Decoder, Likelihood>::input_shape;
  constexpr long features = s.size();
  latent::check("impute", o, o.iterations);
  if (keep.draws < 0 || keep.draws > o.chains * o.iterations)
    errors::raise<usage_error>({"impute: found ", keep.draws, " draws, expected 0 to ", o.chains * o.iterations,
                                ", as chains and iterations give"});
  completed<T> done{{s, x.count, {}}, {s, x.count * keep.draws, {}}};
  done.means.values.resize(static_cast<std::size_t>(x.count * features));
  done.draws.values.resize(static_cast<std::size_t>(x.count * keep.draws * features));
  latent::in_blocks("impute", m, x, o.chains, o.variance, team, [&](auto& block, long first) {
    latent::lockstep all = latent::begun("impute", block, first, o);
    std::vector<T> pictures(all.rows() * static_cast<std::size_t>(features));
    std::vector<double> sums(pictures.size() / static_cast<std::size_t>(o.chains));
    const long count = static_cast<long>(all.rows()) / o.chains;
    const auto copy = [&](const T* from, long example, std::vector<T>& values, long to) {
      const auto given = x.row(first + example);
      for (std::size_t j = 0; j < given.size(); ++j)
        values[static_cast<std::size_t>(to * features) + j] = std::isnan(given[j]) ? from[j] : static_cast<T>(given[j]);
    };
    latent::walk(all, o, [&](long iteration) {
      block.means(all.z.data(), pictures.data());
      auto from = pictures.begin();
      for (long i = 0; i < count; ++i)
        for (long c = 0; c < o.chains; ++c)
          for (auto to = sums.begin() + i * features; to != sums.begin() + (i + 1) * features;)
            *to++ += static_cast<double>(*from++);
      const long before = (o.iterations - 1 - iteration) * o.chains;  // draws of later iterations
      if (before >= keep.draws) return;
      if (keep.noise)
        block.sample(
            all.z.data(),
            {o.seed, latent::stream_of(latent::posterior, latent::noise), static_cast<std::uint64_t>(iteration)},
            pictures.data());
      for (long i = 0; i < count; ++i)
        for (long c = 0; c < o.chains && before + c < keep.draws; ++c)
          copy(pictures.data() + (i * o.chains + c) * features, i, done.draws.values,
               (first + i) * keep.draws + before + c);
    });
    std::vector<T> mean(static_cast<std::size_t>(features));
    for (long i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < mean.size(); ++j)
        mean[j] = static_cast<T>(sums[static_cast<std::size_t>(i * features) + j] /
                                 static_cast<double>(o.chains * o.iterations));
      copy(mean.data(), i, done.means.values, first + i);
    }
  });
  return done;
}

}  // namespace genet
