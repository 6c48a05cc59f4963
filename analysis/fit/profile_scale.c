/* profile_scale.c: lambda from residuals, their density, and groups.
 *
 *   M = sum of w g g'             H = E[psi'] M          s_g = sum over group g of w psi g
 *   var(theta) ~ (G-1)/G sum of d_g d_g',   d_g = (H - H_g)^-1 s_g        (jackknife over groups)
 *   lambda_i = var(theta_i) / (H^-1)_ii
 *
 * All are in coordinates in which the coefficients are centred, except parameter i, which is
 * theta_i.
 */
#include <math.h>
#include <string.h>

#include "analysis/fit/profile_scale.h"
#include "base/linear.h"
#include "base/stat.h"

typedef double Square[LAW_MAX_PARAMS][LAW_MAX_PARAMS];

/* Where a pivot keeps no more than this share of its diagonal element, some direction is not
 * known. */
static const double KNOWN = 1e-13;

static bool solve(int n, Square m, const double *b, double *x) {
    return linear_solve(n, &m[0][0], LAW_MAX_PARAMS, KNOWN, b, x);
}

/* ---- residuals ------------------------------------------------------------------------------- */

/* Return the width of a kernel by Silverman's rule [1986, eq. 3.31]. */
static double bandwidth(const double *r, size_t n) {
    const double spread = (stat_quantile(r, n, 0.75) - stat_quantile(r, n, 0.25)) / 1.349;
    return 0.9 * fmin(stat_sd(r, n), spread > 0 ? spread : INFINITY) * pow((double)n, -0.2);
}

/* Return E[psi'] when residuals have the density of r, each blurred by a Gaussian of width h. */
static double mean_bend(const Estimator *e, double delta, const double *r, size_t n, double h) {
    const double step = 0.05, norm = step / sqrt(2 * acos(-1.0));
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        for (int k = -100; k <= 100; k++) {
            const double z = k * step;
            double slope, bend;
            e->penalty(r[i] + h * z, delta, &slope, &bend);
            sum += slope * z * exp(-0.5 * z * z) * norm;
        }
    return sum / (h * (double)n);
}

ProfileScale profile_scale_of(Arena *arena, const Problem *p, const double *theta) {
    const size_t rows = p->points->n, k = (size_t)p->law->n_params;
    ProfileScale s = {.problem = p,
                      .theta = theta,
                      .psi = ARENA_ARRAY(arena, double, rows),
                      .g = ARENA_ARRAY(arena, double, rows *k)};
    double *r = ARENA_ARRAY(arena, double, rows);
    int *members = ARENA_ARRAY(arena, int, (size_t)p->points->n_groups), groups = 0;
    for (size_t row = 0; row < rows; row++) {
        const double weight = problem_weight(p, row);
        if (weight == 0) continue;
        double *g = s.g + row * k, slope, bend;
        const double ln_loss = p->law->log_loss(theta, p->data.x + row * (size_t)p->data.n_x, g);
        const double loss = p->estimator->raw ? exp(ln_loss) : 1;
        r[s.n] =
            p->estimator->raw ? loss - p->points->rows[row].loss : ln_loss - p->data.ln_loss[row];
        p->estimator->penalty(r[s.n++], p->delta, &slope, &bend);
        s.psi[row] = weight * slope;
        s.psi2 += weight * slope * slope;
        for (size_t i = 0; i < k; i++) g[i] *= loss;
        groups += members[p->points->rows[row].group]++ == 0;
    }
    const double n = (double)s.n, left = fmax(1, n - p->n_free);
    s.psi2 /= left;
    s.grouped = groups < (int)s.n;
    s.df = s.grouped ? groups - 1 : left;
    for (size_t i = 0; i < s.n; i++) r[i] *= sqrt(n / left); // a fit draws them towards 0
    const double h = bandwidth(r, s.n);
    s.bend = h > 0 ? mean_bend(p->estimator, p->delta, r, s.n, h) : 1;
    return s;
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* The parameters that move, i being the first. */
typedef struct {
    Problem p; // in which theta_i is not centred
    int n, of[LAW_MAX_PARAMS];
} Moving;

static Moving moving_of(const Problem *p, int i) {
    Moving m = {.p = *p, .n = 1, .of = {i}};
    problem_uncentre(&m.p, i);
    for (int k = 0; k < p->law->n_params; k++)
        if (k != i && !p->fixed[k]) m.of[m.n++] = k;
    return m;
}

static void gradient_at(const ProfileScale *s, const Moving *m, size_t row, double *out) {
    double g[LAW_MAX_PARAMS];
    memcpy(g, s->g + row * (size_t)m->p.law->n_params, sizeof(double) * m->p.law->n_params);
    problem_gradient_to_z(&m->p, s->theta, g);
    for (int k = 0; k < m->n; k++) out[k] = g[m->of[k]];
}

/* Sum H and the score over the rows of one group, or over all rows where group is -1. */
static void add_up(const ProfileScale *s, const Moving *m, int group, Square h, double *score) {
    memset(h, 0, sizeof(Square));
    memset(score, 0, sizeof(double) * LAW_MAX_PARAMS);
    for (size_t row = 0; row < m->p.points->n; row++) {
        const double weight = problem_weight(&m->p, row);
        if (weight == 0 || (group >= 0 && m->p.points->rows[row].group != group)) continue;
        double g[LAW_MAX_PARAMS];
        gradient_at(s, m, row, g);
        for (int a = 0; a < m->n; a++) {
            score[a] += s->psi[row] * g[a];
            for (int b = 0; b < m->n; b++) h[a][b] += weight * s->bend * g[a] * g[b];
        }
    }
}

/* Return var(theta_i) by the jackknife; NaN where leaving out a group leaves a parameter
 * unknown. */
static double jackknife(const ProfileScale *s, const Moving *m, Square whole) {
    const int groups = m->p.points->n_groups;
    double sum = 0;
    for (int group = 0; group < groups; group++) {
        Square h;
        double score[LAW_MAX_PARAMS], d[LAW_MAX_PARAMS];
        add_up(s, m, group, h, score);
        for (int a = 0; a < m->n; a++)
            for (int b = 0; b < m->n; b++) h[a][b] = whole[a][b] - h[a][b];
        if (!solve(m->n, h, score, d)) return NAN;
        sum += d[0] * d[0];
    }
    return sum * (groups - 1) / groups;
}

double profile_lambda(const ProfileScale *s, int i, double *reach) {
    const Moving m = moving_of(s->problem, i);
    const double first[LAW_MAX_PARAMS] = {1};
    double lambda = fmax(s->psi2 / s->bend, 1e-30), score[LAW_MAX_PARAMS], column[LAW_MAX_PARAMS];
    Square whole;
    add_up(s, &m, -1, whole, score);
    *reach = 0;
    if (!solve(m.n, whole, first, column)) return lambda;
    const double grouped = s->grouped ? jackknife(s, &m, whole) / column[0] : NAN;
    if (grouped > 0) lambda = grouped;
    *reach = sqrt(lambda * column[0]);
    return lambda;
}

double profile_threshold(double level, double df) {
    double lo = 0, hi = 1;
    while (stat_f_above(hi, 1, df) > 1 - level) hi *= 2;
    for (int k = 0; k < 60; k++) {
        const double mid = 0.5 * (lo + hi);
        if (stat_f_above(mid, 1, df) > 1 - level)
            lo = mid;
        else
            hi = mid;
    }
    return 0.5 * (lo + hi);
}
