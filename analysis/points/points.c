/* points.c: rows of a table made into points: which are kept, which are held out, which are dropped
 * and by which rule. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/points/best.h"
#include "analysis/points/csv.h"
#include "analysis/points/point_columns.h"
#include "analysis/points/points.h"
#include "analysis/points/points_sweep.h"
#include "analysis/points/recount.h"
#include "analysis/points/trunks.h"
#include "analysis/points/where.h"
#include "base/file.h"
#include "base/numbers.h"
#include "base/suggest.h"

typedef struct {
    Csv csv;
    PointColumns columns;
    int role;    // the column that marks a sweep's heroes; -1 for a CSV
    int setting; // the column of options->setting; -1: none
    Where where, holdout;
    Best best;
} Source;

static int compare_numbers(double a, double b) {
    return (a > b) - (a < b);
}

/* Order by size, length, seed and id. A ledger has its rows in the order in which runs happened to
 * end, and that must not matter. */
static int by_size(const void *a, const void *b) {
    const Point *p = a, *q = b;
    int order = compare_numbers(p->params, q->params);
    if (order == 0) order = compare_numbers(p->tokens, q->tokens);
    if (order == 0) order = compare_numbers(p->seed, q->seed);
    return order ? order : strcmp(p->id, q->id);
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* What becomes of a row: NOT_BEST, HELD_OUT, KEPT, or, from 0 on, the number of the --where
 * condition that drops it. */
enum { NOT_BEST = -3, HELD_OUT = -2, KEPT = -1 };

static bool is_hero(const Source *s, size_t row) {
    return s->role >= 0 && strcmp(csv_cell(&s->csv, row, s->role), "hero") == 0;
}

static Status read_row(Arena *arena, const Source *s, size_t row, Point *p, bool *assumed,
                       Err *err) {
    TRY(point_columns_read(&s->columns, row, p, err));
    if (s->setting >= 0)
        p->setting = number_setting(arena, csv_cell(&s->csv, row, s->setting), s->csv.decimal);
    p->hero = is_hero(s, row);
    p->params_given = p->params;
    p->flops_given = p->flops;
    if (!isnan(p->flops)) return OK;
    *assumed = true;
    p->flops =
        6 * (point_dense(p) || isnan(point_active(p)) ? p->params : point_active(p)) * p->tokens;
    return OK;
}

/* Fill fate (n_rows), and count the rows that are kept and those that are held out. */
static void decide(const Source *s, int *fate, size_t *n_kept, size_t *n_held) {
    *n_kept = *n_held = 0;
    for (size_t row = 0; row < s->csv.n_rows; row++) {
        const size_t fails = where_fails(&s->where, &s->csv, row);
        if (s->holdout.n > 0 && where_holds(&s->holdout, &s->csv, row))
            fate[row] = HELD_OUT, ++*n_held;
        else if (fails == s->where.n)
            fate[row] = KEPT, ++*n_kept;
        else
            fate[row] = (int)fails;
    }
}

/* Fail where --holdout holds out no row, or --where leaves none. */
static Status check_choice(Arena *arena, const Source *s, size_t n_kept, size_t n_held, Err *err) {
    const Csv *csv = &s->csv;
    if (csv->n_rows == 0) FAIL(err, E_FORMAT, "%s: a header and no rows", csv->name);
    if (s->holdout.n > 0 && n_held == 0)
        FAIL(err, E_USAGE, "--holdout takes no row of %s: %s", csv->name,
             where_explain(arena, &s->holdout, csv));
    if (n_kept > 0) return OK;
    if (n_held == csv->n_rows)
        FAIL(err, E_USAGE, "--holdout takes all %zu rows of %s; none is left to fit", n_held,
             csv->name);
    FAIL(err, E_USAGE, "--where leaves no row of %s%s: %s", csv->name,
         n_held ? " that is not held out" : "", where_explain(arena, &s->where, csv));
}

static void add_dropped(Points *out, CsvLines lines, const char *rule) {
    if (lines.n > 0) out->dropped[out->n_dropped++] = (Dropped){lines.line, "", rule, lines.n};
}

/* Append the rules that dropped rows, with their counts, to what the source has dropped. */
static void tell_dropped(Arena *arena, const Source *s, const int *fate, Points *out) {
    CsvLines *by = ARENA_ARRAY(arena, CsvLines, s->where.n);
    for (size_t row = 0; row < s->csv.n_rows; row++)
        if (fate[row] >= 0 && by[fate[row]].n++ == 0) by[fate[row]].line = s->csv.lines[row];
    Dropped *all = ARENA_ARRAY(arena, Dropped, out->n_dropped + s->where.n + 3);
    if (out->n_dropped) memcpy(all, out->dropped, out->n_dropped * sizeof *all);
    out->dropped = all;
    for (size_t i = 0; i < s->where.n; i++)
        add_dropped(out, by[i], arena_printf(arena, "not --where '%s'", s->where.rows[i].text));
    add_dropped(out, (CsvLines){s->best.n_dropped, s->best.line}, s->best.rule);
    add_dropped(out, s->csv.headers, "the header again");
    add_dropped(out, s->csv.comments, "a comment: it begins with #");
}

/* Drop the rows that are kept and not the best of their cell. */
static Status choose_best(Arena *arena, Source *s, const char *names, int *fate, Points *out,
                          Err *err) {
    bool *wanted = ARENA_ARRAY(arena, bool, s->csv.n_rows);
    for (size_t row = 0; row < s->csv.n_rows; row++)
        wanted[row] = fate[row] == KEPT && !is_hero(s, row);
    TRY(best_choose(arena, names, &s->columns, s->role >= 0, wanted, &s->best, err));
    for (size_t row = 0; row < s->csv.n_rows; row++)
        if (fate[row] == KEPT && !is_hero(s, row) && !wanted[row]) fate[row] = NOT_BEST;
    if (s->best.note && out->n_notes < POINTS_MAX_NOTES) out->notes[out->n_notes++] = s->best.note;
    if (!s->best.rule) return OK;
    out->tuned = true;
    if (s->best.untuned && out->n_untuned < (int)COUNT_OF(out->untuned))
        out->untuned[out->n_untuned++] = s->best.untuned;
    return OK;
}

static Status read_points(Arena *arena, Source *s, const char *best, Points *out, Points *held,
                          Err *err) {
    size_t n_kept, n_held;
    int *fate = ARENA_ARRAY(arena, int, s->csv.n_rows);
    decide(s, fate, &n_kept, &n_held);
    TRY(check_choice(arena, s, n_kept, n_held, err));
    TRY(choose_best(arena, s, best, fate, out, err));
    tell_dropped(arena, s, fate, out);
    out->rows = ARENA_ARRAY(arena, Point, n_kept);
    held->rows = ARENA_ARRAY(arena, Point, s->role >= 0 ? n_held + n_kept : n_held);
    for (size_t row = 0; row < s->csv.n_rows; row++) {
        if (fate[row] >= 0 || fate[row] == NOT_BEST) continue;
        Point p;
        bool assumed = false;
        TRY(read_row(arena, s, row, &p, &assumed, err));
        Points *to = fate[row] == HELD_OUT || p.hero ? held : out;
        to->flops_assumed |= assumed;
        to->rows[to->n++] = p;
    }
    return OK;
}

static const double ONE_BATCH = 0.01; // relative

/* Steps are whole and tokens often rounded, so that batches which follow from them differ a little
 * where the runs' own did not. Give those that lie together the first one's. */
static void settle_batches(Arena *arena, const Source *s, Points *out, Points *held) {
    if (s->columns.of[point_columns_field("batch_tok")] >= 0) return;
    double *seen = ARENA_ARRAY(arena, double, out->n + held->n);
    size_t n = 0;
    for (size_t i = 0; i < out->n + held->n; i++) {
        Point *p = i < out->n ? &out->rows[i] : &held->rows[i - out->n];
        size_t k = 0;
        if (!(p->batch_tok > 0)) continue;
        while (k < n && !(fabs(p->batch_tok / seen[k] - 1) < ONE_BATCH)) k++;
        if (k == n) seen[n++] = p->batch_tok;
        p->batch_tok = seen[k];
    }
}

/* Find the column of that name, or else the column of the field that has that name. */
static Status find_setting(Source *s, const char *name, Err *err) {
    const int field = point_columns_field(name);
    s->setting = csv_column(&s->csv, name);
    if (s->setting < 0 && field >= 0) s->setting = s->columns.of[field];
    if (s->setting >= 0) return OK;
    const char *near = csv_nearest(&s->csv, name);
    FAIL(err, E_USAGE, "--worth: %s has no column '%s'%s", s->csv.name, name, DID_YOU_MEAN(near));
}

static Status open_table(Arena *arena, const char *path, const PointsOptions *o, Source *s,
                         Points *out, Err *err) {
    const bool sweep = dir_exists(path);
    if (sweep)
        TRY(points_sweep_read(arena, path, &s->csv, out, err));
    else
        TRY(csv_open(arena, path, &s->csv, err));
    if (o->decimal && strcmp(o->decimal, "comma") == 0) s->csv.decimal = DECIMAL_COMMA;
    if (sweep) s->role = csv_column(&s->csv, "role");
    TRY(where_parse(arena, o->where, "--where", &s->where, err));
    TRY(where_bind(&s->where, &s->csv, "--where", err));
    TRY(where_parse(arena, o->holdout, "--holdout", &s->holdout, err));
    TRY(where_bind(&s->holdout, &s->csv, "--holdout", err));
    TRY(point_columns_bind(arena, &s->csv, o->columns, &s->columns, err));
    return o->setting ? find_setting(s, o->setting, err) : OK;
}

/* Find the index of the name that the user chose; NULL chooses the first. */
static Status find_name(const char *const *names, const char *name, const char *flag, int *out,
                        Err *err) {
    size_t n = 0;
    while (names[n]) n++;
    for (*out = 0; name && names[*out] && strcmp(names[*out], name) != 0; ++*out)
        ;
    if (names[*out]) return OK;
    const char *near = suggest_nearest(name, (const char **)names, n);
    FAIL(err, E_USAGE, "%s: no way of counting '%s'%s", flag, name, DID_YOU_MEAN(near));
}

static Status count_as_asked(Arena *arena, const PointsOptions *o, Points *out, Points *held,
                             Err *err) {
    RecountShape shape;
    int n, c;
    TRY(recount_shape(arena, o->shape, &shape, err));
    TRY(find_name(N_COUNT_NAMES, o->count, "--count", &n, err));
    TRY(find_name(C_COUNT_NAMES, o->flops, "--flops", &c, err));
    recount_name(out, &shape);
    recount_name(held, &shape);
    if (n == N_GIVEN && c == C_GIVEN) return OK;
    if (o->shape && *o->shape && out->n_notes < POINTS_MAX_NOTES)
        out->notes[out->n_notes++] = arena_printf(
            arena, "what rows do not tell of their models follows from --shape '%s'", o->shape);
    TRY(recount(arena, out, &shape, (RecountN)n, (RecountC)c, out, err));
    return recount(arena, held, &shape, (RecountN)n, (RecountC)c, held, err);
}

Status points_open(Arena *arena, const char *path, const PointsOptions *o, Points *out,
                   Points *held, Err *err) {
    Source s = {.role = -1, .setting = -1};
    *out = (Points){.source = strcmp(path, "-") == 0 ? "standard input" : arena_strdup(arena, path),
                    .name = "",
                    .rule = "",
                    .entropy_nat = NAN,
                    .floor_nat = NAN,
                    .unigram_nat = NAN};
    *held = *out;
    TRY(open_table(arena, path, o, &s, out, err));
    const bool sweep = dir_exists(path);
    out->n_convention = s.csv.header[s.columns.of[point_columns_field("params")]];
    const int flops = s.columns.of[point_columns_field("flops")];
    out->c_convention = flops >= 0 ? s.csv.header[flops] : "6 N D";
    out->n_notes = point_columns_notes(arena, &s.columns, out->notes, POINTS_MAX_NOTES);
    *held = *out;
    held->rule = s.holdout.n ? arena_strdup(arena, o->holdout) : sweep ? "role=hero" : "";
    TRY(read_points(arena, &s, o->best ? o->best : out->best, out, held, err));
    settle_batches(arena, &s, out, held);
    if (sweep && out->n) qsort(out->rows, out->n, sizeof *out->rows, by_size);
    if (sweep && held->n) qsort(held->rows, held->n, sizeof *held->rows, by_size);
    trunks_number(arena, out);
    trunks_number(arena, held);
    if (s.columns.of[point_columns_field("trunk")] < 0 && out->n_notes < POINTS_MAX_NOTES) {
        const char *trunk = sweep ? NULL : trunks_guess(arena, &s.csv, out);
        if (trunk)
            out->notes[out->n_notes++] = arena_printf(
                arena,
                "rows with one '%s' are of one size and several lengths, as checkpoints of a run "
                "are, and are taken for independent: --columns 'trunk=\"%s\"' draws them together.",
                trunk, trunk);
    }
    return count_as_asked(arena, o, out, held, err);
}
