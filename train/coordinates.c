/* coordinates.c: see coordinates.h. */
#include "train/coordinates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/linear.h"
#include "train/trainer.h"

/* The activations that are told, each of every layer; the logits have one layer. */
typedef enum { STREAM, QKV, HEADS, UP, ACT, LOGITS, N_KINDS } Kind;
static const char *const NAMES[N_KINDS] = {"stream",     "qkv",        "heads",
                                           "mlp before", "mlp within", "logits"};

typedef struct {
    Trainer t;
    Arena *arena;
    int *tokens;       // (B, T) the sequences that go through it after each step
    real *start, *now; // (n) all activations told, one after the other
    size_t n;
} Probe;

static size_t size_of(const Dims *d, Kind kind) {
    const size_t M = (size_t)d->B * (size_t)d->T;
    const size_t columns[N_KINDS] = {(size_t)d->C,      3 * (size_t)d->C, (size_t)d->C,
                                     (size_t)mlp_in(d), (size_t)d->F,     (size_t)d->V};
    return M * columns[kind];
}

static int layers_of(const Dims *d, Kind kind) {
    return kind == LOGITS ? 1 : d->L;
}

/* Return the activations of a layer in the lane; the stream is that which leaves the layer. */
static const real *acts_of(const Acts *a, const Dims *d, Kind kind, int layer) {
    const real *const first[N_KINDS] = {
        a->x + size_of(d, STREAM), a->qkv, a->heads, a->up, a->act, NULL};
    return first[kind] + (size_t)layer * size_of(d, kind);
}

/* Send the probe's sequences through and copy what is told to out. */
static void look(Probe *p, real *out) {
    const Dims *d = &p->t.dims;
    Lane *lane = &p->t.lanes[0];
    model_forward(&p->t.model, lane, p->tokens, PASS_JUDGE);
    for (int kind = 0; kind < LOGITS; kind++)
        for (int layer = 0; layer < d->L; layer++) {
            const size_t n = size_of(d, (Kind)kind);
            memcpy(out, acts_of(&lane->acts, d, (Kind)kind, layer), n * sizeof *out);
            out += n;
        }
    model_logits(&p->t.model, lane, 0, d->B * d->T, out);
    for (size_t i = 0; i < size_of(d, LOGITS); i++) out[i] *= d->logit_scale;
}

static Status probe_open(Probe *p, const CoordinatesAsked *asked, int width, int seed,
                         const Corpus *corpus, Err *err) {
    RunConfig c = asked->config;
    c.d_model = width;
    c.seed += (uint64_t)seed;
    c.tokens = c.batch_tok * 1000; // longer than the check: nothing of it cools down
    c.schedule = SCHEDULE_CONSTANT;
    c.warmup = 0;
    TRY(run_config_check(&c, err));
    TRY(trainer_init(&p->t, p->arena, &c, corpus, 1, err));
    const Dims *d = &p->t.dims;
    const size_t rows = (size_t)d->B * (size_t)d->T;
    p->tokens = ARENA_ARRAY(p->arena, int, rows);
    int *targets = ARENA_ARRAY(p->arena, int, rows);
    for (int b = 0; b < d->B; b++) // sequences that no step of the check trains on
        batches_window(&p->t.batches, 500 * c.batch_tok / (uint64_t)c.ctx + (uint64_t)b,
                       p->tokens + b * d->T, targets + b * d->T);
    p->n = 0;
    for (int kind = 0; kind < N_KINDS; kind++)
        p->n += (size_t)layers_of(d, (Kind)kind) * size_of(d, (Kind)kind);
    p->start = arena_array(p->arena, p->n, sizeof *p->start);
    p->now = arena_array(p->arena, p->n, sizeof *p->now);
    look(p, p->start);
    return OK;
}

/* Add the means of one step to the rows, each seed with its share. */
static void tell(Coordinates *out, Probe *p, int step, int width) {
    const Dims *d = &p->t.dims;
    const real *now = p->now, *start = p->start;
    int row = 0;
    look(p, p->now);
    for (int kind = 0; kind < N_KINDS; kind++)
        for (int layer = 0; layer < layers_of(d, (Kind)kind); layer++, row++) {
            const size_t n = size_of(d, (Kind)kind);
            double size = 0, change = 0;
            for (size_t i = 0; i < n; i++) {
                size += fabs((double)now[i]);
                change += fabs((double)now[i] - (double)start[i]);
            }
            const double share = 1 / ((double)n * out->asked.seeds);
            out->rows[row].size[step][width] += share * size;
            out->rows[row].change[step][width] += share * change;
            now += n;
            start += n;
        }
}

static Status measure(Coordinates *out, int width, int seed, const Corpus *corpus, Err *err) {
    Probe p = {.arena = arena_open()};
    Status status = probe_open(&p, &out->asked, out->asked.widths[width], seed, corpus, err);
    if (status == OK) tell(out, &p, 0, width);
    for (int step = 1; status == OK && step <= out->asked.steps; step++) {
        if (trainer_step(&p.t).diverged)
            status = err_set(err, E_FAILED, "d_model %d diverged at step %d of %d: a lower --lr",
                             out->asked.widths[width], step, out->asked.steps);
        else
            tell(out, &p, step, width);
    }
    arena_close(p.arena);
    return status;
}

static double slope(const CoordinatesAsked *asked, const double *y) {
    LinearLine line = {0};
    for (int w = 0; w < asked->n_widths; w++)
        if (y[w] > 0) linear_add_point(&line, 1, log(asked->widths[w]), log(y[w]));
    return linear_slope(&line);
}

static void judge(Coordinates *c) {
    const int last = c->asked.steps;
    c->steepest = &c->rows[0];
    for (int i = 0; i < c->n; i++) {
        CoordinatesRow *r = &c->rows[i];
        r->size_slope = slope(&c->asked, r->size[last]);
        r->change_slope = slope(&c->asked, r->change[last]);
        if (fabs(r->change_slope) > fabs(c->steepest->change_slope)) c->steepest = r;
    }
    c->flat = fabs(c->steepest->change_slope) <= COORDINATES_FLAT;
}

Status coordinates_of(Arena *arena, const CoordinatesAsked *asked, const Corpus *corpus,
                      Coordinates *out, Err *err) {
    const RunConfig *c = &asked->config;
    if (run_config_has_experts(c))
        FAIL(err, E_USAGE, "experts %d: activations of experts move with their tokens; dense only",
             c->experts);
    if (c->d_ff)
        FAIL(err, E_USAGE, "d_ff %d: the MLP has to widen with the model; leave it at 0", c->d_ff);
    *out = (Coordinates){.asked = *asked, .n = (N_KINDS - 1) * c->layers + 1};
    out->rows = ARENA_ARRAY(arena, CoordinatesRow, (size_t)out->n);
    for (int i = 0; i < out->n; i++) {
        out->rows[i].name = NAMES[i / c->layers < LOGITS ? i / c->layers : LOGITS];
        out->rows[i].layer = i < out->n - 1 ? i % c->layers + 1 : 0;
    }
    for (int seed = 0; seed < asked->seeds; seed++)
        for (int width = 0; width < asked->n_widths; width++)
            TRY(measure(out, width, seed, corpus, err));
    judge(out);
    return OK;
}

// --- telling -----------------------------------------------------------------------------------

static void put_row(Sheet *s, const Coordinates *c, const CoordinatesRow *r) {
    const int last = c->asked.steps, wide = c->asked.n_widths - 1;
    sheet_row(s, NULL);
    sheet_text(s, "activation", r->name);
    if (r->layer)
        sheet_count(s, "layer", (uint64_t)r->layer);
    else
        sheet_missing(s, "layer");
    sheet_number(s, "narrow_size", r->size[last][0]);
    sheet_number(s, "wide_size", r->size[last][wide]);
    sheet_number(s, "size_slope", r->size_slope);
    sheet_number(s, "first_change_slope", slope(&c->asked, r->change[1]));
    sheet_number(s, "narrow_change", r->change[last][0]);
    sheet_number(s, "wide_change", r->change[last][wide]);
    sheet_number(s, "change_slope", r->change_slope);
}

static const char *verdict(Arena *arena, const Coordinates *c) {
    const CoordinatesRow *r = c->steepest;
    const char *where =
        r->layer ? arena_printf(arena, "%s of layer %d", r->name, r->layer) : r->name;
    if (c->flat)
        return arena_printf(arena,
                            "flat: no activation's change goes with more than width^%.2f (%s: "
                            "%+.2f): one learning rate serves these widths",
                            COORDINATES_FLAT, where, r->change_slope);
    return arena_printf(arena,
                        "not flat: the change of %s goes with width^%+.2f: the best learning rate "
                        "moves with width",
                        where, r->change_slope);
}

void coordinates_put(Sheet *s, const Coordinates *c) {
    const RunConfig *config = &c->asked.config;
    Arena *arena = arena_open();
    char text[64];
    sheet_text(
        s, "parametrization",
        field_to_text(field_find(&RUN_FIELDS, "parametrization"), config, text, sizeof text));
    sheet_number(s, "lr", config->lr);
    sheet_count(s, "narrow", (uint64_t)c->asked.widths[0]);
    sheet_count(s, "wide", (uint64_t)c->asked.widths[c->asked.n_widths - 1]);
    sheet_count(s, "widths", (uint64_t)c->asked.n_widths);
    sheet_count(s, "steps", (uint64_t)c->asked.steps);
    sheet_count(s, "seeds", (uint64_t)c->asked.seeds);
    sheet_bool(s, "flat", c->flat);
    sheet_text(s, "verdict", verdict(arena, c));
    sheet_table(s, "coordinates", '[',
                "mean |x|, and mean |x - x at the start|, after the last step");
    for (int i = 0; i < c->n; i++) put_row(s, c, &c->rows[i]);
    sheet_end(s);
    arena_close(arena);
}
