/* judge.c: the rules, in this order; all that hold are reasons, the first is the status.
 *
 *   NO_CONVERGENCE  the gradient at the estimate is not small (estimate_converged)
 *   AT_BOUND        a parameter ends at a bound of its law: the data ask for what it does not offer
 *   NOT_IDENTIFIED  the interval of some parameter spans more than a factor IDENTIFIED_FACTOR, or more
 *                   than BOUND_SHARE of the resamples end at a bound, or no loss depends on it
 *   UNTUNED         runs at several learning rates show that rates were not chosen well (tuning.h)
 *   WRONG_FORM      residuals hold a pattern beyond chance, or cells miss the law by more than their
 *                   repeats allow (form.h)
 *   OK              otherwise
 *
 * A coefficient A is judged by its term A / x^alpha at the middle of the data, since A alone swings
 * with alpha however good the data are. A slope that may have either sign is not judged. That it
 * may be 0 is an answer, and is noted.
 *
 * Where sizes and lengths lie on one line (design.h), a law of N and D is NOT_IDENTIFIED for that
 * reason, which comes first. Its bounds, intervals and ranges are then not judged one by one: each
 * sentence would say of one variable what the line says of both.
 *
 * What is best (frontier, best size and length, a, b, G, returns) is told where the runs decide it:
 * not where the line hides it, not without convergence, and not where a parameter on which it
 * depends ends at a bound, for what is best is then the bound's doing. LawParam.beside_best marks
 * the others: skaling's k, since the best size is that of the sum inside; L0 of bounded, R_D and
 * R_N of data-constrained; E of power-offset, which at 0 is the law power.
 *
 * Notes stand in the order of their weight: first what makes the status, then what the points give
 * reason to doubt, last what is good to know.
 */
#include <math.h>
#include <string.h>

#include "analysis/fit/judge.h"
#include "base/stat.h"
#include "analysis/fit/design.h"
#include "analysis/fit/doubts.h"
#include "analysis/fit/loose.h"
#include "analysis/fit/notes.h"
#include "analysis/fit/tuning.h"

static const double IDENTIFIED_FACTOR = 4, BOUND_SHARE = 0.10;
enum { FEW_GROUPS = 10 };

#define NOTE(arena, fit, ...) notes_add((fit), arena_printf((arena), __VA_ARGS__))

/* Return parameter i in the form in which it is judged: a logarithm, so that an interval's width is
 * a factor. An exponent of 0 or less, which a law that is read off may have, is far away. */
static double log_judged(const Problem *p, const double *theta, int i) {
    const double z = problem_centred(p, theta, i);
    return p->law->params[i].logged ? z : log(fmax(z, 1e-9));
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

/* Return what to measure so that parameter i is pinned. */
static const char *remedy(Arena *arena, const Law *law, int i) {
    double (*ln_x)(const Point *) = law_param_x(law, i);
    if (law->params[i].wants) return law->params[i].wants;
    return ln_x ? arena_printf(arena, "a wider range of %s, or more seeds", law_x_name(ln_x))
                : "larger and longer runs, nearer to the floor";
}

static bool judge_bounds(Arena *arena, Fit *fit, const Problem *p, const Estimate *e) {
    bool any = false;
    for (int i = 0; i < p->law->n_params; i++) {
        if (!e->at_bound[i]) continue;
        any = true;
        const LawParam *row = &p->law->params[i];
        const bool low = problem_centred(p, e->theta, i) < 0.5 * (p->lo[i] + p->hi[i]);
        NOTE(arena, fit,
             "%s ends at its %s bound: these points show no such term; it would take %s.",
             row->name, low ? "lower" : "upper", remedy(arena, p->law, i));
    }
    return any;
}

/* Return whether some loss here changes with free parameter i. A parameter without effect stays
 * where it started, in all resamples. */
static bool has_effect(const Problem *p, const double *theta, int i) {
    double gradient[LAW_MAX_PARAMS];
    if (!p->law->log_loss || p->fixed[i]) return true;
    for (size_t row = 0; row < p->points->n; row++) {
        p->law->log_loss(theta, p->data.x + row * (size_t)p->data.n_x, gradient);
        if (!(fabs(gradient[i]) <= 1e-12)) return true;
    }
    return false;
}

typedef struct {
    double factor; // that the interval spans
    double share;  // of the resamples that end at a bound
    bool effect, pinned;
} Pinned;

static Pinned pinned(Arena *arena, const Fit *fit, const Problem *p, const Estimate *e,
                     const Bootstrap *b, int i) {
    const LawParam *row = &p->law->params[i];
    Pinned x = {.factor = row->either_sign ? 1 : interval_factor(arena, fit, p, i),
                .share = b->n ? (double)b->n_at_bound[i] / b->n : 0,
                .effect = has_effect(p, e->theta, i)};
    x.pinned = e->at_bound[i] || // judge_bounds() has said it
               (x.effect && x.factor <= IDENTIFIED_FACTOR && x.share <= BOUND_SHARE);
    return x;
}

static bool judge_identified(Arena *arena, Fit *fit, const Problem *p, const Estimate *e,
                             const Bootstrap *b) {
    bool all = true;
    for (int i = 0; i < p->law->n_params; i++) {
        const LawParam *row = &p->law->params[i];
        const Pinned x = pinned(arena, fit, p, e, b, i);
        if (x.pinned) continue;
        all = false;
        if (row->ln_x && !pinned(arena, fit, p, e, b, row->x_exponent).pinned)
            continue; // the note on the exponent tells
        if (!x.effect)
            NOTE(arena, fit, "%s has no effect on any of these losses: it would take %s.",
                 row->name, remedy(arena, p->law, i));
        else if (x.share > BOUND_SHARE)
            NOTE(arena, fit,
                 "%s is not pinned by these points: %.0f %% of the resamples end at its bound; it "
                 "would take %s.",
                 row->name, 100 * x.share, remedy(arena, p->law, i));
        else
            NOTE(arena, fit,
                 "%s%s is not pinned by these points: its interval spans a factor %.3g; it would "
                 "take %s.",
                 row->ln_x ? "the term of " : "", row->name, x.factor, remedy(arena, p->law, i));
    }
    return all;
}

/* Note what was not fitted though the user did not fix it, and slopes that may be 0. */
static void note_slopes(Arena *arena, Fit *fit, const Problem *p) {
    for (int i = 0; i < p->law->n_params; i++) {
        const LawParam *row = &p->law->params[i];
        if (p->fixed[i] && !p->asked[i] && row->known)
            NOTE(arena, fit, "%s = %.4g is what the source tells, and was not fitted.", row->name,
                 law_param(p->law, fit->theta, i));
        else if (p->fixed[i] && !p->asked[i])
            NOTE(arena, fit, "%s stays at 0: all these points have the same %s.", row->name,
                 law_x_name(row->slope_of));
        else if (row->either_sign && fit->params[i].lo <= 0 && fit->params[i].hi >= 0)
            NOTE(arena, fit, "%s may be 0: these points do not tell its sign.", row->name);
    }
}

/* Return where to look for the form: a wider law; where the terms act on each other, one that lets
 * them. "": there is none. */
static const char *form_advice(Arena *arena, const Law *law, bool act) {
    const Law *wider = law->within ? law_find(law->within) : NULL;
    while (act && wider && wider->additive) wider = wider->within ? law_find(wider->within) : NULL;
    if (!wider || (act && !law->additive)) return "";
    return arena_printf(arena,
                        act ? " --law %s lets the terms act on each other." : " --law %s is wider.",
                        wider->name);
}

static void note_experts(Arena *arena, Fit *fit) {
    const Law *law = fit->law;
    const char *doubt = law->doubt ? law->doubt(arena, fit->points, fit->problem->how) : NULL;
    if (doubt) NOTE(arena, fit, "%s", doubt);
    if (!law->experts && points_mixed(fit->points))
        NOTE(arena, fit,
             "dense models and models with experts are fitted together, and this law does not tell "
             "them apart: --where experts=1 keeps the dense ones.");
}

/* Note in which direction the points leave the law, which patterns tell, and by how much. */
static void note_form(Arena *arena, Fit *fit) {
    const Form *form = &fit->form;
    const FormPattern *most = form_strongest(form);
    const bool act = strcmp(form_direction(form), "additive") != 0;
    const char *found = "";
    for (int k = 0; k < FORM_PATTERNS; k++)
        if (form_found(&form->patterns[k]))
            found = arena_printf(arena, "%s%s%s", found, *found ? ", " : "",
                                 form_pattern_name((FormPatternKind)k));
    if (*found)
        NOTE(arena, fit,
             "wrong form, %s: the residuals hold a pattern in %s (by chance: %.1g) of %.2g %% of "
             "the loss, %.2g times %s. Intervals and forecasts presume this law's form.%s",
             form_direction_words(form), found, most->p, 100 * fabs(most->size),
             fabs(most->size) / form_noise(form), form_noise_words(form),
             form_advice(arena, fit->law, act));
    if (form_lacks(form))
        NOTE(arena, fit,
             "wrong form: sizes and lengths miss the law by %.2g %% beyond the %.2g %% that their "
             "repeats differ by (F = %.3g on %d and %d degrees of freedom, by chance: %.1g).",
             100 * form->lack.size, 100 * form->lack.noise, form->lack.f, form->lack.freedom,
             form->lack.rest, form->lack.p);
}

static void note_resamples(Arena *arena, Fit *fit, const Bootstrap *b) {
    if (b->n > 0 && fit->points->n_groups < FEW_GROUPS)
        NOTE(arena, fit, "only %d groups of runs to resample: intervals are rough%s.",
             fit->points->n_groups, b->kind->residuals ? "" : " and likely too narrow");
    if (b->n > 0 && b->kind->rows && (size_t)fit->points->n_groups < fit->points->n)
        NOTE(arena, fit,
             "rows of one trunk were drawn one by one, as if each knew something of its own: "
             "intervals are too narrow by about sqrt(K) = %.2g, K rows a trunk; --bootstrap wild "
             "or group keeps trunks together.",
             sqrt((double)fit->points->n / fit->points->n_groups));
    if (b->n > 0 && b->n_rows < fit->points->n)
        NOTE(arena, fit,
             "intervals are from resamples of %zu rows, made as narrow as all %zu would make them; "
             "validated on the same.",
             b->n_rows, fit->points->n);
    if (b->n_redrawn > 0)
        NOTE(arena, fit, "%d resamples with too few different runs were drawn again.",
             b->n_redrawn);
}

/* Write "alpha is 0.45 where the minimum has 0.35, ..." for all parameters that are no
 * coefficients. */
static const char *misses(Arena *arena, const Law *law, const double *theta, const double *best) {
    const char *text = "";
    for (int i = 0; i < law->n_params; i++) {
        if (law->params[i].ln_x) continue;
        text = arena_printf(arena, "%s%s%s is %.4g where the minimum has %.4g", text,
                            *text ? ", " : "", law->params[i].name, law_param(law, theta, i),
                            law_param(law, best, i));
    }
    return text;
}

/* Return a note on what came of a loose descent: how early the best start ended, and how far from
 * the minimum. NULL where it reached the minimum, or was not asked for. */
static const char *loose_note(Arena *arena, const Problem *p, const Estimate *e) {
    if (!loose_asked(p) || p->law->read_off || estimate_converged(e)) return NULL;
    Problem right = *p;
    right.average = false;
    right.tolerance = 0;
    const Estimate best = estimate_from(arena, &right, e->theta);
    const char *what =
        p->average
            ? arena_printf(arena, "averaged over %zu rows, which makes it so small", p->points->n)
            : "so small";
    return arena_printf(
        arena,
        "stopped after %d evaluations from the best of %d starts: %s. The objective is %s "
        "that a tolerance of %g, or a step's gain of 2.2e-9, is met long before the "
        "minimum [Besiroglu et al. 2024].",
        e->n_evaluations, e->n_starts, misses(arena, p->law, e->theta, best.theta), what,
        p->tolerance);
}

/* ---- designs, and what is best --------------------------------------------------------------- */

static void note_hidden(Arena *arena, Fit *fit, const Design *d) {
    NOTE(arena, fit,
         "%s: it would take runs at the same size with other lengths. Coefficients and exponents "
         "of %s tell nothing one by one; its losses along that line a law of compute says as well "
         "(--law power-offset).",
         design_says(arena, d), fit->law->name);
}

/* Note where a law of one variable holds. */
static void note_line(Arena *arena, Fit *fit, const Design *d) {
    if (d->kind == DESIGN_LINE && *fit->law->x)
        NOTE(arena, fit,
             "sizes and lengths lie on one line (%s): this law holds along that line, and of runs "
             "off it these points tell nothing.",
             d->words);
}

/* Return why nothing is told of what is best, or NULL. */
static const char *why_nothing_best(Arena *arena, const Problem *p, const Estimate *e,
                                    bool hidden) {
    const char *what = "nothing is told of what is best (frontier, N*, a, b, G, returns)";
    if (hidden) return arena_printf(arena, "%s: sizes and lengths lie on one line.", what);
    if (!estimate_converged(e))
        return arena_printf(arena, "%s: the fit did not reach a minimum.", what);
    for (int i = 0; i < p->law->n_params; i++)
        if (e->at_bound[i] && !p->law->params[i].beside_best)
            return arena_printf(arena,
                                "%s: %s ends at a bound, and what follows would be the bound's "
                                "doing, not the runs'.",
                                what, p->law->params[i].name);
    return NULL;
}

static void judge_best(Arena *arena, Fit *fit, const Problem *p, const Estimate *e, bool hidden) {
    const Interval none = {NAN, NAN, NAN};
    fit->no_frontier = why_nothing_best(arena, p, e, hidden);
    if (fit->no_frontier) fit->split = (FitSplit){none, none, none, none, none};
}

void judge_fit(Arena *arena, Fit *fit, const Problem *p, const Estimate *e, const Bootstrap *b) {
    const Design design = design_of(arena, fit->points);
    const bool hidden = design_hides_free(&design, p);
    if (hidden) note_hidden(arena, fit, &design);
    const char *loose = loose_note(arena, p, e);
    if (loose)
        NOTE(arena, fit, "%s", loose);
    else if (!estimate_converged(e))
        NOTE(arena, fit,
             "the minimiser did not reach a minimum (gradient %.1e): try more --starts.",
             fit->gradient_norm);
    const bool at_bound = !hidden && judge_bounds(arena, fit, p, e);
    const bool identified = !hidden && judge_identified(arena, fit, p, e, b);
    judge_best(arena, fit, p, e, hidden);
    const Tuning tuning = tuning_of(arena, fit);
    const bool holds[FIT_STATUSES] = {[FIT_NO_CONVERGENCE] = !estimate_converged(e),
                                      [FIT_AT_BOUND] = at_bound,
                                      [FIT_NOT_IDENTIFIED] = !identified,
                                      [FIT_UNTUNED] = tuning == TUNING_POOR,
                                      [FIT_WRONG_FORM] = form_wrong(&fit->form)};
    fit->status = FIT_OK;
    fit->reasons = 0;
    for (int i = FIT_REASONS - 1; i >= 0; i--)
        if (holds[FIT_BY_WEIGHT[i]])
            fit->status = FIT_BY_WEIGHT[i], fit->reasons |= 1u << fit->status;
    if (holds[FIT_WRONG_FORM]) note_form(arena, fit);
    fit->n_reason_notes = fit->n_notes;
    fit->one_rate_a_cell = tuning == TUNING_SINGLE;
    note_line(arena, fit, &design);
    for (int i = 0; i < fit->points->n_notes; i++) notes_add(fit, fit->points->notes[i]);
    doubts_leaks(arena, fit);
    if (!hidden) doubts_ranges(arena, fit, p);
    note_experts(arena, fit);
    note_slopes(arena, fit, p);
    doubts_frontier(arena, fit);
    note_resamples(arena, fit, b);
    if (fit->points->flops_assumed)
        NOTE(arena, fit, "flops are not given everywhere: C = 6 N D is assumed there.");
}
