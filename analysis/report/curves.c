/* curves.c: reads log.jsonl line by line, and averages within bins of equal ratio in tokens. */
#include "analysis/report/curves.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"

typedef struct {
    double *tokens, *loss;
    size_t n;
} Series;

static size_t count_lines(const Bytes *b) {
    size_t n = 1;
    for (size_t i = 0; i < b->size; i++) n += b->data[i] == '\n';
    return n;
}

static Status read_log(Arena *arena, const char *path, Series *s, Err *err) {
    Bytes b;
    TRY(file_read(arena, path, &b, err));
    const size_t lines = count_lines(&b);
    s->tokens = ARENA_ARRAY(arena, double, lines);
    s->loss = ARENA_ARRAY(arena, double, lines);
    char *line = b.data;
    for (size_t number = 1; *line; number++) {
        char *end = strchr(line, '\n');
        if (!end) break; // the last line is cut off, because the run was killed
        *end = '\0';
        JsonDoc *doc;
        TRY(json_open(line, arena_printf(arena, "%s: line %zu", path, number), &doc, err));
        const double tokens = json_number_or(json_root(doc), "tokens", NAN);
        const double loss = json_number_or(json_root(doc), "loss", NAN);
        json_close(doc);
        if (tokens > 0 && isfinite(loss)) s->tokens[s->n] = tokens, s->loss[s->n++] = loss;
        line = end + 1;
    }
    return OK;
}

static void thin(Arena *arena, const Series *s, Curve *c) {
    double lo = INFINITY, hi = 0, weight[CURVE_BINS] = {0}, ln_tokens[CURVE_BINS] = {0},
           loss[CURVE_BINS] = {0};
    for (size_t i = 0; i < s->n; i++)
        lo = fmin(lo, log(s->tokens[i])), hi = fmax(hi, log(s->tokens[i]));
    for (size_t i = 0; i < s->n; i++) {
        const double at = hi > lo ? (log(s->tokens[i]) - lo) / (hi - lo) : 0;
        const int k = (int)fmin(at * CURVE_BINS, CURVE_BINS - 1);
        weight[k] += 1;
        ln_tokens[k] += log(s->tokens[i]);
        loss[k] += s->loss[i];
    }
    c->tokens = ARENA_ARRAY(arena, double, CURVE_BINS);
    c->loss = ARENA_ARRAY(arena, double, CURVE_BINS);
    for (int k = 0; k < CURVE_BINS; k++)
        if (weight[k] > 0) {
            c->tokens[c->n] = exp(ln_tokens[k] / weight[k]);
            c->loss[c->n++] = loss[k] / weight[k];
        }
}

Status curve_read(Arena *arena, const char *dir, Curve *c, Err *err) {
    const char *path = arena_printf(arena, "%s/runs/%s/log.jsonl", dir, c->id);
    Series s = {0};
    c->n = 0;
    if (file_exists(path)) TRY(read_log(arena, path, &s, err));
    thin(arena, &s, c);
    return OK;
}
