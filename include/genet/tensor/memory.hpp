#pragma once
// Memory: one aligned heap block per kind of data, never many small ones.

#include <genet/tensor/simd.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace genet::inline GENET_ISA::tensor {

/// Owns one heap block of `n` elements, zeroed, aligned to 64 bytes. The storage is rounded up to whole cache lines
/// (zeros too), so that a full vector may be loaded at the last element of any 64-byte line. Moves, does not copy;
/// `clone()` copies.
template <class T>
class block {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  block() = default;
  /// `n` zeros. Throws std::bad_alloc.
  explicit block(long n) : size_(n) {
    if (n <= 0) return;
    const std::align_val_t aligned{storage(n) < large_page ? alignment : large_page};
    bytes_ = {static_cast<T*>(::operator new(storage(n), aligned)), release{aligned}};
#if defined(MADV_HUGEPAGE)  // A step walks over megabytes: large pages save 1 to 3 % of its time.
    if (storage(n) >= large_page) ::madvise(bytes_.get(), storage(n), MADV_HUGEPAGE);
#endif
    std::memset(static_cast<void*>(bytes_.get()), 0, storage(n));
  }
  block(block&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  block& operator=(block&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  /// A second block with the same content.
  block clone() const {
    block copy(size_);
    std::copy_n(data(), size_, copy.data());
    return copy;
  }

  T* data() { return bytes_.get(); }
  const T* data() const { return bytes_.get(); }
  /// Elements asked for.
  long size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](long i) { return bytes_.get()[i]; }
  const T& operator[](long i) const { return bytes_.get()[i]; }
  std::span<T> span() { return {data(), static_cast<std::size_t>(size_)}; }
  std::span<const T> span() const { return {data(), static_cast<std::size_t>(size_)}; }
  void zero() { std::fill_n(data(), size_, T(0)); }

 private:
  static std::size_t storage(long n) {
    return (static_cast<std::size_t>(n) * sizeof(T) + alignment - 1) / alignment * alignment;
  }
  static constexpr std::size_t large_page = std::size_t{1} << 21;
  struct release {
    std::align_val_t aligned{alignment};
    void operator()(T* p) const { ::operator delete(p, aligned); }
  };
  std::unique_ptr<T, release> bytes_;
  long size_ = 0;
};

}  // namespace genet::tensor
