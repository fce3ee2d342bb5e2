#include <genet/train/callback.hpp>

#include <doctest/doctest.h>

#include <functional>

using namespace genet;

namespace {

struct fake_training final : training {
  history rows;
  std::string reason;
  fake_training() : training(rows) {}
  void stop(std::string_view why) override { reason = why; }
  bool stopping() const override { return !reason.empty(); }
  std::string_view stop_reason() const override { return reason; }
  void save_checkpoint(const std::filesystem::path&) override {}
  void record(epoch_record) override {}
  void keep_weights() override {}
  bool has_kept_weights() const override { return false; }
  void restore_weights() override {}
  void set_learning_rate(double rate) override { learning_rate = rate; }
  double base_learning_rate() const override { return learning_rate; }
  std::string first_bad_layer() override { return {}; }
};

struct derived : callback {
  int* calls;
  explicit derived(int* c) : calls(c) {}
  void on_epoch_end(training&) override { ++*calls; }
  std::string_view name() const override { return "derived"; }
};

struct plain {
  int every = 1;
  int* calls = nullptr;
  void on_batch_end(training& t) const {
    if (t.batch % every == 0) ++*calls;
  }
  void on_failure(training& t, std::string_view what) const { t.stop(what); }
};

struct functions {
  std::function<void(training&)> on_run_end = [](training&) {};
};

struct nothing {
  void on_epoch_ends(training&) {}  // misspelt
};

static_assert(callback_like<derived> && callback_like<plain> && callback_like<functions>);
static_assert(!callback_like<nothing> && !callback_like<int>);

}  // namespace

TEST_CASE("callback: a derived class is stored as it is") {
  int calls = 0;
  fake_training t;
  auto c = as_callback(derived(&calls));
  c->on_run_begin(t);
  c->on_batch_end(t);
  c->on_epoch_end(t);
  CHECK(calls == 1);
  CHECK(c->name() == "derived");
  CHECK(dynamic_cast<derived*>(c.get()) != nullptr);
}

TEST_CASE("callback: any struct with hooks is one") {
  int calls = 0;
  fake_training t;
  auto c = as_callback(plain{.every = 2, .calls = &calls});
  for (t.batch = 1; t.batch <= 5; ++t.batch) c->on_batch_end(t);
  c->on_epoch_begin(t);
  c->on_epoch_end(t);
  CHECK(calls == 2);
  CHECK(c->name() == "callback");
  c->on_failure(t, "layer 2 of 3");
  CHECK(t.stop_reason() == "layer 2 of 3");
}

TEST_CASE("callback: hooks may be std::functions, and missing ones do nothing") {
  int calls = 0;
  fake_training t;
  auto c = as_callback(functions{.on_run_end = [&](training&) { ++calls; }});
  auto idle = as_callback(functions{});
  for (auto* one : {c.get(), idle.get()}) {
    one->on_run_begin(t);
    one->on_run_end(t);
    one->on_failure(t, "x");
  }
  CHECK(calls == 1);
}
