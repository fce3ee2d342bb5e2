// What each regulariser is worth, to a classifier and to a VAE with more parameters than few images can fill.
#include "regularisers.hpp"

#include <cmath>

namespace searches {

using namespace genet;

void regularisers(const settings& s) {
  const auto classifiers = of_classifier(), vaes = of_vae();
  std::vector<std::string> names;
  for (const auto& r : classifiers) names.push_back("classifier " + r.name);
  for (const auto& r : vaes) names.push_back("vae " + r.name);
  search_space space;
  space.choice("training", names);
  bench b(s, {"Regularisers",
              R"(template <class Hidden>
struct classifier : net<input<1, 28, 28>, flatten, Hidden, Hidden, dense<10>> {};
template <class Hidden>
struct encoder : net<input<1, 28, 28>, flatten, Hidden,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
template <class Hidden>
struct decoder : net<input<20>, Hidden, dense<784>, reshape<1, 28, 28>> {};
Hidden: chain<dense<400>, relu>, chain<dense<400>, relu, dropout<...>>, chain<dense<400>, batch_norm, relu>,
        chain<spectral_norm<dense<400>>, relu>)",
              "cross-entropy or negative ELBO, nats per image"}, space);
  const auto found = search(space, grid_search{.budget = s.o.epochs}, b.options(),
                            [&](const candidate& c) {
                              const auto i = static_cast<std::size_t>(c.integer("training"));
                              return i < classifiers.size() ? classifiers[i].train(b, c)
                                                            : vaes[i - classifiers.size()].train(b, c);
                            },
                            b.watch());
  std::vector<bench::group> groups{{"Classifier, compared with the plain one", {}},
                                   {"VAE, compared with the plain one", {}}};
  for (std::size_t i = 0; i < found.trials.size(); ++i)
    if (std::isfinite(found.trials[i].score)) groups[i < classifiers.size() ? 0 : 1].trials.push_back(i);
  b.finish(found, groups, [&](const search_trial& t) {
    const std::string& name = names[static_cast<std::size_t>(t.number)];
    return name.substr(name.find(' ') + 1);
  });
}

}  // namespace searches
