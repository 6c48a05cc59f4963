/* xent.c: see xent.h for the equations. */
#include "model/kernels/xent.h"

#include <math.h>
#include <stddef.h>

#include "model/kernels/vexp.h"

static real row_max(const real *z, int V) {
    real top = z[0];
#pragma omp simd reduction(max : top)
    for (int v = 0; v < V; v++) top = z[v] > top ? z[v] : top;
    return top;
}

/* What one row should have predicted. Where a share is 0, its token or soft is not looked at. */
typedef struct {
    int token;
    const real *soft; // (V)
    double hard, mix; // shares of token and of soft, together 1
} Target;

static Target target_of(const Targets *t, int row, int V) {
    if (t->mix == 0) return (Target){.token = t->token[row], .hard = 1};
    return (Target){.token = t->mix < 1 ? t->token[row] : 0,
                    .soft = t->soft + (size_t)row * (size_t)V,
                    .hard = 1 - (double)t->mix,
                    .mix = (double)t->mix};
}

/* Return scale times the sum over v of q_v (logit_v - top), q the soft targets (V). */
static double soft_score(const real *soft, const real *logits, real top, real scale, int V) {
    double sum = 0;
    for (int v = 0; v < V; v++) sum += (double)soft[v] * (double)(logits[v] - top);
    return (double)scale * sum;
}

/* Return what the target takes off the loss, which is ln sum_v exp(z_v - z_top) minus this. */
static double score(const Target *t, const real *logits, real top, real scale, int V) {
    const double own = (double)(scale * (logits[t->token] - top));
    if (t->mix == 0) return own;
    const double taught = soft_score(t->soft, logits, top, scale, V);
    return t->mix < 1 ? t->hard * own + t->mix * taught : taught;
}

static void subtract_target(real *gradient, const Target *t, real weight, int V) {
    if (t->mix == 0) {
        gradient[t->token] -= weight;
        return;
    }
    const real taught = (real)t->mix * weight;
#pragma omp simd
    for (int v = 0; v < V; v++) gradient[v] -= taught * t->soft[v];
    if (t->mix < 1) gradient[t->token] -= (real)t->hard * weight;
}

void xent_forward(double *loss, const real *logits, Targets targets, int first, real scale,
                  int rows, int V) {
    for (int row = 0; row < rows; row++, logits += V) {
        const Target target = target_of(&targets, first + row, V);
        const real top = row_max(logits, V);
        real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int v = 0; v < V; v++) sum += vexp(scale * (logits[v] - top));
        loss[row] = log((double)sum) - score(&target, logits, top, scale, V);
    }
}

void xent_backward(double *loss, real *logits, Targets targets, int first, real scale, real weight,
                   int rows, int V) {
    for (int row = 0; row < rows; row++, logits += V) {
        const Target target = target_of(&targets, first + row, V);
        const real top = row_max(logits, V);
        const double own = score(&target, logits, top, scale, V);
        real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int v = 0; v < V; v++) {
            logits[v] = vexp(scale * (logits[v] - top));
            sum += logits[v];
        }
        loss[row] = log((double)sum) - own;
        const real per = scale * weight / sum;
#pragma omp simd
        for (int v = 0; v < V; v++) logits[v] *= per;
        subtract_target(logits, &target, scale * weight, V);
    }
}
