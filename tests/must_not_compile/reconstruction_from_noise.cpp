// expect: a reconstruction loss compares an image with what the generator makes of it
#include <genet/genet.hpp>
using namespace genet;

struct from_noise : net<noise<4>, dense<6>> {};
struct from_image : net<input<6>, dense<6>> {};
struct discriminator : net<input<6>, dense<3>, relu, dense<1>> {};
#ifndef FIXED
void train(model<gan<from_noise, discriminator>>& m, const data::examples& e) {
  trainer fit{m, adversarial{} + mae{}, optimisers<adam, adam>{}};
  fit.run(e, epochs{1}, batch{8});
}
#else
void train(model<gan<from_image, discriminator>>& m, const data::examples& e) {
  trainer fit{m, adversarial{} + mae{}, optimisers<adam, adam>{}};
  fit.run(e, epochs{1}, batch{8});
}
#endif
