#include <genet/report/base64.hpp>

#include <string_view>

#include <doctest/doctest.h>

using genet::base64;

TEST_CASE("the examples of RFC 4648, section 10") {
  const auto of = [](std::string_view s) { return base64(std::as_bytes(std::span{s})); };
  CHECK(of("") == "");
  CHECK(of("f") == "Zg==");
  CHECK(of("fo") == "Zm8=");
  CHECK(of("foo") == "Zm9v");
  CHECK(of("foob") == "Zm9vYg==");
  CHECK(of("fooba") == "Zm9vYmE=");
  CHECK(of("foobar") == "Zm9vYmFy");
  CHECK(of("\xff\xfe\xfb") == "//77");
}
