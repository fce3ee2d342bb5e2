#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../io/npz.hpp"
#include "../random/distributions.hpp"
#include "sequences.hpp"

namespace genet::inline GENET_ISA {

/// The net of an oracle.
template <int Vocabulary, int Length, int Width>
struct oracle_net : net<tokens<Vocabulary, Length>, embedding<Width>, lstm<Width>, token_distribution<Vocabulary>> {};

/// A random LSTM that sequences are drawn from, so that the probability of what a model writes is known (Yu et al.
/// 2017, section 4): all parameters are standard normal, each gate has one bias.
///
///     sequence_oracle<200, 10, 16> o{seed{1}};
///     const auto train = o.write(10'000, seed{2});
///     const double floor = o.nll(o.write(10'000, seed{3}));   // nats a token: nobody's sequences can be better for long
///
/// Files are NumPy's .npz with the float32 arrays emb (V,H), Wi Wf Wo_gate Wc and Ui Uf Uo_gate Uc (H,H), bi bf bo_gate
/// bc (H), Wout (H,V), bout (V): i, f, o = sigmoid(x W + h U + b), g = tanh(x Wc + h Uc + bc), logits = h Wout + bout.
template <int Vocabulary, int Length, int Width>
class sequence_oracle {
 public:
  using generator = oracle_net<Vocabulary, Length, Width>;
  using model_type = model<generator>;

  explicit sequence_oracle(seed from) : m_(from) {
    std::vector<float> drawn;
    std::uint64_t i = 0;
    for (const tensor_info& t : model_type::tensors()) {
      if (!t.trained) continue;
      drawn.assign(static_cast<std::size_t>(t.s.size()), 0);
      // A model of the same seed would begin as a small oracle, if both were drawn from the same numbers.
      if (t.name != "1.bias_hh_l0") rng::normal(std::span(drawn), rng::key{from.value, stream::oracle, i++});
      m_.set(t.name, drawn);
    }
  }
  /// Reads a file. Throws io_error; bad_input that names the array that is missing, of another shape or type.
  static sequence_oracle load(const std::filesystem::path& path) { return from(io::npz_file::read(path)); }
  static sequence_oracle from(const io::npz_file& file) {
    sequence_oracle o{seed{0}};
    const auto check = [&](const io::tensor& t) {
      if (t.type != io::dtype::f32)
        errors::raise<bad_input>({file.origin(), ": array ", io::quoted_for_message(t.name), " is not float32"});
    };
    const auto matrix = [&](const std::string& name, long rows, long columns) {
      check(file.at(name));
      return file.template get<float>(name, {rows, columns});
    };
    const auto vector = [&](const std::string& name, long size) {
      check(file.at(name));
      return file.template get<float>(name, {size});
    };
    std::vector<float> x, h, b;
    for (const std::string gate : gates) {
      const auto append = [](std::vector<float>& to, const std::vector<float>& more) {
        to.insert(to.end(), more.begin(), more.end());
      };
      append(x, transposed(matrix("W" + gate, Width, Width), Width));
      append(h, transposed(matrix("U" + gate, Width, Width), Width));
      append(b, vector("b" + gate, Width));
    }
    const auto codes = matrix("emb", Vocabulary, Width), out = matrix("Wout", Width, Vocabulary);
    const auto bias = vector("bout", Vocabulary);
    o.m_.set("0.weight", codes);
    o.m_.set("1.weight_ih_l0", x);
    o.m_.set("1.weight_hh_l0", h);
    o.m_.set("1.bias_ih_l0", b);
    o.m_.set("2.weight", transposed(out, Width));
    o.m_.set("2.bias", bias);
    return o;
  }
  /// The file that `load` reads.
  io::npz_file file() const {
    io::npz_file f;
    const auto x = m_.get("1.weight_ih_l0"), h = m_.get("1.weight_hh_l0"), b = m_.get("1.bias_ih_l0");
    f.add("emb", {Vocabulary, Width}, m_.get("0.weight"));
    for (std::size_t g = 0; g < gates.size(); ++g) {
      const auto part = [&](const std::vector<float>& of, std::size_t size) {
        return std::vector<float>(of.begin() + static_cast<long>(g * size), of.begin() + static_cast<long>((g + 1) * size));
      };
      f.add("W" + std::string(gates[g]), {Width, Width}, transposed(part(x, Width * Width), Width));
      f.add("U" + std::string(gates[g]), {Width, Width}, transposed(part(h, Width * Width), Width));
      f.add("b" + std::string(gates[g]), {Width}, part(b, Width));
    }
    f.add("Wout", {Width, Vocabulary}, transposed(m_.get("2.weight"), Vocabulary));
    f.add("bout", {Vocabulary}, m_.get("2.bias"));
    return f;
  }

  /// Sequences (count,Length).
  std::vector<std::int32_t> write(long count, seed from, tensor::team& team = tensor::alone()) const {
    std::vector<std::int32_t> all(static_cast<std::size_t>(count * Length));
    token_writer<generator> w(rows_at_once, team);
    w.write(m_.view(), all, rng::key{from.value, stream::oracle_sequences, 0});
    return all;
  }
  /// Mean negative log-likelihood of sequences (count,Length), in nats a token: NLL_oracle. Throws usage_error for none,
  /// and for tokens that are no whole sequences of the vocabulary.
  double nll(std::span<const std::int32_t> tokens, tensor::team& team = tensor::alone()) const {
    if (tokens.empty()) throw usage_error("sequence_oracle: wants sequences, got none");
    double sum = 0;
    sequences::score<generator>(
        m_.view(), tokens, [&](auto log_p) { sum = std::accumulate(log_p.begin(), log_p.end(), sum); }, team, rows_at_once);
    return -sum / static_cast<double>(tokens.size());
  }
  /// Its parameters; a model of a generator of sequences like others.
  const model_type& as_model() const { return m_; }

 private:
  static constexpr long rows_at_once = 512;
  static constexpr std::array<const char*, 4> gates{"i", "f", "c", "o_gate"};  // in lstm's order

  /// (rows,columns) to (columns,rows); only the number of rows is told.
  static std::vector<float> transposed(const std::vector<float>& m, long rows) {
    const long columns = static_cast<long>(m.size()) / rows;
    std::vector<float> t(m.size());
    for (long r = 0; r < rows; ++r)
      for (long c = 0; c < columns; ++c) t[static_cast<std::size_t>(c * rows + r)] = m[static_cast<std::size_t>(r * columns + c)];
    return t;
  }

  model_type m_;
};

}  // namespace genet
