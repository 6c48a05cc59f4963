/* trunks.c: numbers groups by trunk, and guesses which column names runs. */
#include <stdlib.h>
#include <string.h>

#include "analysis/points/trunks.h"

static int by_trunk(const void *a, const void *b) {
    const Point *p = *(Point *const *)a, *q = *(Point *const *)b;
    const int order = strcmp(p->trunk, q->trunk);
    return order ? order : (p > q) - (p < q);
}

void trunks_number(Arena *arena, Points *p) {
    bool trunks = false;
    for (size_t i = 0; i < p->n && !trunks; i++) trunks = *p->rows[i].trunk != '\0';
    for (size_t i = 0; i < p->n && !trunks; i++) p->rows[i].group = p->n_groups++;
    if (!trunks) return;
    Point **sorted = ARENA_ARRAY(arena, Point *, p->n);
    for (size_t i = 0; i < p->n; i++) sorted[i] = &p->rows[i];
    qsort(sorted, p->n, sizeof *sorted, by_trunk);
    for (size_t i = 0; i < p->n; i++) {
        const bool joins =
            i > 0 && *sorted[i]->trunk && strcmp(sorted[i]->trunk, sorted[i - 1]->trunk) == 0;
        if (!joins) p->n_groups++;
        sorted[i]->group = p->n_groups - 1;
    }
}

/* ---- a guess --------------------------------------------------------------------------------- */

enum { SEVERAL = 3, GUESS_ROWS = 100000 };

typedef struct {
    const char *value;
    double params, tokens;
} Look;

static int by_value(const void *a, const void *b) {
    const Look *p = a, *q = b;
    const int order = strcmp(p->value, q->value);
    return order ? order : (p->tokens > q->tokens) - (p->tokens < q->tokens);
}

/* Return whether every value has one size and, on average, SEVERAL lengths or more. */
static bool looks_like_runs(Look *looks, size_t n) {
    size_t values = 0, lengths = 0;
    qsort(looks, n, sizeof *looks, by_value);
    for (size_t i = 0; i < n; i++) {
        const bool first = i == 0 || strcmp(looks[i].value, looks[i - 1].value) != 0;
        if (*looks[i].value == '\0') return false;
        if (!first && looks[i].params != looks[i - 1].params) return false;
        values += first;
        lengths += first || looks[i].tokens != looks[i - 1].tokens;
    }
    return values > 1 && lengths >= SEVERAL * values;
}

const char *trunks_guess(Arena *arena, const Csv *csv, const Points *p) {
    static const char *const NAMES[] = {"run", "trunk", "checkpoint", "ckpt", "experiment"};
    if (p->n < 2 * SEVERAL || p->n > GUESS_ROWS) return NULL;
    Look *looks = ARENA_ARRAY(arena, Look, p->n);
    for (size_t c = 0; c < csv->n_columns; c++) {
        bool named = false;
        for (size_t k = 0; k < COUNT_OF(NAMES); k++)
            named |= !!strcasestr(csv->header[c], NAMES[k]);
        if (!named) continue;
        size_t row = 0;
        for (size_t i = 0; i < p->n; i++) {
            while (csv->lines[row] < p->rows[i].line) row++;
            looks[i] = (Look){csv_cell(csv, row, (int)c), p->rows[i].params, p->rows[i].tokens};
        }
        if (looks_like_runs(looks, p->n)) return csv->header[c];
    }
    return NULL;
}
