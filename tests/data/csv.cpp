#include "genet/data/csv.hpp"

#include <doctest/doctest.h>

#include "files.hpp"

using namespace genet;
using data::csv;
using numbers = std::vector<double>;

namespace {

csv table(const std::string& text, const data::csv_options& o = {}) { return csv::parse(text, "t.csv", o); }
std::string refused(const std::string& text, const data::csv_options& o = {}) {
  return message([&] { table(text, o).numbers(); });
}

}  // namespace

TEST_CASE("columns by name and by number") {
  const auto t = table("a,b,c\n1,2,x\n-3.5,4e2,\"y,\"\"z\"\"\"\n");
  CHECK(t.rows() == 2);
  CHECK(t.columns() == 3);
  CHECK(t.names() == std::vector<std::string>{"a", "b", "c"});
  CHECK(t.numbers("b") == numbers{2, 400});
  CHECK(t.numbers(0) == numbers{1, -3.5});
  CHECK(t.numbers({"b", "a"}) == numbers{2, 1, 400, -3.5});
  CHECK(t.texts("c") == std::vector<std::string>{"x", "y,\"z\""});
  CHECK(message([&] { t.numbers("d"); }) == "bad_input t.csv: found no column named d, expected one of a, b, c");
  CHECK(message([&] { t.numbers(3); }) == "bad_input t.csv: found no column number 3, expected 0 to 2");
  CHECK(has(message([&] { t.numbers(-1); }), "found no column number -1"));
  CHECK(message([&] { t.numbers(); }) == "bad_input t.csv: line 2, column 3 (c): found \"x\", expected a number");
}

TEST_CASE("line ends, quotes, byte order mark, separators: the same table") {
  const numbers wanted{1, 2, 3, 4};
  for (const char* text : {"a,b\n1,2\n3,4\n", "a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n",
                           "\xEF\xBB\xBF"
                           "a,b\n1,2\n3,4\n",
                           "\"a\",\"b\"\n\"1\",2\n3,\"4\"", "a,b\r\n1,2\n3,4"})
    CHECK(table(text).numbers() == wanted);
  CHECK(table("a;b\n1;2\n3;4\n", {.separator = ';'}).numbers() == wanted);
  CHECK(table("1\t2\n3\t4\n", {.separator = '\t', .header = false}).numbers() == wanted);
  CHECK(table("1,2\n3,4\n", {.header = false}).names().empty());
  CHECK(
      has(message([] { table("1\n", {.header = false}).numbers("a"); }), "expected a number, as there is no header"));
}

TEST_CASE("cells of several lines, and the lines behind them") {
  const auto t = table("name,x\n\"one\ntwo\r\nthree\",1\nfour,5\n");
  CHECK(t.texts("name") == std::vector<std::string>{"one\ntwo\r\nthree", "four"});
  CHECK(has(message([&] { table("name,x\n\"one\ntwo\",1\nfour,f\n").numbers("x"); }), "line 4, column 2 (x)"));
  CHECK(table("a,b\n\"\",\n").texts("b") == std::vector<std::string>{""});
}

TEST_CASE("what is a number") {
  CHECK(table("a\n1e-300\n0x1\n").texts(0).size() == 2);
  CHECK(table("a\n-0\n.5\n1.\n1E5\n").numbers() == numbers{0, .5, 1, 1e5});
  for (const char* s :
       {"0x1", " 1", "1 ", "+1", "1,5\n", "1_000", "--1", "1e", "e5", ".", "-", "one", "1.2.3", "nan(1)"})
    CHECK(has(refused("a\n\"" + std::string(s) + "\"\n"),
              "line 2, column 1 (a): found \"" + std::string(s) + "\", expected a number"));
  CHECK(has(refused("a\n1e999\n"), "expected a number in the range of double"));
  CHECK(has(refused("a\ninf\n"), "found \"inf\", expected a finite number"));
  CHECK(table("a\ninf\n-inf\n", {.infinite = true}).numbers() == numbers{INFINITY, -INFINITY});
}

TEST_CASE("missing values are NaN only where that is asked for") {
  for (const char* s : {"", "NA", "nan", "NaN"}) {
    const std::string text = "a,b\n1," + std::string(s) + "\n";
    CHECK(has(refused(text), "line 2, column 2 (b): found"));
    CHECK(has(refused(text), "csv_options.missing"));
    CHECK(std::isnan(table(text, {.missing = true}).numbers("b")[0]));
  }
  CHECK(table("a\n\n1\n", {.missing = true}).numbers().size() == 2);  // one column: an empty line is an empty cell
}

TEST_CASE("what is no table") {
  CHECK(refused("") == "bad_input t.csv: found an empty file, expected a table of at least one row");
  CHECK(has(refused("a,b\n"), "found a header and no rows"));
  CHECK(refused("a,b\n1,2\n3\n") ==
        "bad_input t.csv: line 3, column 2 (b): found 1 cells, expected 2 as in the first line");
  CHECK(has(refused("a,b\n1,2,3\n"), "line 2, column 3: found 3 cells, expected 2"));
  CHECK(has(refused("a,b\n1,2\n\n3,4\n"), "line 3, column 1 (a): found an empty line, expected 2 cells"));
  CHECK(has(refused("a,b\n1,2\n\n"), "line 3, column 1 (a): found an empty line"));
  CHECK(has(refused("a\n\"1\n2\n"), "line 2, column 1 (a): found a quote without end"));
  CHECK(has(refused("a\n\"1\"2\n"), "line 2, column 1 (a): found text after a closing quote"));
  CHECK(has(refused("a\n1\"2\n"), "line 2, column 1 (a): found a quote inside a cell"));
  CHECK(has(refused("a\r1\r"), "line 1, column 1: found a carriage return"));
  CHECK(has(refused(std::string("a\n1\0\n", 5)), "found a zero byte"));
  CHECK(has(refused("a\n\xFF\n"), "byte 2 (line 2): found a byte that UTF-8 does not have"));
  CHECK(has(refused("\xFF\xFE"
                    "a"),
            "found UTF-16"));
  CHECK(has(message([] { table("x,x\n1,2\n").numbers("x"); }), "found columns 1 and 2 named x"));
  CHECK(has(refused("a\n1\n", {.separator = '"'}), "usage_error csv: "));
}

TEST_CASE("a file, plain and compressed") {
  const place p;
  CHECK(csv::read(p.put("t.csv", "a\n1\n")).numbers(0) == numbers{1});
  CHECK(has(message([&] { csv::read(p.path / "none.csv"); }), "io_error"));
}
