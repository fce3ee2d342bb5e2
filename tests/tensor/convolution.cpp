// The three products against sums written out, and what they write beside their results: nothing.
#include <doctest/doctest.h>
#include <genet/random/distributions.hpp>
#include <genet/tensor/convolution.hpp>
#include <genet/tensor/memory.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

using namespace genet;
using tensor::patches;

namespace {

template <class T>
struct operands {
  patches p;
  long maps;
  tensor::block<T> x, y, filters, turned;

  operands(const patches& of, long n)
      : p(of),
        maps(n),
        x(n * p.pixels() * p.channels),
        y(n * p.places() * p.features),
        filters(p.filter_size<T>()),
        turned(p.turned_size<T>()) {
    rng::normal(x.span(), rng::key{1, 1, 0});
    rng::normal(y.span(), rng::key{1, 2, 0});
    std::vector<T> w(static_cast<std::size_t>(p.groups * p.size() * p.feature_share()));
    rng::normal(std::span<T>(w), rng::key{1, 3, 0});
    each_weight([&](long group, long i, long feature) {
      const T value = w[static_cast<std::size_t>((group * p.size() + i) * p.feature_share() + feature)];
      filters[place(false, group, i, feature)] = turned[place(true, group, i, feature)] = value;
    });
  }

  long place(bool turn, long group, long i, long feature) const {
    const long n = p.size(), m = p.feature_share();
    return turn ? group * tensor::pack_size<T>(m, n) + tensor::panel_place<T>(m, n, feature, i)
                : group * tensor::pack_size<T>(n, m) + tensor::panel_place<T>(n, m, i, feature);
  }
  void each_weight(const std::function<void(long, long, long)>& f) const {
    for (long group = 0; group < p.groups; ++group)
      for (long i = 0; i < p.size(); ++i)
        for (long feature = 0; feature < p.feature_share(); ++feature) f(group, i, feature);
  }
  /// f(element of x, of y, of the filters) for all products that take part.
  void each_product(const std::function<void(long, long, long)>& f) const {
    const window& w = p.moving;
    for (long at = 0; at < maps * p.places(); ++at)
      each_weight([&](long group, long i, long feature) {
        const long c = i % p.channel_share(), tap = i / p.channel_share();
        const long row = at % p.places() / p.across * w.stride.height - w.padding.height +
                         tap / w.kernel.width * w.dilation.height;
        const long column =
            at % p.across * w.stride.width - w.padding.width + tap % w.kernel.width * w.dilation.width;
        if (row < 0 || row >= p.height || column < 0 || column >= p.width) return;
        const long pixel = (at / p.places() * p.height + row) * p.width + column;
        f(pixel * p.channels + group * p.channel_share() + c, at * p.features + group * p.feature_share() + feature,
          place(false, group, i, feature));
      });
  }
};

template <class T>
void close(const tensor::block<T>& found, const tensor::block<T>& expected) {
  double off = 0, largest = 1;
  for (long i = 0; i < expected.size(); ++i) {
    const double d = std::abs(static_cast<double>(found[i]) - static_cast<double>(expected[i]));
    off = d <= off ? off : d;
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
  }
  CHECK(off <= (sizeof(T) == 8 ? 1e-13 : 1e-5) * largest);
}

/// Working memory that must be written nowhere else.
template <class T>
struct guarded {
  static constexpr long fence = 64;
  tensor::block<T> memory;
  explicit guarded(long n) : memory(n + fence) {
    for (T& v : memory.span()) v = T(1e30);
  }
  ~guarded() {
    for (long i = 0; i < fence; ++i) CHECK(memory[memory.size() - 1 - i] == T(1e30));
  }
  T* data() { return memory.data(); }
};

template <class T>
void compare(const patches& p, long maps) {
  const operands<T> o(p, maps);
  for (const bool add : {false, true}) {
    auto y = o.y.clone(), x = o.x.clone(), w = o.filters.clone();
    auto expected_y = o.y.clone(), expected_x = o.x.clone(), expected_w = o.filters.clone();
    if (!add) {
      expected_y.zero();
      expected_x.zero();
      expected_w.zero();
    }
    o.each_product([&](long i, long j, long k) {
      expected_y[j] += o.x[i] * o.filters[k];
      expected_x[i] += o.y[j] * o.filters[k];
      expected_w[k] += o.x[i] * o.y[j];
    });
    guarded<T> work(p.work_size<T>()), gradient_work(p.gradient_work_size<T>());
    tensor::convolve(p, maps, o.x.data(), o.filters.data(), y.data(), add, {}, work.data(), tensor::alone());
    tensor::convolve_back(p, maps, o.y.data(), o.turned.data(), x.data(), add, {}, work.data(), tensor::alone());
    tensor::filter_gradient(p, maps, o.x.data(), o.y.data(), w.data(), add, gradient_work.data(), tensor::alone());
    close(y, expected_y);
    close(x, expected_x);
    close(w, expected_w);
  }
}

patches over(height_width map, long channels, long features, window moving, long groups = 1) {
  moving = moving.by_default({1, 1});
  const height_width to = moving.places(map);
  return {map.height, map.width, channels, to.height, to.width, features, moving, groups};
}

}  // namespace

TEST_CASE_TEMPLATE("products with patches are the sums that they stand for", T, float, double) {
  const height_width one{1, 1}, two{2, 2};
  compare<T>(over({5, 7}, 3, 5, {{3, 3}}), 2);
  compare<T>(over({14, 14}, 5, 33, {{4, 4}, two, one}), 3);
  compare<T>(over({6, 9}, 2, 3, {{2, 4}, {3, 1}, {1, 3}, {2, 1}}), 2);
  compare<T>(over({9, 6}, 1, 2, {{3, 3}, two, {4, 4}, {1, 2}}), 3);
  compare<T>(over({1, 1}, 20, 3, {{3, 3}, one, one}), 2);
  compare<T>(over({5, 4}, 7, 9, {one}), 3);
  compare<T>(over({5, 4}, 7, 9, {one, two}), 3);
  compare<T>(over({5, 4}, 6, 9, {{2, 2}}, 3), 3);
  compare<T>(over({5, 4}, 6, 4, {one}, 2), 3);
}
TEST_CASE_TEMPLATE("maps of more places than are gathered at a time", T, float, double) {
  compare<T>(over({41, 67}, 2, 3, {{3, 3}, {}, {1, 1}}), 2);
  compare<T>(over({23, 31}, 67, 2, {{3, 3}, {}, {1, 1}}), 1);
  compare<T>(over({60, 50}, 3, 3, {{3, 3}, {}, {1, 1}}, 3), 2);
}
TEST_CASE_TEMPLATE("a kernel for each channel", T, float, double) {
  compare<T>(over({6, 7}, 19, 19, {{3, 3}, {2, 2}, {1, 1}}, 19), 2);
  compare<T>(over({6, 7}, 3, 3, {{2, 3}, {}, {0, 1}, {2, 1}}, 3), 2);
  compare<T>(over({5, 5}, 16, 16, {{1, 1}}, 16), 2);
}
TEST_CASE_TEMPLATE("so many maps that they are taken place by place", T, float, double) {
  const height_width one{1, 1}, two{2, 2};
  for (const auto& [p, more] : {std::pair{over({6, 5}, 32, 64, {{4, 4}, two, one}), 3L},
                                {over({5, 6}, 64, 32, {{3, 2}, {}, {1, 0}, {1, 2}}), 0L},
                                {over({3, 2}, 32, 32, {{3, 3}, two, {4, 4}, {1, 2}}), 1L}}) {
    const long maps = p.template maps_at_once<T> + more;
    REQUIRE(p.template are_by_place<T>(maps));
    CHECK_FALSE(p.template are_by_place<T>(p.template maps_at_once<T> - 1));
    compare<T>(p, maps);
  }
  // A long inner dimension, and more maps than a gradient takes at once.
  compare<T>(over({2, 2}, 544, 32, {{2, 2}}), 42);
  compare<T>(over({2, 3}, 32, 32, {{2, 2}}), 131);
}
TEST_CASE_TEMPLATE("an epilogue sees each place or pixel once and knows which, by any team", T, float, double) {
  for (const long maps : {2L, 45L}) {
    const patches p = over({6, 5}, 32, 64, {{4, 4}, {2, 2}, {1, 1}});
    const operands<T> o(p, maps);
    guarded<T> work(p.work_size<T>());
    const auto products = [&](auto& y, auto& x, const tensor::epilogue<T>& to_y, const tensor::epilogue<T>& to_x,
                              tensor::team& t) {
      tensor::convolve(p, maps, o.x.data(), o.filters.data(), y.data(), false, to_y, work.data(), t);
      tensor::convolve_back(p, maps, o.y.data(), o.turned.data(), x.data(), false, to_x, work.data(), t);
    };
    auto y = o.y.clone(), x = o.x.clone(), plain_y = o.y.clone(), plain_x = o.x.clone(), before_y = o.y.clone(),
         before_x = o.x.clone();
    products(plain_y, plain_x, {}, {}, tensor::alone());
    tensor::block<T> bias(std::max(p.channels, p.features));
    rng::normal(bias.span(), rng::key{1, 4, 0});
    const auto mark = [](long row, long column) { return static_cast<T>(100 * row + column); };
    const auto marking = [&](long columns, T* before) {
      return tensor::epilogue<T>{.bias = bias.data(),
                                 .before = before,
                                 .before_stride = columns,
                                 .each =
                                     [](const tensor::tile_lines<T>& t, const void* data) {
                                       for (long i = 0; i < t.rows; ++i)
                                         for (long j = 0; j < t.columns; ++j)
                                           t.at[i * t.stride + j] +=
                                               (*static_cast<const decltype(mark)*>(data))(t.row + i, t.column + j);
                                     },
                                 .data = &mark};
    };
    tensor::team three(3);
    products(y, x, marking(p.features, before_y.data()), marking(p.channels, before_x.data()), three);
    const auto check = [&](const auto& found, const auto& before, auto& plain, long columns) {
      for (long i = 0; i < plain.size(); ++i) plain[i] += bias[i % columns];
      close(before, plain);
      bool right = true;
      for (long i = 0; i < plain.size(); ++i) right = right && found[i] == before[i] + mark(i / columns, i % columns);
      CHECK(right);
    };
    check(y, before_y, plain_y, p.features);
    check(x, before_x, plain_x, p.channels);
    auto again_y = o.y.clone(), again_x = o.x.clone();
    products(again_y, again_x, marking(p.features, before_y.data()), marking(p.channels, before_x.data()),
             tensor::alone());
    CHECK(std::ranges::equal(y.span(), again_y.span()));
    CHECK(std::ranges::equal(x.span(), again_x.span()));
    auto one = o.filters.clone(), other = o.filters.clone();
    guarded<T> gradient_work(p.gradient_work_size<T>());
    for (auto& [w, t] : {std::pair<tensor::block<T>&, tensor::team&>{one, three}, {other, tensor::alone()}})
      tensor::filter_gradient(p, maps, o.x.data(), o.y.data(), w.data(), false, gradient_work.data(), t);
    CHECK(std::ranges::equal(one.span(), other.span()));
  }
}
TEST_CASE("no maps") {
  const patches p = over({5, 7}, 3, 5, {{3, 3}});
  compare<float>(p, 0);
}
