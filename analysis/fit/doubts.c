/* doubts.c: ranges, regimes, patterns, leaks. */
#include "analysis/fit/doubts.h"

#include <math.h>
#include <string.h>

#include "base/linear.h"
#include "base/stat.h"
#include "analysis/fit/notes.h"

static const double FLOPS_ERROR = 0.10;    // a larger misfit of C = kappa N^q D is noted
static const double DECADES = 1.5;         // range that the exponent of a variable wants
static const double FEW_NOISES = 5;        // less than so many times the noise is no trend
static const double PATTERN_CHANCE = 0.01; // a pattern that is less likely by chance is noted
enum { FEW_VALUES = 5 };                   // different values that the exponent of a variable wants

typedef struct {
    double lo, hi;
    int values; // different ones, counted up to FEW_VALUES
} Range;

static Range range_of(const Points *points, double (*ln_x)(const Point *)) {
    double seen[FEW_VALUES];
    Range r = {INFINITY, -INFINITY, 0};
    for (size_t i = 0; i < points->n; i++) {
        const double x = ln_x(&points->rows[i]);
        r.lo = fmin(r.lo, x);
        r.hi = fmax(r.hi, x);
        int k = 0;
        while (k < r.values && seen[k] != x) k++;
        if (k == r.values && k < FEW_VALUES) seen[r.values++] = x;
    }
    return r;
}

/* ---- one variable -------------------------------------------------------------------------- */

/* Return how much ln L changes over the range of variable v, the others at their middle. */
static double effect(const Problem *p, const double *theta, int v) {
    double x[LAW_MAX_VARIABLES];
    memcpy(x, p->data.mean, sizeof x);
    x[v] = p->data.lo[v];
    const double first = p->law->log_loss(theta, x, NULL);
    x[v] = p->data.hi[v];
    return fabs(p->law->log_loss(theta, x, NULL) - first);
}

static void doubt_variable(Arena *arena, Fit *fit, const Problem *p, int v, const char *exponent) {
    double (*ln_x)(const Point *) = p->law->variables[v].ln_x;
    const char *name = law_x_name(ln_x);
    const Range r = range_of(fit->points, ln_x);
    const double change = effect(p, fit->theta, v), factor = exp(r.hi - r.lo);
    const bool few = r.values < FEW_VALUES, narrow = r.hi - r.lo < DECADES * M_LN10;
    if (change < FEW_NOISES * fit->noise.total)
        notes_add(fit,
                  arena_printf(arena,
                               "one regime: over all of %s, a factor %.3g, the loss changes "
                               "by %.2g %%, %.2g times the noise of a run. Something else "
                               "limits these runs, and %s is an exponent of noise.",
                               name, factor, 100 * change, change / fit->noise.total, exponent));
    else if (few && narrow)
        notes_add(fit, arena_printf(arena,
                                    "%s: only %d values over a factor %.3g; %s wants five or more, "
                                    "over a factor 30.",
                                    name, r.values, factor, exponent));
    else if (few)
        notes_add(fit, arena_printf(arena, "%s: only %d values; %s wants five or more.", name,
                                    r.values, exponent));
    else if (narrow)
        notes_add(fit,
                  arena_printf(arena, "%s span only a factor %.3g; %s wants a factor 30 or more.",
                               name, factor, exponent));
}

void doubts_ranges(Arena *arena, Fit *fit, const Problem *p) {
    if (!p->law->log_loss) return;
    for (int v = 0; v < law_n_variables(p->law); v++)
        for (int i = 0; i < p->law->n_params; i++) {
            const LawParam *row = &p->law->params[i];
            if (row->ln_x != p->law->variables[v].ln_x || p->fixed[row->x_exponent]) continue;
            doubt_variable(arena, fit, p, v, p->law->params[row->x_exponent].name);
            break;
        }
}

/* ---- a pattern ----------------------------------------------------------------------------- */

/* Take the orthonormal columns out of a; twice, because of rounding. */
static void take_out(double *a, const double *columns, int n_columns, size_t n) {
    const LinearBasis basis = {columns, n, 1, n, n_columns};
    for (int again = 0; again < 2; again++) linear_take_out(&basis, a, 1);
}

/* Scale a to length 1. Return false where nothing of it is left. */
static bool normalise(double *a, double length_before, size_t n) {
    const double length = sqrt(linear_dot(a, a, n));
    if (!(length > 1e-9 * length_before)) return false;
    for (size_t i = 0; i < n; i++) a[i] /= length;
    return true;
}

/* Fill columns with an orthonormal basis of the law's gradients in its free parameters. Return how
 * many there are. */
static int tangent(const Problem *p, const double *theta, double *columns) {
    const size_t n = p->points->n;
    int n_columns = 0;
    for (int k = 0; k < p->law->n_params; k++) {
        double *column = columns + (size_t)n_columns * n;
        if (p->fixed[k]) continue;
        for (size_t i = 0; i < n; i++) {
            double gradient[LAW_MAX_PARAMS];
            p->law->log_loss(theta, p->data.x + i * (size_t)p->data.n_x, gradient);
            column[i] = sqrt(problem_weight(p, i)) * gradient[k];
        }
        const double before = sqrt(linear_dot(column, column, n));
        take_out(column, columns, n_columns, n);
        n_columns += normalise(column, before, n);
    }
    return n_columns;
}

static int variable(const Law *law, double (*a)(const Point *), double (*b)(const Point *)) {
    for (int v = 0; v < law_n_variables(law); v++)
        if (law->variables[v].ln_x == a || law->variables[v].ln_x == b) return v;
    return -1;
}

/* Return t^2 of the sum of q r over groups, by the groups' own scatter [Liang & Zeger 1986; the
 * correction for few clusters of Stata's manual, G / (G - 1)]. */
static double clustered_t2(Arena *scratch, const Points *points, const double *q, const double *r) {
    double *sums = ARENA_ARRAY(scratch, double, (size_t)points->n_groups), all = 0, squares = 0;
    for (size_t i = 0; i < points->n; i++) sums[points->rows[i].group] += q[i] * r[i];
    for (int g = 0; g < points->n_groups; g++) all += sums[g], squares += sums[g] * sums[g];
    return all * all / (squares * points->n_groups / (points->n_groups - 1));
}

double doubts_pattern_chance(const Fit *fit, const Problem *p) {
    const Points *points = fit->points;
    const size_t n = points->n;
    const int of_n = variable(p->law, ln_params, ln_active),
              of_d = variable(p->law, ln_tokens, ln_tokens), rest = (int)n - fit->n_free - 1;
    if (!p->law->log_loss || of_n < 0 || of_d < 0 || rest < 3) return NAN;
    Arena *scratch = arena_open();
    double *columns = ARENA_ARRAY(scratch, double, n *LAW_MAX_PARAMS), chance = NAN;
    double *q = ARENA_ARRAY(scratch, double, n), *r = ARENA_ARRAY(scratch, double, n);
    const int n_columns = tangent(p, fit->theta, columns);
    for (size_t i = 0; i < n; i++) {
        const double *x = p->data.x + i * (size_t)p->data.n_x, w = sqrt(problem_weight(p, i));
        q[i] = w * (x[of_n] - p->data.mean[of_n]) * (x[of_d] - p->data.mean[of_d]);
        r[i] = w * (p->data.ln_loss[i] - p->law->log_loss(fit->theta, x, NULL));
    }
    const double before = sqrt(linear_dot(q, q, n));
    take_out(q, columns, n_columns, n);
    take_out(r, columns, n_columns, n);
    if (normalise(q, before, n)) {
        const double t = linear_dot(q, r, n), left = linear_dot(r, r, n) - t * t;
        chance = left > 0 ? stat_f_above(t * t / (left / rest), 1, rest) : (double)NAN;
        if (points->n_groups < (int)n && points->n_groups > 2)
            chance = fmax(
                chance, stat_f_above(clustered_t2(scratch, points, q, r), 1, points->n_groups - 1));
    }
    arena_close(scratch);
    return chance;
}

void doubts_pattern(Arena *arena, Fit *fit, const Problem *p) {
    const double chance = doubts_pattern_chance(fit, p);
    if (!(chance < PATTERN_CHANCE)) return;
    const Law *wider = p->law; // in which the terms may act on each other
    while (wider && wider->additive) wider = wider->within ? law_find(wider->within) : NULL;
    const char *why = "this law has not the shape of these points.";
    if (wider && wider != p->law)
        why = arena_printf(arena,
                           "terms that are added up leave it where they act on each other; try "
                           "--law %s.",
                           wider->name);
    notes_add(fit, arena_printf(arena,
                                "the residuals hold a pattern in params times tokens (by chance: "
                                "%.1g): %s",
                                chance, why));
}

/* ---- the rest ------------------------------------------------------------------------------ */

void doubts_frontier(Arena *arena, Fit *fit) {
    const Range c = range_of(fit->points, ln_flops), n = range_of(fit->points, ln_params);
    const Frontier f = fit_frontier(fit, fit->theta);
    const double ln_n = f.ln_n0 + f.a * 0.5 * (c.lo + c.hi);
    if (ln_n < n.lo || ln_n > n.hi)
        notes_add(
            fit, arena_printf(arena,
                              "at the middle of the compute that was run the optimal size is %.3g, "
                              "%s every size that was run: the frontier is extrapolated.",
                              exp(ln_n), ln_n < n.lo ? "below" : "above"));
    if (fit->cost.error > FLOPS_ERROR)
        notes_add(fit, arena_printf(arena,
                                    "flops follow kappa N^q D only within %.0f %%: compute-optimal "
                                    "sizes are that rough.",
                                    100 * fit->cost.error));
}

static size_t count_leaks(const Points *points) {
    size_t n = 0;
    for (size_t i = 0; points && i < points->n && isfinite(points->floor_nat); i++) {
        const double se = points->rows[i].loss_se;
        n += points->rows[i].loss < points->floor_nat - 3 * (isfinite(se) ? se : 0);
    }
    return n;
}

void doubts_leaks(Arena *arena, Fit *fit) {
    const size_t leaks = count_leaks(fit->points) + count_leaks(fit->held);
    if (leaks > 0)
        notes_add(fit, arena_printf(arena,
                                    "%zu losses lie below the source's floor by over three "
                                    "standard errors: held-out text leaks.",
                                    leaks));
}
