#pragma once
#include <algorithm>

#include "../layers/recurrent.hpp"
#include "../tensor/matmul.hpp"
#include "../tensor/reduce.hpp"
#include "activations.hpp"
#include "integers.hpp"

namespace genet::inline GENET_ISA {

/// One vector of the numbers that a cell's units have in each of its tensors.
template <class T>
struct cell_lanes {
  long at, count;
  tensor::lane<T> operator()(const T* p) const { return tensor::load_partial(p + at, count); }
  void put(T* p, tensor::lane<T> x) const { tensor::store_partial(p + at, x.v, count); }
};

/// One position of one example on the way forward. A cell makes gates of sums, and the state after of that before.
template <class T>
struct cell_forward {
  T* gates;         // sums at first
  const T* apart;   // sums of the state before, where cell_sizes::gates_apart
  T* kept;          // for backward
  const T* before;  // the state: what is given on first
  T* after;
};

/// And on the way back. A cell makes gradients of sums of the gates, and the gradient of the state before of that
/// after, without what passes through the sums.
template <class T>
struct cell_backward {
  T* gates;      // gradients of sums in the end
  T* apart;      // of the sums of the state before
  const T* kept;
  const T* before;
  const T* dy;  // joins the gradient of what is given on
  T* state;     // gradient
};

/// The sizes of a layer over sequences, and where its inputs are. Arguments, so that all layers share the code.
struct recurrent_sizes {
  sequence_input in;
  long units;
  int directions;
  bool with_bias;
  text (*label)();
};

/// How layers of a kind of cell are computed. The sums of the inputs over all positions are one product; position
/// after position the state before joins in by a small one, and the cell is computed in one pass. Back in time there is
/// a small product for each position again; gradients of weights and inputs are products over all positions. The
/// examples of a batch are divided among the team, each sum has one order whatever the division.
///
/// `Cell` gives `sizes`, `forward(units, cell_forward)` and `backward(units, cell_backward)` for one example.
template <class Cell>
struct recurrent_products {
  template <class T>
  static void forward(const context<T>& c, const recurrent_sizes& n);
  template <class T>
  static void backward(const context<T>& c, const recurrent_sizes& n, wants want);

 private:
  static constexpr cell_sizes sizes = Cell::sizes;
  static constexpr long fewest_examples = 16;  // of a thread

  /// One direction of a layer: its memory, (examples, positions, ...) each.
  template <class T>
  struct direction {
    direction(const context<T>& c, const recurrent_sizes& s, int which)
        : length(s.in.length),
          units(s.units),
          rows(sizes.gates * s.units),
          carried(sizes.carried * s.units),
          kept_width(sizes.kept * s.units),
          out_width(s.directions * s.units),
          out_first(which * s.units),
          reverse(which == 1),
          first_parameter(static_cast<std::size_t>(which * (s.with_bias ? 4 : 2))),
          mask(s.in.masked() ? c.integers(s.in.mask) : nullptr),
          gates(c.saved + which * c.rows * length * (rows + carried + kept_width)),
          before(gates + c.rows * length * rows),
          kept(before + c.rows * length * carried),
          state(c.scratch),
          apart(sizes.gates_apart ? state + c.rows * carried : gates) {}

    long length, units, rows, carried, kept_width, out_width, out_first;
    bool reverse;
    std::size_t first_parameter;  // weights of inputs, of states, their biases
    const std::int32_t* mask;
    T *gates, *before, *kept;
    T* state;  // (examples, carried): behind the last position, or the gradient on the way
    T* apart;  // (examples, rows) forward, (examples, positions, rows) backward

    long position(long k) const { return reverse ? length - 1 - k : k; }
    bool counts(long example, long t) const { return !mask || mask[example * length + t] != 0; }
    /// Calls f(first, count) for some examples after the other, whose gates stay in the second-level cache from one
    /// pass over them to the next; once without examples.
    template <class F>
    void by_stretches(long examples, const F& f) const {
      const long together = std::max(64L, (1L << 17) / (length * rows) / fewest_examples * fewest_examples);
      for (long first = 0; first == 0 || first < examples; first += together)
        f(first, std::min(together, examples - first));
    }
    T* out(T* y, long example, long t) const { return y + (example * length + t) * out_width + out_first; }
  };

  template <class T>
  static void along(const context<T>& c, const recurrent_sizes& s, const direction<T>& d, long first, long count);
  template <class T>
  static void back(const context<T>& c, const direction<T>& d, const T* turned, long first, long count);
};

template <class Cell>
template <class T>
void recurrent_products<Cell>::forward(const context<T>& c, const recurrent_sizes& s) {
  if (s.in.masked()) require_below(c, s.in.mask, s.in.length, 2, s.label);
  const long features = s.in.features;
  for (int which = 0; which < s.directions; ++which) {
    const direction<T> d(c, s, which);
    const std::size_t p = d.first_parameter;
    const T* bias = s.with_bias ? c.parameters[p + 2] : nullptr;
    if (bias && !sizes.gates_apart) {
      for (long i = 0; i < d.rows; ++i) c.workspace[i] = bias[i] + c.parameters[p + 3][i];
      bias = c.workspace;
    }
    d.by_stretches(c.rows, [&](long begin, long examples) {
      const long place = begin * d.length;
      tensor::matmul(examples * d.length, d.rows, features, c.real(s.in.values) + place * features, features, 1,
                     c.parameters[p], d.gates + place * d.rows, d.rows, false, tensor::epilogue<T>{.bias = bias},
                     *c.team);
      c.team->divide(examples, fewest_examples,
                     [&](long first, long count) { along(c, s, d, begin + first, count); });
    });
  }
}

template <class Cell>
template <class T>
void recurrent_products<Cell>::along(const context<T>& c, const recurrent_sizes& s, const direction<T>& d, long first,
                                     long count) {
  const T* weight = c.parameters[d.first_parameter + 1];
  T* const last = c.carried_out ? c.carried_out : d.state;
  for (long k = 0; k < d.length; ++k) {
    const long t = d.position(k), next = k + 1 < d.length ? d.position(k + 1) : -1;
    const auto before = [&](long example) { return d.before + (example * d.length + t) * d.carried; };
    const auto gates = [&](long example) { return d.gates + (example * d.length + t) * d.rows; };
    for (long r = first; r < first + count && k == 0; ++r) {
      if (c.carried_in)
        std::copy_n(c.carried_in + r * d.carried, d.carried, before(r));
      else
        std::fill_n(before(r), d.carried, T(0));
    }
    if (sizes.gates_apart)
      tensor::matmul(count, d.rows, d.units, static_cast<const T*>(before(first)), d.length * d.carried, 1, weight,
                     d.apart + first * d.rows, d.rows, false,
                     tensor::epilogue<T>{.bias = s.with_bias ? c.parameters[d.first_parameter + 3] : nullptr});
    else if (k > 0 || c.carried_in)
      tensor::matmul(count, d.rows, d.units, static_cast<const T*>(before(first)), d.length * d.carried, 1, weight,
                     gates(first), d.length * d.rows, true);
    for (long r = first; r < first + count; ++r) {
      T* const after = next >= 0 ? d.before + (r * d.length + next) * d.carried : last + r * d.carried;
      T* const y = d.out(c.result(), r, t);
      if (d.counts(r, t)) {
        Cell::forward(d.units, cell_forward<T>{gates(r), d.apart + r * d.rows,
                                               d.kept + (r * d.length + t) * d.kept_width, before(r), after});
        std::copy_n(after, d.units, y);
      } else {
        std::copy_n(before(r), d.carried, after);
        std::fill_n(y, d.units, T(0));
      }
    }
  }
}

template <class Cell>
template <class T>
void recurrent_products<Cell>::back(const context<T>& c, const direction<T>& d, const T* turned, long first,
                                    long count) {
  std::fill_n(d.state + first * d.carried, count * d.carried, T(0));
  for (long k = d.length - 1; k >= 0; --k) {
    const long t = d.position(k);
    const auto place = [&](long example) { return example * d.length + t; };
    for (long r = first; r < first + count; ++r) {
      T *const gates = d.gates + place(r) * d.rows, *const apart = d.apart + place(r) * d.rows;
      if (d.counts(r, t)) {
        Cell::backward(d.units, cell_backward<T>{gates, apart, d.kept + place(r) * d.kept_width,
                                                 d.before + place(r) * d.carried, d.out(c.out_gradient, r, t),
                                                 d.state + r * d.carried});
      } else {  // the gradient of the state passes as it is
        std::fill_n(gates, d.rows, T(0));
        if (sizes.gates_apart) std::fill_n(apart, d.rows, T(0));
      }
    }
    if (k > 0)
      tensor::matmul(count, d.units, d.rows, static_cast<const T*>(d.apart + place(first) * d.rows), d.length * d.rows,
                     1, turned, d.state + first * d.carried, d.carried, true);
  }
}

template <class Cell>
template <class T>
void recurrent_products<Cell>::backward(const context<T>& c, const recurrent_sizes& s, wants want) {
  const auto x = static_cast<std::size_t>(s.in.values);
  const long features = s.in.features;
  for (int which = 0; which < s.directions; ++which) {
    const direction<T> d(c, s, which);
    const std::size_t p = d.first_parameter;
    d.by_stretches(c.rows, [&](long begin, long examples) {
      const long place = begin * d.length, positions = examples * d.length;
      const T *gates = d.gates + place * d.rows, *apart = d.apart + place * d.rows, *packed = c.workspace;
      tensor::pack_transposed(c.parameters[p + 1], d.units, d.rows, c.workspace, *c.team);
      c.team->divide(examples, fewest_examples,
                     [&](long first, long count) { back(c, d, packed, begin + first, count); });
      if (want.input(s.in.values))
        tensor::matmul_transposed(positions, features, d.rows, gates, d.rows, 1, c.parameters[p],
                                  c.in_gradient[x] + place * features, features, want.adds(s.in.values) || which > 0,
                                  c.workspace, *c.team);
      if (!want.parameters) return;
      const bool add = c.accumulate || begin > 0;
      tensor::pack(gates, positions, d.rows, d.rows, 1, c.workspace, *c.team);
      tensor::matmul_to_panels(features, d.rows, positions, c.real(s.in.values) + place * features, 1, features, packed,
                               c.parameter_gradient[p], add, {}, *c.team);
      if (sizes.gates_apart) tensor::pack(apart, positions, d.rows, d.rows, 1, c.workspace, *c.team);
      tensor::matmul_to_panels(d.units, d.rows, positions, static_cast<const T*>(d.before + place * d.carried), 1,
                               d.carried, packed, c.parameter_gradient[p + 1], add, {}, *c.team);
      if (!s.with_bias) return;
      tensor::column_sums(gates, positions, d.rows, c.parameter_gradient[p + 2], add, *c.team);
      tensor::column_sums(apart, positions, d.rows, c.parameter_gradient[p + 3], add, *c.team);
    });
  }
}

/// A layer L of such cells.
template <class L, class Cell>
struct recurrent_kernels {
  template <class T, shapes In>
  static constexpr element_count workspace() {
    constexpr recurrent_sizes s = of<In>();
    const long rows = L::cell.gates * s.units;
    const auto larger = [](long a, long b) { return a > b ? a : b; };
    return {s.in.length * tensor::pack_size<T>(1, rows),
            larger(tensor::pack_size<T>(rows, s.units), tensor::pack_size<T>(rows, s.in.features))};
  }
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    recurrent_products<Cell>::forward(c, of<In>());
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    recurrent_products<Cell>::backward(c, of<In>(), Want);
  }

 private:
  template <shapes In>
  static constexpr recurrent_sizes of() {
    return {sequence_of(In), L::units, L::directions, L::said.with_bias, &L::label};
  }
};

}  // namespace genet
