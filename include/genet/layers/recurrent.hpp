#pragma once
#include "../declare/options.hpp"
#include "../declare/sequence.hpp"

namespace genet::inline GENET_ISA {

/// How a kind of cell is declared.
struct cell_sizes {
  int gates = 1;             // each of as many numbers as there are units
  int kept = 0;              // numbers kept of each unit and position beside the gates and the state before them
  int carried = 1;           // numbers of state of each unit
  bool gates_apart = false;  // sums of the inputs and of the state before are not simply added
};

/// Base of the layers that go along a sequence and remember what they have seen: (L,F) to (L,Units), the state of all
/// positions; it is zero before the first one, unless a session carries one in. Beside a mask, (L), the state passes
/// positions that do not count as it is, and the output there is zero; the mask is consumed. `bidirectional`: (L,2
/// Units), the second half from a cell of its own that comes from the end.
template <int Units, cell_sizes Cell, class... O>
struct recurrent_layer : options<naming | initialising | biasing | directing, O...> {
  static constexpr int units = Units;
  static constexpr cell_sizes cell = Cell;
  static constexpr option_values said =
      recurrent_layer::values_from({.weight = {initialiser::formula::root_uniform, Units < 1 ? 1 : Units},
                                    .bias = {initialiser::formula::root_uniform, Units < 1 ? 1 : Units}});
  static constexpr int directions = said.both_ways ? 2 : 1;
  static constexpr bool steppable = !said.both_ways;
  static constexpr std::string_view no_tangent = "its output depends on products of states";
  static constexpr needs reads{.x_for_dx = true, .x_for_dp = true};  // the mask, in any case

  static constexpr answer infer(const bundle& in) {
    if (Units < 1) return refuse("wants at least one unit");
    if (const text why = sequence_refusal(in); why.size()) return refuse(why);
    const sequence_input x = sequence_of(shapes_of(in));
    const int length = static_cast<int>(x.length), features = static_cast<int>(x.features);
    constexpr int rows = Cell.gates * Units;
    answer a = gives({2, {length, directions * Units}});
    for (int d = 0; d < directions; ++d) {
      const auto with = [&](std::string_view forwards, std::string_view backwards, shape s, parameter_group g) {
        const bool weighs = g == parameter_group::weight;
        a.with(d ? backwards : forwards, s, g, weighs ? said.weight : said.bias,
               weighs ? tensor_layout::panels : tensor_layout::rows);
      };
      with("weight_ih_l0", "weight_ih_l0_reverse", {2, {rows, features}}, parameter_group::weight);
      with("weight_hh_l0", "weight_hh_l0_reverse", {2, {rows, Units}}, parameter_group::weight);
      if (!said.with_bias) continue;
      with("bias_ih_l0", "bias_ih_l0_reverse", vector_shape(rows), parameter_group::bias);
      with("bias_hh_l0", "bias_hh_l0_reverse", vector_shape(rows), parameter_group::bias);
    }
    const long carried = Cell.carried * Units, kept = rows + carried + Cell.kept * Units;
    return a.keeps(length * directions * kept)
        .borrows(carried + (Cell.gates_apart ? length * rows : 0))
        .carries(said.both_ways ? 0 : carried)
        .costs(directions * length * (2L * rows * (features + Units) + 8L * rows));
  }

 protected:
  static constexpr text spelled(std::string_view word) {
    return text(word) << "<" << Units << (said.both_ways ? ",bidirectional>" : ">");
  }
};

}  // namespace genet
