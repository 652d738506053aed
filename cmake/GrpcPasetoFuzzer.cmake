# paseto_fuzzer(NAME SOURCES ... DEPS ...): a fuzzer with the corpus in corpus/NAME beside it. In the
# preset "fuzz" it is a libFuzzer program; in every other build a program that runs the corpus once. Both are a test that
# replays the corpus. All of them together are the target "fuzzers".
add_custom_target(fuzzers)

function(paseto_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
  paseto_executable(${name} SOURCES ${arg_SOURCES} DEPS ${arg_DEPS})
  if(GRPC_PASETO_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_link_libraries(${name} PRIVATE grpc_paseto::fuzz_replay)
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
  add_dependencies(fuzzers ${name})
  add_test(NAME FuzzCorpus.${name} COMMAND ${name} -runs=0 "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
endfunction()
