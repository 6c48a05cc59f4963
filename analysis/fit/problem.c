/* problem.c: the objective, centred variables, and what points lack.
 *
 * The gradient in z is that in theta, with one change: to an exponent's component is added mean(ln
 * x) times its coefficient's component.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "analysis/fit/problem.h"

const double *problem_own_weights(Arena *arena, const Points *points) {
    double *weights = ARENA_ARRAY(arena, double, points->n);
    for (size_t i = 0; i < points->n; i++) weights[i] = points->rows[i].weight;
    return weights;
}

double problem_weight(const Problem *p, size_t row) {
    return p->weights[row];
}

double problem_total_weight(const Problem *p) {
    double sum = 0;
    for (size_t i = 0; i < p->points->n; i++) sum += problem_weight(p, i);
    return sum;
}

double problem_residual(const Problem *p, size_t row, const double *theta, double *gradient) {
    const double ln_loss = p->law->log_loss(theta, p->data.x + row * (size_t)p->data.n_x, gradient);
    if (!p->estimator->raw) return ln_loss - p->data.ln_loss[row];
    const double loss = exp(ln_loss);
    for (int i = 0; gradient && i < p->law->n_params; i++) gradient[i] *= loss;
    return loss - exp(p->data.ln_loss[row]);
}

/* Add the value and gradient of some rows to out and to gradient (NULL is fine). */
static void add_rows(const Problem *p, const double *theta, size_t from, size_t to, double *out,
                     double *gradient) {
    const int n = p->law->n_params;
    for (size_t row = from; row < to; row++) {
        const double weight = problem_weight(p, row);
        if (weight == 0) continue;
        double g[LAW_MAX_PARAMS], slope, bend;
        const double r = problem_residual(p, row, theta, gradient ? g : NULL);
        *out += weight * p->estimator->penalty(r, p->delta, &slope, &bend);
        for (int i = 0; gradient && i < n; i++) gradient[i] += weight * slope * g[i];
    }
}

enum { BLOCK_ROWS = 8192 };

/* Sum blocks of rows, added in their order so that threads change no bit. */
static double sum_of_blocks(const Problem *p, const double *theta, double *gradient) {
    typedef double Part[1 + LAW_MAX_PARAMS];
    const size_t n = p->points->n, n_blocks = (n + BLOCK_ROWS - 1) / BLOCK_ROWS;
    Arena *scratch = arena_open();
    Part *parts = arena_array(scratch, n_blocks, sizeof *parts);
    double sum = 0;
#pragma omp parallel for schedule(dynamic)
    for (size_t b = 0; b < n_blocks; b++) {
        const size_t from = b * BLOCK_ROWS, to = from + BLOCK_ROWS < n ? from + BLOCK_ROWS : n;
        add_rows(p, theta, from, to, &parts[b][0], gradient ? &parts[b][1] : NULL);
    }
    for (size_t b = 0; b < n_blocks; b++) {
        sum += parts[b][0];
        for (int i = 0; gradient && i < p->law->n_params; i++) gradient[i] += parts[b][1 + i];
    }
    arena_close(scratch);
    return sum;
}

double problem_objective(const Problem *p, const double *theta, double *gradient) {
    double sum = 0;
    if (gradient) memset(gradient, 0, sizeof(double) * p->law->n_params);
    if (p->points->n > 2 * BLOCK_ROWS) return sum_of_blocks(p, theta, gradient);
    add_rows(p, theta, 0, p->points->n, &sum, gradient);
    return sum;
}

/* Return the exponent of a coefficient x_c, which moves as alpha (ln x_c - mean(ln x)); else 0. */
static double scale_exponent(const Problem *p, const double *theta, int i) {
    const LawParam *row = &p->law->params[i];
    return row->scale && !p->asked[i] ? theta[row->x_exponent] : 0;
}

double problem_centred(const Problem *p, const double *theta, int i) {
    const LawParam *row = &p->law->params[i];
    const double exponent = scale_exponent(p, theta, i);
    if (exponent != 0) return exponent * (theta[i] - p->centre[i]);
    double z = theta[i];
    if (row->ln_x) z -= theta[row->x_exponent] * p->centre[i];
    if (row->ln_y) z -= theta[row->y_exponent] * p->centre_y[i];
    return z;
}

void problem_theta(const Problem *p, const double *z, double *theta) {
    for (int i = 0; i < p->law->n_params; i++) {
        const LawParam *row = &p->law->params[i];
        const double exponent = scale_exponent(p, z, i); // z and theta hold one exponent
        theta[i] = z[i];
        if (exponent != 0)
            theta[i] = p->centre[i] + z[i] / exponent;
        else if (row->ln_x)
            theta[i] += z[row->x_exponent] * p->centre[i];
        if (row->ln_y) theta[i] += z[row->y_exponent] * p->centre_y[i];
    }
}

void problem_gradient_to_z(const Problem *p, const double *theta, double *gradient) {
    for (int i = 0; i < p->law->n_params; i++) {
        const LawParam *row = &p->law->params[i];
        const double exponent = scale_exponent(p, theta, i);
        if (exponent != 0) {
            gradient[i] /= exponent;
            gradient[row->x_exponent] -= (theta[i] - p->centre[i]) * gradient[i];
        } else if (row->ln_x)
            gradient[row->x_exponent] += p->centre[i] * gradient[i];
        if (row->ln_y) gradient[row->y_exponent] += p->centre_y[i] * gradient[i];
    }
}

void problem_uncentre(Problem *p, int i) {
    p->asked[i] = true;
    p->centre[i] = p->centre_y[i] = 0;
}

/* Count rows with weight that differ in some of these variables, up to limit. */
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

/* Say which cell is missing that the law cannot do without; NULL: none. */
static const char *missing_cell(Arena *arena, const Problem *p, const LawVariable *v) {
    for (size_t row = 0; row < p->points->n; row++) {
        if (!isnan(v->ln_x(&p->points->rows[row]))) continue;
        const bool batch = v->ln_x == ln_batch;
        return arena_printf(
            arena,
            "%s needs the column '%s', which line %d%s lacks; name it with --columns %s=COLUMN%s",
            p->law->name, law_x_name(v->ln_x), p->points->rows[row].line,
            batch ? "" : " with its experts", law_x_name(v->ln_x),
            batch ? ", or with steps=COLUMN" : "");
    }
    return NULL;
}

/* Write the names of variables, "params, tokens". */
static const char *names_of(Arena *arena, const LawVariable *variables, int n) {
    const char *names = law_x_name(variables[0].ln_x);
    for (int v = 1; v < n; v++)
        names = arena_printf(arena, "%s, %s", names, law_x_name(variables[v].ln_x));
    return names;
}

/* Say that the rows have too few values of a variable of the law; NULL: they have enough. */
static const char *missing_values(Arena *arena, const Problem *p, const LawVariable *v) {
    const int found = count_distinct(p, v, 1, v->least);
    if (found >= v->least) return NULL;
    return arena_printf(arena, "%s needs at least %d different values of %s, here %s %d",
                        p->law->name, v->least, law_x_name(v->ln_x), found == 1 ? "is" : "are",
                        found);
}

const char *problem_missing(Arena *arena, const Problem *p, int slack) {
    const Law *law = p->law;
    const LawVariable *variables = law->variables;
    const int n = law_n_variables(law), rows = p->n_free + slack;
    const char *missing = NULL;
    for (int v = 0; v < n && !missing; v++) missing = missing_cell(arena, p, &variables[v]);
    for (int v = 0; v < n && !missing; v++) missing = missing_values(arena, p, &variables[v]);
    if (missing) return missing;
    const int found = count_distinct(p, variables, n, rows);
    if (found < rows)
        return arena_printf(
            arena, "%s has %d parameters and needs at least %d different (%s), here are %d",
            law->name, p->n_free, rows, names_of(arena, variables, n), found);
    for (int i = 0; i < law->n_params; i++) {
        const LawParam *row = &law->params[i];
        const bool slope = row->slope_of && !p->fixed[i];
        const bool known = p->fixed[i] && (!row->ln_x || p->fixed[row->x_exponent]);
        const LawVariable v = {slope ? row->slope_of : known ? NULL : row->ln_x, slope ? 2 : 3};
        const int values = v.ln_x ? count_distinct(p, &v, 1, v.least) : v.least;
        if (values < v.least)
            return arena_printf(arena,
                                "%s needs at least %d different values of %s to find %s, here %s "
                                "%d",
                                law->name, v.least, law_x_name(v.ln_x),
                                law->params[slope ? i : row->x_exponent].name,
                                values == 1 ? "is" : "are", values);
    }
    return NULL;
}
