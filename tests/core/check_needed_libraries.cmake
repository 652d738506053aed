# cmake -DPROGRAM=... -DFORBIDDEN=regex -P check_needed_libraries.cmake
# Fails when PROGRAM needs, directly or through its libraries, one whose name matches FORBIDDEN.
execute_process(COMMAND ldd "${PROGRAM}" OUTPUT_VARIABLE libraries RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "ldd ${PROGRAM} failed")
endif()
if(NOT libraries MATCHES "libsodium")
  message(FATAL_ERROR "expected at least libsodium among the libraries of ${PROGRAM}:\n${libraries}")
endif()
if(libraries MATCHES "[^\n]*(${FORBIDDEN})[^\n]*")
  message(FATAL_ERROR "${PROGRAM} needs a library that core must not need: ${CMAKE_MATCH_0}")
endif()
