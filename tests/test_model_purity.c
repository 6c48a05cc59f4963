/* test_model_purity.c: what a loss depends on and what not: a sequence's neighbours in the batch,
 * the future, what a lane did before; and what an initial value depends on. */
#include "tests/check.h"

/* The last third has experts, of all routers. No balance loss: it looks at whole micro-batches. */
enum { COMBINATIONS = 12 };
static Dims purity_dims(int combination) {
    const bool experts = combination >= 8;
    return (Dims){.B = 4,
                  .T = ATTENTION_TILE + 11,
                  .C = 16,
                  .L = 2,
                  .H = 2,
                  .D = 8,
                  .F = 24,
                  .V = 19,
                  .act = combination & 1 ? ACT_SWIGLU : ACT_GELU,
                  .qk_norm = combination & 2,
                  .tied = combination & 4,
                  .logit_scale = 1,
                  .moe = {.E = experts ? 5 : 0,
                          .K = experts ? 2 : 0,
                          .S = combination % 2,
                          .F = 12,
                          .every = 1 + combination % 2,
                          .router = combination % 4,
                          .biased = combination % 4 > 1,
                          .z = (real)0.1}};
}

/* Each sequence alone in a batch of one has the losses that it had among others. */
static void test_batch(void **state) {
    for (int combination = 0; combination < COMBINATIONS; combination++) {
        const Dims d = purity_dims(combination);
        Dims one = d;
        one.B = 1;
        Net net, alone;
        net_init(*state, &net, &d);
        net_init(*state, &alone, &one);
        memcpy(alone.model.storage, net.model.storage, params_size(&d) * sizeof(real));
        loss_of(&net);
        for (int b = 0; b < d.B; b++) {
            alone.tokens = net.tokens + b * d.T;
            alone.targets = net.targets + b * d.T;
            loss_of(&alone);
            for (int t = 0; t < d.T; t++) {
                const double want = alone.lane.loss[t];
                assert_at_most(fabs(net.lane.loss[b * d.T + t] - want), 1e-5 * want);
            }
        }
    }
}

/* Changing a token changes its own loss, none before it, and none of another sequence; with experts
 * no more than their rounding, as an expert that more tokens visit may be another kernel's work. */
static void test_causality(void **state) {
    for (int combination = 0; combination < COMBINATIONS; combination++) {
        const Dims d = purity_dims(combination);
        const int rows = d.B * d.T, b = 2;
        const double rounding = d.moe.E ? TOLERANCE : 0;
        double before[1024];
        Net net;
        net_init(*state, &net, &d);
        loss_of(&net);
        MUST(rows <= (int)COUNT_OF(before));
        memcpy(before, net.lane.loss, (size_t)rows * sizeof *before);
        for (int at = b * d.T; at < (b + 1) * d.T; at++) {
            const int keep = net.tokens[at];
            net.tokens[at] = (keep + 1) % d.V;
            loss_of(&net);
            net.tokens[at] = keep;
            for (int row = 0; row < rows; row++)
                if (row < at || row >= (b + 1) * d.T)
                    assert_at_most(fabs(net.lane.loss[row] - before[row]), rounding * before[row]);
            assert_true(net.lane.loss[at] != before[at]);
        }
    }
}

/* What a lane worked on before leaves no trace in the bits of a later loss or gradient. */
static void test_lane_forgets(void **state) {
    for (int combination = 0; combination < COMBINATIONS; combination++) {
        const Dims d = purity_dims(combination);
        const size_t rows = (size_t)(d.B * d.T), n = params_size(&d);
        Net net;
        net_init(*state, &net, &d);
        const double fresh = gradient_of(&net);
        const real *gradient = rig_copy(*state, net.lane.grad, n);
        Net other = net;
        other.tokens = rig_below(*state, rows, d.V);
        other.targets = rig_below(*state, rows, d.V);
        assert_true(gradient_of(&other) != fresh); // in the same lane
        assert_true(gradient_of(&net) == fresh);
        assert_memory_equal(net.lane.grad, gradient, n * sizeof(real));
    }
}

/* One micro-batch, or the same sequences in several: the lane's gradient is the same. */
static void test_micro_batches_add_up(void **state) {
    for (int combination = 0; combination < COMBINATIONS; combination++) {
        const Dims d = purity_dims(combination);
        const size_t n = params_size(&d);
        Net whole, half;
        net_init(*state, &whole, &d);
        const double loss = gradient_of(&whole);
        const double *want = widen(*state, whole.lane.grad, n);
        for (int parts = 2; parts <= d.B; parts *= 2) {
            Dims part = d;
            part.B = d.B / parts;
            net_init(*state, &half, &part);
            memcpy(half.model.storage, whole.model.storage, n * sizeof(real));
            double sum = 0;
            for (int i = 0; i < parts; i++) {
                const int *tokens = whole.tokens + i * part.B * d.T;
                model_forward(&half.model, &half.lane, tokens, PASS_JUDGE);
                sum += model_backward(&half.model, &half.lane, tokens,
                                      (Targets){.token = whole.targets + i * part.B * d.T},
                                      whole.weight);
            }
            assert_at_most(fabs((double)whole.weight * sum - loss), TOLERANCE * loss);
            assert_close(half.lane.grad, want, n, TOLERANCE);
            lane_clear(&half.lane, &part);
            assert_true(dot(half.lane.grad, half.lane.grad, n) == 0);
        }
    }
}

static void test_backward_reports_the_loss(void **state) {
    const Dims d = purity_dims(0);
    Net net;
    net_init(*state, &net, &d);
    const double loss = loss_of(&net);
    assert_true(gradient_of(&net) == loss);
    double sum = 0;
    for (int row = 0; row < d.B * d.T; row++) sum += net.lane.loss[row];
    assert_at_most(fabs((double)net.weight * sum - loss), 1e-12 * loss);
}

static void test_flat_at_init(void **state) {
    for (int combination = 0; combination < 4; combination++) {
        const Dims d = purity_dims(combination);
        Net net;
        net_init(*state, &net, &d);
        params_init(&d, net.model.storage, 7, 1);
        loss_of(&net);
        for (int row = 0; row < d.B * d.T; row++)
            assert_true(net.lane.loss[row] == log((double)d.V));
    }
}

static void test_tied_at_init(void **state) {
    for (int combination = 4; combination < 8; combination++) {
        const Dims d = purity_dims(combination);
        const size_t n = params_size(&d);
        Net net;
        net_init(*state, &net, &d);
        params_init(&d, net.model.storage, 7, 0.02);
        assert_true(isfinite(gradient_of(&net)));
        assert_true(isfinite(dot(net.lane.grad, net.lane.grad, n)));
        assert_true(dot(net.lane.grad, net.lane.grad, n) > 0);
    }
}

/* Tensors of two models: the same numbers at the same places, as far as both have them. */
static bool same_tensor(ParamId id, const Dims *a, const real *x, const Dims *b, const real *y) {
    ParamInfo in_a[N_PARAMS], in_b[N_PARAMS];
    params_table(a, in_a);
    params_table(b, in_b);
    const size_t n_a = param_size(&in_a[id]), n_b = param_size(&in_b[id]);
    return !memcmp(x + in_a[id].offset, y + in_b[id].offset,
                   (n_a < n_b ? n_a : n_b) * sizeof(real));
}

/* After a change of any size all tensors begin as before: only C, the fan-in, may change them. */
static void test_init_is_by_tensor(void **state) {
#define OF .B = 1, .T = 4, .C = 16, .H = 2, .D = 8
    static const Dims CHANGED[] = {
        {OF, .L = 3, .F = 24, .V = 19},
        {OF, .L = 2, .F = 40, .V = 19},
        {OF, .L = 2, .F = 24, .V = 64},
        {OF, .L = 2, .F = 24, .V = 19, .tied = true},
        {OF, .L = 2, .F = 24, .V = 19, .qk_norm = true},
        {OF, .L = 2, .F = 24, .V = 19, .act = ACT_SWIGLU},
    };
    const Dims d = {OF, .L = 2, .F = 24, .V = 19};
#undef OF
    real *x = rig_zeros(*state, params_size(&d));
    params_init(&d, x, 7, 0.5);
    for (size_t i = 0; i < COUNT_OF(CHANGED); i++) {
        const Dims *other = &CHANGED[i];
        real *y = rig_zeros(*state, params_size(other));
        params_init(other, y, 7, 0.5);
        for (ParamId id = 0; id < N_PARAMS; id++) assert_true(same_tensor(id, &d, x, other, y));
    }
    real *y = rig_zeros(*state, params_size(&d));
    params_init(&d, y, 8, 0.5);
    assert_false(same_tensor(PARAM_embed, &d, x, &d, y));
    assert_false(same_tensor(PARAM_wqkv, &d, x, &d, y));
}

/* Gains one, outputs zero, the rest normal with the right width: mean square over its expectation
 * is 1 +- sqrt(2/n). */
static void test_init_moments(void **state) {
    const Dims d = {.T = 4,
                    .C = 64,
                    .L = 3,
                    .H = 4,
                    .D = 16,
                    .F = 100,
                    .V = 99,
                    .qk_norm = true,
                    .moe = {.E = 4, .K = 1, .S = 2, .F = 50, .every = 2, .biased = true}};
    const double embed_sd = 0.3;
    real *x = rig_zeros(*state, params_size(&d));
    params_init(&d, x, 7, embed_sd);
    ParamInfo table[N_PARAMS];
    params_table(&d, table);
    for (int i = 0; i < N_PARAMS; i++) {
        const real *w = x + table[i].offset;
        const size_t n = param_size(&table[i]);
        const double size = (double)n, square = dot(w, w, n) / size;
        if (table[i].init == INIT_ZERO)
            assert_true(square == 0);
        else if (table[i].init == INIT_ONE)
            assert_true(square == 1);
        else {
            const double sd = i == PARAM_embed ? embed_sd : 1 / sqrt(d.C);
            double sum = 0;
            for (size_t k = 0; k < n; k++) sum += (double)w[k];
            assert_at_most(fabs(square / (sd * sd) - 1), 5 * sqrt(2 / size));
            assert_at_most(fabs(sum / size / sd), 5 / sqrt(size));
        }
    }
}

/* The number after x, away from 0 or towards it, as it stands in memory. */
static real neighbour(real x, int by) {
    real y = x;
    if (sizeof(real) == sizeof(uint32_t)) {
        uint32_t bits;
        memcpy(&bits, &y, sizeof bits);
        bits += (uint32_t)by;
        memcpy(&y, &bits, sizeof bits);
    } else {
        uint64_t bits;
        memcpy(&bits, &y, sizeof y);
        bits += (uint64_t)(int64_t)by;
        memcpy(&y, &bits, sizeof y);
    }
    return y;
}

/* Every weight moves by one unit in its last place, half of them up, and those that are 0 stay. */
static void test_nudge(void **state) {
    const Dims d = {.T = 4, .C = 64, .L = 2, .H = 4, .D = 16, .F = 96, .V = 40};
    const size_t n = params_size(&d);
    real *x = rig_zeros(*state, n), *y = rig_zeros(*state, n), *z = rig_zeros(*state, n);
    params_init(&d, x, 7, 0.5);
    params_init(&d, y, 7, 0.5);
    params_nudge(&d, y, 0);
    assert_memory_equal(x, y, n * sizeof *x);
    params_nudge(&d, y, 3);
    params_init(&d, z, 7, 0.5);
    params_nudge(&d, z, 4);
    size_t up = 0, zeros = 0, apart = 0, turns = 0; // turns: other than the weight before
    for (size_t i = 0; i < n; i++) {
        if (x[i] == 0)
            assert_true(y[i] == 0);
        else
            assert_true(y[i] == neighbour(x[i], 1) || y[i] == neighbour(x[i], -1));
        zeros += x[i] == 0, up += y[i] > x[i], apart += y[i] != z[i];
        turns += i > 0 && x[i] != 0 && (y[i] > x[i]) != (y[i - 1] > x[i - 1]);
    }
    const double moved = (double)(n - zeros);
    assert_true(zeros > 0);
    assert_at_most(fabs((double)up - moved / 2), 3 * sqrt(moved));
    assert_at_most(fabs((double)apart - moved / 2), 3 * sqrt(moved));
    assert_at_most(fabs((double)turns - moved / 2), 3 * sqrt(moved));
    params_init(&d, z, 7, 0.5);
    params_nudge(&d, z, 3);
    assert_memory_equal(y, z, n * sizeof *y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_batch),
        TEST(test_causality),
        TEST(test_lane_forgets),
        TEST(test_micro_batches_add_up),
        TEST(test_backward_reports_the_loss),
        TEST(test_flat_at_init),
        TEST(test_tied_at_init),
        TEST(test_init_is_by_tensor),
        TEST(test_init_moments),
        TEST(test_nudge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
