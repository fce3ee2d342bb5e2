#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "text_file.hpp"

namespace genet::inline GENET_ISA::data {

/// Tokens that stand for no text.
enum class special : unsigned char { padding, unknown, start, end };

/// What a vocabulary is built of. Special tokens come first, in the order of their enumeration.
struct vocabulary_options {
  long limit = 0;  ///< most entries, special ones included; 0: all
  long least = 1;  ///< how often a token must occur
  bool padding = false, unknown = false, start = false, end = false;
};

/// Tokens of a text by number: entry i stands for the token i of a net. At most one entry for each special token.
///
///     const auto v = data::vocabulary::build(data::split_tokens(text, data::text_level::characters), {.unknown =
///     true}); std::vector<std::int32_t> ids = v.encode(tokens);
class vocabulary {
 public:
  /// The most frequent tokens first, tokens of one frequency by their bytes. Throws usage_error when the limit leaves
  /// no room, bad_input when there is no token.
  template <class Tokens>
  static vocabulary build(const Tokens& tokens, const vocabulary_options& o = {}) {
    std::unordered_map<std::string_view, long> counts;
    for (const std::string_view t : tokens) ++counts[t];
    return vocabulary(counts, o);
  }

  long size() const { return static_cast<long>(entries_.size()); }
  /// The text of an entry, empty for special ones. Throws bad_input for a number that there is not.
  const std::string& entry(std::int32_t id) const {
    if (id < 0 || id >= size())
      errors::raise<bad_input>({"vocabulary: found token ", id, ", expected 0 to ", size() - 1});
    return entries_[static_cast<std::size_t>(id)];
  }
  /// The number of a special token, -1 where the vocabulary does not have it.
  std::int32_t id_of(special s) const { return specials_[static_cast<std::size_t>(s)]; }
  bool is_special(std::int32_t id) const { return entry(id).empty(); }
  /// The number of a token, -1 where it is not in the vocabulary.
  std::int32_t find(std::string_view token) const {
    const auto at = ids_.find(std::string(token));
    return at == ids_.end() ? -1 : at->second;
  }

  /// Tokens as numbers; `start` and `end` add those special tokens. A token that is not in the vocabulary becomes
  /// `unknown`, where the vocabulary has that, else bad_input names it and its place. Throws usage_error for a
  /// special token that the vocabulary does not have.
  template <class Tokens>
  std::vector<std::int32_t> encode(const Tokens& tokens, bool start = false, bool end = false) const {
    std::vector<std::int32_t> out;
    out.reserve(static_cast<std::size_t>(std::size(tokens)) + start + end);
    if (start) out.push_back(needed(special::start));
    for (const std::string_view t : tokens) {
      std::int32_t id = find(t);
      if (id < 0) id = id_of(special::unknown);
      if (id < 0) not_found(t, static_cast<long>(out.size()) - start);
      out.push_back(id);
    }
    if (end) out.push_back(needed(special::end));
    return out;
  }

  /// Numbers as tokens, up to the first end; padding and start are left out, what is unknown is U+FFFD. Throws
  /// bad_input for a number that there is not.
  std::vector<std::string_view> decode(std::span<const std::int32_t> ids) const {
    std::vector<std::string_view> out;
    for (const std::int32_t id : ids) {
      const std::string& text = entry(id);
      if (!text.empty())
        out.push_back(text);
      else if (id == id_of(special::end))
        break;
      else if (id == id_of(special::unknown))
        out.push_back("\xEF\xBF\xBD");
    }
    return out;
  }

  /// As a text: one entry a line, line n entry n - 1; `\padding`, `\unknown`, `\start`, `\end` are the special ones,
  /// and in the others `\n \r \t \\` and `\s` (a space at an end) are escapes. io::write_vocabulary writes it.
  std::string text() const {
    std::string out;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].empty())
        out += '\\', out += special_names[special_at(static_cast<std::int32_t>(i))];
      else
        out += escaped(entries_[i]);
      out += '\n';
    }
    return out;
  }
  /// Reads what `text` gave; `origin` stands first in messages. Throws bad_input with the line.
  static vocabulary parse(std::string_view text, std::string_view origin) { return vocabulary(text, origin); }
  /// The same from a file. Throws io_error too.
  static vocabulary read(const std::filesystem::path& path) { return parse(read_text(path), path.string()); }

  bool operator==(const vocabulary& other) const {
    return entries_ == other.entries_ && specials_ == other.specials_;
  }

 private:
  static constexpr std::string_view special_names[] = {"padding", "unknown", "start", "end"};
  static constexpr std::string_view plain = "\n\r\t\\", letters = "nrt\\";

  vocabulary(const std::unordered_map<std::string_view, long>& counts, const vocabulary_options& o) {
    const bool wanted[] = {o.padding, o.unknown, o.start, o.end};
    for (std::size_t s = 0; s < 4; ++s)
      if (wanted[s]) add_special(s);
    if (o.limit < 0 || (o.limit > 0 && o.limit <= size()))
      errors::raise<usage_error>(
          {"vocabulary: found a limit of ", o.limit, ", expected more than the ", size(), " special entries"});
    std::vector<std::pair<std::string_view, long>> order;
    for (const auto& c : counts)
      if (c.second >= o.least && !c.first.empty()) order.push_back(c);
    if (order.empty())
      errors::raise<bad_input>({"vocabulary: found no token that occurs ", std::max(o.least, 1L), " times"});
    std::ranges::sort(order, [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    for (const auto& [token, count] : order) {
      if (o.limit > 0 && size() == o.limit) break;
      require_utf8(token, "vocabulary");
      add(std::string(token));
    }
  }

  vocabulary(std::string_view text, std::string_view origin) {
    for (long line = 1; !text.empty(); ++line) {
      const auto fail = [&](std::initializer_list<errors::piece> why) {
        errors::raise<bad_input>({origin, ": line ", line, ": ", errors::join(why)});
      };
      const std::string_view raw = take_line(text);
      if (raw.empty()) fail({"found an empty line, expected an entry of the vocabulary"});
      const auto which = raw[0] == '\\' ? std::ranges::find(special_names, raw.substr(1)) : std::end(special_names);
      if (which != std::end(special_names)) {
        const auto s = static_cast<std::size_t>(which - std::begin(special_names));
        if (specials_[s] >= 0) fail({"found ", raw, " twice, expected it once"});
        add_special(s);
        continue;
      }
      std::string token;
      for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\') {
          token += raw[i];
          continue;
        }
        const char c = ++i < raw.size() ? raw[i] : ' ';
        const auto at = letters.find(c);
        if (at == letters.npos && c != 's')
          fail({"found a backslash before '", std::string_view(&c, 1),
                "', expected one of n, r, t, s and \\, or a special entry alone"});
        token += at == letters.npos ? ' ' : plain[at];
      }
      if (ids_.contains(token)) fail({"found the entry of line ", ids_.at(token) + 1, " again, expected each once"});
      add(std::move(token));
    }
    if (entries_.empty())
      errors::raise<bad_input>({origin, ": found an empty file, expected a vocabulary: an entry a line"});
  }

  void add(std::string token) {
    if (entries_.size() >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
      errors::raise<bad_input>({"vocabulary: found 2^31 entries, expected fewer"});
    ids_.emplace(token, static_cast<std::int32_t>(entries_.size()));
    entries_.push_back(std::move(token));
  }
  void add_special(std::size_t s) {
    specials_[s] = static_cast<std::int32_t>(entries_.size());
    entries_.emplace_back();
  }
  std::size_t special_at(std::int32_t id) const {
    return static_cast<std::size_t>(std::ranges::find(specials_, id) - specials_.begin());
  }

  static std::string escaped(std::string_view token) {
    std::string out;
    for (std::size_t i = 0; i < token.size(); ++i) {
      const auto at = plain.find(token[i]);
      if (at != plain.npos)
        out += '\\', out += letters[at];
      else if (token[i] == ' ' && (i == 0 || i + 1 == token.size()))
        out += "\\s";  // editors take it away
      else
        out += token[i];
    }
    return out;
  }

  std::int32_t needed(special s) const {
    if (id_of(s) < 0)
      errors::raise<usage_error>({"vocabulary: found no special token ", special_names[static_cast<std::size_t>(s)],
                                  ", expected a vocabulary built with it"});
    return id_of(s);
  }
  [[noreturn, gnu::cold]] void not_found(std::string_view token, long at) const {
    errors::raise<bad_input>({"vocabulary: token ", at, ": found \"", escaped(token.substr(0, 80)),
                              "\", expected one of the ", size(), " entries (or a vocabulary with `unknown`)"});
  }

  std::vector<std::string> entries_;  // empty for special ones
  std::unordered_map<std::string, std::int32_t> ids_;
  std::array<std::int32_t, 4> specials_{-1, -1, -1, -1};
};

}  // namespace genet::inline GENET_ISA::data
