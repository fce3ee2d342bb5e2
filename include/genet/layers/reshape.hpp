#pragma once
#include "../declare/answer.hpp"

namespace genet::inline GENET_ISA {

/// The same elements under another shape; costs nothing. PyTorch: nn.Unflatten, Tensor.reshape.
template <int... D>
struct reshape {
  using is_view = void;
  static constexpr text label() {
    text t("reshape");
    [[maybe_unused]] const char* separator = "<";
    ((t << separator << D, separator = ","), ...);
    return t << (sizeof...(D) ? ">" : "<>");
  }
  static constexpr answer infer(shape in) {
    if (sizeof...(D) > shape::max_rank) return refuse(text("wants at most ") << shape::max_rank << " dimensions");
    const shape to = shape_of({D...});
    for (int i = 0; i < to.rank; ++i)
      if (to[i] < 1) return refuse(text("wants positive dimensions, got ") << show(to));
    if (to.size() != in.size())
      return refuse(text("cannot view ")
                    << in.size() << " elements " << show(in) << " as " << to.size() << " " << show(to));
    return gives(to);
  }
};

}  // namespace genet
