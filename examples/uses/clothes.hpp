#pragma once
#include <string>

#include <genet/models/vae.hpp>

#include "bench.hpp"
#include "trainings.hpp"

namespace uses {

/// The VAE that several uses rest on. Its training is compiled once, in clothes.cpp.
struct encoder : genet::net<genet::input<1, 28, 28>, genet::flatten, genet::dense<400>, genet::relu,
                            genet::heads<genet::head<"mean", genet::dense<20>>,
                                         genet::head<"log_variance", genet::dense<20>>>> {};
struct decoder
    : genet::net<genet::input<20>, genet::dense<400>, genet::relu, genet::dense<784>, genet::reshape<1, 28, 28>> {};
using clothes = genet::vae<encoder, decoder, genet::bernoulli>;

/// As it is spelled, for reports.
inline constexpr const char* clothes_declaration =
    R"(struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
using clothes = vae<encoder, decoder, bernoulli>;)";

/// Trains it as the main training of a run, and saves it as model.safetensors; false if the run was interrupted.
bool train(bench&, genet::model<clothes>&);
/// Trains it as one of several, for so many epochs.
bool train(trainings&, genet::model<clothes>&, const genet::data::examples& on, long epochs, const std::string& name);

}  // namespace uses
