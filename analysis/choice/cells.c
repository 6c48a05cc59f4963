/* cells.c: reads candidates, and packs what was chosen of them onto workers. */
#include "analysis/choice/cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/points/csv.h"
#include "base/numbers.h"

/* ---- reading --------------------------------------------------------------------------------- */

enum { NAME, PARAMS, TOKENS, FLOPS, SECONDS, TRUNK, SHARED, N_COLUMNS };
static const char *const COLUMNS[N_COLUMNS] = {"name",    "params", "tokens",  "flops",
                                               "seconds", "trunk",  "shared_s"};

static Status read_number(const Csv *csv, size_t row, int column, double lo, double hi, double *out,
                          Err *err) {
    const char *cell = csv_cell(csv, row, column);
    if (real_from_text(cell, out) && *out >= lo && *out <= hi) return OK;
    FAIL(err, E_FORMAT, "%s: line %d: column '%s': needs a number from %.3g to %.3g, not '%s'",
         csv->name, csv->lines[row], csv->header[column], lo, hi, cell);
}

/* Return the number of a trunk: the first row that has its name. */
static int trunk_of(const Csv *csv, size_t row, int column) {
    const char *name = column < 0 ? "" : csv_cell(csv, row, column);
    size_t first = 0;
    if (!*name) return -1;
    while (strcmp(csv_cell(csv, first, column), name) != 0) first++;
    return (int)first;
}

static Status read_cell(Arena *arena, const Csv *csv, size_t row, const int *of, Cell *out,
                        Err *err) {
    *out = (Cell){.name = csv_cell(csv, row, of[NAME]),
                  .at = point_blank(),
                  .trunk = trunk_of(csv, row, of[TRUNK])};
    TRY(read_number(csv, row, of[PARAMS], POINT_LEAST, POINT_MOST, &out->at.params, err));
    TRY(read_number(csv, row, of[TOKENS], POINT_LEAST, POINT_MOST, &out->at.tokens, err));
    TRY(read_number(csv, row, of[FLOPS], POINT_LEAST, POINT_MOST, &out->at.flops, err));
    TRY(read_number(csv, row, of[SECONDS], 1e-9, 1e12, &out->seconds, err));
    if (of[SHARED] >= 0)
        TRY(read_number(csv, row, of[SHARED], 0, out->seconds, &out->shared_s, err));
    if (!*out->name)
        out->name = arena_printf(arena, "%.4g params, %.4g tokens", out->at.params, out->at.tokens);
    return OK;
}

Status cells_open(Arena *arena, const char *path, Cells *out, Err *err) {
    Csv csv;
    int of[N_COLUMNS];
    TRY(csv_open(arena, path, &csv, err));
    for (int c = 0; c < N_COLUMNS; c++) {
        of[c] = csv_column(&csv, COLUMNS[c]);
        if (of[c] < 0 && c < TRUNK)
            FAIL(err, E_FORMAT, "%s: needs a column '%s'; candidates have %s", path, COLUMNS[c],
                 "name, params, tokens, flops, seconds and may have trunk, shared_s");
    }
    *out = (Cells){.rows = ARENA_ARRAY(arena, Cell, csv.n_rows)};
    for (; out->n < csv.n_rows; out->n++)
        TRY(read_cell(arena, &csv, out->n, of, &out->rows[out->n], err));
    cells_sort(out);
    return OK;
}

static int by_size(const void *a, const void *b) {
    const Cell *p = a, *q = b;
    if (p->at.params != q->at.params) return p->at.params > q->at.params ? 1 : -1;
    if (p->at.tokens != q->at.tokens) return p->at.tokens > q->at.tokens ? 1 : -1;
    return strcmp(p->name, q->name);
}

void cells_sort(Cells *cells) {
    qsort(cells->rows, cells->n, sizeof *cells->rows, by_size);
    cells->n_trunks = 0;
    for (size_t i = 0; i < cells->n; i++) {
        const int named = cells->rows[i].trunk;
        if (named < cells->n_trunks) continue; // none, or numbered already
        for (size_t k = i; k < cells->n; k++) {
            int *other = &cells->rows[k].trunk;
            if (*other == named)
                *other = cells->n_trunks;
            else if (*other == cells->n_trunks)
                *other = named;
        }
        cells->n_trunks++;
    }
}

/* ---- time ------------------------------------------------------------------------------------ */

/* Call take() with the seconds of each job. */
static void each_job(const Cells *cells, const int *runs, void (*take)(void *to, double seconds),
                     void *to) {
    for (size_t i = 0; i < cells->n; i++)
        for (int r = 0; cells->rows[i].trunk < 0 && r < runs[i]; r++)
            take(to, cells->rows[i].seconds);
    for (int t = 0; t < cells->n_trunks; t++) {
        int most = 0;
        for (size_t i = 0; i < cells->n; i++)
            if (cells->rows[i].trunk == t && runs[i] > most) most = runs[i];
        for (int r = 0; r < most; r++) {
            double sum = 0, begun = 0;
            for (size_t i = 0; i < cells->n; i++) { // by length
                const Cell *c = &cells->rows[i];
                if (c->trunk != t || runs[i] <= r) continue;
                sum += c->seconds - begun;
                begun = c->shared_s;
            }
            take(to, sum);
        }
    }
}

static void add(void *to, double seconds) {
    *(double *)to += seconds;
}

double cells_work(const Cells *cells, const int *runs) {
    double sum = 0;
    each_job(cells, runs, add, &sum);
    return sum;
}

enum { MOST_JOBS = 1024, MOST_WORKERS = 256 };
typedef struct {
    double job[MOST_JOBS];
    size_t n; // may be more than fit in
} Jobs;

static void keep(void *to, double seconds) {
    Jobs *jobs = to;
    if (jobs->n < MOST_JOBS) jobs->job[jobs->n] = seconds;
    jobs->n++;
}

static int descending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

double cells_seconds(const Cells *cells, const int *runs, int workers) {
    double end = 0, busy[MOST_WORKERS] = {0};
    Jobs jobs;
    jobs.n = 0;
    MUST(workers <= MOST_WORKERS);
    each_job(cells, runs, keep, &jobs);
    if (jobs.n > MOST_JOBS) return INFINITY;
    qsort(jobs.job, jobs.n, sizeof *jobs.job, descending);
    for (size_t i = 0; i < jobs.n; i++) {
        int idlest = 0;
        for (int w = 1; w < workers; w++)
            if (busy[w] < busy[idlest]) idlest = w;
        busy[idlest] += jobs.job[i];
        end = fmax(end, busy[idlest]);
    }
    return end;
}
