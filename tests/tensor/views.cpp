#include <genet/tensor/views.hpp>

#include <doctest/doctest.h>

#include <type_traits>

using namespace genet;

namespace {

template <class View>
constexpr bool keeps_a_pointer = !std::is_reference_v<typename std::remove_cvref_t<View>::storage_type> &&
                                 std::is_pointer_v<decltype(std::declval<View&>().data())>;

// The view outlives the pointer variable that it was made from.
auto made_in_a_function(float* p) {
  float* local = p;
  return tensor::flat(local, 3);
}

}  // namespace

TEST_CASE("views read and write the memory that they were given") {
  float m[12];
  for (int i = 0; i < 12; ++i) m[i] = static_cast<float>(i);
  auto v = tensor::flat(m + 1, 5);
  static_assert(keeps_a_pointer<decltype(v)>);
  CHECK(v.size() == 5);
  CHECK(v(4) == 5);
  v(0) = 50;
  CHECK(m[1] == 50);

  auto w = tensor::matrix(m, 3, 4);
  CHECK(w.shape()[0] == 3);
  CHECK(w(2, 1) == 9);

  auto r = tensor::row<4>(m + 4);
  static_assert(std::is_same_v<decltype(r)::shape_type, xt::fixed_shape<4>>);
  CHECK(r(3) == 7);

  const float* read_only = m;
  auto k = tensor::row<2>(read_only);
  CHECK(k.data() == m);
  CHECK(tensor::flat(read_only, 2)(0) == 0);
}

TEST_CASE("a view does not refer to the pointer variable it came from") {
  float m[3] = {1, 2, 3};
  auto v = made_in_a_function(m);
  CHECK(v.data() == m);
  CHECK(v(2) == 3);
  // what the adaptor of an lvalue pointer would be
  float* p = m;
  auto trap = xt::adapt(p, xt::xshape<3>{});
  CHECK(!std::is_same_v<decltype(trap), decltype(tensor::row<3>(m))>);
}
