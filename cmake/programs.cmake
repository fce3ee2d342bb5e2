# The project's own programs: tests, examples, benchmarks. Nothing here reaches a user of genet::genet.
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(GENET_CCACHE ccache)
  mark_as_advanced(GENET_CCACHE)
  if(GENET_CCACHE)
    # What it has to be told about units with a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${GENET_CCACHE})
  endif()
endif()
set(CMAKE_CXX_EXTENSIONS OFF)

add_library(genet_own INTERFACE)
target_link_libraries(genet_own INTERFACE genet::genet)
target_compile_options(genet_own INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The AVX-512 intrinsics of g++ 12 start from undefined registers on purpose; -Wrestrict is wrong about its own
  # std::string (GCC bug 105651).
  target_compile_options(genet_own INTERFACE -Wno-uninitialized -Wno-maybe-uninitialized -Wno-restrict)
else()
  # clang's -Wconversion contains it, g++'s does not.
  target_compile_options(genet_own INTERFACE -Wno-sign-conversion)
endif()
if(GENET_WERROR)
  target_compile_options(genet_own INTERFACE -Werror)
endif()
if(GENET_ARCH)
  target_compile_options(genet_own INTERFACE -march=${GENET_ARCH})
endif()

# genet_program(TARGET NAME DIRECTORY SOURCE...): the executable DIRECTORY/NAME below the build directory
function(genet_program target name directory)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE genet_own)
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${directory})
endfunction()

# What most units read before their own first line: xtensor, xsimd and the standard library, for units that link
# genet::kernels. The library's own headers are not among it, so that a change of one is no change of all units.
file(WRITE ${PROJECT_BINARY_DIR}/precompiled.cpp.new "")
file(COPY_FILE ${PROJECT_BINARY_DIR}/precompiled.cpp.new ${PROJECT_BINARY_DIR}/precompiled.cpp ONLY_IF_DIFFERENT)
add_library(genet_precompiled OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/precompiled.cpp)
target_link_libraries(genet_precompiled PRIVATE genet_own genet::kernels)
target_precompile_headers(genet_precompiled PRIVATE <genet/tensor/xtensor.hpp> <genet/tensor/simd.hpp> <algorithm>
  <array> <atomic> <cmath> <cstdio> <filesystem> <fstream> <functional> <iostream> <map> <memory> <span> <sstream>
  <string> <thread> <utility> <vector>)

# genet_builds_quickly(TARGET): with genet::kernels and the precompiled headers. What users meet first, headers alone, is
# built by the tutorials and by tests/consume.
function(genet_builds_quickly target)
  target_link_libraries(${target} PRIVATE genet::kernels)
  target_precompile_headers(${target} REUSE_FROM genet_precompiled)
endfunction()
