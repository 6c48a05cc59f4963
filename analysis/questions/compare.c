/* compare.c: fits every law, compares their predictions of runs that they were not fitted to, and
 * says which differences are larger than chance. */
#include "analysis/questions/compare.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/design.h"
#include "analysis/fit/fit_points.h"
#include "analysis/fit/problem_of.h"
#include "base/rng.h"
#include "base/stat.h"

/* A smaller difference in AICc is no evidence between two laws [Burnham & Anderson 2002, sec. 2.6].
 */
static const double AICC_ALIKE = 2;

/* ---- every law ------------------------------------------------------------------------------- */

/* Note a law that is not compared. `why` is the message of a failed fit; the name of the points in
 * front of it is dropped. */
static void leave_out(Arena *arena, Comparison *c, const Points *points, const char *why) {
    c->left_out[c->n_left_out++] =
        arena_printf(arena, "not compared: %s.", points_unnamed(points, why));
}

/* Note in one sentence all laws of N and D that sizes and lengths on one line cannot carry. */
static void leave_out_hidden(Arena *arena, Comparison *c, const Design *d) {
    const char *names = NULL;
    for (size_t i = 0; LAWS[i]; i++) {
        if (!design_hides(d, LAWS[i])) continue;
        names = names ? arena_printf(arena, "%s, %s", names, LAWS[i]->name) : LAWS[i]->name;
    }
    if (names)
        c->left_out[c->n_left_out++] =
            arena_printf(arena, "not compared: %s: %s.", names, design_says(arena, d));
}

/* Fail where the law takes so many of the rows that what is left cannot judge it: AICc is not
 * defined. */
static Status has_rest(Arena *arena, const Points *points, const FitOptions *o, Err *err) {
    Problem p;
    TRY(problem_of(arena, points, o, &p, err));
    if (p.law->log_loss && isnan(stat_aicc(1, (double)points->n, p.n_free)))
        FAIL(err, E_FAILED,
             "%s: %s takes %d parameters of %zu runs, and what is left cannot judge it",
             points->source, p.law->name, p.n_free, points->n);
    return OK;
}

/* Return whether a law is compared, or left out with a sentence of its own. */
static bool compared(const Law *law, const FitOptions *o, const Design *d) {
    return law_find_x(law->name, o->x) == law && !design_hides(d, law);
}

/* Fit one law more, or note why it is not compared. Return its error where it could not be fitted;
 * OK where it was, or was never to be. */
static Status fit_rival(Arena *arena, const Points *points, const Points *held, const FitOptions *o,
                        const Law *law, Comparison *c, Err *why) {
    FitOptions one = *o;
    Rival *r = &c->rivals[c->n];
    const char *never = !law->log_loss ? "predicts no loss"
                        : law->slow    ? "takes seconds, and is fitted when --law names it"
                                       : NULL;
    if (never) {
        leave_out(arena, c, points, arena_printf(arena, "%s %s", law->name, never));
        return OK;
    }
    one.law = law->name;
    Status status = has_rest(arena, points, &one, why);
    if (status == OK) status = fit_points(arena, points, held, &one, &r->fit, why);
    if (status != OK) {
        leave_out(arena, c, points, why->message);
        return status;
    }
    r->validation = validate(arena, &r->fit);
    c->n++;
    return OK;
}

/* Fit every law. When none can be fitted, fail with the message of the first. */
static Status fit_all(Arena *arena, const Points *points, const Points *held, const FitOptions *o,
                      Comparison *c, Err *err) {
    Err first = {0};
    Status failed = OK;
    int n = 0;
    const Design design = design_of(arena, points);
    leave_out_hidden(arena, c, &design);
    for (size_t i = 0; LAWS[i]; i++) n += compared(LAWS[i], o, &design);
    watch_begin(o->watch, "laws", n);
    for (size_t i = 0; LAWS[i]; i++) {
        Err why = {0};
        if (!compared(LAWS[i], o, &design)) continue;
        const Status status = fit_rival(arena, points, held, o, LAWS[i], c, &why);
        if (failed == OK) failed = status, first = why;
        watch_step(o->watch);
    }
    watch_end(o->watch);
    if (c->n == 0) *err = first;
    return c->n ? OK : failed;
}

/* ---- the race -------------------------------------------------------------------------------- */

enum { MAX_LAWS = 64 };

typedef struct {
    const Rival *rivals;
    size_t n_rivals;
    const Point **rows; // (n_rows) rows to predict; NULL: there are none
    size_t n_rows;
    const bool *left_out; // (points) rows that are not fitted; NULL: all rows are fitted
    /* Of each law: the coefficients that predict the rows; NULL: the law predicts none. */
    const double *theta[MAX_LAWS];
    double noise;
} Race;

static const char *of_holdout(Arena *arena, const Points *held, Race *race) {
    race->rows = ARENA_ARRAY(arena, const Point *, held->n);
    race->n_rows = held->n;
    for (size_t i = 0; i < held->n; i++) race->rows[i] = &held->rows[i];
    for (size_t k = 0; k < race->n_rivals; k++) race->theta[k] = race->rivals[k].fit.theta;
    return arena_printf(arena, "held-out runs (%s)", held->rule);
}

static const char *of_largest(Arena *arena, const Points *points, Race *race) {
    const char *rule = "";
    race->rows = ARENA_ARRAY(arena, const Point *, points->n);
    for (size_t k = 0; k < race->n_rivals; k++) {
        const LargestOut *l = &race->rivals[k].validation->largest;
        if (l->error.n == 0) continue;
        race->theta[k] = l->theta;
        race->left_out = l->left_out;
        rule = l->rule;
    }
    for (size_t i = 0; i < points->n; i++)
        if (race->left_out[i]) race->rows[race->n_rows++] = &points->rows[i];
    return arena_printf(arena, "runs left out (%s)", rule);
}

/* Choose the rows that the laws are to predict, and return a phrase for them; "" when there are
 * none. */
static const char *set_race(Arena *arena, const Comparison *c, Race *race) {
    const Fit *first = &c->rivals->fit;
    *race = (Race){.rivals = c->rivals, .n_rivals = c->n, .noise = INFINITY};
    bool largest = false;
    MUST(c->n <= MAX_LAWS);
    for (size_t k = 0; k < c->n; k++) {
        race->noise = fmin(race->noise, c->rivals[k].fit.noise.total); // fmin ignores a NaN
        largest |= c->rivals[k].validation->largest.error.n > 0;
    }
    if (!isfinite(race->noise)) race->noise = NAN;
    if (validate_user_holdout(first)) return of_holdout(arena, first->held, race);
    if (largest) return of_largest(arena, first->part->points, race);
    if (first->held && first->held->n > 0) return of_holdout(arena, first->held, race);
    return "";
}

/* Return the noise of a row. Rows of one size share it: they have one shape and one learning rate,
 * and often share more of their training than their trunk labels say. */
static double draw_noise(const Race *race, const Stream *noise, const Point *p) {
    return race->noise * stream_normal(noise, hash_bytes(&p->params, sizeof p->params, 0));
}

/* Return the mean |relative error| and the mean relative error over the rows. `noise` is added to
 * their losses; NULL: none. */
static Holdout race_error(const Race *race, const Law *law, const double *theta,
                          const Stream *noise) {
    Holdout h = {.n = race->n_rows};
    for (size_t i = 0; i < h.n; i++) {
        const Point *p = race->rows[i];
        const double moved = noise ? draw_noise(race, noise, p) : 0;
        const double error = expm1(law_log_loss(law, theta, p) - log(p->loss) - moved);
        h.mean_abs_rel += fabs(error) / (double)h.n;
        h.bias += error / (double)h.n;
    }
    return h;
}

/* Fill the weights of a resample: each row's own weight times how often its group was drawn. */
static void draw(const Race *race, const Stream *s, double *weights) {
    const Points *points = race->rivals->fit.part->points;
    Arena *scratch = arena_open();
    int *times = ARENA_ARRAY(scratch, int, (size_t)points->n_groups);
    for (int k = 0; k < points->n_groups; k++)
        times[stream_below(s, (uint64_t)k, (uint64_t)points->n_groups)]++;
    for (size_t i = 0; i < points->n; i++)
        weights[i] = race->left_out && race->left_out[i]
                         ? 0
                         : times[points->rows[i].group] * points->rows[i].weight;
    arena_close(scratch);
}

/* Fill errors (n_rivals), one for every law, in resample r; NaN where a law cannot be fitted. */
static void race_once(Arena *scratch, const Race *race, uint64_t seed, int r, double *errors) {
    const Stream groups = stream_open(seed, "compare", (uint64_t)r),
                 noise = stream_open(seed, "compare noise", (uint64_t)r);
    double *weights = ARENA_ARRAY(scratch, double, race->rivals->fit.part->points->n);
    draw(race, &groups, weights);
    for (size_t k = 0; k < race->n_rivals; k++) {
        Problem p = *race->rivals[k].fit.part;
        p.weights = weights;
        errors[k] = NAN;
        if (!race->theta[k] || problem_missing(scratch, &p, 0)) continue;
        const Estimate e = estimate_again(scratch, &p, race->theta[k], 0);
        errors[k] = race_error(race, p.law, e.theta, &noise).mean_abs_rel;
    }
}

/* Fill as_good: the share of resamples in which each law predicts no worse than law number `best`.
 */
static void run_race(Arena *arena, const Race *race, size_t best, int resamples,
                     const FitOptions *o, Rival *rivals) {
    const size_t n = race->n_rivals;
    double *errors = ARENA_ARRAY(arena, double, (size_t)resamples *n);
    watch_begin(o->watch, "resamples of all laws", resamples);
#pragma omp parallel
    {
        Arena *scratch = arena_open();
#pragma omp for schedule(dynamic)
        for (int r = 0; r < resamples; r++) {
            arena_reset(scratch);
            race_once(scratch, race, o->seed, r, errors + (size_t)r * n);
            watch_step(o->watch);
        }
        arena_close(scratch);
    }
    watch_end(o->watch);
    for (size_t k = 0; k < n; k++) {
        int both = 0, as_good = 0;
        for (int r = 0; r < resamples; r++) {
            const double mine = errors[(size_t)r * n + k], first = errors[(size_t)r * n + best];
            both += isfinite(mine) && isfinite(first);
            as_good += mine <= first;
        }
        rivals[k].as_good = both > 0 ? (double)as_good / both : NAN;
    }
}

static double apart(const Race *race, size_t k, size_t best) {
    double sum = 0;
    if (!race->theta[k] || !race->theta[best]) return NAN;
    for (size_t i = 0; i < race->n_rows; i++) {
        const Point *p = race->rows[i];
        sum += fabs(expm1(law_log_loss(race->rivals[k].fit.law, race->theta[k], p) -
                          law_log_loss(race->rivals[best].fit.law, race->theta[best], p)));
    }
    return sum / (double)race->n_rows;
}

/* ---- the order ------------------------------------------------------------------------------- */

static bool before(const Rival *x, const Rival *y) {
    const double a = x->fit.aicc, b = y->fit.aicc;
    if (isnan(x->held) != isnan(y->held)) return isnan(y->held);
    if (x->held != y->held && !isnan(x->held)) return x->held < y->held;
    return a < b || (isnan(b) && !isnan(a));
}

static void sort_rivals(Rival *rivals, size_t n) {
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && before(&rivals[k], &rivals[k - 1]); k--) {
            const Rival r = rivals[k];
            rivals[k] = rivals[k - 1];
            rivals[k - 1] = r;
        }
}

static void judge_rivals(Arena *arena, const FitOptions *o, Comparison *c) {
    Race race;
    double lowest = INFINITY;
    c->held_by = set_race(arena, c, &race);
    c->n_held = race.n_rows;
    c->noise = race.noise;
    for (size_t k = 0; k < c->n; k++) lowest = fmin(lowest, c->rivals[k].fit.aicc);
    for (size_t k = 0; k < c->n; k++) {
        Rival *r = &c->rivals[k];
        const Holdout h = race.theta[k] ? race_error(&race, r->fit.law, race.theta[k], NULL)
                                        : (Holdout){0, NAN, NAN};
        r->delta_aicc = r->fit.aicc - lowest;
        r->held = h.mean_abs_rel;
        r->bias = h.bias;
        r->as_good = NAN;
    }
    sort_rivals(c->rivals, c->n);
    set_race(arena, c, &race);
    const int resamples = o->resamples < COMPARE_RESAMPLES ? o->resamples : COMPARE_RESAMPLES;
    if (race.theta[0] && resamples > 0) run_race(arena, &race, 0, resamples, o, c->rivals);
    for (size_t k = 0; k < c->n; k++) {
        c->rivals[k].apart = apart(&race, k, 0);
        c->rivals[k].told = k > 0 && c->rivals[k].as_good < COMPARE_CHANCE;
    }
}

/* ---- the verdict ----------------------------------------------------------------------------- */

/* Return "a, b and c": the names of the laws after the first whose `told` is as given; NULL when
 * there are none. */
static const char *laws_told(Arena *arena, const Comparison *c, bool told, bool with_error) {
    const char *all = NULL;
    size_t left = 0;
    for (size_t k = 1; k < c->n; k++)
        left += c->rivals[k].told == told && isfinite(c->rivals[k].held);
    for (size_t k = 1; k < c->n; k++) {
        if (c->rivals[k].told != told || !isfinite(c->rivals[k].held)) continue;
        const char *one = c->rivals[k].fit.law->name;
        if (with_error) one = arena_printf(arena, "%s (%.3g %%)", one, 100 * c->rivals[k].held);
        left--;
        all = !all ? one : arena_printf(arena, "%s%s%s", all, left ? ", " : " and ", one);
    }
    return all;
}

#define SAY(arena, c, ...) ((c)->verdict[(c)->n_verdict++] = arena_printf((arena), __VA_ARGS__))

static void say_held(Arena *arena, Comparison *c) {
    const Fit *first = &c->rivals->fit;
    const char *alike = laws_told(arena, c, false, false), *worse = laws_told(arena, c, true, true);
    double apart = 0;
    for (size_t k = 1; k < c->n; k++)
        if (!c->rivals[k].told) apart = fmax(apart, c->rivals[k].apart);
    const bool known = isfinite(first->form.lack.noise); // the noise of a run, from repeats
    SAY(arena, c, "%s predicts the %s %s best, to within %.3g %%; %s is %.2g %%.", first->law->name,
        c->n_held == 1 ? "only one of the" : arena_printf(arena, "%zu", c->n_held), c->held_by,
        100 * c->rivals->held,
        known ? fit_scatter(first).words : "the least scatter about one of the laws",
        100 * (known ? fit_scatter(first).sd : c->noise));
    if (isnan(c->rivals->as_good)) {
        SAY(arena, c,
            "Whether it is better by more than chance is not known; --resamples would tell.");
        return;
    }
    if (alike)
        SAY(arena, c,
            "These %zu points cannot tell it from %s, whose predictions there lie up to %.2g %% "
            "from its own.",
            first->points->n, alike, 100 * apart);
    if (worse) SAY(arena, c, "Worse by more than chance: %s.", worse);
}

/* Return the law of lowest AICc that converged, and add a sentence about it. It may describe the
 * points best although its forecasts are worse; the sentence then says that. */
static size_t choose(Arena *arena, Comparison *c) {
    const Rival *r = c->rivals;
    const size_t n = c->n;
    size_t best = n;
    const char *near = NULL;
    for (size_t k = 0; k < n; k++)
        if (r[k].fit.status != FIT_NO_CONVERGENCE && isfinite(r[k].fit.aicc) &&
            (best == n || r[k].fit.aicc < r[best].fit.aicc))
            best = k;
    if (best == n) {
        SAY(arena, c, "Everything else is about %s.", r->fit.law->name);
        return 0;
    }
    for (size_t k = 0; k < n; k++) {
        const char *name = r[k].fit.law->name;
        if (k == best || !(fabs(r[k].fit.aicc - r[best].fit.aicc) < AICC_ALIKE)) continue;
        near = near ? arena_printf(arena, "%s, %s", near, name) : name;
    }
    SAY(arena, c, "Everything else is about %s, which has the lowest AICc%s%s%s%s.",
        r[best].fit.law->name,
        near ? " (no evidence against these, which are within 2 of it: " : "", near ? near : "",
        near ? ")" : "",
        r[best].told ? ": it describes these points best, and is not to be trusted far beyond them"
                     : "");
    return best;
}

static size_t test_nested(Arena *arena, const Comparison *c, const NestedTest **out) {
    const Fit **fits = ARENA_ARRAY(arena, const Fit *, c->n);
    for (size_t k = 0; k < c->n; k++) fits[k] = &c->rivals[k].fit;
    return nested_tests(arena, fits, c->n, out);
}

Status compare_laws(Arena *arena, const Points *points, const Points *held, const FitOptions *o,
                    Fit *best, const Comparison **out, Err *err) {
    size_t room = 0;
    while (LAWS[room]) room++;
    Comparison *c = ARENA_NEW(arena, Comparison);
    c->left_out = ARENA_ARRAY(arena, const char *, room + 1);
    c->rivals = ARENA_ARRAY(arena, Rival, room);
    TRY(fit_all(arena, points, held, o, c, err));
    judge_rivals(arena, o, c);
    c->n_nested = test_nested(arena, c, &c->nested);
    if (*c->held_by) say_held(arena, c);
    c->chosen = choose(arena, c);
    *best = c->rivals[c->chosen].fit;
    *out = c;
    return OK;
}
