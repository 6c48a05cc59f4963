/* xent.c: see xent.h for the equations. */
#include "model/kernels/xent.h"

#include <math.h>

#include "model/kernels/vexp.h"

static real row_max(const real *z, int V) {
    real top = z[0];
#pragma omp simd reduction(max : top)
    for (int v = 0; v < V; v++) top = z[v] > top ? z[v] : top;
    return top;
}

void xent_forward(double *loss, const real *logits, const int *targets, real scale, int rows,
                  int V) {
    for (int row = 0; row < rows; row++, logits += V) {
        const real top = row_max(logits, V);
        real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int v = 0; v < V; v++) sum += vexp(scale * (logits[v] - top));
        loss[row] = log((double)sum) - (double)(scale * (logits[targets[row]] - top));
    }
}

void xent_backward(double *loss, real *logits, const int *targets, real scale, real weight,
                   int rows, int V) {
    for (int row = 0; row < rows; row++, logits += V) {
        const real top = row_max(logits, V), target = logits[targets[row]];
        real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int v = 0; v < V; v++) {
            logits[v] = vexp(scale * (logits[v] - top));
            sum += logits[v];
        }
        loss[row] = log((double)sum) - (double)(scale * (target - top));
        const real per = scale * weight / sum;
#pragma omp simd
        for (int v = 0; v < V; v++) logits[v] *= per;
        logits[targets[row]] -= scale * weight;
    }
}
