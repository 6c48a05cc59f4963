/* choice.c: reads what is asked, chooses, and says what each part of the choice is for. */
#include "analysis/choice/choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/points/where.h"
#include "base/numbers.h"

#define AT(member) offsetof(ChoiceOptions, member)
static const Field FIELDS[] = {
    {"choose", FIELD_STRING, AT(choose), 0, -1, NULL, "",
     "choose runs from this CSV of candidates: name,params,tokens,flops,seconds,trunk,shared_s"},
    {"expect", FIELD_STRING, AT(expect), 0, -1, NULL, "",
     "tell how precise a forecast will be, by this CSV of planned runs: role,params,tokens,flops,"
     "trunk; role=hero is foretold"},
    {"forecast", FIELD_STRING, AT(forecast), 0, -1, NULL, "",
     "the run to be foretold: 'params=..,tokens=..', or 'flops=..'"},
    {"budget", FIELD_SECONDS, AT(budget_s), 0, 1e9, NULL, "s", "time for the chosen runs"},
    {"workers", FIELD_INT, AT(workers), 1, 256, NULL, "", "runs side by side"},
    {"most_seeds", FIELD_INT, AT(most_seeds), 1, 100, NULL, "", "most runs of one candidate"},
    {"noise", FIELD_REAL, AT(noise), 1e-6, 1, NULL, "", "of a run in ln loss, without PATH"},
    {"trunk_noise", FIELD_REAL, AT(trunk), 0, 1, NULL, "",
     "that runs of one trunk share, in ln loss, without PATH"},
    {"drift", FIELD_REAL, AT(drift), 0, 1, NULL, "",
     "by how much laws miss per unit of ln N D short of the target, in ln loss"},
    {"save_choice", FIELD_STRING, AT(save), 0, -1, NULL, "", "write the answer to this JSON file"},
};
const FieldTable CHOICE_FIELDS = {"which runs to make", FIELDS, COUNT_OF(FIELDS)};

/* Together 0.5 % for a run with a trunk of its own, as seeds were measured to differ on the
 * languages and the text of the presets (docs/planner.md). */
static const double RUN_NOISE = 0.003, TRUNK_NOISE = 0.004;

ChoiceOptions choice_options_default(void) {
    return (ChoiceOptions){
        .workers = 1, .most_seeds = 4, .noise = RUN_NOISE, .trunk = TRUNK_NOISE, .drift = 0.0005};
}

/* ---- what is asked --------------------------------------------------------------------------- */

enum { TRUTHS_EACH = 6, LEAST_SIZES = 3, LEAST_LENGTHS = 3 };

static Status read_target(Arena *arena, const char *text, Point *out, Err *err) {
    Where keys;
    *out = point_blank();
    TRY(where_assignments(arena, text, "--forecast", &keys, err));
    for (size_t i = 0; i < keys.n; i++) {
        const WhereCondition *c = &keys.rows[i];
        double *to = strcmp(c->name, "params") == 0   ? &out->params
                     : strcmp(c->name, "tokens") == 0 ? &out->tokens
                     : strcmp(c->name, "flops") == 0  ? &out->flops
                                                      : NULL;
        if (!to)
            FAIL(err, E_USAGE, "--forecast: no key '%s'; known are params, tokens, flops", c->name);
        TRY(where_number(c, "--forecast", POINT_LEAST, POINT_MOST, false, to, err));
    }
    const bool run = !isnan(out->params) && !isnan(out->tokens), flops = !isnan(out->flops);
    if (!run && (!flops || !isnan(out->params) || !isnan(out->tokens)))
        FAIL(err, E_USAGE, "--forecast: '%s' needs params=.. and tokens=.., or flops=.. alone",
             text);
    return OK;
}

/* Where FLOPs alone are asked for, the target is the size that the laws find best. */
static Status place_target(const Possible *p, Point *target, Err *err) {
    if (isnan(target->params)) {
        target->params = possible_best_size(p, target->flops);
        target->tokens = target->flops / (6 * target->params);
        if (isnan(target->params))
            FAIL(err, E_FAILED,
                 "--forecast: none of the laws tells the best size for %.3g FLOPs; give params=.. "
                 "and tokens=..",
                 target->flops);
    }
    if (isnan(target->flops)) target->flops = 6 * target->params * target->tokens;
    return OK;
}

static Status make_possible(Arena *arena, const Points *rows, const FitOptions *fit,
                            const Cells *cells, const ChoiceOptions *o, Possible *out, Err *err) {
    if (rows) {
        Forecast *f = ARENA_NEW(arena, Forecast);
        TRY(forecast_of(arena, rows, fit, f, err));
        TRY(possible_from_rows(arena, f, out, err));
    } else {
        const Law **laws;
        size_t n;
        TRY(forecast_laws(arena, fit->law, &laws, &n, err));
        TRY(possible_from_laws(arena, laws, n, cells, TRUTHS_EACH, out, err));
        out->noise = o->noise;
        out->trunk = o->trunk;
    }
    out->drift = o->drift;
    return OK;
}

/* ---- what it buys ---------------------------------------------------------------------------- */

static int by_loss(const void *a, const void *b) {
    const ChoicePart *p = a, *q = b;
    if (p->without.error != q->without.error) return p->without.error < q->without.error ? 1 : -1;
    return (p->cell > q->cell) - (p->cell < q->cell);
}

static void find_parts(Arena *arena, const Expectation *e, ChoiceAnswer *a) {
    const size_t n = a->cells.n;
    int *less = ARENA_ARRAY(arena, int, n);
    a->parts = ARENA_ARRAY(arena, ChoicePart, n);
    for (size_t i = 0; i < n; i++) {
        if (a->chosen.runs[i] == 0) continue;
        memcpy(less, a->chosen.runs, n * sizeof *less);
        less[i] = 0;
        a->parts[a->n_parts++] = (ChoicePart){i, expect(e, less)};
    }
    qsort(a->parts, a->n_parts, sizeof *a->parts, by_loss);
}

/* What a part is for: what would grow most without it. */
static const char *purpose(const ChoiceAnswer *a, const ChoicePart *p) {
    const Expected *with = &a->chosen.expected;
    const double noise = pow(p->without.by_noise, 2) - pow(with->by_noise, 2),
                 form = pow(p->without.by_form, 2) - pow(with->by_form, 2);
    return form > noise ? "tell the laws apart" : "steady their coefficients";
}

static const char *part_sentence(Arena *arena, const ChoiceAnswer *a, const ChoicePart *p) {
    const int runs = a->chosen.runs[p->cell];
    char seconds[32];
    seconds_to_text(seconds, runs * a->cells.rows[p->cell].seconds);
    return arena_printf(arena,
                        "%s (%d run%s, %s): without %s the expected error would be %.2f %%; "
                        "%s above all to %s.",
                        a->cells.rows[p->cell].name, runs, runs == 1 ? "" : "s", seconds,
                        runs == 1 ? "it" : "them", 100 * p->without.error,
                        runs == 1 ? "it serves" : "they serve", purpose(a, p));
}

/* Parts that change the expected error by less than this share are told in one sentence. */
static const double SMALL = 0.02;

/* Say what the parts from `first` on, each small, do together. */
static const char *rest_sentence(Arena *arena, const ChoiceAnswer *a, const Expectation *e,
                                 size_t first) {
    int *less = ARENA_ARRAY(arena, int, a->cells.n), runs = 0;
    char seconds[32];
    memcpy(less, a->chosen.runs, a->cells.n * sizeof *less);
    const double all = cells_work(&a->cells, less);
    for (size_t i = first; i < a->n_parts; i++) {
        runs += less[a->parts[i].cell];
        less[a->parts[i].cell] = 0;
    }
    seconds_to_text(seconds, all - cells_work(&a->cells, less));
    return arena_printf(arena,
                        "%d other run%s (%s of one worker): each size and length by itself "
                        "changes the expected error by less than %.0f %%; without all of them it "
                        "would be %.2f %%.",
                        runs, runs == 1 ? "" : "s", seconds, 100 * SMALL,
                        100 * expect(e, less).error);
}

static const char *grid_sentence(Arena *arena, const ChoiceAnswer *a) {
    if (a->grid.n == 0) return "No uniform grid of these candidates fits into the budget.";
    const double less = 1 - pow(a->chosen.expected.error / a->grid.expected.error, 2);
    return arena_printf(arena,
                        "The best uniform grid within the budget has %d runs and an expected error "
                        "of %.2f %%: the choice's expected variance is %.0f %% lower.",
                        a->grid.n, 100 * a->grid.expected.error, 100 * less);
}

static void explain(Arena *arena, const Expectation *e, ChoiceAnswer *a) {
    const Possible *p = a->possible;
    char params[16], tokens[16], seconds[32];
    a->explained = ARENA_ARRAY(arena, const char *, a->n_parts + 4);
    a->explained[a->n_explained++] = arena_printf(
        arena,
        "The loss of a run of %s params on %s tokens is to be foretold; from %d more runs, %s, the "
        "expected error is %.2f %% of the loss, %.2f %% by noise and %.2f %% by laws that are not "
        "true.",
        count_to_text(params, a->target.params), count_to_text(tokens, a->target.tokens),
        a->chosen.n, seconds_to_text(seconds, a->chosen.seconds), 100 * a->chosen.expected.error,
        100 * a->chosen.expected.by_noise, 100 * a->chosen.expected.by_form);
    a->explained[a->n_explained++] =
        p->rows->n == 0
            ? arena_printf(arena,
                           "No run tells yet which law holds: %zu laws were tried as the truth, "
                           "with %zu sets of typical coefficients.",
                           p->n_laws, p->n_truths)
            : arena_printf(arena,
                           "%zu runs so far weigh %zu law%s; by them alone the expected error "
                           "would be %.2f %%.",
                           p->rows->n, p->n_truths, p->n_truths == 1 ? "" : "s",
                           100 * a->measured.error);
    a->explained[a->n_explained++] = grid_sentence(arena, a);
    size_t i = 0;
    for (; i < a->n_parts; i++) {
        const ChoicePart *part = &a->parts[i];
        if (part->without.error < (1 + SMALL) * a->chosen.expected.error) break;
        a->explained[a->n_explained++] = part_sentence(arena, a, part);
    }
    if (i < a->n_parts) a->explained[a->n_explained++] = rest_sentence(arena, a, e, i);
}

Status choice_of(Arena *arena, const Points *rows, const FitOptions *fit, const ChoiceOptions *o,
                 ChoiceAnswer *a, Err *err) {
    static const Points NONE;
    Possible *p = ARENA_NEW(arena, Possible);
    *a = (ChoiceAnswer){.options = o, .possible = p, .measured = {NAN, NAN, NAN}};
    if (!o->forecast)
        FAIL(err, E_USAGE, "--choose: needs --forecast 'params=..,tokens=..' or 'flops=..'");
    if (!(o->budget_s > 0)) FAIL(err, E_USAGE, "--choose: needs --budget, such as 45m");
    TRY(read_target(arena, o->forecast, &a->target, err));
    TRY(cells_open(arena, o->choose, &a->cells, err));
    TRY(make_possible(arena, rows, fit, &a->cells, o, p, err));
    TRY(place_target(p, &a->target, err));
    TRY(possible_see(arena, p, &a->cells, &a->target, err));
    const Expectation *e = expectation_of(arena, p, &a->cells, &a->target);
    const Limits limits = {o->budget_s, o->workers, o->most_seeds, LEAST_SIZES, LEAST_LENGTHS};
    const Points *measured = rows ? rows : &NONE;
    if (rows) a->measured = expect(e, ARENA_ARRAY(arena, int, a->cells.n));
    a->grid = choose_grid(arena, e, &a->cells, measured, &limits);
    a->chosen = choose(arena, e, &a->cells, measured, &limits);
    if (a->chosen.n == 0)
        FAIL(
            err, E_FAILED,
            "%s: no %d sizes with %d lengths can be run in %.3g s on %d worker%s, and fewer do not "
            "show whether a law has the right form; give more time or smaller runs",
            o->choose, LEAST_SIZES, LEAST_LENGTHS, o->budget_s, o->workers,
            o->workers == 1 ? "" : "s");
    find_parts(arena, e, a);
    explain(arena, e, a);
    return OK;
}

/* ---- telling --------------------------------------------------------------------------------- */

static void put_expected(Sheet *s, const Expected *e) {
    sheet_number(s, "expected_error", e->error);
    sheet_number(s, "by_noise", e->by_noise);
    sheet_number(s, "by_form", e->by_form);
}

static void put_design(Sheet *s, const char *what, const ChosenRuns *d) {
    sheet_row(s, what);
    sheet_count(s, "runs", (uint64_t)d->n);
    sheet_number(s, "seconds", d->n ? d->seconds : NAN);
    const Expected none = {NAN, NAN, NAN};
    put_expected(s, d->n ? &d->expected : &none);
}

void choice_put(Sheet *s, const void *answer) {
    const ChoiceAnswer *a = answer;
    sheet_table(s, "target", '.', "the run to be foretold");
    sheet_size(s, "params", a->target.params);
    sheet_size(s, "tokens", a->target.tokens);
    sheet_number(s, "flops", a->target.flops);
    sheet_end(s);
    sheet_number(s, "budget_s", a->options->budget_s);
    sheet_number(s, "noise", a->possible->noise);
    sheet_number(s, "trunk_noise", a->possible->trunk);
    sheet_number(s, "drift", a->possible->drift);
    sheet_table(s, "design", '{', "the choice beside the best uniform grid (errors in ln loss)");
    put_design(s, "chosen", &a->chosen);
    put_design(s, "grid", &a->grid);
    sheet_end(s);
    sheet_table(s, "chosen", '[', "the runs to make");
    for (size_t i = 0; i < a->cells.n; i++) {
        if (a->chosen.runs[i] == 0) continue;
        sheet_row(s, NULL);
        sheet_text(s, "name", a->cells.rows[i].name);
        sheet_size(s, "params", a->cells.rows[i].at.params);
        sheet_size(s, "tokens", a->cells.rows[i].at.tokens);
        sheet_number(s, "seconds", a->cells.rows[i].seconds);
        sheet_count(s, "seeds", (uint64_t)a->chosen.runs[i]);
    }
    sheet_end(s);
    sheet_list(s, "explained", a->explained, a->n_explained);
}
