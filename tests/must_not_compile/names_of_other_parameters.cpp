// expect: a model's `names` are those of all its parameters, such as "mu tau eta[8]"
#include <genet/inference/posterior.hpp>

using namespace genet;

struct schools {
  using parameters = inference::parameters<inference::unbounded<>, inference::positive<>, inference::unbounded<8>>;
#ifndef FIXED
  static constexpr std::string_view names = "mu tau eta[7]";
#else
  static constexpr std::string_view names = "mu tau eta[8]";
#endif
};

const auto all = inference::parameter_names<schools>();
