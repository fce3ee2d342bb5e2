#pragma once
#include <filesystem>
#include <span>

#include "../data/vocabulary.hpp"
#include "atomic_file.hpp"

namespace genet::inline GENET_ISA::io {

/// Writes a vocabulary as a text file, one entry a line, as a whole or not at all; data::vocabulary::read reads it.
/// Throws io_error.
inline void write_vocabulary(const std::filesystem::path& path, const data::vocabulary& v) {
  write_atomically(path, [&](writer& out) { out.write(v.text()); });
}

}  // namespace genet::inline GENET_ISA::io
