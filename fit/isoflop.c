/* isoflop.c: Chinchilla's second approach: at one budget, loss against size is a bowl; its lowest
 * point is the optimum [Hoffmann et al. 2022, sec. 3.2].
 *
 * Unlike the paper, the parabola goes through the lowest size and its two neighbours only: bowls
 * are not parabolas, and far points drag the vertex (up to 4 % in L and a biased exponent at a
 * range of 16x). A check beside the direct fit.
 */
#include <math.h>
#include <stdlib.h>

#include "fit/fit.h"

/* Runs belong to one budget when their FLOPs agree this well: token counts are rounded to whole
 * batches. */
static const double SAME_BUDGET = 0.05;
/* Sizes this near are one size: a slope between them would be noise. A bowl is seen over a factor
 * of two at least. */
static const double SAME_SIZE = 0.05, BOWL_WIDTH = 2;

typedef struct {
    double flops, ln_n, loss;
    int n; // runs averaged
} Size;

static int by_flops(const void *a, const void *b) {
    const Size *p = a, *q = b;
    return (p->flops > q->flops) - (p->flops < q->flops);
}

static int by_size(const void *a, const void *b) {
    const Size *p = a, *q = b;
    return (p->ln_n > q->ln_n) - (p->ln_n < q->ln_n);
}

/* Runs of one size (seeds, shapes) become their mean; returns how many sizes are left. */
static size_t merge_sizes(Size *s, size_t n) {
    qsort(s, n, sizeof *s, by_size);
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (m == 0 || s[i].ln_n > s[m - 1].ln_n + SAME_SIZE) {
            s[m++] = s[i];
            continue;
        }
        Size *to = &s[m - 1];
        to->loss += (s[i].loss - to->loss) / (to->n + 1);
        to->flops += (s[i].flops - to->flops) / (to->n + 1);
        to->n++;
    }
    return m;
}

/* Vertex of the parabola through three neighbours, in Newton's form; the lowest size itself where
 * it lies at an edge. */
static IsoFlop optimum(const Size *s, size_t n) {
    size_t low = 0;
    double ln_c = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i].loss < s[low].loss) low = i;
        ln_c += log(s[i].flops) / (double)n;
    }
    IsoFlop o = {exp(ln_c), exp(s[low].ln_n), s[low].loss, (int)n, low > 0 && low + 1 < n};
    if (!o.bracketed) return o;
    const Size *a = &s[low - 1], *b = &s[low], *c = &s[low + 1];
    const double ab = (b->loss - a->loss) / (b->ln_n - a->ln_n),
                 bc = (c->loss - b->loss) / (c->ln_n - b->ln_n);
    const double curvature = (bc - ab) / (c->ln_n - a->ln_n);
    if (!(curvature > 0)) return o;
    const double x = 0.5 * (a->ln_n + b->ln_n - ab / curvature);
    o.params = exp(x);
    o.loss = a->loss + ab * (x - a->ln_n) + curvature * (x - a->ln_n) * (x - b->ln_n);
    return o;
}

static double slope(const IsoFlops *o) {
    double mx = 0, my = 0, sxx = 0, sxy = 0;
    int n = 0;
    for (size_t i = 0; i < o->n; i++) {
        if (!o->rows[i].bracketed) continue;
        const double dx = log(o->rows[i].flops) - mx, dy = log(o->rows[i].params) - my;
        n++;
        mx += dx / n;
        my += dy / n;
        sxx += dx * (log(o->rows[i].flops) - mx);
        sxy += dx * (log(o->rows[i].params) - my);
    }
    return n >= 2 ? sxy / sxx : NAN;
}

IsoFlops isoflop_optima(Arena *arena, const Points *points) {
    Size *all = ARENA_ARRAY(arena, Size, points->n);
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        all[i] = (Size){p->flops, log(p->params), p->loss, 1};
    }
    if (points->n) qsort(all, points->n, sizeof *all, by_flops);
    IsoFlops out = {.rows = ARENA_ARRAY(arena, IsoFlop, points->n)};
    for (size_t from = 0, to; from < points->n; from = to) {
        for (to = from; to < points->n && all[to].flops <= all[from].flops * (1 + SAME_BUDGET);)
            to++;
        const size_t sizes = merge_sizes(all + from, to - from);
        const double width = all[from + sizes - 1].ln_n - all[from].ln_n;
        if (sizes >= 3 && width >= log(BOWL_WIDTH) * (1 - 1e-9))
            out.rows[out.n++] = optimum(all + from, sizes);
    }
    out.exponent = slope(&out);
    return out;
}
