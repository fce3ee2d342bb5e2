# cmake -DWAY= -DCXX= -DSOURCE= -DBINARY= -DEXAMPLE= -P run.cmake: copies the consumer WAY and the example to a
# directory of its own, installs genet beside it where that is the way, then configures, builds and runs the consumer.
set(temporary $ENV{TMPDIR})
if(NOT temporary)
  set(temporary /tmp)
endif()
string(RANDOM LENGTH 12 random)
set(work ${temporary}/genet-consume-${WAY}-${random})

function(step what)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${work} RESULT_VARIABLE status OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    file(REMOVE_RECURSE ${work})
    message(FATAL_ERROR "${WAY}: ${what} failed (${status})\n${output}")
  endif()
endfunction()

file(COPY ${CMAKE_CURRENT_LIST_DIR}/${WAY}/CMakeLists.txt DESTINATION ${work})
configure_file(${EXAMPLE} ${work}/program.cpp COPYONLY)
set(options "")
if(WAY STREQUAL "find_package" OR WAY STREQUAL "pkg_config")
  step(install ${CMAKE_COMMAND} --install ${BINARY} --prefix ${work}/prefix)
  set(options -DCMAKE_PREFIX_PATH=${work}/prefix)
else()
  set(options -DGENET_SOURCE=${SOURCE})
endif()
step(configure ${CMAKE_COMMAND} -S . -B build -G Ninja -DCMAKE_CXX_COMPILER=${CXX}
  -DCMAKE_EXPORT_COMPILE_COMMANDS=ON ${options})
file(READ ${work}/build/compile_commands.json commands)
if(commands MATCHES " (-m[a-z0-9.=-]+|-O[0-9a-z]+|-ffast-math)")  # what a program is compiled for is not ours to say
  file(REMOVE_RECURSE ${work})
  message(FATAL_ERROR "${WAY}: the program is compiled with ${CMAKE_MATCH_1}")
endif()
step(build ${CMAKE_COMMAND} --build build)
step(run ${work}/build/program)
file(REMOVE_RECURSE ${work})
