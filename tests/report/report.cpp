#include <genet/report/report.hpp>

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "fake_training.hpp"

using namespace genet;
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& p) {
  std::ifstream in(p, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool has(const std::string& text, std::string_view word) { return text.find(word) != text.npos; }

/// Epochs `first` to `last` of a run of `epochs`; what ends it is left to the test.
void train(fake_training& t, callback& page, long first, long last, long epochs) {
  t.epochs = epochs, t.batches = 10, t.examples_per_second = 41'000;
  t.summary = "dense<400>  314,000";
  t.resumed = first > 1;
  t.first_epoch = first;
  for (t.epoch = 1; t.epoch < first; ++t.epoch) t.finish_epoch(250. - static_cast<double>(t.epoch), 251);
  page.on_run_begin(t);
  for (t.epoch = first; t.epoch <= last; ++t.epoch) {
    t.finish_epoch(250. - static_cast<double>(t.epoch), 251);
    page.on_epoch_end(t);
  }
  --t.epoch;
}

report described(const fs::path& where) {
  report page{where};
  page.title("clothes").unit("images").config({{"epochs", 3}}).fact("Seed", "8").fact("Seed", "7");
  page.samples([] { return image(20, 20, 1, 90); });
  page.picture("Lines", "drawn at the end", [] { return std::string("a sentence"); });
  page.picture("Often", "drawn each epoch", [] { return image(5, 5, 3); }, drawn::each_epoch);
  return page;
}

}  // namespace

TEST_CASE("a run leaves its directory behind, and copies of a report are the same report") {
  temporary_directory d{"report_run"};
  report page = described(d.path / "run");
  const auto held_by_trainer = as_callback(page);
  CHECK(!fs::exists(page.directory().report()));
  fake_training t;
  train(t, *held_by_trainer, 1, 3, 3);
  auto html = content(d.path / "run/report.html");
  CHECK(has(html, "http-equiv=\"refresh\""));
  CHECK(has(html, "drawn each epoch"));
  CHECK(!has(html, "a sentence"));
  held_by_trainer->on_run_end(t);
  html = content(d.path / "run/report.html");
  CHECK(!has(html, "http-equiv=\"refresh\""));
  for (const auto* word : {"3 epochs in 4.5 s", "a sentence", "<dt>Seed</dt><dd>7</dd>", "1.5 s", "41k images / s",
                           "validation 251.0", ">kl<", "dense&lt;400&gt;"}) {
    CAPTURE(word);
    CHECK(has(html, word));
  }
  CHECK(fs::exists(d.path / "run/samples/epoch_0003.png"));
  CHECK(has(content(d.path / "run/environment.json"), "\"compiler\""));
  CHECK(content(d.path / "run/config.json") == "{\n  \"epochs\": 3\n}\n");

  page.row({3, "test", 5, 244.125, {{"reconstruction", 228}, {"kl", 16.125}}})
      .picture("Map", "later", svg::drawing{"<svg></svg>"})
      .write();
  html = content(d.path / "run/report.html");
  CHECK(has(html, "test 244.1"));
  CHECK(has(html, "<h2>Map</h2>"));
  const auto csv = content(d.path / "run/metrics.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 8);
  CHECK(csv.ends_with("\n3,test,5.000,244.125,228,16.125\n"));
}

TEST_CASE("values that share a chart have none of their own") {
  temporary_directory d{"report_charts"};
  report page{d.path};
  page.chart("Both", {"loss", "kl"}).chart("Nothing", {"absent"});
  fake_training t;
  train(t, page, 1, 2, 2);
  page.row({2, "test", 1, 240, {{"reconstruction", 224}}});
  page.on_run_end(t);
  const auto html = content(page.directory().report());
  CHECK(has(html, "<h2>Both</h2>"));
  CHECK(has(html, ">loss 248.0<"));
  CHECK(has(html, ">kl, validation 17.0<"));
  CHECK(!has(html, "loss, test"));
  CHECK(has(html, "<h2>reconstruction</h2>"));
  CHECK(has(html, ">test 224.0<"));
  CHECK(!has(html, "<h2>kl</h2>"));
  CHECK(!has(html, "Nothing"));
}

TEST_CASE("a chart of values that no row has measured is left out, but for the loss") {
  temporary_directory d{"report_unmeasured"};
  report page{d.path};
  fake_training t;
  t.epoch = t.epochs = 1;
  page.on_run_begin(t);
  t.rows.add({1, "train", 1, NAN, {{"reward", NAN}, {"phase", 0}}});
  page.on_epoch_end(t);
  const auto html = content(page.directory().report());
  CHECK(has(html, "<h2>loss</h2>"));
  CHECK(has(html, "<h2>phase</h2>"));
  CHECK(!has(html, "reward"));
}

TEST_CASE("a failure is shown, and a stop") {
  temporary_directory d{"report_failure"};
  report page = described(d.path);
  fake_training t;
  train(t, page, 1, 2, 3);
  page.on_failure(t, "layer 2 of 3, dense<9>: output is nan");
  auto html = content(page.directory().report());
  CHECK(has(html, "<p>layer 2 of 3, dense&lt;9&gt;: output is nan</p>"));
  CHECK(has(html, "pill failed"));
  CHECK(!has(html, "refresh"));
  fs::remove(page.directory().report());
  fs::create_directories(page.directory().report() / "in the way");
  CHECK_NOTHROW(page.on_failure(t, "the first failure is the one to tell"));
  fs::remove_all(page.directory().report());

  report other = described(d.path);
  fake_training u;
  train(u, other, 1, 2, 3);
  u.stop("SIGINT");
  other.on_run_end(u);
  html = content(page.directory().report());
  CHECK(has(html, "stopped in epoch 2: SIGINT"));
  CHECK(!has(html, "dense&lt;9&gt;"));
}

TEST_CASE("resumed equals uninterrupted: metrics, samples and the page's curves") {
  temporary_directory d{"report_resume"};
  {
    report page = described(d.path / "whole");
    fake_training t;
    train(t, page, 1, 4, 4);
    page.on_run_end(t);
  }
  {
    // Killed while epoch 3 was being reported; the checkpoint is that of epoch 2.
    report page = described(d.path / "cut");
    fake_training t;
    train(t, page, 1, 3, 4);
    std::ofstream(d.path / "cut/metrics.csv", std::ios::app) << "4,trai";
  }
  report page = described(d.path / "cut");
  fake_training t;
  train(t, page, 3, 4, 4);
  page.on_run_end(t);
  CHECK(content(d.path / "cut/metrics.csv") == content(d.path / "whole/metrics.csv"));
  const auto html = content(d.path / "cut/report.html");
  for (const auto* epoch : {"data-epoch=\"1\"", "data-epoch=\"2\"", "data-epoch=\"3\"", "data-epoch=\"4\""})
    CHECK(has(html, epoch));
  CHECK(has(html, "train, epoch 1: 249.0"));

  // A new run in the same place begins anew.
  report fresh = described(d.path / "cut");
  fake_training u;
  train(u, fresh, 1, 1, 4);
  CHECK(!fs::exists(d.path / "cut/samples/epoch_0002.png"));
  const auto csv = content(d.path / "cut/metrics.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 3);
}

TEST_CASE("a resumed run that has nothing left to do keeps what is there") {
  temporary_directory d{"report_nothing"};
  report page = described(d.path);
  fake_training t;
  train(t, page, 1, 2, 2);
  page.on_run_end(t);
  const auto csv = content(d.path / "metrics.csv");

  report again = described(d.path);
  fake_training u;
  u.epochs = 2, u.resumed = true, u.first_epoch = 2;
  for (u.epoch = 1; u.epoch <= 2; ++u.epoch) u.finish_epoch(250. - static_cast<double>(u.epoch), 251);
  --u.epoch;
  again.on_run_end(u);
  CHECK(content(d.path / "metrics.csv") == csv);
  CHECK(has(content(d.path / "report.html"), "data-epoch=\"2\""));
  CHECK(has(content(d.path / "report.html"), "2 epochs in"));
}

TEST_CASE("a report that cannot be written says where") {
  temporary_directory d{"report_refused"};
  std::ofstream(d.path / "file") << "x";
  CHECK_THROWS_AS(report{d.path / "file"}, io_error);
}
