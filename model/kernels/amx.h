/* amx.h: float products on the matrix unit that some x86 processors have, which multiplies bfloat16
 * only.
 *
 * A float is the sum of three bfloat16 of 8 significant bits each, x = h + m + l, and
 *     x y = hh + (hm + mh) + (mm + hl + lh) + terms below 2^-20 |x y|, 2^-24 on average
 * so that six products of bfloat16, summed in float by the unit, are as exact as one of floats
 * [Henry, Tang, Heinecke 2019, arXiv:1904.06376, sec. III]. That is six times the work, on a unit
 * that does fourteen times as much. In numbers below about 2^-110 the smaller pieces are lost,
 * numbers below 2^-126 count as zero, and an infinity becomes a NaN.
 */
#ifndef MODEL_KERNELS_AMX_H
#define MODEL_KERNELS_AMX_H

#include <stdbool.h>

#include "model/dims.h"
#include "model/kernels/on_path.h"

#define amx_gemm ON_PATH(amx_gemm)

/* Compute c (M, N) = op(a) op(b) + add as gemm() does (gemm.h). It exists on the path amx only, and
 * the process must have asked the system for the unit, as cpu_path.c does. */
void amx_gemm(bool a_transposed, bool b_transposed, int M, int N, int K, const real *a, int lda,
              const real *b, int ldb, const real *add, real *c, int ldc);

#endif
