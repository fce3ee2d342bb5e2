#pragma once
/// How every layer of the language is computed.
#include "declare.hpp"
#include "kernels/activations.hpp"
#include "kernels/add.hpp"
#include "kernels/batch_norm.hpp"
#include "kernels/by_example.hpp"
#include "kernels/concat.hpp"
#include "kernels/dense.hpp"
#include "kernels/dropout.hpp"
#include "kernels/layer_norm.hpp"
#include "kernels/learned.hpp"
#include "kernels/reparameterize.hpp"
#include "kernels/softmax.hpp"
