#pragma once
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "../declare/error.hpp"
#include "../io/safetensors.hpp"
#include "model.hpp"

namespace genet::inline GENET_ISA {

namespace weights_file {

inline std::vector<long> dimensions(shape s) {
  std::vector<long> d;
  for (int i = 0; i < s.rank; ++i) d.push_back(s[i]);
  return d;
}

/// Keys that a checkpoint adds to those of the model; loading weights from a checkpoint passes them over.
inline bool is_training_key(std::string_view key) {
  return key.starts_with("optimiser.") || key.starts_with("kept.") || key.starts_with("training.");
}
/// PyTorch counts the batches of a batch norm; nothing here depends on it.
inline bool is_ignored_key(std::string_view key) {
  return key.ends_with(".num_batches_tracked") || key == "num_batches_tracked";
}

/// All missing, unexpected and misshaped keys in one message; empty if the file fits the model.
template <class = void>
[[gnu::cold]] std::string mismatch(const io::tensor_file& file, const std::vector<tensor_info>& tensors) {
  std::string missing, unexpected, misshaped;
  const auto list = [](std::string& to, std::initializer_list<errors::piece> item) {
    if (!to.empty()) to += ", ";
    to += errors::join(item);
  };
  for (const tensor_info& t : tensors) {
    const auto* found = file.find(t.name);
    if (!found)
      list(missing, {t.name});
    else if (found->shape != dimensions(t.s))
      list(misshaped, {t.name, " is ", io::detail::show_dimensions(found->shape), ", expected ",
                       io::detail::show_dimensions(dimensions(t.s))});
  }
  for (const auto& found : file.tensors()) {
    bool known = is_training_key(found.name) || is_ignored_key(found.name);
    for (const tensor_info& t : tensors) known = known || t.name == found.name;
    if (!known) list(unexpected, {found.name});
  }
  std::string all;
  const auto section = [&](std::string_view title, const std::string& items) {
    if (!items.empty()) all += errors::join({all.empty() ? "" : "; ", title, ": ", items});
  };
  section("missing", missing);
  section("unexpected", unexpected);
  section("of another shape", misshaped);
  return all;
}

/// Adds every tensor of a block that is laid out as the model's parameters (and state, when given), under prefix +
/// name.
template <class T>
[[gnu::cold]] void store(io::tensor_file& file, const std::vector<tensor_info>& tensors, const std::string& prefix,
                         const T* parameters, const T* state) {
  for (const tensor_info& t : tensors)
    if (const T* block = t.trained ? parameters : state)
      file.add(errors::join({prefix, t.name}), dimensions(t.s), t.read(block));
}

/// The way back. Everything is read before anything is written.
template <class T>
[[gnu::cold]] void fetch(const io::tensor_file& file, const std::vector<tensor_info>& tensors, const std::string& prefix,
                         T* parameters, T* state) {
  std::vector<std::vector<T>> read;
  for (const tensor_info& t : tensors) {
    if (!(t.trained ? parameters : state)) continue;
    const std::string name = errors::join({prefix, t.name});
    read.push_back(file.get<T>(name));
    if (static_cast<long>(read.back().size()) != t.s.size())
      errors::raise<bad_input>({file.origin(), ": ", name, " has ", read.back().size(), " elements, expected ",
                                t.s.size()});
  }
  std::size_t next = 0;
  for (const tensor_info& t : tensors)
    if (T* block = t.trained ? parameters : state) {
      t.write(block, std::span<const T>(read[next]));
      ++next;
    }
}

}  // namespace weights_file

/// Writes parameters and state as a safetensors file with PyTorch's names and layouts, atomically. Throws io_error.
template <class Declaration, class T>
void save(const model<Declaration, T>& m, const std::filesystem::path& path) {
  io::tensor_file file;
  file.metadata["format"] = "pt";
  weights_file::store(file, m.tensors(), "", m.parameters().data(), m.state().data());
  file.write(path);
}

/// Reads them back, converting F16, BF16, F32 and F64; a checkpoint of a run serves too. Throws io_error, or
/// bad_input that lists all missing, unexpected and misshaped keys together; the model is then as it was.
template <class Declaration, class T>
void load(model<Declaration, T>& m, const std::filesystem::path& path) {
  const auto file = io::tensor_file::read(path);
  if (const std::string wrong = weights_file::mismatch(file, m.tensors()); !wrong.empty())
    throw bad_input(path.string() + ": does not fit the model: " + wrong);
  weights_file::fetch(file, m.tensors(), "", m.parameters().data(), m.state().data());
}

}  // namespace genet
