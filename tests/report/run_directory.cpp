#include <genet/report/run_directory.hpp>

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "fake_training.hpp"

using namespace genet;
namespace fs = std::filesystem;

TEST_CASE("a run directory has its places and files") {
  temporary_directory d{"run_directory"};
  const run_directory run{d.path / "a" / "b"};
  CHECK(fs::is_directory(d.path / "a/b/samples"));
  CHECK(fs::is_directory(d.path / "a/b/checkpoints"));
  CHECK(run.sample(7) == d.path / "a/b/samples/epoch_0007.png");
  CHECK(run.sample(12345).filename() == "epoch_12345.png");
  CHECK(run.checkpoint() == d.path / "a/b/checkpoints/last.safetensors");
  CHECK(run.checkpoint("best").filename() == "best.safetensors");
  run.write_config({{"epochs", 10}});
  std::ifstream in(run.path() / "config.json");
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == "{\n  \"epochs\": 10\n}\n");
  CHECK_NOTHROW(run_directory{run.path()});
}

TEST_CASE("samples are found by epoch, and a new or resumed run forgets what it will make again") {
  temporary_directory d{"run_samples"};
  const run_directory run{d.path};
  for (const auto& file : {run.sample(1), run.sample(2), run.sample(10), d.path / "samples" / "mine.png",
                           d.path / "samples" / "epoch_3.png", run.metrics(), run.report(), run.checkpoint()})
    std::ofstream(file) << "x";
  CHECK(run.samples().size() == 3);
  CHECK(run.samples().rbegin()->first == 10);
  run.forget_from(2);
  CHECK(run.samples().size() == 1);
  CHECK(fs::exists(run.metrics()));
  run.forget_from(1);
  CHECK(run.samples().empty());
  CHECK(!fs::exists(run.metrics()));
  CHECK(!fs::exists(run.report()));
  CHECK(fs::exists(run.checkpoint()));
  CHECK(fs::exists(d.path / "samples" / "mine.png"));
  run.forget_checkpoints();
  CHECK(!fs::exists(run.checkpoint()));
}

TEST_CASE("a place that cannot be a directory is refused by name") {
  temporary_directory d{"run_refused"};
  std::ofstream(d.path / "file") << "x";
  CHECK_THROWS_AS(run_directory{d.path / "file"}, io_error);
  CHECK_THROWS_AS(run_directory{d.path / "file" / "below"}, io_error);
  CHECK_THROWS_AS(run_directory{""}, usage_error);
}
