#pragma once
#include <span>
#include <string>
#include <string_view>

#include "../declare/isa.hpp"

namespace genet::inline GENET_ISA::io {

/// A cell of comma-separated text: in quotes, and its own quotes doubled, where it has commas, quotes or line ends
/// (RFC 4180). data::csv reads it back.
inline std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted += '"';
}

/// A line of such cells, with its end.
inline std::string csv_line(std::span<const std::string> cells) {
  std::string line;
  for (const std::string& c : cells) line += (&c == cells.data() ? "" : ",") + csv_cell(c);
  return line + '\n';
}

}  // namespace genet::inline GENET_ISA::io
