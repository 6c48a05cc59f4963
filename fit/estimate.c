/* estimate.c: residuals, penalties, starts.
 *
 * The minimiser sees the objective divided by delta (so that a residual of delta costs about delta)
 * in centred variables, a linear map whose Jacobian is 1 on the diagonal:
 *     z_i = theta_i - theta_(i+1) * mean(ln x)       for a coefficient with its exponent behind it
 *     dz gradient = theta gradient, plus mean(ln x) * dA on the exponent
 * and likewise for y and its exponent, where a coefficient has two.
 */
#include <math.h>
#include <string.h>

#include "fit/estimate.h"
#include "base/text.h"

/* Gradient per unit of weight: below the first the minimiser is done, above the second it has
 * failed. */
static const double GRADIENT_DONE = 1e-8, GRADIENT_FAILED = 1e-5;

/* Quadratic within delta, linear beyond; summed, not averaged, over rows [Hoffmann et al. 2022,
 * App. D.2]. */
static double huber(double r, double delta, double *slope) {
    const double size = fabs(r);
    *slope = size <= delta ? r : copysign(delta, r);
    return size <= delta ? 0.5 * r * r : delta * (size - 0.5 * delta);
}

static double square(double r, double delta, double *slope) {
    (void)delta;
    *slope = 2 * r;
    return r * r;
}

const Estimator ESTIMATORS[] = {
    {"huber-log", "Huber's penalty on ln L, summed: far rows pull no harder than near ones", huber,
     false},
    {"l2-log", "squares of residuals in ln L: relative Gaussian noise", square, false},
    {"l2-raw", "squares of residuals in L: absolute Gaussian noise", square, true},
    {NULL, NULL, NULL, false},
};

const Estimator *estimator_find(const char *name) {
    for (const Estimator *e = ESTIMATORS; e->name; e++)
        if (strcmp(e->name, name) == 0) return e;
    return NULL;
}

const char *estimator_nearest(const char *name) {
    const char *names[COUNT_OF(ESTIMATORS)];
    size_t n = 0;
    for (; ESTIMATORS[n].name; n++) names[n] = ESTIMATORS[n].name;
    return text_nearest(name, names, n);
}

static double mean_of(const Points *points, double (*f)(const Point *)) {
    double sum = 0;
    for (size_t k = 0; f && k < points->n; k++) sum += f(&points->rows[k]);
    return f ? sum / (double)points->n : 0;
}

static bool varies(const Points *points, double (*f)(const Point *)) {
    for (size_t k = 1; k < points->n; k++)
        if (f(&points->rows[k]) != f(&points->rows[0])) return true;
    return false;
}

Problem problem_of(const Law *law, const Estimator *estimator, double delta, const Points *points) {
    Problem p = {.law = law, .estimator = estimator, .delta = delta, .points = points};
    for (int i = 0; i < law->n_params; i++) {
        const LawParam *row = &law->params[i];
        p.centre[i] = mean_of(points, row->ln_x);
        p.centre_y[i] = mean_of(points, row->ln_y);
        p.fixed[i] = row->slope_of && !varies(points, row->slope_of);
        p.n_free += !p.fixed[i];
    }
    return p;
}

double problem_weight(const Problem *p, size_t row) {
    return p->weights ? p->weights[row] : p->points->rows[row].weight;
}

double problem_total_weight(const Problem *p) {
    double sum = 0;
    for (size_t i = 0; i < p->points->n; i++) sum += problem_weight(p, i);
    return sum;
}

double problem_objective(const Problem *p, const double *theta, double *gradient) {
    const int n = p->law->n_params;
    double sum = 0;
    if (gradient) memset(gradient, 0, sizeof(double) * n);
    for (size_t row = 0; row < p->points->n; row++) {
        const double weight = problem_weight(p, row);
        if (weight == 0) continue;
        const Point *point = &p->points->rows[row];
        double g[LAW_MAX_PARAMS], slope;
        const double ln_loss = p->law->log_loss(theta, point, gradient ? g : NULL);
        const double loss = p->estimator->raw ? exp(ln_loss) : 1;
        const double residual = p->estimator->raw ? loss - point->loss : ln_loss - log(point->loss);
        sum += weight * p->estimator->penalty(residual, p->delta, &slope);
        for (int i = 0; gradient && i < n; i++) gradient[i] += weight * slope * loss * g[i];
    }
    return sum;
}

double problem_centred(const Problem *p, const double *theta, int i) {
    const LawParam *row = &p->law->params[i];
    double z = theta[i];
    if (row->ln_x) z -= theta[i + 1] * p->centre[i];
    if (row->ln_y) z -= theta[row->y_exponent] * p->centre_y[i];
    return z;
}

static void theta_of(const Problem *p, const double *z, double *theta) {
    for (int i = 0; i < p->law->n_params; i++) {
        const LawParam *row = &p->law->params[i];
        theta[i] = z[i];
        if (row->ln_x) theta[i] += z[i + 1] * p->centre[i];
        if (row->ln_y) theta[i] += z[row->y_exponent] * p->centre_y[i];
    }
}

static double centred_objective(const double *z, double *gradient, const void *data) {
    const Problem *p = data;
    double theta[LAW_MAX_PARAMS];
    theta_of(p, z, theta);
    const double value = problem_objective(p, theta, gradient) / p->delta;
    for (int i = 0; gradient && i < p->law->n_params; i++) gradient[i] /= p->delta;
    for (int i = 0; gradient && i < p->law->n_params; i++) {
        const LawParam *row = &p->law->params[i];
        if (row->ln_x) gradient[i + 1] += p->centre[i] * gradient[i];
        if (row->ln_y) gradient[row->y_exponent] += p->centre_y[i] * gradient[i];
    }
    return value;
}

/* Rows with weight that differ in some of these variables; counting ends at limit. */
static int count_distinct(const Problem *p, const LawVariable *variables, int n_variables,
                          int limit) {
    double seen[LAW_MAX_PARAMS + 2][LAW_MAX_VARIABLES];
    int n = 0;
    MUST(limit <= (int)COUNT_OF(seen));
    for (size_t row = 0; row < p->points->n && n < limit; row++) {
        if (problem_weight(p, row) == 0) continue;
        for (int v = 0; v < n_variables; v++) seen[n][v] = variables[v].ln_x(&p->points->rows[row]);
        int k = 0;
        while (k < n && memcmp(seen[k], seen[n], sizeof(double) * n_variables) != 0) k++;
        n += k == n;
    }
    return n;
}

/* A cell that the law cannot do without. */
static const char *missing_cell(Arena *arena, const Problem *p, const LawVariable *v) {
    for (size_t row = 0; row < p->points->n; row++) {
        if (!isnan(v->ln_x(&p->points->rows[row]))) continue;
        return arena_printf(arena,
                            "%s needs the column '%s', which line %d with its experts lacks; name "
                            "it with --columns %s=COLUMN",
                            p->law->name, law_x_name(v->ln_x), p->points->rows[row].line,
                            law_x_name(v->ln_x));
    }
    return NULL;
}

/* "params, tokens" */
static const char *names_of(Arena *arena, const LawVariable *variables, int n) {
    const char *names = law_x_name(variables[0].ln_x);
    for (int v = 1; v < n; v++)
        names = arena_printf(arena, "%s, %s", names, law_x_name(variables[v].ln_x));
    return names;
}

/* Too few values of a law's own variables. */
static const char *missing_values(Arena *arena, const Problem *p, const LawVariable *v) {
    const int found = count_distinct(p, v, 1, v->least);
    if (found >= v->least) return NULL;
    return arena_printf(arena, "%s needs at least %d different values of %s, here %s %d",
                        p->law->name, v->least, law_x_name(v->ln_x), found == 1 ? "is" : "are",
                        found);
}

const char *problem_missing(Arena *arena, const Problem *p, int slack) {
    static const LawVariable SIZE_AND_DATA[] = {{ln_params, 1}, {ln_tokens, 1}};
    const Law *law = p->law;
    const LawVariable *variables = law->variables[0].ln_x ? law->variables : SIZE_AND_DATA;
    int n = 0;
    const int rows = p->n_free + slack;
    const char *missing = NULL;
    for (; n < LAW_MAX_VARIABLES && law->variables[n].ln_x && !missing; n++)
        missing = missing_cell(arena, p, &variables[n]);
    for (int v = 0; v < n && !missing; v++) missing = missing_values(arena, p, &variables[v]);
    if (missing) return missing;
    if (n == 0) n = (int)COUNT_OF(SIZE_AND_DATA);
    const int found = count_distinct(p, variables, n, rows);
    if (found < rows)
        return arena_printf(
            arena, "%s has %d parameters and needs at least %d different (%s), here are %d",
            law->name, p->n_free, rows, names_of(arena, variables, n), found);
    for (int i = 0; i < law->n_params; i++) {
        const LawParam *row = &law->params[i];
        const bool slope = row->slope_of && !p->fixed[i];
        const LawVariable v = {slope ? row->slope_of : row->ln_x, slope ? 2 : 3};
        const int values = v.ln_x ? count_distinct(p, &v, 1, v.least) : v.least;
        if (values < v.least)
            return arena_printf(arena,
                                "%s needs at least %d different values of %s to find %s, here %s "
                                "%d",
                                law->name, v.least, law_x_name(v.ln_x),
                                law->params[slope ? i : i + 1].name, values == 1 ? "is" : "are",
                                values);
    }
    return NULL;
}

bool estimate_converged(const Estimate *e) {
    return e->stop != STOP_FAILED && e->gradient_norm <= GRADIENT_FAILED;
}

Estimate estimate_from(const Problem *p, const double *theta) {
    const int n = p->law->n_params;
    const double total = problem_total_weight(p);
    double lo[LAW_MAX_PARAMS] = {0}, hi[LAW_MAX_PARAMS] = {0}, z[LAW_MAX_PARAMS];
    for (int i = 0; i < n; i++) {
        lo[i] = p->law->params[i].lo;
        hi[i] = p->law->params[i].hi;
        z[i] = problem_centred(p, theta, i);
        if (p->fixed[i]) lo[i] = hi[i] = z[i] = 0;
    }
    const Minimum m = minimise(centred_objective, p, n, lo, hi, GRADIENT_DONE * total, z);
    Estimate e = {
        .objective = m.value * p->delta, .gradient_norm = m.gradient_norm / total, .stop = m.stop};
    e.n_starts = e.n_best = 1;
    theta_of(p, z, e.theta);
    for (int i = 0; i < n; i++)
        e.at_bound[i] = !p->fixed[i] && (z[i] <= lo[i] + 1e-6 || z[i] >= hi[i] - 1e-6);
    return e;
}

Estimate estimate_best(Arena *arena, const Problem *p, int n_starts) {
    Estimate *all = ARENA_ARRAY(arena, Estimate, (size_t)n_starts);
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < n_starts; i++) {
        double theta[LAW_MAX_PARAMS];
        p->law->start(p->points, i, theta);
        all[i] = estimate_from(p, theta);
    }
    int best = 0;
    for (int i = 1; i < n_starts; i++)
        if (all[i].stop != STOP_FAILED && !(all[i].objective >= all[best].objective)) best = i;
    Estimate e = all[best];
    /* Equal to a millionth, or to what is nothing beside the penalty of delta. */
    const double same =
        e.objective * (1 + 1e-6) + 1e-9 * p->delta * p->delta * problem_total_weight(p);
    e.n_starts = n_starts;
    e.n_best = 0;
    for (int i = 0; i < n_starts; i++) e.n_best += all[i].objective <= same;
    return e;
}
