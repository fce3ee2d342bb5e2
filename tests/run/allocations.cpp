// After construction a step allocates nothing and uses little stack: counted in a replaced operator new, and measured
// on a painted stack.
#include <doctest/doctest.h>
#include <genet/declare.hpp>
#include <genet/kernels.hpp>
#include <genet/run/model.hpp>
#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../allocations.hpp"

using namespace genet;

namespace {

template <int N>
using moments = heads<head<"mean", dense<N>>, head<"log_variance", dense<N>>>;
struct encoder : net<input<1, 28, 28>, flatten, dense<512>, relu, batch_norm, dropout<0.2>, moments<20>> {};
struct decoder
    : net<input<20>, dense<512>, silu, layer_norm, residual<dense<512>, gelu>, dense<784>, reshape<1, 28, 28>> {};
using clothes = vae<encoder, decoder>;

template <class T>
struct step_of_training {
  static constexpr long rows = 48;
  model<clothes, T> m{seed{1}};
  session<clothes, T, capability::gradient> training{64};
  session<clothes, T, capability::forward> inference{64};
  std::vector<T> x = std::vector<T>(rows * 784, T(0.5)), gradients = std::vector<T>(m.parameters().size());

  void train(std::uint64_t k, bool accumulate = false) {
    training.forward(m.view(), x.data(), rows, mode::training, rng::key{1, stream::training, k});
    for (const std::string_view name : {"reconstruction", "mean", "log_variance"})
      for (T& g : training.output_gradient(name)) g = T(0.01);
    training.backward(m.view(), gradients.data(), accumulate);
  }
  void infer() { inference.forward(std::as_const(m).view(), x.data(), rows, mode::evaluation); }
};

/// Calls f on a thread whose stack was filled with a pattern before; returns the bytes that were touched.
template <class F>
std::size_t stack_used(F f) {
  constexpr std::size_t size = 4U << 20;
  constexpr unsigned char paint = 0xA5;
  auto* stack = static_cast<unsigned char*>(std::aligned_alloc(4096, size));
  std::fill_n(stack, size, paint);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  REQUIRE(pthread_attr_setstack(&attributes, stack, size) == 0);
  pthread_t thread;
  auto body = [](void* p) -> void* {
    (*static_cast<F*>(p))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, body, &f) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  std::size_t untouched = 0;  // it grows downwards
  while (untouched < size && stack[untouched] == paint) ++untouched;
  std::free(stack);
  return size - untouched;
}

}  // namespace

TEST_CASE("the counter counts all forms") {
  const std::align_val_t wide{64};
  const long before = allocation_count();
  ::operator delete(::operator new(3));
  ::operator delete[](::operator new[](3));
  ::operator delete(::operator new(3, std::nothrow), std::nothrow);
  ::operator delete[](::operator new[](3, std::nothrow), std::nothrow);
  ::operator delete(::operator new(3, wide), wide);
  ::operator delete[](::operator new[](3, wide), wide);
  ::operator delete(::operator new(3, wide, std::nothrow), wide, std::nothrow);
  ::operator delete[](::operator new[](3, wide, std::nothrow), wide, std::nothrow);
  CHECK(allocation_count() - before == 8);
}

TEST_CASE_TEMPLATE("a step of training and one of inference allocate nothing", T, float, double) {
  step_of_training<T> s;
  long before = allocation_count();
  s.train(0);
  const long first_training = allocation_count() - before;
  before = allocation_count();
  s.infer();
  const long first_inference = allocation_count() - before;
  before = allocation_count();
  for (std::uint64_t k = 1; k < 4; ++k) s.train(k, k > 1);
  s.infer();
  const long later = allocation_count() - before;
  CHECK(first_training == 0);
  CHECK(first_inference == 0);
  CHECK(later == 0);
}

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE_TEMPLATE("no large object lies on the stack", T, float, double) {
  step_of_training<T> s;
  const std::size_t nothing = stack_used([] {});
  const std::size_t training = stack_used([&] { s.train(0); });
  const std::size_t inference = stack_used([&] { s.infer(); });
  INFO("an empty thread uses " << nothing << " bytes, training " << training << ", inference " << inference);
  CHECK(nothing < training);
  CHECK(training - nothing < 65536);
  CHECK(inference - nothing < 65536);
}
#endif
