#pragma once
#include "net.hpp"

namespace genet {

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

/// Columns of text, measured before they are written.
struct table_writer {
  char* out = nullptr;
  long n = 0;
  constexpr void put(std::string_view s) {
    for (char c : s) {
      if (out) out[n] = c;
      ++n;
    }
  }
  constexpr void put_left(std::string_view s, int width) {
    put(s);
    for (int i = static_cast<int>(s.size()); i < width; ++i) put(" ");
  }
  constexpr void put_right(std::string_view s, int width) {
    for (int i = static_cast<int>(s.size()); i < width; ++i) put(" ");
    put(s);
  }
};

template <class Net>
constexpr long write_summary(char* out) {
  const auto& rows = summary_rows<Net>;
  const word* tree = words<typename Net::tree>.data();
  auto shape_text = [](const summary_row& r) {
    text t;
    if (r.kind != element::real) t << show(r.kind) << " ";
    return t << show(r.out);
  };
  auto wider = [](int& width, std::string_view s) { width = static_cast<int>(s.size()) > width ? static_cast<int>(s.size()) : width; };
  int name_width = 5, layer_width = 12, shape_width = 6;
  const text source = Net::source_label();
  wider(layer_width, source.view());
  wider(shape_width, show(Net::source).view());
  for (const summary_row& r : rows) {
    wider(name_width, r.where.view());
    wider(layer_width, tree[r.word].label().view());
    wider(shape_width, shape_text(r).view());
  }
  constexpr int number_width = 12;
  table_writer w{out};
  auto row = [&](std::string_view name, std::string_view layer, std::string_view s, std::string_view number) {
    w.put_left(name, name_width + 2);
    w.put_left(layer, layer_width + 2);
    w.put_left(s, shape_width);
    w.put_right(number, number_width);
    w.put("\n");
  };
  auto rule = [&] {
    for (int i = 0; i < name_width + layer_width + shape_width + number_width + 4; ++i) w.put("-");
    w.put("\n");
  };
  row("name", "layer", "output", "parameters");
  rule();
  row("", source.view(), show(Net::source).view(), "");
  for (const summary_row& r : rows)
    row(r.where.view(), tree[r.word].label().view(), shape_text(r).view(), (text() << r.parameters).view());
  rule();
  row("", "total", "", (text() << Net::parameter_count).view());
  if (Net::state_count) row("", "not trained", "", (text() << Net::state_count).view());
  return w.n;
}

template <class Net>
inline constexpr auto summary_text = [] {
  constexpr long n = write_summary<Net>(nullptr);
  std::array<char, static_cast<std::size_t>(n)> s{};
  write_summary<Net>(s.data());
  return s;
}();

}  // namespace planning

/// A table of layers, output shapes and parameter counts, made at compile time.
template <is_net Net>
constexpr std::string_view summary() {
  constexpr const auto& s = planning::summary_text<typename Net::net_type>;
  return {s.data(), s.size()};
}

}  // namespace genet
