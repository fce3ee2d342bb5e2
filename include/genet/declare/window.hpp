#pragma once
#include "answer.hpp"

namespace genet::inline GENET_ISA {

/// A number in each direction of a feature map.
struct height_width {
  int height = 0, width = 0;
  constexpr bool operator==(const height_width&) const = default;
};

/// `3x5`
constexpr text show(height_width e) { return text() << e.height << "x" << e.width; }

/// A window that moves over feature maps (C,H,W): a convolution's, or that of a pool.
struct window {
  height_width kernel{};
  height_width stride{};  // zero where it was not said
  height_width padding{};
  height_width dilation{1, 1};
  height_width output_padding{};

  /// The same with the stride that a layer has unless it says another one.
  constexpr window by_default(height_width unless_said) const {
    window w = *this;
    if (stride == height_width{}) w.stride = unless_said;
    return w;
  }

  /// How far it reaches over the map.
  constexpr height_width reach() const {
    return {dilation.height * (kernel.height - 1) + 1, dilation.width * (kernel.width - 1) + 1};
  }
  /// Its places on a map of that many pixels, in each direction: (in + 2 padding - reach) / stride + 1. PyTorch's
  /// rule for convolutions and pools.
  constexpr height_width places(height_width in) const {
    return {(in.height + 2 * padding.height - reach().height) / stride.height + 1,
            (in.width + 2 * padding.width - reach().width) / stride.width + 1};
  }
  /// The map that has `in` such places: (in - 1) stride - 2 padding + reach + output_padding. PyTorch's rule for
  /// transposed convolutions.
  constexpr height_width spread(height_width in) const {
    return {(in.height - 1) * stride.height - 2 * padding.height + reach().height + output_padding.height,
            (in.width - 1) * stride.width - 2 * padding.width + reach().width + output_padding.width};
  }

  /// What is wrong with it, whatever it moves over; empty if nothing is.
  constexpr text refusal() const {
    const auto below = [](height_width e, int least) { return e.height < least || e.width < least; };
    text why;
    if (kernel == height_width{})
      why << "wants the size of its kernel: kernel<3>, kernel<3, 5>";
    else if (below(kernel, 1))
      why << "wants a kernel of at least 1x1, got " << show(kernel);
    else if (below(stride, 1))
      why << "wants a stride of at least 1x1, got " << show(stride);
    else if (below(padding, 0))
      why << "wants a padding of at least 0x0, got " << show(padding);
    else if (below(dilation, 1))
      why << "wants a dilation of at least 1x1, got " << show(dilation);
    else if (below(output_padding, 0))
      why << "wants an output padding of at least 0x0, got " << show(output_padding);
    return why;
  }
  /// The same for a transposed convolution, and whether it has pixels to write. PyTorch accepts no other paddings.
  constexpr text refusal_of_spread(height_width in) const {
    text why = refusal();
    if (why.size()) return why;
    const auto most = [](int a, int b) { return a > b ? a : b; };
    if (output_padding.height >= most(stride.height, dilation.height) ||
        output_padding.width >= most(stride.width, dilation.width))
      why << "wants an output padding below its stride or its dilation, got " << show(output_padding);
    else if (const height_width out = spread(in); out.height < 1 || out.width < 1)
      why << "leaves no pixels: padding takes more than the " << show(in) << " pixels of its input become";
    return why;
  }
  /// The same, and whether it has a place on the map.
  constexpr text refusal(height_width in) const {
    text why = refusal();
    const height_width padded{in.height + 2 * padding.height, in.width + 2 * padding.width};
    if (why.size() == 0 && (reach().height > padded.height || reach().width > padded.width)) {
      why << "its kernel reaches over " << show(reach()) << " pixels, more than the " << show(padded) << " of ";
      why << (padding == height_width{} ? "its input" : "its padded input");
    }
    return why;
  }

  /// Its options as they are written, behind the first one of a layer: `kernel<4>,stride<2>`.
  constexpr text label() const {
    text t;
    const auto say = [&](std::string_view option, height_width e, height_width unsaid) {
      if (e == unsaid) return;
      if (t.size()) t << ",";
      t << option << "<" << e.height;
      if (e.width != e.height) t << "," << e.width;
      t << ">";
    };
    say("kernel", kernel, {});
    say("stride", stride, {});
    say("padding", padding, {});
    say("dilation", dilation, {1, 1});
    say("output_padding", output_padding, {});
    return t;
  }
};

/// The pixels of a feature map.
constexpr height_width map_size(shape s) { return {s[1], s[2]}; }

/// What is wrong with groups of channels; empty if nothing is.
constexpr text refusal_of_groups(int groups, int in, int out) {
  text why;
  if (groups < 1)
    why << "wants at least one group, got " << groups;
  else if (in % groups)
    why << "cannot divide " << in << " channels of its input among " << groups << " groups";
  else if (out % groups)
    why << "cannot divide " << out << " channels of its output among " << groups << " groups";
  return why;
}

/// A convolution with n kernels as it is written: `conv2d<64,kernel<4>,stride<2>>`.
constexpr text label_of_convolution(std::string_view word, int n, const window& moving, int groups) {
  text t(word);
  t << "<" << n;
  if (const text options = moving.label(); options.size()) t << "," << options;
  if (groups != 1) t << ",groups<" << groups << ">";
  return t << ">";
}

/// The refusal of every layer that works on feature maps.
constexpr answer wants_feature_map(shape got) {
  text why("wants (channels,height,width), got ");
  why << show(got);
  if (got.rank == 1) why << "; put reshape before it";
  return refuse(why);
}

/// What a pool makes of a feature map: each channel has the places of the window.
constexpr answer gives_places(const window& moving, shape in) {
  if (in.rank != 3) return wants_feature_map(in);
  if (const text why = moving.refusal(map_size(in)); why.size()) return refuse(why);
  if (2 * moving.padding.height > moving.kernel.height || 2 * moving.padding.width > moving.kernel.width)
    return refuse(text("wants a padding of at most half its kernel, ")
                  << show(moving.kernel) << ", got " << show(moving.padding));
  const height_width out = moving.places(map_size(in));
  return gives({3, {in[0], out.height, out.width}});
}

}  // namespace genet
