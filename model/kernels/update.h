/* update.h: the optimizer's arithmetic on a stretch of the parameters; train/adamw.c says on
 * which. */
#ifndef MODEL_KERNELS_UPDATE_H
#define MODEL_KERNELS_UPDATE_H

#include <stddef.h>

#include "model/dims.h"
#include "model/kernels/on_path.h"

#define update_add_lanes ON_PATH(update_add_lanes)
#define update_adamw     ON_PATH(update_adamw)

/* Add sum[1], ..., sum[n_lanes - 1] to sum[0], in that order, each (size). Return the sum of its
 * squares. */
double update_add_lanes(real *const *sum, int n_lanes, size_t size);

/* What one step of AdamW needs besides its tensors (train/adamw.h has the equation). */
typedef struct UpdateStep {
    real beta1, beta2, eps;
    real scale; // factor of the gradient, below 1 when it is clipped
    real step;  // learning rate over 1 - beta1^t
    real root;  // 1 / sqrt(1 - beta2^t)
    real keep;  // 1 - learning rate x decay
} UpdateStep;

/* Make one step on w, with the moments m and v and the gradient grad, (size) each. */
void update_adamw(real *w, real *m, real *v, const real *grad, size_t size, const UpdateStep *s);

#endif
