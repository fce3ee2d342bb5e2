// Series of 96 numbers of 64 levels: beats of an electrocardiogram, or windows of any column.
#include "series.hpp"

#include "corpus_run.hpp"

namespace variants {

using namespace genet;

using levels = tokens<64, 96>;
struct series_writer : net<levels, embedding<32>, lstm<96>, dropout<0.2>, token_distribution<64>> {};
using series_gan = seqgan<series_writer, reduced_discriminator<64, 96>, binary>;

void run_series(const settings& s) {
  train_on<series_gan>(s,
                       "struct writer : net<tokens<64, 96>, embedding<32>, lstm<96>, dropout<0.2>, token_distribution<64>> {};\n"
                       "struct reader : net<tokens<64, 96>, " + std::string(reduced_layers) + "> {};\n"
                       "using series = seqgan<writer, reader, binary>;",
                       series_corpus(s, 96, 64));
}

}  // namespace variants
