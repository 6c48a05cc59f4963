/* planner_cells.c: from the smallest run of a spec up to the target. */
#include "sweep/planner_cells.h"

#include <math.h>
#include <string.h>

#include "base/claim.h"
#include "base/limits.h"
#include "base/numbers.h"
#include "sweep/spec_json.h"
#include "train/branch.h"

/* ---- the ladder ------------------------------------------------------------------------------ */

/* Check that runs of the grid differ from the base in what a planner chooses and nothing else. */
static Status check_grid(const Spec *spec, const Plan *plan, Err *err) {
    RunConfig base = spec->base;
    for (size_t i = 0; i < plan->n_grid; i++) {
        RunConfig c = plan->rows[i].run.config;
        c.d_model = base.d_model, c.tokens = base.tokens, c.seed = base.seed;
        if (spec_fields_hash(&RUN_FIELDS, &c) != spec_fields_hash(&RUN_FIELDS, &base))
            FAIL(err, E_USAGE,
                 "%s: --budget chooses d_model, tokens and seeds; what else a run is belongs into "
                 "\"base\", for run %s",
                 spec->path, plan->rows[i].run.where);
    }
    return OK;
}

static Ladder make_ladder(const Spec *spec, const Plan *plan, const Corpus *corpus,
                          const PlannerTarget *target, int vocab) {
    static const double WIDER = 1.3;
    int width = plan->rows[0].run.config.d_model;
    uint64_t tokens = plan->rows[0].run.config.tokens;
    Ladder out = {.n_widths = 0};
    for (size_t i = 1; i < plan->n_grid; i++) {
        const RunConfig *c = &plan->rows[i].run.config;
        if (c->d_model < width) width = c->d_model;
        if (c->tokens < tokens) tokens = c->tokens;
    }
    for (; out.n_lengths < LADDER_MOST; tokens *= 2) {
        const double n = (double)tokens;
        if (n > target->tokens || n > (double)corpus_train_tokens(corpus)) break;
        out.tokens[out.n_lengths++] = tokens;
    }
    while (out.n_widths < LADDER_MOST) {
        RunConfig c = spec->base;
        c.d_model = width;
        const Dims dims = run_config_dims(&c, vocab);
        const double flops = count_train_flops_per_token(&dims) * (double)out.tokens[0];
        if ((target->d_model > 0 && width > target->d_model) || flops > target->flops) break;
        out.d_model[out.n_widths++] = width;
        const int steps = (int)ceil(WIDER * width / c.d_head - 1e-9);
        width = c.d_head * (steps * c.d_head > width ? steps : width / c.d_head + 1);
    }
    return out;
}

/* ---- costs ----------------------------------------------------------------------------------- */

double planner_cells_seconds(const PlanRow *r) {
    static const double FORWARD = 1.0 / 3; // of a training token
    static const double START = 0.1;       // seconds until a worker trains
    return START + r->seconds * (1 + FORWARD * (double)r->run.config.eval_tok / r->tokens);
}

static bool may_be_chosen(const PlanRow *r, const PlannerTarget *target, double budget_s) {
    const bool below = (target->d_model == 0 || r->run.config.d_model <= target->d_model) &&
                       !(r->tokens > target->tokens) && r->flops < target->flops;
    return below && r->bytes <= memory_limit().bytes && planner_cells_seconds(r) <= budget_s;
}

static Status measure(PlannerCells *c, Arena *arena, const Corpus *corpus,
                      const PlannerTarget *target, double budget_s, Err *err) {
    size_t n = 0;
    c->within = ARENA_ARRAY(arena, bool, c->plan.n);
    c->name = ARENA_ARRAY(arena, const char *, c->plan.n);
    TRY(plan_measure(&c->plan, arena, NULL, corpus_vocab(corpus), err));
    for (size_t i = 0; i < c->plan.n; i++) {
        const PlanRow *r = &c->plan.rows[i];
        char tokens[16];
        c->within[i] = may_be_chosen(r, target, budget_s);
        c->name[i] = arena_printf(arena, "d_model %d, %s tokens", r->run.config.d_model,
                                  count_to_text(tokens, (double)r->run.config.tokens));
        n += c->within[i];
    }
    char seconds[32];
    if (n == 0)
        FAIL(err, E_FAILED, "no run from the smallest of the spec up to the target ends in %s",
             seconds_to_text(seconds, budget_s));
    return OK;
}

Status planner_cells_make(PlannerCells *out, Arena *arena, const Spec *spec, const Plan *plan,
                          const Corpus *corpus, const PlannerTarget *target, double budget_s,
                          Err *err) {
    *out = (PlannerCells){.name = NULL};
    TRY(check_grid(spec, plan, err));
    const Ladder ladder = make_ladder(spec, plan, corpus, target, corpus_vocab(corpus));
    if (ladder.n_widths < 3 || ladder.n_lengths < 3)
        FAIL(err, E_USAGE,
             "%s: from its smallest run to what is to be foretold there are %d sizes and %d "
             "lengths, and a law takes 3 of each; begin with smaller runs, or foretell a larger "
             "one%s",
             spec->path, ladder.n_widths, ladder.n_lengths,
             ladder.n_lengths < 3 ? " from a larger corpus" : "");
    const Bytes text = planner_spec_all(spec, arena, &ladder);
    TRY(spec_open_text(&out->spec, arena, arena_printf(arena, "%s (candidates)", spec->path), text,
                       err));
    TRY(plan_make(&out->plan, arena, &out->spec, corpus, err));
    return measure(out, arena, corpus, target, budget_s, err);
}

void planner_cells_close(PlannerCells *c) {
    spec_close(&c->spec);
}

/* ---- the table ------------------------------------------------------------------------------- */

/* Return whether a row shares a trunk with others. */
static bool has_trunk(const PlanRow *r) {
    return r->keeps || r->parent != PLAN_NO_PARENT;
}

static double shared_seconds(const PlanRow *r) {
    const RunConfig *c = &r->run.config;
    return has_trunk(r) ? r->seconds * (double)branch_step(c) / (double)run_config_steps(c) : 0;
}

Status planner_cells_write(const PlannerCells *c, const char *path, Err *err) {
    static const char HEAD[] = "name,params,tokens,flops,seconds,trunk,shared_s\n";
    static const FileMark CANDIDATES = {HEAD, 0, "a table of candidates", "another --out"};
    char flops[32], seconds[32], shared[32];
    Text t = {0};
    TRY(claim_file(path, &CANDIDATES, err));
    text_add(&t, "%s", HEAD);
    for (size_t i = 0; i < c->plan.n; i++) {
        const PlanRow *r = &c->plan.rows[i];
        if (!c->within[i]) continue;
        text_add_csv(&t, c->name[i]);
        text_add(&t, ",%llu,%.0f,%s,%s,%s,%s\n", (unsigned long long)r->params.total, r->tokens,
                 real_to_text(flops, r->flops), real_to_text(seconds, planner_cells_seconds(r)),
                 has_trunk(r) ? r->run.trunk : "", real_to_text(shared, shared_seconds(r)));
    }
    const Status status = file_write(path, t.s, t.size, err);
    text_close(&t);
    return status;
}
