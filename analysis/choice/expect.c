/* expect.c: sums over trunks, one small system per view. */
#include "analysis/choice/expect.h"

#include <math.h>
#include <string.h>

#include "base/linear.h"
#include "base/stat.h"

/* With X the gradients of n runs, r their misses and S the covariance of their noise, in units of a
 * run's variance. */
typedef struct {
    double xx[LAW_MAX_PARAMS][LAW_MAX_PARAMS];  // X'X
    double xsx[LAW_MAX_PARAMS][LAW_MAX_PARAMS]; // X'SX
    double xr[LAW_MAX_PARAMS], rr;              // X'r and r'r
    double noise;                               // trace of S
    int n;
} Sums;

struct Expectation {
    const Possible *p;
    const Cells *cells;
    Sums *measured; // (n_views) of the rows
    double ratio;   // variance of a trunk over that of a run
    double *drift;  // (n_places) variance of a place's drift over that of a run
};

/* Add n of the `all` runs of a place: the drift of all of them is one. */
static void add_runs(const Expectation *e, const View *v, size_t place, int n, int all, Sums *s) {
    const double *g = v->gradient + place * (size_t)v->k, r = v->miss[place];
    const double noise = n * (1 + all * e->drift[place]);
    for (int a = 0; a < v->k; a++) {
        for (int b = 0; b <= a; b++) {
            s->xx[a][b] += n * g[a] * g[b];
            s->xsx[a][b] += noise * g[a] * g[b];
        }
        s->xr[a] += n * g[a] * r;
    }
    s->rr += n * r * r;
    s->noise += n * (1 + e->drift[place]);
    s->n += n;
}

/* The gradients of one trunk's runs, added up. */
typedef struct {
    double x[LAW_MAX_PARAMS];
    int n;
} Trunk;

static void add_to_trunk(const View *v, size_t place, Trunk *trunk) {
    for (int a = 0; a < v->k; a++) trunk->x[a] += v->gradient[place * (size_t)v->k + (size_t)a];
    trunk->n++;
}

/* Add the noise that the runs of `copies` equal trunks share. */
static void end_trunk(const Expectation *e, const View *v, int copies, Sums *s, Trunk *trunk) {
    for (int a = 0; a < v->k; a++)
        for (int b = 0; b <= a; b++) s->xsx[a][b] += copies * e->ratio * trunk->x[a] * trunk->x[b];
    s->noise += copies * trunk->n * e->ratio;
    *trunk = (Trunk){.n = 0};
}

/* Count measured rows of the size and length of row i. */
static int repeats(const Points *rows, size_t i) {
    int n = 0;
    for (size_t k = 0; k < rows->n; k++)
        n += rows->rows[k].params == rows->rows[i].params &&
             rows->rows[k].tokens == rows->rows[i].tokens;
    return n;
}

static void add_rows(const Expectation *e, const View *v, Sums *s) {
    const Points *rows = e->p->rows;
    Trunk trunk = {.n = 0};
    for (int g = 0; g < rows->n_groups; g++) {
        for (size_t i = 0; i < rows->n; i++) {
            if (rows->rows[i].group != g) continue;
            add_runs(e, v, i, 1, repeats(rows, i), s);
            add_to_trunk(v, i, &trunk);
        }
        end_trunk(e, v, 1, s, &trunk);
    }
}

static void add_design(const Expectation *e, const View *v, const int *runs, Sums *s) {
    const Cells *cells = e->cells;
    const size_t first = e->p->rows->n;
    Trunk trunk = {.n = 0};
    for (size_t i = 0; i < cells->n; i++) {
        if (runs[i] == 0) continue;
        add_runs(e, v, first + i, runs[i], runs[i], s);
        if (cells->rows[i].trunk >= 0) continue;
        add_to_trunk(v, first + i, &trunk); // each run is a trunk by itself
        end_trunk(e, v, runs[i], s, &trunk);
    }
    for (int t = 0; t < cells->n_trunks && e->ratio > 0; t++)
        for (int r = 0;; r++) {
            for (size_t i = 0; i < cells->n; i++)
                if (cells->rows[i].trunk == t && runs[i] > r) add_to_trunk(v, first + i, &trunk);
            if (trunk.n == 0) break;
            end_trunk(e, v, 1, s, &trunk);
        }
}

Expectation *expectation_of(Arena *arena, const Possible *p, const Cells *cells,
                            const Point *target) {
    const size_t rows = p->rows->n;
    Expectation *e = ARENA_NEW(arena, Expectation);
    *e = (Expectation){.p = p,
                       .cells = cells,
                       .measured = ARENA_ARRAY(arena, Sums, p->n_views),
                       .ratio = pow(p->trunk / p->noise, 2),
                       .drift = ARENA_ARRAY(arena, double, p->n_places)};
    for (size_t i = 0; i < p->n_places; i++) {
        const Point *at = i < rows ? &p->rows->rows[i] : &cells->rows[i - rows].at;
        const double far = log(target->params / at->params) + log(target->tokens / at->tokens);
        e->drift[i] = pow(p->drift * fmax(0, far) / p->noise, 2);
    }
    for (size_t i = 0; i < p->n_views; i++) add_rows(e, &p->views[i], &e->measured[i]);
    return e;
}

/* What a law's fit to the design would say at the target. */
typedef struct {
    double variance, bias, aicc;
} Said;

static Said say(const Expectation *e, size_t view, const int *runs) {
    const View *v = &e->p->views[view];
    const double run = pow(e->p->noise, 2);
    const double *g = v->gradient + e->p->n_places * (size_t)v->k;
    double u[LAW_MAX_PARAMS], moved[LAW_MAX_PARAMS], variance = 0;
    const size_t k = (size_t)v->k;
    Sums s = e->measured[view];
    add_design(e, v, runs, &s);
    for (int a = 0; a < v->k; a++) {
        s.xx[a][a] += run * v->prior[a];
        s.xsx[a][a] += run * v->prior[a];
    }
    if (!linear_solve(v->k, s.xx[0], LAW_MAX_PARAMS, 0, g, u) ||
        !linear_solve(v->k, s.xx[0], LAW_MAX_PARAMS, 0, s.xr, moved))
        return (Said){INFINITY, 0, NAN};
    for (int a = 0; a < v->k; a++)
        for (int b = 0; b <= a; b++) variance += (a == b ? 1 : 2) * u[a] * s.xsx[a][b] * u[b];
    const double of_run = run * s.noise / fmax(1, s.n);
    const double lack = fmax(0, s.rr - linear_dot(s.xr, moved, k)) / of_run;
    return (Said){run * variance, v->miss[e->p->n_places] - linear_dot(u, s.xr, k),
                  stat_aicc(fmax(1, s.n - v->k) + lack, s.n, v->k)};
}

static const double OF_AICC = 0.25; // as the forecast's (forecast.h)

/* Fill the mean squared errors of a truth, of which the views from `first` on are. */
static void squares(const Expectation *e, const int *runs, size_t first, double *by_noise,
                    double *by_form) {
    enum { MOST_LAWS = 64 };
    const size_t n = e->p->n_laws;
    Said said[MOST_LAWS];
    double least = INFINITY, sum = 0;
    MUST(n <= MOST_LAWS);
    for (size_t j = 0; j < n; j++) {
        said[j] = say(e, first + j, runs);
        least = fmin(least, said[j].aicc); // fmin ignores a NaN
    }
    *by_noise = *by_form = 0;
    for (size_t j = 0; j < n; j++) {
        double w = 1;
        if (isfinite(least)) w = isnan(said[j].aicc) ? 0 : exp(-OF_AICC * (said[j].aicc - least));
        sum += w;
        *by_noise += w * said[j].variance;
        *by_form += w * said[j].bias * said[j].bias;
    }
    *by_noise /= sum;
    *by_form /= sum;
}

double expect_square(const Expectation *e, const int *runs, size_t t) {
    double by_noise, by_form;
    squares(e, runs, t * e->p->n_laws, &by_noise, &by_form);
    return by_noise + by_form;
}

Expected expect(const Expectation *e, const int *runs) {
    double ln_square = 0, share = 0;
    for (size_t t = 0; t < e->p->n_truths; t++) {
        double by_noise, by_form;
        squares(e, runs, t * e->p->n_laws, &by_noise, &by_form);
        ln_square += e->p->truths[t].weight * log(by_noise + by_form);
        share += e->p->truths[t].weight * by_noise / (by_noise + by_form);
    }
    const double error = exp(ln_square / 2);
    return (Expected){error, error * sqrt(share), error * sqrt(fmax(0, 1 - share))};
}
