#pragma once
#include <concepts>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include "isa.hpp"

namespace genet::inline GENET_ISA {

/// Base of every exception that the library throws on purpose. The message says where, what was found and what was expected.
struct error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Content that cannot be used: a malformed file, data of another shape, a value out of range. Programs leave with status 3.
struct bad_input : error {
  using error::error;
};

/// The operating system refused: a file that cannot be opened, read, written or renamed. Programs leave with status 4.
struct io_error : error {
  using error::error;
};

/// Options or arguments that contradict each other or are out of range. Programs leave with status 2.
struct usage_error : error {
  using error::error;
};

/// Training cannot go on, for example because a value became NaN. Programs leave with status 1.
struct training_error : error {
  using error::error;
};

/// Messages are put together from pieces by one function, out of line: a chain of `+` would be compiled, with all its
/// temporary strings, at every place that may fail.
namespace errors {

/// Text, which must outlive it, or a whole number.
class piece {
 public:
  piece(std::string_view t) : text_(t) {}
  piece(const std::string& t) : text_(t) {}
  piece(const char* t) : text_(t) {}
  template <std::integral N>
  requires(!std::same_as<N, char> && !std::same_as<N, bool>)
  piece(N n) : is_number_(true), is_negative_(n < 0), number_(static_cast<unsigned long long>(n)) {}

  void append_to(std::string& s) const {
    if (!is_number_) s += text_;
    else s += is_negative_ ? std::to_string(static_cast<long long>(number_)) : std::to_string(number_);
  }

 private:
  std::string_view text_{};
  bool is_number_ = false, is_negative_ = false;
  unsigned long long number_ = 0;
};

/// The pieces one after the other.
[[gnu::cold, gnu::noinline]] inline std::string join(std::initializer_list<piece> pieces) {
  std::string s;
  for (const piece& p : pieces) p.append_to(s);
  return s;
}

template <std::derived_from<error> Error>
[[noreturn, gnu::cold, gnu::noinline]] void raise(std::initializer_list<piece> pieces) {
  throw Error(join(pieces));
}

}  // namespace errors

}  // namespace genet
