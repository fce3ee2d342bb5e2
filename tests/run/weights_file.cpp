#include <genet/run/weights_file.hpp>

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "../train/fixture.hpp"
#include "../train/small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

struct scratch {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("genet_weights_" + std::to_string(::getpid()));
  scratch() { std::filesystem::create_directories(path); }
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path / name; }
};

template <class Model> void fill(Model& m, std::uint32_t which) {
  rng::normal(m.parameters(), rng::key{3, which, 0});
  rng::normal(m.state(), rng::key{4, which, 0});
}
template <class A, class B> bool same_tensors(const A& a, const B& b) {
  for (const tensor_info& t : a.tensors()) {
    const auto x = a.get(t.name);
    const auto y = b.get(t.name);
    for (std::size_t i = 0; i < x.size(); ++i)
      if (static_cast<double>(x[i]) != static_cast<double>(y[i])) return false;
  }
  return true;
}

// The message with which `load` refuses a file; the model must be as before.
template <class Model> std::string refusal(Model& m, const std::filesystem::path& path) {
  const auto before = parameters(m), statistics = state(m);
  std::string message;
  try {
    load(m, path);
  } catch (const bad_input& e) {
    message = e.what();
  }
  CHECK(parameters(m) == before);
  CHECK(state(m) == statistics);
  return message;
}
bool contains(const std::string& all, const std::string& part) { return all.find(part) != std::string::npos; }

}  // namespace

TEST_CASE_TEMPLATE("saved and loaded, every bit is as it was", T, float, double) {
  const scratch dir;
  model<article, T> m{seed{1}}, back{seed{2}};
  fill(m, 1);
  auto odd = m.get("encoder.1.bias");
  odd[0] = std::numeric_limits<T>::denorm_min();
  odd[1] = -T(0);
  odd[2] = std::numeric_limits<T>::infinity();
  odd[3] = std::numeric_limits<T>::quiet_NaN();
  m.set("encoder.1.bias", odd);
  save(m, dir / "weights");
  load(back, dir / "weights");
  for (const tensor_info& t : m.tensors()) {
    const auto a = m.get(t.name), b = back.get(t.name);
    CHECK(std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
  }
  save(back, dir / "again");
  auto bytes = [](const std::filesystem::path& p) {
    std::ifstream in(p, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  CHECK(bytes(dir / "weights") == bytes(dir / "again"));
}

TEST_CASE("names and shapes are PyTorch's") {
  const scratch dir;
  model<article> m{seed{1}};
  save(m, dir / "weights");
  const auto file = io::tensor_file::read(dir / "weights");
  CHECK(file.metadata.at("format") == "pt");
  CHECK(file.tensors().size() == 18);
  CHECK(file.find("encoder.1.weight")->shape == std::vector<long>{7, 12});
  CHECK(file.find("encoder.3.running_var")->shape == std::vector<long>{7});
  CHECK(file.find("encoder.5.log_variance.weight")->shape == std::vector<long>{3, 7});
  CHECK(file.find("decoder.4.bias")->shape == std::vector<long>{12});
  CHECK(file.get<float>("encoder.1.weight") == m.get("encoder.1.weight"));
}

TEST_CASE("weights that PyTorch trained are read by their keys") {
  const scratch dir;
  const auto torch = io::tensor_file::read("tests/fixtures/torch/training.safetensors");
  io::tensor_file file;
  const std::string prefix = "article_adam/after.";
  for (auto t : torch.tensors())
    if (t.name.starts_with(prefix)) {
      t.name = t.name.substr(prefix.size());
      file.add(t);
    }
  file.add("encoder.3.num_batches_tracked", std::int64_t{10});  // PyTorch's files have it, nothing reads it
  file.add("decoder.2.num_batches_tracked", std::int64_t{10});
  file.write(dir / "weights");
  model<article, double> m{seed{1}};
  load(m, dir / "weights");
  CHECK(m.get("encoder.1.weight") == torch.get<double>(prefix + "encoder.1.weight"));
  CHECK(m.get("decoder.2.running_mean") == torch.get<double>(prefix + "decoder.2.running_mean"));
}

TEST_CASE("a float file fits a double model exactly, and a double file a float model rounded") {
  const scratch dir;
  model<article> single{seed{1}}, single_back{seed{2}};
  model<article, double> wide{seed{3}};
  fill(single, 1);
  save(single, dir / "float");
  load(wide, dir / "float");
  CHECK(same_tensors(single, wide));
  save(wide, dir / "double");
  load(single_back, dir / "double");
  CHECK(same_tensors(single_back, single));
  fill(wide, 2);
  save(wide, dir / "double");
  load(single_back, dir / "double");
  CHECK(single_back.get("decoder.4.bias")[5] == static_cast<float>(wide.get("decoder.4.bias")[5]));
  CHECK(!same_tensors(single_back, wide));
}

TEST_CASE("half-precision files are read") {
  const scratch dir;
  model<autoencoder> m{seed{1}};
  io::tensor_file file;
  for (const tensor_info& t : m.tensors()) {
    std::vector<std::byte> bytes;
    for (long i = 0; i < t.s.size(); ++i) {  // 1.5 in bfloat16
      bytes.push_back(std::byte{0xC0});
      bytes.push_back(std::byte{0x3F});
    }
    file.add(io::tensor{std::string(t.name), io::dtype::bf16, weights_file::dimensions(t.s), bytes});
  }
  file.write(dir / "half");
  load(m, dir / "half");
  for (const tensor_info& t : m.tensors())
    for (float w : m.get(t.name)) CHECK(w == 1.5f);
}

TEST_CASE("everything that does not fit is said at once, and the model is left alone") {
  const scratch dir;
  model<article> m{seed{1}}, other{seed{2}};
  fill(other, 1);
  save(other, dir / "good");
  const auto good = io::tensor_file::read(dir / "good");

  io::tensor_file file;
  for (auto t : good.tensors()) {
    if (t.name == "encoder.1.weight" || t.name == "decoder.2.running_var") continue;
    if (t.name == "encoder.5.mean.weight") t.shape = {7, 3};  // transposed
    if (t.name == "decoder.4.bias") {
      t.shape = {11};
      t.bytes.resize(44);
    }
    file.add(t);
  }
  file.add("encoder.9.weight", {1}, std::vector<float>{1});
  file.add("discriminator.weight", {1}, std::vector<float>{1});
  file.write(dir / "bad");
  const std::string message = refusal(m, dir / "bad");
  CAPTURE(message);
  CHECK(contains(message, "bad: does not fit the model"));
  CHECK(contains(message, "missing: encoder.1.weight, decoder.2.running_var"));
  CHECK(contains(message, "unexpected: discriminator.weight, encoder.9.weight"));
  CHECK(contains(message, "encoder.5.mean.weight is (7,3), expected (3,7)"));
  CHECK(contains(message, "decoder.4.bias is (11), expected (12)"));

  // the last tensor of another kind: everything before it must not have been taken
  io::tensor_file integers;
  for (auto t : good.tensors())
    if (t.name != "encoder.5.mean.weight") integers.add(t);
  integers.add("encoder.5.mean.weight", {3, 7}, std::vector<std::int32_t>(21));
  integers.write(dir / "integers");
  CHECK(contains(refusal(m, dir / "integers"), "found I32"));

  std::ofstream(dir / "torn", std::ios::binary) << "not a safetensors file";
  CHECK(contains(refusal(m, dir / "torn"), "torn"));
  CHECK_THROWS_WITH_AS(load(m, dir / "nowhere"), doctest::Contains("nowhere"), io_error);
  CHECK_THROWS_WITH_AS(save(m, dir / "no" / "such" / "directory"), doctest::Contains("directory"), io_error);
  load(m, dir / "good");
  CHECK(same_tensors(m, other));
}

TEST_CASE("a checkpoint's other tensors are passed over") {
  const scratch dir;
  model<autoencoder> m{seed{1}}, other{seed{2}};
  save(other, dir / "weights");
  auto file = io::tensor_file::read(dir / "weights");
  weights_file::store(file, m.tensors(), "optimiser.0.", m.parameters().data(),
                                          static_cast<const float*>(nullptr));
  weights_file::store(file, m.tensors(), "kept.", m.parameters().data(), m.state().data());
  file.add("training.counters", {2}, std::vector<std::int64_t>{1, 2});
  file.write(dir / "checkpoint");
  load(m, dir / "checkpoint");
  CHECK(same_tensors(m, other));
  file.add("kept_too", {1}, std::vector<float>{1});  // not of a checkpoint
  file.write(dir / "checkpoint");
  CHECK(contains(refusal(m, dir / "checkpoint"), "unexpected: kept_too"));
}
