#pragma once
// Threads that work together: a small pool that lives as long as its owner and divides one piece of work after the
// other. Work is divided by the output, so that no result depends on how many threads there are.

#include <genet/declare/error.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace genet::inline GENET_ISA::tensor {

namespace detail {

// A callable without its type, so that the pool is compiled once. Calls f(part) for all parts first <= part < last.
struct work {
  void (*run)(const void* f, int first, int last) noexcept = nullptr;
  const void* f = nullptr;
  int parts = 0;
};

// The other threads of a team, and what is handed to them. The parts of a piece of work are put into at most 64
// groups, each a bit of `open_`. A thread takes the groups whose turn is its own first, so that it meets the same
// part of the same matrix in its cache each time; then those of threads that are late: a thread that the system does
// not run holds up nothing that it has not begun.
class pool {
 public:
  static constexpr int most = 64;

  explicit pool(int threads)
      : size_(threads), most_patience_(threads <= static_cast<int>(std::thread::hardware_concurrency()) ? 64 : 0) {}
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;
  ~pool() {
    stop_.store(true, std::memory_order_relaxed);
    wake();
    for (auto& t : helpers_) t.join();
  }

  void start() {
    helpers_.reserve(static_cast<std::size_t>(size_ - 1));
    for (int i = 1; i < size_; ++i) helpers_.emplace_back([this, i] { help(i); });
  }

  void run(const work& w) {
    if (busy_.exchange(true, std::memory_order_acquire)) return w.run(w.f, 0, w.parts);
    const int groups = std::min(w.parts, most);
    work_ = w;
    left_.store(groups, std::memory_order_relaxed);
    open_.store(~std::uint64_t{0} >> (most - groups), std::memory_order_release);
    wake();
    take_groups(0);
    const auto sleep = [&] {
      for (int n; (n = left_.load(std::memory_order_acquire)) != 0;) left_.wait(n);
    };
    wait_while(patience_, [&] { return left_.load(std::memory_order_acquire) != 0; }, sleep);
    busy_.store(false, std::memory_order_release);
  }

 private:
  void help(int self) {
    int patience = most_patience_;
    for (int seen = 0;;) {
      wait_while(patience, [&] { return round_.load(std::memory_order_acquire) == seen; }, [&] { round_.wait(seen); });
      seen = round_.load(std::memory_order_acquire);
      if (stop_.load(std::memory_order_relaxed)) return;
      take_groups(self);
    }
  }

  void wake() {
    round_.fetch_add(1, std::memory_order_acq_rel);
    round_.notify_all();
  }

  // A bit that was taken belongs to the work that is there now, even if the bits were read in the round before: the
  // next work is not written before the last group of this one has been counted.
  void take_groups(int self) {
    std::uint64_t mine = 0;
    for (int i = self; i < most; i += size_) mine |= std::uint64_t{1} << i;
    for (std::uint64_t open = open_.load(std::memory_order_relaxed); open != 0;) {
      const int group = std::countr_zero((open & mine) != 0 ? open & mine : open);
      const std::uint64_t bit = std::uint64_t{1} << group;
      open = open_.fetch_and(~bit, std::memory_order_acq_rel);
      if ((open & bit) == 0) continue;
      const long parts = work_.parts, groups = std::min<long>(parts, most);
      work_.run(work_.f, static_cast<int>(parts * group / groups), static_cast<int>(parts * (group + 1) / groups));
      open = open_.load(std::memory_order_relaxed);
      if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
    }
  }

  // Looks for some ten microseconds again and again, as the next piece of work comes soon, then sleeps. Between looks
  // it lets others run that want its core. Who slept all the same sleeps earlier the next time; who belongs to a team
  // of more threads than the machine has cores, at once.
  template <class Waiting, class Sleep>
  void wait_while(int& patience, const Waiting& waiting, const Sleep& sleep) const {
    for (int turn = 0; turn < patience; ++turn) {
      for (int look = 0; look < 32; ++look) {
        if (!waiting()) {
          patience = std::min(2 * patience, most_patience_);
          return;
        }
        relax();
      }
      std::this_thread::yield();
    }
    patience = std::max(patience / 2, most_patience_ / 8);
    sleep();
  }

  static void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  const int size_, most_patience_;
  int patience_ = most_patience_;  // of the thread that asks
  work work_;
  alignas(64) std::atomic<int> round_{0};  // grows with each piece of work
  std::atomic<std::uint64_t> open_{0};     // groups that nobody has begun
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<int> left_{0};  // groups that are not done
  std::atomic<bool> busy_{false};
  std::vector<std::thread> helpers_;
};

}  // namespace detail

/// A number of threads that work together, the calling one among them. A team belongs to one thread at a time; who
/// asks it while it works, from a part or from elsewhere, does the parts alone.
class team {
 public:
  /// The most threads that a team can have.
  static constexpr int most = detail::pool::most;

  /// Starts `threads` - 1 threads, which end with the team. usage_error unless 1 <= threads <= most.
  explicit team(int threads = 1) : size_(threads) {
    if (threads < 1 || threads > most)
      throw usage_error("a team of " + std::to_string(threads) + " threads: expected 1 to " + std::to_string(most));
    if (threads == 1) return;
    pool_ = std::make_unique<detail::pool>(threads);
    pool_->start();
  }
  team(const team&) = delete;
  team& operator=(const team&) = delete;

  int size() const { return size_; }

  /// Calls f(part) once for each part from 0 to parts - 1, on this thread and the others, and returns when all calls
  /// have. Parts that are numbered alike go to the same thread each time, if it is free. `f` must not throw.
  template <class F>
  void run(int parts, const F& f) {
    if (size_ == 1 || parts < 2) {
      for (int part = 0; part < parts; ++part) f(part);
      return;
    }
    pool_->run({.run =
                    [](const void* callable, int first, int last) noexcept {
                      for (int part = first; part < last; ++part) (*static_cast<const F*>(callable))(part);
                    },
                .f = &f,
                .parts = parts});
  }

  /// Cuts 0 ... n - 1 at multiples of `unit` into stretches of nearly the same length, one for each thread, and calls
  /// f(first, count) for each.
  template <class F>
  void divide(long n, long unit, const F& f) {
    const long units = (n + unit - 1) / unit, parts = std::min<long>(size_, units);
    if (parts == 1) return f(0L, n);
    run(static_cast<int>(parts), [&](int part) {
      const long first = units * part / parts * unit, last = std::min(n, units * (part + 1) / parts * unit);
      f(first, last - first);
    });
  }

 private:
  int size_;
  std::unique_ptr<detail::pool> pool_;
};

/// A team of one, which any number of threads may use at once: it keeps nothing.
inline team& alone() {
  static team one(1);
  return one;
}

}  // namespace genet::tensor
