/* approaches.c: three approaches side by side, and the tables that two of them read off. */
#include "analysis/questions/approaches.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/fit_points.h"
#include "analysis/laws/envelope.h"
#include "analysis/questions/study.h"
#include "base/sheet.h"

static void take(const Fit *fit, double flops, Approach *out) {
    out->a = fit->split.a;
    out->params = fit_optimum(fit, flops).params;
}

/* Add a row for every way of reading this law off the points. The last way of each law is a
 * known-bad one: its row is shown as a trap and does not vote. */
static void read_off(Arena *arena, const Law *law, const Fit *like, const FitOptions *options,
                     Approaches *all) {
    for (int i = 0; law->hows[i]; i++) {
        const bool trap = !law->hows[i + 1];
        Approach *row = &all->rows[all->n++];
        FitOptions o = *options;
        Fit fit;
        Err err = {0};
        o.law = law->name, o.how = law->hows[i];
        o.fix = o.bound = NULL; // they name coefficients of another law
        *row = (Approach){
            .name = arena_printf(arena, "%s, %s%s", law->name, o.how, trap ? " (a trap)" : "")};
        if (fit_points(arena, like->points, NULL, &o, &fit, &err) == OK)
            take(&fit, all->flops, row);
        else
            row->why = arena_strdup(arena, err.message),
            row->a = row->params = (Interval){NAN, NAN, NAN};
    }
}

/* Return a sentence with the smallest and the largest a among the rows that are no traps, and
 * whether all their intervals share a value. */
static const char *compare(Arena *arena, const Approaches *all) {
    const Approach *least = NULL, *most = NULL;
    double lo = -INFINITY, hi = INFINITY;
    for (int i = 0; i < all->n; i++) {
        const Approach *r = &all->rows[i];
        if (isnan(r->a.value) || strstr(r->name, "(a trap)")) continue;
        /* This law sets alpha = beta, so a is not found from the data. */
        if (r->a.lo == r->a.hi) continue;
        if (!least || r->a.value < least->a.value) least = r;
        if (!most || r->a.value > most->a.value) most = r;
        lo = fmax(lo, r->a.lo); // fmax and fmin ignore a NaN
        hi = fmin(hi, r->a.hi);
    }
    if (least == most) return "there are no two approaches to compare on these points.";
    return arena_printf(arena, "traps aside, a is %.3g (%s) to %.3g (%s); %s.", least->a.value,
                        least->name, most->a.value, most->name,
                        !isfinite(lo) ? "without intervals it cannot be judged whether they agree"
                        : lo <= hi    ? "all intervals share some value, so they do not contradict "
                                        "each other"
                                      : "their intervals share no value: some of them are misled");
}

const Approaches *approaches_of(Arena *arena, const Fit *fit, const Comparison *comparison,
                                const FitOptions *options) {
    Approaches *all = ARENA_NEW(arena, Approaches);
    for (size_t i = 0; i < fit->points->n; i++)
        all->flops = fmax(all->flops, fit->points->rows[i].flops);
    for (LawApproach a = APPROACH_ENVELOPE; a <= APPROACH_ISOFLOP; a++)
        for (size_t i = 0; LAWS[i]; i++)
            if (LAWS[i]->approach == a) read_off(arena, LAWS[i], fit, options, all);
    for (size_t i = 0; i < comparison->n && all->n < MAX_APPROACHES; i++) {
        const Fit *f = &comparison->rivals[i].fit;
        if (isnan(f->split.a.value) || f->law->experts) continue;
        all->rows[all->n] = (Approach){.name = f->law->name};
        take(f, all->flops, &all->rows[all->n++]);
    }
    all->says = compare(arena, all);
    return all;
}

// ---- tables -------------------------------------------------------------------------------------

static void put_approaches(Sheet *s, const Approaches *all) {
    if (!all) {
        sheet_missing(s, "approaches");
        return;
    }
    sheet_table(s, "approaches", '[',
                "which size is best: N* ~ C^a by each approach, and N* at the largest compute run");
    for (int i = 0; i < all->n; i++) {
        const Approach *r = &all->rows[i];
        sheet_row(s, NULL);
        sheet_text(s, "approach", r->name);
        sheet_interval(s, "a", r->a);
        sheet_size_interval(s, "params", r->params);
        sheet_text(s, "why", r->why);
    }
    sheet_end(s);
    sheet_number(s, "approaches_flops", all->flops);
    sheet_text(s, "approaches_say", all->says);
}

static void put_isoflop(Sheet *s, const IsoFlops *iso) {
    if (sheet_for_people(s) && iso->n == 0) return;
    sheet_table(s, "isoflop", '[', "IsoFLOP optima: budgets at which three sizes or more were run");
    for (size_t i = 0; i < iso->n; i++) {
        sheet_row(s, NULL);
        sheet_number(s, "flops", iso->rows[i].flops);
        sheet_size(s, "params", iso->rows[i].params);
        sheet_number(s, "loss", iso->rows[i].loss);
        sheet_count(s, "sizes", (uint64_t)iso->rows[i].n_points);
        sheet_bool(s, "bracketed", iso->rows[i].bracketed);
    }
    sheet_end(s);
    sheet_text(s, "isoflop_optimum", iso->how);
    sheet_number(s, "isoflop_exponent", iso->exponent);
}

static void put_envelope(Sheet *s, const Envelope *e) {
    sheet_table(s, "envelope", '[', "lower envelope: the best size, and between which FLOPs");
    for (size_t i = 0; i < e->n; i++) {
        sheet_row(s, NULL);
        sheet_size(s, "params", e->rows[i].params);
        sheet_number(s, "from", e->rows[i].from);
        sheet_number(s, "to", e->rows[i].to);
        sheet_bool(s, "whole", e->rows[i].whole);
    }
    sheet_end(s);
}

static Status ask(Arena *arena, const Study *study, const void *options, const void **answer,
                  Err *err) {
    (void)options, (void)err;
    if (study->comparison)
        *answer = approaches_of(arena, &study->fit, study->comparison, &study->options->fit);
    return OK;
}

static void put(Sheet *s, const Study *study, const void *answer) {
    const Fit *fit = &study->fit;
    Arena *scratch = arena_open();
    const IsoFlops iso = fit_isoflop(scratch, fit);
    put_approaches(s, answer);
    put_isoflop(s, &iso);
    if (fit->law->approach == APPROACH_ENVELOPE) {
        const Envelope e = envelope_of(scratch, fit->points, NULL, fit->problem->how);
        put_envelope(s, &e);
    } else
        sheet_missing(s, "envelope");
    arena_close(scratch);
}

const Question APPROACHES_QUESTION = {.ask = ask, .put = put};
