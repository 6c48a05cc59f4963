/* forecast.c: weighs laws, and mixes what they predict. */
#include "analysis/forecast/forecast.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/problem_of.h"
#include "analysis/fit/thin.h"
#include "analysis/forecast/far.h"
#include "analysis/points/range.h"
#include "base/stat.h"
#include "base/suggest.h"

/* ---- which laws ------------------------------------------------------------------------------ */

const char FORECAST_AUTO[] = "auto";
/* Starts of a law's first fit at most, and those beside it from which later fits begin. */
enum { MAX_LAWS = 32, MOST_STARTS = 12, OTHER_STARTS = 4 };

bool forecast_asked(const char *law) {
    return strcmp(law, FORECAST_AUTO) == 0 || strchr(law, ',');
}

/* A forecast is asked of N and D, which every law that is weighed must see; it may see D as batch
 * and steps. */
static bool of_params_and_tokens(const Law *law) {
    if (!law->log_loss || law->variables[0].ln_x != ln_params) return false;
    return law_n_variables(law) == 2
               ? law->variables[1].ln_x == ln_tokens
               : law_n_variables(law) == 3 && law->variables[1].ln_x == ln_batch &&
                     law->variables[2].ln_x == ln_steps;
}

Status forecast_laws(Arena *arena, const char *asked, const Law ***laws, size_t *n, Err *err) {
    const Law **out = *laws = ARENA_ARRAY(arena, const Law *, MAX_LAWS);
    *n = 0;
    for (size_t i = 0; strcmp(asked, FORECAST_AUTO) == 0 && LAWS[i]; i++)
        if (LAWS[i]->forecasts) out[(*n)++] = LAWS[i];
    if (*n > 0) return OK;
    char *rest = arena_strdup(arena, asked);
    for (char *name; (name = strsep(&rest, ","));) {
        const Law *law = law_find(name);
        const char *near = law_nearest(name);
        if (!law)
            FAIL(err, E_USAGE, "--law: no law '%s'%s", name,
                 near ? DID_YOU_MEAN(near) : "; 'tinyscale fit --help' lists them");
        if (!of_params_and_tokens(law))
            FAIL(err, E_USAGE,
                 "--law: %s does not tell a loss from params and tokens, which laws that are "
                 "weighed against each other must",
                 name);
        for (size_t i = 0; i < *n; i++)
            if (out[i] == law) FAIL(err, E_USAGE, "--law: %s is given twice", name);
        MUST(*n < MAX_LAWS);
        out[(*n)++] = law;
    }
    return OK;
}

/* ---- weights --------------------------------------------------------------------------------- */

static const double OF_EDGE = 4;    // power of the edge error
static const double OF_AICC = 0.25; // per unit of AICc; 0.5 would be Akaike's own weight
/* A larger difference in AICc counts as this much: among laws that are all wrong, with many rows,
 * AICc is sure of one that is no better at the edges. */
static const double MOST_AICC = 8;

/* Where rows are too few for any edge, AICc decides; and the other way round. */
static void fill_weights(Forecast *f) {
    double edge = INFINITY, aicc = INFINITY, sum = 0;
    for (size_t i = 0; i < f->n; i++) {
        edge = fmin(edge, f->laws[i].edge); // fmin ignores a NaN
        aicc = fmin(aicc, f->laws[i].aicc);
    }
    for (size_t i = 0; i < f->n; i++) {
        const Candidate *c = &f->laws[i];
        double w = 1;
        if (isfinite(edge)) w = isnan(c->edge) ? 0 : pow(edge / c->edge, OF_EDGE);
        if (isfinite(aicc))
            w *= isnan(c->aicc) ? 0 : exp(-OF_AICC * fmin(c->aicc - aicc, MOST_AICC));
        sum += f->weight[i] = w;
    }
    for (size_t i = 0; i < f->n; i++)
        f->weight[i] = sum > 0 ? f->weight[i] / sum : 1.0 / (double)f->n;
}

static void sort_by_weight(Forecast *f) {
    for (size_t i = 1; i < f->n; i++)
        for (size_t k = i; k > 0 && f->weight[k] > f->weight[k - 1]; k--) {
            const Candidate c = f->laws[k];
            const double w = f->weight[k];
            f->laws[k] = f->laws[k - 1], f->weight[k] = f->weight[k - 1];
            f->laws[k - 1] = c, f->weight[k - 1] = w;
        }
}

void forecast_weigh(Forecast *f) {
    fill_weights(f);
    sort_by_weight(f);
}

/* The first reason not to weigh a law, which is the error where none can be weighed. */
typedef struct {
    Status status;
    Err err;
} Reason;

/* Say why a law is not weighed. */
static void leave_out(Arena *arena, Forecast *f, const Law *law, const Points *points,
                      Status status, const Err *why, Reason *first) {
    if (f->n_left_out == 0) *first = (Reason){status, *why};
    f->left_out[f->n_left_out++] = arena_printf(arena, "not weighed: %s: %s.", law->name,
                                                points_unnamed(points, why->message));
}

/* Return whether the points have every variable of a law, and different values of each of those
 * beyond params and tokens. Of a law of batches a table of one batch says nothing, and unless that
 * law was asked for by name there is nothing to say. */
static bool has_variables(const Points *points, const Law *law) {
    for (int v = 0; v < law_n_variables(law) && points->n > 0; v++) {
        double (*const ln_x)(const Point *) = law->variables[v].ln_x;
        if (isnan(ln_x(&points->rows[0]))) return false;
        if (ln_x != ln_params && ln_x != ln_tokens && range_of(points, ln_x).values < 2)
            return false;
    }
    return true;
}

/* A law on its way to be weighed. */
typedef struct {
    const Problem *problem; // of all rows, thinned where they are very many
    Estimate first;         // by the estimator that was asked for, which far rows hardly pull
} Runner;

static Status first_fit(Arena *arena, const Points *points, const FitOptions *o, const Law *law,
                        Runner *out, Err *err) {
    FitOptions one = *o;
    Problem *whole = ARENA_NEW(arena, Problem);
    one.law = law->name;
    TRY(problem_of(arena, points, &one, whole, err));
    out->problem = thin_problem(arena, whole, THIN_LARGE);
    out->first =
        estimate_best(arena, out->problem, o->starts < MOST_STARTS ? o->starts : MOST_STARTS);
    if (out->first.stop == STOP_FAILED) FAIL(err, E_FAILED, "it could not be fitted");
    return OK;
}

/* Weigh a law on the rows that have a say, from its first fit on. */
static Status try_law(Arena *arena, const Runner *r, const FitOptions *o, bool all_rows,
                      Forecast *f, Err *err) {
    const Problem *p = r->problem;
    if (!all_rows) {
        FitOptions one = *o;
        Problem *kept = ARENA_NEW(arena, Problem);
        one.law = p->law->name;
        TRY(problem_of(arena, f->points, &one, kept, err));
        p = thin_problem(arena, kept, THIN_LARGE);
    }
    const Edges edges = p->points == f->points ? f->edges : edges_of(arena, p->points);
    const int others = o->starts <= OTHER_STARTS ? o->starts - 1 : OTHER_STARTS;
    if (!candidate_fit(arena, p, &edges, r->first.theta, others, &f->laws[f->n]))
        FAIL(err, E_FAILED, "it leaves no residuals that would tell its noise");
    f->n++;
    return OK;
}

Status forecast_of(Arena *arena, const Points *points, const FitOptions *o, Forecast *out,
                   Err *err) {
    const Law **laws;
    Runner runners[MAX_LAWS];
    FarLaw fitted[MAX_LAWS];
    size_t n, n_fitted = 0;
    Reason first = {OK, {0}};
    TRY(forecast_laws(arena, o->law, &laws, &n, err));
    *out = (Forecast){.laws = ARENA_ARRAY(arena, Candidate, n),
                      .weight = ARENA_ARRAY(arena, double, n),
                      .left_out = ARENA_ARRAY(arena, const char *, n),
                      .level = o->level};
    watch_begin(o->watch, "laws", (int)n);
    for (size_t i = 0; i < n; i++, watch_step(o->watch)) {
        Err why = {0};
        Runner *r = &runners[n_fitted];
        if (strcmp(o->law, FORECAST_AUTO) == 0 && !has_variables(points, laws[i])) continue;
        const Status status = first_fit(arena, points, o, laws[i], r, &why);
        if (status == OK)
            fitted[n_fitted++] = (FarLaw){r->problem, &r->first};
        else
            leave_out(arena, out, laws[i], points, status, &why, &first);
    }
    watch_end(o->watch);
    out->points = far_rows_out(arena, points, fitted, n_fitted, &out->far);
    out->edges = edges_of(arena, out->points);
    watch_begin(o->watch, "laws at their edges", (int)n_fitted);
    for (size_t i = 0; i < n_fitted; i++, watch_step(o->watch)) {
        Err why = {0};
        const Law *law = runners[i].problem->law;
        const Status status = try_law(arena, &runners[i], o, out->points == points, out, &why);
        if (status != OK) leave_out(arena, out, law, points, status, &why, &first);
    }
    watch_end(o->watch);
    if (out->n == 0) {
        *err = first.err;
        return first.status;
    }
    forecast_weigh(out);
    return OK;
}

size_t forecast_describes(const Forecast *f) {
    static const double OF_HEAVIEST = 0.1;
    const char *usual = fit_options_default().law;
    size_t best = 0;
    bool usual_will_do = false;
    for (size_t i = 0; i < f->n && f->weight[i] >= OF_HEAVIEST * f->weight[0]; i++) {
        const Law *law = f->laws[i].law;
        usual_will_do |=
            strcmp(law->name, usual) == 0 || (law->within && strcmp(law->within, usual) == 0);
        if (f->laws[i].aicc < f->laws[best].aicc) best = i;
    }
    for (size_t i = 0; i < f->n && usual_will_do; i++)
        if (strcmp(f->laws[i].law->name, usual) == 0) return i;
    return best;
}

/* ---- predictions ----------------------------------------------------------------------------- */

/* One law's prediction of ln L: Student's t. */
typedef struct {
    double mean, deviation, freedom, weight;
} Part;

/* P(x < ln L) of a part. */
static double below(const Part *p, double x) {
    const double t = (x - p->mean) / p->deviation;
    const double beyond = 0.5 * stat_f_above(t * t, 1, p->freedom);
    return t < 0 ? beyond : 1 - beyond;
}

static double quantile(const Part *parts, size_t n, double share) {
    enum { HALVINGS = 80 };
    double lo = INFINITY, hi = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        lo = fmin(lo, parts[i].mean - 100 * parts[i].deviation);
        hi = fmax(hi, parts[i].mean + 100 * parts[i].deviation);
    }
    for (int k = 0; k < HALVINGS; k++) {
        const double x = 0.5 * (lo + hi);
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += parts[i].weight * below(&parts[i], x);
        if (sum < share)
            lo = x;
        else
            hi = x;
    }
    return 0.5 * (lo + hi);
}

/* Mix the parts of the laws that say something, by their weights brought to a sum of 1: a law that
 * sees a batch says nothing of a run whose batch is not told. NaN where none says anything. */
static Interval mixed(const Part *parts, size_t n, double level) {
    Part told[MAX_LAWS];
    size_t n_told = 0;
    double sum = 0, mean = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(parts[i].mean)) continue;
        told[n_told++] = parts[i];
        sum += parts[i].weight;
    }
    if (!(sum > 0)) return (Interval){NAN, NAN, NAN};
    for (size_t i = 0; i < n_told; i++) {
        told[i].weight /= sum;
        mean += told[i].weight * told[i].mean;
    }
    return (Interval){exp(mean), exp(quantile(told, n_told, (1 - level) / 2)),
                      exp(quantile(told, n_told, (1 + level) / 2))};
}

/* By how much a law is expected to be wrong d steps beyond the runs, in ln L. */
static Drift wrong_by(const Candidate *c, const Point *p, double d) {
    if (d == 0) return (Drift){0, 0};
    const double excess = sqrt(fmax(0, c->edge * c->edge - c->edge_noise * c->edge_noise));
    Drift out = candidate_drift(c, p);
    out.deviation = fmax(out.deviation, isfinite(excess) ? excess * d * (1 + d) / 2 : 0);
    return out;
}

static Part part_of(const Forecast *f, size_t i, const Point *p, bool new_run, double d) {
    const Candidate *c = &f->laws[i];
    const Drift beyond = wrong_by(c, p, d);
    const double run = new_run ? c->noise.total : 0;
    return (Part){law_log_loss(c->law, c->at.theta, p) + beyond.mean,
                  hypot(hypot(candidate_deviation(c, p), run), beyond.deviation), c->noise.freedom,
                  f->weight[i]};
}

Interval forecast_predict(const Forecast *f, const Point *p, bool new_run) {
    Part parts[MAX_LAWS];
    const double d = edges_beyond(&f->edges, p);
    for (size_t i = 0; i < f->n; i++) parts[i] = part_of(f, i, p, new_run, d);
    return mixed(parts, f->n, f->level);
}

Interval forecast_alone(const Forecast *f, size_t i, const Point *p, bool new_run) {
    Part part = part_of(f, i, p, new_run, 0);
    part.weight = 1; // by itself a law of weight 0 foretells, too
    return mixed(&part, 1, f->level);
}

/* The mixture of ln (loss from / loss to) is mixed as losses are, and carried over to nats at the
 * loss that is foretold of `to`. */
Interval forecast_gain(const Forecast *f, const Point *from, const Point *to) {
    Part parts[MAX_LAWS];
    for (size_t i = 0; i < f->n; i++) {
        const Candidate *c = &f->laws[i];
        const Drift before = wrong_by(c, from, edges_beyond(&f->edges, from)),
                    after = wrong_by(c, to, edges_beyond(&f->edges, to));
        const double fall = law_log_loss(c->law, c->at.theta, from) + before.mean -
                            law_log_loss(c->law, c->at.theta, to) - after.mean;
        parts[i] = (Part){
            fall, hypot(candidate_step_deviation(c, from, to), after.deviation - before.deviation),
            c->noise.freedom, f->weight[i]};
    }
    const Interval fall = mixed(parts, f->n, f->level);
    const double loss = forecast_predict(f, to, false).value;
    return (Interval){loss * (fall.value - 1), loss * (fall.lo - 1), loss * (fall.hi - 1)};
}

Interval forecast_floor(const Forecast *f) {
    Part parts[MAX_LAWS];
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        const Candidate *c = &f->laws[i];
        const int e = law_param_index(c->law, "E");
        if (e < 0 || !c->law->params[e].logged) continue;
        parts[n++] =
            (Part){c->at.theta[e], candidate_param_deviation(c, e), c->noise.freedom, f->weight[i]};
    }
    return mixed(parts, n, f->level);
}
