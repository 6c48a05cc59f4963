/* choose.c: greedy additions and exchanges on a design, which is a number of runs for each cell. */
#include "analysis/choice/choose.h"

#include <math.h>
#include <string.h>

typedef struct {
    Arena *arena;
    const Expectation *e;
    const Cells *cells;
    const Points *rows;
    const Limits *limits;
} Search;

/* ---- what a design is worth, and may be ------------------------------------------------------ */

static double error_of(const Search *s, const int *runs) {
    return expect(s->e, runs).error;
}

static bool fits(const Search *s, const int *runs) {
    return cells_seconds(s->cells, runs, s->limits->workers) <= s->limits->budget_s;
}

/* Count different values of a variable among the measured rows and the cells that are run. */
static int count_values(const Search *s, const int *runs, double (*ln_x)(const Point *)) {
    const size_t n = s->rows->n + s->cells->n;
    int found = 0;
    for (size_t i = 0; i < n; i++) {
        const bool row = i < s->rows->n;
        if (!row && runs[i - s->rows->n] == 0) continue;
        const double x = ln_x(row ? &s->rows->rows[i] : &s->cells->rows[i - s->rows->n].at);
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) {
            const bool other = k < s->rows->n;
            if (!other && runs[k - s->rows->n] == 0) continue;
            seen = x == ln_x(other ? &s->rows->rows[k] : &s->cells->rows[k - s->rows->n].at);
        }
        found += !seen;
    }
    return found;
}

static bool shows_form(const Search *s, const int *runs) {
    return count_values(s, runs, ln_params) >= s->limits->least_sizes &&
           count_values(s, runs, ln_tokens) >= s->limits->least_lengths;
}

static int *copy_of(const Search *s, const int *runs) {
    int *copy = ARENA_ARRAY(s->arena, int, s->cells->n);
    if (runs) memcpy(copy, runs, s->cells->n * sizeof *copy);
    return copy;
}

static ChosenRuns runs_of(const Search *s, int *runs) {
    ChosenRuns d = {.runs = runs, .expected = {INFINITY, NAN, NAN}};
    for (size_t i = 0; i < s->cells->n; i++) d.n += runs[i];
    d.seconds = cells_seconds(s->cells, runs, s->limits->workers);
    if (d.n > 0) d.expected = expect(s->e, runs);
    return d;
}

/* ---- additions ------------------------------------------------------------------------------- */

/* Add the run that is best by what it gains, per second or altogether; false where none fits. */
static bool add_best(const Search *s, int *runs, bool per_second) {
    const size_t n = s->cells->n;
    double *gain = ARENA_ARRAY(s->arena, double, n);
    int *more = copy_of(s, runs);
    const double ln_error = log(error_of(s, runs)), work = cells_work(s->cells, runs);
    for (size_t i = 0; i < n; i++) {
        gain[i] = -INFINITY;
        if (runs[i] >= s->limits->most_seeds) continue;
        more[i]++;
        if (fits(s, more)) {
            gain[i] = ln_error - log(error_of(s, more));
            if (per_second) gain[i] /= fmax(1e-9, cells_work(s->cells, more) - work);
        }
        more[i]--;
    }
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (gain[i] > gain[best]) best = i;
    if (!(gain[best] > 0)) return false;
    runs[best]++;
    return true;
}

static void fill(const Search *s, int *runs, bool per_second) {
    while (add_best(s, runs, per_second)) continue;
}

/* Begin with the first cells, by size and then by length, that each bring a size or a length of
 * those that there must be. */
static void begin(const Search *s, int *runs) {
    for (size_t i = 0; i < s->cells->n; i++) {
        const int sizes = count_values(s, runs, ln_params),
                  lengths = count_values(s, runs, ln_tokens);
        runs[i] = 1;
        const bool more_sizes =
            sizes < s->limits->least_sizes && count_values(s, runs, ln_params) > sizes;
        const bool more_lengths =
            lengths < s->limits->least_lengths && count_values(s, runs, ln_tokens) > lengths;
        if (!more_sizes && !more_lengths) runs[i] = 0;
    }
}

/* ---- exchanges ------------------------------------------------------------------------------- */

/* Take out the run, of another cell than `keep`, that is missed least for the seconds it takes;
 * false where none can go. */
static bool drop_least(const Search *s, int *runs, size_t keep) {
    const size_t n = s->cells->n;
    const double ln_error = log(error_of(s, runs)), work = cells_work(s->cells, runs);
    double *loss = ARENA_ARRAY(s->arena, double, n);
    int *less = copy_of(s, runs);
    for (size_t i = 0; i < n; i++) {
        loss[i] = INFINITY;
        if (i == keep || runs[i] == 0) continue;
        less[i]--;
        if (shows_form(s, less))
            loss[i] =
                (log(error_of(s, less)) - ln_error) / fmax(1e-9, work - cells_work(s->cells, less));
        less[i]++;
    }
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (loss[i] < loss[best]) best = i;
    if (!isfinite(loss[best])) return false;
    runs[best]--;
    return true;
}

/* Try a change: force a run of the cell in, or take one out, and fill the budget again. Keep it
 * where it is better by more than rounding. */
static bool exchange(Search *s, int *runs, size_t cell, int change, double *error) {
    static const double BETTER = 1e-6;
    Arena *outer = s->arena;
    bool kept = false;
    if (runs[cell] + change < 0 || runs[cell] + change > s->limits->most_seeds) return false;
    s->arena = arena_open();
    int *changed = copy_of(s, runs);
    changed[cell] += change;
    bool possible = change > 0 || shows_form(s, changed);
    while (possible && !fits(s, changed)) possible = drop_least(s, changed, cell);
    if (possible) {
        fill(s, changed, false);
        const double got = error_of(s, changed);
        kept = got < *error * (1 - BETTER);
        if (kept) {
            *error = got;
            memcpy(runs, changed, s->cells->n * sizeof *runs);
        }
    }
    arena_close(s->arena);
    s->arena = outer;
    return kept;
}

static void improve(Search *s, int *runs) {
    enum { MOST_PASSES = 12 };
    double error = error_of(s, runs);
    bool changed = true;
    for (int pass = 0; changed && pass < MOST_PASSES; pass++) {
        changed = false;
        for (size_t i = 0; i < s->cells->n; i++) {
            changed |= exchange(s, runs, i, +1, &error);
            changed |= exchange(s, runs, i, -1, &error);
        }
    }
}

ChosenRuns choose(Arena *arena, const Expectation *e, const Cells *cells, const Points *rows,
                  const Limits *limits) {
    Search s = {arena, e, cells, rows, limits};
    ChosenRuns best = choose_grid(arena, e, cells, rows, limits);
    for (int from = 0; from < 3; from++) {
        int *runs = copy_of(&s, from == 0 && best.n > 0 ? best.runs : NULL);
        if (from > 0) begin(&s, runs);
        if (!shows_form(&s, runs) || !fits(&s, runs)) continue;
        fill(&s, runs, from == 1);
        const ChosenRuns d = runs_of(&s, runs);
        if (d.expected.error < best.expected.error) best = d;
    }
    if (best.n == 0) return best;
    improve(&s, best.runs);
    return runs_of(&s, best.runs);
}

/* ---- the uniform grid ------------------------------------------------------------------------ */

/* Fill the different values of a variable of the cells, ascending; return how many. */
static size_t values_of(const Search *s, double (*ln_x)(const Point *), double *out) {
    size_t n = 0;
    for (size_t i = 0; i < s->cells->n; i++) {
        const double x = ln_x(&s->cells->rows[i].at);
        size_t k = n;
        while (k > 0 && out[k - 1] > x) k--;
        if (k > 0 && out[k - 1] == x) continue;
        memmove(out + k + 1, out + k, (n - k) * sizeof *out);
        out[k] = x;
        n++;
    }
    return n;
}

/* Values first, first + step, ... of a variable, `count` of them. */
typedef struct {
    const double *values;
    size_t n, first, step, count;
} Side;

static bool next_side(Side *x) {
    do {
        if (++x->count > x->n) {
            x->count = 1;
            if (++x->step > 2) x->step = 1, x->first++;
        }
    } while (x->first < x->n && x->first + (x->count - 1) * x->step >= x->n);
    return x->first < x->n;
}

static bool on_side(const Side *x, double value) {
    for (size_t i = 0; i < x->count; i++)
        if (x->values[x->first + i * x->step] == value) return true;
    return false;
}

/* Set the runs of a grid; false where one of its cells is no candidate. */
static bool set_grid(const Search *s, const Side *sizes, const Side *lengths, int seeds,
                     int *runs) {
    size_t n = 0;
    for (size_t i = 0; i < s->cells->n; i++) {
        const Point *p = &s->cells->rows[i].at;
        const bool in = on_side(sizes, ln_params(p)) && on_side(lengths, ln_tokens(p));
        runs[i] = in ? seeds : 0;
        n += in;
    }
    return n == sizes->count * lengths->count;
}

ChosenRuns choose_grid(Arena *arena, const Expectation *e, const Cells *cells, const Points *rows,
                       const Limits *limits) {
    const Search s = {arena, e, cells, rows, limits};
    double *all_sizes = ARENA_ARRAY(arena, double, cells->n + 1),
           *all_lengths = ARENA_ARRAY(arena, double, cells->n + 1);
    Side size = {all_sizes, values_of(&s, ln_params, all_sizes), 0, 1, 0};
    ChosenRuns best = {.runs = copy_of(&s, NULL), .expected = {INFINITY, NAN, NAN}};
    int *runs = copy_of(&s, NULL);
    while (next_side(&size)) {
        Side length = {all_lengths, values_of(&s, ln_tokens, all_lengths), 0, 1, 0};
        while (next_side(&length))
            for (int seeds = 1; seeds <= limits->most_seeds; seeds++) {
                if (!set_grid(&s, &size, &length, seeds, runs) || !fits(&s, runs)) break;
                if (!shows_form(&s, runs)) continue;
                const ChosenRuns d = runs_of(&s, runs);
                if (!(d.expected.error < best.expected.error)) continue;
                int *keep = best.runs;
                memcpy(keep, runs, cells->n * sizeof *keep);
                best = d;
                best.runs = keep;
            }
    }
    return best;
}
