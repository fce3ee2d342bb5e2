#include <program/options.hpp>

#include <doctest/doctest.h>

namespace {

struct parsed {
  program::common common{.out = "runs/test"};
  std::string variant = "mlp", note;
  long samples = 100;
  double beta = 1;
  bool exact = false;
  program::options menu{"test", "Does nothing.", common};

  parsed() {
    menu.choice("variant", variant, {"mlp", "article", "linear"}, "which model")
        .number("samples", samples, 1l, 400l, "pictures")
        .number("beta", beta, 0., 10., "weight of the divergence")
        .text("note", note, "WORDS", "any words")
        .flag("exact", exact, "slow and exact");
  }
  void read(std::vector<const char*> words) {
    words.insert(words.begin(), "test");
    menu.read(static_cast<int>(words.size()), words.data());
  }
};

std::string refusal(std::vector<const char*> words) {
  parsed p;
  try {
    p.read(std::move(words));
  } catch (const genet::usage_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("values reach their variables, the rest keeps its default") {
  parsed p;
  p.read({"--epochs",
          "3",
          "--batch=64",
          "--learning-rate",
          "1e-4",
          "--seed",
          "18446744073709551615",
          "--data",
          "/d",
          "--threads",
          "3",
          "--variant",
          "linear",
          "--beta=.5",
          "--exact",
          "--resume",
          "--quiet",
          "--note",
          "a=b",
          "--epochs",
          "5"});
  CHECK(p.common.epochs == 5);
  CHECK(p.common.batch == 64);
  CHECK(p.common.learning_rate == 1e-4);
  CHECK(p.common.seed == UINT64_MAX);
  CHECK(p.common.data == "/d");
  CHECK(p.common.threads == 3);
  CHECK(p.common.out == "runs/test");
  CHECK(p.common.resume);
  CHECK(p.common.quiet);
  CHECK(p.variant == "linear");
  CHECK(p.beta == .5);
  CHECK(p.exact);
  CHECK(p.note == "a=b");
  CHECK(p.samples == 100);
  const auto text = genet::json::value(p.menu.values()).text();
  for (const auto* entry : {"\"epochs\": 5", "\"learning-rate\": 1e-04", "\"variant\": \"linear\"",
                            "\"out\": \"runs/test\"", "\"quiet\": true"})
    CHECK(text.find(entry) != text.npos);
}

TEST_CASE("what is not understood is refused with what was expected") {
  CHECK(refusal({"--epoch", "3"}) == "unknown option '--epoch'; did you mean '--epochs'?");
  CHECK(refusal({"--sede=3"}) == "unknown option '--sede'; did you mean '--seed'?");
  CHECK(refusal({"--learning_rate", "1"}) == "unknown option '--learning_rate'; did you mean '--learning-rate'?");
  CHECK(refusal({"--xyzzy"}) == "unknown option '--xyzzy'");
  CHECK(refusal({"data"}) == "unexpected argument 'data'; options begin with --");
  CHECK(refusal({"-e"}) == "unexpected argument '-e'; options begin with --");
  CHECK(refusal({"--epochs"}) == "--epochs needs a value: N");
  for (const char* bad : {"0", "-1", "1.5", "ten", "", "3x", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK(refusal({"--epochs", bad}) ==
          "--epochs '" + std::string(bad) + "': expected a whole number from 1 to 1000000");
  }
  CHECK(refusal({"--seed", "-1"}) == "--seed '-1': expected a whole number from 0 to 18446744073709551615");
  CHECK(refusal({"--beta", "nan"}) == "--beta 'nan': expected a number from 0 to 10");
  CHECK(refusal({"--beta", "11"}) == "--beta '11': expected a number from 0 to 10");
  CHECK(refusal({"--variant", "mpl"}) ==
        "--variant 'mpl': expected one of mlp, article, linear; did you mean 'mlp'?");
  CHECK(refusal({"--variant", "deep"}) == "--variant 'deep': expected one of mlp, article, linear");
  CHECK(refusal({"--threads", "0"}) == "--threads '0': expected a whole number from 1 to 64");
  CHECK(refusal({"--quiet=yes"}) == "--quiet takes no value; found 'yes'");
  CHECK(refusal({"--data", "--epochs", "3"}) == "--data '--epochs': expected a path");
  CHECK(refusal({"--data="}) == "--data '': expected a path");
}

TEST_CASE("help lists every option with its default") {
  parsed p;
  std::string help;
  try {
    p.read({"--epochs", "3", "--help", "--nonsense"});
  } catch (const program::help_requested& h) {
    help = h.text;
  }
  for (const auto* word : {"Does nothing.", "Usage: test [options]", "--epochs N", "[3]", "--learning-rate X",
                           "[0.001]", "--variant mlp|article|linear", "[mlp]", "--data DIR", "--resume", "--quiet",
                           "--help", "[runs/test]", "--threads N", "Exit status: 0 done"}) {
    CAPTURE(word);
    CHECK(help.find(word) != help.npos);
  }
  CHECK(help.find("[false]") == help.npos);
  CHECK_THROWS_AS(p.read({"-h"}), program::help_requested);
}

TEST_CASE("an option that a program has others for") {
  program::common o;
  program::options menu{"test", "Does nothing.", o};
  menu.instead_of("epochs", "--rounds");
  const char* words[] = {"test", "--epochs", "3"};
  CHECK_THROWS_WITH(menu.read(3, words), "--epochs: use --rounds instead");
  CHECK(menu.help().find("--epochs") == std::string::npos);
  for (const auto& [name, value] : menu.values()) CHECK(name != "epochs");
}

TEST_CASE("edit distance") {
  using program::edit_distance;
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("sede", "seed") == 1);
  CHECK(edit_distance("same", "same") == 0);
}
