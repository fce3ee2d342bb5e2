#include <genet/report/environment.hpp>

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

using namespace genet;

TEST_CASE("the environment names what it stands on") {
  const auto e = environment::here(1);
  const std::string text = json::value(e.json()).text();
  for (const auto* key :
       {"\"genet\": \"0.", "\"compiler\": \"", "\"flags\": \"", "\"isa\": \"", "\"threads\": 1", "\"processor\": \"",
        "\"started\": \"20", "\"xtensor\": \"0.", "\"xsimd\": \"", "\"boost\": \"1."}) {
    CAPTURE(key);
    CHECK(text.find(key) != text.npos);
  }
  CHECK(e.started.size() == 20);
  CHECK(e.started.back() == 'Z');
}

TEST_CASE("the version is the project's") {
  std::ifstream in("CMakeLists.txt");  // tests run in the project's root
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  REQUIRE(!text.empty());
  CHECK(text.find("VERSION " + std::string(environment::library_version)) != text.npos);
}
