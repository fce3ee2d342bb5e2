#pragma once
// How well models find faults that were put into sequences; compiled once for all tasks.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <genet/data/sequences.hpp>
#include <genet/models/fault_detector.hpp>
#include <genet/report/report.hpp>

namespace variants {

enum class fault_kind {
  uniform,    ///< tokens that are drawn anew, each another one than before
  misplaced,  ///< tokens from elsewhere in the sequences
};

/// Sequences of which half have a window of wrong tokens.
struct faulty_sequences {
  genet::data::sequences all{};
  std::vector<std::int32_t> wrong{};  // (count, length) of 0 and 1
};
/// Windows lie within the tokens that count but for the last `spared` of each sequence; those that are too short stay as
/// they are. Tokens are drawn from first_token to limit - 1.
struct fault_options {
  fault_kind kind = fault_kind::uniform;
  long length = 5, spared = 0;
  std::int32_t first_token = 0, limit = 0;
  std::uint64_t seed = 0;
};
faulty_sequences with_faults(genet::data::sequences, const fault_options&);

/// Scores positions of sequences (count, length), high where it suspects something.
struct fault_finder {
  std::string name;
  std::function<std::vector<double>(std::span<const std::int32_t>)> scores;
};

/// A sequence with a fault, for pictures.
struct marked_sequence {
  std::span<const std::int32_t> before{}, faulty{};
  std::vector<genet::suspicious_fragment> truth{}, marked{};
};

/// What faults are put into, and how they are shown: as texts, or by `draw` if that is there.
struct fault_study {
  genet::data::sequences validation{}, test{};  // faultless; thresholds are from the first
  fault_options faults{};
  std::function<std::vector<std::string>(std::span<const std::int32_t>)> entries{};  // tokens as texts
  std::string between{};                                                             // of them
  std::function<genet::svg::drawing(const std::vector<marked_sequence>&)> draw{};
};

/// Puts faults of both kinds into the test sequences, lets all look for them, and adds a table, and sequences with what
/// the first one marked, to the report; a line of numbers for each on stdout.
void find_faults(genet::report&, const fault_study&, const std::vector<fault_finder>&);

}  // namespace variants
