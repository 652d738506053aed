# The few shapes of target that the project has, so that every CMakeLists.txt reads as a list.

# Sources and generated code include each other as "grpc_paseto/core/...", in the tree and installed.
set(GRPC_PASETO_INCLUDE_DIR "${CMAKE_BINARY_DIR}/include")
file(MAKE_DIRECTORY "${GRPC_PASETO_INCLUDE_DIR}")
file(CREATE_LINK "${CMAKE_SOURCE_DIR}" "${GRPC_PASETO_INCLUDE_DIR}/grpc_paseto" SYMBOLIC)
set(GRPC_PASETO_GENERATED_DIR "${CMAKE_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${GRPC_PASETO_GENERATED_DIR}")

# paseto_library(NAME SOURCES ... DEPS ...): grpc_paseto_NAME, with the alias grpc_paseto::NAME.
function(paseto_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
  add_library(grpc_paseto_${name} STATIC ${arg_SOURCES})
  add_library(grpc_paseto::${name} ALIAS grpc_paseto_${name})
  target_include_directories(grpc_paseto_${name} PUBLIC "$<BUILD_INTERFACE:${GRPC_PASETO_INCLUDE_DIR}>")
  target_link_libraries(grpc_paseto_${name} PUBLIC ${arg_DEPS}
                        PRIVATE "$<BUILD_INTERFACE:grpc_paseto_warnings>")
  set_property(GLOBAL APPEND PROPERTY GRPC_PASETO_LIBRARIES grpc_paseto::${name})
endfunction()

# All generated code, for tools that parse sources without building them.
add_custom_target(generated_sources)

# paseto_proto_library(NAME ROOT dir PROTOS ... DEPS ... [GRPC]): message code, and service code with GRPC. PROTOS are
# relative to the folder of the CMakeLists.txt; generated headers are included by their path below ROOT.
function(paseto_proto_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "GRPC" "ROOT" "PROTOS;DEPS")
  list(TRANSFORM arg_PROTOS PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  add_library(grpc_paseto_${name} STATIC ${arg_PROTOS})
  set_target_properties(grpc_paseto_${name} PROPERTIES UNITY_BUILD OFF)  # the generators name things alike in each file
  add_library(grpc_paseto::${name} ALIAS grpc_paseto_${name})
  add_dependencies(generated_sources grpc_paseto_${name})
  target_include_directories(grpc_paseto_${name} SYSTEM PUBLIC
                             "$<BUILD_INTERFACE:${GRPC_PASETO_GENERATED_DIR}>")
  target_link_libraries(grpc_paseto_${name} PUBLIC protobuf::libprotobuf ${arg_DEPS})
  set_property(GLOBAL APPEND PROPERTY GRPC_PASETO_LIBRARIES grpc_paseto::${name})
  set(imports "${arg_ROOT}" "${CMAKE_SOURCE_DIR}/proto")
  list(REMOVE_DUPLICATES imports)
  # protobuf_generate names its outputs relative to this variable; imports are relative to ROOT.
  set(CMAKE_CURRENT_SOURCE_DIR "${arg_ROOT}")
  protobuf_generate(TARGET grpc_paseto_${name} LANGUAGE cpp IMPORT_DIRS ${imports}
                    PROTOC_OUT_DIR "${GRPC_PASETO_GENERATED_DIR}")
  if(arg_GRPC)
    target_link_libraries(grpc_paseto_${name} PUBLIC gRPC::grpc++)
    protobuf_generate(TARGET grpc_paseto_${name} LANGUAGE grpc IMPORT_DIRS ${imports}
                      PLUGIN "protoc-gen-grpc=${GRPC_PASETO_GRPC_PLUGIN}"
                      GENERATE_EXTENSIONS .grpc.pb.h .grpc.pb.cc
                      PROTOC_OUT_DIR "${GRPC_PASETO_GENERATED_DIR}")
  endif()
endfunction()

# paseto_executable(NAME SOURCES ... DEPS ...): a program in build/<preset>/bin. Files of a program may name their helpers
# alike, those of a library may not (CMAKE_UNITY_BUILD).
function(paseto_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin" UNITY_BUILD OFF)
  target_link_libraries(${name} PRIVATE ${arg_DEPS} grpc_paseto_warnings)
endfunction()

# paseto_test(NAME SOURCES ... DEPS ...): a GoogleTest program, its cases known to ctest one by one.
function(paseto_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(${name} PRIVATE ${arg_DEPS} GTest::gmock GTest::gtest_main grpc_paseto_warnings)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES
                       PROPERTIES TIMEOUT 300 LABELS googletest)
endfunction()
