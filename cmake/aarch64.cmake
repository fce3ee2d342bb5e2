# Toolchain of the preset aarch64: Debian's cross compiler; what it builds runs under qemu-user. The compiler looks into
# /usr/include by itself, behind its own directories, so this machine's header-only packages serve.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64;-L;/usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)  # libraries from there only, packages and headers from here too
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
file(GLOB CMAKE_PREFIX_PATH /usr/lib/${CMAKE_HOST_SYSTEM_PROCESSOR}-linux-gnu/cmake/*)
