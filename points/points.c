/* points.c: rows of a table made into points: one table of known columns, one pass, every bad cell
 * named. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "points/csv.h"
#include "points/points.h"
#include "points/points_sweep.h"
#include "points/where.h"
#include "base/file.h"
#include "base/text.h"

typedef enum {
    REQUIRED, // a positive number
    POSITIVE, // a positive number, or empty
    NUMBER,   // a number, or empty
    TEXT,
} PointKind;

typedef struct {
    const char *name;
    PointKind kind;
    size_t offset;
} PointField;

static const PointField FIELDS[] = {
    {"params", REQUIRED, offsetof(Point, params)},
    {"tokens", REQUIRED, offsetof(Point, tokens)},
    {"loss", REQUIRED, offsetof(Point, loss)},
    {"flops", POSITIVE, offsetof(Point, flops)},
    {"weight", POSITIVE, offsetof(Point, weight)},
    {"loss_se", NUMBER, offsetof(Point, loss_se)},
    {"params_total", POSITIVE, offsetof(Point, params_total)},
    {"params_hidden", POSITIVE, offsetof(Point, params_hidden)},
    {"params_active", POSITIVE, offsetof(Point, params_active)},
    {"unique_tokens", POSITIVE, offsetof(Point, unique_tokens)},
    {"experts", NUMBER, offsetof(Point, experts)},
    {"top_k", NUMBER, offsetof(Point, top_k)},
    {"granularity", NUMBER, offsetof(Point, granularity)},
    {"shared", NUMBER, offsetof(Point, shared)},
    {"d_model", NUMBER, offsetof(Point, d_model)},
    {"wall_s", NUMBER, offsetof(Point, wall_s)},
    {"cpu_s", NUMBER, offsetof(Point, cpu_s)},
    {"threads", NUMBER, offsetof(Point, threads)},
    {"seed", NUMBER, offsetof(Point, seed)},
    {"trunk", TEXT, offsetof(Point, trunk)},
    {"family", TEXT, offsetof(Point, family)},
    {"id", TEXT, offsetof(Point, id)},
};
enum { N_FIELDS = COUNT_OF(FIELDS) };

typedef struct {
    Csv csv;
    int columns[N_FIELDS]; // of each field, -1 where the table has none
    int role;              // of a sweep: the column that tells heroes; else -1
    Where where, holdout;
} Source;

bool point_dense(const Point *p) {
    return !(p->experts > 1);
}

double point_active(const Point *p) {
    if (p->params_active > 0) return p->params_active;
    return point_dense(p) ? p->params : NAN;
}

double point_expansion(const Point *p) {
    return point_dense(p) ? 1 : p->experts / (p->top_k > 0 ? p->top_k : 1);
}

bool points_mixed(const Points *points) {
    size_t dense = 0;
    for (size_t i = 0; i < points->n; i++) dense += point_dense(&points->rows[i]);
    return dense > 0 && dense < points->n;
}

enum { DENSE_ENOUGH = 6 };

Points *points_dense(Arena *arena, const Points *points) {
    Points *dense = ARENA_NEW(arena, Points);
    *dense = *points;
    dense->rows = ARENA_ARRAY(arena, Point, points->n);
    dense->dropped = ARENA_ARRAY(arena, Dropped, points->n + points->n_dropped);
    dense->n = dense->n_dropped = 0;
    dense->n_groups = 0;
    int *number = ARENA_ARRAY(arena, int, (size_t)points->n_groups); // 0: not met yet
    for (size_t i = 0; i < points->n_dropped; i++)
        dense->dropped[dense->n_dropped++] = points->dropped[i];
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        if (!point_dense(p)) {
            dense->dropped[dense->n_dropped++] =
                (Dropped){p->line, p->id, "has experts; --where 'experts>=1' keeps it"};
            continue;
        }
        Point *to = &dense->rows[dense->n++];
        *to = *p;
        if (number[p->group] == 0) number[p->group] = ++dense->n_groups;
        to->group = number[p->group] - 1;
    }
    return dense;
}

const Points *points_dense_alone(Arena *arena, const Points *points) {
    const Points *dense = points_dense(arena, points);
    return dense->n < points->n && dense->n >= DENSE_ENOUGH ? dense : points;
}

static int field_index(const char *name) {
    for (int f = 0; f < N_FIELDS; f++)
        if (strcmp(FIELDS[f].name, name) == 0) return f;
    return -1;
}

/* "params=\"Model Size\",tokens=D": which column is which field. */
static Status map_columns(Arena *arena, const char *text, Source *s, Err *err) {
    Where map;
    TRY(where_parse(arena, text, "--columns", &map, err));
    for (size_t i = 0; i < map.n; i++) {
        const int f = field_index(map.rows[i].name);
        if (f < 0 || map.rows[i].op != WHERE_EQ) {
            const char *names[N_FIELDS];
            for (int k = 0; k < N_FIELDS; k++) names[k] = FIELDS[k].name;
            const char *near = text_nearest(map.rows[i].name, names, N_FIELDS);
            FAIL(err, E_USAGE, "--columns: '%s' is no known field%s%s%s; write FIELD=COLUMN",
                 map.rows[i].name, near ? ", did you mean '" : "", near ? near : "",
                 near ? "'?" : "");
        }
        s->columns[f] = csv_column(&s->csv, map.rows[i].value);
        if (s->columns[f] >= 0) continue;
        const char *near = csv_nearest(&s->csv, map.rows[i].value);
        FAIL(err, E_USAGE, "--columns: %s has no column '%s'%s%s%s", s->csv.name, map.rows[i].value,
             near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return OK;
}

static Status bind_columns(Arena *arena, const char *map, Source *s, Err *err) {
    for (int f = 0; f < N_FIELDS; f++) s->columns[f] = csv_column(&s->csv, FIELDS[f].name);
    TRY(map_columns(arena, map, s, err));
    for (int f = 0; f < N_FIELDS; f++) {
        if (FIELDS[f].kind != REQUIRED || s->columns[f] >= 0) continue;
        const char *name = FIELDS[f].name, *near = csv_nearest(&s->csv, name);
        if (near)
            FAIL(err, E_FORMAT, "%s: no column '%s'; if it is '%s', add --columns '%s=\"%s\"'",
                 s->csv.name, name, near, name, near);
        FAIL(err, E_FORMAT, "%s: no column '%s'; name it with --columns %s=COLUMN", s->csv.name,
             name, name);
    }
    return OK;
}

static Status read_number(const Source *s, size_t row, int f, double *out, Err *err) {
    const char *cell = csv_cell(&s->csv, row, s->columns[f]),
               *column = s->csv.header[s->columns[f]];
    const int line = s->csv.lines[row];
    const PointKind kind = FIELDS[f].kind;
    *out = NAN;
    if (*cell == '\0' && kind != REQUIRED) return OK;
    if (*cell == '\0')
        FAIL(err, E_FORMAT, "%s: line %d, column '%s': empty, needs a number", s->csv.name, line,
             column);
    if (!real_from_text(cell, out))
        FAIL(err, E_FORMAT, "%s: line %d, column '%s': '%.40s' is no number", s->csv.name, line,
             column, cell);
    if (!isfinite(*out) || (kind != NUMBER && *out <= 0))
        FAIL(err, E_FORMAT, "%s: line %d, column '%s': %.40s, needs a %snumber", s->csv.name, line,
             column, cell, kind == NUMBER ? "finite " : "positive ");
    return OK;
}

static Status read_point(const Source *s, size_t row, Point *out, Err *err) {
    *out = (Point){.line = s->csv.lines[row]};
    for (int f = 0; f < N_FIELDS; f++) {
        void *at = (char *)out + FIELDS[f].offset;
        const bool given = s->columns[f] >= 0;
        if (FIELDS[f].kind == TEXT)
            *(const char **)at = given ? csv_cell(&s->csv, row, s->columns[f]) : "";
        else if (given)
            TRY(read_number(s, row, f, at, err));
        else
            *(double *)at = NAN;
    }
    if (isnan(out->weight)) out->weight = 1;
    out->hero = s->role >= 0 && strcmp(csv_cell(&s->csv, row, s->role), "hero") == 0;
    return OK;
}

static int compare_numbers(double a, double b) {
    return (a > b) - (a < b);
}

/* A ledger's rows stand in the order in which runs happened to end; points stand in an order of
 * their own. */
static int by_size(const void *a, const void *b) {
    const Point *p = a, *q = b;
    int order = compare_numbers(p->params, q->params);
    if (order == 0) order = compare_numbers(p->tokens, q->tokens);
    if (order == 0) order = compare_numbers(p->seed, q->seed);
    return order ? order : strcmp(p->id, q->id);
}

static int by_trunk(const void *a, const void *b) {
    const Point *p = *(Point *const *)a, *q = *(Point *const *)b;
    const int order = strcmp(p->trunk, q->trunk);
    return order ? order : (p > q) - (p < q);
}

/* Rows of one trunk are one group, every other row is its own. */
static void make_groups(Arena *arena, Points *p) {
    Point **sorted = ARENA_ARRAY(arena, Point *, p->n);
    for (size_t i = 0; i < p->n; i++) sorted[i] = &p->rows[i];
    if (p->n) qsort(sorted, p->n, sizeof *sorted, by_trunk);
    for (size_t i = 0; i < p->n; i++) {
        const bool joins =
            i > 0 && *sorted[i]->trunk && strcmp(sorted[i]->trunk, sorted[i - 1]->trunk) == 0;
        if (!joins) p->n_groups++;
        sorted[i]->group = p->n_groups - 1;
    }
}

static Status read_points(Arena *arena, const Source *s, Points *out, Points *held, Err *err) {
    out->rows = ARENA_ARRAY(arena, Point, s->csv.n_rows);
    held->rows = ARENA_ARRAY(arena, Point, s->csv.n_rows);
    for (size_t row = 0; row < s->csv.n_rows; row++) {
        const bool held_out = s->holdout.n > 0 && where_holds(&s->holdout, &s->csv, row);
        if (!held_out && !where_holds(&s->where, &s->csv, row)) continue;
        Point p;
        TRY(read_point(s, row, &p, err));
        Points *to = held_out || p.hero ? held : out;
        if (isnan(p.flops)) {
            p.flops = 6 * (point_active(&p) > 0 && !point_dense(&p) ? point_active(&p) : p.params) *
                      p.tokens;
            to->flops_assumed = true;
        }
        to->rows[to->n++] = p;
    }
    return OK;
}

Status points_open(Arena *arena, const char *path, const PointsOptions *o, Points *out,
                   Points *held, Err *err) {
    Source s = {.role = -1};
    *out = (Points){.source = arena_strdup(arena, path),
                    .name = "",
                    .rule = "",
                    .entropy_nat = NAN,
                    .floor_nat = NAN};
    const bool sweep = dir_exists(path);
    if (sweep)
        TRY(points_sweep_read(arena, path, &s.csv, out, err));
    else
        TRY(csv_open(arena, path, &s.csv, err));
    TRY(bind_columns(arena, o->columns, &s, err));
    if (sweep) s.role = csv_column(&s.csv, "role");
    TRY(where_parse(arena, o->where, "--where", &s.where, err));
    TRY(where_bind(&s.where, &s.csv, "--where", err));
    TRY(where_parse(arena, o->holdout, "--holdout", &s.holdout, err));
    TRY(where_bind(&s.holdout, &s.csv, "--holdout", err));
    out->n_convention = s.csv.header[s.columns[0]];
    *held = *out;
    held->rule = s.holdout.n ? arena_strdup(arena, o->holdout) : sweep ? "role=hero" : "";
    TRY(read_points(arena, &s, out, held, err));
    if (sweep && out->n) qsort(out->rows, out->n, sizeof *out->rows, by_size);
    if (sweep && held->n) qsort(held->rows, held->n, sizeof *held->rows, by_size);
    make_groups(arena, out);
    make_groups(arena, held);
    return OK;
}
