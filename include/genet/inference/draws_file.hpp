#pragma once
#include <genet/inference/chains.hpp>
#include <genet/io/atomic_file.hpp>
#include <genet/io/csv_line.hpp>
#include <genet/io/npz.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace genet::inline GENET_ISA::inference {

namespace detail {

/// A quantity whose parts are called name[1], name[2], ..., or a single one (length 0).
struct name_group {
  std::string name;
  int first = 0, length = 0;
};

inline std::vector<name_group> grouped(const std::vector<std::string>& names) {
  std::vector<name_group> groups;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& whole = names[i];
    const std::string stem = whole.substr(0, whole.find('['));
    const auto part = [&](int k) { return stem + "[" + std::to_string(k) + "]"; };
    if (!groups.empty() && groups.back().length > 0 && groups.back().name == stem &&
        whole == part(groups.back().length + 1))
      ++groups.back().length;
    else if (!stem.empty() && whole == part(1))
      groups.push_back({stem, static_cast<int>(i), 1});
    else
      groups.push_back({whole, static_cast<int>(i), 0});
  }
  return groups;
}

inline std::string csv_of(const draws& d) {
  std::string text = "chain,draw,log_density";
  if (!d.divergent.empty()) text += ",divergent";
  for (const auto& name : d.names) (text += ',') += io::csv_cell(name);
  text += '\n';
  const auto add = [&](auto v) {
    std::array<char, 40> digits{};
    text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), v).ptr);
  };
  const auto all = static_cast<std::size_t>(d.chains * d.iterations);
  for (std::size_t k = 0; k < all; ++k) {
    add(static_cast<long>(k) / d.iterations + 1);
    text += ',';
    add(static_cast<long>(k) % d.iterations + 1);
    text += ',';
    add(d.log_density[k]);
    if (!d.divergent.empty()) text += d.divergent[k] ? ",1" : ",0";
    for (std::size_t i = 0; i < d.names.size(); ++i) {
      text += ',';
      add(d.values[i * all + k]);
    }
    text += '\n';
  }
  return text;
}

inline io::npz_file npz_of(const draws& d) {
  io::npz_file out;
  const auto all = static_cast<std::size_t>(d.chains * d.iterations);
  for (const auto& [name, first, length] : grouped(d.names)) {
    const auto begin = std::span(d.values).subspan(static_cast<std::size_t>(first) * all);
    if (length == 0) {
      out.add(name, {d.chains, d.iterations}, begin.first(all));
      continue;
    }
    const auto parts = static_cast<std::size_t>(length);
    std::vector<double> values(parts * all);
    for (std::size_t i = 0; i < parts; ++i)
      for (std::size_t k = 0; k < all; ++k) values[k * parts + i] = begin[i * all + k];
    out.add(name, {d.chains, d.iterations, length}, values);
  }
  out.add("log_density", {d.chains, d.iterations}, d.log_density);
  if (!d.energy.empty()) out.add("energy", {d.chains, d.iterations}, d.energy);
  if (!d.divergent.empty())
    out.add("divergent", {d.chains, d.iterations}, std::vector<std::uint8_t>(d.divergent.begin(), d.divergent.end()));
  return out;
}

}  // namespace detail

/// Writes draws as a whole or not at all: as `.csv`, a line for each with its chain, number, log-density and (of
/// Hamiltonian samplers) whether it diverged, numbers that read back as the same; or as `.npz`, an array (chains,
/// iterations) for each quantity, (chains, iterations, n) for those called x[1] to x[n]: what ArviZ's from_dict
/// takes. usage_error for other endings and for two quantities of one name, io_error.
inline void write(const std::filesystem::path& path, const draws& d) {
  if (path.extension() == ".npz") return detail::npz_of(d).write(path);
  if (path.extension() != ".csv")
    errors::raise<usage_error>({"draws: found ", path.string(), ", expected a name that ends in .csv or .npz"});
  io::write_atomically(path, detail::csv_of(d));
}

}  // namespace genet::inline GENET_ISA::inference
