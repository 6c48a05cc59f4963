/* deadweight.c: the compute that runs of the wrong balance of size and data spent too much: C -
 * C_eq of returns.h. */
#include <math.h>
#include <stdlib.h>

#include "analysis/questions/returns.h"

static int by_size_and_length(const void *a, const void *b) {
    const Point *p = *(const Point *const *)a, *q = *(const Point *const *)b;
    if (p->params != q->params) return p->params < q->params ? -1 : 1;
    if (p->tokens != q->tokens) return p->tokens < q->tokens ? -1 : 1;
    return (p > q) - (p < q);
}

static double ln_needed(const Fit *fit, const double *theta, const Point *p) {
    const Frontier f = fit_frontier(fit, theta);
    return frontier_ln_flops(&f, law_loss(fit->law, theta, p));
}

static double needed(const Fit *fit, const double *theta, const void *point) {
    return exp(ln_needed(fit, theta, point));
}

static double wasted(const Fit *fit, const double *theta, const void *point) {
    return ((const Point *)point)->flops - needed(fit, theta, point);
}

static double ratio(const Fit *fit, const double *theta, const void *point) {
    return ((const Point *)point)->flops / needed(fit, theta, point);
}

static double best_params(const Fit *fit, const double *theta, const void *point) {
    const Frontier f = fit_frontier(fit, theta);
    return exp(f.ln_n0 + f.a * ln_needed(fit, theta, point));
}

/* Return the share of the compute of all runs that is C - C_eq. */
static double wasted_share(const Fit *fit, const double *theta, const void *argument) {
    const ReturnsDeadweights *d = argument;
    double sum = 0;
    for (size_t i = 0; i < d->n; i++) {
        Point p = *d->rows[i].run;
        p.flops = d->rows[i].flops;
        sum += (double)d->rows[i].runs * wasted(fit, theta, &p);
    }
    return sum / d->flops;
}

ReturnsDeadweights returns_deadweight(Arena *arena, const Fit *fit) {
    const Points *points = fit->points;
    ReturnsDeadweights out = {.wasted_share = {NAN, NAN, NAN}};
    const Frontier f = fit_frontier(fit, fit->theta);
    if (!isfinite(f.a) || !isfinite(f.eta) || points->n == 0) return out;
    const Point **rows = ARENA_ARRAY(arena, const Point *, points->n);
    for (size_t i = 0; i < points->n; i++) rows[i] = &points->rows[i];
    qsort(rows, points->n, sizeof *rows, by_size_and_length);
    out.rows = ARENA_ARRAY(arena, ReturnsDeadweight, points->n);
    for (size_t from = 0, to; from < points->n; from = to) {
        Point p = *rows[from];
        for (to = from + 1;
             to < points->n && rows[to]->params == p.params && rows[to]->tokens == p.tokens;)
            to++;
        p.flops = exp(log(fit->cost.kappa) + fit->cost.q * log(p.params) + log(p.tokens));
        out.rows[out.n++] = (ReturnsDeadweight){
            .run = rows[from],
            .runs = to - from,
            .flops = p.flops,
            .needed = fit_interval(fit, needed, &p),
            .wasted = fit_interval(fit, wasted, &p),
            .ratio = fit_interval(fit, ratio, &p),
            .best_params = fit_interval(fit, best_params, &p),
        };
        out.flops += (double)(to - from) * p.flops;
    }
    out.wasted_share = fit_interval(fit, wasted_share, &out);
    return out;
}
