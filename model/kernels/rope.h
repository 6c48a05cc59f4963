/* rope.h: rotary position embedding, half-split layout: the first half of a head's channels pairs
 * with the second.
 *   (x_i, x_{i+D/2}) -> rotated by angle t theta_i,  theta_i = 10000^(-2i/D)     [Su et al. 2021, arXiv:2104.09864, eq. 15]
 * Backward is the rotation by the opposite angle. qk.c turns by this table.
 */
#ifndef MODEL_KERNELS_ROPE_H
#define MODEL_KERNELS_ROPE_H

#include "model/dims.h"

#define ROPE_THETA 10000.0

/* Fill table (D, columns): row i with cos(t theta_i) and row D/2 + i with sin(t theta_i), for t = 0
 * .. columns - 1. */
void rope_table(real *table, int D, int columns);

#endif
