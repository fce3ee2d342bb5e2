#include <genet/report/csv_logger.hpp>

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "fake_training.hpp"

using namespace genet;

TEST_CASE("a logged run, and its continuation from a checkpoint of the first epoch") {
  temporary_directory d{"csv_logger"};
  const auto path = d.path / "logs" / "run.csv";
  const auto run = [&](long first, long last) {
    fake_training t;
    t.resumed = first > 1;
    t.first_epoch = first;
    for (t.epoch = 1; t.epoch < first; ++t.epoch) t.finish_epoch(250. - static_cast<double>(t.epoch), 251);
    const auto logger = as_callback(csv_logger{path});
    logger->on_run_begin(t);
    for (t.epoch = first; t.epoch <= last; ++t.epoch) {
      t.finish_epoch(250. - static_cast<double>(t.epoch), 251);
      logger->on_epoch_end(t);
    }
    logger->on_run_end(t);
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  };
  const std::string whole = run(1, 4);
  CHECK(whole.starts_with(
      "epoch,split,seconds,loss,reconstruction,kl\n1,train,1.500,249,233,16\n1,validation,1.500,251,234,17\n2,"));
  CHECK(std::count(whole.begin(), whole.end(), '\n') == 9);
  run(1, 3);
  CHECK(run(2, 4) == whole);
  // Rows of finished epochs that never reached the file come from the history.
  std::filesystem::remove(path);
  CHECK(run(3, 4) == whole);
}
