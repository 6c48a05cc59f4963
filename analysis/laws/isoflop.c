/* isoflop.c: budgets, bowls, and the line through their optima. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/laws/akima.h"
#include "analysis/laws/isoflop.h"
#include "base/err.h"
#include "base/linear.h"

const char *const ISOFLOP_HOWS[] = {"akima", "local", "parabola", NULL};

/* Runs belong to one budget when their FLOPs differ by no more than this share: token counts are
 * rounded to whole batches. */
static const double SAME_BUDGET = 0.05;
const double ISOFLOP_SAME_SIZE = 0.05;
/* A bowl is seen only where its largest size is at least this many times its smallest. */
static const double BOWL_WIDTH = 2;

typedef struct {
    double flops, ln_n, loss;
    double weight;
} Size;

static int by_flops(const void *a, const void *b) {
    const Size *p = a, *q = b;
    return (p->flops > q->flops) - (p->flops < q->flops);
}

static int by_size(const void *a, const void *b) {
    const Size *p = a, *q = b;
    return (p->ln_n > q->ln_n) - (p->ln_n < q->ln_n);
}

/* Merge runs of one size (seeds, shapes) into their mean. Their best would be low by luck. Return
 * how many sizes are left. */
static size_t merge_sizes(Size *s, size_t n) {
    qsort(s, n, sizeof *s, by_size);
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (m == 0 || s[i].ln_n > s[m - 1].ln_n + ISOFLOP_SAME_SIZE) {
            s[m++] = s[i];
            continue;
        }
        Size *to = &s[m - 1];
        to->weight += s[i].weight;
        to->loss += (s[i].loss - to->loss) * s[i].weight / to->weight;
        to->flops += (s[i].flops - to->flops) * s[i].weight / to->weight;
    }
    return m;
}

static void lowest_akima(Arena *scratch, const Size *s, size_t n, IsoFlop *o) {
    double *x = ARENA_ARRAY(scratch, double, n), *y = ARENA_ARRAY(scratch, double, n),
           *slope = ARENA_ARRAY(scratch, double, n);
    for (size_t i = 0; i < n; i++) x[i] = s[i].ln_n, y[i] = log(s[i].loss);
    akima_slopes(n, x, y, slope);
    const AkimaLeast least = akima_least(n, x, y, slope);
    o->params = exp(least.x);
    o->loss = exp(least.y);
}

/* Find the vertex of y = c0 + c1 (x - x0) + c2 (x - x0)^2 by weighted least squares; through three
 * sizes it is exact. Where the parabola opens downwards there is none. */
static void lowest_parabola(const Size *s, size_t n, IsoFlop *o) {
    double sum[5] = {0}, moment[3] = {0}, x0 = 0, weight = 0;
    for (size_t i = 0; i < n; i++) weight += s[i].weight;
    for (size_t i = 0; i < n; i++) x0 += s[i].ln_n * s[i].weight / weight;
    for (size_t i = 0; i < n; i++) {
        const double x = s[i].ln_n - x0, powers[5] = {1, x, x * x, x * x * x, x * x * x * x};
        for (int k = 0; k < 5; k++) sum[k] += powers[k] * s[i].weight;
        for (int k = 0; k < 3; k++) moment[k] += powers[k] * s[i].weight * s[i].loss;
    }
    /* sum[1] is 0, which leaves the normal equations of (c1, c2) with c0 eliminated. */
    const double q = sum[4] - sum[2] * sum[2] / sum[0], r = moment[2] - moment[0] * sum[2] / sum[0];
    const double c2 = (sum[2] * r - sum[3] * moment[1]) / (sum[2] * q - sum[3] * sum[3]);
    const double c1 = (moment[1] - sum[3] * c2) / sum[2], c0 = (moment[0] - sum[2] * c2) / sum[0];
    o->params = c2 > 0 ? exp(x0 - 0.5 * c1 / c2) : NAN;
    o->loss = c2 > 0 ? c0 - 0.25 * c1 * c1 / c2 : NAN;
}

static IsoFlop optimum(Arena *scratch, const Size *s, size_t n, const char *how) {
    size_t low = 0;
    double ln_c = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i].loss < s[low].loss) low = i;
        ln_c += log(s[i].flops) / (double)n;
    }
    IsoFlop o = {.flops = exp(ln_c),
                 .params = exp(s[low].ln_n),
                 .loss = s[low].loss,
                 .lo = exp(s[0].ln_n),
                 .hi = exp(s[n - 1].ln_n),
                 .n_points = (int)n,
                 .bracketed = low > 0 && low + 1 < n};
    if (strcmp(how, "parabola") == 0)
        lowest_parabola(s, n, &o);
    else if (o.bracketed && strcmp(how, "local") == 0)
        lowest_parabola(s + low - 1, 3, &o);
    else if (o.bracketed)
        lowest_akima(scratch, s, n, &o);
    o.bracketed = o.bracketed && o.params > o.lo && o.params < o.hi;
    return o;
}

/* Return whether the line goes through the optimum o. */
static bool used(const IsoFlops *all, const IsoFlop *o) {
    return strcmp(all->how, "parabola") == 0 ? isfinite(log(o->params)) : o->bracketed;
}

/* Draw the line by least squares of ln N* on ln (C/6). */
static void draw_line(IsoFlops *o) {
    LinearLine line = {0};
    for (size_t i = 0; i < o->n; i++) {
        if (!used(o, &o->rows[i])) continue;
        o->n_used++;
        linear_add_point(&line, 1, log(o->rows[i].flops / 6), log(o->rows[i].params));
    }
    o->exponent = o->n_used >= 2 ? linear_slope(&line) : NAN;
    o->ln_g = line.my - o->exponent * line.mx;
}

IsoFlops isoflop_optima(Arena *arena, const Points *points, const double *weights,
                        const char *how) {
    Size *all = ARENA_ARRAY(arena, Size, points->n);
    size_t n = 0;
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        const double weight = weights ? weights[i] : p->weight;
        if (weight > 0) all[n++] = (Size){p->flops, log(p->params), p->loss, weight};
    }
    if (n) qsort(all, n, sizeof *all, by_flops);
    IsoFlops out = {.rows = ARENA_ARRAY(arena, IsoFlop, n), .how = how};
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && all[to].flops <= all[from].flops * (1 + SAME_BUDGET);) to++;
        const size_t sizes = merge_sizes(all + from, to - from);
        const double width = all[from + sizes - 1].ln_n - all[from].ln_n;
        if (sizes >= 3 && width >= log(BOWL_WIDTH) * (1 - 1e-9))
            out.rows[out.n++] = optimum(arena, all + from, sizes, how);
    }
    draw_line(&out);
    return out;
}

// ---- doubts -------------------------------------------------------------------------------------

/* How the full parabola and Akima differ, and where the sizes lie around the optimum. */
typedef struct {
    size_t n;               // budgets that Akima's curves bracket
    size_t outside;         // vertices of parabolas beyond the sizes that were run
    double lowest, highest; // range of ln (parabola's vertex / Akima's optimum)
    double off;             // largest |ln (middle of the sizes / Akima's optimum)|
    double drift;           // last ln (middle of the sizes / Akima's optimum) less the first
} Apart;

static Apart compare(const IsoFlops *full, const IsoFlops *akima) {
    Apart a = {.lowest = INFINITY, .highest = -INFINITY};
    double first = NAN, last = NAN;
    for (size_t i = 0; i < akima->n; i++) {
        const IsoFlop *p = &full->rows[i], *q = &akima->rows[i];
        a.outside += !(p->params > p->lo && p->params < p->hi);
        if (!q->bracketed) continue;
        a.n++;
        if (used(full, p)) {
            a.lowest = fmin(a.lowest, log(p->params / q->params));
            a.highest = fmax(a.highest, log(p->params / q->params));
        }
        last = 0.5 * log(q->lo * q->hi) - log(q->params);
        if (isnan(first)) first = last;
        a.off = fmax(a.off, fabs(last));
    }
    a.drift = last - first;
    return a;
}

static const char *parabola_doubt(Arena *arena, const Points *points, const IsoFlops *full) {
    const IsoFlops akima = isoflop_optima(arena, points, NULL, "akima");
    const Apart a = compare(full, &akima);
    if (a.n == 0)
        return "a parabola through all sizes of a budget goes wherever its far sizes drag it, and "
               "no budget here is bracketed: none of these optima was seen.";
    return arena_printf(
        arena,
        "full parabola%s: its vertices lie a factor %.3g to %.3g from the lowest points of Akima's "
        "curves, %zu of %zu beyond the sizes that were run; the middle of the sizes lies up to a "
        "factor %.3g from the optimum and drifts against it by a factor %.3g from the smallest to "
        "the largest budget. a is %.4g by it and %.4g by --optimum akima, which is to be believed.",
        a.off > log(1.5) || a.outside ? " off-centre" : "", exp(a.lowest), exp(a.highest),
        a.outside, full->n, exp(a.off), exp(a.drift), full->exponent, akima.exponent);
}

const char *isoflop_doubt(Arena *arena, const Points *points, const char *how) {
    const IsoFlops iso = isoflop_optima(arena, points, NULL, how);
    if (strcmp(how, "parabola") == 0) return parabola_doubt(arena, points, &iso);
    if (iso.n_used == iso.n) return NULL;
    return arena_printf(arena,
                        "%zu of %zu budgets are left out: their lowest loss is that of the "
                        "smallest or the largest size, so that the optimum lies beyond.",
                        iso.n - iso.n_used, iso.n);
}
