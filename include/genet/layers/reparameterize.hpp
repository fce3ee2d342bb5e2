#pragma once
#include "../declare/answer.hpp"

namespace genet::inline GENET_ISA {

/// z = mean + exp(log_variance / 2) e with e standard normal: a sample through which gradients flow.
/// Takes the bundle (mean, log_variance). Kingma & Welling 2014, section 2.4. The noise can be injected.
struct reparameterize {
  static constexpr needs reads{.x_for_dx = true};
  using draws_noise = void;
  static constexpr text label() { return "reparameterize"; }
  static constexpr answer infer(const bundle& in) {
    const int m = in.find("mean"), v = in.find("log_variance");
    if (in.n != 2 || m != 0 || v != 1 || in[0].s != in[1].s)
      return refuse(text("wants mean and log_variance of one shape, got ") << show(in));
    return gives(in[0].s).keeps(in[0].s.size()).costs(4 * in[0].s.size());
  }
};

}  // namespace genet
