/* forecast_told.c: the question FORECAST: what every law foretells by itself, beside their mixture,
 * and in one sentence which number to use. */
#include "analysis/questions/forecast_told.h"

#include <math.h>
#include <string.h>

#include "analysis/questions/study.h"
#include "base/numbers.h"
#include "base/sheet.h"

/* What is foretold has this many times the N and the D of the best of the costliest runs. */
static const double BEYOND[FORECAST_TARGETS] = {2, 4};
/* A law of less weight counts as excluded by the runs. */
static const double SMALL_WEIGHT = 0.01;
/* A drift of the mixture is told from here on, in ln loss. */
static const double SMALL_DRIFT = 5e-4;

static double most_flops(const Points *points) {
    double most = 0;
    for (size_t i = 0; i < points->n; i++) most = fmax(most, points->rows[i].flops);
    return most;
}

/* Return the run of least loss among those that took at least half of the largest compute. The
 * largest N and the largest D of a table may well stand in runs that are far apart. */
static const Point *best_costly(const Points *points) {
    const double most = most_flops(points);
    const Point *best = NULL;
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        if (p->flops >= 0.5 * most && (!best || p->loss < best->loss)) best = p;
    }
    return best;
}

/* Return by how much drift moves what is foretold, in ln loss: the mixture's value beside that of
 * the laws as if they were true. */
static double moved(const Forecast *f, const ForecastTarget *t) {
    double sum = 0, weight = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (isnan(t->alone[i].value)) continue;
        sum += f->weight[i] * log(t->alone[i].value);
        weight += f->weight[i];
    }
    return log(t->mixture.value) - sum / weight;
}

static ForecastTarget target_of(Arena *arena, const Study *s, const Point *p) {
    const Forecast *f = s->forecast;
    ForecastTarget t = {.at = *p,
                        .flops_over = p->flops / most_flops(s->forecast->points),
                        .mixture = forecast_predict(f, p, true),
                        .alone = ARENA_ARRAY(arena, Interval, f->n)};
    for (size_t i = 0; i < f->n; i++) t.alone[i] = forecast_alone(f, i, p, true);
    t.moved = moved(f, &t);
    return t;
}

/* The laws that the runs cannot exclude: how many, and how far apart what they say lies. */
typedef struct {
    int n;
    double lo, hi;
} Span;

static Span span_of(const Forecast *f, const ForecastTarget *t) {
    Span span = {0, INFINITY, -INFINITY};
    for (size_t i = 0; i < f->n; i++) {
        if (f->weight[i] < SMALL_WEIGHT) continue;
        span.lo = fmin(span.lo, t->alone[i].value);
        span.hi = fmax(span.hi, t->alone[i].value);
        span.n++;
    }
    return span;
}

static const char *headline_of(Arena *arena, const Study *s, const ForecastTarget *t) {
    const Forecast *f = s->forecast;
    const Span span = span_of(f, t);
    char params[16], tokens[16];
    const char *what =
        arena_printf(arena, "Use %.4g [%.4g, %.4g] for a run of %s params on %s tokens",
                     t->mixture.value, t->mixture.lo, t->mixture.hi,
                     count_to_text(params, t->at.params), count_to_text(tokens, t->at.tokens));
    const char *why =
        span.n < 2 ? arena_printf(arena, "these runs leave %s alone of the laws that were weighed",
                                  f->laws[0].law->name)
                   : arena_printf(arena,
                                  "a mixture of %d laws that these runs cannot exclude, which say "
                                  "%.4g to %.4g by themselves",
                                  span.n, span.lo, span.hi);
    if (fabs(t->moved) >= SMALL_DRIFT)
        why = arena_printf(arena, "%s, %s by %.2g %% as compute that was added has moved what %s",
                           why, t->moved < 0 ? "lowered" : "raised", 100 * fabs(t->moved),
                           span.n < 2 ? "it says" : "they say");
    if (s->fit.status != FIT_WRONG_FORM) return arena_printf(arena, "%s: %s.", what, why);
    return arena_printf(arena,
                        "%s: %s. Not even %s has the form of these runs: the interval holds only "
                        "as far as errors at their edges tell of those beyond.",
                        what, why, s->fit.law->name);
}

/* Say of which law alone a study tells, unless the headline has just said that this one is left. */
static const char *verdict_of(Arena *arena, const Study *s, const ForecastTarget *t,
                              const char *headline) {
    const char *left = span_of(s->forecast, t).n < 2 ? s->forecast->laws[0].law->name : "";
    const char *told = s->fit.law->name;
    if (strcmp(left, told) == 0) return headline;
    return arena_printf(arena, "%s What is said of one law below is said of %s.", headline, told);
}

static void add_held(ForecastHeld *h, Interval said, double loss, double share) {
    const double error = said.value / loss - 1;
    h->error.mean_abs_rel += fabs(error) * share;
    h->error.bias += error * share;
    h->error.n++;
    h->inside += loss >= said.lo && loss <= said.hi;
}

static ForecastHeld *held_out(Arena *arena, const Study *s) {
    const Forecast *f = s->forecast;
    ForecastHeld *out = ARENA_ARRAY(arena, ForecastHeld, f->n + 1);
    for (size_t k = 0; k < s->held.n; k++) {
        const Point *p = &s->held.rows[k];
        const double share = 1 / (double)s->held.n;
        add_held(&out[0], forecast_predict(f, p, true), p->loss, share);
        for (size_t i = 0; i < f->n; i++)
            add_held(&out[i + 1], forecast_alone(f, i, p, true), p->loss, share);
    }
    return out;
}

static Status ask(Arena *arena, const Study *s, const void *options, const void **answer,
                  Err *err) {
    const Forecast *f = s->forecast;
    (void)options, (void)err;
    if (!f) return OK;
    ForecastTold *told = ARENA_NEW(arena, ForecastTold);
    *told = (ForecastTold){.held = held_out(arena, s)};
    const Point *from = best_costly(f->points);
    for (size_t i = 0; i < FORECAST_TARGETS; i++) {
        const Point at = fit_point(&s->fit, BEYOND[i] * from->params, BEYOND[i] * from->tokens);
        told->rows[i] = target_of(arena, s, &at);
    }
    const ForecastTarget *last = &told->rows[FORECAST_TARGETS - 1];
    told->headline = headline_of(arena, s, last);
    told->verdict = verdict_of(arena, s, last, told->headline);
    *answer = told;
    return OK;
}

static double least_aicc(const Forecast *f) {
    double least = INFINITY;
    for (size_t i = 0; i < f->n; i++) least = fmin(least, f->laws[i].aicc);
    return least;
}

/* A weight of 1e-20 is told as 0. */
static void put_weight(Sheet *s, double weight) {
    static const double LEAST = 5e-5;
    sheet_number(s, "weight", weight < LEAST ? 0 : weight);
}

static void put_law(Sheet *s, const Forecast *f, size_t i) {
    const Candidate *c = &f->laws[i];
    sheet_row(s, NULL);
    sheet_text(s, "law", c->law->name);
    put_weight(s, f->weight[i]);
    sheet_count(s, "k", (uint64_t)c->problem->n_free);
    sheet_number(s, "scatter", c->noise.total);
    sheet_number(s, "delta_aicc", c->aicc - least_aicc(f));
    sheet_count(s, "edges", (uint64_t)c->n_edges);
    sheet_number(s, "edge_error", c->edge);
    sheet_number(s, "edge_expected", c->edge_noise);
}

static void put_target(Sheet *s, const Forecast *f, const ForecastTarget *t) {
    for (size_t i = 0; i <= f->n; i++) {
        sheet_row(s, NULL);
        sheet_size(s, "params", t->at.params);
        sheet_size(s, "tokens", t->at.tokens);
        sheet_number(s, "times_flops", t->flops_over);
        sheet_text(s, "law", i ? f->laws[i - 1].law->name : "mixture");
        sheet_interval(s, "loss", i ? t->alone[i - 1] : t->mixture);
    }
}

static void put_held(Sheet *s, const char *law, const ForecastHeld *h) {
    sheet_row(s, NULL);
    sheet_text(s, "law", law);
    sheet_count(s, "runs", (uint64_t)h->error.n);
    sheet_count(s, "inside", (uint64_t)h->inside);
    sheet_number(s, "mean_abs_rel", h->error.mean_abs_rel);
    sheet_number(s, "bias", h->error.bias);
}

static void put_edges(Sheet *s, const Forecast *f) {
    const char *rules[MAX_EDGES];
    for (int i = 0; i < f->edges.n; i++) {
        rules[i] = f->edges.rows[i].rule;
        if (sheet_for_people(s)) sheet_text(s, i ? "" : "edges left out", rules[i]);
    }
    if (!sheet_for_people(s)) sheet_list(s, "edges_left_out", rules, f->edges.n);
}

static void put(Sheet *s, const Study *study, const void *answer) {
    const Forecast *f = study->forecast;
    const ForecastTold *told = answer;
    if (sheet_for_people(s) && !told) return;
    sheet_table(s, "forecast_laws", '[',
                "laws weighed by how they foretell the edges left out (errors in ln loss)");
    for (size_t i = 0; told && i < f->n; i++) put_law(s, f, i);
    sheet_end(s);
    sheet_table(s, "forecast", '[',
                "what each law foretells of one new run, as if it were true, and their mixture");
    for (size_t i = 0; told && i < FORECAST_TARGETS; i++) put_target(s, f, &told->rows[i]);
    sheet_end(s);
    if (!sheet_for_people(s) || told->held->error.n > 0) {
        sheet_table(s, "forecast_held", '[', "held-out runs beside what was foretold of them");
        for (size_t i = 0; told && told->held->error.n > 0 && i <= f->n; i++)
            put_held(s, i ? f->laws[i - 1].law->name : "mixture", &told->held[i]);
        sheet_end(s);
    }
    if (!told) return;
    if (!sheet_for_people(s)) sheet_list(s, "forecast_verdict", &told->verdict, 1);
    put_edges(s, f);
    if (f->far) sheet_list(s, "far_rows", &f->far, 1);
    sheet_list(s, "not_weighed", f->left_out, f->n_left_out);
}

const Question FORECAST_QUESTION = {.ask = ask, .put = put};
