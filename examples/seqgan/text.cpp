// Any text, character by character: lines or windows of up to 32 characters of 4096.
#include "corpus_run.hpp"
#include "texts.hpp"

namespace variants {

using namespace genet;

using characters = tokens<4096, 32>;
struct text_writer : net<characters, embedding<64>, lstm<256>, dropout<0.2>, token_distribution<4096>> {};
using text_gan = seqgan<text_writer, reduced_discriminator<4096, 32>, binary>;

void run_text(const settings& s) {
  train_on<text_gan>(s,
                     "struct writer : net<tokens<4096, 32>, embedding<64>, lstm<256>, dropout<0.2>, token_distribution<4096>> {};\n"
                     "struct reader : net<tokens<4096, 32>, " + std::string(reduced_layers) + "> {};\n"
                     "using text = seqgan<writer, reader, binary>;",
                     text_corpus(s, 32, 4096));
}

}  // namespace variants
