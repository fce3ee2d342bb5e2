#pragma once
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gzip.hpp"
#include "utf8.hpp"

namespace genet::inline GENET_ISA::data {

/// Bytes that should be a text, without a byte order mark. Throws bad_input unless they are UTF-8 without zero bytes,
/// naming `origin`, byte and line.
inline std::string checked_text(std::string bytes, std::string_view origin) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    errors::raise<bad_input>({origin, ": byte 0: found UTF-16, expected UTF-8"});
  require_utf8(bytes, origin);
  if (const auto zero = bytes.find('\0'); zero != bytes.npos)
    errors::raise<bad_input>({origin, ": byte ", zero, ": found a zero byte, expected a text in UTF-8"});
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
  return bytes;
}

/// The text of a file in UTF-8, plain or gzip, without a byte order mark. Throws io_error when the file cannot be
/// read, bad_input (file, byte, line) when it is damaged or no UTF-8.
inline std::string read_text(const std::filesystem::path& path) {
  content from(path);
  std::string bytes;
  constexpr std::size_t block = 1 << 18;
  for (std::size_t n = block; n == block;) {
    const std::size_t done = bytes.size();
    if (bytes.capacity() < done + block)  // a plain file is allocated once
      bytes.reserve(from.compressed() ? 2 * done + block : static_cast<std::size_t>(from.file_size()) + block);
    bytes.resize(done + block);
    n = from.read(std::as_writable_bytes(std::span(bytes).subspan(done)));
    bytes.resize(done + n);
  }
  return checked_text(std::move(bytes), from.name());
}

/// Takes the next line off the front of a text, without its end (LF or CR LF).
inline std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (end != text.npos && line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The lines of a text that are not empty: one document each.
inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty())
    if (const auto line = take_line(text); !line.empty()) out.push_back(line);
  return out;
}

}  // namespace genet::inline GENET_ISA::data
