#include "clothes.hpp"

template class genet::session<clothes>;
template class genet::session<clothes, float, genet::capability::forward>;
template class genet::model<clothes>;
template class genet::trainer<genet::model<clothes>, genet::elbo, genet::adam>;
