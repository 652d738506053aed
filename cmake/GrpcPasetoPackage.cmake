# What `cmake --install` puts down for programs that link the libraries: find_package(grpc_paseto COMPONENTS ...).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/grpc_paseto")

add_custom_target(package_libraries)

# paseto_install(COMPONENT TARGET...): the targets of one component, named grpc_paseto::TARGET after the installation too.
function(paseto_install component)
  foreach(name IN LISTS ARGN)
    set_target_properties(grpc_paseto_${name} PROPERTIES EXPORT_NAME ${name})
    target_include_directories(grpc_paseto_${name} INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
    install(TARGETS grpc_paseto_${name} EXPORT grpc_paseto_${component}
            ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
    get_target_property(type grpc_paseto_${name} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      add_dependencies(package_libraries grpc_paseto_${name})
    endif()
  endforeach()
  install(EXPORT grpc_paseto_${component} FILE grpc_paseto-${component}.cmake NAMESPACE grpc_paseto::
          DESTINATION "${package_dir}" COMPONENT development)
endfunction()

paseto_install(core core core_paseto core_legacy core_token)
paseto_install(interceptor proto interceptor interceptor_observe interceptor_policy interceptor_trust interceptor_feed
               interceptor_stream interceptor_gate)
paseto_install(client client interceptor_client)
paseto_install(yaml interceptor_yaml interceptor_policy_file)
paseto_install(prometheus interceptor_prometheus)

# Headers keep the paths that the sources include them by. Those in testing/ are for our own tests.
install(DIRECTORY core interceptor DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/grpc_paseto" COMPONENT development
        FILES_MATCHING PATTERN "*.h" PATTERN "testing" EXCLUDE)
install(DIRECTORY "${GRPC_PASETO_GENERATED_DIR}/paseto" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development
        FILES_MATCHING PATTERN "*.h")
install(DIRECTORY proto/paseto DESTINATION "${CMAKE_INSTALL_DATADIR}/grpc_paseto/proto" COMPONENT development
        FILES_MATCHING PATTERN "*.proto")

set(proto_dir "${CMAKE_INSTALL_DATADIR}/grpc_paseto/proto")
configure_package_config_file(cmake/grpc_paseto-config.cmake.in "${CMAKE_BINARY_DIR}/grpc_paseto-config.cmake"
                              INSTALL_DESTINATION "${package_dir}" PATH_VARS proto_dir)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/grpc_paseto-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/grpc_paseto-config.cmake" "${CMAKE_BINARY_DIR}/grpc_paseto-config-version.cmake"
        DESTINATION "${package_dir}" COMPONENT development)
