/* choice_rates.c: how far forecasts fall from the truth that are made from the runs the planner
 * chooses, and from those of the best uniform grid that takes as long.
 *
 *     build/release/tests/choice_rates [SWEEPS]     200 of each; 20 minutes of two cores
 *
 * Prints the table of docs/planner.md: on planted surfaces, the errors in ln L at the target over
 * simulated sweeps, each forecast by --law auto. The last two surfaces are none of the laws; where
 * runs drift, no surface is, by as much as the planner thinks. Fails unless the planner's mean
 * square is at least 20 % below the grid's, in the geometric mean over the four laws.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/choice/choose.h"
#include "base/stat.h"
#include "tests/planted_truth.h"

static const double NOISE = 0.003, TRUNK = 0.003, DRIFT = 0.0005, UNIGRAM = 3.5;

static const char *const LAW_SPECS[] = {
    "law=chinchilla,E=0.9,A=18.97,alpha=0.3,B=84.37,beta=0.35",
    "law=kaplan,N_c=2e7,alpha_N=0.13,D_c=1e9,alpha_D=0.11",
    "law=skaling,E=0.8,A=600,alpha=0.65,B=14000,beta=0.7,k=0.45",
    "law=bounded,E=0.9,L0=3.5,a=12,alpha=0.3,b=50,beta=0.32",
};
enum { N_LAWS = COUNT_OF(LAW_SPECS), N_PLANTED = N_LAWS + 2 };

/* ---- candidates of a made-up machine --------------------------------------------------------- */

/* Two workers; models of 4 layers, of which narrow ones are slow. */
static const int WIDTHS[] = {16, 24, 32, 48, 64, 80, 96, 128};
static const double SHORTEST = 125e3, BUDGET = 240;
enum { LENGTHS = 8, WORKERS = 2, EACH = 6, MOST_SEEDS = 4 };

static Point run_of(double width, double tokens) {
    Point p = point_blank();
    p.params = 48 * width * width + 2 * 64 * width;
    p.tokens = tokens;
    p.flops = 6 * p.params * tokens;
    return p;
}

static Point target_run(void) {
    return run_of(192, 32e6);
}

static double far_from_target(const Point *p) {
    const Point target = target_run();
    return log(target.params / p->params) + log(target.tokens / p->tokens);
}

static Cells candidates(Arena *arena, bool trunks) {
    Cells out = {.rows = ARENA_ARRAY(arena, Cell, COUNT_OF(WIDTHS) * LENGTHS)};
    for (size_t w = 0; w < COUNT_OF(WIDTHS); w++)
        for (int i = 0; i < LENGTHS; i++) {
            const Point p = run_of(WIDTHS[w], SHORTEST * pow(2, i));
            const double seconds = p.flops / (1e10 * pow(WIDTHS[w] / 16.0, 0.8));
            out.rows[out.n++] =
                (Cell){arena_printf(arena, "%3d wide, %5.0fk tokens", WIDTHS[w], p.tokens / 1e3), p,
                       trunks ? (int)w : -1, seconds, trunks ? 0.8 * seconds : 0};
        }
    cells_sort(&out);
    return out;
}

/* ---- sweeps ---------------------------------------------------------------------------------- */

/* Number the groups from 0 on, in the order of the rows. */
static int number_groups(Points *points) {
    int groups = 0;
    for (size_t i = 0; i < points->n; i++) {
        size_t first = 0;
        while (strcmp(points->rows[first].id, points->rows[i].id) != 0) first++;
        points->rows[i].group = first < i ? points->rows[first].group : groups++;
    }
    return groups;
}

/* The runs of a design with the losses of sweep k. */
static Points sweep_of(Arena *arena, const PlantedTruth *s, const Cells *cells, const ChosenRuns *d,
                       double drift, uint64_t k) {
    const Stream of_runs = stream_open(1, "design-run", k),
                 of_trunks = stream_open(1, "design-trunk", k),
                 of_places = stream_open(1, "design-place", k);
    Points out = {.rows = ARENA_ARRAY(arena, Point, (size_t)d->n), .source = "design"};
    out.rule = out.name = "";
    out.entropy_nat = out.floor_nat = NAN;
    out.unigram_nat = UNIGRAM;
    for (size_t i = 0; i < cells->n; i++)
        for (int r = 0; r < d->runs[i]; r++) {
            const int of = cells->rows[i].trunk;
            const uint64_t run = i * 100 + (uint64_t)r, trunk = (uint64_t)(of * 100 + r);
            Point *p = &out.rows[out.n++];
            *p = cells->rows[i].at;
            p->seed = r;
            p->id = arena_printf(arena, "%06d", (int)(of < 0 ? run : trunk));
            p->trunk = of < 0 ? "" : p->id;
            p->loss = exp(truth_ln_loss(s, p) +
                          drift * far_from_target(p) * stream_normal(&of_places, i) +
                          NOISE * stream_normal(&of_runs, run) +
                          (of < 0 ? 0 : TRUNK * stream_normal(&of_trunks, trunk)));
        }
    out.n_groups = number_groups(&out);
    return out;
}

typedef struct {
    double square, median;
} Errors;

static Errors errors_of(const PlantedTruth *s, const Cells *cells, const ChosenRuns *d,
                        const Point *target, double drift, int sweeps) {
    Arena *keep = arena_open();
    double *error = ARENA_ARRAY(keep, double, (size_t)sweeps);
#pragma omp parallel for schedule(dynamic)
    for (int k = 0; k < sweeps; k++) {
        Arena *arena = arena_open();
        const Points points = sweep_of(arena, s, cells, d, drift, (uint64_t)k);
        FitOptions o = fit_options_default();
        Forecast f;
        Err err = {0};
        o.law = "auto";
        MUST(forecast_of(arena, &points, &o, &f, &err) == OK);
        error[k] = fabs(log(forecast_predict(&f, target, true).value) - truth_ln_loss(s, target));
        arena_close(arena);
    }
    Errors out = {0, stat_median(error, (size_t)sweeps)};
    for (int k = 0; k < sweeps; k++) out.square += error[k] * error[k] / sweeps;
    arena_close(keep);
    return out;
}

/* ---- the table ------------------------------------------------------------------------------- */

static void show(const char *what, const Cells *cells, const ChosenRuns *d) {
    fprintf(stderr, "%s: %d runs, %.0f s, expected error %.2f %%\n", what, d->n, d->seconds,
            100 * d->expected.error);
    for (size_t i = 0; i < cells->n; i++)
        if (d->runs[i]) fprintf(stderr, "    %s x %d\n", cells->rows[i].name, d->runs[i]);
}

/* Print the rows of independent runs or of trunks. Return whether they are not what they must
 * be. */
static bool rows(Arena *arena, const PlantedTruth *surfaces, bool trunks, double drift,
                 int sweeps) {
    static const Points NONE;
    const Cells cells = candidates(arena, trunks);
    const Point target = target_run();
    const Law **laws;
    size_t n;
    Possible p;
    Err err = {0};
    double ln_ratio = 0;
    MUST(forecast_laws(arena, "auto", &laws, &n, &err) == OK);
    MUST(possible_from_laws(arena, laws, n, &cells, EACH, &p, &err) == OK);
    p.noise = NOISE, p.trunk = trunks ? TRUNK : 0, p.drift = DRIFT;
    MUST(possible_see(arena, &p, &cells, &target, &err) == OK);
    const Expectation *e = expectation_of(arena, &p, &cells, &target);
    Limits limits = {BUDGET, WORKERS, MOST_SEEDS, 3, 3};
    /* The grid that is best without drift is the harder one to beat. */
    Possible exact = p;
    exact.drift = 0;
    const Expectation *hard = expectation_of(arena, &exact, &cells, &target);
    const ChosenRuns grid = choose_grid(arena, hard, &cells, &NONE, &limits);
    limits.budget_s = grid.seconds;
    const ChosenRuns chosen = choose(arena, e, &cells, &NONE, &limits);
    show("grid", &cells, &grid);
    show("chosen", &cells, &chosen);
    for (size_t i = 0; i < N_PLANTED; i++) {
        const Errors a = errors_of(&surfaces[i], &cells, &grid, &target, drift, sweeps),
                     b = errors_of(&surfaces[i], &cells, &chosen, &target, drift, sweeps);
        printf("| %s%s | %s | %.2f %% | %.2f %% | %+.0f %% | %.2f %% | %.2f %% |\n",
               trunks ? "a trunk per size" : "independent", drift > 0 ? ", drifting" : "",
               surfaces[i].name, 100 * sqrt(a.square), 100 * sqrt(b.square),
               100 * (b.square / a.square - 1), 100 * a.median, 100 * b.median);
        fflush(stdout);
        if (i < N_LAWS) ln_ratio += log(b.square / a.square) / N_LAWS;
    }
    printf("| | the four laws together | | | %+.0f %% | | |\n", 100 * (exp(ln_ratio) - 1));
    return exp(ln_ratio) > 0.8;
}

int main(int argc, char **argv) {
    const int sweeps = argc > 1 ? atoi(argv[1]) : 200;
    Arena *arena = arena_open();
    PlantedTruth surfaces[N_PLANTED] = {
        [N_LAWS] = {.name = "power mean, q 1.5", .form = {.q = 1.5}},
        [N_LAWS + 1] = {.name = "steps-limited, 0.1", .form = {.q = 1, .steps = 0.1}},
    };
    for (size_t i = 0; i < N_LAWS; i++) surfaces[i] = truth_of_law(arena, LAW_SPECS[i]);
    printf("| runs | planted | grid, rms | chosen, rms | mean square | grid, median | chosen, "
           "median |\n|---|---|---:|---:|---:|---:|---:|\n");
    bool failed = false;
    for (int block = 0; block < 4; block++)
        failed |= rows(arena, surfaces, block % 2, block < 2 ? 0 : DRIFT, sweeps);
    arena_close(arena);
    return failed;
}
