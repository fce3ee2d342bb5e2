#include "genet/data/labels.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "idx_files.hpp"

using namespace genet;

TEST_CASE("labels are read and checked against the number of classes") {
  const place p;
  const std::string bytes = header({4}) + std::string("\0\1\2\11", 4);
  for (const auto& stored : {bytes, gz(bytes)}) {
    CHECK(data::labels(p.put("l", stored), 10) == std::vector<std::int32_t>{0, 1, 2, 9});
  }
  CHECK(message([&] { data::labels(p.put("l", bytes), 9); }) ==
        "bad_input " + (p.path / "l").string() + ": byte 11: label 3: found 9, expected 0 to 8");
  CHECK(has(message([&] {
              data::labels(p.put("i", header({1, 2, 2}) + "abcd"), 10);
            }),
            "found rank 3, dimensions (1,2,2) (an images file?), expected rank 1, a labels file"));
  const auto many = data::labels(p.put("m", gz(header({100'000}) + std::string(100'000, '\7'))), 8);
  CHECK(many == std::vector<std::int32_t>(100'000, 7));
}
