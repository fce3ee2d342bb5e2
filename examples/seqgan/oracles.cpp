// The oracles of both sizes.
#include <genet/models/sequence_oracle.hpp>

#include "oracle_bench.hpp"

namespace variants {

using namespace genet;

namespace {

template <int Vocabulary, int Length, int Width>
struct oracle_of final : some_oracle {
  using own = sequence_oracle<Vocabulary, Length, Width>;
  explicit oracle_of(const settings& s) : is(s.oracle.empty() ? own{seed{s.oracle_seed}} : own::load(s.oracle)) {
    vocabulary = Vocabulary;
    length = Length;
  }
  std::vector<std::int32_t> write(long count, std::uint64_t from, tensor::team& team) const override {
    return is.write(count, seed{from}, team);
  }
  std::vector<double> nll(std::span<const std::int32_t> tokens, tensor::team& team) const override {
    std::vector<double> all;
    all.reserve(tokens.size());
    const auto add = [&](auto log_p) {
      for (const float v : log_p) all.push_back(-static_cast<double>(v));
    };
    sequences::score<typename own::generator>(is.as_model().view(), tokens, add, team, 512);
    return all;
  }
  void save(const std::filesystem::path& path) const override { is.file().write(path); }

  own is;
};

}  // namespace

std::unique_ptr<some_oracle> find_oracle(const settings& s) {
  if (s.sizes == "paper") return std::make_unique<oracle_of<5000, 20, 32>>(s);
  return std::make_unique<oracle_of<200, 10, 16>>(s);
}

}  // namespace variants
