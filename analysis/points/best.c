/* best.c: rows sorted by their cell, and the lowest loss of each. */
#include "analysis/points/best.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "base/text.h"

/* What a sweep writes of a run's config. Where it departs from RUN_FIELDS (train/config.c),
 * tests/test_sweep_points.c fails. */
static const char *const SETTINGS[] = {
    "layers",    "d_model",      "d_head",
    "d_ff",      "ctx",          "activation",
    "qk_norm",   "tied",         "experts",
    "top_k",     "granularity",  "shared",
    "moe_every", "router",       "balance",
    "aux_loss",  "z_loss",       "bias_rate",
    "dropless",  "capacity",     "parametrization",
    "d_base",    "init_embed",   "embed_lr",
    "tokens",    "batch_tok",    "lanes",
    "lr",        "beta1",        "beta2",
    "eps",       "weight_decay", "clip",
    "schedule",  "warmup",       "decay",
    "eval_tok",  "log_steps",    "seed",
    "perturb",
};
/* Fields whose columns are settings whatever a table calls them. */
static const char *const FIELDS[] = {"params", "tokens",  "experts", "top_k", "granularity",
                                     "shared", "d_model", "layers",  "vocab", "ctx",
                                     "lr",     "seed",    "family"};
static const double LEAD = 0.0085; // of ln L: two deviations of a difference of runs, each of 0.3 %

typedef struct {
    const Csv *csv;
    Decimal decimal;
    int named[16], cell[64]; // columns
    size_t n_named, n_cell;
    int loss, seed; // columns; seed -1: its cells are compared as they are
} Table;

typedef struct {
    const char *cell; // its settings, as one text
    size_t row;
    double ln_loss, value; // value: of the first named column, NaN where it is no number
} Run;

bool best_knows_setting(const char *name) {
    for (size_t i = 0; i < COUNT_OF(SETTINGS); i++)
        if (strcmp(SETTINGS[i], name) == 0) return true;
    return false;
}

// --- which columns -----------------------------------------------------------------------------

static bool has(const int *columns, size_t n, int column) {
    for (size_t i = 0; i < n; i++)
        if (columns[i] == column) return true;
    return false;
}

static Status add_named(Table *t, const PointColumns *columns, const char *name, Err *err) {
    const int field = point_columns_field(name);
    int column = csv_column(t->csv, name);
    if (column < 0 && field >= 0) column = columns->of[field];
    if (column < 0)
        FAIL(err, E_USAGE, "--best: %s has no column '%s'%s", t->csv->name, name,
             DID_YOU_MEAN(csv_nearest(t->csv, name)));
    if (column == t->loss) FAIL(err, E_USAGE, "--best: the best is told by '%s'", name);
    if (t->n_named == COUNT_OF(t->named))
        FAIL(err, E_USAGE, "--best: more than %zu columns", COUNT_OF(t->named));
    t->named[t->n_named++] = column;
    return OK;
}

static Status read_names(Arena *arena, Table *t, const PointColumns *columns, const char *names,
                         Err *err) {
    for (const char *at = names; *at;) {
        const size_t n = strcspn(at, ",");
        size_t from = strspn(at, " "), to = n;
        while (to > from && at[to - 1] == ' ') to--;
        TRY(add_named(t, columns, arena_strndup(arena, at + from, to - from), err));
        at += n + (at[n] == ',');
    }
    return OK;
}

static void add_cell(Table *t, int column) {
    if (column < 0 || has(t->named, t->n_named, column) || has(t->cell, t->n_cell, column)) return;
    MUST(t->n_cell < COUNT_OF(t->cell));
    t->cell[t->n_cell++] = column;
}

static Status find_columns(Arena *arena, Table *t, const PointColumns *columns, const char *names,
                           bool sweep, Err *err) {
    t->csv = columns->csv;
    t->loss = columns->of[point_columns_field("loss")];
    TRY(read_names(arena, t, columns, names, err));
    for (size_t i = 0; i < COUNT_OF(FIELDS); i++)
        add_cell(t, columns->of[point_columns_field(FIELDS[i])]);
    for (size_t i = 0; i < COUNT_OF(SETTINGS); i++) add_cell(t, csv_column(t->csv, SETTINGS[i]));
    t->seed = sweep ? csv_column(t->csv, "seed") : -1;
    return OK;
}

// --- cells -------------------------------------------------------------------------------------

static const char *cell_text(Arena *arena, const Table *t, size_t row) {
    Text text = {0};
    for (size_t i = 0; i < t->n_cell; i++) {
        const char *cell = csv_cell(t->csv, row, t->cell[i]);
        if (t->cell[i] == t->seed && strlen(cell) > 3) cell += strlen(cell) - 3; // the replicate
        text_add(&text, "%s\x1f", number_setting(arena, cell, t->csv->decimal));
    }
    const char *copy = arena_strdup(arena, text.size ? text.s : "");
    text_close(&text);
    return copy;
}

static int by_cell(const void *a, const void *b) {
    const Run *p = a, *q = b;
    const int order = strcmp(p->cell, q->cell);
    if (order) return order;
    if (p->value < q->value || p->value > q->value) return p->value < q->value ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

/* List the rows that take part and have a loss; one that has none is left for its reader to
 * name. */
static Run *runs_of(Arena *arena, const Table *t, const bool *wanted, size_t *n) {
    Run *runs = ARENA_ARRAY(arena, Run, t->csv->n_rows);
    *n = 0;
    for (size_t row = 0; row < t->csv->n_rows; row++) {
        Run r = {.row = row};
        double loss;
        if (!wanted[row] ||
            !number_from_cell(csv_cell(t->csv, row, t->loss), t->csv->decimal, false, &loss) ||
            !(loss > 0))
            continue;
        if (!number_from_cell(csv_cell(t->csv, row, t->named[0]), t->csv->decimal, true, &r.value))
            r.value = NAN;
        r.ln_loss = log(loss);
        r.cell = cell_text(arena, t, row);
        runs[(*n)++] = r;
    }
    if (*n) qsort(runs, *n, sizeof *runs, by_cell);
    return runs;
}

typedef struct {
    size_t cells, ends; // with several runs; whose best is at an end of the values, beyond noise
    size_t most;        // runs of a cell
} Seen;

/* Keep the best of the runs of one cell, which stand in the order of their values. */
static void keep_best(const Table *t, const Run *runs, size_t n, bool *wanted, Best *out,
                      Seen *seen) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (runs[i].ln_loss < runs[best].ln_loss) best = i;
    for (size_t i = 0; i < n; i++) {
        if (i == best) continue;
        wanted[runs[i].row] = false;
        const int line = t->csv->lines[runs[i].row];
        if (out->n_dropped++ == 0 || line < out->line) out->line = line;
    }
    if (n < 2) return;
    seen->cells++;
    if (n > seen->most) seen->most = n;
    const size_t next = best == 0 ? 1 : n - 2;
    seen->ends += t->n_named == 1 && !isnan(runs[best].value) && (best == 0 || best == n - 1) &&
                  runs[next].ln_loss - runs[best].ln_loss > LEAD;
}

// --- the whole ---------------------------------------------------------------------------------

double best_bias(int k) {
    const double step = 1e-3; // the mean of a maximum, by its distribution
    double mean = 0;
    for (double x = -8 + step / 2; x < 8; x += step) {
        const double below = pow(0.5 * erfc(-x * M_SQRT1_2), k);
        mean += step * (x > 0 ? 1 - below : -below);
    }
    return mean;
}

static const char *columns_text(Arena *arena, const Table *t) {
    const char *text = "";
    for (size_t i = 0; i < t->n_cell && i < 5; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", t->csv->header[t->cell[i]]);
    if (t->n_cell <= 5) return text;
    return arena_printf(arena, "%s and %zu more", text, t->n_cell - 5);
}

static void tell(Arena *arena, const Table *t, const char *names, size_t n, const Seen *seen,
                 Best *out) {
    out->rule = arena_printf(arena, "not the best %s of its cell (--best)", names);
    out->note =
        arena_printf(arena,
                     "--best %s keeps %zu of %zu rows, the lowest loss of those that agree in %s: "
                     "the least of up "
                     "to %zu noisy runs is too low, by up to %.2g deviations of their noise.",
                     names, n - out->n_dropped, n, columns_text(arena, t), seen->most,
                     best_bias(seen->most > 1 ? (int)seen->most : 1));
    if (seen->ends > 0)
        out->untuned = arena_printf(arena,
                                    "untuned: in %zu of %zu places the best %s is the lowest or "
                                    "highest tried, by more than "
                                    "%.2g %% of the loss: values beyond have to be tried there.",
                                    seen->ends, seen->cells, names, 100 * LEAD);
}

Status best_choose(Arena *arena, const char *names, const PointColumns *columns, bool sweep,
                   bool *wanted, Best *out, Err *err) {
    Table t = {0};
    Seen seen = {0};
    size_t n;
    *out = (Best){0};
    if (!names || !*names) return OK;
    TRY(find_columns(arena, &t, columns, names, sweep, err));
    const Run *runs = runs_of(arena, &t, wanted, &n);
    for (size_t at = 0, end; at < n; at = end) {
        for (end = at + 1; end < n && strcmp(runs[end].cell, runs[at].cell) == 0;) end++;
        keep_best(&t, runs + at, end - at, wanted, out, &seen);
    }
    tell(arena, &t, names, n, &seen, out);
    return OK;
}
