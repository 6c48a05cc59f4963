/* minimise.c: NLopt's SLSQP (Kraft 1988) finds the valley, a damped Newton iteration walks to its
 * floor.
 *
 * SLSQP is the solver that reaches the best optimum of scaling-law objectives from most starts, but
 * it stops on small changes of the value, where flat directions (E against alpha) are still 1e-3
 * off. Newton goes on until the gradient says that it has arrived: H by central differences of the
 * analytic gradient, Levenberg damping, Cholesky.
 */
#include <math.h>
#include <nlopt.h>
#include <stdbool.h>
#include <string.h>

#include "fit/minimise.h"
#include "base/err.h"

enum { SLSQP_EVALUATIONS = 1000, NEWTON_STEPS = 100, NEWTON_TRIES = 24 };

typedef struct {
    Objective f;
    const void *data;
    int n;
    const double *lo, *hi;
} Task;

static double nlopt_objective(unsigned n, const double *x, double *gradient, void *data) {
    (void)n;
    const Task *t = data;
    return t->f(x, gradient, t->data);
}

static void run_slsqp(Task *t, double *x) {
    nlopt_opt o = nlopt_create(NLOPT_LD_SLSQP, (unsigned)t->n);
    MUST(o);
    nlopt_set_min_objective(o, nlopt_objective, t);
    nlopt_set_lower_bounds(o, t->lo);
    nlopt_set_upper_bounds(o, t->hi);
    nlopt_set_ftol_rel(o, 1e-12);
    nlopt_set_xtol_rel(o, 1e-10);
    nlopt_set_maxeval(o, SLSQP_EVALUATIONS);
    double value;
    nlopt_optimize(o, x, &value); // its verdict is not needed: the gradient is tested afterwards
    nlopt_destroy(o);
}

/* A variable at a bound whose gradient points outward cannot move, nor one whose bounds are one. */
static bool is_free(const Task *t, const double *x, const double *g, int i) {
    return t->lo[i] < t->hi[i] && !(x[i] <= t->lo[i] && g[i] > 0) &&
           !(x[i] >= t->hi[i] && g[i] < 0);
}

static double free_norm(const Task *t, const double *x, const double *g) {
    double norm = 0;
    for (int i = 0; i < t->n; i++)
        if (is_free(t, x, g, i)) norm = fmax(norm, fabs(g[i]));
    return norm;
}

typedef double Square[MINIMISE_MAX][MINIMISE_MAX];

static void hessian(const Task *t, const double *x, Square h) {
    double y[MINIMISE_MAX], up[MINIMISE_MAX], down[MINIMISE_MAX];
    for (int i = 0; i < t->n; i++) {
        const double step = 1e-5 * fmax(1, fabs(x[i]));
        memcpy(y, x, sizeof(double) * t->n);
        y[i] = x[i] + step;
        t->f(y, up, t->data);
        y[i] = x[i] - step;
        t->f(y, down, t->data);
        for (int j = 0; j < t->n; j++) h[i][j] = (up[j] - down[j]) / (2 * step);
    }
}

/* Solve (H + damping diag|H|) step = -g over the free variables; false where that is not positive
 * definite. */
static bool newton_step(const Task *t, const double *x, const double *g, Square h, double damping,
                        double *step) {
    Square l;
    double y[MINIMISE_MAX];
    for (int i = 0; i < t->n; i++) {
        const bool fixed = !is_free(t, x, g, i);
        y[i] = fixed ? 0 : -g[i];
        for (int j = 0; j <= i; j++) {
            double sum = fixed || !is_free(t, x, g, j) ? 0 : 0.5 * (h[i][j] + h[j][i]);
            if (i == j) sum = fixed ? 1 : sum + damping * (fabs(sum) + 1e-12);
            for (int k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
            if (i == j && !(sum > 0)) return false;
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
        for (int k = 0; k < i; k++) y[i] -= l[i][k] * y[k];
        y[i] /= l[i][i];
    }
    for (int i = t->n - 1; i >= 0; i--) {
        for (int k = i + 1; k < t->n; k++) y[i] -= l[k][i] * y[k];
        y[i] /= l[i][i];
        step[i] = y[i];
    }
    return true;
}

/* One accepted step, damped as much as it takes; false when none helps. At the floor the value no
 * longer changes in its last digits, so that a smaller gradient counts too. */
static bool newton_advance(const Task *t, double *x, double *g, Minimum *m, double *damping) {
    Square h;
    hessian(t, x, h);
    for (int attempt = 0; attempt < NEWTON_TRIES; attempt++) {
        double step[MINIMISE_MAX], y[MINIMISE_MAX], gy[MINIMISE_MAX];
        if (newton_step(t, x, g, h, *damping, step)) {
            for (int i = 0; i < t->n; i++) y[i] = fmin(fmax(x[i] + step[i], t->lo[i]), t->hi[i]);
            const double value = t->f(y, gy, t->data), norm = free_norm(t, y, gy);
            if (value < m->value || (value <= m->value * (1 + 1e-13) && norm < m->gradient_norm)) {
                memcpy(x, y, sizeof(double) * t->n);
                memcpy(g, gy, sizeof(double) * t->n);
                m->value = value;
                m->gradient_norm = norm;
                *damping = *damping < 1e-12 ? 0 : *damping / 10;
                return true;
            }
        }
        *damping = *damping == 0 ? 1e-10 : *damping * 10;
    }
    return false;
}

Minimum minimise(Objective f, const void *data, int n, const double *lo, const double *hi,
                 double tolerance, double *x) {
    MUST(n >= 1 && n <= MINIMISE_MAX);
    Task t = {f, data, n, lo, hi};
    for (int i = 0; i < n; i++) x[i] = fmin(fmax(x[i], lo[i]), hi[i]);
    run_slsqp(&t, x);
    double g[MINIMISE_MAX], damping = 0;
    Minimum m = {.value = f(x, g, data)};
    m.gradient_norm = free_norm(&t, x, g);
    m.stop = isfinite(m.value) ? STOP_EVALUATIONS : STOP_FAILED;
    for (int step = 0; step < NEWTON_STEPS && m.stop == STOP_EVALUATIONS; step++) {
        if (m.gradient_norm <= tolerance)
            m.stop = STOP_GRADIENT;
        else if (!newton_advance(&t, x, g, &m, &damping))
            m.stop = STOP_STEP;
    }
    return m;
}
