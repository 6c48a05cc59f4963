/* design_rates.c: how far forecasts fall from the truth that are made from the runs the planner
 * chooses, and from those of a uniform grid that takes as long.
 *
 *     build/release/tests/design_rates [SWEEPS]     200 of each, some minutes of two cores
 *
 * Prints the table of docs/planner.md: for laws that are planted, the root mean square error of
 * ln L at the target over simulated sweeps, each forecast by --law auto. Fails when the planner's mean
 * square is not at least 20 % below the grid's in the mean over the laws.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/design/choose.h"
#include "analysis/simulate/simulate.h"
#include "base/rng.h"

static const char *const SURFACES[] = {
    "law=chinchilla,E=0.9,A=18.97,alpha=0.3,B=84.37,beta=0.35",
    "law=kaplan,N_c=2e7,alpha_N=0.13,D_c=1e9,alpha_D=0.11",
    "law=skaling,E=0.8,A=600,alpha=0.65,B=14000,beta=0.7,k=0.45",
    "law=bounded,E=0.9,L0=3,a=40,alpha=0.4,b=300,beta=0.45",
};

/* A machine of two workers on which narrow models are slow, and models of 4 layers. */
static const int WIDTHS[] = {16, 24, 32, 48, 64, 80, 96, 128};
static const double SHORTEST = 125e3;
enum { LENGTHS = 8, WORKERS = 2, EACH = 8 };

static Point run_of(double width, double tokens) {
    Point p = point_blank();
    p.params = 48 * width * width + 2 * 64 * width;
    p.tokens = tokens;
    p.flops = 6 * p.params * tokens;
    return p;
}

static Cells candidates(Arena *arena, bool trunks) {
    Cells out = {.rows = ARENA_ARRAY(arena, Cell, COUNT_OF(WIDTHS) * LENGTHS)};
    for (size_t w = 0; w < COUNT_OF(WIDTHS); w++)
        for (int i = 0; i < LENGTHS; i++) {
            const Point p = run_of(WIDTHS[w], SHORTEST * pow(2, i));
            const double seconds = p.flops / (1e10 * pow(WIDTHS[w] / 16.0, 0.8));
            out.rows[out.n++] =
                (Cell){arena_printf(arena, "d_model %d, %.4g tokens", WIDTHS[w], p.tokens), p,
                       trunks ? (int)w : -1, seconds, trunks ? 0.8 * seconds : 0};
        }
    cells_sort(&out);
    return out;
}

/* The runs of a design with the losses of sweep k. */
static Points sweep_of(Arena *arena, const Simulation *s, const Cells *cells, const Design *d,
                       double noise, double trunk, uint64_t k) {
    const Stream of_runs = stream_open(1, "design-run", k),
                 of_trunks = stream_open(1, "design-trunk", k);
    Points out = {.rows = ARENA_ARRAY(arena, Point, (size_t)d->n),
                  .source = "design",
                  .rule = "",
                  .name = "",
                  .entropy_nat = NAN,
                  .floor_nat = NAN,
                  .unigram_nat = s->law->params[1].known ? law_param(s->law, s->theta, 1) : 3.5};
    for (size_t i = 0; i < cells->n; i++)
        for (int r = 0; r < d->runs[i]; r++) {
            const int of = cells->rows[i].trunk;
            Point *p = &out.rows[out.n];
            *p = cells->rows[i].at;
            p->seed = r;
            p->trunk = of < 0 ? "" : arena_printf(arena, "%03d", of * 100 + r);
            p->group = of < 0 ? (int)out.n : of * 100 + r;
            const double shared =
                of < 0 ? 0 : trunk * stream_normal(&of_trunks, (uint64_t)p->group);
            p->loss = exp(law_log_loss(s->law, s->theta, p) + shared +
                          noise * stream_normal(&of_runs, i * 100 + (size_t)r));
            out.n++;
        }
    int groups = 0;
    for (size_t i = 0; i < out.n; i++) {
        int *g = &out.rows[i].group;
        size_t first = 0;
        if (of_trunks.substream != k || *out.rows[i].trunk == '\0') {
            *g = groups++;
            continue;
        }
        while (strcmp(out.rows[first].trunk, out.rows[i].trunk) != 0) first++;
        *g = first < i ? out.rows[first].group : groups++;
    }
    out.n_groups = groups;
    return out;
}

typedef struct {
    double square, median;
    int failed;
} Rate;

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static Rate rate(const Simulation *s, const Cells *cells, const Design *d, const Point *target,
                 double noise, double trunk, int sweeps) {
    double *error = calloc((size_t)sweeps, sizeof *error);
    const double truth = law_log_loss(s->law, s->theta, target);
    Rate out = {0};
#pragma omp parallel for schedule(dynamic)
    for (int k = 0; k < sweeps; k++) {
        Arena *arena = arena_open();
        const Points points = sweep_of(arena, s, cells, d, noise, trunk, (uint64_t)k);
        FitOptions o = fit_options_default();
        Forecast f;
        Err err = {0};
        o.law = "auto";
        const bool ok = forecast_of(arena, &points, &o, &f, &err) == OK;
        error[k] = ok ? log(forecast_predict(&f, target, true).value) - truth : NAN;
        if (!ok) fprintf(stderr, "%s\n", err.message);
        arena_close(arena);
    }
    for (int k = 0; k < sweeps; k++) {
        if (isnan(error[k])) {
            out.failed++;
            error[k] = 1;
        }
        out.square += error[k] * error[k] / sweeps;
        error[k] = fabs(error[k]);
    }
    qsort(error, (size_t)sweeps, sizeof *error, ascending);
    out.median = error[sweeps / 2];
    free(error);
    return out;
}

static void show(const char *what, const Cells *cells, const Design *d) {
    printf("%s: %d runs, %.0f s, expected %.3f %% (noise %.3f, form %.3f)\n", what, d->n,
           d->seconds, 100 * d->expected.error, 100 * d->expected.by_noise,
           100 * d->expected.by_form);
    for (size_t i = 0; i < cells->n; i++)
        if (d->runs[i])
            printf("   %s%s\n", cells->rows[i].name,
                   d->runs[i] > 1 ? arena_printf(arena_open(), " x%d", d->runs[i]) : "");
}

int main(int argc, char **argv) {
    const int sweeps = argc > 1 ? atoi(argv[1]) : 200;
    const double budget = argc > 2 ? atof(argv[2]) : 60, noise = 0.003;
    const bool trunks = argc > 3 && atoi(argv[3]);
    const double trunk = trunks ? 0.003 : 0;
    Arena *arena = arena_open();
    const Cells cells = candidates(arena, trunks);
    const Law *laws[64];
    size_t n = 0;
    for (size_t i = 0; LAWS[i]; i++)
        if (LAWS[i]->forecasts) laws[n++] = LAWS[i];
    const Point target = run_of(192, 32e6);
    Possible p;
    Err err = {0};
    MUST(possible_from_laws(arena, laws, n, &cells, EACH, &p, &err) == OK);
    p.noise = noise, p.trunk = trunk, p.drift = getenv("DRIFT") ? atof(getenv("DRIFT")) : 0.001;
    MUST(possible_see(arena, &p, &cells, &target, &err) == OK);
    fprintf(stderr, "%zu truths, %zu views\n", p.n_truths, p.n_views);
    const Expectation *e = expectation_of(arena, &p, &cells, &target);
    static const Points NONE;
    Limits limits = {budget, WORKERS, 4, 3, 3};
    const Design grid = choose_grid(arena, e, &cells, &NONE, &limits);
    show("grid", &cells, &grid);
    limits.budget_s = grid.seconds;
    const Design best = choose(arena, e, &cells, &NONE, &limits);
    show("planner", &cells, &best);
    double ratio = 0;
    printf("| planted | grid rms | planner rms | mean square | grid median | planner median "
           "|\n|---|---:|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < COUNT_OF(SURFACES); i++) {
        Simulation s;
        const char *spec =
            arena_printf(arena, "%s,params=1e4:3e5:4,tokens=1e5:2e6:4,noise=0", SURFACES[i]);
        if (simulation_read(arena, spec, &s, &err) != OK) {
            fprintf(stderr, "%s\n", err.message);
            return 2;
        }
        const Rate a = rate(&s, &cells, &grid, &target, noise, trunk, sweeps),
                   b = rate(&s, &cells, &best, &target, noise, trunk, sweeps);
        printf("| %s | %.2f %% | %.2f %% | %+.0f %% | %.2f %% | %.2f %% |  L %.2f..%.2f -> %.2f\n",
               s.law->name, 100 * sqrt(a.square), 100 * sqrt(b.square),
               100 * (b.square / a.square - 1), 100 * a.median, 100 * b.median,
               law_loss(s.law, s.theta, &cells.rows[0].at),
               law_loss(s.law, s.theta, &cells.rows[cells.n - 1].at),
               law_loss(s.law, s.theta, &target));
        fflush(stdout);
        ratio += b.square / a.square / COUNT_OF(SURFACES);
    }
    return ratio > 0.8;
}
