#pragma once
// Tasks over sequences that somebody wrote or measured, without the types of their nets: compiled once.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <genet/data/examples.hpp>
#include <genet/data/sequences.hpp>
#include <genet/models/ngram_model.hpp>
#include <genet/report/report.hpp>
#include <genet/train/callback.hpp>

#include "faults.hpp"
#include "variants.hpp"

namespace variants {

/// The sequences of a task, and how they are shown. A sequence that ends before `length` is followed by `end` tokens.
struct corpus {
  std::string title{}, unit = "sequences", token = "token";  // what a sequence and what a token is
  long length = 0;
  std::int32_t used = 0, first_token = 0, end = -1;  // tokens in use; the first that is not special; -1: there is none
  genet::data::documents train{}, validation{}, test{};
  genet::data::documents foreign{};  // of another style, to be told from the test sequences
  std::string foreign_name{};
  std::vector<std::pair<std::string, std::string>> facts{};

  std::function<std::vector<std::string>(std::span<const std::int32_t>)> entries{};  // tokens as texts
  std::string between{};                                                             // of them
  /// Real-valued series: what tokens stand for, and what draws rows of these, some of the data and some made.
  std::function<std::vector<double>(std::span<const std::int32_t>)> values{};
  std::function<genet::svg::drawing(const std::vector<std::vector<double>>& real,
                                    const std::vector<std::vector<double>>& made)>
      draw{};
  std::function<genet::svg::drawing(const std::vector<marked_sequence>&)> draw_faults{};
  long fault_length = 3;
  std::function<void(const std::filesystem::path& directory)> save{};  // what a run needs to be understood

  bool is_series() const { return static_cast<bool>(values); }
  /// Up to its end token, that included.
  std::vector<std::int32_t> document(std::span<const std::int32_t> row) const;
  genet::data::sequences rows(const genet::data::documents&) const;
  /// A sequence in a file of samples.
  std::string line(std::span<const std::int32_t>) const;
};

/// A generator, and perhaps its discriminator, without their types. What they give depends on no thread count.
struct corpus_voice {
  std::function<std::vector<std::int32_t>(long count, std::uint64_t which, double temperature)> write{};
  std::function<std::vector<double>(std::span<const std::int32_t>)> nll{};    // of each token, (count,length)
  std::function<std::vector<double>(std::span<const std::int32_t>)> falls{};  // of the value, the same; or nothing
};

/// Data, measurements, report and callbacks of a run.
class corpus_bench {
 public:
  corpus_bench(const settings&, const std::string& declaration, corpus, corpus_voice);
  corpus_bench(const corpus_bench&) = delete;

  const genet::data::examples& train() const { return train_; }
  std::filesystem::path last_checkpoint() const { return page_.directory().checkpoint("last"); }
  std::filesystem::path weights() const { return page_.directory().path() / "model.safetensors"; }
  std::vector<std::unique_ptr<genet::callback>> callbacks();
  /// Ends the report with the measurements, and prints them.
  void finish(const genet::history& past);

 private:
  /// Nats a token and bits a token of sequences.
  double nats(const genet::data::sequences&) const;
  void record(genet::training&) const;
  std::filesystem::path sample_file(long epoch) const;
  std::string texts_by_epoch() const;
  genet::svg::drawing series_by_epoch() const;
  void measure_samples(const genet::ngram_model&);
  void tell_styles(const genet::ngram_model&);

  settings s_;
  corpus c_;
  corpus_voice voice_;
  genet::report page_;
  genet::data::examples train_;
  genet::data::sequences validation_, test_;
};

}  // namespace variants
