/* decoding.c: see decoding.h for what is measured. */
#include "train/bench/decoding.h"

#include "base/arena.h"
#include "base/proc.h"
#include "model/decode.h"

/* Give row i of n the first i / n of the context, at least one token. */
static void start_rows(Decode *s, Arena *arena) {
    int *tokens = ARENA_ARRAY(arena, int, (size_t)s->rows *(size_t)s->T);
    int *count = ARENA_ARRAY(arena, int, s->rows);
    for (int row = 0; row < s->rows; row++) {
        const int share = (int)((int64_t)row * s->T / s->rows);
        count[row] = share > 0 ? share : 1;
    }
    decode_feed(s, tokens, count);
}

/* Restart each row that was full, from one token. */
static void restart_ended(Decode *s, int *count) {
    static const int FIRST = 0;
    for (int row = 0; row < s->rows; row++) {
        if (!s->ended[row]) continue;
        decode_restart(s, row);
        count[row] = 1;
        decode_feed(s, &FIRST, count);
        count[row] = 0;
    }
}

static double tokens_per_second(Decode *s, double seconds, Arena *arena) {
    int *tokens = ARENA_ARRAY(arena, int, s->rows), *count = ARENA_ARRAY(arena, int, s->rows);
    const double began = wall_seconds();
    double done = 0, spent;
    do {
        for (int row = 0; row < s->rows; row++) tokens[row] = decode_choose(s, row, 1, 0.5);
        done += decode_step(s, tokens);
        restart_ended(s, count);
        spent = wall_seconds() - began;
    } while (spent < seconds);
    return done / spent;
}

static Status measure(const RunConfig *config, int vocab, double seconds, Arena *arena,
                      double *tok_per_s, Err *err) {
    const Dims d = run_config_dims(config, vocab);
    Model model;
    Decode s;
    TRY(model_init(&model, &d, arena, err));
    params_init(&d, model.storage, config->seed, run_config_init_embed(config));
    decode_open(&s, &model, (int)(config->batch_tok / (uint64_t)config->ctx), arena);
    start_rows(&s, arena);
    *tok_per_s = tokens_per_second(&s, seconds, arena);
    return OK;
}

Status decoding_measure(const RunConfig *config, int vocab, double seconds, double *tok_per_s,
                        Err *err) {
    Arena *arena = arena_open();
    const Status status = measure(config, vocab, seconds, arena, tok_per_s, err);
    arena_close(arena);
    return status;
}
