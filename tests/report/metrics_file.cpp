#include <genet/report/metrics_file.hpp>

#include <cmath>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "fake_training.hpp"

using namespace genet;

namespace {

std::string content(const std::filesystem::path& p) {
  std::ostringstream out;
  out << std::ifstream(p, std::ios::binary).rdbuf();
  return out.str();
}
void put(const std::filesystem::path& p, std::string_view s) { std::ofstream(p, std::ios::binary) << s; }

const std::string three_epochs =
    "epoch,split,seconds,loss,reconstruction,kl\n"
    "1,train,1.500,260,244,16\n"
    "1,test,1.600,261,244,17\n"
    "2,train,3.000,250.25,234.25,16\n"
    "3,train,4.500,245,229,16\n";

}  // namespace

TEST_CASE("rows as the columns say") {
  temporary_directory d{"metrics_rows"};
  const auto path = d.path / "metrics.csv";
  put(path, "something older\n");
  auto m = metrics_file::create(path);
  CHECK(content(path).empty());
  m.append({1, "train", 1.5, 244.3, {{"reconstruction", 228.2}, {"kl", 16.1}}});
  m.append({1, "validation", 1.6004, std::nan(""), {{"kl", INFINITY}}});
  m.append({2, "train", 3, 0.1, {}});
  CHECK(content(path) ==
        "epoch,split,seconds,loss,reconstruction,kl\n"
        "1,train,1.500,244.3,228.2,16.1\n"
        "1,validation,1.600,nan,,inf\n"
        "2,train,3.000,0.1,,\n");
  CHECK(m.has(1, "validation"));
  CHECK(!m.has(2, "validation"));
  CHECK_THROWS_AS(m.append({3, "train", 0, 0, {{"accuracy", 1}}}), usage_error);
}

TEST_CASE("resuming drops a torn last line, at every byte at which it can be torn") {
  temporary_directory d{"metrics_torn"};
  const auto path = d.path / "metrics.csv";
  for (std::size_t size = 0; size <= three_epochs.size(); ++size) {
    put(path, three_epochs.substr(0, size));
    auto m = metrics_file::resume(path, 100);
    const auto whole = three_epochs.rfind('\n', size ? size - 1 : 0);
    CHECK(content(path) ==
          (size == 0 || whole == std::string::npos || whole >= size ? "" : three_epochs.substr(0, whole + 1)));
    m.append({9, "train", 1, 1, {{"reconstruction", 1}, {"kl", 2}}});
    CHECK(content(path).ends_with("\n9,train,1.000,1,1,2\n"));
    CHECK(content(path).starts_with("epoch,split,seconds,loss,reconstruction,kl\n"));
  }
}

TEST_CASE("resuming drops rows of the epoch that begins again and of later ones") {
  temporary_directory d{"metrics_epochs"};
  const auto path = d.path / "metrics.csv";
  put(path, three_epochs);
  const auto m = metrics_file::resume(path, 2);
  CHECK(content(path) == three_epochs.substr(0, three_epochs.find("2,train")));
  CHECK(m.has(1, "test"));
  CHECK(!m.has(2, "train"));
  put(path, three_epochs);
  metrics_file::resume(path, 4);
  CHECK(content(path) == three_epochs);
}

TEST_CASE("columns may be chosen") {
  temporary_directory d{"metrics_columns"};
  const auto path = d.path / "metrics.csv";
  metrics_file::create(path, {"a", "b"}).append({1, "train", 0, 1, {{"b", 2}, {"c", 3}}});
  CHECK(content(path) == "epoch,split,seconds,loss,a,b\n1,train,0.000,1,,2\n");
  metrics_file::resume(path, 2, {"a", "b"}).append({2, "test", 0, 1, {{"a", 4}}});
  CHECK(content(path).ends_with("\n2,test,0.000,1,4,\n"));
}

TEST_CASE("names that need quotes survive") {
  temporary_directory d{"metrics_quotes"};
  const auto path = d.path / "metrics.csv";
  metrics_file::create(path).append({1, "train", 0, 1, {{"D(x), \"real\"", 2}}});
  CHECK(content(path) == "epoch,split,seconds,loss,\"D(x), \"\"real\"\"\"\n1,train,0.000,1,2\n");
  metrics_file::resume(path, 5).append({2, "train", 0, 1, {{"D(x), \"real\"", 3}}});
  CHECK(content(path).ends_with("\n2,train,0.000,1,3\n"));
}

TEST_CASE("a file that is no metrics file is refused and left alone") {
  temporary_directory d{"metrics_other"};
  const auto path = d.path / "metrics.csv";
  for (const std::string bad : {"time,loss\n", "epoch,split,seconds,loss\nx,train,1,2\n",
                                "epoch,split,seconds,loss\n1,train,1\n", "epoch,split,seconds,loss\n\n"}) {
    put(path, bad);
    CHECK_THROWS_AS(metrics_file::resume(path, 9), bad_input);
    CHECK(content(path) == bad);
  }
  CHECK_THROWS_WITH(metrics_file::resume(path, 9),
                    (path.string() + ", line 2: expected a row of 4 cells that begins with an epoch").c_str());
  CHECK_THROWS_AS(metrics_file::create(d.path / "no" / "directory.csv"), io_error);
  CHECK_THROWS_AS(metrics_file::resume(d.path / "no" / "directory.csv", 1), io_error);
}
