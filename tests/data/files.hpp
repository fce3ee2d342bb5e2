#pragma once
// What tests of readers share: a directory for their files and the words of errors.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "genet/declare/error.hpp"

/// A directory that goes away with the object.
struct place {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("genet_data_" + std::to_string(::getpid()));
  place() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directory(path);
  }
  ~place() { std::filesystem::remove_all(path); }

  std::filesystem::path put(const std::string& name, std::string_view bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
};

/// What a genet::error says, with its kind in front.
std::string message(auto&& action) {
  try {
    action();
  } catch (const genet::bad_input& e) {
    return std::string("bad_input ") + e.what();
  } catch (const genet::io_error& e) {
    return std::string("io_error ") + e.what();
  } catch (const genet::usage_error& e) {
    return std::string("usage_error ") + e.what();
  }
  return "nothing thrown";
}

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }
