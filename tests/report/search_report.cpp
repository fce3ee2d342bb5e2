#include <genet/report/search_report.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace genet;

namespace {

search_space some_space() {
  search_space s;
  s.choice("model", {"vae<a; b>", "small"}).log_uniform("rate", 1e-4, 1e-2);
  return s;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const std::filesystem::path& path, const std::string& text) { std::ofstream(path) << text; }

const auto train = [](const candidate& c) {
  if (c.number == 2) throw training_error("layer 2, \"dense\": NaN,\nsorry");
  return 100 * c["rate"] + static_cast<double>(c.integer("model")) + 1e-3 * static_cast<double>(c.seed);
};

}  // namespace

TEST_CASE("trainings are kept, and read again with all their bits") {
  const auto path = std::filesystem::temp_directory_path() / "genet_search_report.csv";
  std::filesystem::remove(path);
  const auto space = some_space();
  const search_options o{.seed = 4, .seeds = 2, .workers = 2};
  search_file first(path, space);
  CHECK(first.runs().empty());
  search_watch watch{.on_run = [&](const search_run& r) { first.add(r); }};
  const auto whole = search(space, successive_halving{.candidates = 6, .most = 3}, o, train, watch);
  const std::string text = content(path);
  CHECK(text.starts_with("number,budget,seed,score,seconds,failure,model,rate\n0,1,4,"));
  CHECK(text.find("2,1,5,nan,0.000,layer 2; 'dense': NaN; sorry,") != text.npos);

  search_file again(path, space);
  REQUIRE(again.runs().size() == 12 + 4);
  long calls = 0;
  const auto counted = [&](const candidate& c) { return ++calls, train(c); };
  const auto rest = search(space, successive_halving{.candidates = 6, .most = 3}, o, counted, {again.runs()});
  CHECK(calls == 0);
  CHECK(rest.ranking() == whole.ranking());
  CHECK(rest.best().score == whole.best().score);

  search_space other;
  other.log_uniform("rate", 1e-4, 1e-2);
  CHECK_THROWS_WITH_AS(search_file(path, other),
                       doctest::Contains("expected number,budget,seed,score,seconds,failure,rate"), bad_input);
  put(path, "number,budget,seed,score,seconds,failure,model,rate\n0,1,1,2,3,,large,0.001\n");
  CHECK_THROWS_WITH_AS(search_file(path, space),
                       doctest::Contains("row 1: found model 'large', expected one of vae<a; b>,small"), bad_input);
  put(path, "number,budget,seed,score,seconds,failure,model,rate\n0,1,1,two,3,,small,0.001\n");
  CHECK_THROWS_AS(search_file(path, space), bad_input);
  std::filesystem::remove(path);
}

TEST_CASE("the table and the drawings") {
  const auto space = some_space();
  search_result r;
  r.trials = {{0, 0, {0, 1e-3}, 3, 244.25, 0, 12.25, ""},
              {1, 0, {1, 1e-2}, 3, 240.5, 0, 10, ""},
              {2, 0, {1, 1e-4}, 1, std::nan(""), 0, 1, "the loss is NaN"}};
  CHECK(search_table(r, space) ==
        "   no.    score  budget  seconds      model   rate\n"
        "1    1  240.500       3     10.0      small   0.01\n"
        "2    0  244.250       3     12.2  vae<a; b>  0.001\n"
        "candidate 2 failed: the loss is NaN\n");
  CHECK(search_table(r, space, 1).find("244.250") == std::string::npos);
  r.trials[1].standard_error = 0.5;
  CHECK(search_table(r, space).starts_with("   no.    score     +-  budget"));

  const auto plot = search_plot(r, space, "rate");
  CHECK(plot.text.find("log10 rate") != std::string::npos);
  CHECK(plot.text.find("budget 3") != std::string::npos);
  CHECK(plot.text.find("1 points are not finite") != std::string::npos);
  CHECK_THROWS_AS(search_plot(r, space, "beta"), usage_error);

  const std::vector<svg::dot> dots{{"vae<a; b>", 244.25, 1}, {"small", 240.5, 0.5}, {"broken", std::nan("")}};
  const auto chart = svg::dot_chart(dots, "nats");
  CHECK(chart.text.find("vae&lt;a; b&gt;") != std::string::npos);
  CHECK(chart.text.find("240.5") != std::string::npos);
  CHECK(chart.text.find("nan") == std::string::npos);
  CHECK(svg::dot_chart({}, "nothing").text.ends_with("</svg>\n"));
}
