/* test_model_decode.c: sequences that grow, by prompts of several tokens and by one token at a
 * time, have at every position the logits of the forward pass over whole windows. Norm-wise over
 * the vocabulary they are at most CLOSE apart: the two sum in different orders. */
#include "tests/check.h"

#include "model/decode.h"
#include "model/kernels/vec.h"

#define CLOSE (2 * TOLERANCE)

/* logits (B, T, V) of the windows, all at once. */
static real *window_logits(Rig *rig, Net *net) {
    const Dims *d = &net->model.d;
    real *logits = rig_poison(rig, (size_t)d->B * (size_t)d->T * (size_t)d->V);
    model_forward(&net->model, &net->lane, net->tokens, net->mode);
    model_logits(&net->model, &net->lane, 0, d->B * d->T, logits);
    return logits;
}

/* A state in whose cache nothing may be read before it is written. */
static void open_poisoned(Rig *rig, Decode *s, const Net *net, int rows) {
    decode_open(s, &net->model, rows, rig->arena);
    const KvCache *c = &s->cache;
    const size_t heads = (size_t)(net->model.d.L * rows * net->model.d.H), T = (size_t)c->columns;
    for (size_t i = 0; i < heads * (size_t)net->model.d.D * T; i++) c->k[i] = (real)NAN;
    for (size_t i = 0; i < heads * T * (size_t)c->width; i++) c->v[i] = (real)NAN;
}

/* The row holds the first tokens of window `window`: so must its logits. */
static void check_row(Rig *rig, const Decode *s, int row, int window, const real *want) {
    const size_t V = (size_t)s->pass.d.V;
    const size_t at = (size_t)(window * s->T + s->length[row] - 1) * V;
    assert_close(s->logits + (size_t)row * V, widen(rig, want + at, V), V, CLOSE);
}

/* Row b begins with a prompt of 1 + 9 b tokens and then grows to the end of the window. */
static void check_growing(Rig *rig, const Dims *d) {
    Net net;
    Decode s;
    net_init(rig, &net, d);
    const real *want = window_logits(rig, &net);
    open_poisoned(rig, &s, &net, d->B);
    int count[d->B], next[d->B], *prompts = ARENA_ARRAY(rig->arena, int, d->B * d->T), n = 0;
    for (int b = 0; b < d->B; b++) {
        count[b] = min_int(1 + 9 * b, d->T);
        for (int i = 0; i < count[b]; i++) prompts[n++] = net.tokens[b * d->T + i];
    }
    decode_feed(&s, prompts, count);
    for (int going = d->B; going > 0; going = decode_step(&s, next))
        for (int b = 0; b < d->B; b++) {
            check_row(rig, &s, b, b, want);
            next[b] = s.length[b] < d->T ? net.tokens[b * d->T + s.length[b]] : -7;
        }
    for (int b = 0; b < d->B; b++) assert_true(s.ended[b] && s.length[b] == d->T);
}

static Dims decode_dims(int combination) {
    return (Dims){.B = 3,
                  .T = combination % 3 ? ATTENTION_TILE + 7 : 2 * ATTENTION_BLOCK,
                  .C = 18,
                  .L = 1 + combination % 3,
                  .H = 3,
                  .D = 6,
                  .F = 29,
                  .V = 37,
                  .act = combination & 1 ? ACT_SWIGLU : ACT_GELU,
                  .qk_norm = combination & 2,
                  .tied = combination & 4,
                  .logit_scale = (real)0.75};
}

static void test_dense(void **state) {
    for (int combination = 0; combination < 8; combination++) {
        const Dims d = decode_dims(combination);
        check_growing(*state, &d);
    }
}

/* Heads of whole vectors and wider products than the smallest, as models have them. */
static void test_wide(void **state) {
    Dims d = decode_dims(3);
    d.C = 128, d.D = 64, d.H = 2, d.F = 300, d.V = 260, d.L = 2, d.B = 5;
    check_growing(*state, &d);
}

/* Every router, with and without bias, shared experts and dense layers between. */
static void test_experts(void **state) {
    for (int combination = 0; combination < 32; combination++) {
        Dims d = decode_dims(combination / 4 % 8);
        d.moe = (Moe){.E = 4 + combination % 5,
                      .K = 1 + combination % 3,
                      .S = combination / 3 % 3,
                      .F = 7,
                      .every = 1 + combination / 16,
                      .router = combination % 4,
                      .biased = combination / 8 % 2,
                      .capacity = (real)0.5}; // of training only
        d.B = 2, d.L = 1 + d.moe.every;
        check_growing(*state, &d);
    }
}

/* Prompts that take several passes, and a prompt in pieces beside rows that get nothing. */
static void test_long_prompts(void **state) {
    Rig *rig = *state;
    Dims d = decode_dims(2);
    d.B = 2, d.T = 300;
    Net net;
    Decode s;
    net_init(rig, &net, &d);
    const real *want = window_logits(rig, &net);
    open_poisoned(rig, &s, &net, d.B);
    assert_in_range(s.pass_rows, 1, 2 * d.T - 1);
    decode_feed(&s, net.tokens, (int[]){d.T, d.T});
    for (int row = 0; row < 2; row++) check_row(rig, &s, row, row, want);
    decode_restart(&s, 1);
    for (int piece = 1; s.length[1] + piece <= d.T; piece *= 2) {
        decode_feed(&s, net.tokens + d.T + s.length[1], (int[]){0, piece});
        for (int row = 0; row < 2; row++) check_row(rig, &s, row, row, want);
    }
}

/* Rows end at the stop token and when they are full; those that go on, and those that begin anew in
 * an ended one's place, do not notice. */
static void test_ends(void **state) {
    enum { STOP = 11 };
    Rig *rig = *state;
    const Dims d = decode_dims(3);
    Net net;
    Decode s;
    net_init(rig, &net, &d);
    for (int i = 0; i < d.B * d.T; i++) net.tokens[i] = net.tokens[i] == STOP ? 0 : net.tokens[i];
    const real *want = window_logits(rig, &net);
    const int *tokens = net.tokens;
    open_poisoned(rig, &s, &net, d.B);
    s.stop = STOP;
    for (int i = 0; i < 8; i++)
        assert_int_equal(decode_step(&s, (int[]){tokens[i], tokens[d.T + i], tokens[2 * d.T + i]}),
                         3);
    assert_int_equal(decode_step(&s, (int[]){tokens[8], STOP, tokens[2 * d.T + 8]}), 2);
    assert_true(s.ended[1] && s.length[1] == 8 && !s.ended[0] && !s.ended[2]);
    for (int row = 0; row < 3; row++) check_row(rig, &s, row, row, want);
    assert_int_equal(decode_step(&s, (int[]){tokens[9], -7, tokens[2 * d.T + 9]}), 2);
    decode_restart(&s, 1);
    for (int i = 10; i < d.T; i++) { // window 2 a second time, in row 1
        const int next[] = {tokens[i], tokens[2 * d.T + i - 10], tokens[2 * d.T + i]};
        assert_int_equal(decode_step(&s, next), 3);
        for (int row = 0; row < 3; row++) check_row(rig, &s, row, row == 1 ? 2 : row, want);
    }
    assert_int_equal(decode_step(&s, (int[]){0, tokens[3 * d.T - 10], 0}), 1);
    check_row(rig, &s, 1, 2, want);
    assert_int_equal(s.length[1], d.T - 9);
}

/* Evenly spaced u meet each token as often as softmax(scale logits / temperature) says. */
static void test_choose(void **state) {
    enum { DRAWS = 20000 };
    Rig *rig = *state;
    const Dims d = decode_dims(1);
    Net net;
    Decode s;
    net_init(rig, &net, &d);
    decode_open(&s, &net.model, 2, rig->arena);
    decode_feed(&s, net.tokens, (int[]){3, 5});
    for (int row = 0; row < 2; row++)
        for (int hot = 0; hot < 2; hot++) {
            const double temperature = hot ? 2.5 : 0.6;
            const real *logits = s.logits + row * d.V;
            double share[d.V], sum = 0;
            int likeliest = 0;
            for (int v = 0; v < d.V; v++) {
                sum += exp((double)d.logit_scale * (double)logits[v] / temperature);
                if (logits[v] > logits[likeliest]) likeliest = v;
                share[v] = 0;
            }
            for (int i = 0; i < DRAWS; i++)
                share[decode_choose(&s, row, temperature, (i + 0.5) / DRAWS)] += 1.0 / DRAWS;
            for (int v = 0; v < d.V; v++)
                assert_at_most(
                    fabs(share[v] -
                         exp((double)d.logit_scale * (double)logits[v] / temperature) / sum),
                    2.0 / DRAWS);
            assert_int_equal(decode_choose(&s, row, 0, 0.999), likeliest);
        }
}

int main(void) {
    take_compiled_path();
    const struct CMUnitTest tests[] = {TEST(test_dense),        TEST(test_wide), TEST(test_experts),
                                       TEST(test_long_prompts), TEST(test_ends), TEST(test_choose)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
