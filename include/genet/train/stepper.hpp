#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "../kernels/context.hpp"
#include "optimisers.hpp"

namespace genet::inline GENET_ISA {

/// An optimiser at work on a model's parameters, or on those of a part: its settings for each stretch of them, and
/// where its moments lie. Steps on whole gradients, or within a backward pass, with the same bits.
template <optimiser O, class T>
class stepper {
 public:
  using moments = std::array<T*, static_cast<std::size_t>(O::moments)>;

  /// For the tensors of the list that lie from `offset` on, up to `offset + elements`, of the model's block of
  /// parameters. A rule that applies to nothing is a usage_error.
  template <class Tensors>
  stepper(O o, const Tensors& tensors, long offset, long elements, std::span<const parameter_rule> rules = {})
      : optimiser_(std::move(o)), offset_(offset) {
    auto mine = tensors;
    std::erase_if(mine, [&](const auto& t) { return !t.trained || t.offset < offset || t.offset >= offset + elements; });
    std::sort(mine.begin(), mine.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    ranges_ = update_ranges(optimiser_, mine, offset + elements, rules);
    constants_.reserve(ranges_.size());
  }

  const O& optimiser() const { return optimiser_; }

  /// A step on all of them. `parameters`, `gradients` and the moments are blocks of the whole model.
  void step(T* parameters, const T* gradients, const moments& kept, const step_facts& facts, tensor::team& team) const {
    update_all(optimiser_, ranges_, parameters, gradients, kept.data(), facts, team);
  }

  /// The same for session::backward, whose offsets count from this part's beginning. Valid until the next call.
  parameter_update<T> within_backward(T* parameters, const moments& kept, const step_facts& facts) {
    constants_.clear();
    for (const update_range& r : ranges_) constants_.push_back(prepared(optimiser_, r.facts(facts)));
    parameters_ = parameters;
    moments_ = kept;
    return {[](const void* self, long at, const T* gradient, long n) {
              static_cast<const stepper*>(self)->step_stretch(at, gradient, n);
            },
            this};
  }

 private:
  /// Parameters of one tensor, and so of one range.
  void step_stretch(long at, const T* gradient, long n) const {
    const long offset = offset_ + at;
    std::size_t range = 0;
    while (range + 1 < ranges_.size() && ranges_[range + 1].offset <= offset) ++range;
    moments here = moments_;
    for (T*& m : here) m += offset;
    optimiser_.update(parameters_ + offset, gradient, here.data(), n, constants_[range]);
  }

  O optimiser_;
  long offset_;
  std::vector<update_range> ranges_;
  std::vector<decltype(prepared(std::declval<O>(), step_facts{}))> constants_;  // of a step, for each range
  T* parameters_ = nullptr;
  moments moments_{};
};

}  // namespace genet
