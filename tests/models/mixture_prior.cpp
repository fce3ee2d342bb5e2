#include <genet/models/mixture_prior.hpp>

#include <cmath>
#include <vector>

#include "../train/small_nets.hpp"
#include "linear_vae.hpp"

using namespace genet;
using namespace linear_vae;

namespace {

/// Two clouds of points that a linear decoder with little noise could have made.
template <class Model>
data::examples two_clouds(const Model& m, long n) {
  const auto w = m.get("decoder.0.weight"), b = m.get("decoder.0.bias");
  data::examples x{n, d, {}, {}};
  const auto noise = numbers(n * static_cast<long>(d + q), 3);
  for (long i = 0; i < n; ++i) {
    const double* e = noise.data() + i * static_cast<long>(d + q);
    const double z[q] = {(i % 4 ? 2 : -2) + 0.5 * e[0], 0.2 * e[1]};
    for (std::size_t j = 0; j < d; ++j)
      x.x.push_back(static_cast<float>(b[j] + w[j * q] * z[0] + w[j * q + 1] * z[1] + 0.1 * e[q + j]));
  }
  return x;
}

}  // namespace

TEST_CASE("it finds where the codes of the data are, and draws what the decoder makes of such codes") {
  using declaration = vae<linear_vae::encoder, linear_vae::decoder, gaussian<learned_variance>>;
  model<declaration, double> m{seed{1}};
  set(m, 0.05);
  const auto x = two_clouds(m, 4000);
  mixture_prior<declaration, 2> prior;
  const em_report r = prior.fit(m, x, {.starts = 3, .seed = 4});
  CHECK(r.converged);
  const std::size_t left = prior.means()[0] < prior.means()[q] ? 0 : 1;
  CHECK(prior.weights()[left] == doctest::Approx(0.25).epsilon(0.01));
  CHECK(prior.means()[left * q] == doctest::Approx(-2).epsilon(0.05));
  CHECK(prior.means()[(1 - left) * q] == doctest::Approx(2).epsilon(0.05));
  // that of the means of the codes, and that of q(z|x)
  const auto codes_of_it = m.encode(std::vector<double>(x.x.begin(), x.x.end()));
  double mean = 0, squares = 0;
  for (long i = 1; i < x.count; i += 4) {
    mean += codes_of_it.mean[i][0] / 1000;
    squares += codes_of_it.mean[i][0] * codes_of_it.mean[i][0] / 1000;
  }
  CHECK(prior.covariances()[(1 - left) * q * q] ==
        doctest::Approx(squares - mean * mean + std::exp(codes_of_it.log_variance[0][0])).epsilon(0.1));

  const auto drawn = prior.sample(m, 400, seed{2});
  CHECK(drawn.count == 400);
  CHECK(drawn.values == m.decode(prior.draw_codes<double>(400, seed{2})).values);
  CHECK(drawn.values != prior.sample(m, 400, seed{3}).values);
  CHECK(prior.sample(5).values.size() == 5 * q);  // the mixture's own
}

TEST_CASE("codes are a function of seed and number of the example; models with labels are asked for one class") {
  const model<small_nets::labelled> m{seed{2}};
  const auto x = small_nets::classes_of_pictures(60);
  const auto once = aggregate_codes(m, x, seed{5});
  CHECK(once.size() == 60 * 3);
  const auto part = aggregate_codes(m, data::first(x, 7), seed{5});
  CHECK(std::equal(part.begin(), part.end(), once.begin()));
  CHECK(aggregate_codes(m, x, seed{6}) != once);
  mixture_prior<small_nets::labelled> prior(2);
  prior.fit(m, x);
  CHECK(prior.sample(m, 4, 1).values == m.decode(prior.draw_codes(4), std::vector<std::int32_t>{1, 1, 1, 1}).values);
}
