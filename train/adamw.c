/* adamw.c: see adamw.h for the equations. */
#include "train/adamw.h"

#include <math.h>

#include "model/kernels/update.h"

enum { CHUNK = 8192 };

static size_t chunks_of(const ParamInfo *info) {
    return (param_size(info) + CHUNK - 1) / CHUNK;
}

void adamw_init(AdamW *o, const RunConfig *c, const Dims *d, const CpuPath *cpu, Arena *arena) {
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    *o = (AdamW){.cpu = cpu,
                 .n = params_size(d),
                 .beta1 = c->beta1,
                 .beta2 = c->beta2,
                 .eps = c->eps,
                 .weight_decay = c->weight_decay};
    o->m = ARENA_ARRAY(arena, real, o->n);
    o->v = ARENA_ARRAY(arena, real, o->n);
    for (int i = 0; i < N_PARAMS; i++) o->n_chunks += chunks_of(&table[i]);
    o->chunks = ARENA_ARRAY(arena, AdamWChunk, o->n_chunks);
    o->squares = ARENA_ARRAY(arena, double, o->n_chunks);
    const bool mup = c->parametrization == PARAMETRIZATION_MUP;
    AdamWChunk *chunk = o->chunks;
    for (int i = 0; i < N_PARAMS; i++) {
        const double rate = param_rate(&table[i], d, mup, c->d_base, c->embed_lr);
        const size_t size = param_size(&table[i]);
        for (size_t at = 0; at < size; at += CHUNK)
            *chunk++ = (AdamWChunk){table[i].offset + at, size - at < CHUNK ? size - at : CHUNK,
                                    rate, table[i].decay};
    }
}

static double reduce_chunk(const AdamW *o, const AdamWChunk *c, Lane *lanes, int n_lanes) {
    real *grad[n_lanes];
    for (int lane = 0; lane < n_lanes; lane++) grad[lane] = lanes[lane].grad + c->offset;
    return o->cpu->reduce(grad, n_lanes, c->size);
}

double adamw_reduce(AdamW *o, Lane *lanes, int n_lanes, int threads) {
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t i = 0; i < o->n_chunks; i++)
        o->squares[i] = reduce_chunk(o, &o->chunks[i], lanes, n_lanes);
    double squares = 0;
    for (size_t i = 0; i < o->n_chunks; i++) squares += o->squares[i];
    return sqrt(squares);
}

static void update_chunk(const AdamW *o, const AdamWChunk *c, real *w, const real *grad, real scale,
                         double lr, double correct1, double correct2) {
    const UpdateStep step = {.beta1 = (real)o->beta1,
                             .beta2 = (real)o->beta2,
                             .eps = (real)o->eps,
                             .scale = scale,
                             .step = (real)(lr * c->rate / correct1),
                             .root = (real)(1 / sqrt(correct2)),
                             .keep = (real)(1 - (c->decay ? lr * o->weight_decay : 0))};
    const size_t at = c->offset;
    o->cpu->update(w + at, o->m + at, o->v + at, grad + at, c->size, &step);
}

void adamw_update(AdamW *o, real *w, const real *grad, uint64_t t, double lr, double scale,
                  int threads) {
    const double correct1 = 1 - pow(o->beta1, (double)t), correct2 = 1 - pow(o->beta2, (double)t);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t i = 0; i < o->n_chunks; i++)
        update_chunk(o, &o->chunks[i], w, grad, (real)scale, lr, correct1, correct2);
}
