#pragma once
// Real-valued series as sequences of tokens.
#include "corpus_bench.hpp"

namespace variants {

/// The electrocardiogram or column of a table of --data: cut into beats that are aligned on their R peaks, or into windows
/// where there is no rate; smoothed; one of every few numbers; quantised into `levels` tokens.
corpus series_corpus(const settings&, long length, long levels);

}  // namespace variants
