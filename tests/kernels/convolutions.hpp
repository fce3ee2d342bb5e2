#pragma once
#include "../allocations.hpp"
#include "checks.hpp"

#include <genet/tensor/team.hpp>

namespace checks {

/// The gradients of a convolution agree with central differences for 1, 2 and 5 examples.
template <class Net>
void windows_are_right() {
  for (long rows : {1L, 2L, 5L}) {
    gradient_check o;
    o.rows = rows;
    const gradient_report r = check_gradients<Net>(o);
    INFO("rows " << rows << ": " << r.where << " is off by " << r.worst);
    CHECK(r.passed);
  }
}

/// A step gives the same bits with one, two and three threads, and allocates nothing.
template <class Net>
void teams_agree() {
  const long rows = 37;
  std::vector<float> first;
  for (int threads : {1, 2, 3}) {
    tensor::team team(threads);
    model<Net> m{seed{3}};
    session<Net, float, capability::full_gradient> run(rows, team);
    run.poison(1e30F);
    const auto x = numbers<float>(rows * Net::net_type::input_shape.size(), 1);
    const auto dy = numbers<float>(rows * Net::net_type::output_shape.size(), 2);
    std::vector<float> gradients(m.parameters().size());
    const long before = allocation_count();
    run.forward(m.view(), x.data(), rows, mode::training, rng::key{5, stream::training, 0});
    std::ranges::copy(dy, run.output_gradient().begin());
    run.backward(m.view(), gradients.data());
    CHECK(allocation_count() == before);
    std::vector<float> all(run.output().begin(), run.output().end());
    all.insert(all.end(), gradients.begin(), gradients.end());
    all.insert(all.end(), run.input_gradient().begin(), run.input_gradient().end());
    if (first.empty()) first = all;
    CHECK(all == first);
  }
}

/// Gradients of no examples are zero.
template <class Net>
void no_examples_no_gradients() {
  model<Net> m{seed{1}};
  session<Net> run(2);
  const std::vector<float> x(static_cast<std::size_t>(Net::net_type::input_shape.size()));
  run.forward(m.view(), x.data(), 0);
  CHECK(run.output().empty());
  std::vector<float> g(m.parameters().size(), 7);
  run.backward(m.view(), g.data());
  for (const tensor_info& t : m.tensors())
    for (long i = 0; i < t.s.size(); ++i) CHECK(g[static_cast<std::size_t>(t.place<float>(i))] == 0);
}

}  // namespace checks
