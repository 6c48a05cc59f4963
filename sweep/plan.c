/* plan.c: counts are exact, seconds are a few timed steps of this machine scaled by tokens. */
#include "sweep/plan.h"

#include <math.h>
#include <string.h>

#include "base/columns.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "base/proc.h"
#include "data/batch.h"
#include "train/cost.h"

static const double MEASURE_S = 2.0;

// --- counts and checks -------------------------------------------------------------------------

static Status check_corpus(const RunConfig *c, const Corpus *corpus, Err *err) {
    Batches batches;
    EvalWindows windows;
    TRY(batches_init(&batches, corpus, c->ctx, c->seed, err));
    return eval_windows_init(&windows, corpus, c->ctx, c->eval_tok, err);
}

static Status fill_row(PlanRow *row, const SpecRun *run, const Corpus *corpus, Err *err) {
    const RunConfig *c = &run->config;
    if (check_corpus(c, corpus, err) != OK) return err_prefix(err, "%s", run->where);
    const Dims dims = run_config_dims(c, corpus_vocab(corpus));
    const double tokens = (double)(run_config_steps(c) * c->batch_tok);
    *row = (PlanRow){
        .run = *run,
        .params = count_params(&dims),
        .tokens = tokens,
        .flops = tokens * count_train_flops_per_token(&dims),
        .seconds = NAN,
        .path = NAN,
        .bytes = cost_bytes(c, corpus_vocab(corpus)),
        .parent = PLAN_NO_PARENT,
    };
    return OK;
}

Status plan_make(Plan *p, Arena *arena, const Spec *spec, const Corpus *corpus, Err *err) {
    SpecRun *runs;
    *p = (Plan){0};
    TRY(spec_runs(spec, arena, corpus_vocab(corpus), corpus_hash(corpus), &runs, &p->n,
                  &p->n_merged, err));
    p->rows = ARENA_ARRAY(arena, PlanRow, p->n);
    for (size_t i = 0; i < p->n; i++) {
        TRY(fill_row(&p->rows[i], &runs[i], corpus, err));
        p->n_grid += !runs[i].hero;
        p->n_tuning += runs[i].tuning;
        p->most_epochs =
            fmax(p->most_epochs, p->rows[i].tokens / (double)corpus_train_tokens(corpus));
    }
    p->wants_trunks = spec->wants_trunks;
    if (!spec->scratch) plan_trunks_find(p, arena);
    return OK;
}

// --- memory ------------------------------------------------------------------------------------

static bool is_wanted(const bool *wanted, size_t i) {
    return !wanted || wanted[i];
}

static Status check_each(const Plan *p, const bool *wanted, Err *err) {
    const MemoryLimit limit = memory_limit();
    const PlanRow *largest = NULL;
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const PlanRow *r = &p->rows[i];
        if (!is_wanted(wanted, i) || r->bytes <= limit.bytes) continue;
        if (!largest || r->bytes > largest->bytes) largest = r;
        n++;
    }
    if (!largest) return OK;
    char bytes[32], most[32];
    bytes_to_text(bytes, (double)largest->bytes);
    bytes_to_text(most, (double)limit.bytes);
    if (n == 1)
        FAIL(err, E_FAILED, "run %s (d_model %d) takes %s of memory, and %s may be used (%s)",
             largest->run.id, largest->run.config.d_model, bytes, most, limit.name);
    FAIL(err, E_FAILED,
         "%zu runs take more memory than the %s that may be used (%s): run %s (d_model %d) takes "
         "%s",
         n, most, limit.name, largest->run.id, largest->run.config.d_model, bytes);
}

/* Check that the largest rows of from .. to-1 fit side by side: the driver starts the longest
 * first, which are the largest, or nearly so. */
static Status check_together(const Plan *p, Arena *arena, size_t from, size_t to,
                             const bool *wanted, int workers, Err *err) {
    const MemoryLimit limit = memory_limit_of_all("");
    bool *taken = ARENA_ARRAY(arena, bool, p->n);
    double sum = 0;
    int fit = 0, n = 0;
    for (; n < workers; n++) {
        size_t largest = to;
        for (size_t i = from; i < to; i++)
            if (!taken[i] && is_wanted(wanted, i) &&
                (largest == to || p->rows[i].bytes > p->rows[largest].bytes))
                largest = i;
        if (largest == to) break;
        taken[largest] = true;
        sum += (double)p->rows[largest].bytes;
        fit += sum <= (double)limit.bytes;
    }
    if (fit == n) return OK;
    char bytes[32], most[32];
    FAIL(err, E_FAILED,
         "%d runs side by side take %s of memory, and %s may be used (%s): --jobs %d would fit", n,
         bytes_to_text(bytes, sum), bytes_to_text(most, (double)limit.bytes), limit.name,
         fit > 1 ? fit : 1);
}

Status plan_check_memory(const Plan *p, Arena *arena, const bool *wanted, int workers, Err *err) {
    TRY(check_each(p, wanted, err));
    TRY(check_together(p, arena, 0, p->n_grid, wanted, workers, err));
    return check_together(p, arena, p->n_grid, p->n, wanted, workers, err);
}

// --- predicted seconds -------------------------------------------------------------------------

/* One of the distinct shapes of the plan: configs whose steps take equally long. */
typedef struct {
    const RunConfig *config;
    bool fits;        // its run fits into memory
    double log_work;  // ln FLOPs per token
    double log_speed; // ln seconds per FLOP; NaN: not measured
} Shape;

/* Speeds are comparable only among equal experts: the more of them, the slower equal FLOPs are
 * done. */
static bool same_experts(const RunConfig *a, const RunConfig *b) {
    return a->experts == b->experts && a->top_k == b->top_k && a->granularity == b->granularity &&
           a->shared == b->shared && a->moe_every == b->moe_every;
}

static bool same_shape(const RunConfig *a, const RunConfig *b) {
    return same_experts(a, b) && a->layers == b->layers && a->d_model == b->d_model &&
           a->d_head == b->d_head && a->d_ff == b->d_ff && a->ctx == b->ctx &&
           a->activation == b->activation && a->qk_norm == b->qk_norm && a->tied == b->tied &&
           a->batch_tok == b->batch_tok && a->lanes == b->lanes;
}

static Shape *find_shape(Shape *shapes, size_t n, const RunConfig *c) {
    for (size_t i = 0; i < n; i++)
        if (same_shape(shapes[i].config, c)) return &shapes[i];
    return NULL;
}

/* Choose the shape to measure next: the largest at first, then the one whose work is furthest from
 * that of any measured shape with its experts. NULL when none that fits into memory is left. */
static Shape *next_shape(Shape *shapes, size_t n) {
    Shape *best = NULL;
    double best_distance = -1;
    bool any = false;
    for (size_t i = 0; i < n; i++) any |= !isnan(shapes[i].log_speed);
    for (size_t i = 0; i < n; i++) {
        if (!shapes[i].fits || !isnan(shapes[i].log_speed)) continue;
        double distance = any ? INFINITY : shapes[i].log_work;
        for (size_t j = 0; j < n; j++)
            if (!isnan(shapes[j].log_speed) && same_experts(shapes[i].config, shapes[j].config))
                distance = fmin(distance, fabs(shapes[i].log_work - shapes[j].log_work));
        if (distance > best_distance) {
            best_distance = distance;
            best = &shapes[i];
        }
    }
    return best;
}

/* Interpolate ln (seconds per FLOP) in ln work between the nearest measured shapes on either side,
 * or take that of the nearest at an end; NaN when nothing was measured. Where a shape with these
 * experts was measured, only such shapes count. */
static double log_speed_at(const Shape *shapes, size_t n, const Shape *like) {
    const Shape *below = NULL, *above = NULL;
    bool alike = false;
    for (size_t i = 0; i < n; i++)
        alike |= !isnan(shapes[i].log_speed) && same_experts(shapes[i].config, like->config);
    for (size_t i = 0; i < n; i++) {
        const Shape *s = &shapes[i];
        if (isnan(s->log_speed) || (alike && !same_experts(s->config, like->config))) continue;
        if (s->log_work <= like->log_work && (!below || s->log_work > below->log_work)) below = s;
        if (s->log_work >= like->log_work && (!above || s->log_work < above->log_work)) above = s;
    }
    if (!below && !above) return NAN;
    if (!below || !above) return below ? below->log_speed : above->log_speed;
    if (above->log_work <= below->log_work) return below->log_speed;
    const double t = (like->log_work - below->log_work) / (above->log_work - below->log_work);
    return below->log_speed + t * (above->log_speed - below->log_speed);
}

Status plan_measure(Plan *p, Arena *arena, const bool *wanted, int vocab, Err *err) {
    Shape *shapes = ARENA_ARRAY(arena, Shape, p->n);
    const uint64_t most = memory_limit().bytes;
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const PlanRow *row = &p->rows[i];
        if (!is_wanted(wanted, i) || find_shape(shapes, n, &row->run.config)) continue;
        shapes[n++] = (Shape){.config = &row->run.config,
                              .fits = row->bytes <= most,
                              .log_work = log(row->flops / row->tokens),
                              .log_speed = NAN};
    }
    const double start = wall_seconds();
    for (Shape *s; (s = next_shape(shapes, n));) {
        double seconds_per_token;
        TRY(cost_seconds(s->config, vocab, &seconds_per_token, err));
        s->log_speed = log(seconds_per_token) - s->log_work;
        if (wall_seconds() - start > MEASURE_S) break;
    }
    for (size_t i = 0; i < p->n; i++) {
        PlanRow *row = &p->rows[i];
        if (wanted && !wanted[i]) continue;
        const Shape *own = find_shape(shapes, n, &row->run.config);
        const double log_speed =
            isnan(own->log_speed) ? log_speed_at(shapes, n, own) : own->log_speed;
        row->seconds = row->flops * exp(log_speed);
    }
    plan_trunks_paths(p);
    return OK;
}

void plan_keep_seconds(Plan *p, const Plan *old) {
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < old->n && isnan(p->rows[i].seconds); k++)
            if (same_shape(&p->rows[i].run.config, &old->rows[k].run.config))
                p->rows[i].seconds = old->rows[k].seconds * p->rows[i].flops / old->rows[k].flops;
    plan_trunks_paths(p);
}

// --- showing -----------------------------------------------------------------------------------

/* Return the id of the run whose trunk a row begins with, or `none`. */
static const char *parent_id(const Plan *p, const PlanRow *r, const char *none) {
    return r->parent == PLAN_NO_PARENT ? none : p->rows[r->parent].run.id;
}

void plan_warn(const Plan *p) {
    if (p->n_merged > 0)
        talk("%zu run%s of the spec equal others and are run once", p->n_merged,
             p->n_merged == 1 ? "" : "s");
    if (p->most_epochs > 1)
        talk("the longest run reads the corpus %.1f times: its loss mixes memory into the law",
             p->most_epochs);
    if (p->wants_trunks && plan_trunks_savings(p).branches == 0)
        talk("no two runs share a trunk: it takes runs that differ in tokens only, schedule wsd or "
             "constant, \"seeding\": \"trunk\" or \"shared\", and a warmup of 0 or in steps");
}

/* Say what the trunks save, if there are any. */
static void print_savings(const Plan *p, Arena *arena, int workers, FILE *out) {
    const TrunkSavings s = plan_trunks_savings(p);
    char all[16], trained[16], seconds[32];
    if (s.branches == 0) return;
    fprintf(out,
            "%zu runs begin with another's trunk: %s of %s tokens are trained on, %.1f %% saved; "
            "%.2e of %.2e FLOPs, %.1f %% saved\n",
            s.branches, count_to_text(trained, s.trained_tokens), count_to_text(all, s.tokens),
            100 * (1 - s.trained_tokens / s.tokens), s.trained_flops, s.flops,
            100 * (1 - s.trained_flops / s.flops));
    fprintf(out, "from scratch the grid would take %s\n",
            seconds_to_text(
                seconds, plan_trunks_scratch_seconds(p, arena, p->n_tuning, p->n_grid, workers)));
}

void plan_print(const Plan *p, Arena *arena, int workers, FILE *out) {
    const bool branches = plan_trunks_savings(p).branches > 0;
    Columns *c = columns_open(branches ? 11 : 10); // the last word of each row is for branches
    columns_row(c, "run", "role", "d_model", "lr", "seed", "N", "D", "FLOPs", "seconds", "memory",
                "branch of");
    uint64_t most = 0;
    double tokens = 0, flops = 0;
    for (size_t i = 0; i < p->n; i++) {
        const PlanRow *r = &p->rows[i];
        char n[16], d[16], lr[32], bytes[32], seconds[32];
        most = r->bytes > most ? r->bytes : most;
        tokens += r->tokens;
        flops += r->flops;
        columns_row(c, r->run.open ? "-" : r->run.id, spec_run_role(&r->run),
                    arena_printf(arena, "%d", r->run.config.d_model),
                    r->run.open ? "-" : real_to_text(lr, r->run.config.lr),
                    arena_printf(arena, "%llu", (unsigned long long)r->run.config.seed),
                    count_to_text(n, (double)r->params.total), count_to_text(d, r->tokens),
                    arena_printf(arena, "%.2e", r->flops),
                    seconds_to_text(seconds, plan_trunks_seconds(r)),
                    bytes_to_text(bytes, (double)r->bytes), parent_id(p, r, ""));
    }
    columns_print(c, out);
    columns_close(c);
    char d[16], tuning[32], grid[32], hero[32], bytes[32];
    fprintf(out, "\n%zu runs, %s tokens, %.2e FLOPs; largest worker %s\n", p->n,
            count_to_text(d, tokens), flops, bytes_to_text(bytes, (double)most));
    print_savings(p, arena, workers, out);
    fprintf(out, "predicted: ");
    if (p->n_tuning > 0)
        fprintf(out, "tuning %s, ",
                seconds_to_text(tuning, plan_seconds(p, arena, 0, p->n_tuning, NULL, workers)));
    fprintf(out, "grid %s on %d worker%s",
            seconds_to_text(grid, plan_seconds(p, arena, p->n_tuning, p->n_grid, NULL, workers)),
            workers, workers == 1 ? "" : "s");
    if (p->n > p->n_grid)
        fprintf(out, ", then the hero %s at most",
                seconds_to_text(hero, plan_seconds(p, arena, p->n_grid, p->n, NULL, workers)));
    fprintf(out, "\n");
}

void plan_to_json(const Plan *p, Arena *arena, int workers, JsonOut *out) {
    json_put_count(out, "workers", (uint64_t)workers);
    if (p->n_tuning > 0)
        json_put_number(out, "tuning_s", plan_seconds(p, arena, 0, p->n_tuning, NULL, workers));
    json_put_number(out, "grid_s", plan_seconds(p, arena, p->n_tuning, p->n_grid, NULL, workers));
    json_put_number(out, "hero_s", plan_seconds(p, arena, p->n_grid, p->n, NULL, workers));
    json_put_count(out, "memory_limit", memory_limit().bytes);
    const TrunkSavings s = plan_trunks_savings(p);
    json_put_number(out, "grid_from_scratch_s",
                    plan_trunks_scratch_seconds(p, arena, p->n_tuning, p->n_grid, workers));
    json_put_number(out, "tokens", s.tokens);
    json_put_number(out, "trained_tokens", s.trained_tokens);
    json_put_number(out, "flops", s.flops);
    json_put_number(out, "trained_flops", s.trained_flops);
    json_begin(out, "runs", '[');
    for (size_t i = 0; i < p->n; i++) {
        const PlanRow *r = &p->rows[i];
        json_begin(out, NULL, '{');
        json_put_string(out, "id", r->run.open ? NULL : r->run.id);
        json_put_string(out, "role", spec_run_role(&r->run));
        json_put_count(out, "params", r->params.total);
        json_put_number(out, "flops", r->flops);
        json_put_number(out, "predicted_s", plan_trunks_seconds(r));
        json_put_string(out, "branch_of", parent_id(p, r, NULL));
        json_put_number(out, "trained_tokens", plan_trunks_tokens(r));
        json_put_count(out, "bytes", r->bytes);
        fields_to_json(&RUN_FIELDS, &r->run.config, out);
        json_end(out);
    }
    json_end(out);
}
