# genet::kernels: genet::genet with the parts that depend on no net compiled once (include/genet/compiled), for programs
# that shall compile in less time. It is made in the project that uses it, with that project's options, and only if
# something links it. Its instruction set must be that of the units that link it, or the program does not link: both
# follow CMAKE_CXX_FLAGS and GENET_ARCH; who gives -march to single targets gives it to genet_kernels as well.
#
# This file is also part of the installed package, where genet_kernels_source is set by genet-config.cmake.
add_library(genet_kernels STATIC EXCLUDE_FROM_ALL ${genet_kernels_source})
add_library(genet::kernels ALIAS genet_kernels)
target_link_libraries(genet_kernels PUBLIC genet::genet)
target_compile_definitions(genet_kernels PUBLIC GENET_COMPILED_KERNELS)
set_target_properties(genet_kernels PROPERTIES POSITION_INDEPENDENT_CODE ON)
if(GENET_ARCH)
  target_compile_options(genet_kernels PRIVATE -march=${GENET_ARCH})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The AVX-512 intrinsics of g++ 12 start from undefined registers on purpose.
  target_compile_options(genet_kernels PRIVATE -Wno-uninitialized -Wno-maybe-uninitialized)
endif()

# genet_precompile(TARGET...): the headers of xtensor, xsimd and the standard library that genet stands on are compiled
# once for each of the targets, instead of once for each of their units. Worth it from two units on.
function(genet_precompile)
  foreach(target IN LISTS ARGN)
    target_precompile_headers(${target} PRIVATE <genet/kernels.hpp> <genet/run/weights_file.hpp> <genet/train/trainer.hpp>)
  endforeach()
endfunction()
