#pragma once
// Counts every allocation of a program: include it in one file of it. Not inlined, or g++ compares malloc with delete.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<long> allocations_so_far = 0;

void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations_so_far;
  return std::aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
}
void* or_throw(void* p) {
  if (!p) throw std::bad_alloc();
  return p;
}
constexpr std::size_t usual_alignment = alignof(std::max_align_t);
std::size_t alignment_of(std::align_val_t a) {
  return static_cast<std::size_t>(a) < usual_alignment ? usual_alignment : static_cast<std::size_t>(a);
}

/// Allocations since the program began.
[[maybe_unused]] long allocation_count() { return allocations_so_far; }

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t n) { return or_throw(counted(n, usual_alignment)); }
[[gnu::noinline]] void* operator new[](std::size_t n) { return or_throw(counted(n, usual_alignment)); }
[[gnu::noinline]] void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return counted(n, usual_alignment); }
[[gnu::noinline]] void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return counted(n, usual_alignment); }
[[gnu::noinline]] void* operator new(std::size_t n, std::align_val_t a) { return or_throw(counted(n, alignment_of(a))); }
[[gnu::noinline]] void* operator new[](std::size_t n, std::align_val_t a) { return or_throw(counted(n, alignment_of(a))); }
[[gnu::noinline]] void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return counted(n, alignment_of(a));
}
[[gnu::noinline]] void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return counted(n, alignment_of(a));
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p, const std::nothrow_t&) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept { std::free(p); }
