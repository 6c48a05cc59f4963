/* trainer.c: one optimizer step, split over lanes, never over threads. */
#include "train/trainer.h"

#include <math.h>

#include "base/limits.h"
#include "base/proc.h"
#include "base/stat.h"
#include "train/schedule.h"

int trainer_threads(int asked, int lanes) {
    int threads = asked > 0 ? asked : cpu_count();
    return threads < lanes ? threads : lanes;
}

uint64_t trainer_tail(uint64_t steps) {
    return steps / 10 * 9 + steps % 10 * 9 / 10;
}

/* A lane makes up to so many allocations, and aligning one of them costs up to so many bytes. */
enum { PIECES_A_LANE = 40, PADDING = 256 };

uint64_t trainer_bytes(const RunConfig *config, const Dims *d) {
    const uint64_t weights = params_size(d) * sizeof(real), lanes = (uint64_t)config->lanes;
    const uint64_t lane = lane_bytes(d, true) + PIECES_A_LANE * PADDING;
    const bool countable = 3 * (double)weights + (double)lanes * (double)lane < 0x1p63;
    return countable ? 3 * weights + lanes * lane : UINT64_MAX;
}

Status trainer_init(Trainer *t, Arena *arena, const RunConfig *config, const Corpus *corpus,
                    int threads, Err *err) {
    *t = (Trainer){.config = *config, .threads = trainer_threads(threads, config->lanes)};
    t->dims = run_config_dims(config, corpus_vocab(corpus));
    t->steps = run_config_steps(config);
    run_config_id(config, corpus_hash(corpus), t->id);
    arena_reserve(arena, trainer_bytes(config, &t->dims));
    TRY(batches_init(&t->batches, corpus, config->ctx, config->seed, err));
    TRY(model_init(&t->model, &t->dims, arena, err));
    params_init(&t->dims, t->model.storage, config->seed, run_config_init_embed(config));
    params_nudge(&t->dims, t->model.storage, config->perturb);
    t->lanes = ARENA_ARRAY(arena, Lane, (size_t)config->lanes);
    for (int i = 0; i < config->lanes; i++) lane_init(&t->lanes[i], &t->dims, true, arena);
    adamw_init(&t->adamw, config, &t->dims, t->model.cpu, arena);
    const size_t held = (size_t)(config->lanes * t->dims.B * t->dims.T);
    t->tokens = ARENA_ARRAY(arena, int, held);
    t->targets = ARENA_ARRAY(arena, int, held);
    const size_t loads = (size_t)(moe_layers(&t->dims) * t->dims.moe.E);
    t->routed.load = ARENA_ARRAY(arena, double, loads);
    t->pass.load = ARENA_ARRAY(arena, double, loads);
    return OK;
}

/* Do lane i's part of a step, one micro-batch after the other: its windows, forward, backward.
 * Return the sum of its losses. */
static double lane_step(Trainer *t, int i) {
    const int B = t->dims.B, T = t->dims.T, sequences = run_config_sequences(&t->config);
    const uint64_t first =
        (t->tally.step * (uint64_t)t->config.lanes + (uint64_t)i) * (uint64_t)sequences;
    const real weight = (real)(1.0 / (double)t->config.batch_tok);
    int *tokens = t->tokens + i * B * T, *targets = t->targets + i * B * T;
    double loss = 0;
    lane_clear(&t->lanes[i], &t->dims);
    for (int done = 0; done < sequences; done += B) {
        for (int b = 0; b < B; b++)
            batches_window(&t->batches, first + (uint64_t)(done + b), tokens + b * T,
                           targets + b * T);
        model_forward(&t->model, &t->lanes[i], tokens, PASS_TRAIN);
        loss +=
            model_backward(&t->model, &t->lanes[i], tokens, (Targets){.token = targets}, weight);
    }
    return loss;
}

static double batch_step(Trainer *t) {
    const int lanes = t->config.lanes;
    double losses[lanes];
    balance_clear(t->lanes, lanes, &t->dims);
#pragma omp parallel for num_threads(t->threads) schedule(static)
    for (int i = 0; i < lanes; i++) losses[i] = lane_step(t, i);
    return stat_sum(losses, (size_t)lanes) / (double)t->config.batch_tok;
}

/* Account for what a step routed: move the bias by the load of the batch, and add to the sums of
 * the log and of the run. */
static void account_routes(Trainer *t) {
    const Dims *d = &t->dims;
    if (!moe_layers(d)) return;
    router_tally_clear(&t->pass, d);
    balance_collect(&t->pass, t->lanes, t->config.lanes, d);
    balance_collect(&t->routed, t->lanes, t->config.lanes, d);
    balance_step(&t->model, &t->pass, t->config.bias_rate);
    t->tally.routed += t->pass.tokens;
    t->tally.dropped += t->pass.dropped;
}

TrainerStep trainer_step(Trainer *t) {
    const RunConfig *c = &t->config;
    TrainerTally *tally = &t->tally;
    TrainerStep r = {.loss = batch_step(t)};
    const double reduction_began = wall_seconds();
    r.grad_norm = adamw_reduce(&t->adamw, t->lanes, c->lanes, t->threads);
    t->reduction_s += wall_seconds() - reduction_began;
    r.lr = c->lr * schedule_at(c->schedule, tally->step, t->steps, c->warmup, c->decay);
    r.diverged = !isfinite(r.loss) || !isfinite(r.grad_norm) || r.loss > 3 * log(t->dims.V) + 1;
    if (r.diverged) return r;

    const bool clip = c->clip > 0 && r.grad_norm > c->clip;
    const double optimizer_began = wall_seconds();
    adamw_update(&t->adamw, t->model.storage, t->lanes[0].grad, tally->step + 1, r.lr,
                 clip ? c->clip / r.grad_norm : 1, t->threads);
    t->optimizer_s += wall_seconds() - optimizer_began;
    account_routes(t);
    tally->clipped += clip;
    if (tally->step >= trainer_tail(t->steps)) {
        tally->tail_loss += r.loss;
        tally->tail_n++;
    }
    tally->step++;
    return r;
}
