/* validate.c: refits with the weight of some sizes set to 0, from the whole fit's theta. */
#include "analysis/questions/validate.h"

#include <math.h>
#include <string.h>

#include "analysis/forecast/candidate.h"
#include "base/stat.h"

enum { SIZES_LEFT = 4, OTHER_STARTS = 4 };
static const double ROWS_OUT = 0.10; // least share of the rows that is left out

/* The distinct values of one variable, ascending, and which of them each row has. */
typedef struct {
    double (*ln_x)(const Point *);
    double *values; // (n)
    int n;
    int *of;      // (rows) number of the value that each row has
    size_t *rows; // (n) how many rows have each value
} Sizes;

static Sizes sizes_by(Arena *arena, const Points *points, double (*ln_x)(const Point *)) {
    Sizes s = {ln_x, ARENA_ARRAY(arena, double, points->n), 0, ARENA_ARRAY(arena, int, points->n),
               ARENA_ARRAY(arena, size_t, points->n)};
    double *all = ARENA_ARRAY(arena, double, points->n);
    for (size_t i = 0; i < points->n; i++) all[i] = ln_x(&points->rows[i]);
    stat_sort(all, points->n);
    if (points->n == 0 || isnan(all[points->n - 1])) return s;
    for (size_t i = 0; i < points->n; i++)
        if (i == 0 || all[i] > all[i - 1]) s.values[s.n++] = all[i];
    for (size_t i = 0; i < points->n; i++) {
        int lo = 0, hi = s.n - 1;
        const double x = ln_x(&points->rows[i]);
        while (lo < hi) {
            const int middle = (lo + hi) / 2;
            if (s.values[middle] < x)
                lo = middle + 1;
            else
                hi = middle;
        }
        s.of[i] = lo;
        s.rows[lo]++;
    }
    return s;
}

static Sizes sizes_of(Arena *arena, const Points *points) {
    const Sizes s = sizes_by(arena, points, points_mixed(points) ? ln_active : ln_params);
    if (s.n > SIZES_LEFT) return s;
    const Sizes lengths = sizes_by(arena, points, ln_tokens);
    return lengths.n > SIZES_LEFT ? lengths : s;
}

/* Return the problem without these rows; NULL where the remaining rows cannot carry the law. */
static const Problem *without(Arena *scratch, const Problem *whole, const bool *left_out) {
    Problem *p = ARENA_NEW(scratch, Problem);
    double *weights = ARENA_ARRAY(scratch, double, whole->points->n);
    for (size_t i = 0; i < whole->points->n; i++)
        weights[i] = left_out[i] ? 0 : problem_weight(whole, i);
    *p = *whole;
    p->weights = weights;
    return problem_missing(scratch, p, 1) ? NULL : p;
}

static double log_error(const Problem *p, const double *theta, size_t row) {
    const double *x = p->data.x + row * (size_t)p->data.n_x;
    return p->law->log_loss(theta, x, NULL) - p->data.ln_loss[row];
}

static void add_error(Holdout *h, double log_error) {
    const double error = expm1(log_error);
    h->mean_abs_rel = (h->mean_abs_rel * (double)h->n + fabs(error)) / (double)(h->n + 1);
    h->bias = (h->bias * (double)h->n + error) / (double)(h->n + 1);
    h->n++;
}

static const Holdout NOT_DONE = {0, NAN, NAN};

/* ---- how it came out ------------------------------------------------------------------------- */

static const double NOISES = 2; // a mean miss on one side beyond so many is none of noise
/* Coefficients by absolute residuals scatter by sqrt(pi/2) times what least squares make of
 * Gaussian noise; so do those by Huber's penalty whose delta lies below the noise. */
static const double OF_ABSOLUTE = 1.2533;

bool outcome_one_sided(const Outcome *o) {
    return o->n > 0 && (o->too_high == 0 || o->too_high == o->n) && fabs(o->noises) > NOISES;
}

const char *outcome_side(const Outcome *o) {
    return o->too_high == 0 ? "all too low" : o->too_high == o->n ? "all too high" : "both sides";
}

static void add_outcome(Outcome *o, double log_error, bool inside, double noise) {
    o->noises = (o->noises * (double)o->n + log_error / noise) / (double)(o->n + 1);
    o->n++;
    o->inside += inside;
    o->too_high += log_error > 0;
}

/* A refit, and what it needs to say how wide its predictions are. */
typedef struct {
    const Fit *fit;
    const Problem *problem;
    const double *theta;
    CandidateCovariance covariance;
} Refit;

static Refit refit_of(Arena *scratch, const Fit *fit, const Problem *p, const double *theta) {
    Refit r = {.fit = fit, .problem = p, .theta = theta};
    candidate_covariance(scratch, p, theta, &fit->noise, r.covariance);
    return r;
}

/* Return whether a row lies inside the refit's interval for one new run. */
static bool is_inside(Refit *r, size_t row) {
    const Problem *p = r->problem;
    const Noise *noise = &r->fit->noise;
    const double *x = p->data.x + row * (size_t)p->data.n_x;
    const Estimator *e = p->estimator;
    const bool absolute = e->way == WAY_KINKS || (e->has_delta && p->delta < noise->total);
    const double by_coefficients =
        candidate_deviation_at(p, r->theta, r->covariance, x) * (absolute ? OF_ABSOLUTE : 1);
    const double t = log_error(p, r->theta, row) / hypot(by_coefficients, noise->total);
    return stat_f_above(t * t, 1, noise->freedom) >= 1 - r->fit->level;
}

Outcome validate_held(const Fit *fit) {
    Outcome o = {.judged = fit->n_boots > 0};
    const double noise = fit_scatter(fit).sd;
    for (size_t i = 0; fit->held && fit->law->log_loss && i < fit->held->n; i++) {
        const Point *p = &fit->held->rows[i];
        const Interval said = fit_predict_at(fit, p, true);
        add_outcome(&o, log(said.value / p->loss), p->loss >= said.lo && p->loss <= said.hi, noise);
    }
    return o;
}

/* ---- the largest ----------------------------------------------------------------------------- */

/* Return the first size that is left out; 0 when too few would remain. */
static int first_out(const Sizes *s, size_t n_rows) {
    int first = s->n;
    size_t out = 0;
    while (first > SIZES_LEFT && (double)out < ROWS_OUT * (double)n_rows) out += s->rows[--first];
    return (double)out >= ROWS_OUT * (double)n_rows ? first : 0;
}

static LargestOut leave_largest_out(Arena *arena, const Fit *fit, const Sizes *s) {
    const Problem *whole = fit->part;
    const size_t n = fit->part->points->n;
    LargestOut out = {.error = NOT_DONE, .noise = NAN, .rule = ""};
    const int first = first_out(s, n);
    if (first == 0) return out;
    bool *left_out = ARENA_ARRAY(arena, bool, n);
    for (size_t i = 0; i < n; i++) left_out[i] = s->of[i] >= first;
    const Problem *p = without(arena, whole, left_out);
    if (!p) return out;
    const Estimate e = estimate_again(arena, p, fit->theta, OTHER_STARTS);
    memcpy(out.theta, e.theta, sizeof out.theta);
    out.left_out = left_out;
    out.rule = arena_printf(arena, "%s >= %.4g", law_x_name(s->ln_x), exp(s->values[first]));
    out.error = (Holdout){0};
    double squares = 0;
    Refit refit = refit_of(arena, fit, p, out.theta);
    out.outcome.judged = fit->noise.total > 0;
    for (size_t i = 0; i < n; i++) {
        const double error = log_error(p, e.theta, i);
        if (left_out[i]) {
            add_error(&out.error, error);
            add_outcome(&out.outcome, error, is_inside(&refit, i), fit_scatter(fit).sd);
        } else
            squares += error * error, out.n_fitted++;
    }
    const double freedom = (double)out.n_fitted - fit->n_free;
    out.noise = freedom > 0 ? sqrt(squares / freedom) : NAN;
    return out;
}

/* ---- each in turn ---------------------------------------------------------------------------- */

/* Fill log_errors and inside (rows) for the rows of one fold, by a refit without it; return false
 * when there is no refit. */
static bool leave_fold_out(Arena *scratch, const Fit *fit, const int *fold_of, int fold,
                           double *log_errors, bool *inside) {
    bool *left_out = ARENA_ARRAY(scratch, bool, fit->part->points->n);
    for (size_t i = 0; i < fit->part->points->n; i++) left_out[i] = fold_of[i] == fold;
    const Problem *p = without(scratch, fit->part, left_out);
    if (!p) return false;
    Estimate e = estimate_again(scratch, p, fit->theta, 0);
    if (!estimate_converged(&e)) e = estimate_again(scratch, p, fit->theta, OTHER_STARTS);
    Refit refit = refit_of(scratch, fit, p, e.theta);
    for (size_t i = 0; i < fit->part->points->n; i++) {
        if (!left_out[i]) continue;
        log_errors[i] = log_error(p, e.theta, i);
        inside[i] = is_inside(&refit, i);
    }
    return true;
}

static SizesOut leave_each_out(Arena *arena, const Fit *fit, const Sizes *s) {
    SizesOut out = {.by = law_x_name(s->ln_x), .error = NOT_DONE};
    const size_t n = fit->part->points->n;
    const int folds = s->n < VALIDATE_FOLDS ? s->n : VALIDATE_FOLDS;
    if (s->n < SIZES_LEFT) return out;
    int *fold_of = ARENA_ARRAY(arena, int, n), done = 0;
    double *errors = ARENA_ARRAY(arena, double, n);
    bool *inside = ARENA_ARRAY(arena, bool, n);
    for (size_t i = 0; i < n; i++) fold_of[i] = (int)((long)s->of[i] * folds / s->n);
#pragma omp parallel reduction(+ : done)
    {
        Arena *scratch = arena_open();
#pragma omp for schedule(dynamic)
        for (int fold = 0; fold < folds; fold++) {
            arena_reset(scratch);
            done += leave_fold_out(scratch, fit, fold_of, fold, errors, inside);
        }
        arena_close(scratch);
    }
    if (done < folds) return out;
    out.n_folds = folds;
    out.error = (Holdout){0};
    out.outcome.judged = fit->noise.total > 0;
    for (size_t i = 0; i < n; i++) {
        add_error(&out.error, errors[i]);
        add_outcome(&out.outcome, errors[i], inside[i], fit_scatter(fit).sd);
    }
    return out;
}

const Validation *validate(Arena *arena, const Fit *fit) {
    Validation *v = ARENA_NEW(arena, Validation);
    *v = (Validation){.largest = {.error = NOT_DONE, .noise = NAN, .rule = ""},
                      .sizes = {.by = "", .error = NOT_DONE}};
    if (!fit->law->log_loss) return v;
    const Sizes s = sizes_of(arena, fit->part->points);
    v->largest = leave_largest_out(arena, fit, &s);
    v->sizes = leave_each_out(arena, fit, &s);
    return v;
}

bool validate_user_holdout(const Fit *fit) {
    return fit->held && fit->held->n > 0 && strcmp(fit->held->rule, "role=hero") != 0;
}
