/* tuning.c: sorts rows by cell and rate, and compares the rates of each cell.
 *
 * m cells have 2m differences of noisy losses at their edges. The largest is by chance about
 *     sigma sqrt(2) sqrt(2 ln 2m)                                      [maximum of Gaussians]
 * A best rate at an edge must beat its neighbour by more than that.
 */
#include "analysis/fit/tuning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stat.h"
#include "analysis/fit/notes.h"

typedef struct {
    const Point *row;
    double ln_loss, residual; // ln L measured, and ln L fitted less it
} Run;

typedef struct {
    size_t cells;      // cells with several rates
    size_t at_edge;    // cells whose best rate is the lowest or highest tried
    const Point *edge; // a run at the best rate of the largest cell at an edge
    bool edge_high;    // that rate is the highest tried
    int edge_rates;    // rates tried in the cell of `edge`
    size_t worse;      // rows at another rate than their cell's best
    size_t rated;      // rows of cells with several rates
    double gap;        // in ln L: an edge that beats its neighbour by less may do so by chance
    double excess;     // sum over worse rows of ln L above their cell's best
} Rated;

static int order(double a, double b) {
    return (a > b) - (a < b);
}

/* Order rows by cell: size, length, experts and family. */
static int cell_order(const Point *p, const Point *q) {
    int by = order(p->params, q->params);
    if (by == 0) by = order(p->tokens, q->tokens);
    if (by == 0) by = order(isnan(p->experts) ? 1 : p->experts, isnan(q->experts) ? 1 : q->experts);
    if (by == 0) by = strcmp(p->family, q->family);
    return by;
}

static int by_cell_and_rate(const void *a, const void *b) {
    const Point *p = ((const Run *)a)->row, *q = ((const Run *)b)->row;
    const int by = cell_order(p, q);
    return by ? by : order(p->lr, q->lr);
}

/* Return the mean ln L of the runs from `at` on that share a rate; *end is behind the last. */
static double rate_mean(const Run *runs, size_t at, size_t n, size_t *end) {
    double sum = 0;
    size_t i = at;
    for (; i < n && runs[i].row->lr == runs[at].row->lr; i++) sum += runs[i].ln_loss;
    *end = i;
    return sum / (double)(i - at);
}

enum { MAX_RATES = 64 };

typedef struct {
    int n, best;
    double mean[MAX_RATES];
    size_t begin[MAX_RATES + 1];
} Rates;

static Rates rates_of(const Run *runs, size_t n) {
    Rates r = {0};
    for (size_t at = 0, end; at < n && r.n < MAX_RATES; at = end) {
        r.begin[r.n] = at;
        r.mean[r.n] = rate_mean(runs, at, n, &end);
        if (r.mean[r.n] < r.mean[r.best]) r.best = r.n;
        r.begin[++r.n] = end;
    }
    return r;
}

static void read_cell(const Run *runs, const Rates *r, double gap, Rated *t) {
    const bool low = r->best == 0, high = r->best == r->n - 1;
    const double next = low ? r->mean[1] : r->mean[r->n - 2];
    if ((low || high) && next - r->mean[r->best] > gap) {
        t->at_edge++;
        t->edge = runs[r->begin[r->best]].row;
        t->edge_high = high;
        t->edge_rates = r->n;
    }
    for (int k = 0; k < r->n; k++) {
        const size_t n = r->begin[k + 1] - r->begin[k];
        t->rated += n;
        if (k == r->best) continue;
        t->worse += n;
        t->excess += (double)n * (r->mean[k] - r->mean[r->best]);
    }
}

/* Estimate noise from the steps between neighbours [von Neumann 1941; here by the median]. A law
 * bent by runs at poor rates misses by a smooth amount, which steps hardly see. Return 0 for less
 * than three. */
static double step_noise(double *residuals, size_t n) {
    if (n < 3) return 0;
    for (size_t i = 0; i + 1 < n; i++) residuals[i] = fabs(residuals[i + 1] - residuals[i]);
    return stat_median(residuals, n - 1) / (0.6745 * M_SQRT2);
}

/* Append the residuals of a cell's best runs. Return how many there are. */
static size_t add_best(const Run *runs, const Rates *r, double *residuals) {
    size_t n = 0;
    for (size_t i = r->begin[r->best]; i < r->begin[r->best + 1]; i++)
        residuals[n++] = runs[i].residual;
    return n;
}

/* Walk through the cells with several rates, in the order of size. With residuals, count the cells
 * and collect the residuals of their best runs. Without, read them with the gap that an edge must
 * show. */
static void walk(const Run *runs, size_t n, Rated *t, double *residuals, size_t *n_residuals) {
    for (size_t at = 0, end; at < n; at = end) {
        for (end = at + 1; end < n && cell_order(runs[end].row, runs[at].row) == 0;) end++;
        const Rates r = rates_of(runs + at, end - at);
        if (r.n < 2) continue;
        if (residuals) {
            t->cells++;
            *n_residuals += add_best(runs + at, &r, residuals + *n_residuals);
        } else {
            read_cell(runs + at, &r, t->gap, t);
        }
    }
}

static void say_edge(Arena *arena, Fit *fit, const Rated *t) {
    notes_add(fit, arena_printf(
                       arena,
                       "untuned: at params %.4g, tokens %.4g the best of %d learning rates is the "
                       "%s tried (%.3g), and so in %zu of %zu such places: %s rates have to be "
                       "tried there.",
                       t->edge->params, t->edge->tokens, t->edge_rates,
                       t->edge_high ? "highest" : "lowest", t->edge->lr, t->at_edge, t->cells,
                       t->edge_high ? "higher" : "lower"));
}

static void say_worse(Arena *arena, Fit *fit, const Rated *t) {
    notes_add(fit, arena_printf(
                       arena,
                       "untuned: %zu of %zu runs are at a learning rate that is not the best of "
                       "those tried at their size and length, on average %.2g %% worse, and are in "
                       "the fit; --where on a column that marks the best ones leaves them out.",
                       t->worse, fit->points->n, 100 * t->excess / (double)t->worse));
}

Tuning tuning_of(Arena *arena, Fit *fit) {
    const Points *points = fit->points;
    Arena *scratch = arena_open();
    Run *runs = ARENA_ARRAY(scratch, Run, points->n);
    double *residuals = ARENA_ARRAY(scratch, double, points->n);
    size_t n = 0, n_residuals = 0;
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        const double ln_loss = log(p->loss);
        if (p->lr > 0)
            runs[n++] = (Run){p, ln_loss, law_log_loss(fit->law, fit->theta, p) - ln_loss};
    }
    if (n) qsort(runs, n, sizeof *runs, by_cell_and_rate);
    Rated t = {0};
    walk(runs, n, &t, residuals, &n_residuals);
    const double noise = step_noise(residuals, n_residuals);
    t.gap = noise * M_SQRT2 * sqrt(2 * log(2 * fmax(1, (double)t.cells)));
    walk(runs, n, &t, NULL, NULL);
    const bool worse = t.worse > 0 && t.excess / (double)t.worse > 2 * noise;
    for (int i = 0; i < points->n_untuned; i++) notes_add(fit, points->untuned[i]);
    if (t.at_edge > 0) say_edge(arena, fit, &t);
    if (worse) say_worse(arena, fit, &t);
    arena_close(scratch);
    return t.at_edge > 0 || worse || points->n_untuned > 0 ? TUNING_POOR
           : t.cells > 0 || points->tuned                  ? TUNING_FINE
           : n > 0                                         ? TUNING_SINGLE
                                                           : TUNING_UNKNOWN;
}
