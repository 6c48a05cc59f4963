/* amx.h: float products on the matrix unit that some x86 processors have, which multiplies
 * bfloat16 only.
 *
 * A float is the sum of three bfloat16 of 8 significant bits each, x = h + m + l (to the last bit
 * or so), and
 *     x y = hh + (hm + mh) + (mm + hl + lh) + terms below 2^-24 |x y|
 * so six products of bfloat16, summed in float by the unit, are as exact as one of floats
 * [Henry, Tang, Heinecke 2019, arXiv:1904.06376, sec. III]. Six times the work, on a unit that
 * does fourteen times as much. Numbers below 2^-126 count as zero; an infinity becomes a NaN.
 */
#ifndef MODEL_AMX_H
#define MODEL_AMX_H

#include <stdbool.h>

#include "model/path.h"

#define amx_gemm ON_PATH(amx_gemm)

/* The process must have asked the system for the unit (path.c does). Only on the path amx. */
/* c (M, N) = op(a) op(b) + add, as in gemm.h. */
void amx_gemm(bool a_transposed, bool b_transposed, int M, int N, int K, const real *a, int lda,
              const real *b, int ldb, const real *add, real *c, int ldc);

#endif
