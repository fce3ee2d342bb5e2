#pragma once
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <genet/declare/error.hpp>
#include <genet/train/callback.hpp>

#include "options.hpp"

namespace program {

/// The signal that asked this program to end (SIGINT or SIGTERM), or 0.
inline volatile std::sig_atomic_t received_signal = 0;

inline bool interrupted() { return received_signal != 0; }

/// The first SIGINT or SIGTERM is noted, so that the training saves and stops; a SIGINT after that quits at once.
inline void catch_signals() {
  struct sigaction action {};
  action.sa_handler = [](int signal) {
    if (received_signal && signal == SIGINT) ::_exit(128 + SIGINT);
    received_signal = signal;
  };
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

/// Saves a checkpoint and stops the training after the batch in which a signal came.
struct stop_on_signal {
  std::filesystem::path checkpoint;

  void on_batch_end(genet::training& t) {
    if (t.batch < t.batches) look(t);  // after the last batch the epoch is brought to its end first
  }
  void on_epoch_end(genet::training& t) { look(t); }
  std::string_view name() const { return "stop_on_signal"; }

 private:
  void look(genet::training& t) const {
    if (!interrupted() || t.stopping()) return;
    t.save_checkpoint(checkpoint);
    t.stop(received_signal == SIGINT ? "SIGINT" : "SIGTERM");
  }
};

/// Calls `body(argc, argv)` and turns what it throws into a line on stderr and an exit status: 0 done, 1 training
/// failed, 2 usage, 3 bad input data, 4 input or output, 130 or 143 after SIGINT or SIGTERM.
template <class F>
int run_program(int argc, char** argv, F&& body) {
  const std::string name = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "program";
  const auto complain = [&](const std::string& what, int status) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), what.c_str());
    return status;
  };
  catch_signals();
  try {
    std::forward<F>(body)(argc, argv);
  } catch (const help_requested& h) {
    std::fputs(h.text.c_str(), stdout);
    return 0;
  } catch (const genet::usage_error& e) {
    return complain(std::string(e.what()) + "\ntry '" + name + " --help'", 2);
  } catch (const genet::bad_input& e) {
    return complain(e.what(), 3);
  } catch (const genet::io_error& e) {
    return complain(e.what(), 4);
  } catch (const std::filesystem::filesystem_error& e) {
    return complain(e.what(), 4);
  } catch (const std::bad_alloc&) {
    return complain("out of memory", 1);
  } catch (const std::exception& e) {
    return complain(e.what(), 1);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) return complain("cannot write to standard output", 4);
  return interrupted() ? 128 + static_cast<int>(received_signal) : 0;
}

}  // namespace program
