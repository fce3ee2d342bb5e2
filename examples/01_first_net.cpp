// A first network: declared as a type, checked and counted by the compiler, then run. docs/tutorial/01_first_net.md
#include <cstdio>
#include <span>
#include <vector>

#include <genet/genet.hpp>

using namespace genet;

// The source says what one example looks like; each layer says only what it makes of it. The sizes in between are
// inferred: dense<128> finds 784 numbers in front of it. The batch is never part of a declaration.
struct classifier : net<input<1, 28, 28>, flatten, dense<128>, relu, dense<10>> {};

// The compiler knows all of it, so the program can rely on it.
static_assert(classifier::input_shape == shape_of({1, 28, 28}));
static_assert(classifier::output_shape == shape_of({10}));
static_assert(classifier::parameter_count == (784 * 128 + 128) + (128 * 10 + 10));

int main() {
  constexpr std::string_view table = summary<classifier>();
  std::printf("%.*s\n", static_cast<int>(table.size()), table.data());

  // A model holds the numbers behind a declaration. The same seed gives the same numbers.
  model<classifier> m{seed{7}};

  // A session holds the working memory of a net, here for at most 16 examples at a time and without gradients.
  session<classifier, float, capability::forward> run{16};

  // Three grey pictures, one after another.
  const long pictures = 3;
  const std::vector<float> x(static_cast<std::size_t>(pictures * classifier::input_shape.size()), 0.5f);
  run.forward(m.view(), x.data(), pictures);

  const std::span<const float> scores = run.output();  // (pictures, 10)
  for (int digit = 0; digit < 10; ++digit) std::printf("score of class %d: %8.4f\n", digit, scores[digit]);

  // Parameters have the names and the layout that PyTorch gives them.
  const std::vector<float> weight = m.get("1.weight");
  std::printf("1.weight has %zu numbers, working memory has %ld bytes\n", weight.size(), run.bytes());
}
