#pragma once
#include <genet/declare.hpp>

namespace classifying {

using namespace genet;

/// The layers before the classes; what comes out of them are the features of an image.
struct features
    : net<input<1, 28, 28>, conv2d<32, kernel<3>, padding<1>>, batch_norm, relu, max_pool<kernel<2>>,
          conv2d<64, kernel<3>, padding<1>>, batch_norm, relu, max_pool<kernel<2>>, conv2d<64, kernel<3>, padding<1>>,
          batch_norm, relu, max_pool<kernel<2>>, flatten, dense<128>, relu> {};

struct classifier : net<input<1, 28, 28>, part<"features", features>, dropout<0.3>, dense<10, name<"logits">>> {};

/// The same weights, but probabilities come out.
struct judging : net<input<1, 28, 28>, part<"features", features>, dense<10, name<"logits">>, softmax> {};

}  // namespace classifying
