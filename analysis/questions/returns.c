/* returns.c: diminishing-returns tables; returns.h has the formulas. */
#include "analysis/questions/returns.h"

#include <math.h>
#include <string.h>

#include "analysis/questions/study.h"
#include "base/linear.h"

/* Here a power of x is too small to change any sum, and x itself is still a finite double. */
static const double LN_FOR_EVER = 600;

/* The variable that a table moves, and a run that supplies everything that stays fixed. */
typedef struct {
    const Fit *fit;
    ReturnsOf of;
    Point at;
    bool frontier;   // x is compute, spent along the law's frontier
    bool unrepeated; // the run saw its data once, and a longer run is taken to do so too
} Walk;

/* A row's x, the x of the row above (NaN in the first row), and the x of the first row. */
typedef struct {
    double x, before, first;
} Step;

static Point point_of(const Walk *w, double x) {
    Point p = w->at;
    if (w->of == RETURNS_FLOPS) {
        p.flops = x;
        return p;
    }
    if (w->of == RETURNS_PARAMS) {
        p.params_active *= x / p.params;
        p.params = x;
    } else {
        p.tokens = x;
        if (w->unrepeated) p.unique_tokens = NAN;
    }
    p.flops = exp(log(w->fit->cost.kappa) + w->fit->cost.q * log(p.params) + log(p.tokens));
    return p;
}

static double loss_at(const Walk *w, const double *theta, double ln_x) {
    if (w->frontier) {
        const Frontier f = fit_frontier(w->fit, theta);
        return frontier_loss(&f, ln_x);
    }
    const Point p = point_of(w, exp(ln_x));
    return law_loss(w->fit->law, theta, &p);
}

/* Return -dL / d ln x by the four-point stencil, with an error of about 1e-11. */
static double slope_at(const Walk *w, const double *theta, double ln_x) {
    const double h = 2e-3;
    const double near = loss_at(w, theta, ln_x - h) - loss_at(w, theta, ln_x + h);
    const double far = loss_at(w, theta, ln_x - 2 * h) - loss_at(w, theta, ln_x + 2 * h);
    return (8 * near - far) / (12 * h);
}

/* ---- rows ---------------------------------------------------------------------------------- */

enum {
    LOSS,
    GAIN,
    REMOVED,
    REMOVED_SO_FAR,
    ELASTICITY,
    NAT_PER_UNIT,
    UNIT_PER_MILLINAT,
    FLOP_PER_MILLINAT,
    WORTH,
    DOUBLINGS,
    PARAMS,
    TOKENS,
    N_CELLS
};

static void cells_of(const Walk *w, const double *theta, const Step *s, double *out) {
    const double ln_x = log(s->x), loss = loss_at(w, theta, ln_x),
                 before = loss_at(w, theta, log(s->before)), slope = slope_at(w, theta, ln_x),
                 floor = loss_at(w, theta, LN_FOR_EVER), first = loss_at(w, theta, log(s->first)),
                 flops = point_of(w, s->x).flops;
    const Frontier f = fit_frontier(w->fit, theta);
    out[LOSS] = loss;
    out[GAIN] = before - loss;
    out[REMOVED] = (before - loss) / (before - floor);
    out[REMOVED_SO_FAR] = (first - loss) / (first - floor);
    out[ELASTICITY] = slope / loss;
    out[NAT_PER_UNIT] = slope / s->x;
    out[UNIT_PER_MILLINAT] = 1e-3 * s->x / slope;
    out[FLOP_PER_MILLINAT] = 1e-3 * flops * (w->of == RETURNS_PARAMS ? w->fit->cost.q : 1) / slope;
    out[WORTH] = w->of == RETURNS_FLOPS
                     ? NAN
                     : exp(frontier_ln_flops(&f, loss) - frontier_ln_flops(&f, before));
    out[DOUBLINGS] = (loss - floor) / slope;
    out[PARAMS] = w->frontier ? exp(f.ln_n0 + f.a * ln_x) : NAN;
    out[TOKENS] = w->frontier ? exp(f.ln_d0 + f.b * ln_x) : NAN;
}

/* The cells of a row for the estimate and for every resample, worked out once for all intervals. */
typedef struct {
    const double *values; // (1 + n_boots, N_CELLS)
    int cell;
} Looked;

static double looked_up(const Fit *fit, const double *theta, const void *argument) {
    const Looked *l = argument;
    const size_t r =
        theta == fit->theta ? 0 : 1 + (size_t)(theta - fit->boots) / (size_t)fit->law->n_params;
    return l->values[r * N_CELLS + (size_t)l->cell];
}

static Interval interval_of(const Fit *fit, const double *values, int cell) {
    return fit_interval(fit, looked_up, &(Looked){values, cell});
}

static Interval scaled(Interval v, double by) {
    return (Interval){v.value * by, v.lo * by, v.hi * by};
}

static double or_nan(double x) {
    return x > 0 ? x : NAN;
}

static void row_cost(ReturnsRow *row, const ReturnsCpuRate *rate, const ReturnsOptions *o) {
    row->cpu_s = rate->n ? exp(rate->ln_rate + rate->power * log(row->flops)) : NAN;
    row->cpu_s_per_millinat = scaled(row->flop_per_millinat, rate->power * row->cpu_s / row->flops);
    row->price_per_millinat = scaled(row->cpu_s_per_millinat, or_nan(o->price) / 3600);
    row->joule_per_millinat = scaled(row->cpu_s_per_millinat, or_nan(o->watts));
}

static ReturnsRow row_at(const Walk *w, const Step *s, double *values) {
    const Fit *fit = w->fit;
    cells_of(w, fit->theta, s, values);
    for (int r = 0; r < fit->n_boots; r++)
        cells_of(w, fit->boots + (size_t)r * fit->law->n_params, s, values + (r + 1) * N_CELLS);
    ReturnsRow row = {
        .x = s->x,
        .flops = point_of(w, s->x).flops,
        .loss = interval_of(fit, values, LOSS),
        .gain = interval_of(fit, values, GAIN),
        .removed = interval_of(fit, values, REMOVED),
        .removed_so_far = interval_of(fit, values, REMOVED_SO_FAR),
        .elasticity = interval_of(fit, values, ELASTICITY),
        .nat_per_unit = interval_of(fit, values, NAT_PER_UNIT),
        .unit_per_millinat = interval_of(fit, values, UNIT_PER_MILLINAT),
        .flop_per_millinat = interval_of(fit, values, FLOP_PER_MILLINAT),
        .worth = interval_of(fit, values, WORTH),
        .doublings = interval_of(fit, values, DOUBLINGS),
        .params = interval_of(fit, values, PARAMS),
        .tokens = interval_of(fit, values, TOKENS),
    };
    if (w->of == RETURNS_PARAMS) row.params = (Interval){s->x, NAN, NAN};
    if (w->of == RETURNS_TOKENS) row.tokens = (Interval){s->x, NAN, NAN};
    return row;
}

/* ---- tables -------------------------------------------------------------------------------- */

static double x_of(const Point *p, ReturnsOf of) {
    return of == RETURNS_FLOPS ? p->flops : of == RETURNS_PARAMS ? p->params : p->tokens;
}

/* Return whether the law has the variable that this table moves. */
static bool law_sees(const Law *law, ReturnsOf of) {
    for (int i = 0; i < law_n_variables(law); i++) {
        double (*const ln_x)(const Point *) = law->variables[i].ln_x;
        if (of == RETURNS_FLOPS && ln_x == ln_flops) return true;
        if (of == RETURNS_PARAMS && (ln_x == ln_params || ln_x == ln_active)) return true;
        if (of == RETURNS_TOKENS && (ln_x == ln_tokens || ln_x == ln_steps)) return true;
    }
    return false;
}

/* Return the walk of a table. What it holds fixed is taken from the run with the most tokens; among
 * equals, from the one with most compute. */
static Walk walk_of(const Fit *fit, ReturnsOf of, const ReturnsOptions *o) {
    const Point *at = &fit->points->rows[0];
    for (size_t i = 1; i < fit->points->n; i++) {
        const Point *p = &fit->points->rows[i];
        if (p->tokens > at->tokens || (p->tokens == at->tokens && p->flops > at->flops)) at = p;
    }
    Walk w = {.fit = fit, .of = of, .at = *at, .unrepeated = at->unique_tokens >= at->tokens};
    w.frontier = of == RETURNS_FLOPS && !law_sees(fit->law, of);
    if (o->at_params > 0 && of == RETURNS_TOKENS) {
        w.at.params_active *= (double)o->at_params / at->params;
        w.at.params = (double)o->at_params;
    }
    if (o->at_tokens > 0 && of == RETURNS_PARAMS) {
        w.at.tokens = (double)o->at_tokens;
        if (w.unrepeated) w.at.unique_tokens = NAN;
    }
    return w;
}

Returns returns_table(Arena *arena, const Fit *fit, ReturnsOf of, double factor,
                      const ReturnsOptions *o) {
    const Walk w = walk_of(fit, of, o);
    Returns table = {.of = of,
                     .factor = factor,
                     .frontier = w.frontier,
                     .at = of == RETURNS_FLOPS    ? NAN
                           : of == RETURNS_PARAMS ? w.at.tokens
                                                  : w.at.params,
                     .doublings_to_halve = {NAN, NAN, NAN}};
    double lo = INFINITY, hi = 0;
    for (size_t i = 0; i < fit->points->n; i++) {
        lo = fmin(lo, x_of(&fit->points->rows[i], of));
        hi = fmax(hi, x_of(&fit->points->rows[i], of));
    }
    const bool told = w.frontier ? fit->law->frontier != NULL : law_sees(fit->law, of);
    if (!told || fit->no_frontier || !isfinite(loss_at(&w, fit->theta, log(lo)))) return table;
    /* Rows cover the range that was run and go on for two doublings or one factor of ten; farther
     * extrapolation is worth little. */
    const size_t measured = 1 + (size_t)floor(log(hi / lo) / log(factor) + 1e-9),
                 beyond = factor < 4 ? 2 : 1;
    const ReturnsCpuRate rate = returns_cpu_rate(fit->points);
    Arena *scratch = arena_open();
    double *values = ARENA_ARRAY(scratch, double, (size_t)(1 + fit->n_boots) * N_CELLS);
    table.rows = ARENA_ARRAY(arena, ReturnsRow, measured + beyond);
    for (size_t i = 0; i < measured + beyond; i++) {
        const double k = (double)i;
        const Step s = {lo * pow(factor, k), i ? lo * pow(factor, k - 1) : NAN, lo};
        ReturnsRow *row = &table.rows[table.n++];
        *row = row_at(&w, &s, values);
        row->measured = i < measured;
        row_cost(row, &rate, o);
    }
    table.doublings_to_halve = table.rows[measured - 1].doublings;
    arena_close(scratch);
    return table;
}

ReturnsCpuRate returns_cpu_rate(const Points *points) {
    ReturnsCpuRate rate = {.power = 1};
    LinearLine line = {0};
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        if (!(p->cpu_s > 0)) continue;
        linear_add_point(&line, 1, log(p->flops), log(p->cpu_s));
        rate.n++;
    }
    if (rate.n >= 3 && line.sxx > 1e-9) rate.power = linear_slope(&line);
    rate.ln_rate = line.my - rate.power * line.mx;
    return rate;
}

/* ---- all that is asked --------------------------------------------------------------------- */

static const char *const WHICH[] = {"flops", "params", "tokens", "deadweight", "all", "none", NULL};

#define AT(member) offsetof(ReturnsOptions, member)
static const Field FIELDS[] = {
    {"returns", FIELD_CHOICE, AT(returns), 0, -1, WHICH, "",
     "tables: how much the next factor of 2 or 10 lowers the loss"},
    {"at_tokens", FIELD_COUNT, AT(at_tokens), 0, -1, NULL, "",
     "tokens of the table by params; 0: as in the longest run"},
    {"at_params", FIELD_COUNT, AT(at_params), 0, -1, NULL, "",
     "size of the table by tokens; 0: as in the longest run"},
    {"price", FIELD_REAL, AT(price), 0, 1e12, NULL, "",
     "of a CPU-hour, in your money; 0: no prices"},
    {"watts", FIELD_REAL, AT(watts), 0, 1e12, NULL, "", "of a busy CPU; 0: no energy"},
};
static const FieldTable FLAGS = {"diminishing returns", FIELDS, COUNT_OF(FIELDS)};

static const ReturnsOptions DEFAULTS = {.returns = "flops"};

ReturnsOptions returns_options_default(void) {
    return DEFAULTS;
}

static bool asked(const ReturnsOptions *o, const char *which) {
    return strcmp(o->returns, which) == 0 || strcmp(o->returns, "all") == 0;
}

Status returns_of(Arena *arena, const Fit *fit, const ReturnsOptions *o, ReturnsSet *out,
                  Err *err) {
    *out =
        (ReturnsSet){.rate = returns_cpu_rate(fit->points), .price = o->price, .watts = o->watts};
    if (out->rate.n == 0 && (o->price > 0 || o->watts > 0))
        FAIL(err, E_FAILED, "%s: --%s needs a column cpu_s, seconds of CPU time of a run",
             fit->points->source, o->price > 0 ? "price" : "watts");
    for (ReturnsOf of = 0; of < RETURNS_KINDS; of++)
        for (int k = 0; k < 2 && asked(o, WHICH[of]); k++)
            out->tables[of][k] = returns_table(arena, fit, of, k ? 10 : 2, o);
    if (asked(o, "deadweight")) out->deadweight = returns_deadweight(arena, fit);
    return OK;
}

static Status ask(Arena *arena, const Study *study, const void *options, const void **answer,
                  Err *err) {
    ReturnsSet *set = ARENA_NEW(arena, ReturnsSet);
    TRY(returns_of(arena, &study->fit, options, set, err));
    if (study->forecast) returns_foretell(&study->fit, study->forecast, set);
    *answer = set;
    return OK;
}

static void put(Sheet *s, const Study *study, const void *answer) {
    (void)study;
    returns_put(s, answer);
}

const Question RETURNS_QUESTION = {&FLAGS, &DEFAULTS, sizeof DEFAULTS, ask, put};
