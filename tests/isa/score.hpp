#pragma once
// One function, compiled for three kinds of processor. Its arguments are plain numbers, since the classes of genet are
// different ones in each kind: the layout of a model in memory depends on the vectors.

using score_function = void(const float* pictures, long count, float* scores);
score_function score_x86_64, score_x86_64_v3, score_x86_64_v4;
