/* point_columns.c: the table of known columns and of what strangers call them; reads cells and
 * names every bad one. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "analysis/points/point_columns.h"
#include "analysis/points/where.h"
#include "base/suggest.h"

typedef enum {
    REQUIRED_COUNT, // a positive number of something, perhaps "1.5B"
    REQUIRED,       // a positive number
    COUNT,          // a positive number of something, or empty
    POSITIVE,       // a positive number, or empty
    SHAPE,          // a whole number of 1 or more, or empty, or 0 where it is not known
    NUMBER,         // a number, or empty
    TEXT,
} PointKind;

typedef struct {
    const char *name;
    PointKind kind;
    size_t offset;
} PointField;

/* The known columns. Rows are all that analysis/ sees of a sweep, so that it keeps a list of its
 * own. What a sweep writes has here the name that RUN_FIELDS, RESULT_FIELDS (train/config.c,
 * train/result.c) and put_design() (sweep/record.c) give it. Where the list departs from
 * RESULT_FIELDS, tests/test_sweep_points.c fails. */
static const PointField FIELDS[] = {
    {"params", REQUIRED_COUNT, offsetof(Point, params)},
    {"tokens", REQUIRED_COUNT, offsetof(Point, tokens)},
    {"loss", REQUIRED, offsetof(Point, loss)},
    {"flops", COUNT, offsetof(Point, flops)},
    {"weight", POSITIVE, offsetof(Point, weight)},
    {"loss_se", NUMBER, offsetof(Point, loss_se)},
    {"params_total", COUNT, offsetof(Point, params_total)},
    {"params_hidden", COUNT, offsetof(Point, params_hidden)},
    {"params_matmul", COUNT, offsetof(Point, params_matmul)},
    {"params_active", COUNT, offsetof(Point, params_active)},
    {"unique_tokens", COUNT, offsetof(Point, unique_tokens)},
    {"experts", NUMBER, offsetof(Point, experts)},
    {"top_k", NUMBER, offsetof(Point, top_k)},
    {"granularity", NUMBER, offsetof(Point, granularity)},
    {"shared", NUMBER, offsetof(Point, shared)},
    {"d_model", SHAPE, offsetof(Point, d_model)},
    {"layers", SHAPE, offsetof(Point, layers)},
    {"vocab", SHAPE, offsetof(Point, vocab)},
    {"ctx", SHAPE, offsetof(Point, ctx)},
    {"wall_s", NUMBER, offsetof(Point, wall_s)},
    {"cpu_s", NUMBER, offsetof(Point, cpu_s)},
    {"threads", NUMBER, offsetof(Point, threads)},
    {"lr", NUMBER, offsetof(Point, lr)},
    {"batch_tok", COUNT, offsetof(Point, batch_tok)},
    {"steps", SHAPE, offsetof(Point, steps)},
    {"seed", NUMBER, offsetof(Point, seed)},
    {"perturb", NUMBER, offsetof(Point, perturb)},
    {"trunk", TEXT, offsetof(Point, trunk)},
    {"family", TEXT, offsetof(Point, family)},
    {"id", TEXT, offsetof(Point, id)},
};
enum { N_FIELDS = COUNT_OF(FIELDS), LONGEST = 63 };
_Static_assert((int)N_FIELDS <= (int)POINT_COLUMNS_MAX, "more fields than places");

/* What strangers call a field, likelier names first, each as plain_name() writes it. */
static const struct {
    const char *field, *names[28];
} USUAL[] = {
    {"params",
     {"n",
      "nparams",
      "numparams",
      "numparameters",
      "nparameters",
      "parameters",
      "totalparams",
      "totalparameters",
      "modelparams",
      "modelparameters",
      "parametercount",
      "paramcount",
      "modelsize",
      "size",
      "params",
      "paramstotal",
      "paramsnonembed",
      "nonembeddingparams",
      "nonembparams",
      "nonembeddingparameters",
      "paramsnoembed",
      "nnonemb",
      "weights",
      NULL}},
    {"tokens",
     {"d", "ntokens", "numtokens", "trainingtokens", "traintokens", "trainingtoken", "tokensseen",
      "seentokens", "tokenstrained", "numtrainingtokens", "totaltokens", "tokencount", "tokens",
      "datasetsize", "datasize", "trainingdata", "data", NULL}},
    {"loss",
     {"finalloss",   "vallloss", "valloss", "validationloss", "evalloss",         "testloss",
      "heldoutloss", "losses",   "loss",    "crossentropy",   "crossentropyloss", "celoss",
      "ce",          "nll",      "lmloss",  "trainloss",      "trainingloss",     "smoothedloss",
      "l",           NULL}},
    {"flops",
     {"c",
      "flop",
      "flops",
      "trainingflop",
      "trainingflops",
      "trainflops",
      "totalflops",
      "totalflop",
      "flopstotal",
      "nflops",
      "flopcount",
      "compute",
      "trainingcompute",
      "traincompute",
      "computeflops",
      "totalcompute",
      "flopsbudget",
      "computebudget",
      "budget",
      NULL}},
};

int point_columns_field(const char *name) {
    for (int f = 0; f < N_FIELDS; f++)
        if (strcmp(FIELDS[f].name, name) == 0) return f;
    return -1;
}

/* ---- names ---------------------------------------------------------------------------------- */

/* Write the letters and digits of a name in lower case, up to the first bracket: "Model_Size (M)"
 * becomes "modelsize". */
static const char *plain_name(const char *name, char buffer[LONGEST + 1]) {
    size_t n = 0;
    for (; *name && !strchr("([", *name) && n < LONGEST; name++)
        if (isalnum((unsigned char)*name)) buffer[n++] = (char)tolower((unsigned char)*name);
    buffer[n] = '\0';
    return buffer;
}

/* Return the only column whose plain name is `plain`; -1 where there are none or several. */
static int column_plain(const Csv *csv, const char *plain) {
    char buffer[LONGEST + 1];
    int found = -1;
    for (size_t i = 0; i < csv->n_columns; i++) {
        if (strcmp(plain_name(csv->header[i], buffer), plain) != 0) continue;
        if (found >= 0) return -1;
        found = (int)i;
    }
    return found;
}

static bool is_taken(const PointColumns *c, int column) {
    for (int f = 0; f < N_FIELDS; f++)
        if (c->of[f] == column) return true;
    return false;
}

/* Return a column that may be field f under another name; -1 where none looks like it. */
static int column_like(const PointColumns *c, int f) {
    for (size_t u = 0; u < COUNT_OF(USUAL); u++) {
        if (strcmp(USUAL[u].field, FIELDS[f].name) != 0) continue;
        for (int i = 0; USUAL[u].names[i]; i++) {
            const int column = column_plain(c->csv, USUAL[u].names[i]);
            if (column >= 0 && !is_taken(c, column)) return column;
        }
    }
    const char *near = FIELDS[f].kind <= REQUIRED ? csv_nearest(c->csv, FIELDS[f].name) : NULL;
    const int column = near ? csv_column(c->csv, near) : -1;
    return column >= 0 && !is_taken(c, column) ? column : -1;
}

/* ---- binding -------------------------------------------------------------------------------- */

static Status unknown_field(const char *name, Err *err) {
    const char *names[N_FIELDS];
    for (int k = 0; k < N_FIELDS; k++) names[k] = FIELDS[k].name;
    const char *near = suggest_nearest(name, names, N_FIELDS);
    FAIL(err, E_USAGE, "--columns: '%s' is no known field%s; write FIELD=COLUMN", name,
         DID_YOU_MEAN(near));
}

/* Bind the fields that --columns maps, as in "params=\"Model Size\",tokens=D". */
static Status map_columns(Arena *arena, const char *text, PointColumns *c, Err *err) {
    Where map;
    TRY(where_assignments(arena, text, "--columns", &map, err));
    for (size_t i = 0; i < map.n; i++) {
        const char *column = map.rows[i].value;
        const int f = point_columns_field(map.rows[i].name);
        if (f < 0) return unknown_field(map.rows[i].name, err);
        c->of[f] = csv_column(c->csv, column);
        if (c->of[f] >= 0) continue;
        const char *near = csv_nearest(c->csv, column);
        FAIL(err, E_USAGE, "--columns: %s has no column '%s'%s", c->csv->name, column,
             DID_YOU_MEAN(near));
    }
    return OK;
}

/* Write FIELD=COLUMN as --columns takes it. */
static const char *as_mapping(Arena *arena, const PointColumns *c, int f, int column) {
    const char *name = c->csv->header[column];
    const char *quote = strpbrk(name, " ,=<>!()[]'&;|$*?") ? "\"" : "";
    return arena_printf(arena, "%s=%s%s%s", FIELDS[f].name, quote, name, quote);
}

/* Write the names of the columns, the first dozen of them: "a, b, c". */
static const char *list_of_columns(Arena *arena, const Csv *csv) {
    enum { LISTED = 12 };
    const char *list = "";
    int n = 0;
    for (size_t i = 0; i < csv->n_columns && n < LISTED; i++) {
        if (*csv->header[i] == '\0') continue;
        list = arena_printf(arena, "%s%s%s", list, n++ > 0 ? ", " : "", csv->header[i]);
    }
    return csv->n_columns > LISTED ? arena_printf(arena, "%s, ...", list) : list;
}

/* Fail with all missing columns in one line, and with the --columns to type. */
static Status missing_columns(Arena *arena, PointColumns *c, Err *err) {
    const char *missing = NULL, *map = NULL;
    bool unlike = false;
    const int flops = point_columns_field("flops");
    for (int f = 0; f < N_FIELDS; f++) {
        const bool wanted = FIELDS[f].kind <= REQUIRED || f == flops;
        if (!wanted || c->of[f] >= 0) continue;
        if (f != flops)
            missing = missing ? arena_printf(arena, "%s, '%s'", missing, FIELDS[f].name)
                              : arena_printf(arena, "'%s'", FIELDS[f].name);
        const int like = column_like(c, f);
        if (like < 0 && f == flops) continue;
        unlike |= like < 0;
        c->of[f] = like; // it is taken, and the next field looks elsewhere
        const char *one = like < 0 ? arena_printf(arena, "%s=COLUMN", FIELDS[f].name)
                                   : as_mapping(arena, c, f, like);
        map = map ? arena_printf(arena, "%s,%s", map, one) : one;
    }
    if (!unlike)
        FAIL(err, E_FORMAT, "%s: no column %s; if this is what they are, add --columns '%s'",
             c->csv->name, missing, map);
    FAIL(err, E_FORMAT, "%s: no column %s; name it with --columns '%s', COLUMN among %s",
         c->csv->name, missing, map, list_of_columns(arena, c->csv));
}

Status point_columns_bind(Arena *arena, const Csv *csv, const char *map, PointColumns *out,
                          Err *err) {
    *out = (PointColumns){.csv = csv};
    char plain[LONGEST + 1];
    for (int f = 0; f < N_FIELDS; f++) out->of[f] = csv_column(csv, FIELDS[f].name);
    TRY(map_columns(arena, map, out, err));
    for (int f = 0; f < N_FIELDS; f++) {
        if (out->of[f] >= 0) continue;
        const int column = column_plain(csv, plain_name(FIELDS[f].name, plain));
        if (column >= 0 && !is_taken(out, column)) out->of[f] = column;
    }
    for (int f = 0; f < N_FIELDS; f++)
        if (FIELDS[f].kind <= REQUIRED && out->of[f] < 0) return missing_columns(arena, out, err);
    for (int f = 0; f < N_FIELDS; f++) {
        const bool counts = FIELDS[f].kind == REQUIRED_COUNT || FIELDS[f].kind == COUNT;
        out->unit[f] = counts && out->of[f] >= 0 ? number_unit(csv->header[out->of[f]]) : 1;
    }
    return OK;
}

int point_columns_notes(Arena *arena, const PointColumns *c, const char **notes, int most) {
    int n = 0;
    for (int f = 0; f < N_FIELDS; f++)
        if (n < most && c->unit[f] != 1)
            notes[n++] = arena_printf(arena, "column '%s' is read in units of %g, as its name says",
                                      c->csv->header[c->of[f]], c->unit[f]);
    const int flops = point_columns_field("flops"),
              like = c->of[flops] < 0 ? column_like(c, flops) : -1;
    if (n < most && like >= 0)
        notes[n++] = arena_printf(arena,
                                  "column '%s' is not read; if it holds training FLOPs, add "
                                  "--columns '%s'",
                                  c->csv->header[like], as_mapping(arena, c, flops, like));
    return n;
}

/* ---- cells ---------------------------------------------------------------------------------- */

/* Return what a number of this kind has to be; NULL: x is that. */
static const char *what_it_needs(PointKind kind, double x) {
    if (!isfinite(x) && kind >= SHAPE) return "a finite number";
    if (kind == SHAPE && x > 0 && (x < 1 || x != floor(x))) return "a whole number";
    if (kind < SHAPE && !(isfinite(x) && x > 0)) return "a positive number";
    if (fabs(x) > POINT_MOST || (kind < SHAPE && x < POINT_LEAST))
        return "a number from 1e-30 to 1e60";
    return NULL;
}

static Status read_number(const PointColumns *c, size_t row, int f, double *out, Err *err) {
    const Csv *csv = c->csv;
    const char *cell = csv_cell(csv, row, c->of[f]), *column = csv->header[c->of[f]];
    const int line = csv->lines[row];
    const PointKind kind = FIELDS[f].kind;
    const bool required = kind <= REQUIRED, counts = kind == REQUIRED_COUNT || kind == COUNT;
    *out = NAN;
    if (*cell == '\0' && !required) return OK;
    if (*cell == '\0')
        FAIL(err, E_FORMAT,
             "%s: line %d, column '%s': empty, needs a number; --where '%s>0' leaves such rows out",
             csv->name, line, column, column);
    if (!number_from_cell(cell, csv->decimal, counts, out))
        FAIL(err, E_FORMAT, "%s: line %d, column '%s': '%.40s' is no number%s", csv->name, line,
             column, cell, number_hint(cell, csv->decimal));
    *out *= c->unit[f];
    const char *needs = what_it_needs(kind, *out);
    if (!needs) return OK;
    if (!required)
        FAIL(err, E_FORMAT, "%s: line %d, column '%s': %.40s, needs %s", csv->name, line, column,
             cell, needs);
    FAIL(err, E_FORMAT,
         "%s: line %d, column '%s': %.40s, needs %s; --where '%s%s' leaves such rows out",
         csv->name, line, column, cell, needs, column,
         *out > 1   ? "<1e60"
         : *out > 0 ? ">1e-30"
                    : ">0");
}

Status point_columns_read(const PointColumns *c, size_t row, Point *out, Err *err) {
    *out = point_blank();
    out->line = c->csv->lines[row];
    for (int f = 0; f < N_FIELDS; f++) {
        void *at = (char *)out + FIELDS[f].offset;
        if (c->of[f] < 0) continue;
        if (FIELDS[f].kind == TEXT)
            *(const char **)at = csv_cell(c->csv, row, c->of[f]);
        else
            TRY(read_number(c, row, f, at, err));
    }
    if (isnan(out->weight)) out->weight = 1;
    if (isnan(out->batch_tok) && out->steps > 0) out->batch_tok = out->tokens / out->steps;
    return OK;
}
