// What interrupted runs promise: include/genet/train/trainer.hpp with callbacks that keep something.
#include <genet/train/trainer.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include <genet/train/callbacks.hpp>

#include "fixture.hpp"
#include "small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

// A directory of this process.
struct scratch {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("genet_resume_" + std::to_string(::getpid()));
  scratch() { std::filesystem::create_directories(path); }
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path / name; }
};

// Everything that a run leaves; times are not part of it.
struct outcome {
  std::vector<float> parameters, state;
  std::vector<epoch_record> rows;
  std::string reason;
  std::map<std::string, std::vector<std::byte>> last;  // every tensor of the checkpoint written at the end
  std::map<std::string, std::string> options;
  bool operator==(const outcome&) const = default;
};

std::vector<epoch_record> without_seconds(const history& h) {
  std::vector<epoch_record> rows = h.rows();
  for (auto& r : rows) r.seconds = 0;
  return rows;
}

struct run_settings {
  std::uint64_t seed = 5;
  long epochs = 2, batch = 10, accumulate = 2, count = 50;
  double learning_rate = 0.01, clip_norm = 2, beta = 0.5, wild = 0;  // wild: the rate after epoch 2
  long patience = 2;
  bool plateau = true, stopper = true;
  std::string data = "pictures";
  bool other_noise = false, own_callback_first = false;
};

struct run_result {
  outcome end;
  bool interrupted = false;
};

// A run of an article-like VAE; `stop_at` counts the batches of the whole run at which it is interrupted.
run_result run(const scratch& dir, const run_settings& s, long stop_at = 0, const std::filesystem::path& from = {},
               std::uint64_t weights_from = 1) {
  const auto train = pictures(s.count, 12, 1), held_back = pictures(17, 12, 2);
  model<article> m{seed{weights_from}};
  trainer fit{m, elbo{.beta = s.beta, .warm_up = 1.3}, adam{.learning_rate = s.learning_rate}, step_decay{.every = 3},
              training_options{.seed = s.seed, .accumulate = s.accumulate, .clip_norm = s.clip_norm}};
  fit.remember("data", s.data);
  run_result r;
  if (s.own_callback_first) fit.add(lambda{});
  fit.add(terminate_on_nan{});
  if (s.stopper) fit.add(early_stopping{.patience = s.patience, .restore_best_weights = true});
  if (s.plateau) fit.add(reduce_on_plateau{.factor = 0.5, .patience = 0});
  fit.add(model_checkpoint{.directory = dir / "checkpoints"});
  fit.add(lambda{.on_batch_end =
                     [&](training& t) {
                       if ((t.epoch - 1) * t.batches + t.batch != stop_at) return;
                       t.save_checkpoint(dir / "interrupted");
                       t.stop("interrupted");
                       r.interrupted = true;
                     },
                 .on_epoch_end =
                     [&](training& t) {
                       if (s.wild != 0 && t.epoch == 2) t.set_learning_rate(s.wild);
                     },
                 .on_run_end =
                     [&](training& t) {
                       if (!r.interrupted) t.save_checkpoint(dir / "end");
                     }});
  if (!from.empty()) fit.resume_from(from);
  r.end.rows = without_seconds(fit.run(train, epochs{s.epochs}, batch{s.batch}, &held_back));
  r.end.parameters = parameters(m);
  r.end.state = state(m);
  r.end.reason = fit.stop_reason();
  if (!r.interrupted) {
    const auto file = io::tensor_file::read(dir / "end");
    for (const auto& t : file.tensors()) {
      auto bytes = t.bytes;
      if (t.name == "training.rates") bytes.resize(16);  // the third is the time
      r.end.last[t.name] = bytes;
    }
    for (const auto& [key, value] : file.metadata)
      if (key != "genet.history") r.end.options[key] = value;
  }
  return r;
}

std::string refusal(const scratch& dir, const run_settings& s, const std::filesystem::path& from) {
  try {
    run(dir, s, 0, from);
  } catch (const usage_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a run interrupted at any batch and resumed equals the uninterrupted run, bit for bit") {
  const scratch dir;
  const run_settings s;
  const outcome whole = run(dir, s).end;
  CHECK(whole.rows.size() == 4);
  CHECK(whole.last.contains("kept.encoder.1.weight"));
  CHECK(whole.options.contains("training.callback.early_stopping.0.patience"));
  const auto best = io::tensor_file::read(dir / "checkpoints" / "best.safetensors").bytes();
  for (long k = 1; k <= 10; ++k) {
    CAPTURE(k);
    const run_result first = run(dir, s, k);
    CHECK(first.interrupted);
    CHECK(first.end.reason == "interrupted");
    CHECK((k == 10 || first.end.rows != whole.rows));
    const run_result second = run(dir, s, 0, dir / "interrupted", 999);
    CHECK(second.end.rows == whole.rows);
    CHECK(second.end.parameters == whole.parameters);
    CHECK(second.end.state == whole.state);
    CHECK(second.end == whole);
  }
}

TEST_CASE("interrupted at every batch, one after the other, it is still the same run") {
  const scratch dir;
  for (long accumulate : {1L, 2L, 3L}) {
    CAPTURE(accumulate);
    run_settings s;
    s.accumulate = accumulate;
    const outcome whole = run(dir, s).end;
    run_result last = run(dir, s, 1);
    for (long k = 2; k <= 11; ++k) last = run(dir, s, k, dir / "interrupted", static_cast<std::uint64_t>(k));
    CHECK(!last.interrupted);
    CHECK(last.end == whole);
  }
}

TEST_CASE("the same where early stopping and plateaus act, and a run that had been stopped stays so") {
  const scratch dir;
  run_settings s;
  s.epochs = 9;
  s.wild = 0.5;
  const outcome whole = run(dir, s).end;
  REQUIRE(whole.reason.starts_with("early stopping"));
  const long ran = whole.rows.back().epoch;
  REQUIRE(ran < 9);
  REQUIRE(ran >= 4);
  std::filesystem::copy_file(dir / "checkpoints" / "last.safetensors", dir / "stopped");
  const auto rates = io::tensor_file::read(dir / "stopped").get<double>("training.rates");
  CHECK(rates[0] < 0.5);  // the plateau acted
  for (long k = 1; k <= 5 * ran; k += 3) {
    CAPTURE(k);
    run(dir, s, k);
    CHECK(run(dir, s, 0, dir / "interrupted", 999).end == whole);
  }
  CHECK(run(dir, s, 0, dir / "stopped", 999).end == whole);
}

TEST_CASE("between epochs: the checkpoints of model_checkpoint") {
  const scratch dir;
  run_settings s;
  s.epochs = 3;
  const outcome whole = run(dir, s).end;
  s.epochs = 2;
  run(dir, s);
  std::filesystem::copy_file(dir / "checkpoints" / "last.safetensors", dir / "after_two");
  s.epochs = 3;  // more epochs are no other run
  CHECK(run(dir, s, 0, dir / "after_two", 999).end == whole);
  CHECK(run(dir, s, 0, dir / "end").end == whole);  // nothing left to do
}

TEST_CASE("callbacks that keep nothing may come and go") {
  const scratch dir;
  run_settings s;
  const outcome whole = run(dir, s).end;
  run(dir, s, 7);
  s.own_callback_first = true;
  CHECK(run(dir, s, 0, dir / "interrupted").end == whole);
}

TEST_CASE("a resume under other options is refused with their names") {
  const scratch dir;
  const run_settings s;
  run(dir, s, 7);
  const auto from = dir / "interrupted";
  auto with = [&](auto change) {
    run_settings other = s;
    change(other);
    return refusal(dir, other, from);
  };
  CHECK(refusal(dir, s, from) == "");
  auto named = [](const std::string& message, const std::string& what) {
    CAPTURE(message);
    CHECK(message.find(what) != std::string::npos);
  };
  named(with([](auto& o) { o.seed = 6; }), "seed was 5 and is 6");
  named(with([](auto& o) { o.batch = 25; }), "batch was 10 and is 25");
  named(with([](auto& o) { o.learning_rate = 0.5; }), "optimiser.learning_rate was 0.01");
  named(with([](auto& o) { o.accumulate = 1; }), "accumulate was 2 and is 1");
  named(with([](auto& o) { o.clip_norm = 0; }), "clip_norm was 2 and is 0");
  named(with([](auto& o) { o.beta = 1; }), "objective.beta was 0.5 and is 1");
  named(with([](auto& o) { o.count = 51; }), "examples was 50 and is 51");
  named(with([](auto& o) { o.data = "elsewhere"; }), "data was pictures and is elsewhere");
  named(with([](auto& o) { o.patience = 3; }), "patience is 3");
  named(with([](auto& o) { o.plateau = false; }), "callback.reduce_on_plateau.0 was present and is absent");
  const auto both = with([](auto& o) {
    o.seed = 6;
    o.batch = 25;
  });
  named(both, "seed was 5");
  named(both, "batch was 10");
  run_settings fewer = s;
  fewer.stopper = false;
  run(dir, fewer, 7);
  named(refusal(dir, s, from), "callback.early_stopping.0 was absent and is present");
}

namespace {

using small_trainer = trainer<model<mlp>, elbo, adam>;

// Resuming must fail with an error of the library and leave model, history and callbacks as they were.
template <class Error> void is_refused(const std::filesystem::path& from, const char* what) {
  model<mlp> m{seed{99}};
  const auto before = parameters(m);
  trainer fit{m, elbo{}, adam{}, constant{}, training_options{.accumulate = 2}};
  fit.add(early_stopping{.patience = 7, .restore_best_weights = true}).add(reduce_on_plateau{});
  fit.resume_from(from);
  const auto train = pictures(20, 12, 3);
  CHECK_THROWS_WITH_AS(fit.run(train, epochs{2}, batch{5}), doctest::Contains(what), Error);
  CHECK(parameters(m) == before);

  // and the trainer still works, as if nothing had happened
  fit.resume_from({});
  model<mlp> twin{seed{99}};
  trainer fresh{twin, elbo{}, adam{}, constant{}, training_options{.accumulate = 2}};
  fresh.add(early_stopping{.patience = 7, .restore_best_weights = true}).add(reduce_on_plateau{});
  fresh.run(train, epochs{2}, batch{5});
  fit.run(train, epochs{2}, batch{5});
  CHECK(parameters(m) == parameters(twin));
}

}  // namespace

TEST_CASE("a damaged checkpoint leaves everything untouched") {
  const scratch dir;
  const auto good = dir / "good", bad = dir / "bad";
  {
    model<mlp> m{seed{1}};
    trainer fit{m, elbo{}, adam{}, constant{}, training_options{.accumulate = 2}};
    fit.add(early_stopping{.patience = 7, .restore_best_weights = true}).add(reduce_on_plateau{});
    fit.add(lambda{.on_batch_end = [&](training& t) {
      if (t.epoch == 2 && t.batch == 3) {
        t.save_checkpoint(good);
        t.stop("");
      }
    }});
    fit.run(pictures(20, 12, 3), epochs{2}, batch{5});
  }
  is_refused<io_error>(dir / "nowhere", "nowhere");

  std::ifstream in(good, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  for (std::size_t kept : {std::size_t{0}, std::size_t{7}, std::size_t{500}, bytes.size() / 2, bytes.size() - 1}) {
    CAPTURE(kept);
    std::ofstream(bad, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(kept));
    is_refused<bad_input>(bad, "bad");
  }

  const auto whole = io::tensor_file::read(good);
  CHECK(whole.metadata.at("genet.option.scalar") == "float");  // what the type of a trainer decides
  CHECK(whole.metadata.at("genet.option.objective") == "elbo");
  CHECK(whole.metadata.at("genet.option.likelihood") == "bernoulli");
  CHECK(whole.find("training.gradient.encoder.1.weight"));
  auto without = [&](auto keep) {
    io::tensor_file file;
    file.metadata = whole.metadata;
    for (auto t : whole.tensors())
      if (keep(t)) file.add(t);
    return file;
  };
  for (const auto& left_out : whole.tensors()) {
    CAPTURE(left_out.name);
    without([&](auto& t) { return t.name != left_out.name; }).write(bad);
    is_refused<bad_input>(bad, left_out.name.c_str());
    without([&](auto& t) {
      if (t.name == left_out.name) {  // one element more than it should have
        t.bytes.resize(t.bytes.size() + io::size_of(t.type));
        t.shape = {t.size()};
      }
      return true;
    }).write(bad);
    is_refused<bad_input>(bad, "bad");
  }
  for (const auto& [key, value] : whole.metadata) {
    CAPTURE(key);
    if (key == "format") continue;
    auto file = without([](auto&) { return true; });
    file.metadata.erase(key);
    file.write(bad);
    is_refused<error>(bad, "");
    file.metadata[key] = "nonsense";
    file.write(bad);
    is_refused<error>(bad, "");
  }
}

TEST_CASE("what is no checkpoint of this model is refused") {
  const scratch dir;
  model<mlp> m{seed{1}};
  save(m, dir / "weights");
  is_refused<bad_input>(dir / "weights", "is a weights file, not a checkpoint");

  run(dir, {});
  is_refused<bad_input>(dir / "end", "of another shape");

  struct tanh_encoder
      : net<input<1, 3, 4>, flatten, dense<7>, tanh_, heads<head<"mean", dense<3>>, head<"log_variance", dense<3>>>> {
  };
  model<vae<tanh_encoder, mlp_decoder>> bent{seed{1}};
  trainer fit{bent, elbo{}, adam{}, constant{}, training_options{.accumulate = 2}};
  fit.add(early_stopping{.patience = 7, .restore_best_weights = true}).add(reduce_on_plateau{});
  fit.add(lambda{.on_run_end = [&](training& t) { t.save_checkpoint(dir / "other"); }});
  fit.run(pictures(20, 12, 3), epochs{1}, batch{5});
  is_refused<bad_input>(dir / "other", "its layers differ");
}

TEST_CASE("the best weights come back from a checkpoint of its own") {
  const scratch dir;
  const auto train = pictures(30, 12, 8);
  model<mlp> m{seed{1}}, best{seed{2}};
  trainer fit{m, elbo{}, adam{.learning_rate = 0.01}};
  std::vector<std::vector<float>> after(1);
  fit.add(model_checkpoint{.directory = dir / "kept"});
  fit.add(lambda{.on_epoch_end = [&](training& t) {
    after.push_back(parameters(m));
    if (t.epoch == 3) t.set_learning_rate(-0.02);
  }});
  const history h = fit.run(train, epochs{5}, batch{5});
  REQUIRE(h.best_epoch() == 3);
  load(best, dir / "kept" / "best.safetensors");
  CHECK(parameters(best) == after[3]);
  load(best, dir / "kept" / "last.safetensors");
  CHECK(parameters(best) == after[5]);
}
