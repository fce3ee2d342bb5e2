// Fits latent-variable models of several sizes and forms to a table or to images, chooses one by a criterion, and leaves
// the table of all, the chosen model, what it says of the data, samples, and a report.
#include <charconv>
#include <string>

#include "mixtures/mixtures.hpp"
#include "program/run.hpp"

namespace {

/// `3`, or `1..10`.
void read_range(const std::string& text, long& from, long& to) {
  const auto dots = text.find("..");
  const auto number = [&](std::string_view v, long& n) {
    const auto [end, wrong] = std::from_chars(v.data(), v.data() + v.size(), n);
    return wrong == std::errc{} && end == v.data() + v.size() && n >= 1 && n <= 1000;
  };
  const std::string_view all = text;
  if (!number(all.substr(0, dots), from) || !number(dots == text.npos ? all : all.substr(dots + 2), to) || from > to)
    throw genet::usage_error("--components '" + text + "': expected a whole number from 1 to 1000, or two as in 1..10");
}

/// Options that would change nothing are no options of this model.
void refuse_useless(const mixtures::settings& s) {
  const mixtures::settings usual;
  const auto only = [&](bool here, bool changed, const std::string& option, const std::string& whose) {
    if (!here && changed) throw genet::usage_error("--" + option + " belongs to " + whose + ", not to " + s.model);
  };
  const bool gaussian = s.model == "gaussian", mixture = gaussian || s.model == "bernoulli" || s.model == "categorical";
  only(gaussian, s.covariance != usual.covariance, "covariance", "gaussian mixtures");
  only(gaussian, s.noise != usual.noise, "noise", "gaussian mixtures");
  only(gaussian, s.begin != usual.begin, "begin", "gaussian mixtures");
  only(gaussian, s.principal != usual.principal, "principal", "gaussian mixtures");
  only(gaussian || s.model == "factor", s.floor != usual.floor, "floor", "gaussian mixtures and factor analysis");
  only(mixture, s.starts != usual.starts, "starts", "mixtures");
  only(gaussian, s.smallest != usual.smallest, "smallest-weight", "gaussian mixtures");
  only(mixture, s.stepwise != usual.stepwise, "stepwise", "mixtures");
  only(mixture, s.select == "icl", "select icl", "mixtures");
}

}  // namespace

int main(int argc, char** argv) {
  return program::run_program(argc, argv, [](int count, char** words) {
    mixtures::settings s{.o = {.data = "iris", .out = "runs/mixtures"}};
    std::string components = "1..6";
    program::options menu{"mixtures", "Fits mixtures and factor models to a table or to images, and chooses among them.", s.o};
    menu.instead_of("epochs", "--iterations")
        .instead_of("batch", "--stepwise")
        .instead_of("learning-rate", "--stepwise")
        .instead_of("resume", "--seed: the same fits come")
        .meaning("data", "iris|fashion|digits|DIR|FILE.csv", "a table with a header, or images")
        .meaning("out", "DIR", "where criteria.csv, model.safetensors, assignments.csv, samples and report.html go")
        .meaning("seed", "N", "of starts, of what is held out, of samples")
        .text("columns", s.columns, "A,B,...", "of a table: those to be modelled; all but --label if none are said")
        .text("label", s.label, "NAME", "of a table: known groups, which no model sees; compared with the components")
        .choice("model", s.model, {"gaussian", "bernoulli", "categorical", "factor", "principal"},
                "mixtures, or factor analysis and probabilistic PCA, whose components are factors")
        .text("components", components, "N|A..B", "how many")
        .choice("covariance", s.covariance, {"full", "tied", "diagonal", "spherical", "all"}, "of gaussian")
        .number("starts", s.starts, 1l, 10'000l, "the best of so many counts")
        .choice("begin", s.begin, {"k_means", "random"}, "of gaussian: where a start begins")
        .number("noise", s.noise, 0., 0.9, "of gaussian: weight that a component of constant density starts with; 0: none")
        .number("floor", s.floor, 0., 1., "smallest variance, in mean variances of the columns")
        .number("smallest-weight", s.smallest, 0., 0.5, "of gaussian: smaller components begin anew (at most a quarter of an even share)")
        .number("iterations", s.iterations, 0l, 1'000'000l, "of EM at most")
        .number("tolerance", s.tolerance, 0., 1., "ends EM when an iteration gains less, in nats a row")
        .number("stepwise", s.stepwise, 0l, 100'000'000l, "rows at a time in stepwise EM, --iterations passes; 0: all rows")
        .number("principal", s.principal, 0l, 512l, "of gaussian, images: principal components instead of pixels; 0: pixels")
        .number("rows", s.rows, 0l, 100'000'000l, "of the data, the first so many; 0: all")
        .choice("select", s.select, {"aic", "bic", "icl", "held-out"}, "what chooses; held-out: on a fifth of the rows, or test images");
    menu.read(count, words);
    s.config = menu.values();
    read_range(components, s.fewest, s.most);
    refuse_useless(s);
    mixtures::run(s);
  });
}
