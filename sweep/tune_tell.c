/* tune_tell.c: see tune_tell.h. */
#include "sweep/tune_tell.h"

#include <math.h>
#include <string.h>

#include "base/columns.h"
#include "base/numbers.h"
#include "sweep/tune_ledger.h"

static bool varies(const Tune *t, double (*of)(const TuneCurve *)) {
    for (size_t i = 1; i < t->n_cells; i++)
        if (of(&t->cells[i].curve) != of(&t->cells[0].curve)) return true;
    return false;
}

static double params_of(const TuneCurve *c) {
    return c->params;
}
static double tokens_of(const TuneCurve *c) {
    return c->tokens;
}
static double batch_of(const TuneCurve *c) {
    return c->batch;
}

/* Write " (D / 500k)^-0.12", and that the power is presumed where all cells have one value. */
static const char *term(const Tune *t, Arena *arena, const char *letter, double at, double power,
                        double (*of)(const TuneCurve *)) {
    char text[16];
    if (fabs(power) < 5e-7 && !varies(t, of)) return "";
    return arena_printf(arena, " (%s / %s)^%.2f%s", letter, count_to_text(text, at), power,
                        varies(t, of) ? "" : " [presumed]");
}

const char *tune_rule_text(const Tune *t, Arena *arena) {
    const TuneRule *r = &t->rule, *b = &t->batch_rule;
    const char *text = arena_printf(arena, "lr = %.3g%s%s%s", exp(r->coef[0]),
                                    term(t, arena, "D", r->tokens, r->coef[1], tokens_of),
                                    term(t, arena, "N", r->params, r->coef[2], params_of),
                                    term(t, arena, "batch", r->batch, r->coef[3], batch_of));
    if (!(b->batch > 0)) return text;
    return arena_printf(arena, "%s; batch = %.0f tokens%s%s", text, exp(b->coef[0]),
                        term(t, arena, "D", b->tokens, b->coef[1], tokens_of),
                        term(t, arena, "N", b->params, b->coef[2], params_of));
}

/* What tuning costs, and what all of the plan does. */
typedef struct {
    double tokens, flops, all_tokens, all_flops;
} Cost;

static Cost cost_of(const Plan *p) {
    Cost c = {0};
    for (size_t i = 0; i < p->n; i++) {
        const PlanRow *r = &p->rows[i];
        const double tokens = plan_trunks_tokens(r), flops = r->flops * tokens / r->tokens;
        c.all_tokens += tokens;
        c.all_flops += flops;
        if (i >= p->n_tuning) continue;
        c.tokens += tokens;
        c.flops += flops;
    }
    return c;
}

/* Return the most that one rate for all lengths of a trunk costs any run, in percent of its loss;
 * *row is that run. 0 where each run has the rate of its own length. */
static double most_percent_off(const Tune *t, const Plan *p, const PlanRow **row) {
    double most = 0;
    for (size_t i = p->n_tuning; i < p->n; i++) {
        const PlanRow *r = &p->rows[i];
        if (!r->run.tuned || r->run.open) continue;
        const double own = tune_rule_ln(&t->rule, (double)r->params.total, r->tokens,
                                        (double)r->run.config.batch_tok);
        const double off = fabs(log(r->run.config.lr) - own);
        const double percent = 100 * tune_rule_excess(&t->rule, off);
        if (off < 0.1 || !(percent > most)) continue; // less is rounding
        most = percent;
        *row = r;
    }
    return most;
}

/* Find the run at which the rule is least certain. */
static const PlanRow *least_certain(const Tune *t, const Plan *p, double *sd) {
    const PlanRow *row = NULL;
    *sd = 0;
    for (size_t i = p->n_tuning; i < p->n; i++) {
        const PlanRow *r = &p->rows[i];
        const double own = tune_rule_sd(&t->rule, (double)r->params.total, r->tokens,
                                        (double)r->run.config.batch_tok);
        if (!r->run.tuned || r->run.open || !(own > *sd)) continue;
        *sd = own;
        row = r;
    }
    return row;
}

static void print_cells(const Tune *t, Arena *arena, FILE *out) {
    Columns *c = columns_open(7);
    columns_row(c, "tuned at", "D", "batch", "rates", "from", "to", "best");
    for (size_t i = 0; i < t->n_cells; i++) {
        const TuneCell *cell = &t->cells[i];
        const TuneCurve *v = &cell->curve;
        char tokens[16], batch[16];
        columns_row(c, arena_printf(arena, "d_model %d", cell->config.d_model),
                    count_to_text(tokens, v->tokens), count_to_text(batch, v->batch),
                    arena_printf(arena, "%zu", v->n),
                    v->n ? arena_printf(arena, "%.3g", v->lr[0]) : "",
                    v->n ? arena_printf(arena, "%.3g", v->lr[v->n - 1]) : "",
                    cell->settled ? arena_printf(arena, "%.3g", exp(v->ln_lr)) : "");
    }
    columns_print(c, out);
    columns_close(c);
}

static void print_rule(const Tune *t, const Plan *p, Arena *arena, FILE *out) {
    const PlanRow *trunk = NULL;
    double sd;
    char tokens[16];
    fprintf(out, "rule: %s\n", tune_rule_text(t, arena));
    const PlanRow *far = least_certain(t, p, &sd);
    if (far)
        fprintf(
            out,
            "least certain at d_model %d, %s tokens: by a factor of %.2g, expected to cost %.2g "
            "%% of the loss\n",
            far->run.config.d_model, count_to_text(tokens, far->tokens), exp(sd),
            100 * tune_rule_excess(&t->rule, sd));
    const double most = most_percent_off(t, p, &trunk);
    if (trunk)
        fprintf(out,
                "runs of a trunk share a rate: at most %.2g %% of the loss, at d_model %d, %s "
                "tokens\n",
                most, trunk->run.config.d_model, count_to_text(tokens, trunk->tokens));
    if (t->doubt) fprintf(out, "%s\n", t->doubt);
    if (t->check.ended && t->check_doubt) fprintf(out, "%s\n", t->check_doubt);
}

void tune_print(const Tune *t, const Spec *spec, const Plan *p, Arena *arena, FILE *out) {
    const Cost c = cost_of(p);
    char tokens[16];
    if (!spec->tune.at) return;
    fprintf(out, "\ntuning: %zu runs, %s tokens, %.2e FLOPs: %.1f %% of all%s\n", p->n_tuning,
            count_to_text(tokens, c.tokens), c.flops, 100 * c.flops / c.all_flops,
            t->has_check ? ", two of them to check the rule" : "");
    if (!t->ruled)
        fprintf(out,
                "while the best rate of a curve is the lowest or highest tried, one more is tried, "
                "up to "
                "%d each way%s\n",
                spec->tune.extend, spec->tune.batch ? "; batches likewise" : "");
    if (!t->has_check && spec->tune.check > 0)
        fprintf(out,
                "no check of the rule: two runs of the cheapest cell of the grid cost more than "
                "%.3g %% of it\n",
                100 * spec->tune.check);
    print_cells(t, arena, out);
    if (t->ruled) print_rule(t, p, arena, out);
}

void tune_plan_to_json(const Tune *t, const Plan *p, JsonOut *out) {
    const Cost c = cost_of(p);
    const PlanRow *trunk = NULL;
    double sd;
    json_begin(out, "tune", '{');
    json_put_count(out, "runs", p->n_tuning);
    json_put_number(out, "tokens", c.tokens);
    json_put_number(out, "flops", c.flops);
    json_put_number(out, "share_of_flops", c.flops / c.all_flops);
    tune_to_json(t, out);
    if (t->ruled) {
        const PlanRow *far = least_certain(t, p, &sd);
        json_put_number(out, "most_ln_lr_sd", far ? sd : NAN);
        json_put_number(out, "most_percent_of_trunks", most_percent_off(t, p, &trunk));
    }
    if (t->check.ended) {
        json_begin(out, "check", '{');
        tune_check_to_json(t, out);
        json_end(out);
    }
    json_end(out);
}

const char *tune_phase(const Tune *t, Arena *arena) {
    if (t->n_cells == 0 || t->ruled) return NULL;
    return arena_printf(arena, "tuning: %zu of %zu curves settled", t->n_settled, t->n_cells);
}
