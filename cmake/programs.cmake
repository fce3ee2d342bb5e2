# The project's own programs: tests, examples, benchmarks. Nothing here reaches a user of genet::genet.
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(GENET_CCACHE ccache)
  mark_as_advanced(GENET_CCACHE)
  if(GENET_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${GENET_CCACHE})
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
