#pragma once
// The oracle task without the types of its nets: compiled once.
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
#include <genet/report/report.hpp>
#include <genet/tensor/team.hpp>
#include <genet/train/callback.hpp>
#include <genet/train/sequence_adversarial.hpp>

#include "variants.hpp"

namespace variants {

/// What a report says about a variant.
struct description {
  std::string title, declaration;
};
/// Of the chosen sizes and cell, and these layers of a discriminator behind its tokens.
description describe(const settings&, const std::string& discriminator, const std::string& objective);
inline constexpr const char* reduced_layers =
    "embedding<32>,\n"
    "    heads<head<\"two\", conv1d<32, kernel<2>>, relu, max_over_time>,\n"
    "          head<\"three\", conv1d<32, kernel<3>>, relu, max_over_time>,\n"
    "          head<\"four\", conv1d<32, kernel<4>>, relu, max_over_time>,\n"
    "          head<\"five\", conv1d<32, kernel<5>>, relu, max_over_time>>,\n"
    "    concat, highway, dropout<0.25>, dense<1>";

/// A generator without its type. Sequences and likelihoods depend on no thread count.
struct writer {
  std::function<std::vector<std::int32_t>(long count, long epoch)> write{};  // others for each epoch
  std::function<std::vector<double>(std::span<const std::int32_t>)> nll{};   // in nats, of each token
  std::function<writer(const std::filesystem::path&, double)> kept{};        // that of a checkpoint, at a temperature
};

/// An oracle without its sizes.
struct some_oracle {
  virtual ~some_oracle() = default;
  virtual std::vector<std::int32_t> write(long count, std::uint64_t seed, genet::tensor::team&) const = 0;
  virtual std::vector<double> nll(std::span<const std::int32_t>, genet::tensor::team&) const = 0;
  virtual void save(const std::filesystem::path&) const = 0;

  int vocabulary = 0, length = 0;
};
/// That of --sizes, from --oracle or --oracle-seed.
std::unique_ptr<some_oracle> find_oracle(const settings&);

/// Data, measurements, report and callbacks of a run.
class oracle_bench {
 public:
  oracle_bench(const settings&, const description&, writer, genet::tensor::team&);
  oracle_bench(const oracle_bench&) = delete;

  const genet::data::examples& train() const { return train_; }
  std::filesystem::path last_checkpoint() const { return page_.directory().checkpoint("last"); }
  std::filesystem::path weights() const { return page_.directory().path() / "model.safetensors"; }
  std::vector<std::unique_ptr<genet::callback>> callbacks();
  /// What a resumed run has to share, beside what trainers know.
  std::vector<std::pair<std::string, std::string>> remembered() const;
  /// Of PG-BLEU: how much a sequence looks like those of the training data. Empty for other methods.
  genet::sequence_reward reward() const;
  /// Ends the report with the temperatures, and prints what was measured.
  void finish(const genet::history& past);

 private:
  struct point {
    long epoch = 0;
    double oracle = 0, test = 0;  // NLL
  };
  struct tempered {
    double temperature = 1;
    point at;
  };
  point measure(const writer&, long epoch) const;
  void record(genet::training&) const;
  void keep(genet::training&) const;
  /// The measured epochs of a phase.
  std::vector<point> points(const genet::history&, bool adversarial) const;
  std::vector<tempered> sweep(const std::string& checkpoint) const;
  static double test_at(const std::vector<point>& swept, double oracle);
  void compare(const std::vector<point>& learnt, const std::vector<point>& played);
  void find_faults();
  genet::svg::drawing by_epoch(const genet::history&) const;

  settings s_;
  writer made_;
  genet::tensor::team& team_;
  std::unique_ptr<some_oracle> oracle_;
  genet::report page_;
  genet::data::examples train_;
  std::vector<std::int32_t> held_out_;
  genet::history past_;  // for the report's picture
};

}  // namespace variants
