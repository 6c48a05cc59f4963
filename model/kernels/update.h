/* update.h: the optimizer's arithmetic on a stretch of the parameters; train/adamw.c says which. */
#ifndef MODEL_KERNELS_UPDATE_H
#define MODEL_KERNELS_UPDATE_H

#include <stddef.h>

#include "model/dims.h"
#include "model/kernels/on_path.h"

#define update_add_lanes ON_PATH(update_add_lanes)
#define update_adamw     ON_PATH(update_adamw)

/* sum[0] += sum[1] + ... + sum[n_lanes - 1], in that order; returns the sum of squares. */
double update_add_lanes(real *const *sum, int n_lanes, size_t size);

/* What one step of AdamW needs besides its tensors (train/adamw.h has the equation). */
typedef struct UpdateStep {
    real beta1, beta2, eps;
    real scale; // of the gradient: clipping
    real step;  // learning rate over 1 - beta1^t
    real root;  // 1 / sqrt(1 - beta2^t)
    real keep;  // 1 - learning rate x decay
} UpdateStep;

void update_adamw(real *w, real *m, real *v, const real *grad, size_t size, const UpdateStep *s);

#endif
