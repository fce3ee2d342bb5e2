#pragma once
#include "net.hpp"

namespace genet::inline GENET_ISA {

namespace planning {

template <class Net>
inline constexpr auto summary_rows = [] {
  std::array<summary_row, static_cast<std::size_t>(Net::counts.rows)> rows{};
  if (!Net::well_formed) return rows;
  net_compiler c;
  c.words = words<typename Net::tree>.data();
  c.rows = rows.data();
  c.compile(Net::source);
  return rows;
}();

/// How wide the columns are; all lines of the table are equally long.
struct table_layout {
  int name = 5, layer = 12, shape = 6, number = 12;
  int lines = 5;  // title, two rules, source, total
  constexpr long line() const { return name + 2 + layer + 2 + shape + number + 1; }
  constexpr long size() const { return lines * line(); }
};

constexpr text shape_text(const summary_row& r) {
  text t;
  if (r.kind != element::real) t << show(r.kind) << " ";
  return t << show(r.out);
}

// A constant of its own: compilers count the evaluation steps of each, and a net may have a thousand rows.
template <class Net>
inline constexpr table_layout layout_of = [] {
  table_layout l;
  const word* tree = words<typename Net::tree>.data();
  auto fit = [](int& width, int size) { width = size > width ? size : width; };
  fit(l.layer, Net::source_label().size());
  fit(l.shape, show(Net::source).size());
  for (const summary_row& r : summary_rows<Net>) {
    fit(l.name, r.where.size);
    fit(l.layer, tree[r.word].label().size());
    fit(l.shape, shape_text(r).size());
    ++l.lines;
  }
  if (Net::state_count) ++l.lines;
  return l;
}();

/// Writes cells of fixed width, in few steps.
struct table_writer {
  char* at = nullptr;
  constexpr void put(std::string_view s) {
    for (const char *from = s.data(), *end = from + s.size(); from != end;) *at++ = *from++;
  }
  constexpr void repeat(char c, long times) {
    while (times-- > 0) *at++ = c;
  }
  constexpr void put_left(std::string_view s, int width) {
    put(s);
    repeat(' ', width - static_cast<long>(s.size()));
  }
  constexpr void put_right(std::string_view s, int width) {
    repeat(' ', width - static_cast<long>(s.size()));
    put(s);
  }
};

template <class Net>
inline constexpr auto summary_text = [] {
  constexpr const table_layout& l = layout_of<Net>;
  std::array<char, static_cast<std::size_t>(l.size())> all{};
  const word* tree = words<typename Net::tree>.data();
  table_writer w{all.data()};
  auto row = [&](std::string_view name, std::string_view layer, std::string_view s, std::string_view number) {
    w.put_left(name, l.name + 2);
    w.put_left(layer, l.layer + 2);
    w.put_left(s, l.shape);
    w.put_right(number, l.number);
    w.put("\n");
  };
  auto rule = [&] {
    w.repeat('-', l.line() - 1);
    w.put("\n");
  };
  row("name", "layer", "output", "parameters");
  rule();
  row("", Net::source_label().view(), show(Net::source).view(), "");
  for (const summary_row& r : summary_rows<Net>)
    row(r.where.view(), tree[r.word].label().view(), shape_text(r).view(), (text() << r.parameters).view());
  rule();
  row("", "total", "", (text() << Net::parameter_count).view());
  if (Net::state_count) row("", "not trained", "", (text() << Net::state_count).view());
  return all;
}();

template <class Net>
constexpr std::string_view summary_view() {
  constexpr const auto& s = summary_text<Net>;
  return {s.data(), s.size()};
}

}  // namespace planning

/// The same as `Net::summary()`.
template <is_net Net>
constexpr std::string_view summary() {
  return planning::summary_view<typename Net::net_type>();
}

}  // namespace genet
