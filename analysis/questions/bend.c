/* bend.c: takes rows along one variable, and fits both laws to them and to simulated losses. */
#include "analysis/questions/bend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/estimate.h"
#include "analysis/fit/problem_of.h"
#include "analysis/questions/study.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/sheet.h"
#include "base/stat.h"

/* ---- which rows ------------------------------------------------------------------------------ */

typedef struct {
    /* The variable of the curve, and the one held fixed along it; NULL for compute. */
    double (*along)(const Point *), (*fixed)(const Point *);
} Axis;

static Axis axis_of(const char *x) {
    return strcmp(x, "params") == 0   ? (Axis){ln_params, ln_tokens}
           : strcmp(x, "tokens") == 0 ? (Axis){ln_tokens, ln_params}
                                      : (Axis){ln_flops, NULL};
}

static int order(double a, double b) {
    return (a > b) - (a < b);
}

static int by_flops(const void *a, const void *b) {
    const Point *p = a, *q = b;
    const int by = order(p->flops, q->flops);
    return by ? by : order(p->loss, q->loss);
}
static int by_tokens(const void *a, const void *b) {
    const Point *p = a, *q = b;
    const int by = order(p->tokens, q->tokens);
    return by ? by : order(p->params, q->params);
}
static int by_params(const void *a, const void *b) {
    const Point *p = a, *q = b;
    const int by = order(p->params, q->params);
    return by ? by : order(p->tokens, q->tokens);
}

/* Return whether neither size nor length ever falls as compute grows. */
static bool one_curve(const Point *rows, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (rows[i].params < rows[i - 1].params || rows[i].tokens < rows[i - 1].tokens)
            return false;
    return true;
}

static const char *take_flops(Arena *arena, Points *p) {
    qsort(p->rows, p->n, sizeof *p->rows, by_flops);
    if (one_curve(p->rows, p->n))
        return arena_printf(arena, "all %zu runs, whose size and length grow with compute", p->n);
    const size_t all = p->n;
    double lowest = INFINITY;
    p->n = 0;
    for (size_t i = 0; i < all; i++) {
        if (p->rows[i].loss >= lowest) continue;
        lowest = p->rows[i].loss;
        p->rows[p->n++] = p->rows[i];
    }
    return arena_printf(
        arena,
        "the compute frontier: %zu runs whose loss no run of less compute reaches; how "
        "far they lie from the optimum counts as noise",
        p->n);
}

/* Keep the rows with the one fixed value that has most values along the axis. The rows are sorted
 * by both. */
static const char *take_fixed(Arena *arena, Points *p, const Axis *axis) {
    qsort(p->rows, p->n, sizeof *p->rows, axis->fixed == ln_tokens ? by_tokens : by_params);
    size_t best = 0, best_n = 0;
    int most = 0;
    for (size_t at = 0, end; at < p->n; at = end) {
        int values = 1;
        for (end = at + 1; end < p->n && axis->fixed(&p->rows[end]) == axis->fixed(&p->rows[at]);
             end++)
            values += axis->along(&p->rows[end]) != axis->along(&p->rows[end - 1]);
        if (values >= most) most = values, best = at, best_n = end - at;
    }
    p->rows += best;
    p->n = best_n;
    return arena_printf(arena, "%zu runs of %s %.4g", p->n, law_x_name(axis->fixed),
                        p->n ? exp(axis->fixed(p->rows)) : NAN);
}

static Points *take(Arena *arena, const Points *points, const Axis *axis, const char **taken) {
    Points *p = ARENA_NEW(arena, Points);
    *p = *points;
    p->rows = ARENA_ARRAY(arena, Point, points->n);
    if (p->n) memcpy(p->rows, points->rows, p->n * sizeof *p->rows);
    *taken = axis->fixed ? take_fixed(arena, p, axis) : take_flops(arena, p);
    return p;
}

/* ---- both laws ------------------------------------------------------------------------------- */

/* Starts that are evaluated, and how many of the best are minimised. */
enum { STARTS = 48, MINIMISED = 3 };

typedef struct {
    Problem plain, bent;
} Pair;

typedef struct {
    Estimate plain, bent;
    double statistic;
} Trial;

/* Fit the law, minimising from the best few of its starting points. */
static Estimate fit_law(const Problem *p) {
    double theta[MINIMISED][LAW_MAX_PARAMS], objective[MINIMISED];
    for (int k = 0; k < MINIMISED; k++) objective[k] = INFINITY;
    for (int i = 0; i < STARTS; i++) {
        double start[LAW_MAX_PARAMS];
        p->law->start(&p->data, i, start);
        const double o = problem_objective(p, start, NULL);
        int k = MINIMISED;
        while (k > 0 && o < objective[k - 1]) k--;
        for (int l = MINIMISED - 1; l > k; l--) {
            objective[l] = objective[l - 1];
            memcpy(theta[l], theta[l - 1], sizeof start);
        }
        if (k == MINIMISED) continue;
        objective[k] = o;
        memcpy(theta[k], start, sizeof start);
    }
    Estimate best = {.objective = INFINITY};
    for (int k = 0; k < MINIMISED && isfinite(objective[k]); k++) {
        const Estimate e = estimate_from(NULL, p, theta[k]);
        if (e.objective < best.objective) best = e;
    }
    return best;
}

/* Fit both laws to these losses, measured or drawn. The plain law is a special case of the bent
 * one, whose objective is therefore never allowed to be higher. */
static Trial try_both(const Pair *r, const double *ln_loss) {
    Pair own = *r;
    double min = INFINITY, mean = 0;
    for (size_t i = 0; i < r->plain.data.n; i++) {
        min = fmin(min, exp(ln_loss[i]));
        mean += exp(ln_loss[i]) / (double)r->plain.data.n;
    }
    Problem *const both[] = {&own.plain, &own.bent};
    for (int k = 0; k < 2; k++) {
        both[k]->data.ln_loss = ln_loss;
        both[k]->data.min_loss = min;
        both[k]->data.mean_loss = mean;
    }
    Trial t = {.plain = fit_law(&own.plain), .bent = fit_law(&own.bent)};
    /* Losses without noise: squares below this are rounding. */
    const double floor = 1e-24 * (double)own.plain.data.n;
    const double plain = fmax(t.plain.objective, floor), bent = fmax(t.bent.objective, floor);
    t.statistic = (double)own.plain.data.n * fmax(0, log(plain / bent));
    return t;
}

/* ---- chance ---------------------------------------------------------------------------------- */

/* Return ln L of the curve E + A x^-alpha, with exponent `after` beyond the middle of the range. */
static double on_curve(const Pair *r, const double *theta, double after, double ln_x) {
    const double middle = 0.5 * (r->plain.data.lo[0] + r->plain.data.hi[0]);
    const LawBreak *at = &r->bent.law->at_break;
    const double alpha = theta[at->alpha],
                 term = theta[at->ln_A] - alpha * ln_x - (after - alpha) * fmax(0, ln_x - middle);
    return log(exp(theta[at->ln_E]) + exp(term));
}

/* Return T of n simulated data sets. */
static double *draw(Arena *arena, const Pair *r, const double *theta, double after, double noise,
                    const char *name, uint64_t seed, int n) {
    double *statistics = ARENA_ARRAY(arena, double, n);
    const size_t rows = r->plain.data.n;
#pragma omp parallel
    {
        double *ln_loss = malloc(rows * sizeof *ln_loss);
        if (!ln_loss) out_of_memory(rows * sizeof *ln_loss);
#pragma omp for schedule(dynamic)
        for (int k = 0; k < n; k++) {
            const Stream s = stream_open(seed, name, (uint64_t)k);
            for (size_t i = 0; i < rows; i++)
                ln_loss[i] =
                    on_curve(r, theta, after, r->plain.data.x[i]) + noise * stream_normal(&s, i);
            statistics[k] = try_both(r, ln_loss).statistic;
        }
        free(ln_loss);
    }
    return statistics;
}

static double share_above(const double *x, int n, double limit) {
    int above = 0;
    for (int i = 0; i < n; i++) above += x[i] >= limit;
    return (double)above / n;
}

static void draw_power(Arena *arena, const Pair *r, const Trial *seen, double limit, uint64_t seed,
                       Bend *b) {
    const double shares[] = {1.0 / 2, 2.0 / 3};
    for (int k = 0; k < 2; k++) {
        const double from = seen->plain.theta[r->bent.law->at_break.alpha], to = shares[k] * from;
        const double *t = draw(arena, r, seen->plain.theta, to, b->noise,
                               k ? "bend to two thirds" : "bend to a half", seed, BEND_POWERS);
        b->power[k] = (BendPower){from, to, share_above(t, BEND_POWERS, limit)};
    }
}

static const char *verdict_of(Arena *arena, const Bend *b, bool trunks) {
    const char *shared =
        trunks ? " Some of these runs share a trunk, which can look like a bend." : "";
    if (b->p <= BEND_LEVEL)
        return arena_printf(
            arena,
            "a bend: at %s = %.3g the exponent goes from %.3g to %.3g; chance alone does as much "
            "in %.2g "
            "%% of draws. Before it is believed: did every run end its schedule, see fresh data, "
            "have a rate of its own, and stay clear of the floors of context and size?%s",
            b->x, b->at, b->before, b->after, 100 * b->p, shared);
    return arena_printf(
        arena,
        "no bend found (p = %.2g). In these %.1f decades with scatter of %.2g %% an "
        "exponent that drops from %.3g to %.3g would be found in %.0f %% of such "
        "sweeps, one that drops to %.3g in %.0f %%.%s",
        b->p, b->decades, 100 * b->noise, b->power->from, b->power->to, 100 * b->power->power,
        b->power[1].to, 100 * b->power[1].power, shared);
}

static const Law *bent_law(void) {
    size_t i = 0;
    while (!LAWS[i]->at_break.without) i++;
    return LAWS[i];
}

static Status problems(Arena *arena, const Points *p, const char *x, Pair *out, Err *err) {
    FitOptions o = fit_options_default();
    o.estimator = "l2-log";
    o.x = x;
    o.law = bent_law()->at_break.without;
    TRY(problem_of(arena, p, &o, &out->plain, err));
    o.law = bent_law()->name;
    return problem_of(arena, p, &o, &out->bent, err);
}

static bool share_trunks(Arena *scratch, const Points *all, const Points *p) {
    bool *seen = ARENA_ARRAY(scratch, bool, (size_t)all->n_groups);
    for (size_t i = 0; i < p->n; i++) {
        if (seen[p->rows[i].group]) return true;
        seen[p->rows[i].group] = true;
    }
    return false;
}

const Bend *bend_of(Arena *arena, const Points *points, const char *x, uint64_t seed) {
    Bend *b = ARENA_NEW(arena, Bend);
    const Axis axis = axis_of(x);
    Err err = {0};
    Pair r;
    *b = (Bend){.bent = bent_law(), .x = law_x_name(axis.along), .statistic = NAN, .p = NAN};
    const Points *p = take(arena, points, &axis, &b->taken);
    b->n = p->n;
    if (p->n < BEND_LEAST || p->n > BEND_MOST) {
        b->why = arena_printf(arena, "a bend is looked for in %d to %d runs along %s, here are %zu",
                              BEND_LEAST, BEND_MOST, b->x, p->n);
        return b;
    }
    if (problems(arena, p, x, &r, &err) != OK) {
        b->why = arena_strdup(arena, err.message);
        return b;
    }
    const Trial seen = try_both(&r, r.plain.data.ln_loss);
    b->decades = (r.plain.data.hi[0] - r.plain.data.lo[0]) / M_LN10;
    b->noise = sqrt(seen.plain.objective / ((double)p->n - 3));
    b->statistic = seen.statistic;
    const LawBreak *rows = &r.bent.law->at_break;
    const double alpha = seen.plain.theta[rows->alpha];
    b->at = exp(seen.bent.theta[rows->ln_at]);
    b->before = seen.bent.theta[rows->alpha];
    b->after = b->before + seen.bent.theta[rows->change];
    const double *nulls =
        draw(arena, &r, seen.plain.theta, alpha, b->noise, "bend null", seed, BEND_NULLS);
    b->p = (share_above(nulls, BEND_NULLS, seen.statistic) * BEND_NULLS + 1) / (BEND_NULLS + 1);
    draw_power(arena, &r, &seen, stat_quantile(nulls, BEND_NULLS, 1 - BEND_LEVEL), seed, b);
    if (b->p > BEND_LEVEL) b->at = b->before = b->after = NAN;
    b->verdict = verdict_of(arena, b, share_trunks(arena, points, p));
    return b;
}

/* ---- the question ---------------------------------------------------------------------------- */

typedef struct {
    bool bend;
} Asked;
static const Field FIELDS[] = {
    {"bend", FIELD_BOOL, offsetof(Asked, bend), 0, -1, NULL, "",
     "ask whether the exponent changes within the range of x"},
};
static const FieldTable FLAGS = {QUESTION_FLAGS, FIELDS, COUNT_OF(FIELDS)};
static const Asked DEFAULTS;

static Status ask(Arena *arena, const Study *study, const void *options, const void **answer,
                  Err *err) {
    const Fit *fit = &study->fit;
    const FitOptions *o = &study->options->fit;
    (void)err;
    if (((const Asked *)options)->bend || study->comparison)
        *answer = bend_of(arena, fit->points, *fit->law->x ? fit->law->x : o->x, o->seed);
    return OK;
}

static void put(Sheet *s, const Study *study, const void *answer) {
    const Bend *b = answer;
    (void)study;
    if (!b) {
        sheet_missing(s, "bend");
        return;
    }
    char title[96];
    snprintf(title, sizeof title, "does the exponent change: %s against %s",
             b->bent->at_break.without, b->bent->name);
    sheet_table(s, "bend", '.', title);
    sheet_text(s, "x", b->x);
    sheet_text(s, "rows", b->taken);
    sheet_count(s, "n", b->n);
    sheet_text(s, "verdict", b->why ? b->why : b->verdict);
    if (!b->why) {
        sheet_number(s, "decades", b->decades);
        sheet_number(s, "noise", b->noise);
        sheet_number(s, "statistic", b->statistic);
        sheet_number(s, "p", b->p);
        sheet_number(s, "break_at", b->at);
        sheet_number(s, "exponent_before", b->before);
        sheet_number(s, "exponent_after", b->after);
        sheet_number(s, "exponent", b->power->from);
        sheet_number(s, "exponent_at_half", b->power->to);
        sheet_number(s, "power_at_half", b->power->power);
        sheet_number(s, "exponent_at_two_thirds", b->power[1].to);
        sheet_number(s, "power_at_two_thirds", b->power[1].power);
    }
    sheet_end(s);
}

const Question BEND_QUESTION = {&FLAGS, &DEFAULTS, sizeof DEFAULTS, ask, put};
