#pragma once
// What trains models, by scalar.
#include "../train/training_run.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA {

GENET_HELD class training_run<float>;
GENET_HELD class training_run<double>;
GENET_HELD std::string option_text<>(double);

namespace weights_file {
GENET_HELD std::string mismatch<>(const io::tensor_file&, const std::vector<tensor_info>&);
GENET_HELD void store(io::tensor_file&, const std::vector<tensor_info>&, const std::string&, const float*, const float*);
GENET_HELD void fetch(const io::tensor_file&, const std::vector<tensor_info>&, const std::string&, float*, float*);
}  // namespace weights_file

}  // namespace genet
