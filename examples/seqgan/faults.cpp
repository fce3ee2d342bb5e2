#include "faults.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <genet/metrics/auroc.hpp>
#include <genet/random/distributions.hpp>

namespace variants {

using namespace genet;

namespace {

/// Tokens of a sequence that count, all of which stand at its beginning.
long size_of(const data::sequences& all, long row) {
  const auto mask = all.mask_row(row);
  return std::ranges::count(mask, 1);
}

/// What was found of the faults, by one finder.
struct found {
  metrics::auroc_value token, window, sequence, worst;
  double recall = 0, false_alarms = 0;  // of positions, at the threshold
  std::vector<suspicious_fragment> marked{};
};

found look(const fault_finder& by, const fault_study& s, const faulty_sequences& faulty) {
  const long length = s.test.length;
  const fault_detector detect({by.scores(s.validation.tokens), length}, {}, s.validation.mask);
  const auto scores = by.scores(faulty.all.tokens);
  const metrics::points points{scores, length};
  const auto means = detect.window_means(points, faulty.all.mask);

  // Positions that count, and whole sequences.
  std::vector<double> at, around, worst;
  std::vector<std::int32_t> wrong, has_fault;
  for (long r = 0; r < faulty.all.count; ++r) {
    double most = -INFINITY;
    std::int32_t any = 0;
    for (long t = 0; t < length; ++t) {
      const auto i = static_cast<std::size_t>(r * length + t);
      if (faulty.all.mask[i] == 0) continue;
      at.push_back(scores[i]);
      around.push_back(means[i]);
      wrong.push_back(faulty.wrong[i]);
      most = std::max(most, means[i]);
      any |= faulty.wrong[i];
    }
    worst.push_back(most);
    has_fault.push_back(any);
  }
  found f{metrics::auroc(at, wrong), metrics::auroc(around, wrong),
          metrics::auroc(detect.sequence_means(points, faulty.all.mask), has_fault), metrics::auroc(worst, has_fault)};
  double hits = 0, alarms = 0;
  for (std::size_t i = 0; i < wrong.size(); ++i)
    if (around[i] > detect.threshold()) (wrong[i] ? hits : alarms) += 1;
  const auto n_wrong = static_cast<double>(std::ranges::count(wrong, 1));
  f.recall = hits / n_wrong;
  f.false_alarms = alarms / (static_cast<double>(wrong.size()) - n_wrong);
  f.marked = detect.mark(points, faulty.all.mask);
  return f;
}

std::string cell(const std::string& s) { return std::string(10 - std::min<std::size_t>(9, s.size()), ' ') + s; }
std::string number(double v) { return cell(show_number::fixed(v, 3)); }

/// Some faulty sequences from all places, and what a finder marked in them.
std::vector<marked_sequence> some_faults(const fault_study& s, const faulty_sequences& faulty,
                                          const std::vector<suspicious_fragment>& marked) {
  std::vector<marked_sequence> out;
  constexpr long most = 16;
  long next = 0;
  for (long r = 0; r < faulty.all.count; ++r) {
    const auto wrong = std::span(faulty.wrong).subspan(static_cast<std::size_t>(r * faulty.all.length),
                                                       static_cast<std::size_t>(faulty.all.length));
    const auto first = std::ranges::find(wrong, 1);
    if (r < next || first == wrong.end()) continue;
    next = static_cast<long>(out.size() + 1) * faulty.all.count / most;
    const auto n = static_cast<std::size_t>(size_of(faulty.all, r));
    out.push_back({.before = s.test.row(r).first(n),
                   .faulty = faulty.all.row(r).first(n),
                   .truth = {{r, first - wrong.begin(), std::ranges::count(wrong, 1)}}});
    for (const auto& f : marked)
      if (f.sequence == r) out.back().marked.push_back(f);
  }
  return out;
}

std::string as_text(const fault_study& s, const std::vector<marked_sequence>& all) {
  std::string text;
  for (const marked_sequence& m : all) {
    const auto faulty = s.entries(m.faulty);
    text += "was    " + marked_text(s.entries(m.before), {}, "", "", s.between) + "\nfaulty " +
            marked_text(faulty, m.truth, "[", "]", s.between) + "\nmarked " +
            marked_text(faulty, m.marked, "[", "]", s.between) + "\n\n";
  }
  return text;
}

}  // namespace

faulty_sequences with_faults(data::sequences all, const fault_options& o) {
  const data::sequences sound = all;
  faulty_sequences out{std::move(all), std::vector<std::int32_t>(sound.tokens.size())};
  rng::source draw(rng::key{o.seed, stream::sampling + 2, static_cast<std::uint64_t>(o.kind)});
  const auto below = [&](long n) { return static_cast<long>(rng::below(static_cast<std::uint32_t>(n), draw)); };
  for (long r = 0; r < sound.count; ++r) {
    const long size = size_of(sound, r) - o.spared;
    if (below(2) == 0 || size < o.length) continue;
    const long first = below(size - o.length + 1);
    long from = -1, there = 0;  // of what is misplaced
    for (int tries = 0; o.kind == fault_kind::misplaced && from < 0 && tries < 1000; ++tries) {
      const long other = below(sound.count), room = size_of(sound, other) - o.spared - o.length;
      if (room < 0 || other == r) continue;
      from = other;
      there = below(room + 1);
    }
    if (o.kind == fault_kind::misplaced && from < 0) continue;
    for (long i = 0; i < o.length; ++i) {
      const auto at = static_cast<std::size_t>(r * sound.length + first + i);
      std::int32_t& token = out.all.tokens[at];
      if (o.kind == fault_kind::misplaced) {
        token = sound.row(from)[static_cast<std::size_t>(there + i)];
      } else {
        token = o.first_token + static_cast<std::int32_t>(below(o.limit - o.first_token - 1));
        token += token >= sound.tokens[at];  // another one than before
      }
      out.wrong[at] = 1;
    }
  }
  return out;
}

void find_faults(report& page, const fault_study& s, const std::vector<fault_finder>& finders) {
  std::string table = std::string(24, ' ');
  for (const char* title : {"token", "window", "sequence", "worst", "found", "wrongly"}) table += cell(title);
  bool shown = false;
  const auto show = [&](const faulty_sequences& faulty, const found& f) {
    const std::string caption = "Faulty windows, and what was marked by " + finders.front().name + ".";
    const auto some = some_faults(s, faulty, f.marked);
    if (s.draw) page.picture("Marked faults", caption, s.draw(some));
    else page.picture("Marked faults", caption, as_text(s, some));
    shown = true;
  };
  for (const auto& [kind, name] : {std::pair{fault_kind::uniform, "uniform"}, {fault_kind::misplaced, "misplaced"}}) {
    fault_options o = s.faults;
    o.kind = kind;
    const faulty_sequences faulty = with_faults(s.test, o);
    for (const fault_finder& by : finders) {
      const found f = look(by, s, faulty);
      std::string row = std::string(name) + ", " + by.name;
      row.resize(std::max<std::size_t>(row.size(), 24), ' ');
      table += "\n" + row + number(f.token.value) + number(f.window.value) + number(f.sequence.value) +
               number(f.worst.value) + number(f.recall) + number(f.false_alarms);
      std::printf("faults %s length %ld by %s token_auroc %.4f +- %.4f window_auroc %.4f sequence_auroc %.4f "
                  "worst_window_auroc %.4f found %.3f false_alarms %.3f\n",
                  name, o.length, by.name.c_str(), f.token.value, f.token.standard_error, f.window.value,
                  f.sequence.value, f.worst.value, f.recall, f.false_alarms);
      if (!shown) show(faulty, f);
    }
  }
  page.picture("Faults found",
               "Half of " + std::to_string(s.test.count) + " sequences have a window of " + std::to_string(s.faults.length) +
                   " wrong tokens, drawn uniformly or taken from elsewhere. Areas under the receiver operating "
                   "characteristic: of positions, by their own score and by the mean of three; of sequences, by their mean and "
                   "by their worst window. Then the shares of wrong and of sound positions whose window is above the threshold, "
                   "which 1 % of the validation sequences' positions are.",
               table);
}

}  // namespace variants
