/* decode.c: tokens gather until a pass is full or the caller has no more. Then they go through the
 * net together, one row each, whatever sequences they belong to. */
#include "model/decode.h"

#include <math.h>
#include <string.h>

enum { PASS_TOKENS = 256 }; // tokens of prompts that go through the net at once

static void cache_init(KvCache *cache, const Dims *d, int rows, Arena *arena) {
    *cache =
        (KvCache){.S = rows, .columns = attention_padded(d->T), .width = attention_padded(d->D)};
    const size_t heads = (size_t)d->L * (size_t)rows * (size_t)d->H, T = (size_t)cache->columns;
    cache->k = ARENA_ARRAY(arena, real, heads * (size_t)d->D * T);
    cache->v = ARENA_ARRAY(arena, real, heads * T * (size_t)cache->width);
    cache->scratch = ARENA_ARRAY(arena, real, kv_scratch(cache, d->D));
}

void decode_open(Decode *s, const Model *m, int rows, Arena *arena) {
    MUST(rows > 0);
    *s = (Decode){.rows = rows, .T = m->d.T, .stop = -1, .pass = *m};
    s->pass_rows = rows > PASS_TOKENS ? rows : PASS_TOKENS;
    s->pass.d.B = 1, s->pass.d.T = s->pass_rows;
    lane_init(&s->lane, &s->pass.d, false, arena);
    cache_init(&s->cache, &m->d, rows, arena);
    s->length = ARENA_ARRAY(arena, int, rows);
    s->ended = ARENA_ARRAY(arena, bool, rows);
    s->token = ARENA_ARRAY(arena, int, s->pass_rows);
    s->sequence = ARENA_ARRAY(arena, int, s->pass_rows);
    s->position = ARENA_ARRAY(arena, int, s->pass_rows);
    s->logits = ARENA_ARRAY(arena, real, (size_t)rows * (size_t)m->d.V);
    s->fresh = ARENA_ARRAY(arena, real, (size_t)rows * (size_t)m->d.V);
}

void decode_restart(Decode *s, int row) {
    s->length[row] = 0;
    s->ended[row] = false;
}

/* Compute the logits of each sequence's last token among the n tokens of this pass. */
static void last_logits(Decode *s, int n) {
    const size_t C = (size_t)s->pass.d.C, V = (size_t)s->pass.d.V;
    real *normf = s->lane.acts.normf;
    int lasts = 0;
    for (int i = 0; i < n; i++) {
        if (i + 1 < n && s->sequence[i + 1] == s->sequence[i]) continue;
        memmove(normf + (size_t)lasts * C, normf + (size_t)i * C, C * sizeof *normf);
        s->sequence[lasts++] = s->sequence[i];
    }
    model_logits(&s->pass, &s->lane, 0, lasts, s->fresh);
    for (int i = 0; i < lasts; i++)
        memcpy(s->logits + (size_t)s->sequence[i] * V, s->fresh + (size_t)i * V,
               V * sizeof *s->logits);
}

/* Send the n tokens that have gathered through the net. */
static void run_pass(Decode *s, int n) {
    if (n == 0) return;
    s->pass.d.T = n;
    s->cache.sequence = s->sequence, s->cache.position = s->position;
    s->lane.past = &s->cache;
    model_forward(&s->pass, &s->lane, s->token, PASS_GROW);
    last_logits(s, n);
}

/* Add a token to the pass, which holds n, and run the pass when that fills it. Return how many it
 * holds now. */
static int append(Decode *s, int n, int row, int token) {
    MUST(s->length[row] < s->T);
    s->token[n] = token, s->sequence[n] = row, s->position[n] = s->length[row]++;
    if (++n < s->pass_rows) return n;
    run_pass(s, n);
    return 0;
}

void decode_feed(Decode *s, const int *tokens, const int *count) {
    int n = 0;
    for (int row = 0; row < s->rows; row++)
        for (int i = 0; i < count[row]; i++) n = append(s, n, row, *tokens++);
    run_pass(s, n);
}

int decode_step(Decode *s, const int *tokens) {
    int n = 0, going = 0;
    for (int row = 0; row < s->rows; row++) {
        if (s->ended[row]) continue;
        s->ended[row] = tokens[row] == s->stop || s->length[row] == s->T;
        if (s->ended[row]) continue;
        n = append(s, n, row, tokens[row]);
        going++;
    }
    run_pass(s, n);
    return going;
}

int decode_choose(const Decode *s, int row, double temperature, double u) {
    const int V = s->pass.d.V;
    const double scale = (double)s->pass.d.logit_scale;
    const real *logits = s->logits + (size_t)row * (size_t)V;
    int best = 0;
    for (int v = 1; v < V; v++)
        if (logits[v] > logits[best]) best = v;
    if (temperature <= 0) return best;
    double sum = 0;
    for (int v = 0; v < V; v++)
        sum += exp(scale * (double)(logits[v] - logits[best]) / temperature);
    double left = u * sum;
    for (int v = 0; v < V; v++)
        if ((left -= exp(scale * (double)(logits[v] - logits[best]) / temperature)) < 0) return v;
    return best;
}
