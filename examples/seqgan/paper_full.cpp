// Both nets of Yu et al. 2017.
#include "oracle_run.hpp"

namespace variants {

using namespace genet;

namespace {

using convolution_weights = weight_init<tenth>;
using convolution_biases = bias_init<initialiser{initialiser::formula::constant, 0.1}>;
template <int Width, int Filters>
using normal_filters =
    chain<conv1d<Filters, kernel<Width>, convolution_weights, convolution_biases>, relu, max_over_time>;

struct discriminator
    : net<tokens<5000, 20>, embedding<64, weight_init<initialiser{initialiser::formula::uniform, -1, 1}>>,
          heads<head<"short", heads<head<"1", normal_filters<1, 100>>, head<"2", normal_filters<2, 200>>,
                                    head<"3", normal_filters<3, 200>>, head<"4", normal_filters<4, 200>>,
                                    head<"5", normal_filters<5, 200>>, head<"6", normal_filters<6, 100>>>,
                     concat>,
                head<"long", heads<head<"7", normal_filters<7, 100>>, head<"8", normal_filters<8, 100>>,
                                   head<"9", normal_filters<9, 100>>, head<"10", normal_filters<10, 100>>,
                                   head<"15", normal_filters<15, 160>>, head<"20", normal_filters<20, 160>>>,
                     concat>>,
          concat, highway, dropout<0.25>, dense<1>> {};

}  // namespace

void run_paper_full(const settings& s) {
  train<seqgan<paper_generator<lstm>, discriminator>>(s, describe(s, R"(embedding<64>,
    heads<head<"short", heads<head<"1", conv1d<100, kernel<1>>, relu, max_over_time>,
                              head<"2", conv1d<200, kernel<2>>, relu, max_over_time>,
                              head<"3", conv1d<200, kernel<3>>, relu, max_over_time>,
                              head<"4", conv1d<200, kernel<4>>, relu, max_over_time>,
                              head<"5", conv1d<200, kernel<5>>, relu, max_over_time>,
                              head<"6", conv1d<100, kernel<6>>, relu, max_over_time>>, concat>,
          head<"long", heads<head<"7", conv1d<100, kernel<7>>, relu, max_over_time>,
                             head<"8", conv1d<100, kernel<8>>, relu, max_over_time>,
                             head<"9", conv1d<100, kernel<9>>, relu, max_over_time>,
                             head<"10", conv1d<100, kernel<10>>, relu, max_over_time>,
                             head<"15", conv1d<160, kernel<15>>, relu, max_over_time>,
                             head<"20", conv1d<160, kernel<20>>, relu, max_over_time>>, concat>>,
    concat, highway, dropout<0.25>, dense<1>)",
                                                               "binary"));
}

}  // namespace variants
