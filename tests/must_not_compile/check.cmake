# cmake -DCXX=<compiler> -DTWIN=ON -DSOURCE=<case.cpp> -DINCLUDES=<directories> -P check.cmake
#
# The case says in comments what its one error has to say:   // expect: layer 4 of 6, reshape<128,7,7>: cannot view 100
# Several such lines are all wanted. Passes when the compiler fails with exactly one "error: ", in that line stand the
# expected texts, and, where TWIN is on, the same file compiles with -DFIXED: a case cannot fail for the wrong reason.
file(READ ${SOURCE} case)
if(NOT case MATCHES "// expect: " OR NOT case MATCHES "FIXED")
  message(FATAL_ERROR "${SOURCE} lacks its '// expect: ' or its '#ifdef FIXED'")
endif()
set(command ${CXX} -std=c++20 -fsyntax-only)
foreach(directory IN LISTS INCLUDES)
  list(APPEND command -I${directory})
endforeach()
set(ENV{LC_ALL} C)  # plain quotes from g++

execute_process(COMMAND ${command} ${SOURCE} RESULT_VARIABLE status ERROR_VARIABLE messages OUTPUT_QUIET)
if(status EQUAL 0)
  message(FATAL_ERROR "compiled, but must not")
endif()
# Count the marks and not the lines: a ';' in a message would split a CMake list.
string(REGEX MATCHALL "error: " marks "${messages}")
list(LENGTH marks errors)
string(REGEX MATCH "error: [^\n]*" first "${messages}")
# The text comes in pieces, since clang shortens long ones: line<3>{"one"}, genet::line<3>{"two"}
string(REGEX REPLACE "\"}, *([a-z0-9_]+::)*line<[0-9]+>{\"" " " first "${first}")
if(NOT errors EQUAL 1)
  message(FATAL_ERROR "wanted one error, got ${errors}:\n${messages}")
endif()

string(REPLACE ";" "\\;" case "${case}")
string(REGEX MATCHALL "// expect: [^\n]*" wanted "${case}")
foreach(text IN LISTS wanted)
  string(REPLACE "// expect: " "" text "${text}")
  string(FIND "${first}" "${text}" at)
  if(at LESS 0)
    message(FATAL_ERROR "wanted in the error line\n  ${text}\ngot\n  ${first}\n\nall of it:\n${messages}")
  endif()
endforeach()

if(NOT TWIN)
  return()
endif()
execute_process(COMMAND ${command} -DFIXED ${SOURCE} RESULT_VARIABLE status ERROR_VARIABLE messages OUTPUT_QUIET)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the corrected twin, -DFIXED, does not compile:\n${messages}")
endif()
