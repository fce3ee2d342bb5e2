#include <program/run.hpp>

#include <sys/wait.h>

#include <doctest/doctest.h>

#include "../report/fake_training.hpp"

namespace {

/// Exit status of a child process that runs a program with this body; its complaints come back in `said`.
template <class F>
int status_of(F body, std::string* said = nullptr) {
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(pipe_ends[1], STDERR_FILENO);
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::close(pipe_ends[0]);
    char name[] = "/somewhere/vae";
    char* argv[] = {name, nullptr};
    const int status = program::run_program(1, argv, body);
    std::fflush(nullptr);
    ::_exit(status);
  }
  ::close(pipe_ends[1]);
  char block[4096];
  std::string text;
  for (ssize_t n; (n = ::read(pipe_ends[0], block, sizeof block)) > 0;)
    text.append(block, static_cast<std::size_t>(n));
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (said) *said = text;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

template <class E>
auto throwing(E e) {
  return [=](int, char**) { throw e; };
}

}  // namespace

TEST_CASE("every kind of error has its exit status and one line") {
  std::string said;
  CHECK(status_of([](int, char**) {}, &said) == 0);
  CHECK(said.empty());
  CHECK(status_of(throwing(genet::training_error("layer 3: nan")), &said) == 1);
  CHECK(said == "vae: layer 3: nan\n");
  CHECK(status_of(throwing(genet::usage_error("no")), &said) == 2);
  CHECK(said == "vae: no\ntry 'vae --help'\n");
  CHECK(status_of(throwing(genet::bad_input("x"))) == 3);
  CHECK(status_of(throwing(genet::io_error("x"))) == 4);
  CHECK(status_of([](int, char**) { std::filesystem::create_directory("/no/such/place"); }) == 4);
  CHECK(status_of(throwing(std::bad_alloc()), &said) == 1);
  CHECK(said == "vae: out of memory\n");
  CHECK(status_of(throwing(program::help_requested{"help me\n"}), &said) == 0);
  CHECK(said == "help me\n");
}

TEST_CASE("a signal saves and stops the training, then leaves with its status") {
  const auto with = [](int signal) {
    return [signal](int, char**) {
      fake_training t;
      t.batches = 10, t.batch = 3;
      program::stop_on_signal watch{"last.safetensors"};
      watch.on_batch_end(t);
      if (t.stopping()) throw genet::training_error("stopped without a signal");
      std::raise(signal);
      t.batch = 10;
      watch.on_batch_end(t);
      if (t.stopping()) throw genet::training_error("stopped before the end of the epoch");
      t.batch = 4;
      watch.on_batch_end(t);
      watch.on_epoch_end(t);
      if (t.reason != (signal == SIGINT ? "SIGINT" : "SIGTERM") || t.saved.size() != 1 ||
          t.saved[0] != "last.safetensors")
        throw genet::training_error("not saved and stopped once");
    };
  };
  std::string said;
  CHECK(status_of(with(SIGINT), &said) == 130);
  CHECK(said.empty());
  CHECK(status_of(with(SIGTERM)) == 143);
}

TEST_CASE("a second SIGINT quits at once") {
  CHECK(status_of([](int, char**) {
          std::raise(SIGINT);
          std::raise(SIGINT);
          throw genet::io_error("still here");
        }) == 130);
  CHECK(status_of([](int, char**) {
          std::raise(SIGTERM);
          std::raise(SIGINT);
          throw genet::io_error("still here");
        }) == 130);
}
