#include <genet/train/history.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace genet;

namespace {

history three_epochs() {
  history h;
  h.add({1, "train", 1.5, 284.68, {{"reconstruction", 270.0}, {"kl", 14.68}}});
  h.add({1, "validation", 1.7, 262.0, {{"kl", 15.0}}});
  h.add({2, "train", 3.0, 255.0, {{"reconstruction", 240.0}, {"kl", 15.0}}});
  h.add({2, "validation", 3.2, 253.0, {{"kl", 14.0}}});
  h.add({3, "train", 4.5, 245.0, {{"reconstruction", 230.0}, {"kl", 15.5}}});
  h.add({3, "validation", 4.7, 254.0, {{"kl", 16.0}}});
  h.add({3, "test", 4.8, 1.0, {}});
  return h;
}

}  // namespace

TEST_CASE("history: rows, splits and the newest row") {
  const auto h = three_epochs();
  CHECK(h.rows().size() == 7);
  CHECK(h.split("train").size() == 3);
  CHECK(h.split("validation")[1].loss == 253);
  CHECK(h.find(2, "train")->terms[1].value == 15);
  CHECK(h.find(4, "train") == nullptr);
  CHECK(h.last("test")->epoch == 3);
  CHECK(h.last("nothing") == nullptr);
}

TEST_CASE("history: a monitored name means validation when there is one, then train, never test") {
  const auto h = three_epochs();
  CHECK(h.monitored(3, "loss") == 254);
  CHECK(h.monitored(3, "train.loss") == 245);
  CHECK(h.monitored(3, "test.loss") == 1);
  CHECK(h.monitored(2, "kl") == 14);
  CHECK(h.monitored(2, "reconstruction") == 240);
  CHECK_FALSE(h.value(2, "test.loss").has_value());
  CHECK_FALSE(h.value(2, "validation.reconstruction").has_value());
  CHECK_THROWS_WITH_AS(h.monitored(3, "accuracy"),
                       "monitor 'accuracy': epoch 3 has no such value; it has train.loss, train.reconstruction, "
                       "train.kl, validation.loss, validation.kl, test.loss",
                       usage_error);
  CHECK_THROWS_WITH_AS(h.monitored(9, "loss"), "monitor 'loss': epoch 9 has no such value; it has none", usage_error);
}

TEST_CASE("history: best epoch") {
  auto h = three_epochs();
  CHECK(h.best_epoch() == 2);
  CHECK(h.best_epoch("train.loss") == 3);
  CHECK(h.best_epoch("kl", better::higher) == 3);
  CHECK(h.best_epoch("accuracy") == 0);
  h.add({4, "validation", 6, std::nan(""), {}});
  h.add({5, "validation", 7, 253.0, {}});
  CHECK(h.best_epoch() == 2);
}

TEST_CASE("improves: margins and NaN") {
  const double nan = std::nan("");
  CHECK(improves(0.9, 1, better::lower));
  CHECK_FALSE(improves(0.95, 1, better::lower, 0.1));
  CHECK_FALSE(improves(1, 1, better::higher));
  CHECK(improves(1.2, 1, better::higher, 0.1));
  CHECK_FALSE(improves(nan, 1, better::lower));
  CHECK(improves(std::numeric_limits<double>::infinity(), nan, better::lower));
}

TEST_CASE("history: saved and loaded bit for bit, awkward names and values included") {
  auto h = three_epochs();
  h.add({4, "train", 0.1 + 0.2, std::numeric_limits<double>::denorm_min(),
         {{"tab\there", -0.0}, {"line\nbreak", std::numeric_limits<double>::infinity()}, {"back\\slash", 1e308}}});
  std::map<std::string, std::string> metadata{{"format", "1"}};
  h.save(metadata, "history");
  CHECK(history::load(metadata, "history") == h);
  CHECK(std::signbit(history::load(metadata, "history").rows().back().terms[0].value));

  h.add({5, "train", 1, std::nan(""), {}});
  h.save(metadata, "history");
  CHECK(std::isnan(history::load(metadata, "history").rows().back().loss));
}

TEST_CASE("history: malformed metadata is refused with the row") {
  const auto refused = [](const std::string& text) {
    try {
      history::load({{"history", text}}, "history");
    } catch (const bad_input& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  CHECK_THROWS_WITH_AS(history::load({}, "history"), "history: metadata has no key 'history'", bad_input);
  const std::string good = "1\ttrain\t3ff0000000000000\t3ff0000000000000\n";
  CHECK(refused(good) == "accepted");
  CHECK(refused(good + "2\ttrain") == "history: metadata 'history', row 2: not closed by a line end");
  CHECK(refused("x\ttrain\t3ff0000000000000\t3ff0000000000000\n") ==
        "history: metadata 'history', row 1: the epoch is no number");
  CHECK(refused("1\ttrain\t1.0\t3ff0000000000000\n").find("16 hexadecimal digits") != std::string::npos);
  CHECK(refused("1\ttrain\t3ff0000000000000\n").find("expected epoch, split") != std::string::npos);
  CHECK(refused("1\ttrain\\\n").find("backslash") != std::string::npos);
}
