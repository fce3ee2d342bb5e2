#pragma once
// Weight files and checkpoints.
#include "../io/safetensors.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA::io {

namespace detail {
GENET_HELD void replace_file<>(const std::filesystem::path&, void (*)(void*, writer&), void*);
GENET_HELD void load<>(byte_source, std::uint64_t, const std::string&, std::map<std::string, std::string>&,
                       std::vector<tensor>&);
GENET_HELD void emit<>(byte_sink, const std::map<std::string, std::string>&, const std::vector<tensor>&);
GENET_HELD void read_file<>(const std::filesystem::path&, std::string&, std::map<std::string, std::string>&,
                            std::vector<tensor>&);
GENET_HELD void write_file<>(const std::filesystem::path&, const std::map<std::string, std::string>&,
                             const std::vector<tensor>&);
GENET_HELD std::size_t place_of<>(const std::vector<tensor>&, std::string_view);
GENET_HELD void insert<>(std::vector<tensor>&, tensor&&);
GENET_HELD const tensor& readable<>(const tensor*, dtype, std::string_view, std::string_view, std::size_t);
}  // namespace detail

GENET_HELD std::vector<float> tensor_file::get(std::string_view) const;
GENET_HELD std::vector<double> tensor_file::get(std::string_view) const;
GENET_HELD std::vector<std::int64_t> tensor_file::get(std::string_view) const;

}  // namespace genet::io
