#pragma once
#include <array>
#include <string_view>

#include "net.hpp"

namespace genet::inline GENET_ISA {

namespace planning {

template <class Net>
constexpr text step_label(int s) {
  return words<typename Net::tree>[static_cast<std::size_t>(
      program_of<Net>.steps[static_cast<std::size_t>(s)].word)].label();
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

/// The spelling of the layer of each step of a program, for messages of running nets: `dense<400>`. A text in the
/// program's data; asking the words themselves would make functions that infer and label part of every program.
template <is_net Net>
constexpr std::string_view step_label(int s) {
  const auto& end = planning::label_ends<typename Net::net_type>;
  const auto i = static_cast<std::size_t>(s);
  return {planning::all_labels<typename Net::net_type>.data() + end[i], static_cast<std::size_t>(end[i + 1] - end[i])};
}

/// Which steps draw noise (reparameterize, dropout), in their order.
template <is_net Net>
inline constexpr auto drawing_steps = [] {
  using net = typename Net::net_type;
  constexpr auto draws = [](int s) {
    return words<typename net::tree>[static_cast<std::size_t>(
        program_of<net>.steps[static_cast<std::size_t>(s)].word)].draws;
  };
  constexpr int n = [=] {
    int count = 0;
    for (int s = 0; s < program_of<net>.n_steps; ++s) count += draws(s);
    return count;
  }();
  std::array<int, static_cast<std::size_t>(n)> all{};
  std::size_t k = 0;
  for (int s = 0; s < program_of<net>.n_steps; ++s)
    if (draws(s)) all[k++] = s;
  return all;
}();

}  // namespace genet
