#pragma once
// What tests of statistical models share.

#include <doctest/doctest.h>
#include <genet/io/safetensors.hpp>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

/// An array of tests/fixtures/mixtures.safetensors.
inline std::vector<double> fixture(const std::string& name) {
  static const auto file = genet::io::tensor_file::read("tests/fixtures/mixtures.safetensors");
  return file.get<double>(name);
}

inline double apart(std::span<const double> x, std::span<const double> y) {
  double worst = 0;
  REQUIRE(x.size() == y.size());
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(x[i] - y[i]));
  return worst;
}

/// The list `key` of a data set of posteriordb, from the directory that POSTERIORDB names or one beside the project;
/// nothing, and a note, where there is none.
inline std::vector<double> posteriordb(const std::string& name, const std::string& key) {
  const char* place = std::getenv("POSTERIORDB");
  const auto path = std::filesystem::path(place ? place : "../shared/data/posteriordb") / (name + ".json");
  std::ifstream in(path);
  if (!in) {
    MESSAGE("skipped, there is no ", path.string());
    return {};
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto at = text.find('[', text.find('"' + key + '"'));
  std::vector<double> numbers;
  while (at < text.size() && text[at] != ']') {
    double value = 0;
    at = text.find_first_not_of(" \n", at + 1);
    const auto end = std::from_chars(text.data() + at, text.data() + text.size(), value);
    REQUIRE(end.ec == std::errc());
    numbers.push_back(value);
    at = text.find_first_of(",]", static_cast<std::size_t>(end.ptr - text.data()));
  }
  return numbers;
}
