#pragma once
// Words and texts as sequences of characters.
#include "corpus_bench.hpp"

namespace variants {

/// Distinct words of --data's american-english, of the letters a to z alone, without possessives; capitals are made
/// small. Foreign are the German ones that can be spelled with these letters.
corpus word_corpus(const settings&, long length, long capacity);
/// The lines of --text, or windows over it.
corpus text_corpus(const settings&, long length, long capacity);

}  // namespace variants
