/* form.c: residuals beside quadratics, for each ratio of the trunks' deviation to the runs'.
 *
 * In rows scaled by sqrt(weight), a trunk's part of the covariance is I + r^2 s s', s the scaled
 * ones of its rows. Its inverse root takes from a vector v
 *     (1 - 1 / sqrt(1 + r^2 |s|^2)) (s . v / |s|^2) s.
 */
#include "analysis/fit/form.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/design.h"
#include "base/linear.h"
#include "base/stat.h"

const double FORM_CHANCE = 1e-3;
static const double DIRECTION_CHANCE = 0.01; // a likelier term in N x D tells no direction
static const double ROUNDING = 1e-8;         // smaller residuals, in ln L, are no noise
enum { LEAST_REST = 3, RATIOS = 24 };

/* ---- given the ratio ------------------------------------------------------------------------- */

typedef struct {
    double p;                     // of the F test
    double ln_like;               // restricted log likelihood, the run's deviation at its best
    double coefficient, variance; // of the quadratic, and of its estimate
    double run2;                  // variance of a run
} Given;

/* Take the trunks' part of the covariance out of v. squares: (n_groups) |s|^2. */
static void whiten(const FormRows *rows, double ratio, const double *squares, double *along,
                   double *v) {
    memset(along, 0, sizeof *along * (size_t)rows->n_groups);
    for (size_t i = 0; i < rows->n; i++) along[rows->group[i]] += rows->root[i] * v[i];
    for (int g = 0; g < rows->n_groups; g++)
        along[g] *=
            squares[g] > 0 ? (1 - 1 / sqrt(1 + ratio * ratio * squares[g])) / squares[g] : 0;
    for (size_t i = 0; i < rows->n; i++) v[i] -= along[rows->group[i]] * rows->root[i];
}

/* Test every quadratic with this ratio of the trunks' deviation to the runs'. */
static void given_ratio(const FormColumns *c, double ratio, Given out[FORM_PATTERNS]) {
    const FormRows *rows = c->rows;
    const size_t n = rows->n;
    Arena *scratch = arena_open();
    double *q = ARENA_ARRAY(scratch, double, n *(LAW_MAX_PARAMS + 1)),
           *r = ARENA_ARRAY(scratch, double, n);
    double *squares = ARENA_ARRAY(scratch, double, (size_t)rows->n_groups);
    double *along = ARENA_ARRAY(scratch, double, (size_t)rows->n_groups);
    for (size_t i = 0; i < n; i++) squares[rows->group[i]] += rows->root[i] * rows->root[i];
    double ln_det = 0;
    for (int g = 0; g < rows->n_groups; g++) ln_det += log1p(ratio * ratio * squares[g]);
    memcpy(q, c->law, sizeof *q * n * (size_t)c->k);
    memcpy(r, c->r, sizeof *r * n);
    whiten(rows, ratio, squares, along, r);
    for (int j = 0; j < c->k; j++) {
        double *v = q + (size_t)j * n;
        whiten(rows, ratio, squares, along, v);
        form_take_out(q, j, v, n);
        ln_det += log(form_normalise(v, n));
    }
    form_take_out(q, c->k, r, n);
    const double all = linear_dot(r, r, n), rest = (double)n - c->k - 1;
    for (int j = 0; j < FORM_PATTERNS; j++) {
        if (!c->told[j]) continue;
        double *v = q + (size_t)c->k * n;
        memcpy(v, c->quad + (size_t)j * n, sizeof *v * n);
        whiten(rows, ratio, squares, along, v);
        form_take_out(q, c->k, v, n);
        const double length2 = linear_dot(v, v, n), b = linear_dot(v, r, n) / length2;
        const double left = fmax(all - b * b * length2, 1e-300);
        out[j] = (Given){.p = stat_f_above(b * b * length2 / (left / rest), 1, rest),
                         .ln_like = -0.5 * (ln_det + log(length2) + rest * log(left)),
                         .coefficient = b,
                         .variance = left / rest / length2,
                         .run2 = left / rest};
    }
    arena_close(scratch);
}

/* ---- over what is known of the ratio --------------------------------------------------------- */

static FormPattern averaged(const FormColumns *c, const Given (*given)[FORM_PATTERNS], int n_given,
                            int j, double *run) {
    FormPattern out = {NAN, NAN, NAN};
    if (!c->told[j]) return out;
    double best = -INFINITY, sum = 0, p = 0, b = 0, variance = 0, run2 = 0, spread = 0;
    for (int i = 0; i < n_given; i++) best = fmax(best, given[i][j].ln_like);
    for (int i = 0; i < n_given; i++) {
        const double w = exp(given[i][j].ln_like - best);
        sum += w;
        p += w * given[i][j].p;
        b += w * given[i][j].coefficient;
        variance += w * given[i][j].variance;
        run2 += w * given[i][j].run2;
    }
    variance /= sum;
    const double rest = (double)c->rows->n - c->k - 1;
    for (int i = 0; i < n_given; i++) {
        const double w = exp(given[i][j].ln_like - best) / sum, v = given[i][j].variance;
        spread += w * ((v - variance) * (v - variance) + 2 * v * v / rest);
    }
    *run = sqrt(run2 / sum);
    out.p = p / sum;
    out.size = b / sum / sqrt((double)c->rows->n); // the quadratic has length 1
    out.freedom = 2 * variance * variance / spread;
    return out;
}

static void test_patterns(const FormRows *rows, Form *out) {
    Arena *scratch = arena_open();
    const FormColumns c = form_columns(scratch, rows);
    if ((int)rows->n - c.k - 1 < LEAST_REST) {
        out->untested = "too few runs beyond the law's own parameters to test its form.";
    } else if (!(linear_dot(c.r, c.r, rows->n) > ROUNDING * ROUNDING * (double)rows->n)) {
        out->untested = "the law goes through all points, up to rounding.";
    } else {
        const bool trunks = rows->n_groups < (int)rows->n;
        const int n_given = trunks ? RATIOS : 1;
        Given given[RATIOS][FORM_PATTERNS];
        for (int i = 0; i < n_given; i++)
            given_ratio(&c, trunks ? tan((i + 0.5) / RATIOS * M_PI_2) : 0, given[i]);
        double least = INFINITY;
        for (int j = 0; j < FORM_PATTERNS; j++) {
            double run = NAN;
            out->patterns[j] = averaged(&c, (const Given(*)[FORM_PATTERNS])given, n_given, j, &run);
            if (out->patterns[j].p < least) least = out->patterns[j].p, out->scatter = run;
        }
    }
    arena_close(scratch);
}

Form form_of(const Problem *p, const double *theta) {
    Form out = {.scatter = NAN,
                .lack = {.f = NAN, .p = NAN, .size = NAN, .noise = NAN},
                .repeats = {.run.sd = NAN, .rounding.sd = NAN, .seed = NAN}};
    for (int j = 0; j < FORM_PATTERNS; j++) out.patterns[j] = (FormPattern){NAN, NAN, NAN};
    out.untested = "the law is read off the points, and leaves no residuals.";
    if (!p->law->log_loss) return out;
    Arena *scratch = arena_open();
    const Design design = design_of(scratch, p->points);
    FormRows rows = form_rows(scratch, p, theta);
    out.outliers = form_without_outliers(&rows);
    out.rows = rows.n;
    out.trunks = rows.n_groups;
    out.untested = rows.sees_both ? NULL : "the law does not see both params and tokens.";
    if (rows.sees_both && design_hides_free(&design, p))
        out.untested = "sizes and lengths lie on one line, along which all patterns are one.";
    else if (rows.sees_both)
        test_patterns(&rows, &out);
    out.lack = form_lack(&rows);
    out.repeats = form_repeats(&rows);
    arena_close(scratch);
    return out;
}

/* ---- what it says ---------------------------------------------------------------------------- */

bool form_found(const FormPattern *pattern) {
    return pattern->p < FORM_CHANCE;
}

bool form_lacks(const Form *form) {
    return form->lack.p < FORM_CHANCE;
}

bool form_wrong(const Form *form) {
    bool wrong = form_lacks(form);
    for (int j = 0; j < FORM_PATTERNS; j++) wrong |= form_found(&form->patterns[j]);
    return wrong;
}

double form_noise(const Form *form) {
    return isnan(form->lack.noise) ? form->scatter : form->lack.noise;
}

const char *form_noise_words(const Form *form) {
    return isnan(form->lack.noise) ? "the scatter beside it" : "the noise of a run";
}

const FormPattern *form_strongest(const Form *form) {
    const FormPattern *best = NULL;
    for (int j = 0; j < FORM_PATTERNS; j++)
        if (!best ? form->patterns[j].p <= 1 : form->patterns[j].p < best->p)
            best = &form->patterns[j];
    return best;
}

const char *form_direction(const Form *form) {
    const FormPattern *cross = &form->patterns[FORM_N_D];
    if (!(cross->p < DIRECTION_CHANCE)) return "additive";
    return cross->size < 0 ? "saturating" : "steps-limited";
}

const char *form_direction_words(const Form *form) {
    const char *direction = form_direction(form);
    return *direction == 'a'     ? "additive (no action of size and data on each other is told)"
           : direction[1] == 'a' ? "saturating (size is worth more where data are plenty)"
                                 : "steps-limited (size is worth less where data are plenty)";
}
