#include "oracle_bench.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include <genet/metrics/bleu.hpp>
#include <genet/metrics/text_diversity.hpp>
#include <genet/train/callbacks.hpp>

#include "../program/image_run.hpp"
#include "faults.hpp"

namespace variants {

using namespace genet;

namespace {

constexpr long held_out = 5000;    // sequences that NLL_test is of
constexpr long bleu_order = 2;     // of PG-BLEU's reward

data::documents rows_of(std::span<const std::int32_t> tokens, long length) {
  data::documents all;
  for (std::size_t i = 0; i < tokens.size(); i += static_cast<std::size_t>(length))
    all.emplace_back(tokens.begin() + static_cast<long>(i), tokens.begin() + static_cast<long>(i) + length);
  return all;
}

double mean(const std::vector<double>& of) {
  return std::accumulate(of.begin(), of.end(), 0.) / static_cast<double>(of.size());
}

double term_of(const epoch_record& row, std::string_view name) {
  for (const term& t : row.terms)
    if (t.name == name) return t.value;
  return std::nan("");
}

template <class... Value>
std::string line(const char* format, Value... value) {
  char text[160];
  std::snprintf(text, sizeof text, format, value...);
  return text;
}

}  // namespace

description describe(const settings& s, const std::string& discriminator, const std::string& objective) {
  const bool small = s.sizes == "small";
  const std::string units = small ? "16" : "32", vocabulary = small ? "200" : "5000",
                    source = "net<tokens<" + vocabulary + (small ? ", 10>, " : ", 20>, ");
  std::string declared = "struct generator : " + source + "embedding<" + units + ">, " + s.cell + "<" + units +
                         ">, token_distribution<" + vocabulary + ">> {};";
  if (!discriminator.empty())
    declared += "\nstruct discriminator : " + source + discriminator +
                "> {};\nusing sequences = seqgan<generator, discriminator, " + objective + ">;";
  return {"SeqGAN on an oracle: " + s.cell + ", " + s.method + ", " + s.objective, declared};
}

oracle_bench::oracle_bench(const settings& s, const description& about, writer w, tensor::team& team)
    : s_(s), made_(std::move(w)), team_(team), oracle_(find_oracle(s)), page_(s.o.out) {
  // Whole batches, as in the paper's program.
  const long count = s.sequences / s.o.batch * s.o.batch;
  auto all = oracle_->write(count + held_out, s.o.seed, team);
  const auto cut = all.begin() + count * oracle_->length;
  held_out_.assign(cut, all.end());
  all.erase(cut, all.end());
  train_ = {.count = count, .features = 0, .x = {}, .labels = {}, .length = oracle_->length, .tokens = std::move(all)};
  page_.title(about.title)
      .model(about.declaration)
      .config(s.config)
      .threads(s.o.threads)
      .unit("sequences")
      .columns({"nll_oracle", "nll_test", "phase"})
      .fact("Oracle", s.oracle.empty() ? "drawn from seed " + std::to_string(s.oracle_seed) : s.oracle.string())
      .fact("NLL_oracle of its own sequences", show_number::fixed(mean(oracle_->nll(held_out_, team)), 3))
      .fact("Method", s.method)
      .fact("Seed", std::to_string(s.o.seed))
      .loss_label("loss: negative log-likelihood in nats a token, then the discriminator's")
      .chart("Scores of the discriminator", {"real", "fake"})
      .chart("Rightly told", {"real_accuracy", "fake_accuracy"});
}

std::vector<std::pair<std::string, std::string>> oracle_bench::remembered() const {
  return {{"task", s_.task},
          {"method", s_.method},
          {"oracle", s_.oracle.empty() ? "seed " + std::to_string(s_.oracle_seed) : s_.oracle.string()},
          {"measure", std::to_string(s_.measure)}};
}

std::vector<std::unique_ptr<callback>> oracle_bench::callbacks() {
  page_.picture("Likelihoods", "NLL_oracle: of fresh samples under the oracle. NLL_test: of held-out sequences under the "
                "generator. Nats a token.", [this] { return by_epoch(past_); }, drawn::each_epoch);
  std::vector<std::unique_ptr<callback>> all;
  lambda measuring;
  measuring.on_run_begin = [this](training& t) {
    oracle_->save(page_.directory().path() / "oracle.npz");
    if (!t.past.find(0, "test")) record(t);
    past_ = t.past;
  };
  measuring.on_epoch_end = [this](training& t) {
    record(t);
    keep(t);
    past_ = t.past;
  };
  all.push_back(as_callback(std::move(measuring)));
  for (auto& c : program::watchers(s_.o, page_, {.unit = "sequences", .keep_best = false})) all.push_back(std::move(c));
  return all;
}

sequence_reward oracle_bench::reward() const {
  if (s_.method != "pg_bleu") return {};
  const auto known = std::make_shared<metrics::bleu_references>(rows_of(train_.tokens, train_.length));
  return [known](std::span<const std::int32_t> tokens, std::span<double> rewards) {
    const std::size_t length = tokens.size() / rewards.size();
    for (std::size_t i = 0; i < rewards.size(); ++i)
      rewards[i] = known->compare(tokens.subspan(i * length, length)).score(bleu_order, metrics::bleu_smoothing::epsilon);
  };
}

auto oracle_bench::measure(const writer& w, long epoch) const -> point {
  return {epoch, mean(oracle_->nll(w.write(s_.measure, epoch), team_)), mean(w.nll(held_out_))};
}

void oracle_bench::record(training& t) const {
  const point p = measure(made_, t.epoch);
  const double phase = t.epoch > s_.pretrain_epochs ? 1 : 0;
  t.record({t.epoch, "test", t.seconds, p.test, {{"nll_oracle", p.oracle}, {"nll_test", p.test}, {"phase", phase}}});
}

/// Checkpoints of the end of the maximum likelihood and of the lowest numbers.
void oracle_bench::keep(training& t) const {
  const auto& to = page_.directory();
  const bool adversarial = t.epoch > s_.pretrain_epochs;
  if (t.epoch == s_.pretrain_epochs && s_.rounds > 0) t.save_checkpoint(to.checkpoint("pretrained"));
  const auto all = points(t.past, adversarial);
  const auto is_best = [&](double point::*what) {
    return std::ranges::all_of(all, [&](const point& p) { return all.back().*what <= p.*what; });
  };
  if (is_best(&point::oracle)) t.save_checkpoint(to.checkpoint(adversarial ? "best" : "likelihood"));
  if (!adversarial && is_best(&point::test)) t.save_checkpoint(to.checkpoint("early"));
}

auto oracle_bench::points(const history& past, bool adversarial) const -> std::vector<point> {
  std::vector<point> all;
  for (const epoch_record& row : past.rows())
    if (row.split == "test" && row.epoch > 0 && (row.epoch > s_.pretrain_epochs) == adversarial)
      all.push_back({row.epoch, term_of(row, "nll_oracle"), term_of(row, "nll_test")});
  return all;
}

svg::drawing oracle_bench::by_epoch(const history& past) const {
  svg::series oracle{"NLL_oracle", {}, {}}, test{"NLL_test", {}, {}}, begin{"first round", {}, {}, true};
  for (const epoch_record& row : past.rows()) {
    if (row.split != "test") continue;
    for (const auto& [to, name] : {std::pair{&oracle, "nll_oracle"}, {&test, "nll_test"}}) {
      to->x.push_back(static_cast<double>(row.epoch));
      to->y.push_back(term_of(row, name));
    }
  }
  std::vector<svg::series> lines{oracle, test};
  if (finished_epochs(past) > s_.pretrain_epochs) {
    const auto [low, high] = std::minmax(oracle.y.back(), test.y.back());
    begin.x.assign(2, static_cast<double>(s_.pretrain_epochs));
    begin.y = {low, high};
    lines.push_back(begin);
  }
  return svg::curves(lines, {.y_label = "nats a token"});
}

auto oracle_bench::sweep(const std::string& checkpoint) const -> std::vector<tempered> {
  std::vector<tempered> all;
  for (const double t : {1., 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5})
    all.push_back({t, measure(made_.kept(page_.directory().checkpoint(checkpoint), t), -1)});
  return all;
}

void oracle_bench::finish(const history& past) {
  const auto learnt = points(past, false), played = points(past, true);
  if (!learnt.empty()) compare(learnt, played);
  find_faults();
  const auto samples = rows_of(made_.write(std::min(s_.measure, 1000L), -2), oracle_->length);
  const double distinct = metrics::distinct_n(samples, 4), alike = metrics::self_bleu(samples, 4);
  page_.fact("distinct-4", show_number::fixed(distinct, 4)).fact("Self-BLEU-4", show_number::fixed(alike, 4));
  std::printf("samples distinct_4 %.4f self_bleu_4 %.4f\n", distinct, alike);
  program::finish(page_, *past.last("test"));
}

/// What lower temperatures pay in NLL_test for this NLL_oracle, between two of them; NaN where they do not reach it.
double oracle_bench::test_at(const std::vector<point>& swept, double oracle) {
  for (std::size_t i = 0; i + 1 < swept.size(); ++i) {
    const point &above = swept[i], &below = swept[i + 1];
    if (oracle > above.oracle || oracle < below.oracle) continue;
    return std::lerp(above.test, below.test, (above.oracle - oracle) / std::max(above.oracle - below.oracle, 1e-12));
  }
  return std::nan("");
}

/// By the generator of the lowest NLL_test, beside what nobody can do better.
void oracle_bench::find_faults() {
  const auto early = page_.directory().checkpoint("early");
  if (!std::filesystem::exists(early)) return;
  const auto sequences_of = [&](std::vector<std::int32_t> tokens) {
    std::vector<std::int32_t> all_count(tokens.size(), 1);
    return data::sequences{static_cast<long>(tokens.size()) / oracle_->length, oracle_->length, std::move(tokens),
                           std::move(all_count)};
  };
  constexpr long count = 4000;
  auto fresh = oracle_->write(count, s_.o.seed + 1, team_);
  variants::find_faults(page_,
                        {.validation = sequences_of(held_out_),
                         .test = sequences_of(std::move(fresh)),
                         .faults = {.limit = oracle_->vocabulary, .seed = s_.o.seed},
                         .entries =
                             [](std::span<const std::int32_t> tokens) {
                               std::vector<std::string> all;
                               for (const std::int32_t t : tokens) all.push_back(std::to_string(t));
                               return all;
                             },
                         .between = " "},
                        {{"generator", made_.kept(early, 1).nll},
                         {"oracle", [this](std::span<const std::int32_t> tokens) { return oracle_->nll(tokens, team_); }}});
}

void oracle_bench::compare(const std::vector<point>& learnt, const std::vector<point>& played) {
  const auto least = [](const std::vector<point>& of, double point::*what) {
    return *std::ranges::min_element(of, {}, what);
  };
  const point best = least(learnt, &point::oracle), early = least(learnt, &point::test);
  std::string table = "temperature   NLL_oracle   NLL_test\n", paid;
  std::vector<svg::series> lines;
  const auto add = [&](const std::string& name, const std::vector<point>& all, bool dashed) {
    svg::series one{name, {}, {}, dashed};
    for (const point& p : all) one.x.push_back(p.test), one.y.push_back(p.oracle);
    lines.push_back(std::move(one));
  };
  for (const auto& [checkpoint, what, from] : {std::tuple{"likelihood", "lowest NLL_oracle", best},
                                               {"early", "lowest NLL_test", early}}) {
    table += line("\nmaximum likelihood, %s: epoch %ld\n", what, from.epoch);
    std::vector<point> swept;
    for (const auto& [temperature, at] : sweep(checkpoint)) {
      table += line("%11.2f %12.3f %10.3f\n", temperature, at.oracle, at.test);
      swept.push_back(at);
    }
    add(line("temperatures, epoch %ld", from.epoch), swept, true);
    if (!played.empty()) paid += line(" %s_nll_test %.4f", checkpoint, test_at(swept, least(played, &point::oracle).oracle));
  }
  add("maximum likelihood", learnt, false);
  std::printf("likelihood nll_oracle %.4f at %ld nll_test %.4f at %ld\n", best.oracle, best.epoch, early.test, early.epoch);
  if (!played.empty()) {
    add("rounds", played, false);
    const point won = least(played, &point::oracle);
    table += line("\nrounds, lowest NLL_oracle: epoch %ld\n%24.3f %10.3f\n", won.epoch, won.oracle, won.test);
    std::printf("rounds nll_oracle %.4f at %ld nll_test %.4f below %.4f%s\n", won.oracle, won.epoch, won.test,
                best.oracle - won.oracle, paid.c_str());
  }
  page_.picture("Temperatures", "NLL_test is that of the distribution at the temperature.", table);
  page_.picture("What lower NLL_oracle costs", "Points of the run, and maximum likelihood at lower temperatures.",
                svg::curves(lines, {.x_label = "NLL_test", .y_label = "NLL_oracle", .whole_x = false}));
}

}  // namespace variants
