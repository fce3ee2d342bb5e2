#include <genet/report/json.hpp>

#include <limits>

#include <doctest/doctest.h>

using namespace genet;

TEST_CASE("json keeps the order, indents and escapes") {
  const json::value v = json::object{{"b", 1},
                                     {"a", json::array{true, nullptr, 0.1, -3}},
                                     {"text", "say \"hi\"\n\\ \x01 \xc3\xa9"},
                                     {"nested", json::object{{"seed", std::numeric_limits<std::uint64_t>::max()}}},
                                     {"empty", json::object{}}};
  CHECK(v.text() == R"({
  "b": 1,
  "a": [true, null, 0.1, -3],
  "text": "say \"hi\"\n\\ \u0001 )" "\xc3\xa9" R"(",
  "nested": {
    "seed": 18446744073709551615
  },
  "empty": {}
}
)");
}

TEST_CASE("what is no UTF-8 is replaced") {
  CHECK(json::value("a\xff" "b\xc3").text() == "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"\n");
}

TEST_CASE("numbers that JSON cannot say become strings") {
  CHECK(json::value(std::numeric_limits<double>::quiet_NaN()).text() == "\"nan\"\n");
  CHECK(json::value(-std::numeric_limits<double>::infinity()).text() == "\"-inf\"\n");
  CHECK(json::value(1e300).text() == "1e+300\n");
  CHECK(json::value(1e-3f).text().substr(0, 5) == "0.001");
}
