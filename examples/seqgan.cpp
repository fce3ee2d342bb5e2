// Trains generators of sequences by maximum likelihood and policy gradients (SeqGAN), and leaves a run directory with
// weights, measurements and a report.
#include "program/run.hpp"
#include "seqgan/variants.hpp"

namespace {

using variants::settings;

/// One of the combinations that are compiled, and what it starts from.
struct recipe {
  std::string task, sizes, cell, discriminator, objective, method;
  void (*run)(const settings&);

  bool is_of(const settings& s) const {
    return task == s.task && sizes == s.sizes && cell == s.cell && discriminator == s.discriminator &&
           objective == s.objective && (method == s.method || (method == "seqgan" && is_of_the_seqgan(s.method)));
  }
  /// Maximum likelihood and rewards that no discriminator gives train the generator of the seqgan.
  static bool is_of_the_seqgan(const std::string& method) {
    return method == "maximum_likelihood" || method == "pg_bleu";
  }
  std::string spelled() const {
    return "--sizes " + sizes + " --cell " + cell + " --discriminator " + discriminator + " --objective " + objective +
           (method == "seqgan" ? "" : " --method " + method);
  }
};

/// The first one of a task is its default.
std::vector<recipe> all_recipes() {
  using namespace variants;
  return {{"oracle", "small", "lstm", "reduced", "binary", "seqgan", run_small},
          {"oracle", "small", "lstm", "reduced", "clipping", "seqgan", run_small_clipping},
          {"oracle", "small", "lstm", "reduced", "clipping", "straight_through", run_small_straight_through},
          {"oracle", "small", "lstm", "reduced", "spectral", "seqgan", run_small_spectral},
          {"oracle", "small", "lstm", "reduced", "gradient_penalty", "seqgan", run_small_penalty},
          {"oracle", "small", "gru", "reduced", "binary", "seqgan", run_small_gru},
          {"oracle", "small", "rnn", "reduced", "binary", "seqgan", run_small_rnn},
          {"oracle", "paper", "lstm", "reduced", "binary", "seqgan", run_paper_reduced},
          {"oracle", "paper", "lstm", "paper", "binary", "seqgan", run_paper_full},
          {"oracle", "small", "lstm", "reduced", "binary", "scheduled_sampling", run_scheduled_sampling},
          {"oracle", "paper", "lstm", "reduced", "binary", "scheduled_sampling", run_scheduled_sampling},
          {"words", "small", "lstm", "reduced", "binary", "seqgan", run_words},
          {"series", "small", "lstm", "reduced", "binary", "seqgan", run_series}};
}

/// What the tasks over data of others set.
settings start_with_data(const settings& chosen) {
  const bool words = chosen.task == "words";
  settings s{.o = {.data = words ? "/usr/share/dict" : "/usr/lib/python3/dist-packages/scipy/misc/ecg.dat",
                   .out = "runs/seqgan",
                   .batch = words ? 64 : 32,
                   .learning_rate = 3e-3},
             .task = chosen.task,
             .method = chosen.method};
  s.pretrain_epochs = words ? 25 : 40;
  s.measure = words ? 10'000 : 1000;
  s.generator_steps = 1;
  s.discriminator_rate = 1e-3;
  return s;
}

bool is_adversarial(const std::string& method) {
  return method == "seqgan" || method == "straight_through" || method == "pg_bleu";
}

/// What the task, and for the oracle its sizes, the method and the objective, set.
settings start(const settings& chosen) {
  if (chosen.task != "oracle") return start_with_data(chosen);
  const bool small = chosen.sizes == "small", adversarial = is_adversarial(chosen.method);
  settings s{.o = {.data = "simulated", .out = "runs/seqgan", .batch = 64, .learning_rate = 1e-2},
             .task = chosen.task,
             .method = chosen.method,
             .cell = chosen.cell,
             .objective = chosen.objective,
             .sizes = chosen.sizes,
             .discriminator = chosen.discriminator};
  // The only objective that is compiled with it.
  if (chosen.method == "straight_through" && chosen.objective == "binary") s.objective = "clipping";
  // A critic's scores may be of any size; probabilities are rewards as they are.
  if (s.objective != "binary") s.baseline = "position";
  s.pretrain_epochs = small ? 20 : adversarial ? 50 : 120;
  s.rounds = !adversarial ? 0 : small ? 20 : 60;
  if (chosen.discriminator == "paper") s.discriminator_rate = 1e-4;
  if (small) s.discriminator_rate = 1e-3;
  s.sequences = 10'000;
  s.measure = small ? 2000 : 9984;
  return s;
}

void read(settings& s, int count, char** words) {
  program::options menu{
      "seqgan", "Trains a generator of sequences by maximum likelihood, then against a discriminator.", s.o};
  menu.instead_of("epochs", "--pretrain-epochs and --rounds")
      .choice("task", s.task, {"oracle", "words", "series"},
              "sequences of a random LSTM, words or texts, an electrocardiogram or another series")
      .choice("method", s.method, {"seqgan", "straight_through", "maximum_likelihood", "scheduled_sampling", "pg_bleu"},
              "how the generator learns; the others are what seqgan is compared with")
      .choice("sizes", s.sizes, {"small", "paper"},
              "of the oracle task: 10 of 200 tokens and 16 units, or 20 of 5000 and 32; other options follow them")
      .choice("cell", s.cell, {"lstm", "gru", "rnn"}, "of the generator")
      .choice("discriminator", s.discriminator, {"reduced", "paper"}, "filters of 4 widths, or of 12")
      .choice("objective", s.objective, {"binary", "clipping", "spectral", "gradient_penalty"},
              "of the discriminator; all but binary are of Wasserstein critics")
      .number("pretrain-epochs", s.pretrain_epochs, 0l, 100'000l, "of maximum likelihood")
      .number("rounds", s.rounds, 0l, 100'000l, "of policy gradients, behind them")
      .number("rollouts", s.rollouts, 1l, 1000l, "completions of each beginning of a sequence")
      .number("generator-steps", s.generator_steps, 1l, 1000l, "policy gradients of a round")
      .number("discriminator-rate", s.discriminator_rate, 0., 1000., "step size of the discriminator's optimiser")
      .choice("baseline", s.baseline, {"none", "position"},
              "what rewards are compared with: nothing, or the mean of the batch at the position")
      .choice("reward", s.reward, {"probability", "logit"}, "what of the binary discriminator's score is the reward")
      .number("entropy", s.entropy, 0., 1000., "weight of the entropy in the reward, in nats a token")
      .path("oracle", s.oracle, "FILE.npz", "the oracle; without it one is drawn")
      .number("oracle-seed", s.oracle_seed, std::uint64_t{0}, UINT64_MAX, "that it is drawn from")
      .number("sequences", s.sequences, 0l, 10'000'000l, "to train on; 0: all that the data has")
      .number("measure", s.measure, 100l, 1'000'000l,
              "sequences to measure by: of the oracle after each epoch, else at the end")
      .path("text", s.text, "FILE", "of the task words: a text in UTF-8 instead of the English words in --data")
      .choice("pieces", s.pieces, {"lines", "windows"}, "what a sequence of --text is")
      .path("foreign", s.foreign, "FILE",
            "of the task words: words or a text of another style, to be told from the data")
      .text("column", s.column, "NAME",
            "of the task series: which one of --data (.csv, .npy or .npz), by name or number")
      .number("rate", s.rate, 0., 1e6, "of the task series: numbers a second; 0: windows instead of heart beats")
      .number("every", s.every, 1l, 1000l, "of the task series: one of so many numbers becomes a token");
  menu.read(count, words);
  s.config = menu.values();
}

[[noreturn]] void refuse(const std::string& what) { throw genet::usage_error(what); }

/// Options that would change nothing are no options of this run.
void refuse_useless(const settings& s) {
  const bool oracle = s.task == "oracle", words = s.task == "words", series = s.task == "series";
  const settings usual = start(s);
  const auto only = [&](bool here, bool changed, const std::string& option, const char* task) {
    if (!here && changed) refuse(option + ": is an option of the task " + task);
  };
  only(oracle, !s.oracle.empty(), "--oracle", "oracle");
  only(oracle, s.oracle_seed != usual.oracle_seed, "--oracle-seed", "oracle");
  only(words, !s.text.empty(), "--text", "words");
  only(words, !s.foreign.empty(), "--foreign", "words");
  only(words && !s.text.empty(), s.pieces != usual.pieces, "--pieces", "words with --text");
  only(series, !s.column.empty(), "--column", "series");
  only(series, s.rate != usual.rate, "--rate", "series");
  only(series, s.every != usual.every, "--every", "series");
  only(oracle && s.objective == "binary", s.reward != usual.reward, "--reward", "oracle with --objective binary");
  const bool rewarded = oracle && s.method != "straight_through" && is_adversarial(s.method);
  only(rewarded, s.baseline != usual.baseline, "--baseline", "oracle with --method seqgan or pg_bleu");
  only(rewarded, s.entropy != usual.entropy, "--entropy", "oracle with --method seqgan or pg_bleu");
  if (!oracle && (s.method == "pg_bleu" || s.method == "straight_through"))
    refuse("--method: " + s.method + " is one of the task oracle");
  if (oracle && s.o.data != "simulated") refuse("--data: the oracle draws its sequences itself; --oracle takes a file");
  if (s.epochs() < 1) refuse("--pretrain-epochs and --rounds: expected one epoch at least, got none");
  if ((oracle || s.sequences > 0) && s.sequences < s.o.batch)
    refuse("--sequences: expected at least the " + std::to_string(s.o.batch) + " of a batch, got " +
           std::to_string(s.sequences));
  if (s.rounds > 0 && (s.method == "maximum_likelihood" || s.method == "scheduled_sampling"))
    refuse("--rounds: " + s.method + " has none");
}

}  // namespace

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    // What sets the defaults of the others is read first.
    settings s = start({});
    read(s, count, words);
    s = start(s);
    read(s, count, words);
    const std::vector<recipe> all = all_recipes();
    const auto chosen = std::find_if(all.begin(), all.end(), [&](const recipe& r) { return r.is_of(s); });
    if (chosen == all.end()) {
      std::string known;
      for (const recipe& r : all)
        if (r.task == s.task) known += "\n  " + r.spelled();
      refuse("no such net is compiled; there are" + known);
    }
    refuse_useless(s);
    if (s.text.empty()) chosen->run(s);
    else variants::run_text(s);
  });
}
