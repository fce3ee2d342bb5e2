#pragma once
#include <stdexcept>
#include <string>

#include "isa.hpp"

namespace genet::inline GENET_ISA {

/// Base of every exception that the library throws on purpose. The message says where, what was found and what was expected.
struct error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Content that cannot be used: a malformed file, data of another shape, a value out of range. Programs leave with status 3.
struct bad_input : error {
  using error::error;
};

/// The operating system refused: a file that cannot be opened, read, written or renamed. Programs leave with status 4.
struct io_error : error {
  using error::error;
};

/// Options or arguments that contradict each other or are out of range. Programs leave with status 2.
struct usage_error : error {
  using error::error;
};

/// Training cannot go on, for example because a value became NaN. Programs leave with status 1.
struct training_error : error {
  using error::error;
};

}  // namespace genet
