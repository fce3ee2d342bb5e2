#include <genet/report/progress.hpp>

#include <cstdlib>

#include <doctest/doctest.h>

#include "fake_training.hpp"

using namespace genet;

namespace {

const progress_facts example{7, 20, 581, 938, 244.3, {{"kl", 16.1}}, 41'000, 41, "images"};

/// A run of `epochs` x `batches` in which a batch takes `batch_seconds`.
std::vector<std::string> texts_of(progress p, long epochs, long batches, double batch_seconds, bool fails = false) {
  std::vector<std::string> out;
  double now = 1000;
  p.sink = [&](std::string_view s) { out.emplace_back(s); };
  p.clock = [&] { return now; };
  const auto shown = as_callback(p);
  fake_training t;
  t.epochs = epochs, t.batches = batches, t.examples_per_second = 128 / batch_seconds;
  shown->on_run_begin(t);
  for (t.epoch = 1; t.epoch <= epochs; ++t.epoch) {
    for (t.batch = 1; t.batch <= batches; ++t.batch) {
      now += batch_seconds;
      t.loss = 244.3;
      t.terms = {{"kl", 16.1}};
      shown->on_batch_end(t);
    }
    t.batch = batches;
    t.finish_epoch(244.3, 245);
    shown->on_epoch_end(t);
  }
  t.epoch = epochs;
  fails ? shown->on_failure(t, "a value became NaN") : shown->on_run_end(t);
  return out;
}

}  // namespace

TEST_CASE("the line is exactly this") {
  CHECK(progress_line(example, 200) ==
        "epoch 7/20 ━━━━━━━━╸━━━ 62%  581/938  loss 244.3  kl 16.1  41k images/s  eta 0:00:41");
  CHECK(columns_of(progress_line(example, 200, true)) == columns_of(progress_line(example, 200)));
}

TEST_CASE("the bar is empty at the start and full at the end") {
  auto f = example;
  f.batch = 0;
  CHECK(progress_line(f, 200).find(" ╸━━━━━━━━━━━ 0%") != std::string::npos);
  f.batch = 938;
  CHECK(progress_line(f, 200).find(" ━━━━━━━━━━━━ 100%") != std::string::npos);
  f.batches = 0, f.eta = -1;
  CHECK(progress_line(f, 200).find(" 0%") != std::string::npos);
  CHECK(progress_line(f, 200).ends_with("eta -:--:--"));
}

TEST_CASE("a narrow terminal loses the least important first") {
  auto f = example;
  f.terms.insert(f.terms.begin(), {"reconstruction", 228.2});
  CHECK(progress_line(f, 110).find("reconstruction 228.2  kl 16.1") != std::string::npos);
  CHECK(progress_line(f, 90) == progress_line(example, 200));
  CHECK(progress_line(f, 75) == "epoch 7/20 ━━━━━━━━╸━━━ 62%  581/938  loss 244.3  41k images/s  eta 0:00:41");
  CHECK(progress_line(f, 60) == "epoch 7/20 ━━━━━━━━╸━━━ 62%  loss 244.3  eta 0:00:41");
  CHECK(progress_line(f, 40) == "epoch 7/20 62%  loss 244.3  eta 0:00:41");
  for (int width = 45; width < 130; ++width) CHECK(columns_of(progress_line(f, width, true)) <= width);
}

TEST_CASE("on a terminal: one line, at most ten updates a second") {
  const auto out =
      texts_of({.unit = "images", .as = progress::form::line, .width = 120}, 4, 500, 0.002);  // 4 seconds
  CHECK(out.size() <= 43);
  CHECK(out.size() >= 35);
  for (std::size_t i = 0; i + 1 < out.size(); ++i) {
    CHECK(out[i].starts_with("\repoch "));
    CHECK(out[i].ends_with("\x1b[K"));
    CHECK(out[i].find('\n') == std::string::npos);
  }
  CHECK(out.back() == "\n");
  CHECK(out[out.size() - 2].find("100%  500/500") != std::string::npos);
  CHECK(out[out.size() - 2].find("64k images/s  eta 0:00:00") != std::string::npos);
  CHECK(out.front().find("eta 0:00:04") != std::string::npos);
}

TEST_CASE("a failure leaves the terminal at the start of a line") {
  const auto out = texts_of({.as = progress::form::line, .width = 120}, 1, 3, 1, true);
  CHECK(out.back() == "\n");
}

TEST_CASE("elsewhere: one line per epoch") {
  const auto out = texts_of({.unit = "images", .as = progress::form::epochs}, 3, 100, 0.001);
  REQUIRE(out.size() == 3);
  CHECK(out[1] ==
        "epoch 2/3  loss 244.3  reconstruction 228.3  kl 16.0  validation loss 245.0  128k images/s  0:00:03\n");
  // Tests run under no terminal, or one that CI declares.
  ::setenv("CI", "1", 1);
  CHECK(texts_of({}, 3, 100, 0.001).size() == 3);
}
