/* cost.c: what a run will take, before it begins. */
#include "train/cost.h"

#include "base/arena.h"
#include "base/proc.h"
#include "base/stat.h"
#include "train/trainer.h"

uint64_t cost_bytes(const RunConfig *config, int vocab) {
    const Dims d = run_config_dims(config, vocab);
    return trainer_bytes(config, &d);
}

enum { MEASURED_LANES = 6 };

static Status measure_speed(Arena *arena, const RunConfig *config, int vocab,
                            double *seconds_per_token, Err *err) {
    const Dims d = run_config_dims(config, vocab);
    Model model;
    Lane lane;
    AdamW adamw;
    TRY(model_init(&model, &d, arena, err));
    params_init(&d, model.storage, 1, 1);
    lane_init(&lane, &d, true, arena);
    adamw_init(&adamw, config, &d, model.cpu, arena);
    const size_t rows = (size_t)d.B * (size_t)d.T;
    int *tokens = ARENA_ARRAY(arena, int, rows);
    for (size_t i = 0; i < rows; i++) tokens[i] = (int)(i % (size_t)vocab);
    double lane_s[MEASURED_LANES];
    for (int i = 0; i < MEASURED_LANES; i++) {
        const double start = wall_seconds();
        model_forward(&model, &lane, tokens, PASS_TRAIN);
        model_backward(&model, &lane, tokens, (Targets){.token = tokens}, 1 / (real)rows);
        lane_s[i] = wall_seconds() - start;
    }
    const double start = wall_seconds();
    adamw_reduce(&adamw, &lane, 1, 1);
    adamw_update(&adamw, model.storage, lane.grad, 1, 0, 1, 1);
    const double update_s = wall_seconds() - start;
    // the first pass touches fresh memory; the median of the others is what a run sees
    const double passes = (double)config->batch_tok / (double)rows;
    const double per_batch = stat_median(lane_s + 1, MEASURED_LANES - 1) * passes + update_s;
    *seconds_per_token = per_batch / (double)config->batch_tok;
    return OK;
}

Status cost_seconds(const RunConfig *config, int vocab, double *seconds_per_token, Err *err) {
    TRY(run_config_check(config, err));
    Arena *arena = arena_open();
    const Status status = measure_speed(arena, config, vocab, seconds_per_token, err);
    arena_close(arena);
    return status;
}
