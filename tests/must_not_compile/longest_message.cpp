// expect: layer 2 of 3, residual, layer 1 of 2, chain, layer 3 of 3, dense<512>: wants one input, got 4: first_branch (128), second_branch (128), third_branch (128), fourth_branch (128); join them by concat or add
#include <genet/declare.hpp>
using namespace genet;

// Many lines of 36 characters: nothing of a long message is lost.
#ifndef FIXED
using join = chain<>;
#else
using join = concat;
#endif
struct network : net<input<512>, relu,
                     residual<chain<heads<head<"first_branch", dense<128>>, head<"second_branch", dense<128>>,
                                          head<"third_branch", dense<128>>, head<"fourth_branch", dense<128>>>,
                                    join, dense<512>>,
                              relu>,
                     relu> {};
