/* recount.c: derives every count of a model from whatever its row tells. */
#include <math.h>
#include <string.h>

#include "analysis/points/recount.h"
#include "analysis/points/where.h"

const char *const N_COUNT_NAMES[] = {"given", "total", "matmul", "hidden", "active", NULL};
const char *const C_COUNT_NAMES[] = {"given",   "6nd",  "exact", "no-attention",
                                     "no-head", "bare", NULL};

/* ---- what is said of the shape -------------------------------------------------------------- */

static int index_of(const char *const *names, const char *name) {
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0) return i;
    return -1;
}

static Status read_one(const WhereCondition *c, RecountShape *out, Err *err) {
    static const char *const KEYS[] = {"params", "vocab", "aspect", "ctx", "tied"};
    size_t k = 0;
    while (k < COUNT_OF(KEYS) && strcmp(KEYS[k], c->name) != 0) k++;
    if (k == COUNT_OF(KEYS))
        FAIL(err, E_USAGE, "--shape: '%s' is not params=, vocab=, aspect=, ctx= or tied=", c->text);
    if (k == 1) return where_number(c, "--shape", 2, 1e9, true, &out->vocab, err);
    if (k == 2) return where_number(c, "--shape", 0.001, 1e6, false, &out->aspect, err);
    if (k == 3) return where_number(c, "--shape", 1, 1e9, true, &out->ctx, err);
    if (k == 0) {
        const int n = index_of(N_COUNT_NAMES, c->value);
        if (n < N_TOTAL || n > N_HIDDEN)
            FAIL(err, E_USAGE, "--shape: params=%s: needs total, matmul or hidden", c->value);
        out->counted = (RecountN)n;
        return OK;
    }
    if (strcmp(c->value, "yes") != 0 && strcmp(c->value, "no") != 0)
        FAIL(err, E_USAGE, "--shape: tied=%s: needs yes or no", c->value);
    out->matrices = *c->value == 'y' ? 1 : 2;
    return OK;
}

Status recount_shape(Arena *arena, const char *text, RecountShape *out, Err *err) {
    Where said;
    *out = (RecountShape){N_GIVEN, NAN, NAN, NAN, NAN};
    TRY(where_assignments(arena, text, "--shape", &said, err));
    if (said.n > 0) out->matrices = 1;
    for (size_t i = 0; i < said.n; i++) TRY(read_one(&said.rows[i], out, err));
    return OK;
}

/* ---- counts of a model ---------------------------------------------------------------------- */

typedef struct {
    double total, matmul, hidden, active;
    double vocab, d, layers, ctx;
    double head; // V d, the elements of the head
} Counts;

static double known_or(double known, double other) {
    return known > 0 && isfinite(known) ? known : other;
}

static double given_params(const Point *p) {
    return known_or(p->params_given, p->params);
}

/* Solve hidden + gamma hidden^(1/3) = n for hidden. Newton's steps in the cube root start above the
 * root, where the cubic is convex. */
static double hidden_within(double n, double gamma) {
    double u = cbrt(n);
    for (int i = 0; i < 100; i++) {
        const double step = (u * u * u + gamma * u - n) / (3 * u * u + gamma);
        u -= step;
        if (!(fabs(step) > 1e-15 * u)) break;
    }
    return u * u * u;
}

/* Collect what the columns say of a model, and what --shape says of the columns. */
static Counts told(const Point *p, const RecountShape *s) {
    Counts c = {
        .total = known_or(p->params_total, NAN),
        .matmul = known_or(p->params_matmul, NAN),
        .hidden = known_or(p->params_hidden, NAN),
        .active = known_or(p->params_active, NAN),
        .vocab = known_or(p->vocab, s->vocab),
        .d = known_or(p->d_model, NAN),
        .layers = known_or(p->layers, NAN),
        .ctx = known_or(p->ctx, s->ctx),
    };
    if (s->counted == N_TOTAL) c.total = known_or(c.total, given_params(p));
    if (s->counted == N_MATMUL) c.matmul = known_or(c.matmul, given_params(p));
    if (s->counted == N_HIDDEN) c.hidden = known_or(c.hidden, given_params(p));
    return c;
}

/* Return the width: as told, or by the aspect ratio from the depth or from whichever N is known. */
static double width(const Counts *c, const RecountShape *s) {
    if (c->d > 0) return c->d;
    if (c->layers > 0) return s->aspect * c->layers;
    const double d_per_root = cbrt(s->aspect / 12), gamma = c->vocab * d_per_root;
    const double hidden = c->hidden > 0   ? c->hidden
                          : c->matmul > 0 ? hidden_within(c->matmul, gamma)
                                          : hidden_within(c->total, s->matrices * gamma);
    return d_per_root * cbrt(hidden);
}

static Counts counts_of(const Point *p, const RecountShape *s) {
    Counts c = told(p, s);
    c.d = width(&c, s);
    c.layers = known_or(c.layers, c.d / s->aspect);
    c.head = c.matmul > 0 && c.hidden > 0 ? c.matmul - c.hidden : c.vocab * c.d;
    c.hidden = known_or(c.hidden, c.matmul - c.head);
    c.hidden = known_or(c.hidden, c.total - s->matrices * c.head);
    c.hidden = known_or(c.hidden, 12 * c.layers * c.d * c.d);
    c.matmul = known_or(c.matmul, c.hidden + c.head);
    c.total = known_or(c.total, c.hidden + s->matrices * c.head);
    c.active = known_or(c.active, point_dense(p) ? c.total : NAN);
    return c;
}

static double n_of(const Point *p, const Counts *c, RecountN n) {
    const double counts[] = {given_params(p), c->total, c->matmul, c->hidden, c->active};
    return known_or(counts[n], NAN);
}

double recount_n(const Point *p, const RecountShape *s, RecountN n) {
    const Counts c = counts_of(p, s);
    return n_of(p, &c, n);
}

double recount_c(const Point *p, const RecountShape *s, RecountN n, RecountC which) {
    const Counts c = counts_of(p, s);
    const double idle = point_dense(p) ? 0 : c.total - c.active;
    const double attention = 6 * c.layers * c.d * (c.ctx + 1);
    const double met = point_dense(p) || isnan(c.active) ? n_of(p, &c, n) : c.active;
    const double per_token[] = {NAN,
                                6 * met,
                                6 * (c.matmul - idle) + attention,
                                6 * (c.matmul - idle),
                                6 * (c.hidden - idle) + attention,
                                6 * (c.hidden - idle)};
    return which == C_GIVEN ? known_or(p->flops_given, NAN)
                            : known_or(per_token[which] * p->tokens, NAN);
}

/* ---- points ---------------------------------------------------------------------------------- */

/* Return C of a row. Where none was given, "given" is 6 N D. */
static double c_of(const Point *p, const RecountShape *s, RecountN n, RecountC c) {
    const double flops = recount_c(p, s, n, c);
    return c == C_GIVEN && isnan(flops) ? recount_c(p, s, n, C_6ND) : flops;
}

bool recount_can(const Points *points, const RecountShape *s, RecountN n, RecountC c) {
    for (size_t i = 0; i < points->n; i++)
        if (isnan(recount_n(&points->rows[i], s, n)) || isnan(c_of(&points->rows[i], s, n, c)))
            return false;
    return true;
}

static const char *needs_n(RecountN n) {
    static const char *const NEEDS[] = {
        "params",
        "the column params_total; or d_model and layers with --shape 'vocab=V'; or --shape "
        "'params=hidden,vocab=V,aspect=d/L'",
        "the column params_matmul; or d_model, layers and vocab; or --shape "
        "'params=total,vocab=V,aspect=d/L'",
        "the column params_hidden; or d_model and layers; or --shape "
        "'params=total,vocab=V,aspect=d/L'",
        "the column params_active",
    };
    return NEEDS[n];
}

static const char *needs_c(RecountC c) {
    return c == C_EXACT || c == C_NO_HEAD
               ? "params_matmul and params_hidden, and d_model, layers and ctx for attention; or "
                 "--shape 'params=total,vocab=V,aspect=d/L,ctx=T'"
               : "params_matmul and params_hidden, or --shape 'params=total,vocab=V,aspect=d/L'";
}

static const char *const N_ABOUT[N_COUNTS] = {
    NULL, "total: every parameter", "matmul: all but the lookup table",
    "hidden: neither embedding nor head", "active: what a token meets"};
static const char *const C_ABOUT[C_COUNTS] = {NULL,
                                              "6nd: 6 N D",
                                              "exact: head and causal attention counted",
                                              "no-attention: head counted, attention not",
                                              "no-head: causal attention counted, head not",
                                              "bare: neither head nor attention"};

static bool alike(double a, double b) {
    return fabs(a / b - 1) < 1e-6;
}

void recount_name(Points *points, const RecountShape *s) {
    bool n_is[N_COUNTS], c_is[C_COUNTS];
    for (int n = 0; n < N_COUNTS; n++) n_is[n] = n != N_GIVEN && points->n > 0;
    for (int c = 0; c < C_COUNTS; c++) c_is[c] = c != C_GIVEN && points->n > 0;
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        for (int n = N_TOTAL; n < N_COUNTS; n++)
            n_is[n] = n_is[n] && alike(recount_n(p, s, n), p->params);
        for (int c = C_6ND; c < C_COUNTS; c++)
            c_is[c] = c_is[c] && alike(recount_c(p, s, N_GIVEN, c), p->flops);
    }
    points->n_counted = points->c_counted = NULL;
    for (int n = N_COUNTS - 1; n > N_GIVEN; n--)
        if (n_is[n]) points->n_counted = N_ABOUT[n];
    for (int c = C_COUNTS - 1; c > C_GIVEN; c--)
        if (c_is[c]) points->c_counted = C_ABOUT[c];
}

Status recount(Arena *arena, const Points *points, const RecountShape *s, RecountN n, RecountC c,
               Points *out, Err *err) {
    Point *rows = ARENA_ARRAY(arena, Point, points->n);
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        rows[i] = *p;
        rows[i].params_given = given_params(p);
        rows[i].params = recount_n(p, s, n);
        rows[i].flops = c_of(p, s, n, c);
        if (isnan(rows[i].params))
            FAIL(err, E_FORMAT, "%s: line %d does not tell N as %s; it takes %s", points->source,
                 p->line, N_COUNT_NAMES[n], needs_n(n));
        if (isnan(rows[i].flops))
            FAIL(err, E_FORMAT, "%s: line %d does not tell FLOPs as %s; it takes %s",
                 points->source, p->line, C_COUNT_NAMES[c], needs_c(c));
    }
    *out = *points;
    out->rows = rows;
    if (n != N_GIVEN) out->n_counted = N_ABOUT[n], out->n_convention = "recounted";
    if (c != C_GIVEN) out->c_counted = C_ABOUT[c], out->c_convention = "recounted";
    out->flops_assumed = points->flops_assumed && c == C_GIVEN;
    return OK;
}
