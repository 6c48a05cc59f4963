/* envelope.c: curves of each size, the lowest of them at each C, the line through whole treads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/laws/akima.h"
#include "analysis/laws/envelope.h"
#include "analysis/laws/isoflop.h"
#include "base/linear.h"

const char *const ENVELOPE_HOWS[] = {"treads", "values", NULL};

/* Runs of one size whose ln C differ by no more than this are repetitions. */
static const double SAME_COMPUTE = 0.01;

typedef struct {
    double ln_n, ln_c, ln_loss, weight;
} Row;

typedef struct {
    double ln_n;
    size_t n;
    double *x, *y, *slope; // (n) ln C, ln L, and Akima's slopes
} Curve;

static int by_size(const void *a, const void *b) {
    const Row *p = a, *q = b;
    return (p->ln_n > q->ln_n) - (p->ln_n < q->ln_n);
}

static int by_compute(const void *a, const void *b) {
    const Row *p = a, *q = b;
    return (p->ln_c > q->ln_c) - (p->ln_c < q->ln_c);
}

/* Draw the curve through the rows of one size. */
static Curve curve_of(Arena *arena, Row *rows, size_t n) {
    Curve c = {.x = ARENA_ARRAY(arena, double, n),
               .y = ARENA_ARRAY(arena, double, n),
               .slope = ARENA_ARRAY(arena, double, n)};
    double weight = 0, all = 0;
    qsort(rows, n, sizeof *rows, by_compute);
    for (size_t i = 0; i < n; i++) {
        const Row *r = &rows[i];
        all += r->weight;
        c.ln_n += (r->ln_n - c.ln_n) * r->weight / all;
        if (c.n == 0 || r->ln_c > c.x[c.n - 1] + SAME_COMPUTE) {
            c.x[c.n] = r->ln_c;
            c.y[c.n++] = r->ln_loss;
            weight = r->weight;
            continue;
        }
        weight += r->weight;
        c.y[c.n - 1] += (r->ln_loss - c.y[c.n - 1]) * r->weight / weight;
    }
    if (c.n >= 2) akima_slopes(c.n, c.x, c.y, c.slope);
    return c;
}

/* Draw the curves of sizes with two rows or more, by rising size. Return how many there are. */
static size_t curves_of(Arena *arena, const Points *points, const double *weights, Curve *out) {
    Row *all = ARENA_ARRAY(arena, Row, points->n);
    size_t n = 0, n_curves = 0;
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        const double weight = weights ? weights[i] : p->weight;
        if (weight > 0) all[n++] = (Row){log(p->params), log(p->flops), log(p->loss), weight};
    }
    if (n) qsort(all, n, sizeof *all, by_size);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && all[to].ln_n <= all[from].ln_n + ISOFLOP_SAME_SIZE;) to++;
        out[n_curves] = curve_of(arena, all + from, to - from);
        n_curves += out[n_curves].n >= 2;
    }
    return n_curves;
}

static bool covers(const Curve *c, double ln_c) {
    return c->x[0] <= ln_c && ln_c <= c->x[c->n - 1];
}

/* Return the lowest curve at ln_c; -1 where fewer than two are known there. */
static int lowest(const Curve *curves, size_t n, double ln_c) {
    int best = -1, known = 0;
    double least = INFINITY;
    for (size_t k = 0; k < n; k++) {
        if (!covers(&curves[k], ln_c)) continue;
        const Curve *c = &curves[k];
        const double y = akima_at(c->n, c->x, c->y, c->slope, ln_c);
        known++;
        if (y >= least) continue;
        least = y;
        best = (int)k;
    }
    return known >= 2 ? best : -1;
}

/* Return whether two curves cross between `before` and `after`: both are known on both sides. */
static bool cross(const Curve *curves, int one, int other, double before, double after) {
    if (one < 0 || other < 0) return false;
    return covers(&curves[one], after) && covers(&curves[other], before);
}

/* Collect the treads of the staircase `best` over x (ENVELOPE_VALUES). Draw the line through them
 * by least squares of ln N on ln (C/6). */
static void climb(const Curve *curves, const double *x, const int *best, Envelope *e) {
    const bool every_value = strcmp(e->how, "values") == 0;
    LinearLine line = {0};
    for (int from = 0, to; from < ENVELOPE_VALUES; from = to) {
        for (to = from; to < ENVELOPE_VALUES && best[to] == best[from];) to++;
        if (best[from] < 0) continue;
        const double ln_n = curves[best[from]].ln_n;
        const bool whole = from > 0 && to < ENVELOPE_VALUES &&
                           cross(curves, best[from - 1], best[from], x[from - 1], x[from]) &&
                           cross(curves, best[from], best[to], x[to - 1], x[to]);
        e->rows[e->n++] = (EnvelopeTread){exp(ln_n), exp(x[from]), exp(x[to - 1]), whole};
        e->n_used += whole || every_value;
        if (every_value)
            for (int i = from; i < to; i++) linear_add_point(&line, 1, x[i] - log(6), ln_n);
        else if (whole)
            linear_add_point(&line, to - from, 0.5 * (x[from] + x[to - 1]) - log(6), ln_n);
    }
    e->exponent = e->n_used >= 2 ? linear_slope(&line) : NAN;
    e->ln_g = line.my - e->exponent * line.mx;
}

Envelope envelope_of(Arena *arena, const Points *points, const double *weights, const char *how) {
    Curve *curves = ARENA_ARRAY(arena, Curve, points->n + 1);
    const size_t n = curves_of(arena, points, weights, curves);
    Envelope e = {.rows = ARENA_ARRAY(arena, EnvelopeTread, ENVELOPE_VALUES), .how = how};
    double lo = INFINITY, hi = -INFINITY, x[ENVELOPE_VALUES];
    int best[ENVELOPE_VALUES];
    for (size_t k = 0; k < n; k++) {
        lo = fmin(lo, curves[k].x[0]);
        hi = fmax(hi, curves[k].x[curves[k].n - 1]);
    }
    for (int i = 0; i < ENVELOPE_VALUES; i++) {
        x[i] = lo + (hi - lo) * i / (ENVELOPE_VALUES - 1);
        best[i] = lowest(curves, n, x[i]);
    }
    climb(curves, x, best, &e);
    return e;
}

/* Return whether some trunk was seen at several lengths. */
static bool along_trunks(const Points *points) {
    for (size_t i = 0; i < points->n && (size_t)points->n_groups < points->n; i++)
        if (*points->rows[i].trunk) return true;
    return false;
}

const char *envelope_doubt(Arena *arena, const Points *points, const char *how) {
    const Envelope e = envelope_of(arena, points, NULL, how);
    const char *trunks = along_trunks(points)
                             ? "; rows along one trunk are taken as they stand, and where the "
                               "learning rate was not yet lowered they look worse than they are"
                             : "";
    if (strcmp(how, "values") != 0)
        return arena_printf(
            arena,
            "the best size is one of those that were run, so that this line follows "
            "a staircase of %zu whole treads%s%s.",
            e.n_used, e.n_used < 5 ? ", too few to trust its slope" : "", trunks);
    const Envelope whole = envelope_of(arena, points, NULL, "treads");
    return arena_printf(arena,
                        "a line through every value of C follows the ends of the staircase, where "
                        "no smaller or larger size was run, and the flat of its treads: a is %.4g "
                        "by it and %.4g through the middles of its %zu whole treads (--optimum "
                        "treads)%s.",
                        e.exponent, whole.exponent, whole.n_used, trunks);
}
