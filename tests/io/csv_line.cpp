#include <doctest/doctest.h>
#include <genet/data/csv.hpp>
#include <genet/io/csv_line.hpp>

#include <string>
#include <vector>

using namespace genet;

TEST_CASE("plain cells as they are, others in quotes") {
  CHECK(io::csv_cell("tau") == "tau");
  CHECK(io::csv_cell("") == "");
  CHECK(io::csv_cell("a, b") == "\"a, b\"");
  CHECK(io::csv_cell("so \"called\"") == "\"so \"\"called\"\"\"");
  CHECK(io::csv_line(std::vector<std::string>{"", "b", "c;d"}) == ",b,c;d\n");
  CHECK(io::csv_line({}) == "\n");
}

TEST_CASE("a table with such cells is read back") {
  const std::vector<std::string> names{"height, m", "the \"other\""};
  const auto table = data::csv::parse(io::csv_line(names) + "1,2\n", "test");
  CHECK(table.names() == names);
}
