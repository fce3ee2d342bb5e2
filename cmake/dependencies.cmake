# What genet stands on. A target that a surrounding project already made is taken as it is: xtensor and xsimd have no
# namespaced names, and their package files may not be read twice by everyone.
if(NOT TARGET xtensor)
  find_package(xtensor REQUIRED)
endif()
if(NOT TARGET xsimd)
  find_package(xsimd REQUIRED)
endif()
if(NOT TARGET Boost::headers)
  find_package(Boost 1.74 REQUIRED)
endif()
# std::thread wants -pthread where glibc is older than 2.34.
if(NOT TARGET Threads::Threads)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
endif()
# Optional: only genet/data/gzip.hpp uses it.
find_package(ZLIB QUIET)
