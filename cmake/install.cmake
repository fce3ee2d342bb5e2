include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(genet_package_dir ${CMAKE_INSTALL_DATADIR}/cmake/genet)

# INCLUDES: for consumers whose CMake is older than file sets (3.23).
install(TARGETS genet EXPORT genet-targets
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT genet-targets NAMESPACE genet:: DESTINATION ${genet_package_dir})
configure_package_config_file(cmake/genet-config.cmake.in genet-config.cmake INSTALL_DESTINATION ${genet_package_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
# While the version is 0.x a new minor version may change names.
write_basic_package_version_file(genet-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/genet-config.cmake ${PROJECT_BINARY_DIR}/genet-config-version.cmake
  cmake/kernels.cmake DESTINATION ${genet_package_dir})
install(FILES ${genet_kernels_source} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/genet/compiled)

# Relative to the file itself, so that an installed tree can be moved.
file(RELATIVE_PATH genet_pc_prefix /${CMAKE_INSTALL_DATADIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" genet_pc_prefix "${genet_pc_prefix}")
set(genet_pc_libs -pthread)
if(ZLIB_FOUND)
  string(APPEND genet_pc_libs " -lz")
endif()
configure_file(cmake/genet.pc.in genet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/genet.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
