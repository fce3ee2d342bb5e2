#pragma once
#include <genet/models/vae.hpp>
#include <genet/train/trainer.hpp>

struct encoder : genet::net<genet::input<1, 6, 6>, genet::flatten, genet::dense<24>, genet::relu,
                            genet::heads<genet::head<"mean", genet::dense<3>>,
                                         genet::head<"log_variance", genet::dense<3>>>> {};
struct decoder : genet::net<genet::input<3>, genet::dense<24>, genet::relu, genet::dense<36>,
                            genet::reshape<1, 6, 6>> {};
using clothes = genet::vae<encoder, decoder, genet::bernoulli>;
using clothes_trainer = genet::trainer<genet::model<clothes>, genet::elbo, genet::adam>;

// Compiled in clothes.cpp and nowhere else.
extern template class genet::session<clothes>;
extern template class genet::session<clothes, float, genet::capability::forward>;
extern template class genet::model<clothes>;
extern template class genet::trainer<genet::model<clothes>, genet::elbo, genet::adam>;

void show(const genet::model<clothes>&);
