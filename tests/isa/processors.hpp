#pragma once
// The kinds of processor that the program has code for, best last, and whether this one is of the kind.
#include <array>

#include "score.hpp"

struct kind {
  const char* name;
  score_function* score;
  bool here;
};

inline std::array<kind, 3> kinds() {
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return {{{"x86-64", score_x86_64, true}, {"x86-64-v3", score_x86_64_v3, v3}, {"x86-64-v4", score_x86_64_v4, v4}}};
}
