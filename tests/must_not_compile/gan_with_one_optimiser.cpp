// expect: a gan is trained by two optimisers and an adversarial
#include <genet/genet.hpp>
using namespace genet;

struct generator : net<noise<4>, dense<6>> {};
struct discriminator : net<input<6>, dense<3>, relu, dense<1>> {};
#ifndef FIXED
void train(model<gan<generator, discriminator>>& m, const data::examples& e) {
  trainer fit{m, adversarial{}, adam{}};
  fit.run(e, epochs{1}, batch{8});
}
#else
void train(model<gan<generator, discriminator>>& m, const data::examples& e) {
  trainer fit{m, adversarial{}, optimisers<adam, adam>{}};
  fit.run(e, epochs{1}, batch{8});
}
#endif
