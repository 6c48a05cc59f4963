/* forecast_rates.c: how often what is foretold of a run that was not made holds, where the true law
 * is among those that are weighed, where it is not, and where no law has the form of the truth.
 *
 *     build/release/tests/forecast_rates [SETS [TRUTH]]      20 sets, an hour of one core
 *
 * Prints the table of docs/coverage.md: a row for each truth, number of rows, noise and kind of
 * trunk; "held" is the share of runs at 4 and 16 times the largest compute that fell inside the
 * 90 % interval, "width" the mean half width in units of the true law's own. "doubted" is how often
 * the law that is told without the truth was not called OK.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/formed.h"

#include "analysis/forecast/forecast.h"
#include "analysis/simulate/simulate.h"

// ---- truths ---------------------------------------------------------------------------------

#define ANY_GRID ",params=1e4:3e5:5,tokens=3e5:5e6:4,batch_tok=1024"

/* A truth is a law with these parameters, or a surface of formed.h; `copying` lowers the loss by
 * this share in the corner where both N and D are largest, as a skill does that appears at once. */
typedef struct {
    const char *name, *law;
    double q, steps, copying;
} Truth;
static const Truth TRUTHS[] = {
    {"chinchilla", "E=0.9,A=18.97,alpha=0.3,B=84.37,beta=0.35", 0, 0, 0},
    {"chinchilla-tied", "E=0.9,A=23.7,B=55.6,alpha=0.32", 0, 0, 0},
    {"kaplan", "N_c=6.2e7,alpha_N=0.1,D_c=4.2e8,alpha_D=0.12", 0, 0, 0},
    {"skaling", "E=0.8,A=600,alpha=0.65,B=14000,beta=0.7,k=0.45", 0, 0, 0},
    {"bounded", "E=0.8,L0=3.4,a=26.5,alpha=0.35,b=157,beta=0.4", 0, 0, 0},
    {"q 1.5", NULL, 1.5, 0, 0},
    {"q 3", NULL, 3, 0, 0},
    {"steps 0.1", NULL, 1, 0.1, 0},
    {"copying", NULL, 1, 0, 0.06},
    {"three-term", "E=0.9,A=18.97,alpha=0.3,B=30,beta=0.7,C=20,gamma=0.4", 0, 0, 0},
    {"nqs", "E=0.9,P=4,p=1.3,Q=0.8,q=0.6,R=40,r=1.5", 0, 0, 0},
};

typedef struct {
    const Truth *is;
    const Law *law; // NULL: none of ours
    double theta[LAW_MAX_PARAMS];
} TruthSurface;

static TruthSurface surface_of(Arena *arena, const Truth *t) {
    TruthSurface out = {.is = t};
    if (!t->law) return out;
    Simulation s;
    Err err = {0};
    const char *spec = arena_printf(arena, "law=%s,%s" ANY_GRID, t->name, t->law);
    if (simulation_read(arena, spec, &s, &err) != OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    out.law = s.law;
    memcpy(out.theta, s.theta, sizeof out.theta);
    return out;
}

/* Return the laws that are weighed: those of `auto`, and the truth where it is not one of them. */
static const char *laws_asked(Arena *arena, const Law *truth) {
    const char *out = truth && !truth->forecasts ? truth->name : NULL;
    for (size_t i = 0; out && LAWS[i]; i++)
        if (LAWS[i]->forecasts) out = arena_printf(arena, "%s,%s", out, LAWS[i]->name);
    return out ? out : FORECAST_AUTO;
}

/* Return whether a law tells batches of equal N and D apart. */
static bool sees_batches(const Law *law) {
    return law && law_n_variables(law) > 2;
}

static double loss_of(const TruthSurface *s, const Point *p) {
    if (s->law) return law_loss(s->law, s->theta, p);
    const Formed f = {.q = s->is->q, .steps = s->is->steps};
    const double corner = log(p->params / 3e5) + log(p->tokens / 5e6); // 0 at the largest run
    return formed_loss(&f, p->params, p->tokens) * (1 - s->is->copying / (1 + exp(-2 * corner)));
}

// ---- tables ---------------------------------------------------------------------------------

static const int SIZES[][2] = {{4, 3}, {5, 4}, {7, 6}, {10, 6}};
static const double NOISES[] = {0.003, 0.01}, TRUNK_NOISE = 0.005;
static const double BEYOND[] = {2, 4}; // times the largest N and D
enum { N_BEYOND = 2 };

typedef struct {
    const TruthSurface *surface;
    int n_sizes, n_lengths;
    double noise;
    bool trunks;
} Design;

/* The grid of a design; its noise is set number k's. Where the truth sees batches, they are three
 * in the manner of a Latin square, so that none goes with a size or a length. */
static Points table_of(Arena *arena, const Design *d, uint64_t k) {
    const Formed grid = {.q = 1,
                         .n_sizes = d->n_sizes,
                         .n_lengths = d->n_lengths,
                         .n_seeds = 1,
                         .trunks = d->trunks,
                         .seed = k};
    Points points = formed_points(arena, &grid);
    const Stream runs = stream_open(k, "rates-runs", 0), trunks = stream_open(k, "rates-trunks", 0);
    for (size_t i = 0; i < points.n; i++) {
        static const double BATCHES[] = {512, 1024, 2048};
        Point *p = &points.rows[i];
        if (sees_batches(d->surface->law))
            p->batch_tok = BATCHES[(i + i / (size_t)d->n_lengths) % COUNT_OF(BATCHES)];
        p->loss = loss_of(d->surface, p) * exp(d->noise * stream_normal(&runs, i));
        if (d->trunks) p->loss *= exp(TRUNK_NOISE * stream_normal(&trunks, (uint64_t)p->group));
    }
    return points;
}

static Point target_of(const Points *points, int which) {
    Point p = points->rows[points->n - 1];
    p.params *= BEYOND[which], p.tokens *= BEYOND[which];
    p.flops = 6 * p.params * p.tokens;
    return p;
}

// ---- what is counted ------------------------------------------------------------------------

/* Of one way to foretell: the sum over sets. */
typedef struct {
    double inside[N_BEYOND], width[N_BEYOND];
} Tally;

typedef struct {
    Tally all, without, alone;
    double doubted;
} Cell;

static void add(Tally *t, int which, Interval v, double loss) {
    t->inside[which] += loss >= v.lo && loss <= v.hi;
    t->width[which] += log(v.hi / v.lo) / 2;
}

/* Take the truth out of a forecast. */
static Forecast without(Arena *arena, const Forecast *f, const Law *truth) {
    Forecast out = *f;
    out.laws = ARENA_ARRAY(arena, Candidate, f->n);
    out.weight = ARENA_ARRAY(arena, double, f->n);
    out.n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->laws[i].law != truth) out.laws[out.n++] = f->laws[i];
    forecast_weigh(&out);
    return out;
}

static bool doubted(Arena *arena, const Points *points, const Forecast *f) {
    FitOptions o = fit_options_default();
    Fit fit;
    Err err = {0};
    o.law = f->laws[forecast_describes(f)].law->name;
    o.resamples = 100, o.starts = 8;
    return fit_points(arena, points, NULL, &o, &fit, &err) != OK || fit.status != FIT_OK;
}

static Cell one_set(const Design *d, uint64_t k) {
    Cell c = {0};
    Arena *arena = arena_open();
    const Points points = table_of(arena, d, k);
    const Stream new_run = stream_open(k, "rates-new", 0);
    FitOptions o = fit_options_default();
    Forecast f;
    Err err = {0};
    o.law = laws_asked(arena, d->surface->law);
    if (forecast_of(arena, &points, &o, &f, &err) != OK) BUG("%s", err.message);
    const Forecast less = without(arena, &f, d->surface->law);
    const double sd = hypot(d->noise, d->trunks ? TRUNK_NOISE : 0);
    for (int b = 0; b < N_BEYOND; b++) {
        const Point p = target_of(&points, b);
        const double loss =
            loss_of(d->surface, &p) * exp(sd * stream_normal(&new_run, (uint64_t)b));
        add(&c.all, b, forecast_predict(&f, &p, true), loss);
        add(&c.without, b, forecast_predict(&less, &p, true), loss);
        for (size_t i = 0; i < f.n; i++)
            if (f.laws[i].law == d->surface->law)
                add(&c.alone, b, forecast_alone(&f, i, &p, true), loss);
    }
    c.doubted = doubted(arena, &points, &less);
    arena_close(arena);
    return c;
}

static Cell cell_of(const Design *d, int sets) {
    enum { NUMBERS = sizeof(Cell) / sizeof(double) };
    double sum[NUMBERS] = {0};
#pragma omp parallel for reduction(+ : sum[:NUMBERS]) schedule(dynamic)
    for (int k = 0; k < sets; k++) {
        const Cell c = one_set(d, (uint64_t)k + 1);
        for (int i = 0; i < NUMBERS; i++) sum[i] += ((const double *)&c)[i] / sets;
    }
    Cell out;
    memcpy(&out, sum, sizeof out);
    return out;
}

// ---- the table ------------------------------------------------------------------------------

static void put_row(const Design *d, const Cell *c) {
    printf("| %s | %d | %.1f %% | %s |", d->surface->is->name, d->n_sizes * d->n_lengths,
           100 * d->noise, d->trunks ? "a size each" : "none");
    const bool known = d->surface->law;
    for (int b = 0; b < N_BEYOND && known; b++)
        printf(" %.2f, %.2f |", c->all.inside[b], c->all.width[b] / c->alone.width[b]);
    for (int b = 0; b < N_BEYOND && known; b++)
        printf(" %.2f, %.2f |", c->without.inside[b], c->without.width[b] / c->alone.width[b]);
    for (int b = 0; b < N_BEYOND && !known; b++) printf(" |");
    for (int b = 0; b < N_BEYOND && !known; b++)
        printf(" %.2f, %.1f %% |", c->without.inside[b], 100 * c->without.width[b]);
    printf(" %.2f |\n", c->doubted);
    fflush(stdout);
}

int main(int argc, char **argv) {
    const int sets = argc > 1 ? atoi(argv[1]) : 20;
    printf("| truth | rows | noise | trunks | 4x: held, width | 16x | truth removed: 4x | 16x | "
           "doubted |\n|---|---:|---:|---|---:|---:|---:|---:|---:|\n");
    for (size_t t = 0; t < COUNT_OF(TRUTHS); t++) {
        if (argc > 2 && strcmp(argv[2], TRUTHS[t].name) != 0) continue;
        Arena *arena = arena_open();
        const TruthSurface surface = surface_of(arena, &TRUTHS[t]);
        for (size_t i = 0; i < COUNT_OF(SIZES) * COUNT_OF(NOISES) * 2; i++) {
            const Design d = {&surface, SIZES[i / 4][0], SIZES[i / 4][1], NOISES[i / 2 % 2], i % 2};
            const Cell c = cell_of(&d, sets);
            put_row(&d, &c);
        }
        arena_close(arena);
    }
    return 0;
}
