/* design.c: correlates sizes and lengths, and puts in words what they cannot tell. */
#include "analysis/fit/design.h"

#include <math.h>
#include <string.h>

#include "analysis/points/range.h"
#include "base/linear.h"

const double DESIGN_CORRELATION = 0.98;

static const double SAME = 1e-9; // a smaller range of ln x is rounding
static const double ALIKE = 1.1; // ratios D / N within this factor are called one ratio
static const double NEAR = 0.1;  // a run nearer to the line than this, in ln D, is on it
static const double SPREADS = 3; // so is one nearer than so many times the scatter of the runs

/* ---- the rows -------------------------------------------------------------------------------- */

static void find_line(const Points *points, Design *out) {
    LinearLine line = {0};
    double yy = 0, mean = 0, n = 0;
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        if (!(p->weight > 0)) continue;
        linear_add_point(&line, 1, ln_params(p), ln_tokens(p));
        n++;
        const double step = ln_tokens(p) - mean;
        mean += step / n;
        yy += step * (ln_tokens(p) - mean);
    }
    if (!(line.sxx > SAME * SAME * n && yy > SAME * SAME * n)) return;
    out->correlation = line.sxy / sqrt(line.sxx * yy);
    out->slope = linear_slope(&line);
    out->ln_at = line.my - out->slope * line.mx;
    out->scatter = sqrt(fmax(0, yy - out->slope * line.sxy) / n);
}

Design design_of(Arena *arena, const Points *points) {
    Design d = {DESIGN_GRID, NAN, NAN, NAN, NAN, ""};
    const Range n = range_of(points, ln_params), l = range_of(points, ln_tokens);
    find_line(points, &d);
    if (d.correlation > DESIGN_CORRELATION) {
        const Range ratio = range_of(points, ln_tokens_per_size);
        d.kind = DESIGN_LINE;
        d.words =
            ratio.hi - ratio.lo < log(ALIKE)
                ? arena_printf(arena, "tokens = %.3g params", exp(0.5 * (ratio.lo + ratio.hi)))
                : arena_printf(arena, "tokens grow as params^%.2g, correlation %.3f", d.slope,
                               d.correlation);
    } else if (l.values == 1 && n.values > 1) {
        d.kind = DESIGN_ONE_LENGTH;
        d.slope = 0, d.ln_at = l.lo, d.scatter = 0;
        d.words = arena_printf(arena, "tokens = %.3g", exp(l.lo));
    } else if (n.values == 1 && l.values > 1) {
        d.kind = DESIGN_ONE_SIZE;
        d.ln_at = n.lo, d.scatter = 0;
        d.words = arena_printf(arena, "params = %.3g", exp(n.lo));
    }
    return d;
}

bool design_off_line(const Design *d, double params, double tokens) {
    const double off = d->kind == DESIGN_ONE_SIZE ? log(params) - d->ln_at
                                                  : log(tokens) - d->ln_at - d->slope * log(params);
    return d->kind != DESIGN_GRID && fabs(off) > fmax(NEAR, SPREADS * d->scatter);
}

/* ---- the law --------------------------------------------------------------------------------- */

static bool sees_both(const Law *law) {
    bool size = false, length = false;
    for (int v = 0; v < law_n_variables(law); v++) {
        double (*const ln_x)(const Point *) = law->variables[v].ln_x;
        const bool ratio = ln_x == ln_tokens_per_size;
        size |= ln_x == ln_params || ln_x == ln_active || ratio;
        length |= ln_x == ln_tokens || ratio;
    }
    return size && length && law->log_loss;
}

bool design_hides(const Design *d, const Law *law) {
    return d->kind == DESIGN_LINE && sees_both(law);
}

bool design_hides_free(const Design *d, const Problem *p) {
    bool known = true;
    for (int i = 0; i < p->law->n_params; i++)
        if (p->law->params[i].ln_x) known &= p->fixed[p->law->params[i].x_exponent];
    return !known && design_hides(d, p->law);
}

const char *design_says(Arena *arena, const Design *d) {
    return arena_printf(arena,
                        "sizes and lengths lie on one line (%s), so that no fit can tell what is "
                        "N's from what is D's",
                        d->words);
}

/* ---- what stands in -------------------------------------------------------------------------- */

static const char *why_line(Arena *arena, const Design *d, const char *x) {
    return arena_printf(arena,
                        "%s: a law of %s along that line is fitted instead. Runs at the same size "
                        "with other lengths would tell.",
                        design_says(arena, d), strcmp(x, "flops") == 0 ? "compute" : x);
}

static const char *why_one(Arena *arena, const Design *d) {
    const bool length = d->kind == DESIGN_ONE_LENGTH;
    return arena_printf(arena,
                        "all runs have one %s (%s), so that no fit can tell what %s: a law of %s "
                        "is fitted instead. Runs of other %s would tell.",
                        length ? "length" : "size", d->words,
                        length ? "more tokens are worth" : "a larger model is worth",
                        length ? "size" : "length", length ? "lengths" : "sizes");
}

/* Return the law of x that stands in where rows have this many values of x: the one whose row says
 * so, or else one within it; NULL: none has so few parameters. */
static const Law *stand_in(const char *x, int values) {
    const Law *found = NULL;
    for (size_t i = 0; LAWS[i] && !found; i++)
        if (LAWS[i]->stands_in && strcmp(LAWS[i]->x, x) == 0) found = LAWS[i];
    MUST(found);
    if (values > found->n_params) return found;
    for (size_t i = 0; LAWS[i]; i++)
        if (LAWS[i]->within && strcmp(LAWS[i]->within, found->name) == 0 &&
            strcmp(LAWS[i]->x, x) == 0 && values > LAWS[i]->n_params)
            return LAWS[i];
    return NULL;
}

static int values_along(const Points *points, const char *x) {
    return range_of(points, strcmp(x, "flops") == 0    ? ln_flops
                            : strcmp(x, "params") == 0 ? ln_params
                                                       : ln_tokens)
        .values;
}

DesignLaw design_instead(Arena *arena, const Points *points, const FitOptions *o) {
    const DesignLaw none = {NULL, NULL, NULL};
    const Law *law = law_find_x(o->law, o->x);
    if (o->fix || o->bound || points->n == 0 || (law && !sees_both(law))) return none;
    const Design d = design_of(arena, points);
    if (d.kind == DESIGN_GRID) return none;
    const bool line = d.kind == DESIGN_LINE;
    const char *x = line ? o->x : d.kind == DESIGN_ONE_LENGTH ? "params" : "tokens";
    const Law *instead = stand_in(x, values_along(points, x));
    if (!instead) return none;
    return (DesignLaw){instead->name, x, line ? why_line(arena, &d, x) : why_one(arena, &d)};
}
