// The one unit of genet::kernels: what does not depend on a net, for float and double. Compile it with the same
// options as the units that use it and GENET_COMPILED_KERNELS defined for all of them; where the instruction sets
// differ the program does not link.
#define GENET_KERNELS_UNIT
#include "convolutions.hpp"
#include "dense.hpp"
#include "engine.hpp"
#include "files.hpp"
#include "likelihoods.hpp"
#include "losses.hpp"
#include "optimisers.hpp"
#include "products.hpp"
#include "random.hpp"
#include "recurrent.hpp"
#include "reductions.hpp"
#include "tangent.hpp"
#include "training.hpp"
#include "vocabularies.hpp"
