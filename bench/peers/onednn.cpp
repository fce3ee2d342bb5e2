#include "onednn.hpp"

#include "products.hpp"

[[maybe_unused]] static const int added = bench::add_products<bench::onednn_product>();
