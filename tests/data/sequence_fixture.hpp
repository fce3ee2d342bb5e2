#pragma once
// Arrays of tests/fixtures/make_sequences.py.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "files.hpp"
#include "genet/io/safetensors.hpp"

template <class T = double>
std::vector<T> fixture(const std::string& name) {
  static const auto file = genet::io::tensor_file::read("tests/fixtures/sequences.safetensors");
  return file.get<T>(name);
}

/// A list of sequences of different lengths.
inline std::vector<std::vector<std::int32_t>> ragged_fixture(const std::string& name) {
  const auto tokens = fixture<std::int32_t>(name);
  std::vector<std::vector<std::int32_t>> out;
  auto at = tokens.begin();
  for (const std::int32_t n : fixture<std::int32_t>(name + "_lengths")) {
    out.emplace_back(at, at + n);
    at += n;
  }
  return out;
}
