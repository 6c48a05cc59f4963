/* check.h: what the model's tests share: a rig with random tensors, the error of a tensor against
 * its reference, and gradients against central differences, f'(x) = (8 (f(x + h) - f(x - h)) - (f(x
 * + 2h) - f(x - 2h))) / 12h + O(h^4)        [Fornberg 1988, table 1]
 *
 *     Rig *rig = *state;                              // of a TEST(name)
 *     real *x = rig_normal(rig, n, 0, 1);             // lives until the test ends
 *     assert_close(y, reference, n, TOLERANCE);
 *     assert_gradient(rig, objective, &context, x, dx, n, PROBES);
 *
 * Errors are norm-wise, |got - want| / |want|, and a NaN is never close to anything.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef CPU_PATH // for which the program is compiled (Makefile: PATH_TESTS), if it is for one
#define NAME_OF_(path) #path
#define NAME_OF(path)  NAME_OF_(path)
#define COMPILED_PATH  NAME_OF(CPU_PATH)
#endif

#include "base/arena.h"
#include "base/err.h"
#include "base/rng.h"
#include "model/kernels/attention.h"
#include "model/kernels/blas.h"
#include "model/model.h"

#ifdef COMPILED_PATH
enum { SKIPPED = 77 }; // exit code

/* First of all in main(): models take the path whose kernels the tests call. Where the processor
 * cannot, the program ends here with a line that says so. */
static inline void take_compiled_path(void) {
    const CpuPath *path;
    Err err;
    setenv("TINYSCALE_CPU", COMPILED_PATH, 1);
    if (cpu_path_choose(&path, &err) != OK) {
        printf("skipped: this processor cannot %s\n", COMPILED_PATH);
        exit(SKIPPED);
    }
    if (blas_open(&err) == OK) return; // for the plain path, and as a twin of the others
    printf("%s\n", err.message);
    exit(1);
}
#endif

/* Gradients stand or fall in double; in float the same checks see only gross errors, as the
 * differences are noisy. */
#ifdef TINYSCALE_DOUBLE
#define DIFFERENCE_STEP    1e-3
#define GRADIENT_TOLERANCE 1e-6
#define TOLERANCE          1e-13
#else
#define DIFFERENCE_STEP    2e-2
#define GRADIENT_TOLERANCE 2e-2
#define TOLERANCE          1e-5
#endif

typedef struct {
    Arena *arena;
    uint64_t draws; // tensors drawn: each has a stream of its own
} Rig;

static inline int rig_open(void **state) {
    Arena *arena = arena_open();
    Rig *rig = ARENA_NEW(arena, Rig);
    rig->arena = arena;
    *state = rig;
    return 0;
}

static inline int rig_close(void **state) {
    arena_close(((Rig *)*state)->arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)

static inline real *rig_zeros(Rig *rig, size_t n) {
    return ARENA_ARRAY(rig->arena, real, n);
}

static inline void rig_fill(Rig *rig, real *x, size_t n, double mean, double sd) {
    const Stream stream = stream_open(1, "test", rig->draws++);
    for (size_t i = 0; i < n; i++) x[i] = (real)(mean + sd * stream_normal(&stream, i));
}

static inline real *rig_normal(Rig *rig, size_t n, double mean, double sd) {
    real *x = rig_zeros(rig, n);
    rig_fill(rig, x, n, mean, sd);
    return x;
}

static inline real *rig_copy(Rig *rig, const real *x, size_t n) {
    return memcpy(rig_zeros(rig, n), x, n * sizeof(real));
}

/* What an output holds before it is written: nothing of it may come through. */
static inline real *rig_poison(Rig *rig, size_t n) {
    real *x = rig_zeros(rig, n);
    for (size_t i = 0; i < n; i++) x[i] = (real)NAN;
    return x;
}

static inline double *rig_doubles(Rig *rig, size_t n) {
    return ARENA_ARRAY(rig->arena, double, n);
}

static inline double *widen(Rig *rig, const real *x, size_t n) {
    double *wide = rig_doubles(rig, n);
    for (size_t i = 0; i < n; i++) wide[i] = (double)x[i];
    return wide;
}

static inline int *rig_below(Rig *rig, size_t n, int limit) {
    const Stream stream = stream_open(1, "test", rig->draws++);
    int *x = ARENA_ARRAY(rig->arena, int, n);
    for (size_t i = 0; i < n; i++) x[i] = (int)stream_below(&stream, i, (uint64_t)limit);
    return x;
}

/* A size in [1, limit]. */
static inline int rig_size(Rig *rig, int limit) {
    return 1 + rig_below(rig, 1, limit)[0];
}

static inline double dot(const real *a, const real *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

static inline double relative_error(const real *got, const double *want, size_t n) {
    double error = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        error += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
        norm += want[i] * want[i];
    }
    return norm > 0 ? sqrt(error / norm) : sqrt(error);
}

#define assert_at_most(error, bound)                                                               \
    do {                                                                                           \
        const double error_ = (error), bound_ = (bound);                                           \
        if (!(error_ <= bound_)) fail_msg("%s: %g is not <= %g", #error, error_, bound_);          \
    } while (0)

#define assert_close(got, want, n, bound) assert_at_most(relative_error(got, want, n), bound)

typedef double Objective(void *context);

/* Derivative of f by *x, which is put back. The step is what the floating-point numbers make of it.
 */
static inline double difference(Objective *f, void *context, real *x, double h) {
    static const int STEPS[] = {1, -1, 2, -2}, WEIGHTS[] = {8, -8, -1, 1};
    const real keep = *x;
    double sum = 0;
    for (size_t i = 0; i < COUNT_OF(STEPS); i++) {
        *x = keep + (real)(STEPS[i] * h);
        sum += WEIGHTS[i] * f(context);
    }
    *x = keep;
    return sum / (12 * h);
}

/* Error of a gradient against differences, over all elements of x, or over `probes` random ones if
 * that is fewer. */
static inline double gradient_error(Rig *rig, Objective *f, void *context, real *x,
                                    const real *grad, size_t n, size_t probes) {
    const Stream stream = stream_open(2, "test", rig->draws++);
    const size_t count = n < probes ? n : probes;
    real *got = rig_zeros(rig, count);
    double *want = ARENA_ARRAY(rig->arena, double, count);
    for (size_t k = 0; k < count; k++) {
        const size_t i = n <= probes ? k : stream_permute(&stream, k, n);
        got[k] = grad[i];
        want[k] = difference(f, context, x + i, DIFFERENCE_STEP);
    }
    return relative_error(got, want, count);
}

/* A gradient that is zero throughout would agree with an objective that does not depend on x: not a
 * check. */
#define assert_gradient(rig, f, context, x, grad, n, probes)                                       \
    do {                                                                                           \
        assert_true(dot(grad, grad, n) > 0);                                                       \
        const double gradient_error_ = gradient_error(rig, f, context, x, grad, n, probes);        \
        if (!(gradient_error_ <= GRADIENT_TOLERANCE))                                              \
            fail_msg("d/d(%s): relative error %g", #x, gradient_error_);                           \
    } while (0)

/* Negate the largest element: the smallest mistake that a check of gradients has to see. Again, and
 * it is undone. */
static inline void flip_largest(real *x, size_t n) {
    size_t at = 0;
    for (size_t i = 1; i < n; i++)
        if (fabs((double)x[i]) > fabs((double)x[at])) at = i;
    x[at] = -x[at];
}

/* A model with one lane and something to predict. */
typedef struct {
    Model model;
    Lane lane;
    int *tokens, *targets; // (B, T)
    real *soft, mix;       // (B, T, V) and its weight; NULL and 0 unless the test sets them
    real weight;           // of each loss in the objective
    PassMode mode;         // PASS_JUDGE unless the test sets it
} Net;

/* Random values in every parameter, so that none hides behind a zero initialisation. */
static inline void net_init(Rig *rig, Net *net, const Dims *d) {
    const size_t rows = (size_t)d->B * (size_t)d->T;
    Err err;
    if (model_init(&net->model, d, rig->arena, &err) != OK) fail_msg("%s", err.message);
    lane_init(&net->lane, d, true, rig->arena);
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    for (int i = 0; i < N_PARAMS; i++) {
        const bool gain = table[i].group == G_NORM, embed = table[i].group == G_EMBED;
        const double sd = gain ? 0.3 : embed ? 1 : 1 / sqrt(table[i].rows + 1);
        rig_fill(rig, net->model.storage + table[i].offset, param_size(&table[i]), gain, sd);
    }
    net->tokens = rig_below(rig, rows, d->V);
    net->targets = rig_below(rig, rows, d->V);
    net->soft = NULL, net->mix = 0;
    net->mode = PASS_JUDGE;
    net->weight = (real)1 / (real)rows;
}

static inline Targets net_targets(const Net *net) {
    return (Targets){net->targets, net->soft, net->mix};
}

static inline double loss_of(void *context) {
    Net *net = context;
    model_forward(&net->model, &net->lane, net->tokens, net->mode);
    return (double)net->weight * model_loss(&net->model, &net->lane, net_targets(net));
}

/* The same, and the gradient of it in lane.grad. */
static inline double gradient_of(Net *net) {
    lane_clear(&net->lane, &net->model.d);
    model_forward(&net->model, &net->lane, net->tokens, net->mode);
    return (double)net->weight *
           model_backward(&net->model, &net->lane, net->tokens, net_targets(net), net->weight);
}

#endif
