#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "idx.hpp"

namespace genet::inline GENET_ISA::data {

/// Labels of an IDX file of rank 1 (plain or .gz), each checked to be below `classes`. Throws io_error or bad_input.
inline std::vector<std::int32_t> labels(const std::filesystem::path& path, int classes) {
  idx f(path);
  if (f.rank() != 1) {
    f.fail(3,
           "found rank " + std::to_string(f.rank()) + ", dimensions " + f.show() +
               (f.rank() == 3 ? " (an images file?)" : ""),
           "rank 1, a labels file");
  }
  std::vector<std::int32_t> out;
  out.reserve(static_cast<std::size_t>(std::min(f.count(), f.file_size() * 8)));
  std::array<std::uint8_t, 16 * 1024> block;
  while (out.size() < f.count()) {
    const auto part = std::span(block).first(std::min<std::size_t>(block.size(), f.count() - out.size()));
    f.read(part);
    for (const std::uint8_t label : part) {
      if (label >= classes) {
        f.fail(f.header_size() + out.size(),
               "label " + std::to_string(out.size()) + ": found " + std::to_string(label),
               "0 to " + std::to_string(classes - 1));
      }
      out.push_back(label);
    }
  }
  f.finish();
  return out;
}

}  // namespace genet::data
