/* vpnls.c: the objective as a function of the exponents alone.
 *
 * The law gives its own basis functions: with every linear coefficient c_j set to 1 in centred
 * variables, L = sum_j phi_j and dL / d ln c_j = phi_j.
 *
 * The paper keeps coefficients at 0 or above. Here they stay within the problem's bounds, so that
 * --fix and --bound mean what they mean elsewhere; the lower bound of a term, e^-12 nat, stands for
 * 0, which has no logarithm. The paper refines exponents by Nelder and Mead's simplex. Here the
 * gradient does it: at the best coefficients, the objective's gradient in the exponents is its
 * partial one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/bounded.h"
#include "analysis/fit/descent.h"
#include "analysis/fit/vpnls.h"

enum { MAX_SEARCHED = 2, NODES = 40 };

typedef struct {
    const Problem *p;
    int n_linear, linear[LAW_MAX_PARAMS];      // indices in theta of coefficients
    int n_moved, moved[LAW_MAX_PARAMS];        // indices in theta of what is searched
    double lo[MAX_SEARCHED], hi[MAX_SEARCHED]; // bounds of what is searched
    double z[LAW_MAX_PARAMS];                  // values of what is fixed
} Projection;

static Projection projection_of(const Problem *p) {
    Projection v = {.p = p};
    for (int i = 0; i < p->law->n_params; i++) {
        v.z[i] = p->lo[i];
        if (p->law->params[i].linear) {
            v.linear[v.n_linear++] = i;
        } else if (p->lo[i] < p->hi[i]) {
            if (v.n_moved < MAX_SEARCHED) v.lo[v.n_moved] = p->lo[i], v.hi[v.n_moved] = p->hi[i];
            v.moved[v.n_moved++] = i;
        }
    }
    return v;
}

const char *vpnls_refuses(Arena *arena, const Problem *p) {
    const Projection v = projection_of(p);
    const char *names = "";
    for (int k = 0; k < v.n_moved; k++)
        names =
            arena_printf(arena, "%s%s%s", names, k ? ", " : "", p->law->params[v.moved[k]].name);
    if (v.n_linear == 0)
        return "it needs terms with coefficients, of which L is the sum; use huber-log, lad-log, "
               "l2-log or l2-raw";
    if (v.n_moved <= MAX_SEARCHED) return NULL;
    return arena_printf(arena,
                        "its grid takes two parameters beside the coefficients, and this law has "
                        "%d, %s; --fix some, or use huber-log, lad-log, l2-log or l2-raw",
                        v.n_moved, names);
}

/* Set the coefficients in z to the best ones at the exponents in z. */
static void project(const Projection *v, double *z) {
    const Problem *p = v->p;
    BoundedTriangle t = {.n = v->n_linear};
    double theta[LAW_MAX_PARAMS], g[LAW_MAX_PARAMS], row[LAW_MAX_PARAMS + 1];
    double lo[LAW_MAX_PARAMS], hi[LAW_MAX_PARAMS], c[LAW_MAX_PARAMS];
    for (int k = 0; k < v->n_linear; k++) {
        z[v->linear[k]] = 0;
        lo[k] = exp(p->lo[v->linear[k]]);
        hi[k] = exp(p->hi[v->linear[k]]);
    }
    problem_theta(p, z, theta);
    for (size_t i = 0; i < p->points->n; i++) {
        const double weight = problem_weight(p, i);
        if (weight == 0) continue;
        problem_residual(p, i, theta, g);
        for (int k = 0; k < v->n_linear; k++) row[k] = g[v->linear[k]];
        row[v->n_linear] = exp(p->data.ln_loss[i]);
        bounded_add_row(&t, row, weight);
    }
    bounded_least_squares(&t, lo, hi, c);
    for (int k = 0; k < v->n_linear; k++) {
        const int i = v->linear[k];
        z[i] = c[k] <= lo[k] ? p->lo[i] : c[k] >= hi[k] ? p->hi[i] : log(c[k]);
    }
}

static double projected(const double *x, double *gradient, const void *data) {
    const Projection *v = data;
    double z[LAW_MAX_PARAMS], g[LAW_MAX_PARAMS];
    memcpy(z, v->z, sizeof z);
    for (int k = 0; k < v->n_moved; k++) z[v->moved[k]] = x[k];
    project(v, z);
    const double value = descent_scaled(z, gradient ? g : NULL, v->p);
    for (int k = 0; gradient && k < v->n_moved; k++) gradient[k] = g[v->moved[k]];
    return value;
}

Minimum vpnls_descend(const Problem *p, bool near, double *z) {
    const Projection v = projection_of(p);
    const Descent whole = descent_of(p);
    const Descent d = {.f = projected,
                       .data = &v,
                       .n = v.n_moved,
                       .lo = v.lo,
                       .hi = v.hi,
                       .tolerance = whole.tolerance};
    double x[MAX_SEARCHED], g[LAW_MAX_PARAMS];
    for (int k = 0; k < v.n_moved; k++) x[k] = z[v.moved[k]];
    Minimum m = {.stop = STOP_GRADIENT};
    if (d.n > 0) m = near ? minimise_near(&d, x) : minimise_from(&d, x);
    memcpy(z, v.z, sizeof(double) * p->law->n_params);
    for (int k = 0; k < v.n_moved; k++) z[v.moved[k]] = x[k];
    project(&v, z);
    m.value = descent_scaled(z, g, p);
    m.gradient_norm = minimise_norm(&whole, z, g); // coefficients count, too
    return m;
}

/* ---- the grid -------------------------------------------------------------------------------- */

/* Return node i of exponent k: evenly spaced in logarithm where the range allows, else evenly. */
static double node(const Projection *v, int k, int i) {
    const double lo = v->lo[k], hi = v->hi[k], u = (double)i / (NODES - 1);
    return lo > 0 ? lo * pow(hi / lo, u) : lo + (hi - lo) * u;
}

typedef struct {
    double value;
    int i, j;
} Node;

static int by_value(const void *a, const void *b) {
    const double d = ((const Node *)a)->value - ((const Node *)b)->value;
    return (d > 0) - (d < 0);
}

/* Return whether no neighbour of node (i, j) is lower. */
static bool is_lowest_near(double (*value)[NODES], int rows, int columns, int i, int j) {
    for (int k = i > 0 ? i - 1 : 0; k <= i + 1 && k < rows; k++)
        for (int l = j > 0 ? j - 1 : 0; l <= j + 1 && l < columns; l++)
            if (value[k][l] < value[i][j]) return false;
    return true;
}

/* Fill thetas with the minima of the grid, best first. */
int vpnls_starts(const Problem *p, int limit, double (*thetas)[LAW_MAX_PARAMS]) {
    const Projection v = projection_of(p);
    const int rows = v.n_moved > 0 ? NODES : 1, columns = v.n_moved > 1 ? NODES : 1;
    double value[NODES][NODES];
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            value[i][j] = projected((double[]){node(&v, 0, i), node(&v, 1, j)}, NULL, &v);
    Node low[NODES * NODES];
    int n = 0;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            if (is_lowest_near(value, rows, columns, i, j)) low[n++] = (Node){value[i][j], i, j};
    qsort(low, (size_t)n, sizeof *low, by_value);
    n = n < limit ? n : limit;
    for (int k = 0; k < n; k++) {
        double z[LAW_MAX_PARAMS];
        memcpy(z, v.z, sizeof z);
        if (v.n_moved > 0) z[v.moved[0]] = node(&v, 0, low[k].i);
        if (v.n_moved > 1) z[v.moved[1]] = node(&v, 1, low[k].j);
        project(&v, z);
        problem_theta(p, z, thetas[k]);
    }
    return n;
}
