#include "texts.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include <genet/data/text.hpp>
#include <genet/data/text_file.hpp>
#include <genet/data/vocabulary.hpp>
#include <genet/io/vocabulary_file.hpp>

namespace variants {

using namespace genet;

namespace {

constexpr double apart = 0.1;         // the share of the data to test on, and of the rest to validate
constexpr std::size_t most_foreign = 5000;

/// A word as it counts: of a to z alone, capitals made small; or nothing.
std::optional<std::string> plain_word(std::string_view line) {
  std::string out;
  for (char c : line) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c < 'a' || c > 'z') return {};
    out += c;
  }
  return out.empty() ? std::nullopt : std::optional(out);
}

/// The distinct words of a list, in its order. Throws bad_input if there is none.
std::vector<std::string> words_of(const std::filesystem::path& file) {
  const std::string text = data::read_text(file);
  std::vector<std::string> out;
  std::set<std::string> known;
  for (const auto line : data::lines_of(text))
    if (auto word = plain_word(line); word && known.insert(*word).second) out.push_back(std::move(*word));
  if (out.empty()) throw bad_input(file.string() + ": found no word of the letters a to z, expected one a line");
  return out;
}

data::documents evenly(const data::documents& all, std::size_t most) {
  if (all.size() <= most) return all;
  data::documents out;
  for (std::size_t i = 0; i < most; ++i) out.push_back(all[i * all.size() / most]);
  return out;
}

/// Sets test and validation apart.
void split_into(corpus& c, const data::documents& all, std::uint64_t seed) {
  auto first = data::split(all, apart, seed);
  auto second = data::split(first.train, apart, seed + 1);
  c.train = std::move(second.train);
  c.validation = std::move(second.validation);
  c.test = std::move(first.validation);
}

/// How tokens are shown; the vocabulary goes into the run directory.
void show_by(corpus& c, data::vocabulary v) {
  c.token = "character";
  c.used = static_cast<std::int32_t>(v.size());
  c.end = v.id_of(data::special::end);
  while (c.first_token < c.used && v.is_special(c.first_token)) ++c.first_token;
  const auto known = std::make_shared<const data::vocabulary>(std::move(v));
  c.save = [known](const std::filesystem::path& directory) { io::write_vocabulary(directory / "vocabulary.txt", *known); };
  c.entries = [known](std::span<const std::int32_t> tokens) {
    std::vector<std::string> out;
    for (const std::int32_t t : tokens)
      out.push_back(!known->is_special(t)                               ? known->entry(t)
                    : t == known->id_of(data::special::end)             ? std::string()
                                                                        : std::string("\xEF\xBF\xBD"));
    return out;
  };
}

std::vector<std::string_view> characters(std::string_view text) {
  return data::split_tokens(text, data::text_level::characters);
}

void require_some(const corpus& c, const std::filesystem::path& file, long batch) {
  if (c.validation.empty() || c.test.empty() || static_cast<long>(c.train.size()) < batch)
    throw bad_input(file.string() + ": found " + std::to_string(c.train.size()) + " " + c.unit + " to train on, " +
                    std::to_string(c.validation.size()) + " to validate and " + std::to_string(c.test.size()) +
                    " to test, expected a batch of " + std::to_string(batch) + " and some of the others");
}

}  // namespace

corpus word_corpus(const settings& s, long length, long capacity) {
  corpus c{.title = "English words, character by character", .unit = "words", .length = length};
  const auto file = s.o.data / "american-english";
  if (!std::filesystem::exists(file))
    throw io_error(file.string() + ": there is no such file; Debian's package wamerican has it, and --text takes any text");
  const auto words = words_of(file);
  std::string letters;
  for (const auto& w : words) letters += w;
  const auto v = data::vocabulary::build(characters(letters), {.limit = capacity, .end = true});
  long longer = 0;
  // Of foreign words those that these letters spell; the others are no riddle.
  const auto documents = [&](const std::vector<std::string>& of, const std::set<std::string>& without) {
    data::documents out;
    for (const auto& w : of) {
      const auto is_known = [&](std::string_view letter) { return v.find(letter) >= 0; };
      if (without.contains(w) || !std::ranges::all_of(characters(w), is_known)) continue;
      if (static_cast<long>(w.size()) >= length) ++longer;
      else out.push_back(v.encode(characters(w), false, true));
    }
    return out;
  };
  split_into(c, documents(words, {}), s.o.seed);
  c.facts.emplace_back("Words left out", std::to_string(longer) + " of " + std::to_string(length) + " letters and more");
  const auto foreign = s.foreign.empty() ? s.o.data / "ngerman" : s.foreign;
  if (std::filesystem::exists(foreign) || !s.foreign.empty()) {
    c.foreign = evenly(documents(words_of(foreign), {words.begin(), words.end()}), most_foreign);
    c.foreign_name = foreign.filename().string();
  }
  show_by(c, v);
  require_some(c, file, s.o.batch);
  return c;
}

corpus text_corpus(const settings& s, long length, long capacity) {
  const bool lines = s.pieces == "lines";
  corpus c{.title = s.text.filename().string() + ", character by character",
           .unit = lines ? "lines" : "windows",
           .length = length};
  const std::string text = data::read_text(s.text);
  const auto whole = characters(text);
  if (whole.empty()) throw bad_input(s.text.string() + ": found an empty file, expected a text in UTF-8");
  auto kept = whole;
  if (lines) std::erase_if(kept, [](std::string_view t) { return t == "\n" || t == "\r"; });
  const auto v = data::vocabulary::build(kept, {.limit = capacity, .unknown = true, .end = true});
  // A line and its end; longer ones in pieces.
  const auto pieces = [&](const data::documents& of) { return data::windows(of, length, length, true); };
  const auto documents = [&](std::string_view of) {
    data::documents out;
    for (const auto line : data::lines_of(of)) out.push_back(v.encode(characters(line), false, true));
    return out;
  };
  if (lines) {
    split_into(c, documents(text), s.o.seed);  // before they are cut
    for (auto* part : {&c.train, &c.validation, &c.test}) *part = pieces(*part);
  } else {
    const auto all = v.encode(whole);
    const auto first = data::split(all, apart);
    const auto second = data::split(first.train.front(), apart);
    c.train = data::windows(second.train, length, length / 2);
    c.validation = data::windows(second.validation, length, length);
    c.test = data::windows(first.validation, length, length);
  }
  if (!s.foreign.empty()) {
    const std::string other = data::read_text(s.foreign);
    c.foreign = evenly(
        lines ? pieces(documents(other)) : data::windows({v.encode(characters(other))}, length, length), most_foreign);
    c.foreign_name = s.foreign.filename().string();
    if (c.foreign.empty())
      throw bad_input(s.foreign.string() + ": found no piece of " + std::to_string(length) + " characters");
  }
  c.fault_length = 5;
  show_by(c, v);
  require_some(c, s.text, s.o.batch);
  const auto unknown = v.id_of(data::special::unknown);
  long missing = 0, tested = 0;
  for (const auto& d : c.test) missing += std::ranges::count(d, unknown), tested += static_cast<long>(d.size());
  c.facts.emplace_back("Unknown characters",
                       std::to_string(missing) + " of " + std::to_string(tested) + " in the test data");
  return c;
}

}  // namespace variants
