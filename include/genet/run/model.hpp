#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../declare/error.hpp"
#include "../declare/net.hpp"
#include "../declare/summary.hpp"
#include "../random/initialisers.hpp"
#include "../random/streams.hpp"
#include "../tensor/memory.hpp"
#include "samples.hpp"
#include "session.hpp"
#include "storage.hpp"

namespace genet::inline GENET_ISA {

/// Where all random numbers of a model or a run come from: the same seed gives the same bits.
struct seed {
  std::uint64_t value = 0;
};

/// What a declared model can do beyond running: a specialisation adds members to `model<Declaration>`.
template <class Declaration, class Model>
struct model_actions {};

/// The numbers behind a declaration: one block of parameters, one of state, 64-byte aligned and padded with zeros.
/// A const model may be used by many threads at once, each with sessions of its own.
template <is_net Declaration, class T = float>
class model : public model_actions<Declaration, model<Declaration, T>> {
  static constexpr const auto& program = storage::program<Declaration, T>;

  static constexpr part_entry find_part(std::string_view name) {
    for (int i = 0; i < program.n_parts; ++i)
      if (program.parts[static_cast<std::size_t>(i)].name == name) return program.parts[static_cast<std::size_t>(i)];
    throw "model: the declaration has no part of that name";
  }

 public:
  using declaration = Declaration;
  using net_type = typename Declaration::net_type;
  using scalar = T;

  /// A model with fresh parameters, drawn as each layer declares.
  explicit model(seed from) : parameters_(program.parameter_elements), state_(program.state_elements) { reset(from); }

  /// Draws all parameters again and puts the state to its beginning.
  void reset(seed from) {
    std::vector<T> drawn;
    std::uint64_t i = 0;
    for (const tensor_info& t : tensors()) {
      const auto k = static_cast<std::size_t>(i);
      const tensor_slot& slot = t.trained ? program.parameters[k] : program.state[k - program.parameters.size()];
      drawn.resize(static_cast<std::size_t>(t.s.size()));
      rng::fill(std::span<T>(drawn), t.s, slot.declared.initial, fan_in(slot),
                rng::key{from.value, stream::initialisation, i++});
      t.write((t.trained ? parameters_ : state_).data(), std::span<const T>(drawn));
    }
  }

  /// The block that optimisers work on; tensor_info::place finds an element of a tensor in it.
  std::span<T> parameters() { return parameters_.span(); }
  std::span<const T> parameters() const { return parameters_.span(); }
  std::span<T> state() { return state_.span(); }
  std::span<const T> state() const { return state_.span(); }

  /// What a session reads. A training pass also moves the state of a model that is not const.
  weights<T> view() { return {parameters_.data(), state_.data(), state_.data()}; }
  weights<T> view() const { return {parameters_.data(), state_.data(), nullptr}; }
  /// Where a part lies in the blocks of parameters and state.
  template <fixed_string Name>
  static constexpr part_entry place = find_part(stored<Name>.view());
  /// The same for one part, to run its net alone: `m.template part<"decoder">()`.
  template <fixed_string Name>
  weights<T> part() {
    constexpr part_entry p = place<Name>;
    return {parameters_.data() + p.parameter_offset, state_.data() + p.state_offset, state_.data() + p.state_offset};
  }
  template <fixed_string Name>
  weights<T> part() const {
    constexpr part_entry p = place<Name>;
    return {parameters_.data() + p.parameter_offset, state_.data() + p.state_offset, nullptr};
  }

  static constexpr long parameter_count = net_type::parameter_count;
  /// Bytes of the parameters and the state, padding included.
  static constexpr long bytes = static_cast<long>(sizeof(T)) * (storage::program<Declaration, T>.parameter_elements +
                                                                storage::program<Declaration, T>.state_elements);
  static constexpr std::string_view summary() { return genet::summary<Declaration>(); }

  /// All named tensors, parameters first, in the order of the declaration.
  static const std::vector<tensor_info>& tensors() {
    static const std::vector<tensor_info> list = [] {
      std::vector<tensor_info> all;
      for (std::size_t i = 0; i < program.parameters.size(); ++i) {
        const tensor_slot& t = program.parameters[i];
        all.push_back({parameter_names<net_type>[i].view(), t.declared.s, t.offset, true, t.declared.member_of,
                       t.declared.layout});
      }
      for (std::size_t i = 0; i < program.state.size(); ++i) {
        const tensor_slot& t = program.state[i];
        all.push_back({state_names<net_type>[i].view(), t.declared.s, t.offset, false, t.declared.member_of,
                       t.declared.layout});
      }
      return all;
    }();
    return list;
  }

  /// A copy of a named tensor, row-major in PyTorch's layout. Throws usage_error for a name that the model does not
  /// have.
  std::vector<T> get(std::string_view name) const {
    const tensor_info& t = find(name);
    return t.read((t.trained ? parameters_ : state_).data());
  }
  /// Replaces a named tensor. Throws usage_error for an unknown name or another number of elements.
  void set(std::string_view name, std::span<const T> values) {
    const tensor_info& t = find(name);
    if (static_cast<long>(values.size()) != t.s.size())
      throw usage_error("model: " + std::string(name) + " " + std::string(show(t.s).view()) + " has " +
                        std::to_string(t.s.size()) + " elements, got " + std::to_string(values.size()));
    t.write((t.trained ? parameters_ : state_).data(), values);
  }

 private:
  static const tensor_info& find(std::string_view name) {
    for (const tensor_info& t : tensors())
      if (t.name == name) return t;
    throw usage_error("model: there is no tensor named " + std::string(name));
  }
  /// Inputs per output of the layer that owns the tensor: of its first matrix, if it has one.
  static long fan_in(const tensor_slot& of) {
    for (const tensor_slot& t : program.parameters)
      if (t.step == of.step && t.declared.s.rank >= 2) return t.declared.s.size() / t.declared.s[0];
    return of.declared.s.size();
  }

  tensor::block<T> parameters_, state_;
};

}  // namespace genet
