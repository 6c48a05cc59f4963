/* adamw.c: see adamw.h for the equations. */
#include "train/adamw.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 8192 };

static size_t chunks_of(const ParamInfo *info) {
    return (param_size(info) + CHUNK - 1) / CHUNK;
}

void adamw_init(AdamW *o, const RunConfig *c, const Dims *d, Arena *arena) {
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    *o = (AdamW){.n = params_size(d),
                 .beta1 = c->beta1,
                 .beta2 = c->beta2,
                 .eps = c->eps,
                 .weight_decay = c->weight_decay};
    o->m = ARENA_ARRAY(arena, real, o->n);
    o->v = ARENA_ARRAY(arena, real, o->n);
    for (int i = 0; i < N_PARAMS; i++) o->n_chunks += chunks_of(&table[i]);
    o->chunks = ARENA_ARRAY(arena, Chunk, o->n_chunks);
    o->squares = ARENA_ARRAY(arena, double, o->n_chunks);
    const bool mup = strcmp(c->parametrization, "mup") == 0;
    Chunk *chunk = o->chunks;
    for (int i = 0; i < N_PARAMS; i++) {
        const double rate = param_rate(&table[i], d, mup, c->d_base, c->embed_lr);
        const size_t size = param_size(&table[i]);
        for (size_t at = 0; at < size; at += CHUNK)
            *chunk++ = (Chunk){table[i].offset + at, size - at < CHUNK ? size - at : CHUNK, rate,
                               table[i].decay};
    }
}

static double reduce_chunk(const Chunk *c, Lane *lanes, int n_lanes) {
    real *sum = lanes[0].grad + c->offset;
    for (int lane = 1; lane < n_lanes; lane++) {
        const real *g = lanes[lane].grad + c->offset;
#pragma omp simd
        for (size_t i = 0; i < c->size; i++) sum[i] += g[i];
    }
    double squares = 0;
#pragma omp simd reduction(+ : squares)
    for (size_t i = 0; i < c->size; i++) squares += (double)sum[i] * (double)sum[i];
    return squares;
}

double adamw_reduce(AdamW *o, Lane *lanes, int n_lanes, int threads) {
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t i = 0; i < o->n_chunks; i++)
        o->squares[i] = reduce_chunk(&o->chunks[i], lanes, n_lanes);
    double squares = 0;
    for (size_t i = 0; i < o->n_chunks; i++) squares += o->squares[i];
    return sqrt(squares);
}

static void update_chunk(const AdamW *o, const Chunk *c, real *weights, const real *grad,
                         real scale, double lr, double correct1, double correct2) {
    real *w = weights + c->offset, *m = o->m + c->offset, *v = o->v + c->offset;
    const real *g = grad + c->offset;
    const real b1 = (real)o->beta1, b2 = (real)o->beta2, eps = (real)o->eps;
    const real step = (real)(lr * c->rate / correct1), root = (real)(1 / sqrt(correct2));
    const real keep = (real)(1 - (c->decay ? lr * o->weight_decay : 0));
#pragma omp simd
    for (size_t i = 0; i < c->size; i++) {
        const real gi = g[i] * scale;
        m[i] = b1 * m[i] + (1 - b1) * gi;
        v[i] = b2 * v[i] + (1 - b2) * gi * gi;
#ifdef TINYSCALE_DOUBLE
        w[i] = keep * w[i] - step * m[i] / (sqrt(v[i]) * root + eps);
#else
        w[i] = keep * w[i] - step * m[i] / (sqrtf(v[i]) * root + eps);
#endif
    }
}

void adamw_update(AdamW *o, real *w, const real *grad, uint64_t t, double lr, double scale,
                  int threads) {
    const double correct1 = 1 - pow(o->beta1, (double)t), correct2 = 1 - pow(o->beta2, (double)t);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t i = 0; i < o->n_chunks; i++)
        update_chunk(o, &o->chunks[i], w, grad, (real)scale, lr, correct1, correct2);
}
