/* minimise.c: NLopt's SLSQP (Kraft 1988) finds the valley, a damped Newton iteration walks to its
 * floor.
 *
 * SLSQP is the solver that reaches the best optimum of scaling-law objectives from most starts, but
 * it stops on small changes of the value, where flat directions (E against alpha) are still 1e-3
 * off. Newton goes on until the gradient says that it has arrived. H is the caller's, or else from
 * differences of the analytic gradient. Steps have Levenberg's damping and are solved by Cholesky.
 */
#include <math.h>
#include <nlopt.h>
#include <stdbool.h>
#include <string.h>

#include "analysis/fit/minimise.h"
#include "base/err.h"
#include "base/linear.h"
#include "base/memory.h"

enum {
    SLSQP_EVALUATIONS = 1000,  // most of one SLSQP run
    LOOSE_EVALUATIONS = 15000, // most of a loose descent
    NEWTON_STEPS = 400,        // most steps that are accepted
    NEWTON_TRIES = 24,         // dampings that are tried for one step
    CORRECTIONS = 2,           // steps that lead back to a valley's floor
    DOUBLINGS = 10             // of a damped step, as long as it helps
};

static double nlopt_objective(unsigned n, const double *x, double *gradient, void *data) {
    (void)n;
    const Descent *t = data;
    return t->f(x, gradient, t->data);
}

static nlopt_opt nlopt_for(const Descent *t, nlopt_algorithm algorithm) {
    nlopt_opt o = nlopt_create(algorithm, (unsigned)t->n);
    if (!o) out_of_memory(0);
    return o;
}

/* Run NLopt. Why it stopped does not matter: the gradient at its end tells whether that is a
 * minimum. */
static void nlopt_run(nlopt_opt o, double *x) {
    double value;
    if (nlopt_optimize(o, x, &value) == NLOPT_OUT_OF_MEMORY) out_of_memory(0);
    nlopt_destroy(o);
}

static void run_slsqp(const Descent *t, double *x) {
    nlopt_opt o = nlopt_for(t, NLOPT_LD_SLSQP);
    nlopt_set_min_objective(o, nlopt_objective, (void *)t); // it is only read
    nlopt_set_lower_bounds(o, t->lo);
    nlopt_set_upper_bounds(o, t->hi);
    nlopt_set_ftol_rel(o, 1e-12);
    nlopt_set_xtol_rel(o, 1e-10);
    nlopt_set_maxeval(o, SLSQP_EVALUATIONS);
    nlopt_run(o, x);
}

/* Return whether variable i can move. One at a bound that descent pushes against cannot, nor one
 * whose bounds are equal. */
static bool is_free(const Descent *t, const double *x, const double *g, int i) {
    return t->lo[i] < t->hi[i] && !(x[i] <= t->lo[i] && g[i] > 0) &&
           !(x[i] >= t->hi[i] && g[i] < 0);
}

double minimise_norm(const Descent *t, const double *x, const double *g) {
    double norm = 0;
    for (int i = 0; i < t->n; i++)
        if (is_free(t, x, g, i)) norm = fmax(norm, fabs(g[i]));
    return norm;
}

static void differences(const Descent *t, const double *x, Curvature *c) {
    double y[MINIMISE_MAX], up[MINIMISE_MAX], down[MINIMISE_MAX];
    for (int i = 0; i < t->n; i++) {
        const double step = 1e-5 * fmax(1, fabs(x[i]));
        memcpy(y, x, sizeof(double) * t->n);
        y[i] = x[i] + step;
        t->f(y, up, t->data);
        y[i] = x[i] - step;
        t->f(y, down, t->data);
        for (int j = 0; j < t->n; j++) c->h[i][j] = (up[j] - down[j]) / (2 * step);
    }
    for (int i = 0; i < t->n; i++) {
        c->typical[i] = fabs(c->h[i][i]);
        for (int j = 0; j < i; j++) c->h[i][j] = 0.5 * (c->h[i][j] + c->h[j][i]);
    }
}

/* Solve (H + damping typical) step = -g over the free variables. The others have a row of the
 * identity, and a step of 0. Return false where the matrix is not positive definite. */
static bool newton_step(const Descent *t, const double *x, const double *g, const Curvature *c,
                        double damping, double *step) {
    double m[MINIMISE_MAX][MINIMISE_MAX], b[MINIMISE_MAX];
    for (int i = 0; i < t->n; i++) {
        const bool fixed = !is_free(t, x, g, i);
        b[i] = fixed ? 0 : -g[i];
        for (int j = 0; j < i; j++) m[i][j] = fixed || !is_free(t, x, g, j) ? 0 : c->h[i][j];
        m[i][i] = fixed ? 1 : c->h[i][i] + damping * (c->typical[i] + 1e-12);
    }
    return linear_solve(t->n, &m[0][0], MINIMISE_MAX, 0, b, step);
}

/* Least damping of steps that lead back to a valley's floor. */
static const double RETURN = 1e-3;

typedef struct {
    double x[MINIMISE_MAX], g[MINIMISE_MAX]; // a point, and the gradient there
    Minimum m;
} Place;

static Place place_at(const Descent *t, const double *x) {
    Place p;
    for (int i = 0; i < t->n; i++) p.x[i] = fmin(fmax(x[i], t->lo[i]), t->hi[i]);
    p.m.value = t->f(p.x, p.g, t->data);
    p.m.gradient_norm = minimise_norm(t, p.x, p.g);
    p.m.stop = isfinite(p.m.value) ? STOP_EVALUATIONS : STOP_FAILED;
    return p;
}

/* Return whether p is lower than `than`. At the very floor the value no longer changes in its last
 * digits, so that a smaller gradient counts, too. */
static bool is_lower(const Place *p, const Place *than) {
    return p->m.value < than->m.value || (p->m.value <= than->m.value * (1 + 1e-13) &&
                                          p->m.gradient_norm < than->m.gradient_norm);
}

/* Try x + step. Where that is no lower than x, try further steps from there with this H: a straight
 * step leaves a curved narrow valley, and they lead back to its floor. These are damped so much
 * that they go across the valley only. */
static bool newton_try(const Descent *t, const Curvature *c, double damping, const double *step,
                       Place *p) {
    double y[MINIMISE_MAX], back[MINIMISE_MAX];
    for (int i = 0; i < t->n; i++) y[i] = p->x[i] + step[i];
    for (int turn = 0; turn <= CORRECTIONS; turn++) {
        const Place there = place_at(t, y);
        if (is_lower(&there, p)) {
            *p = there;
            return true;
        }
        if (!newton_step(t, there.x, there.g, c, fmax(damping, RETURN), back)) return false;
        for (int i = 0; i < t->n; i++) y[i] = there.x[i] + back[i];
    }
    return false;
}

/* Take one step, damped as much as it takes; return false when none helps. A damped step is doubled
 * as long as that helps: where H is not positive, the damping does not tell how far to go. */
static bool newton_advance(const Descent *t, Place *p, double *damping) {
    Curvature c;
    double step[MINIMISE_MAX];
    if (t->curvature)
        t->curvature(p->x, &c, t->data);
    else
        differences(t, p->x, &c);
    for (int attempt = 0; attempt < NEWTON_TRIES; attempt++) {
        if (newton_step(t, p->x, p->g, &c, *damping, step) &&
            newton_try(t, &c, *damping, step, p)) {
            for (int k = 0; k<DOUBLINGS && * damping> 0; k++) {
                for (int i = 0; i < t->n; i++) step[i] *= 2;
                if (!newton_try(t, &c, *damping, step, p)) break;
            }
            *damping = *damping < 1e-12 ? 0 : *damping / 10;
            return true;
        }
        *damping = *damping == 0 ? 1e-10 : *damping * 10;
    }
    return false;
}

static void into_bounds(const Descent *t, double *x) {
    MUST(t->n >= 1 && t->n <= MINIMISE_MAX);
    for (int i = 0; i < t->n; i++) x[i] = fmin(fmax(x[i], t->lo[i]), t->hi[i]);
}

Minimum minimise_near(const Descent *t, double *x) {
    double damping = 0;
    Place p = place_at(t, x);
    for (int step = 0; step < NEWTON_STEPS && p.m.stop == STOP_EVALUATIONS; step++) {
        if (p.m.gradient_norm <= t->tolerance)
            p.m.stop = STOP_GRADIENT;
        else if (!newton_advance(t, &p, &damping))
            p.m.stop = STOP_STEP;
    }
    memcpy(x, p.x, sizeof(double) * t->n);
    return p.m;
}

Minimum minimise_from(const Descent *t, double *x) {
    into_bounds(t, x);
    run_slsqp(t, x);
    return minimise_near(t, x);
}

Minimum minimise(Objective f, const void *data, int n, const double *lo, const double *hi,
                 double tolerance, double *x) {
    return minimise_from(&(Descent){f, NULL, data, n, lo, hi, tolerance}, x);
}

/* ---- as others stop -------------------------------------------------------------------------- */

static const double SCIPY_FTOL = 2.220446049250313e-9;

typedef struct {
    const Descent *d;
    nlopt_opt o;
    int n_evaluations;
} Loose;

static double loose_objective(unsigned n, const double *x, double *gradient, void *data) {
    (void)n;
    Loose *l = data;
    double g[MINIMISE_MAX];
    const double value = l->d->f(x, gradient ? gradient : g, l->d->data);
    l->n_evaluations++;
    if (minimise_norm(l->d, x, gradient ? gradient : g) <= l->d->tolerance) nlopt_force_stop(l->o);
    return value;
}

Minimum minimise_loosely(const Descent *d, double *x, int *n_evaluations) {
    Loose l = {.d = d, .o = nlopt_for(d, NLOPT_LD_LBFGS)};
    into_bounds(d, x);
    nlopt_set_min_objective(l.o, loose_objective, &l);
    nlopt_set_lower_bounds(l.o, d->lo);
    nlopt_set_upper_bounds(l.o, d->hi);
    /* scipy stops at a gain of SCIPY_FTOL max(|f|, 1); NLopt takes that as two tolerances. */
    nlopt_set_ftol_rel(l.o, SCIPY_FTOL);
    nlopt_set_ftol_abs(l.o, SCIPY_FTOL);
    nlopt_set_maxeval(l.o, LOOSE_EVALUATIONS);
    double g[MINIMISE_MAX];
    nlopt_run(l.o, x);
    *n_evaluations = l.n_evaluations;
    Minimum m = {.value = d->f(x, g, d->data), .stop = STOP_TOLERANCE};
    m.gradient_norm = minimise_norm(d, x, g);
    if (!isfinite(m.value)) m.stop = STOP_FAILED;
    return m;
}
