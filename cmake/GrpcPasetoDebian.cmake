# The package tokend for Debian: `cpack --config build/release/CPackConfig.cmake` makes it of a build that was configured
# with CMAKE_INSTALL_PREFIX=/usr. scripts/ci/deb checks and installs it.
set(debian_dir "${CMAKE_SOURCE_DIR}/deploy/debian")
set(tokend_doc_dir "${CMAKE_INSTALL_DATADIR}/doc/tokend")
find_program(GRPC_PASETO_GZIP gzip REQUIRED)

install(TARGETS tokend tokenctl RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tokend)
install(FILES deploy/systemd/tokend.service DESTINATION lib/systemd/system COMPONENT tokend)
install(FILES deploy/tokend.yaml DESTINATION /etc/tokend COMPONENT tokend)
install(FILES deploy/tokend.full.yaml DESTINATION "${tokend_doc_dir}/examples" COMPONENT tokend)
install(FILES docs/operations.md deploy/debian/copyright DESTINATION "${tokend_doc_dir}" COMPONENT tokend)
execute_process(COMMAND ${GRPC_PASETO_GZIP} -9nc "${debian_dir}/changelog"
                OUTPUT_FILE "${CMAKE_BINARY_DIR}/changelog.gz" COMMAND_ERROR_IS_FATAL ANY)
install(FILES "${CMAKE_BINARY_DIR}/changelog.gz" DESTINATION "${tokend_doc_dir}" COMPONENT tokend)

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL tokend)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_SET_DESTDIR ON)  # /etc is outside of the prefix
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/packages")
set(CPACK_DEBIAN_TOKEND_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_TOKEND_PACKAGE_NAME tokend)
set(CPACK_DEBIAN_TOKEND_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "grpc-paseto maintainers <maintainers@example.com>" CACHE STRING
    "Who answers for the Debian package")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "PASETO token service for gRPC")
set(CPACK_DEBIAN_TOKEND_DESCRIPTION "tokend issues, refreshes and revokes PASETO tokens, and pushes keys and
revocations to the services that verify them. tokenctl is its command line.")
set(CPACK_DEBIAN_TOKEND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOKEND_PACKAGE_DEPENDS passwd)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_TOKEND_PACKAGE_CONTROL_EXTRA
    "${debian_dir}/conffiles;${debian_dir}/postinst;${debian_dir}/prerm;${debian_dir}/postrm")
include(CPack)
