#include "clothes.hpp"

int main() {
  genet::data::examples pictures{64, 36, std::vector<float>(64 * 36), {}};
  for (std::size_t i = 0; i < pictures.x.size(); ++i) pictures.x[i] = static_cast<float>(i * 7 % 11) / 10;
  genet::model<clothes> m{genet::seed{1}};
  clothes_trainer fit{m, genet::elbo{}, genet::adam{}};
  fit.run(pictures, genet::epochs{2}, genet::batch{16});
  show(m);
}
