/* returns_print.c: writes diminishing returns and deadweight to a sheet. */
#include <math.h>

#include "analysis/questions/returns.h"
#include "base/numbers.h"
#include "base/sheet.h"

/* JSON keys and printed words of each kind of table. */
typedef struct {
    const char *x, *key[2], *per_unit, *per_millinat, *halve, *what;
} Names;
static const Names NAMES[RETURNS_KINDS] = {
    {"flops",
     {"returns_2x", "returns_10x"},
     "nat_per_flop",
     "flop_per_millinat",
     "doublings_to_halve",
     "compute"},
    {"params",
     {"returns_params_2x", "returns_params_10x"},
     "nat_per_param",
     "param_per_millinat",
     "doublings_to_halve_params",
     "parameters"},
    {"tokens",
     {"returns_tokens_2x", "returns_tokens_10x"},
     "nat_per_token",
     "token_per_millinat",
     "doublings_to_halve_tokens",
     "tokens"},
};

static bool told(Interval v) {
    return isfinite(v.value);
}

/* Put an interval. Only machines get it when the column is empty, which the caller knows from the
 * last row: it has every cell that any row has. */
static void put_known(Sheet *s, const char *key, Interval v, bool known) {
    if (!sheet_for_people(s) || known) sheet_interval(s, key, v);
}

static void put_row(Sheet *s, const Returns *t, size_t i) {
    const ReturnsRow *row = &t->rows[i], *sample = &t->rows[t->n - 1];
    const Names *names = &NAMES[t->of];
    sheet_row(s, NULL);
    if (t->of == RETURNS_FLOPS)
        sheet_number(s, "flops", row->x);
    else
        sheet_size(s, names->x, row->x);
    sheet_text(s, "range", row->measured ? "measured" : "extrapolated");
    sheet_interval(s, "loss", row->loss);
    sheet_interval(s, "gain", row->gain);
    sheet_interval(s, "removed_so_far", row->removed_so_far);
    if (t->of == RETURNS_FLOPS && (!sheet_for_people(s) || told(sample->params))) {
        sheet_size_interval(s, "params", row->params);
        sheet_size_interval(s, "tokens", row->tokens);
    }
    sheet_interval(s, "removed", row->removed);
    sheet_interval(s, "elasticity", row->elasticity);
    sheet_interval(s, names->per_unit, row->nat_per_unit);
    if (t->of == RETURNS_FLOPS) {
        sheet_interval(s, names->per_millinat, row->unit_per_millinat);
    } else {
        sheet_size_interval(s, names->per_millinat, row->unit_per_millinat);
        sheet_number(s, "flops", row->flops);
        sheet_interval(s, "flop_per_millinat", row->flop_per_millinat);
        put_known(s, "worth_in_compute", row->worth, told(sample->worth));
    }
    if (!sheet_for_people(s) || isfinite(sample->cpu_s)) sheet_number(s, "cpu_s", row->cpu_s);
    put_known(s, "cpu_s_per_millinat", row->cpu_s_per_millinat, told(sample->cpu_s_per_millinat));
    put_known(s, "price_per_millinat", row->price_per_millinat, told(sample->price_per_millinat));
    put_known(s, "joule_per_millinat", row->joule_per_millinat, told(sample->joule_per_millinat));
}

static void put_table(Sheet *s, const Returns *t, const char *key) {
    if (t->n == 0) {
        sheet_missing(s, key);
        return;
    }
    char where[64] = "along the frontier", at[16], title[200];
    if (t->of == RETURNS_FLOPS && !t->frontier)
        snprintf(where, sizeof where, "by this law of compute alone");
    else if (t->of != RETURNS_FLOPS)
        snprintf(where, sizeof where, "at %s %s", count_to_text(at, t->at),
                 t->of == RETURNS_PARAMS ? "tokens" : "parameters");
    snprintf(title, sizeof title, "diminishing returns %s, per %s of %s%s", where,
             t->factor < 4 ? "doubling" : "10x", NAMES[t->of].what,
             t->foretold ? "; where extrapolated, loss and gain are the forecast's" : "");
    sheet_table(s, key, '[', title);
    for (size_t i = 0; i < t->n; i++) put_row(s, t, i);
    sheet_end(s);
}

static void put_deadweight(Sheet *s, const ReturnsDeadweights *d) {
    if (d->n == 0) {
        sheet_missing(s, "deadweight");
        sheet_missing(s, "deadweight_share");
        return;
    }
    sheet_table(s, "deadweight", '[',
                "compute beside what the frontier needs for the same loss, by the law");
    for (size_t i = 0; i < d->n; i++) {
        const ReturnsDeadweight *row = &d->rows[i];
        sheet_row(s, NULL);
        sheet_size(s, "params", row->run->params);
        sheet_size(s, "tokens", row->run->tokens);
        sheet_count(s, "runs", row->runs);
        sheet_number(s, "flops", row->flops);
        sheet_interval(s, "needed", row->needed);
        sheet_interval(s, "wasted", row->wasted);
        sheet_interval(s, "ratio", row->ratio);
        sheet_size_interval(s, "best_params", row->best_params);
    }
    sheet_end(s);
    sheet_interval(s, "deadweight_share", d->wasted_share);
}

static void put_rate(Sheet *s, const ReturnsSet *r) {
    if (r->rate.n == 0) {
        sheet_missing(s, "cpu_rate");
        return;
    }
    sheet_table(s, "cpu_rate", '.', "CPU seconds of these points: rate C^power");
    sheet_count(s, "n_rows", r->rate.n);
    sheet_number(s, "rate", exp(r->rate.ln_rate));
    sheet_number(s, "power", r->rate.power);
    sheet_number(s, "price_per_cpu_hour", r->price > 0 ? r->price : NAN);
    sheet_number(s, "watts", r->watts > 0 ? r->watts : NAN);
    sheet_end(s);
}

void returns_put(Sheet *s, const ReturnsSet *r) {
    static const ReturnsSet NOTHING;
    if (!r) r = &NOTHING;
    put_rate(s, r);
    for (ReturnsOf of = 0; of < RETURNS_KINDS; of++) {
        const Returns *by = r->tables[of];
        for (int k = 0; k < 2; k++) put_table(s, &by[k], NAMES[of].key[k]);
        if (by[0].n)
            sheet_interval(s, NAMES[of].halve, by[0].doublings_to_halve);
        else
            sheet_missing(s, NAMES[of].halve);
    }
    put_deadweight(s, &r->deadweight);
}
