/* judge.c: the rules, in this order; the first that holds is the status.
 *
 *   NO_CONVERGENCE   the gradient at the estimate is not small (estimate_converged)
 *   AT_BOUND         a parameter ends at a bound of its law: the data ask for something the law
 * does not offer NOT_IDENTIFIED   of some parameter the interval spans more than a factor
 * IDENTIFIED_FACTOR, or more than BOUND_SHARE of the resamples end at a bound. A coefficient A is
 * judged by its term A / x^alpha at the middle of the data, for A alone swings with alpha however
 * good the data. OK               otherwise
 *
 * UNTUNED is not told from points; it is for whoever knows how learning rates were chosen.
 */
#include <math.h>

#include "analysis/judge.h"
#include "base/stat.h"

static const double IDENTIFIED_FACTOR = 4, BOUND_SHARE = 0.10, FLOPS_ERROR = 0.10, DECADES = 1;
enum { FEW_GROUPS = 10 };

#define NOTE(arena, fit, ...) add_note((fit), arena_printf((arena), __VA_ARGS__))

static void add_note(Fit *fit, const char *text) {
    MUST(fit->n_notes < FIT_MAX_NOTES);
    fit->notes[fit->n_notes++] = text;
}

/* Judged parameter i at theta, as a logarithm, so that an interval's width is a factor. */
static double log_judged(const Problem *p, const double *theta, int i) {
    const double z = problem_centred(p, theta, i);
    return p->law->params[i].logged ? z : log(z);
}

static double interval_factor(Arena *arena, const Fit *fit, const Problem *p, int i) {
    if (fit->n_boots == 0) return 1;
    double *x = ARENA_ARRAY(arena, double, (size_t)fit->n_boots);
    for (int r = 0; r < fit->n_boots; r++)
        x[r] = log_judged(p, fit->boots + (size_t)r * p->law->n_params, i);
    const double lo = stat_quantile(x, (size_t)fit->n_boots, (1 - fit->level) / 2);
    const double hi = stat_quantile(x, (size_t)fit->n_boots, (1 + fit->level) / 2);
    return exp(hi - lo);
}

/* What to measure so that parameter i is pinned. */
static const char *remedy(const Law *law, int i) {
    double (*ln_x)(const Point *) = law->params[i].ln_x;
    if (!ln_x && i > 0) ln_x = law->params[i - 1].ln_x;
    if (!ln_x) return "larger and longer runs, nearer to the floor";
    return ln_x == ln_params   ? "a wider range of sizes at the largest token count, or more seeds"
           : ln_x == ln_tokens ? "a wider range of token counts at the largest size, or more seeds"
                               : "a wider range of compute, or more seeds";
}

static bool judge_bounds(Arena *arena, Fit *fit, const Problem *p, const Estimate *e) {
    bool any = false;
    for (int i = 0; i < p->law->n_params; i++) {
        if (!e->at_bound[i]) continue;
        any = true;
        const LawParam *row = &p->law->params[i];
        const bool low = problem_centred(p, e->theta, i) < 0.5 * (row->lo + row->hi);
        NOTE(arena, fit,
             "%s ends at its %s bound: these points show no such term; it would take %s.",
             row->name, low ? "lower" : "upper", remedy(p->law, i));
    }
    return any;
}

static bool judge_identified(Arena *arena, Fit *fit, const Problem *p, const Bootstrap *b) {
    bool all = true;
    for (int i = 0; i < p->law->n_params; i++) {
        const LawParam *row = &p->law->params[i];
        const double factor = interval_factor(arena, fit, p, i);
        const double share = b->n ? (double)b->n_at_bound[i] / b->n : 0;
        if (factor <= IDENTIFIED_FACTOR && share <= BOUND_SHARE) continue;
        all = false;
        if (share > BOUND_SHARE)
            NOTE(arena, fit,
                 "%s is not pinned by these points: %.0f %% of the resamples end at its bound; it "
                 "would take %s.",
                 row->name, 100 * share, remedy(p->law, i));
        else
            NOTE(arena, fit,
                 "%s%s is not pinned by these points: its interval spans a factor %.3g; it would "
                 "take %s.",
                 row->ln_x ? "the term of " : "", row->name, factor, remedy(p->law, i));
    }
    return all;
}

static void note_range(Arena *arena, Fit *fit, const char *name, double (*ln_x)(const Point *)) {
    double lo = INFINITY, hi = -INFINITY;
    for (size_t i = 0; i < fit->points->n; i++) {
        lo = fmin(lo, ln_x(&fit->points->rows[i]));
        hi = fmax(hi, ln_x(&fit->points->rows[i]));
    }
    if (hi - lo < DECADES * log(10))
        NOTE(arena, fit, "%s spans only a factor %.3g; its exponent wants ten or more.", name,
             exp(hi - lo));
}

static void note_data(Arena *arena, Fit *fit, const Bootstrap *b) {
    const Points *points = fit->points;
    for (int i = 0; i < fit->law->n_params; i++) {
        double (*ln_x)(const Point *) = fit->law->params[i].ln_x;
        if (ln_x)
            note_range(arena, fit,
                       ln_x == ln_params   ? "params"
                       : ln_x == ln_tokens ? "tokens"
                                           : "flops",
                       ln_x);
    }
    if (points->flops_assumed)
        NOTE(arena, fit, "flops are not given everywhere: C = 6 N D is assumed there.");
    if (fit->flops_error > FLOPS_ERROR)
        NOTE(arena, fit,
             "flops follow kappa N^q D only within %.0f %%: compute-optimal sizes are that rough.",
             100 * fit->flops_error);
    if (b->n > 0 && points->n_groups < FEW_GROUPS)
        NOTE(arena, fit,
             "only %d groups of runs to resample: intervals are rough and likely too narrow.",
             points->n_groups);
    if (b->n_redrawn > 0)
        NOTE(arena, fit, "%d resamples with too few different runs were drawn again.",
             b->n_redrawn);
    size_t below = 0;
    for (size_t i = 0; i < points->n && isfinite(points->floor_nat); i++) {
        const double se = points->rows[i].loss_se;
        below += points->rows[i].loss < points->floor_nat - 3 * (isfinite(se) ? se : 0);
    }
    if (below > 0)
        NOTE(arena, fit,
             "%zu losses lie below the source's floor by over three standard errors: held-out text "
             "leaks.",
             below);
}

void judge_fit(Arena *arena, Fit *fit, const Problem *p, const Estimate *e, const Bootstrap *b) {
    const bool at_bound = judge_bounds(arena, fit, p, e);
    const bool identified = judge_identified(arena, fit, p, b);
    fit->status = !estimate_converged(e) ? FIT_NO_CONVERGENCE
                  : at_bound             ? FIT_AT_BOUND
                  : !identified          ? FIT_NOT_IDENTIFIED
                                         : FIT_OK;
    if (fit->status == FIT_NO_CONVERGENCE)
        NOTE(arena, fit,
             "the minimiser did not reach a minimum (gradient %.1e): try more --starts.",
             fit->gradient_norm);
    note_data(arena, fit, b);
}
