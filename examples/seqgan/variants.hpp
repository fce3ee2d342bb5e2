#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "../program/options.hpp"

namespace variants {

/// What the command line decided.
struct settings {
  program::common o{};  // the rate is the generator's
  std::string task = "oracle", method = "seqgan", cell = "lstm", objective = "binary";
  std::string sizes = "small", discriminator = "reduced";  // of the oracle task
  std::filesystem::path oracle = {};                       // a file; empty: drawn from the seed
  std::uint64_t oracle_seed = 1;
  long pretrain_epochs = 0, rounds = 0, rollouts = 16, generator_steps = 2;
  double discriminator_rate = 2e-4, entropy = 0;
  std::string baseline = "none", reward = "probability";
  long sequences = 0, measure = 0;  // to train on; to measure by after each epoch
  // Of words and series.
  std::filesystem::path text = {}, foreign = {};  // files; empty: the word lists of --data
  std::string pieces = "lines", column = {};
  double rate = 360;  // of a series, numbers a second; 0: it has no beats
  long every = 3;     // of its numbers is a token
  genet::json::object config{};

  long epochs() const { return pretrain_epochs + rounds; }
};

/// Each has a translation unit of its own, so that one is compiled without the others. The oracle task, by the sizes of
/// its nets, the cell of the generator and what the discriminator is.
void run_paper_reduced(const settings&);
void run_paper_full(const settings&);
void run_small(const settings&);
void run_small_gru(const settings&);
void run_small_rnn(const settings&);
void run_small_clipping(const settings&);
void run_small_spectral(const settings&);
void run_small_penalty(const settings&);
void run_small_straight_through(const settings&);
/// The generators of both sizes alone, by scheduled sampling.
void run_scheduled_sampling(const settings&);

/// Words of characters, and real-valued series.
void run_words(const settings&);
void run_text(const settings&);
void run_series(const settings&);

}  // namespace variants
