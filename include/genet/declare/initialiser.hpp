#pragma once
#include "real.hpp"

namespace genet::inline GENET_ISA {

/// How a parameter tensor is filled before training. The names and formulas are those of torch.nn.init.
struct initialiser {
  enum class formula : unsigned char {
    constant,         // first
    uniform,          // in [first, second)
    normal,           // mean first, standard deviation second
    fan_in_uniform,   // +-1/sqrt(fan_in): torch.nn.Linear's default for weight and bias
    root_uniform,     // +-1/sqrt(first): torch.nn.LSTM's default, first being its units
    xavier_uniform,   // gain first
    xavier_normal,    // gain first
    kaiming_uniform,  // for a leaky_relu of slope first after the layer; 0 is relu
    kaiming_normal,
    orthogonal,  // gain first
  };
  formula how = formula::constant;
  real first = 0;
  real second = 0;

  constexpr bool operator==(const initialiser&) const = default;
};

inline constexpr initialiser zeros{initialiser::formula::constant, 0};
inline constexpr initialiser ones{initialiser::formula::constant, 1};
inline constexpr initialiser standard_normal{initialiser::formula::normal, 0, 1};
inline constexpr initialiser fan_in_uniform{initialiser::formula::fan_in_uniform};
inline constexpr initialiser xavier_uniform{initialiser::formula::xavier_uniform, 1};
inline constexpr initialiser xavier_normal{initialiser::formula::xavier_normal, 1};
inline constexpr initialiser kaiming_uniform{initialiser::formula::kaiming_uniform, 0};
inline constexpr initialiser kaiming_normal{initialiser::formula::kaiming_normal, 0};
inline constexpr initialiser orthogonal{initialiser::formula::orthogonal, 1};

}  // namespace genet
