#include <genet/report/html.hpp>

#include <random>

#include <doctest/doctest.h>

using namespace genet;

namespace {

image noise(int size, unsigned seed) {
  image i(size, size, 3);
  std::mt19937 draw{seed};
  for (auto& p : i.pixels) p = static_cast<std::uint8_t>(draw());
  return i;
}

int count(std::string_view text, std::string_view word) {
  int n = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + word.size())) ++n;
  return n;
}

html::page small_page() {
  html::page p;
  p.title = "clothes <1>";
  p.model = "vae<net<input<1,28,28>>>";
  p.status = "epoch 3 of 10";
  p.facts = {{"Seed", "7"}, {"Data", "a & b"}};
  p.summary = "layer  output\ndense<400>";
  p.charts = {html::picture("loss", "", svg::curves(std::vector<svg::series>{{"train", {1, 2}, {3, 2}}}))};
  for (long e = 1; e <= 3; ++e) p.samples[e] = png::bytes(noise(8, static_cast<unsigned>(e)));
  p.sections = {html::picture("Sentences", "by epoch", std::string("the <cat>\nsat")),
                html::picture("Pairs", "two", noise(9, 1))};
  return p;
}

}  // namespace

TEST_CASE("the page says everything, escaped, and needs nothing else") {
  const std::string t = html::render(small_page());
  for (const auto* word :
       {"<title>clothes &lt;1&gt;</title>", "vae&lt;net&lt;input&lt;1,28,28&gt;&gt;&gt;", "epoch 3 of 10",
        "<dt>Seed</dt><dd>7</dd>", "a &amp; b", "dense&lt;400&gt;", "the &lt;cat&gt;\nsat", "data-epoch=\"2\"",
        "name=\"viewport\"", "prefers-color-scheme:dark", "<h2>Pairs</h2>"}) {
    CAPTURE(word);
    CHECK(t.find(word) != t.npos);
  }
  CHECK(count(t, "http://") == 0);
  CHECK(count(t, "https://") == 0);
  CHECK(count(t, "src=\"data:image/png;base64,") == count(t, "src="));
  CHECK(count(t, "@import") + count(t, "url(") + count(t, "<link rel=\"stylesheet") == 0);
  CHECK(count(t, "src=") == 4);
}

TEST_CASE("only a running page reloads itself, and failures stand first") {
  auto p = small_page();
  CHECK(count(html::render(p), "http-equiv=\"refresh\"") == 1);
  p.now = html::page::state::done;
  CHECK(count(html::render(p), "http-equiv=\"refresh\"") == 0);
  CHECK(count(html::render(p), "role=\"alert\"") == 0);
  p.now = html::page::state::failed;
  p.failures = {"layer 3 of 5, dense<784>: output is nan"};
  const auto t = html::render(p);
  CHECK(t.find("layer 3 of 5, dense&lt;784&gt;: output is nan") < t.find("<h1>"));
}

TEST_CASE("a page stays below 2 MB: samples are thinned, the first and the last remain") {
  auto p = small_page();
  p.samples.clear();
  for (long e = 1; e <= 60; ++e)
    p.samples[e] = png::bytes(noise(160, static_cast<unsigned>(e)));  // 77 kB each, incompressible
  const auto t = html::render(p);
  CHECK(t.size() < 2'000'000);
  CHECK(t.size() > 1'500'000);
  CHECK(t.find("data-epoch=\"1\"") != t.npos);
  CHECK(t.find("data-epoch=\"60\"") != t.npos);
  CHECK(t.find(" of 60 epochs shown") != t.npos);
}

TEST_CASE("a page stays below 2 MB: a section that is too large says so") {
  auto p = small_page();
  p.sections.push_back(html::picture("Huge", "too much", noise(900, 1)));
  const auto t = html::render(p);
  CHECK(t.size() < 2'000'000);
  CHECK(t.find("<h2>Huge</h2><p class=\"cap\">Left out: ") != t.npos);
  CHECK(count(t, "src=") == 4);
}

TEST_CASE("an empty page is a page") {
  const auto t = html::render({});
  CHECK(t.starts_with("<!doctype html>"));
  CHECK(t.ends_with("</html>\n"));
}
