#pragma once
#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "../io/json.hpp"
#include "numbers.hpp"

namespace genet::inline GENET_ISA::json {

class value;
using object = std::vector<std::pair<std::string, value>>;  ///< keeps the order in which it was written
using array = std::vector<value>;

/// A JSON value to be written: `json::object{{"epochs", 10}, {"learning_rate", 1e-3}, {"variant", "mlp"}}`.
class value {
 public:
  value(std::nullptr_t = nullptr) {}
  value(bool v) : held_(v) {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  value(I v) : held_(static_cast<std::conditional_t<std::signed_integral<I>, std::int64_t, std::uint64_t>>(v)) {}
  template <std::floating_point F>
  value(F v) : held_(static_cast<double>(v)) {}
  value(std::string v) : held_(std::move(v)) {}
  value(std::string_view v) : held_(std::string(v)) {}
  value(const char* v) : held_(std::string(v)) {}
  value(object v) : held_(std::move(v)) {}
  value(array v) : held_(std::move(v)) {}

  /// RFC 8259, two spaces per level. A number that is not finite, which JSON cannot say, becomes
  /// the string "nan", "inf" or "-inf".
  std::string text() const {
    std::string out;
    write(out, 0);
    return out += '\n';
  }

 private:
  /// Bytes that are no UTF-8 (a path may hold any) become U+FFFD.
  static void quote(std::string& out, std::string_view s) {
    std::string valid;
    for (std::size_t bad; (bad = io::first_invalid_utf8(s)) != s.npos; s.remove_prefix(bad + 1))
      valid.append(s.substr(0, bad)).append("\xef\xbf\xbd");
    out += io::json_quote(valid.append(s));
  }

  static void line(std::string& out, int depth) { out.append("\n").append(static_cast<std::size_t>(2 * depth), ' '); }

  void write(std::string& out, int depth) const {
    struct {
      std::string& out;
      int depth;
      void operator()(std::monostate) const { out += "null"; }
      void operator()(bool v) const { out += v ? "true" : "false"; }
      void operator()(std::int64_t v) const { out += std::to_string(v); }
      void operator()(std::uint64_t v) const { out += std::to_string(v); }
      void operator()(double v) const {
        std::isfinite(v) ? void(out += show_number::exact(v)) : quote(out, show_number::exact(v));
      }
      void operator()(const std::string& v) const { quote(out, v); }
      void operator()(const object& v) const {
        out += '{';
        for (std::size_t i = 0; i < v.size(); ++i) {
          if (i) out += ',';
          line(out, depth + 1);
          quote(out, v[i].first);
          out += ": ";
          v[i].second.write(out, depth + 1);
        }
        if (!v.empty()) line(out, depth);
        out += '}';
      }
      void operator()(const array& v) const {
        out += '[';
        for (std::size_t i = 0; i < v.size(); ++i) {
          if (i) out += ", ";
          v[i].write(out, depth);
        }
        out += ']';
      }
    } visitor{out, depth};
    std::visit(visitor, held_);
  }

  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, object, array> held_;
};

}  // namespace genet::json
