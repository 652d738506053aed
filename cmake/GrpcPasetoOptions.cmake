# What a user of this build may choose, and what every target of ours is compiled with.

option(GRPC_PASETO_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(GRPC_PASETO_BUILD_BENCH "Build the benchmarks" OFF)
set(GRPC_PASETO_SANITIZE "" CACHE STRING "Value for -fsanitize=, for example address,undefined")
option(GRPC_PASETO_FUZZ "Build the fuzzers with libFuzzer, which clang has" OFF)
set(GRPC_PASETO_VECTORS_DIR "" CACHE PATH
    "Folder with a copy of the official PASETO test vectors; empty: those tests are skipped, visibly")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(GRPC_PASETO_CCACHE ccache)
if(GRPC_PASETO_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Build folders share one cache: paths are made relative, the working folder is not hashed.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${GRPC_PASETO_CCACHE})
endif()

find_program(GRPC_PASETO_MOLD mold)
if(GRPC_PASETO_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(GRPC_PASETO_SANITIZE)
  add_compile_options(-fsanitize=${GRPC_PASETO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GRPC_PASETO_SANITIZE})
endif()

if(GRPC_PASETO_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Warnings for our own code; generated code and dependencies are not ours to fix.
add_library(grpc_paseto_warnings INTERFACE)
target_compile_options(grpc_paseto_warnings INTERFACE -Wall -Wextra -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
if(GRPC_PASETO_SANITIZE)
  # GCC, by its manual, warns falsely of uninitialized values in instrumented code: here in the standard <regex>.
  target_compile_options(grpc_paseto_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
