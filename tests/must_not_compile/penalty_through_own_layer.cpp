// expect: gradient penalty: layer 2 of 3, residual, halved, has no tangent: it is neither linear in its input nor an
#include <genet/kernels.hpp>
#include <genet/run/tangent_session.hpp>

using namespace genet;

struct halved {
#ifdef FIXED
  using is_linear = void;
#endif
  static constexpr text label() { return "halved"; }
  static constexpr answer infer(shape in) { return gives(in); }
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    for (long i = 0; i < c.rows * In[0].size(); ++i) c.result()[i] = c.real()[i] / 2;
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    for (long i = 0; i < c.rows * In[0].size(); ++i)
      c.in_gradient[0][i] = c.out_gradient[i] / 2 + (Want.adds(0) ? c.in_gradient[0][i] : T(0));
  }
};
struct critic : net<input<4>, dense<4>, residual<halved>, dense<1>> {};

void step(weights<float> w, const float* x, const float* direction, float* gradients) {
  tangent_session<critic> s(8);
  s.input_gradient(w, x, 8);
  s.add_gradient(w, direction, gradients);
}
