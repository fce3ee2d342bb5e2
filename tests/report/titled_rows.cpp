#include <genet/report/titled_rows.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace genet;

TEST_CASE("rows of a sheet with a title each: every title in the middle of its row, the sheet beside them") {
  const image sheet(30, 40, 1, 200);
  const std::vector<std::string> titles{"T-shirt", "<b> & co"};
  const svg::drawing d = svg::titled_rows(sheet, titles, "clothes by class", 3);
  auto has = [&](const std::string& what) { return d.text.find(what) != d.text.npos; };
  CHECK(has("viewBox=\"0 0 152 120\""));  // 6.6 a character, 8 of them, 10 beside; 90 of the sheet
  CHECK(has("aria-label=\"clothes by class\""));
  CHECK(has("y=\"34\" text-anchor=\"end\" class=\"q\">T-shirt</text>"));
  CHECK(has("y=\"94\" text-anchor=\"end\" class=\"q\">&lt;b&gt; &amp; co</text>"));
  CHECK(has("x=\"62.8\" y=\"0\" width=\"90\" height=\"120\" href=\"data:image/png;base64," +
            base64(png::bytes(sheet)) + "\"/>"));
  CHECK(d.text.ends_with("</svg>\n"));
}
TEST_CASE("it wants titles") {
  CHECK_THROWS_WITH_AS(svg::titled_rows(image(3, 3, 1), {}),
                       "titled_rows: found 0 titles and scale 2; expected at least one title and a scale of 1 or more",
                       usage_error);
}
