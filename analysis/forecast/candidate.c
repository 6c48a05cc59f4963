/* candidate.c: finds the edges, refits without them and with less compute, and carries the noise of
 * the rows over to the coefficients. */
#include "analysis/forecast/candidate.h"

#include <math.h>
#include <string.h>

#include "base/linear.h"
#include "base/stat.h"

/* ---- edges ----------------------------------------------------------------------------------- */

static const double ROWS_OUT = 0.10;   // least share of the rows that an edge holds
static const double STEP_LEAST = 0.25; // of the range that is left

static double (*const VARIABLES[EDGE_VARIABLES])(const Point *) = {ln_params, ln_tokens, ln_flops};
static const char *const NAMES[EDGE_VARIABLES] = {"params", "tokens", "flops"};
enum { BY_PARAMS, BY_TOKENS, BY_FLOPS };

/* Return the least value of the edge of a variable: as few of its largest values as hold a tenth of
 * the rows. Set its largest value and its step. NaN where there is no edge. */
static double edge_begins(Arena *scratch, const Points *points, int variable, Edges *out) {
    const size_t n = points->n;
    double *x = ARENA_ARRAY(scratch, double, n);
    for (size_t i = 0; i < n; i++) x[i] = VARIABLES[variable](&points->rows[i]);
    stat_sort(x, n);
    out->most[variable] = n ? x[n - 1] : NAN;
    out->step[variable] = NAN;
    if (n == 0 || isnan(x[n - 1])) return NAN;
    size_t from = n, values = 0;
    while (from > 0 && (double)(n - from) < ROWS_OUT * (double)n) {
        const double value = x[from - 1];
        while (from > 0 && x[from - 1] == value) from--;
    }
    for (size_t i = 0; i < from; i++) values += i == 0 || x[i] > x[i - 1];
    if (values < 2) return NAN;
    const double left = x[from - 1];
    out->step[variable] = fmax(x[n - 1] - left, STEP_LEAST * (left - x[0]));
    return x[from];
}

/* Add the edge of the rows that have one of the variables at or above where its edge begins; NaN: a
 * variable that does not count. */
static void add_edge(Arena *arena, const Points *points, const double begins[EDGE_VARIABLES],
                     Edges *out) {
    Edge *e = &out->rows[out->n];
    bool *left_out = ARENA_ARRAY(arena, bool, points->n);
    *e = (Edge){.out = left_out, .rule = NULL};
    for (size_t i = 0; i < points->n; i++) {
        for (int v = 0; v < EDGE_VARIABLES; v++)
            left_out[i] |= VARIABLES[v](&points->rows[i]) >= begins[v];
        e->n_out += left_out[i];
    }
    if (e->n_out == 0 || 2 * e->n_out > points->n) return;
    for (int v = 0; v < EDGE_VARIABLES; v++)
        if (!isnan(begins[v]))
            e->rule = arena_printf(arena, "%s%s%s >= %.4g", e->rule ? e->rule : "",
                                   e->rule ? " or " : "", NAMES[v], exp(begins[v]));
    out->n++;
}

Edges edges_of(Arena *arena, const Points *points) {
    Edges out = {.n = 0};
    double at[EDGE_VARIABLES];
    for (int v = 0; v < EDGE_VARIABLES; v++) at[v] = edge_begins(arena, points, v, &out);
    add_edge(arena, points, (const double[]){at[BY_PARAMS], NAN, NAN}, &out);
    add_edge(arena, points, (const double[]){NAN, at[BY_TOKENS], NAN}, &out);
    add_edge(arena, points, (const double[]){NAN, NAN, at[BY_FLOPS]}, &out);
    if (!isnan(at[BY_PARAMS] + at[BY_TOKENS]))
        add_edge(arena, points, (const double[]){at[BY_PARAMS], at[BY_TOKENS], NAN}, &out);
    return out;
}

double edges_beyond(const Edges *edges, const Point *p) {
    double d[EDGE_VARIABLES];
    for (int v = 0; v < EDGE_VARIABLES; v++) {
        d[v] = fmax(0, VARIABLES[v](p) - edges->most[v]) / edges->step[v];
        if (!isfinite(d[v])) d[v] = 0;
    }
    const double sizes = sqrt(0.5 * (d[BY_PARAMS] * d[BY_PARAMS] + d[BY_TOKENS] * d[BY_TOKENS]));
    return fmax(sizes, d[BY_FLOPS]);
}

/* ---- coefficients and their covariance ------------------------------------------------------- */

/* Fill g (n_params) with the gradient of ln L at a row, in the minimiser's coordinates. */
static void gradient_at(const Problem *p, const double *theta, const double *x, double *g) {
    p->law->log_loss(theta, x, g);
    problem_gradient_to_z(p, theta, g);
    for (int j = 0; j < p->law->n_params; j++)
        if (p->fixed[j]) g[j] = 0;
}

typedef double Square[LAW_MAX_PARAMS][LAW_MAX_PARAMS];

/* With J the gradients of the rows and M = (J'J)^-1, least squares moves the coefficients by M J' e
 * for noise e, whose covariance is run^2 I + trunk^2 Z Z' (noise.h). What no row tells is held by a
 * very weak prior, so that M exists. */
static void spread(Arena *scratch, const Problem *p, const double *theta, const Noise *noise,
                   Square covariance) {
    static const double PRIOR = 1e-9;
    const int k = p->law->n_params;
    const double trunk = isnan(noise->trunk) ? 0 : noise->trunk,
                 run = isnan(noise->run) ? noise->total : noise->run;
    double(*of)[LAW_MAX_PARAMS] = arena_array(scratch, (size_t)p->points->n_groups, sizeof *of);
    Square jj = {{0}}, middle = {{0}}, inverse;
    for (size_t i = 0; i < p->points->n; i++) {
        double g[LAW_MAX_PARAMS];
        const double w = problem_weight(p, i);
        gradient_at(p, theta, p->data.x + i * (size_t)p->data.n_x, g);
        for (int a = 0; a < k; a++) {
            of[p->points->rows[i].group][a] += w * g[a];
            for (int b = 0; b < k; b++)
                jj[a][b] += w * g[a] * g[b], middle[a][b] += run * run * w * w * g[a] * g[b];
        }
    }
    for (int g = 0; g < p->points->n_groups; g++)
        for (int a = 0; a < k; a++)
            for (int b = 0; b < k; b++) middle[a][b] += trunk * trunk * of[g][a] * of[g][b];
    for (int a = 0; a < k; a++) jj[a][a] = jj[a][a] > 0 ? jj[a][a] * (1 + PRIOR) : 1;
    for (int c = 0; c < k; c++) {
        double unit[LAW_MAX_PARAMS] = {0};
        unit[c] = 1;
        if (!linear_solve(k, jj[0], LAW_MAX_PARAMS, 0, unit, unit)) memset(unit, 0, sizeof unit);
        for (int a = 0; a < k; a++) inverse[a][c] = unit[a];
    }
    for (int a = 0; a < k; a++)
        for (int b = 0; b < k; b++) {
            covariance[a][b] = 0;
            for (int c = 0; c < k; c++)
                for (int d = 0; d < k; d++)
                    covariance[a][b] += inverse[a][c] * middle[c][d] * inverse[d][b];
        }
}

/* Return the deviation of g'theta, where theta has this covariance. */
static double deviation_along(int n, const double *g, Square covariance) {
    double sum = 0;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) sum += g[a] * covariance[a][b] * g[b];
    return sqrt(fmax(0, sum));
}

static double deviation(const Problem *p, const double *theta, Square covariance, const double *x) {
    double g[LAW_MAX_PARAMS];
    gradient_at(p, theta, x, g);
    return deviation_along(p->law->n_params, g, covariance);
}

double candidate_deviation(const Candidate *c, const Point *p) {
    double x[LAW_MAX_VARIABLES];
    law_x(c->law, p, x);
    return deviation(c->problem, c->at.theta, (double(*)[LAW_MAX_PARAMS])c->covariance, x);
}

double candidate_param_deviation(const Candidate *c, int i) {
    double g[LAW_MAX_PARAMS] = {0};
    g[i] = 1;
    problem_gradient_to_z(c->problem, c->at.theta, g);
    for (int j = 0; j < c->law->n_params; j++)
        if (c->problem->fixed[j]) g[j] = 0;
    return deviation_along(c->law->n_params, g, (double(*)[LAW_MAX_PARAMS])c->covariance);
}

double candidate_step_deviation(const Candidate *c, const Point *from, const Point *to) {
    double x[LAW_MAX_VARIABLES], g[LAW_MAX_PARAMS], g_to[LAW_MAX_PARAMS];
    law_x(c->law, from, x);
    gradient_at(c->problem, c->at.theta, x, g);
    law_x(c->law, to, x);
    gradient_at(c->problem, c->at.theta, x, g_to);
    for (int a = 0; a < c->law->n_params; a++) g[a] -= g_to[a];
    return deviation_along(c->law->n_params, g, (double(*)[LAW_MAX_PARAMS])c->covariance);
}

/* ---- one law --------------------------------------------------------------------------------- */

static const double LN_FACTOR = 2 * M_LN2; // of compute, from one fit to the earlier one
static const double LN_ROUNDING = 0.05;    // a fourth of the compute, as sizes are rounded

/* Refit without the rows that are out, also from so many starts of the law. Return false where the
 * others do not carry the law. */
static bool fit_without(Arena *scratch, const bool *out, int starts, const Candidate *c,
                        double *theta, Square covariance) {
    Problem p = *c->problem;
    const size_t n = p.points->n;
    double *weights = ARENA_ARRAY(scratch, double, n);
    for (size_t i = 0; i < n; i++) weights[i] = out[i] ? 0 : problem_weight(c->problem, i);
    p.weights = weights;
    if (problem_missing(scratch, &p, 1)) return false;
    const Estimate e = estimate_again(scratch, &p, c->at.theta, starts);
    memcpy(theta, e.theta, sizeof e.theta);
    spread(scratch, &p, theta, &c->noise, covariance);
    return true;
}

/* Refit without an edge and predict it. Add the mean square of the errors, and what it would be if
 * the law were true. */
static void try_edge(Arena *scratch, const Edge *edge, int starts, Candidate *c, double *squares,
                     double *expected) {
    const Problem *p = c->problem;
    double theta[LAW_MAX_PARAMS];
    Square covariance;
    if (!fit_without(scratch, edge->out, starts, c, theta, covariance)) return;
    double square = 0, wanted = 0;
    for (size_t i = 0; i < p->points->n; i++) {
        if (!edge->out[i]) continue;
        const double *x = p->data.x + i * (size_t)p->data.n_x;
        const double error = p->law->log_loss(theta, x, NULL) - p->data.ln_loss[i];
        const double by_coefficients = deviation(p, theta, covariance, x);
        const double sd = hypot(by_coefficients, c->noise.total);
        square += error * error / (double)edge->n_out;
        wanted += sd * sd / (double)edge->n_out;
    }
    *squares += square;
    *expected += wanted;
    c->n_edges++;
}

/* Refit with the rows of at most a fourth of the largest compute, and of at most a sixteenth. */
static void fit_earlier(Arena *scratch, int starts, Candidate *c) {
    const Points *points = c->problem->points;
    bool *out = ARENA_ARRAY(scratch, bool, points->n);
    c->ln_most = -INFINITY;
    for (size_t i = 0; i < points->n; i++)
        c->ln_most = fmax(c->ln_most, ln_flops(&points->rows[i]));
    for (int k = 0; k < MAX_EARLIER; k++) {
        Earlier *e = &c->earlier[k];
        const double most = c->ln_most - (k + 1) * LN_FACTOR + LN_ROUNDING;
        e->ln_most = -INFINITY;
        for (size_t i = 0; i < points->n; i++) {
            const double at = ln_flops(&points->rows[i]);
            out[i] = !(at <= most);
            if (!out[i]) e->ln_most = fmax(e->ln_most, at);
        }
        if (!fit_without(scratch, out, starts, c, e->theta, e->covariance)) return;
        c->n_earlier++;
    }
}

static double aicc_of(const Problem *p, const double *theta) {
    double sum = 0;
    for (size_t i = 0; i < p->points->n; i++) {
        const double *x = p->data.x + i * (size_t)p->data.n_x;
        const double r = p->law->log_loss(theta, x, NULL) - p->data.ln_loss[i];
        sum += r * r;
    }
    return stat_aicc(sum, (double)p->points->n, p->n_free);
}

static const double DELTA = 2; // Huber's, in standard deviations of a row

bool candidate_fit(Arena *arena, const Problem *given, const Edges *edges, const double *theta,
                   int starts, Candidate *out) {
    Problem *p = ARENA_NEW(arena, Problem);
    *p = *given;
    *out = (Candidate){.law = p->law, .problem = p, .edge = NAN};
    p->delta = fmax(p->delta, DELTA * noise_from(p, theta).total);
    out->at = estimate_again(arena, p, theta, starts);
    if (out->at.stop == STOP_FAILED) return false;
    out->noise = noise_from(p, out->at.theta);
    if (!(out->noise.total > 0)) return false;
    out->aicc = aicc_of(p, out->at.theta);
    spread(arena, p, out->at.theta, &out->noise, out->covariance);
    double squares = 0, expected = 0;
    for (int i = 0; i < edges->n; i++)
        try_edge(arena, &edges->rows[i], starts, out, &squares, &expected);
    out->edge = sqrt(squares / out->n_edges);
    out->edge_noise = sqrt(expected / out->n_edges);
    fit_earlier(arena, starts, out);
    return true;
}

/* ---- drift ----------------------------------------------------------------------------------- */

/* Least variance of a step, as a share of the earlier fit's: the delta method is of first order. */
static const double LEAST_VARIANCE = 0.2;
static const double LN_FADES = 6 * M_LN2, CHANGE_OF_RATE = 0.5;
static const double USUAL_RATE = 0.02 / (2 * M_LN2); // 2 % of the loss a factor of four of compute

/* Steps are independent where the law is true, since an efficient estimate is uncorrelated with its
 * difference from one of less data [Hausman 1978, lemma 2.1]: their variances are differences. */
Drift candidate_drift(const Candidate *c, const Point *p) {
    double x[LAW_MAX_VARIABLES], weighted = 0, precision = 0;
    law_x(c->law, p, x);
    double later = c->law->log_loss(c->at.theta, x, NULL), ln_most = c->ln_most;
    double variance = pow(candidate_deviation(c, p), 2);
    for (int k = 0; k < c->n_earlier; k++) {
        const Earlier *e = &c->earlier[k];
        const double before = c->law->log_loss(e->theta, x, NULL);
        const double wider =
            pow(deviation(c->problem, e->theta, (double(*)[LAW_MAX_PARAMS])e->covariance, x), 2);
        const double v = fmax(wider - variance, LEAST_VARIANCE * wider),
                     step = ln_most - e->ln_most;
        weighted += (later - before) * step / v;
        precision += step * step / v;
        later = before, variance = wider, ln_most = e->ln_most;
    }
    const double beyond = fmax(0, ln_flops(p) - c->ln_most);
    if (!(precision > 0) || beyond == 0) return (Drift){0, 0};
    const double rate = weighted / precision, v = 1 / precision;
    const double known = USUAL_RATE * USUAL_RATE / (USUAL_RATE * USUAL_RATE + v);
    const double real = rate * rate > v ? known * (1 - v / (rate * rate)) : 0;
    const double faded = -LN_FADES * expm1(-beyond / LN_FADES);
    return (Drift){faded * real * rate,
                   hypot(faded * sqrt(real * v), CHANGE_OF_RATE * beyond * real * rate)};
}

/* ---- any problem ----------------------------------------------------------------------------- */

void candidate_covariance(Arena *scratch, const Problem *p, const double *theta, const Noise *noise,
                          CandidateCovariance out) {
    spread(scratch, p, theta, noise, out);
}

double candidate_deviation_at(const Problem *p, const double *theta, CandidateCovariance covariance,
                              const double *x) {
    return deviation(p, theta, covariance, x);
}
