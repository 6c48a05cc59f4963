/* embed.h: token vectors.  y_t = E[token_t];  dE[token_t] += dy_t, in order of t, so that bits are
 * reproducible. */
#ifndef MODEL_KERNELS_EMBED_H
#define MODEL_KERNELS_EMBED_H

#include "model/dims.h"
#include "model/kernels/on_path.h"

#define embed_forward  ON_PATH(embed_forward)
#define embed_backward ON_PATH(embed_backward)

void embed_forward(real *y,           // (rows, C)  out
                   const int *tokens, // (rows)
                   const real *table, // (V, C)
                   int rows, int C);
void embed_backward(real *dtable,   // (V, C)     accumulated
                    const real *dy, // (rows, C)
                    const int *tokens, int rows, int C);

#endif
