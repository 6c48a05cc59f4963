/* precision_rates.c: what is expected of a sealed forecast beside what is sealed, over simulated
 * sweeps of several designs, truths and distances.
 *
 *     build/release/tests/precision_rates [SWEEPS [DESIGN]]     100 of each; five minutes of one core
 *
 * Prints the table of docs/planner.md: a row for each design and truth. "sealed" is the median half
 * width of 90 % intervals and where eight of ten lie, "held" the share of heroes inside. The last
 * rows have other noise than is assumed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/choice/precision.h"
#include "base/stat.h"
#include "tests/planted_truth.h"

/* ---- truths ---------------------------------------------------------------------------------- */

/* Laws as fitted to one sweep of 4 x 4 cells, and a surface that none of the laws has. */
static const char *const LAW_SPECS[] = {
    "law=chinchilla,E=1.097,A=8.979,alpha=0.3138,B=29.6,beta=0.3105",
    "law=skaling,E=1.002,A=15.72,alpha=0.3545,B=78.94,beta=0.3823,k=0.7311",
    "law=bounded,E=1.147,L0=3.988,a=11.7,alpha=0.4087,b=72.7,beta=0.4428",
    "law=kaplan,N_c=3.16e7,alpha_N=0.08235,D_c=1.709e7,alpha_D=0.1502",
};
enum { N_LAWS = COUNT_OF(LAW_SPECS), N_TRUTHS = N_LAWS + 1 };

static void open_truths(Arena *arena, PlantedTruth *out) {
    for (size_t i = 0; i < N_LAWS; i++) out[i] = truth_of_law(arena, LAW_SPECS[i]);
    out[N_LAWS] = (PlantedTruth){.name = "power mean, q 3", .form = {.q = 3}};
}

/* ---- designs --------------------------------------------------------------------------------- */

/* Sizes of widths 16, 32, 48 and beyond; lengths double from 250k. */
static const double SIZES[] = {14608, 53472, 116592, 203968, 315600, 452000, 612000};
static const double FACTORS[] = {4, 30, 300}; // of a hero's FLOPs over the costliest run's
enum { N_FACTORS = COUNT_OF(FACTORS) };

typedef struct {
    const char *name;
    int sizes, lengths, seeds;
    bool trunks; // all lengths of a size and a seed share one
} GridDesign;
static const GridDesign DESIGNS[] = {
    {"4 x 4", 4, 4, 1, false},
    {"3 x 3", 3, 3, 1, false},
    {"4 x 4, two seeds", 4, 4, 2, false},
    {"4 x 4, a trunk per size", 4, 4, 1, true},
    {"7 x 6", 7, 6, 1, false},
};

static PlannedRuns planned_of(Arena *arena, const GridDesign *d) {
    PlannedRuns out = {
        .heroes = ARENA_ARRAY(arena, Point, N_FACTORS), .n_heroes = N_FACTORS, .trunks = d->trunks};
    Points *runs = &out.runs;
    runs->rows = ARENA_ARRAY(arena, Point, (size_t)(d->sizes * d->lengths * d->seeds));
    runs->source = "planned";
    runs->name = runs->rule = "";
    runs->entropy_nat = runs->floor_nat = runs->unigram_nat = NAN;
    for (int size = 0; size < d->sizes; size++)
        for (int length = 0; length < d->lengths; length++)
            for (int seed = 0; seed < d->seeds; seed++) {
                Point *p = &runs->rows[runs->n++];
                *p = point_blank();
                p->params = SIZES[size], p->tokens = 250e3 * pow(2, length);
                p->flops = 6 * p->params * p->tokens;
                p->group = d->trunks ? size * d->seeds + seed : (int)runs->n - 1;
            }
    runs->n_groups = d->trunks ? d->sizes * d->seeds : (int)runs->n;
    for (int f = 0; f < N_FACTORS; f++) {
        Point *p = &out.heroes[f];
        *p = runs->rows[runs->n - 1];
        p->params *= sqrt(FACTORS[f]), p->tokens *= sqrt(FACTORS[f]);
        p->flops *= FACTORS[f];
    }
    return out;
}

/* ---- sweeps ---------------------------------------------------------------------------------- */

typedef struct {
    double width[N_FACTORS];
    bool held[N_FACTORS];
} Sealed;

/* Seal a forecast from sweep k, as a fit does, and make the heroes. */
static Sealed seal(const PlannedRuns *planned, const PlantedTruth *truth, double run, double trunk,
                   uint64_t k) {
    Arena *arena = arena_open();
    const Stream of_runs = stream_open(k, "rates-run", 0),
                 of_trunks = stream_open(k, "rates-trunk", 0),
                 of_heroes = stream_open(k, "rates-hero", 0);
    Points points = planned->runs;
    points.rows = ARENA_ARRAY(arena, Point, points.n);
    points.unigram_nat = truth->is_law ? 3.988 : 3.5;
    for (size_t i = 0; i < points.n; i++) {
        Point *p = &points.rows[i];
        *p = planned->runs.rows[i];
        p->loss = exp(truth_ln_loss(truth, p) + run * stream_normal(&of_runs, i) +
                      trunk * stream_normal(&of_trunks, (uint64_t)p->group));
    }
    FitOptions o = fit_options_default();
    Forecast f;
    Err err = {0};
    Sealed out;
    o.law = FORECAST_AUTO;
    if (forecast_of(arena, &points, &o, &f, &err) != OK) BUG("%s", err.message);
    for (int h = 0; h < N_FACTORS; h++) {
        const Point *hero = &planned->heroes[h];
        const Interval v = forecast_predict(&f, hero, true);
        const double loss = exp(truth_ln_loss(truth, hero) +
                                hypot(run, trunk) * stream_normal(&of_heroes, (uint64_t)h));
        out.width[h] = (v.hi - v.lo) / (2 * v.value);
        out.held[h] = loss >= v.lo && loss <= v.hi;
    }
    arena_close(arena);
    return out;
}

/* Print the row of a truth; noise: how many times what is assumed. */
static void put_row(const PlannedRuns *planned, const PlantedTruth *truth, const char *name,
                    double noise, const Precision *expected, int sweeps) {
    const ChoiceOptions o = choice_options_default();
    Arena *arena = arena_open();
    Sealed *sealed = ARENA_ARRAY(arena, Sealed, (size_t)sweeps);
    double *width = ARENA_ARRAY(arena, double, (size_t)sweeps);
#pragma omp parallel for schedule(dynamic)
    for (int k = 0; k < sweeps; k++)
        sealed[k] = seal(planned, truth, noise * o.noise, noise * o.trunk, (uint64_t)k + 1);
    printf("| %s | %s |", name, truth->name);
    for (int h = 0; h < N_FACTORS; h++) {
        double held = 0;
        for (int k = 0; k < sweeps; k++) {
            width[k] = 100 * sealed[k].width[h];
            held += (double)sealed[k].held[h] / sweeps;
        }
        const Interval *e = &expected->heroes[h].half_width;
        printf(" %.1f (%.1f to %.1f) | %.1f (%.1f to %.1f) | %.2f |", 100 * e->value, 100 * e->lo,
               100 * e->hi, stat_median(width, (size_t)sweeps),
               stat_quantile(width, (size_t)sweeps, 0.1), stat_quantile(width, (size_t)sweeps, 0.9),
               held);
    }
    printf("\n");
    fflush(stdout);
    arena_close(arena);
}

static Precision expected_of(Arena *arena, const PlannedRuns *planned) {
    const ChoiceOptions o = choice_options_default();
    FitOptions fit = fit_options_default();
    Precision out;
    Err err = {0};
    fit.law = FORECAST_AUTO;
    if (precision_of(arena, planned, &fit, &o, &out, &err) != OK) BUG("%s", err.message);
    return out;
}

int main(int argc, char **argv) {
    const int sweeps = argc > 1 ? atoi(argv[1]) : 100;
    Arena *arena = arena_open();
    PlantedTruth truths[N_TRUTHS];
    open_truths(arena, truths);
    printf("| design | truth |");
    for (int f = 0; f < N_FACTORS; f++) printf(" expected, %.0fx | sealed | held |", FACTORS[f]);
    printf("\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (size_t d = 0; d < COUNT_OF(DESIGNS); d++) {
        if (argc > 2 && strcmp(argv[2], DESIGNS[d].name) != 0) continue;
        const PlannedRuns planned = planned_of(arena, &DESIGNS[d]);
        const Precision expected = expected_of(arena, &planned);
        for (size_t t = 0; t < N_TRUTHS; t++)
            put_row(&planned, &truths[t], DESIGNS[d].name, 1, &expected, sweeps);
        if (d > 0) continue;
        put_row(&planned, &truths[0], "4 x 4, noise 0.25 %", 0.5, &expected, sweeps);
        put_row(&planned, &truths[0], "4 x 4, noise 1 %", 2, &expected, sweeps);
    }
    arena_close(arena);
    return 0;
}
