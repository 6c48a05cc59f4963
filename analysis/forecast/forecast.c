/* forecast.c: weighs laws, and mixes what they predict. */
#include "analysis/forecast/forecast.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/problem_of.h"
#include "analysis/fit/thin.h"
#include "base/stat.h"
#include "base/suggest.h"

/* ---- which laws ------------------------------------------------------------------------------ */

static const char AUTO[] = "auto";
enum { MAX_LAWS = 32, MOST_STARTS = 12 };

bool forecast_asked(const char *law) {
    return strcmp(law, AUTO) == 0 || strchr(law, ',');
}

/* A forecast is asked of N and D, which every law that is weighed must see. */
static bool of_params_and_tokens(const Law *law) {
    return law->log_loss && law_n_variables(law) == 2 && law->variables[0].ln_x == ln_params &&
           law->variables[1].ln_x == ln_tokens;
}

Status forecast_laws(Arena *arena, const char *asked, const Law ***laws, size_t *n, Err *err) {
    const Law **out = *laws = ARENA_ARRAY(arena, const Law *, MAX_LAWS);
    *n = 0;
    for (size_t i = 0; strcmp(asked, AUTO) == 0 && LAWS[i]; i++)
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

/* Fill the weights. Where rows are too few for any edge, AICc decides; and the other way round. */
static void weigh(Forecast *f) {
    double edge = INFINITY, aicc = INFINITY, sum = 0;
    for (size_t i = 0; i < f->n; i++) {
        edge = fmin(edge, f->laws[i].edge); // fmin ignores a NaN
        aicc = fmin(aicc, f->laws[i].aicc);
    }
    for (size_t i = 0; i < f->n; i++) {
        const Candidate *c = &f->laws[i];
        double w = 1;
        if (isfinite(edge)) w = isnan(c->edge) ? 0 : pow(edge / c->edge, OF_EDGE);
        if (isfinite(aicc)) w *= isnan(c->aicc) ? 0 : exp(-OF_AICC * (c->aicc - aicc));
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

static void leave_out(Arena *arena, Forecast *f, const Law *law, const char *why) {
    f->left_out[f->n_left_out++] = arena_printf(arena, "not weighed: %s: %s.", law->name, why);
}

static Status try_law(Arena *arena, const Points *points, const FitOptions *o, const Law *law,
                      Forecast *f, Err *err) {
    FitOptions one = *o;
    Problem *whole = ARENA_NEW(arena, Problem);
    one.law = law->name;
    TRY(problem_of(arena, points, &one, whole, err));
    const Problem *p = thin_problem(arena, whole, THIN_LARGE);
    const Edges edges = p == whole ? f->edges : edges_of(arena, p->points);
    const int starts = o->starts < MOST_STARTS ? o->starts : MOST_STARTS;
    if (!candidate_fit(arena, p, &edges, starts, &f->laws[f->n]))
        FAIL(err, E_FAILED, "it could not be fitted, or leaves no residuals");
    f->n++;
    return OK;
}

Status forecast_of(Arena *arena, const Points *points, const FitOptions *o, Forecast *out,
                   Err *err) {
    const Law **laws;
    size_t n;
    TRY(forecast_laws(arena, o->law, &laws, &n, err));
    *out = (Forecast){.laws = ARENA_ARRAY(arena, Candidate, n),
                      .weight = ARENA_ARRAY(arena, double, n),
                      .left_out = ARENA_ARRAY(arena, const char *, n),
                      .edges = edges_of(arena, points),
                      .points = points,
                      .level = o->level};
    Err first = {0};
    for (size_t i = 0; i < n; i++) {
        Err why = {0};
        const Status status = try_law(arena, points, o, laws[i], out, &why);
        if (status == OK) continue;
        if (out->n_left_out == 0) first = why;
        leave_out(arena, out, laws[i], points_unnamed(points, why.message));
    }
    if (out->n == 0) {
        *err = first;
        return E_FAILED;
    }
    weigh(out);
    sort_by_weight(out);
    return OK;
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

static Interval mixed(const Part *parts, size_t n, double level) {
    double mean = 0;
    for (size_t i = 0; i < n; i++) mean += parts[i].weight * parts[i].mean;
    return (Interval){exp(mean), exp(quantile(parts, n, (1 - level) / 2)),
                      exp(quantile(parts, n, (1 + level) / 2))};
}

static Part part_of(const Forecast *f, size_t i, const Point *p, bool new_run, double d) {
    const Candidate *c = &f->laws[i];
    const double excess = sqrt(fmax(0, c->edge * c->edge - c->edge_noise * c->edge_noise));
    const double beyond = isfinite(excess) ? excess * d * (1 + d) / 2 : 0;
    const double run = new_run ? c->noise.total : 0;
    return (Part){law_log_loss(c->law, c->at.theta, p),
                  hypot(hypot(candidate_deviation(c, p), run), beyond), c->noise.freedom,
                  f->weight[i]};
}

Interval forecast_predict(const Forecast *f, const Point *p, bool new_run) {
    Part parts[MAX_LAWS];
    for (size_t i = 0; i < f->n; i++)
        parts[i] = part_of(f, i, p, new_run, edges_beyond(&f->edges, p));
    return mixed(parts, f->n, f->level);
}

Interval forecast_alone(const Forecast *f, size_t i, const Point *p, bool new_run) {
    Part part = part_of(f, i, p, new_run, 0);
    part.weight = 1;
    return mixed(&part, 1, f->level);
}
