/* precision.c: planned runs read, sweeps of them simulated, the widths of their forecasts. */
#include "analysis/choice/precision.h"

#include <math.h>
#include <string.h>

#include "analysis/points/csv.h"
#include "base/numbers.h"
#include "base/rng.h"
#include "base/stat.h"

/* ---- planned runs ---------------------------------------------------------------------------- */

enum { PARAMS, TOKENS, FLOPS, ROLE, TRUNK, N_COLUMNS };
static const char *const COLUMNS[N_COLUMNS] = {"params", "tokens", "flops", "role", "trunk"};

static Status read_number(const Csv *csv, size_t row, int column, double *out, Err *err) {
    const char *cell = csv_cell(csv, row, column);
    if (real_from_text(cell, out) && *out >= POINT_LEAST && *out <= POINT_MOST) return OK;
    FAIL(err, E_FORMAT, "%s: line %d: column '%s': needs a number above 0, not '%s'", csv->name,
         csv->lines[row], csv->header[column], cell);
}

static Status read_run(const Csv *csv, size_t row, const int *of, Point *out, Err *err) {
    *out = point_blank();
    TRY(read_number(csv, row, of[PARAMS], &out->params, err));
    TRY(read_number(csv, row, of[TOKENS], &out->tokens, err));
    out->flops = 6 * out->params * out->tokens;
    if (of[FLOPS] >= 0) TRY(read_number(csv, row, of[FLOPS], &out->flops, err));
    if (of[TRUNK] >= 0) out->trunk = csv_cell(csv, row, of[TRUNK]);
    return OK;
}

/* Add a hero, unless there is one that differs from it in its seed alone. */
static void add_hero(PlannedRuns *p, const Point *hero) {
    for (size_t i = 0; i < p->n_heroes; i++) {
        const Point *other = &p->heroes[i];
        if (other->params == hero->params && other->tokens == hero->tokens &&
            other->flops == hero->flops)
            return;
    }
    p->heroes[p->n_heroes++] = *hero;
}

/* Number the trunks by the order of the runs, not by their names, so that equal designs get equal
 * noise. */
static void number_groups(Points *runs) {
    for (size_t i = 0; i < runs->n; i++) {
        Point *p = &runs->rows[i];
        size_t first = 0;
        while (first < i && !(*p->trunk && strcmp(runs->rows[first].trunk, p->trunk) == 0)) first++;
        p->group = first < i ? runs->rows[first].group : runs->n_groups++;
    }
}

Status planned_runs_open(Arena *arena, const char *path, PlannedRuns *out, Err *err) {
    Csv csv;
    int of[N_COLUMNS];
    TRY(csv_open(arena, path, &csv, err));
    for (int c = 0; c < N_COLUMNS; c++) {
        of[c] = csv_column(&csv, COLUMNS[c]);
        if (of[c] < 0 && (c == PARAMS || c == TOKENS || c == ROLE))
            FAIL(err, E_FORMAT, "%s: needs a column '%s'; planned runs have %s", path, COLUMNS[c],
                 "role, params, tokens and may have flops, trunk");
    }
    *out = (PlannedRuns){.runs = {.rows = ARENA_ARRAY(arena, Point, csv.n_rows)},
                         .heroes = ARENA_ARRAY(arena, Point, csv.n_rows)};
    Points *runs = &out->runs;
    runs->source = path;
    runs->name = runs->rule = "";
    runs->entropy_nat = runs->floor_nat = runs->unigram_nat = NAN;
    for (size_t i = 0; i < csv.n_rows; i++) {
        const char *role = csv_cell(&csv, i, of[ROLE]);
        Point run;
        if (strcmp(role, "tuning") == 0) continue;
        TRY(read_run(&csv, i, of, &run, err));
        if (strcmp(role, "hero") == 0)
            add_hero(out, &run);
        else
            runs->rows[runs->n++] = run;
    }
    if (runs->n == 0 || out->n_heroes == 0)
        FAIL(err, E_USAGE, "%s: needs runs, and one whose role is 'hero', which they foretell",
             path);
    number_groups(runs);
    out->trunks = runs->n_groups < (int)runs->n;
    return OK;
}

/* ---- simulated sweeps ------------------------------------------------------------------------ */

/* Truths of each law: as many as make the answer steady, fewer where there are many runs and each
 * forecast takes long. */
static int truths_each(size_t n_runs) {
    enum { MOST = 12, LEAST = 2, RUNS = 200 };
    const int n = (int)(RUNS / n_runs);
    return n > MOST ? MOST : n < LEAST ? LEAST : n;
}

/* The laws that may be true of these runs. */
static Status make_possible(Arena *arena, const Points *runs, const FitOptions *fit, Possible *out,
                            Err *err) {
    const Law **laws;
    size_t n;
    Cells cells = {.rows = ARENA_ARRAY(arena, Cell, runs->n), .n = runs->n};
    for (size_t i = 0; i < runs->n; i++)
        cells.rows[i] = (Cell){.name = "", .at = runs->rows[i], .trunk = -1};
    TRY(forecast_laws(arena, fit->law, &laws, &n, err));
    return possible_from_laws(arena, laws, n, &cells, truths_each(runs->n), out, err);
}

/* The planned runs with losses by a truth, and noise that depends on the number of the sweep. */
static Points sweep_of(Arena *arena, const Points *planned, const Truth *truth,
                       const ChoiceOptions *o, uint64_t number) {
    const Stream of_runs = stream_open(1, "precision-run", number),
                 of_trunks = stream_open(1, "precision-trunk", number);
    Points out = *planned;
    out.rows = ARENA_ARRAY(arena, Point, out.n);
    for (size_t i = 0; i < out.n; i++) {
        Point *p = &out.rows[i];
        *p = planned->rows[i];
        p->loss =
            exp(law_log_loss(truth->law, truth->theta, p) + o->noise * stream_normal(&of_runs, i) +
                o->trunk * stream_normal(&of_trunks, (uint64_t)p->group));
    }
    out.unigram_nat = possible_one_token(truth, &out);
    return out;
}

/* Fill the half width of each hero's interval, as a share of the loss that is foretold. */
static Status widths_of(const Points *sweep, const PlannedRuns *planned, const FitOptions *fit,
                        double *out, Err *err) {
    Arena *arena = arena_open();
    Forecast f;
    const Status status = forecast_of(arena, sweep, fit, &f, err);
    for (size_t h = 0; status == OK && h < planned->n_heroes; h++) {
        const Interval v = forecast_predict(&f, &planned->heroes[h], true);
        out[h] = (v.hi - v.lo) / (2 * v.value);
    }
    arena_close(arena);
    return status;
}

/* Forecast a sweep for each truth. width: (n_truths, n_heroes) */
static Status simulate(Arena *arena, const PlannedRuns *planned, const Possible *possible,
                       const FitOptions *fit, const ChoiceOptions *o, double *width, Err *err) {
    FitOptions quick = *fit;
    /* From one start alone, of a law and at each edge: more of them took six times as long and
     * changed no digit that is told. */
    quick.starts = 1;
    Points *sweeps = ARENA_ARRAY(arena, Points, possible->n_truths);
    for (size_t t = 0; t < possible->n_truths; t++)
        sweeps[t] = sweep_of(arena, &planned->runs, &possible->truths[t], o, t);
    Err *why = ARENA_ARRAY(arena, Err, possible->n_truths);
#pragma omp parallel for schedule(dynamic)
    for (size_t t = 0; t < possible->n_truths; t++)
        (void)widths_of(&sweeps[t], planned, &quick, width + t * planned->n_heroes, &why[t]);
    for (size_t t = 0; t < possible->n_truths; t++)
        if (why[t].status != OK)
            FAIL(err, E_FAILED, "%s", points_unnamed(&planned->runs, why[t].message));
    return OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static HeroPrecision hero_precision(Arena *arena, const PlannedRuns *planned, const double *width,
                                    size_t n_sweeps, size_t h) {
    const Point *hero = &planned->heroes[h];
    double *of_hero = ARENA_ARRAY(arena, double, n_sweeps), most = 0;
    for (size_t t = 0; t < n_sweeps; t++) of_hero[t] = width[t * planned->n_heroes + h];
    for (size_t i = 0; i < planned->runs.n; i++) most = fmax(most, planned->runs.rows[i].flops);
    return (HeroPrecision){*hero,
                           hero->flops / most,
                           {stat_median(of_hero, n_sweeps), stat_quantile(of_hero, n_sweeps, 0.1),
                            stat_quantile(of_hero, n_sweeps, 0.9)}};
}

Status precision_of(Arena *arena, const PlannedRuns *planned, const FitOptions *fit,
                    const ChoiceOptions *o, Precision *out, Err *err) {
    Possible possible;
    TRY(make_possible(arena, &planned->runs, fit, &possible, err));
    const size_t n = possible.n_truths;
    double *width = ARENA_ARRAY(arena, double, n * planned->n_heroes);
    TRY(simulate(arena, planned, &possible, fit, o, width, err));
    *out = (Precision){.n_runs = planned->runs.n,
                       .n_sweeps = (int)n,
                       .trunks = planned->trunks,
                       .level = fit->level,
                       .noise = o->noise,
                       .trunk = o->trunk,
                       .heroes = ARENA_ARRAY(arena, HeroPrecision, planned->n_heroes),
                       .n_heroes = planned->n_heroes};
    /* Square of the standard normal's quantile of both tails, for a new run with a trunk. */
    out->of_noise = sinh(sqrt(stat_chi2_quantile(fit->level, 1)) * hypot(o->noise, o->trunk));
    for (size_t t = 0; t < n; t++)
        out->n_laws += t == 0 || possible.truths[t].law != possible.truths[t - 1].law;
    for (size_t h = 0; h < planned->n_heroes; h++)
        out->heroes[h] = hero_precision(arena, planned, width, n, h);
    return OK;
}

void precision_put(Sheet *s, const void *precision) {
    const Precision *p = precision;
    sheet_number(s, "level", p->level);
    sheet_count(s, "runs", p->n_runs);
    sheet_bool(s, "trunks", p->trunks);
    sheet_number(s, "noise", p->noise);
    sheet_number(s, "trunk_noise", p->trunk);
    sheet_number(s, "half_width_of_noise", p->of_noise);
    sheet_count(s, "laws", p->n_laws);
    sheet_count(s, "sweeps", (uint64_t)p->n_sweeps);
    sheet_table(s, "heroes", '[', "half widths of their forecasts, as shares of the loss");
    for (size_t h = 0; h < p->n_heroes; h++) {
        const HeroPrecision *hero = &p->heroes[h];
        sheet_row(s, NULL);
        sheet_size(s, "params", hero->at.params);
        sheet_size(s, "tokens", hero->at.tokens);
        sheet_number(s, "flops", hero->at.flops);
        sheet_number(s, "cost", hero->cost);
        sheet_number(s, "half_width", hero->half_width.value);
        sheet_number(s, "lo", hero->half_width.lo);
        sheet_number(s, "hi", hero->half_width.hi);
    }
    sheet_end(s);
}
