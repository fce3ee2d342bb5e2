#pragma once
#include "run.hpp"

namespace variants {

/// Nets for points of the plane; the discriminator sees `Together` at once.
struct points_generator
    : genet::net<genet::noise<2>, genet::dense<points_width>, genet::relu, genet::dense<points_width>, genet::relu,
                 genet::dense<points_width>, genet::relu, genet::dense<2>> {};
template <int Together>
struct points_discriminator
    : genet::net<genet::input<2 * Together>, genet::dense<points_width>, genet::relu, genet::dense<points_width>,
                 genet::relu, genet::dense<points_width>, genet::relu, genet::dense<1>> {};

template <class Gan>
void train_points(const settings& s, const std::string& gan, betas b) {
  const std::string seen = std::to_string(Gan::options.pack * 2);
  train<Gan>(s,
             {(s.variant == "ring" ? "Ring of 8 modes, " : "Grid of 25 modes, ") + s.objective,
              "struct generator : net<noise<2>, dense<128>, relu, dense<128>, relu, dense<128>, relu, dense<2>> {};\n"
              "struct discriminator : net<input<" + seen +
                  ">, dense<128>, relu, dense<128>, relu, dense<128>, relu, dense<1>> {};\n"
                  "using points = " + gan + ";"},
             b, genet::cosine{});
}

}  // namespace variants
