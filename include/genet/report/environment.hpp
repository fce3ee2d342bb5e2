#pragma once
#include <boost/version.hpp>

#include <ctime>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "../tensor/xtensor.hpp"
#include "json.hpp"

namespace genet::inline GENET_ISA {

/// What a run stood on: everything besides options and data that can change its bits or its speed.
struct environment {
  static constexpr const char* library_version = "0.1.0";

  std::string compiler, flags, isa, processor, started;
  int threads = 1;
  std::vector<std::pair<std::string, std::string>> packages;

  /// Of this program, in the translation unit that calls it. The flags are those that the build passes as the text
  /// GENET_COMPILE_FLAGS, else what the compiler's macros tell.
  static environment here(int threads = 1) {
    return {compiler_name(), compiler_flags(), instruction_set(), processor_name(), utc_now(), threads,
            {{"xtensor", dotted(XTENSOR_VERSION_MAJOR, XTENSOR_VERSION_MINOR, XTENSOR_VERSION_PATCH)},
             {"xsimd", dotted(XSIMD_VERSION_MAJOR, XSIMD_VERSION_MINOR, XSIMD_VERSION_PATCH)},
             {"boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)}}};
  }

  json::object json() const {
    genet::json::object versions;
    for (const auto& [name, version] : packages) versions.emplace_back(name, version);
    return {{"genet", library_version}, {"compiler", compiler},   {"flags", flags},     {"isa", isa},
            {"threads", threads},       {"processor", processor}, {"started", started}, {"packages", versions}};
  }

 private:
  static std::string dotted(int a, int b, int c) {
    return std::to_string(a) + '.' + std::to_string(b) + '.' + std::to_string(c);
  }

  static std::string compiler_name() {
#if defined(__clang__)
    return "clang++ " + dotted(__clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
    return "g++ " + dotted(__GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
    return "unknown";
#endif
  }

  static std::string compiler_flags() {
#if defined(GENET_COMPILE_FLAGS)
    return GENET_COMPILE_FLAGS;
#else
    std::string t;
#if defined(__OPTIMIZE__)
    t += "optimised";
#else
    t += "not optimised";
#endif
#if defined(NDEBUG)
    t += ", no assertions";
#endif
#if defined(__SANITIZE_ADDRESS__)
    t += ", address sanitizer";
#endif
    return t;
#endif
  }

  static std::string instruction_set() {
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
    return "AVX-512";
#elif defined(__AVX2__) && defined(__FMA__)
    return "AVX2 FMA";
#elif defined(__AVX2__)
    return "AVX2";
#elif defined(__AVX__)
    return "AVX";
#elif defined(__SSE4_2__)
    return "SSE4.2";
#elif defined(__SSE2__)
    return "SSE2";
#elif defined(__ARM_FEATURE_SVE)
    return "SVE";
#elif defined(__ARM_NEON)
    return "NEON";
#elif defined(__wasm_simd128__)
    return "WebAssembly SIMD";
#else
    return "scalar";
#endif
  }

  static std::string processor_name() {
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("model name"))
        if (const auto colon = line.find(": "); colon != line.npos) return line.substr(colon + 2);
    return "unknown";
  }

  static std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
  }
};

}  // namespace genet
