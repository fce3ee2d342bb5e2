#include "corpus_bench.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numbers>
#include <set>

#include <genet/data/csv.hpp>
#include <genet/data/text_file.hpp>
#include <genet/io/atomic_file.hpp>
#include <genet/metrics/auroc.hpp>
#include <genet/metrics/bleu.hpp>
#include <genet/metrics/text_diversity.hpp>
#include <genet/train/callbacks.hpp>

#include "../program/image_run.hpp"

namespace variants {

using namespace genet;

namespace {

constexpr long ngram_order = 5, shown = 40;
constexpr double ln2 = std::numbers::ln2;

/// Log-likelihoods under a model, in nats a token.
std::vector<double> likelihoods(const ngram_model& by, const data::documents& of) {
  std::vector<double> out;
  for (const auto& d : of) out.push_back(by.log_likelihood(d) / static_cast<double>(d.size()));
  return out;
}

std::string percent(double share) { return show_number::fixed(100 * share, 1) + " %"; }
std::string cell(const std::string& s) { return std::string(9 - std::min<std::size_t>(8, s.size()), ' ') + s; }

}  // namespace

std::vector<std::int32_t> corpus::document(std::span<const std::int32_t> row) const {
  const auto at = end < 0 ? row.end() : std::ranges::find(row, end);
  return {row.begin(), at == row.end() ? at : at + 1};
}

data::sequences corpus::rows(const data::documents& of) const {
  return data::pad(of, length, {.padding = std::max(end, 0)});
}

std::string corpus::line(std::span<const std::int32_t> row) const {
  std::string out;
  if (is_series()) {
    for (const double v : values(row)) out += (out.empty() ? "" : ",") + show_number::general(v, 6);
    return out;
  }
  for (const std::string& e : entries(document(row))) out += (out.empty() ? "" : between) + e;
  for (char& c : out)
    if (c == '\n' || c == '\r') c = ' ';  // a sequence is a line
  return out;
}

corpus_bench::corpus_bench(const settings& s, const std::string& declaration, corpus c, corpus_voice v)
    : s_(s), c_(std::move(c)), voice_(std::move(v)), page_(s.o.out), validation_(c_.rows(c_.validation)),
      test_(c_.rows(c_.test)) {
  // As many as were asked for, from all places.
  if (const auto n = static_cast<std::size_t>(s.sequences); n > 0 && n < c_.train.size()) {
    for (std::size_t i = 0; i < n; ++i) std::swap(c_.train[i], c_.train[i * c_.train.size() / n]);
    c_.train.resize(n);
  }
  // Ends are repeated: what is written and what is real look alike behind them, too.
  const data::sequences all = c_.rows(c_.train);
  train_.count = all.count;
  train_.length = all.length;
  train_.tokens = all.tokens;
  page_.title(c_.title)
      .model(declaration)
      .config(s.config)
      .threads(s.o.threads)
      .unit(c_.unit)
      .loss_label("negative log-likelihood, nats a " + c_.token + " (training: of all positions)")
      .columns({"bits", "phase"})
      .chart("Bits a " + c_.token + ", validation", {"bits"})
      .chart("Scores", {"real", "fake"})
      .chart("Rightly told", {"real_accuracy", "fake_accuracy"})
      .fact("Data", std::to_string(c_.train.size()) + " " + c_.unit + " to train on, " +
                        std::to_string(c_.validation.size()) + " to validate, " + std::to_string(c_.test.size()) + " to test")
      .fact("Vocabulary", std::to_string(c_.used))
      .fact("Seed", std::to_string(s.o.seed));
  for (const auto& [name, value] : c_.facts) page_.fact(name, value);
  if (c_.is_series())
    page_.picture("Series by epoch", "The first row is of the test data, the others are made.",
                  [this] { return series_by_epoch(); }, drawn::each_epoch);
  else
    page_.picture("By epoch", "The first of what was written after some epochs; always by the same random numbers.",
                  [this] { return texts_by_epoch(); }, drawn::each_epoch);
}

std::vector<std::unique_ptr<callback>> corpus_bench::callbacks() {
  auto all = program::watchers(s_.o, page_, {.unit = c_.unit, .keep_best = false});
  // Before the report, which writes the row.
  all.insert(all.begin(), as_callback(lambda{.on_run_begin = [this](training&) { if (c_.save) c_.save(page_.directory().path()); },
                                             .on_epoch_end = [this](training& t) { record(t); }}));
  return all;
}

double corpus_bench::nats(const data::sequences& of) const {
  const auto scores = voice_.nll(of.tokens);
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (of.mask[i]) sum += scores[i];
  return sum / static_cast<double>(of.counted());
}

void corpus_bench::record(training& t) const {
  const double loss = nats(validation_);
  t.record({t.epoch, "validation", t.seconds, loss, {{"bits", loss / ln2}}});
  const auto made = voice_.write(shown, 0, 1);
  std::string text;
  for (long i = 0; i < shown; ++i)
    text += c_.line(std::span(made).subspan(static_cast<std::size_t>(i * c_.length), static_cast<std::size_t>(c_.length))) + "\n";
  io::write_atomically(sample_file(t.epoch), [&](io::writer& out) { out.write(text); });
  if (t.epoch == 1)  // what an earlier run left
    for (long later = 2; std::filesystem::remove(sample_file(later)); ++later) {
    }
}

std::filesystem::path corpus_bench::sample_file(long epoch) const {
  auto file = page_.directory().sample(epoch);
  return file.replace_extension(c_.is_series() ? ".csv" : ".txt");
}

namespace {

/// The first epoch, the last one, and some between: 1, 2, 5, 10, 20, 50, ...
template <class Exists>
std::vector<long> epochs_to_show(const Exists& exists) {
  std::vector<long> out;
  long last = 0;
  while (exists(last + 1)) ++last;
  for (long power = 1; power <= last; power *= 10)
    for (const long times : {1L, 2L, 5L})
      if (times * power < last) out.push_back(times * power);
  if (last > 0) out.push_back(last);
  return out;
}

}  // namespace

std::string corpus_bench::texts_by_epoch() const {
  std::string out;
  for (const long epoch : epochs_to_show([&](long e) { return std::filesystem::exists(sample_file(e)); })) {
    const std::string text = data::read_text(sample_file(epoch));
    out += "epoch " + std::to_string(epoch) + "\n";
    long lines = 0;
    std::string together = "  ";
    for (const auto line : data::lines_of(text)) {
      if (++lines > (c_.between.empty() && c_.length <= 24 ? 24 : 6)) break;
      const bool short_ones = c_.length <= 24;
      if (short_ones && together.size() > 56) out += together + "\n", together = "  ";
      together += std::string(line) + (short_ones ? "  " : "\n  ");
    }
    out += together + "\n\n";
  }
  return out;
}

svg::drawing corpus_bench::series_by_epoch() const {
  std::vector<std::vector<double>> real, made;
  constexpr std::size_t columns = 4;
  for (std::size_t i = 0; i < columns && i < c_.test.size(); ++i) real.push_back(c_.values(c_.test[i]));
  for (const long epoch : epochs_to_show([&](long e) { return std::filesystem::exists(sample_file(e)); })) {
    const auto table = data::csv::read(sample_file(epoch), {.header = false});
    const auto numbers = table.numbers();
    for (std::size_t i = 0; i < columns; ++i) {
      const auto from = numbers.begin() + static_cast<long>(i) * table.columns();
      made.emplace_back(from, from + table.columns());
    }
  }
  return c_.draw(real, made);
}

void corpus_bench::measure_samples(const ngram_model& by) {
  std::set<std::vector<std::int32_t>> known;
  for (const auto* part : {&c_.train, &c_.validation, &c_.test}) known.insert(part->begin(), part->end());
  auto usual = likelihoods(by, c_.test);
  std::ranges::sort(usual);
  const double least = usual[usual.size() / 20];  // 5 % of the test sequences are less likely

  const std::vector<double> temperatures{1, 0.85, 0.7, 0.5};
  std::vector<std::pair<std::string, std::vector<std::string>>> table{
      {"novel", {}},         {"novel and likely", {}}, {"copied of training", {}}, {"of validation or test", {}},
      {"distinct", {}},      {"distinct-2", {}},       {"distinct-4", {}},         {"novel 4-grams", {}},
      {"self-BLEU-4", {}},   {"bits by 5-gram", {}}};
  std::string novel_ones;
  for (const double temperature : temperatures) {
    const auto made = voice_.write(s_.measure, 1, temperature);
    data::documents all, fresh;
    for (long i = 0; i < s_.measure; ++i)
      all.push_back(c_.document(std::span(made).subspan(static_cast<std::size_t>(i * c_.length), static_cast<std::size_t>(c_.length))));
    for (const auto& d : all)
      if (!known.contains(d)) fresh.push_back(d);
    const auto of_fresh = likelihoods(by, fresh);
    const auto n = static_cast<double>(all.size());
    const double novel = static_cast<double>(fresh.size()) / n,
                 likely = fresh.empty() ? 0
                                        : static_cast<double>(std::ranges::count_if(of_fresh, [&](double v) { return v > least; })) /
                                              static_cast<double>(fresh.size()),
                 copied = metrics::copied_share(all, c_.train), held_out = std::max(1 - novel - copied, 0.),
                 distinct = static_cast<double>(data::find_duplicates(all).distinct) / n;
    const data::documents some(all.begin(), all.begin() + std::min<long>(s_.measure, 1000));
    const double bleu = metrics::self_bleu(some), bits = by.bits_per_token(all);
    const auto longest = std::ranges::max(all, {}, &std::vector<std::int32_t>::size).size();
    const double two = longest > 1 ? metrics::distinct_n(all, 2) : 0, four = longest > 3 ? metrics::distinct_n(all, 4) : 0,
                 fresh_four = longest > 3 ? metrics::ngram_novelty(all, c_.train, 4) : 0;
    const std::vector<std::string> cells{percent(novel),
                                         percent(likely),
                                         percent(copied),
                                         percent(held_out),
                                         percent(distinct),
                                         show_number::fixed(two, 4),
                                         show_number::fixed(four, 4),
                                         percent(fresh_four),
                                         show_number::fixed(bleu, 3),
                                         show_number::fixed(bits, 3)};
    for (std::size_t i = 0; i < cells.size(); ++i) table[i].second.push_back(cells[i]);
    std::printf("samples %ld temperature %g novel %.4f novel_likely %.4f copied %.4f held_out %.4f distinct %.4f distinct_2 %.4f "
                "distinct_4 %.4f novel_4grams %.4f self_bleu_4 %.4f ngram_bits %.4f\n",
                s_.measure, temperature, novel, likely, copied, held_out, distinct, two, four, fresh_four, bleu, bits);
    if (temperature == 1 && !c_.is_series()) {
      std::string together;
      for (std::size_t i = 0; i < fresh.size() && i < 200; ++i) {
        if (of_fresh[i] <= least) continue;
        const std::string word = c_.line(fresh[i]);
        if (together.size() + word.size() > 62) novel_ones += together + "\n", together.clear();
        together += word + "  ";
      }
      novel_ones += together;
    }
  }
  std::string text = std::string(24, ' ');
  for (const double temperature : temperatures) text += cell("T " + show_number::general(temperature, 2));
  for (auto& [name, cells] : table) {
    name.resize(24, ' ');
    text += "\n" + name;
    for (const auto& one : cells) text += cell(one);
  }
  page_.picture("Samples by temperature",
                std::to_string(s_.measure) + " " + c_.unit + " each. Novel are those that are nowhere in the data; likely those of "
                "them that the 5-gram finds likelier, a " + c_.token + ", than it does 5 % of the test data; distinct-n and self-BLEU "
                "(of 1000) tell how much is repeated.",
                text);
  if (!novel_ones.empty()) page_.picture("Novel ones", "The first at temperature 1 that are novel and likely.", novel_ones);
}

void corpus_bench::tell_styles(const ngram_model& by) {
  if (c_.foreign.empty()) return;
  const data::sequences foreign = c_.rows(c_.foreign);
  const auto scores_of = [&](const data::sequences& of) { return voice_.nll(of.tokens); };
  const fault_detector detect({scores_of(validation_), c_.length}, {.false_alarms = 0.05}, validation_.mask);
  const auto own = scores_of(test_), other = scores_of(foreign);
  auto means = detect.sequence_means({own, c_.length}, test_.mask);
  std::vector<std::int32_t> is_foreign(means.size(), 0);
  for (const double v : detect.sequence_means({other, c_.length}, foreign.mask)) means.push_back(v);
  is_foreign.resize(means.size(), 1);
  std::vector<double> by_ngrams;
  for (const auto* part : {&c_.test, &c_.foreign})
    for (const double v : likelihoods(by, *part)) by_ngrams.push_back(-v);
  const auto value = metrics::auroc(means, is_foreign), of_ngrams = metrics::auroc(by_ngrams, is_foreign);
  const auto share = [](std::size_t some, std::size_t all) { return static_cast<double>(some) / static_cast<double>(all); };
  const double flagged = share(detect.flag({other, c_.length}, foreign.mask).size(), c_.foreign.size()),
               wrongly = share(detect.flag({own, c_.length}, test_.mask).size(), c_.test.size());
  std::printf("style %s auroc %.4f +- %.4f ngram_auroc %.4f flagged %.3f wrongly %.3f\n", c_.foreign_name.c_str(),
              value.value,
              value.standard_error, of_ngrams.value, flagged, wrongly);
  page_.fact("AUROC of " + c_.foreign_name, show_number::fixed(value.value, 3));
  std::string lines;
  const auto list = [&](const char* name, const data::sequences& of, std::size_t first) {
    for (long k = 0; k < std::min(of.count, 12L); ++k) {
      const long i = k * of.count / std::min(of.count, 12L);
      const double v = means[first + static_cast<std::size_t>(i)];
      lines += (v > detect.sequence_threshold() ? "flagged  " : "         ") + show_number::fixed(v / ln2, 2) + "  " +
               c_.line(of.row(i)) + "\n";
    }
    lines += std::string("(") + name + ")\n\n";
  };
  list("of the test data", test_, 0);
  list("foreign", foreign, static_cast<std::size_t>(test_.count));
  page_.picture("Another style: " + c_.foreign_name,
                std::to_string(c_.foreign.size()) + " sequences of another origin among " + std::to_string(c_.test.size()) +
                    " of the test data, told by bits a " + c_.token + ": AUROC " + show_number::fixed(value.value, 3) +
                    " (5-gram: " + show_number::fixed(of_ngrams.value, 3) + "). " + percent(flagged) + " of them are flagged, and " +
                    percent(wrongly) + " of the test data, by the threshold that 5 % of the validation data are above.",
                lines);
}

void corpus_bench::finish(const history& past) {
  const double loss = nats(test_);
  const ngram_model by(c_.train, ngram_order, c_.used);
  const double ngram_bits = by.bits_per_token(c_.test);
  std::printf("bits %.4f by_5gram %.4f of %ld test %ss\n", loss / ln2, ngram_bits, test_.counted(), c_.token.c_str());
  page_.fact("Bits a " + c_.token, show_number::fixed(loss / ln2, 3))
      .fact("Of a Kneser-Ney 5-gram", show_number::fixed(ngram_bits, 3));
  measure_samples(by);
  tell_styles(by);
  std::vector<fault_finder> finders{{"generator", voice_.nll}};
  if (voice_.falls) finders.push_back({"falling value", voice_.falls});
  find_faults(page_,
              {.validation = validation_,
               .test = test_,
               .faults = {.length = c_.fault_length,
                          .spared = c_.end < 0 ? 0 : 1,
                          .first_token = c_.first_token,
                          .limit = c_.used,
                          .seed = s_.o.seed},
               .entries = c_.entries,
               .between = c_.between,
               .draw = c_.draw_faults},
              finders);
  const auto* last = past.last("train");
  program::finish(page_, {last ? last->epoch : 0, "test", last ? last->seconds : 0, loss, {{"bits", loss / ln2}}}, 4);
}

}  // namespace variants
