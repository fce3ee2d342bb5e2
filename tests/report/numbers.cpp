#include <genet/report/numbers.hpp>

#include <cstdlib>
#include <limits>

#include <doctest/doctest.h>

namespace n = genet::show_number;

TEST_CASE("exact reads back as the same double") {
  for (const double v : {0.1, 1. / 3, 244.30000000000001, 1e-320, 1.7976931348623157e308, -0.5})
    CHECK(std::strtod(n::exact(v).c_str(), nullptr) == v);
  CHECK(n::exact(-std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(n::exact(-std::numeric_limits<double>::infinity()) == "-inf");
}

TEST_CASE("numbers for people") {
  CHECK(n::brief(244.3) == "244.3");
  CHECK(n::brief(16.1) == "16.1");
  CHECK(n::brief(9.999) == "10.0");
  CHECK(n::brief(2.314) == "2.31");
  CHECK(n::brief(0.99999) == "1.00");
  CHECK(n::brief(0.0123456) == "0.0123");
  CHECK(n::brief(1.23e-5) == "1.2e-05");
  CHECK(n::brief(12345) == "12345");
  CHECK(n::brief(-0.0) == "0");
  CHECK(n::brief(std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(n::magnitude(853) == "853");
  CHECK(n::magnitude(999.7) == "1.0k");
  CHECK(n::magnitude(4096) == "4.1k");
  CHECK(n::magnitude(41'000) == "41k");
  CHECK(n::magnitude(999'700) == "1.0M");
  CHECK(n::magnitude(0) == "0");
  CHECK(n::grouped(652'824) == "652,824");
  CHECK(n::grouped(999) == "999");
  CHECK(n::grouped(-1'000'000) == "-1,000,000");
  CHECK(n::grouped(-100) == "-100");
}

TEST_CASE("times") {
  CHECK(n::clock(41) == "0:00:41");
  CHECK(n::clock(3599.7) == "1:00:00");
  CHECK(n::clock(360'000) == "100:00:00");
  CHECK(n::clock(-1) == "-:--:--");
  CHECK(n::clock(std::numeric_limits<double>::infinity()) == "-:--:--");
  CHECK(n::duration(0.853) == "0.85 s");
  CHECK(n::duration(1.52) == "1.5 s");
  CHECK(n::duration(59.7) == "1 min 00 s");
  CHECK(n::duration(200) == "3 min 20 s");
  CHECK(n::duration(7500) == "2 h 05 min");
}
