#pragma once
#include <array>
#include <string_view>

#include "net.hpp"

namespace genet::inline GENET_ISA {

namespace planning {

template <class Net>
constexpr text step_label(int s) {
  const step& x = program_of<Net>.steps[static_cast<std::size_t>(s)];
  const auto label = [](int w) { return words<typename Net::tree>[static_cast<std::size_t>(w)].label(); };
  if (x.reorder != reordering::none)
    return text(x.reorder == reordering::to_planes ? "planes" : "channels last") << " for "
           << (x.word == 0 ? text("the output") : label(x.word));
  text t = label(x.word);
  for (int i = 0; i < x.n_then; ++i) t << ", " << label(x.then[i]);
  return t;
}

template <class Net>
inline constexpr auto label_ends = [] {
  std::array<int, static_cast<std::size_t>(program_of<Net>.n_steps) + 1> end{};
  for (int s = 0; s < program_of<Net>.n_steps; ++s)
    end[static_cast<std::size_t>(s) + 1] = end[static_cast<std::size_t>(s)] + step_label<Net>(s).size();
  return end;
}();

template <class Net>
inline constexpr auto all_labels = [] {
  std::array<char, static_cast<std::size_t>(label_ends<Net>.back()) + 1> all{};
  std::size_t at = 0;
  for (int s = 0; s < program_of<Net>.n_steps; ++s) {
    const text label = step_label<Net>(s);
    for (const char c : label.view()) all[at++] = c;
  }
  return all;
}();

}  // namespace planning

/// The spelling of the layer of each step of a program, for messages of running nets: `dense<400>, relu`. A text in the
/// program's data; asking the words themselves would make functions that infer and label part of every program.
template <is_net Net>
constexpr std::string_view step_label(int s) {
  const auto& end = planning::label_ends<typename Net::net_type>;
  const auto i = static_cast<std::size_t>(s);
  return {planning::all_labels<typename Net::net_type>.data() + end[i], static_cast<std::size_t>(end[i + 1] - end[i])};
}

/// Which steps draw noise (reparameterize, dropout), in the order of the declaration.
template <is_net Net>
inline constexpr auto drawing_steps = [] {
  constexpr const auto& p = program_of<Net>;
  std::array<int, static_cast<std::size_t>(Net::net_type::counts.draws)> all{};
  for (int s = 0; s < p.n_steps; ++s)
    if (const step& x = p.steps[static_cast<std::size_t>(s)]; x.noise >= 0) all[static_cast<std::size_t>(x.noise)] = s;
  return all;
}();

}  // namespace genet
