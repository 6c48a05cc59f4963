/* doubts.c: ranges, regimes, leaks. */
#include "analysis/fit/doubts.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/notes.h"
#include "analysis/points/range.h"

static const double FLOPS_ERROR = 0.10; // a larger misfit of C = kappa N^q D is noted
static const double DECADES = 1.5;      // range that the exponent of a variable wants
static const double FEW_NOISES = 5;     // less than so many times the noise is no trend
enum { FEW_VALUES = 5 };                // different values that the exponent of a variable wants

/* ---- one variable -------------------------------------------------------------------------- */

/* Return how much ln L changes over a range of variable v, the others at their middle. */
static double effect(const Problem *p, const double *theta, int v, const Range *r) {
    double x[LAW_MAX_VARIABLES];
    memcpy(x, p->data.mean, sizeof x);
    x[v] = r->lo;
    const double first = p->law->log_loss(theta, x, NULL);
    x[v] = r->hi;
    return fabs(p->law->log_loss(theta, x, NULL) - first);
}

static void doubt_variable(Arena *arena, Fit *fit, const Problem *p, int v, const char *exponent) {
    double (*ln_x)(const Point *) = p->law->variables[v].ln_x;
    const char *name = law_x_name(ln_x);
    const Range r = range_of(fit->points, ln_x);
    const double change = effect(p, fit->theta, v, &r), factor = exp(r.hi - r.lo);
    const FitScatter scatter = fit_scatter(fit);
    const bool few = r.values < FEW_VALUES, narrow = r.hi - r.lo < DECADES * M_LN10;
    if (change < FEW_NOISES * scatter.sd)
        notes_add(fit, arena_printf(arena,
                                    "one regime: over all of %s, a factor %.3g, the loss changes "
                                    "by %.2g %%, %.2g times %s. Something else "
                                    "limits these runs, and %s is an exponent of noise.",
                                    name, factor, 100 * change, change / scatter.sd, scatter.words,
                                    exponent));
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
