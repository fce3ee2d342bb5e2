// Words, character by character.
#include "corpus_run.hpp"
#include "texts.hpp"

namespace variants {

using namespace genet;

using letters = tokens<64, 20>;
struct word_writer : net<letters, embedding<32>, lstm<256>, dropout<0.3>, token_distribution<64>> {};
using word_gan = seqgan<word_writer, reduced_discriminator<64, 20>, binary>;

void run_words(const settings& s) {
  train_on<word_gan>(s,
                     "struct writer : net<tokens<64, 20>, embedding<32>, lstm<256>, dropout<0.3>, token_distribution<64>> {};\n"
                     "struct reader : net<tokens<64, 20>, " + std::string(reduced_layers) + "> {};\n"
                     "using words = seqgan<writer, reader, binary>;",
                     word_corpus(s, 20, 64));
}

}  // namespace variants
