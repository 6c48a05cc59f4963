/* test_model_moe.c: layers with experts in the net: one expert is the dense net bit for bit; a
 * token's output is what its experts make of it, with capacity too; experts may change places; an
 * expert without rows, or with a NaN. */
#include "tests/moe_rig.h"

#ifdef TINYSCALE_DOUBLE
#define SUMMED_OTHERWISE 1e-12
#else
#define SUMMED_OTHERWISE 1e-5
#endif

/* --- one expert ------------------------------------------------------------------------------ */

/* The MLP's tensors in a dense net are the only expert's in the other. */
static ParamId dense_id(ParamId id) {
    return id == PARAM_we1 ? PARAM_w1 : id == PARAM_we2 ? PARAM_w2 : id;
}

typedef void Tensors(real *experts, real *dense, size_t n);

static void copy_from_dense(real *experts, real *dense, size_t n) {
    memcpy(experts, dense, n * sizeof(real));
}

static void same_bits(real *experts, real *dense, size_t n) {
    assert_memory_equal(experts, dense, n * sizeof(real));
}

/* Do something with each pair of tensors that both nets have. */
static void for_both(const Dims *with_experts, real *experts, const Dims *dense_dims, real *dense,
                     Tensors *what) {
    ParamInfo table[N_PARAMS], dense_table[N_PARAMS];
    params_table(with_experts, table);
    params_table(dense_dims, dense_table);
    for (ParamId id = 0; id < N_PARAMS; id++) {
        const ParamInfo *from = &dense_table[dense_id(id)];
        if (id == PARAM_router || id == PARAM_bias || !param_size(&table[id])) continue;
        assert_int_equal(param_size(&table[id]), param_size(from));
        what(experts + table[id].offset, dense + from->offset, param_size(from));
    }
}

static void check_one_expert(Rig *rig, const Dims *dense, Router router) {
    Dims d = *dense;
    d.moe = (Moe){
        .E = 1, .K = 1, .F = d.F, .every = 1, .router = router, .biased = d.tied, .capacity = 1};
    d.F = 3; // nobody's width
    Net net, one;
    net_init(rig, &net, dense);
    net_init(rig, &one, &d);
    for_both(&d, one.model.storage, dense, net.model.storage, copy_from_dense);
    one.tokens = net.tokens, one.targets = net.targets, one.mode = PASS_TRAIN;
    assert_true(gradient_of(&one) == gradient_of(&net));
    assert_memory_equal(one.lane.loss, net.lane.loss, (size_t)(d.B * d.T) * sizeof *net.lane.loss);
    for_both(&d, one.lane.grad, dense, net.lane.grad, same_bits);
    ParamInfo table[N_PARAMS];
    params_table(&d, table);
    const real *router_gradient = one.lane.grad + table[PARAM_router].offset;
    for (size_t i = 0; i < param_size(&table[PARAM_router]); i++)
        assert_true(router_gradient[i] == 0);
}

/* Sizes on both sides of the matrix unit's threshold, and odd ones. */
static void test_one_expert_is_dense(void **state) {
    static const Dims SIZES[] = {
        {.B = 3, .T = 7, .C = 18, .L = 2, .H = 3, .D = 6, .F = 29, .V = 37},
        {.B = 1, .T = 1, .C = 6, .L = 1, .H = 1, .D = 6, .F = 5, .V = 11, .tied = true},
        {.B = 1, .T = 32, .C = 64, .L = 1, .H = 2, .D = 32, .F = 96, .V = 50},
        {.B = 4, .T = 70, .C = 64, .L = 2, .H = 2, .D = 32, .F = 256, .V = 90, .tied = true},
        {.B = 2, .T = 129, .C = 96, .L = 1, .H = 3, .D = 32, .F = 131, .V = 70, .qk_norm = true},
    };
    for (size_t i = 0; i < COUNT_OF(SIZES); i++)
        for (Router router = ROUTER_SOFTMAX; router <= ROUTER_SIGMOID; router++) {
            Dims d = SIZES[i];
            d.logit_scale = 1;
            for (d.act = ACT_GELU; d.act <= ACT_SWIGLU; d.act++)
                check_one_expert(*state, &d, router);
        }
}

/* --- what a token gets ----------------------------------------------------------------------- */

/* y (C) += weight times an MLP's output, columns of its W_1 and rows of W_2 from `first` on. */
static void naive_mlp(double *y, const real *x, const real *w1, const real *w2, const Dims *d,
                      int width, double weight) {
    const int cols = mlp_up(d, width);
    for (int f = 0; f < width; f++) {
        double a = 0, up = 0;
        for (int c = 0; c < d->C; c++) {
            a += (double)x[c] * (double)w1[c * cols + f];
            if (d->act == ACT_SWIGLU) up += (double)x[c] * (double)w1[c * cols + width + f];
        }
        const double u = sqrt(2 / M_PI) * (a + 0.044715 * a * a * a);
        const double act = d->act == ACT_SWIGLU ? a / (1 + exp(-a)) * up : a / 2 * (1 + tanh(u));
        for (int c = 0; c < d->C; c++) y[c] += weight * act * (double)w2[f * d->C + c];
    }
}

/* A layer's output from its input and its routes: dropped pairs are no part of it. And the tally of
 * one forward pass. */
static void check_layer(Rig *rig, const Net *net, int layer) {
    const Dims *d = &net->model.d;
    const Moe *moe = &d->moe;
    const Params p = params_layer(&net->model.params, d, layer);
    const int M = d->B * d->T, C = d->C, moe_layer = moe_before(d, layer);
    const Routes r = routes_layer(&net->lane, d, moe_layer);
    const Acts *a = &net->lane.acts;
    const real *x = a->norm2 + layer * M * C, *gates = a->gates + moe_layer * M * moe->K;
    double *y = widen(rig, a->mid + layer * M * C, (size_t)(M * C));
    for (int t = 0; t < M; t++, x += C) {
        if (moe->S) naive_mlp(y + t * C, x, p.ws1, p.ws2, d, moe->S * moe->F, 1);
        for (int pair = t * moe->K; pair < (t + 1) * moe->K; pair++) {
            const int e = r.expert[pair];
            if (r.row[pair] >= 0)
                naive_mlp(y + t * C, x, p.we1 + e * C * expert_in(d), p.we2 + e * moe->F * C, d,
                          moe->F, (double)gates[pair]);
        }
    }
    assert_close(a->x + (layer + 1) * M * C, y, (size_t)(M * C), TOLERANCE);
    for (int e = 0; e < moe->E; e++)
        assert_true(net->lane.routed.load[moe_layer * moe->E + e] == r.load[e]);
}

/* A share of the pairs of the layers with experts. */
static double dropped_share(const Net *net) {
    const RouterTally *tally = &net->lane.routed;
    return tally->dropped / tally->tokens;
}

static void test_tokens_get_what_their_experts_make(void **state) {
    static const double CAPACITY[] = {0, 0.25, 0.75, 1, 1.5};
    int dropping = 0;
    for (int combination = 0; combination < COMBINATIONS; combination++) {
        Dims d = net_dims(*state, combination);
        d.moe.capacity = (real)CAPACITY[combination % (int)COUNT_OF(CAPACITY)];
        Net net;
        net_init(*state, &net, &d);
        net.mode = PASS_TRAIN;
        gradient_of(&net);
        dropping += dropped_share(&net) > 0.1;
        for (int layer = 0; layer < d.L; layer++)
            if (has_experts(&d, layer)) check_layer(*state, &net, layer);
        // backward went through the first layer with experts last
        const Routes r = routes_layer(&net.lane, &d, 0);
        for (int pair = 0; pair < d.B * d.T * d.moe.K; pair++)
            assert_true((net.lane.acts.dgates[pair] == 0) == (r.row[pair] < 0));
    }
    assert_in_range(dropping, COMBINATIONS / 3, COMBINATIONS);
}

/* Where nobody trains, no expert is ever full: the bits are those without a capacity. */
static void test_capacity_is_for_training(void **state) {
    for (int combination = 0; combination < COMBINATIONS; combination++) {
        Dims d = net_dims(*state, combination), without = d;
        d.moe.capacity = (real)0.25;
        Net net, dropless;
        net_init(*state, &net, &d);
        net_init(*state, &dropless, &without);
        memcpy(dropless.model.storage, net.model.storage, params_size(&d) * sizeof(real));
        dropless.tokens = net.tokens, dropless.targets = net.targets;
        dropless.mode = PASS_TRAIN;
        const double loss = gradient_of(&net);
        assert_true(gradient_of(&dropless) == loss);
        assert_memory_equal(dropless.lane.grad, net.lane.grad, params_size(&d) * sizeof(real));
        assert_true(dropped_share(&net) == 0);
        net.mode = PASS_TRAIN;
        loss_of(&net);
        assert_true(dropped_share(&net) > 0);
    }
}

/* --- experts change places ------------------------------------------------------------------- */

enum { MAX_E = 8 };

/* to = from with expert e of every layer in the place of expert at[e]: columns of what the router
 * has, whole tensors of the experts. */
static void move_experts(real *to, const real *from, const Dims *d, const int at[MAX_E]) {
    const int E = d->moe.E;
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    memcpy(to, from, params_size(d) * sizeof(real));
    for (ParamId id = 0; id < N_PARAMS; id++) {
        const size_t n = param_size(&table[id]), columns = (size_t)E;
        const size_t one = (size_t)(table[id].rows * table[id].cols);
        const bool by_column = table[id].group == G_ROUTER, by_slice = table[id].where == EXPERT;
        for (size_t i = 0; (by_column || by_slice) && i < n; i++) {
            const size_t unit = by_column ? 1 : one, e = i / unit % columns;
            const size_t moved = i + ((size_t)at[e] - e) * unit;
            to[table[id].offset + moved] = from[table[id].offset + i];
        }
    }
}

static void test_experts_change_places(void **state) {
    for (int combination = 0; combination < COMBINATIONS; combination++) {
        Net net, moved;
        net_init_routed(*state, &net, combination);
        const Dims *d = &net.model.d;
        const size_t n = params_size(d);
        const Stream stream = stream_open(4, "test", (uint64_t)combination);
        int at[MAX_E];
        for (int e = 0; e < d->moe.E; e++)
            at[e] = (int)stream_permute(&stream, (uint64_t)e, (uint64_t)d->moe.E);
        net_init(*state, &moved, d);
        move_experts(moved.model.storage, net.model.storage, d, at);
        moved.tokens = net.tokens, moved.targets = net.targets;
        moved.mode = net.mode;
        const double loss = gradient_of(&net);
        assert_at_most(fabs(gradient_of(&moved) - loss), SUMMED_OTHERWISE * loss);
        for (size_t pair = 0; pair < n_pairs(d); pair++)
            assert_int_equal(moved.lane.routes.expert[pair], at[net.lane.routes.expert[pair]]);
        for (int i = 0; i < moe_layers(d) * d->moe.E; i++) {
            const int e = i % d->moe.E;
            assert_int_equal(moved.lane.routes.load[i - e + at[e]], net.lane.routes.load[i]);
            assert_true(moved.lane.routed.load[i - e + at[e]] == net.lane.routed.load[i]);
        }
        real *want = rig_zeros(*state, n);
        move_experts(want, net.lane.grad, d, at);
        assert_close(moved.lane.grad, widen(*state, want, n), n, SUMMED_OTHERWISE);
    }
}

/* --- at the edges ---------------------------------------------------------------------------- */

static real *slice_of(const Net *net, real *storage, ParamId id, int slice, size_t *n) {
    ParamInfo table[N_PARAMS];
    params_table(&net->model.d, table);
    *n = (size_t)(table[id].rows * table[id].cols);
    return storage + table[id].offset + (size_t)slice * *n;
}

/* The bias keeps everybody away from one expert, or sends everybody to it. */
static void test_nobody_and_everybody(void **state) {
    for (int combination = 0; combination < COMBINATIONS; combination++) {
        const real bias = combination % 8 < 4 ? -100 : 100;
        Dims d = net_dims(*state, combination);
        const int layer = moe_layers(&d) - 1, expert = combination % d.moe.E;
        d.moe.biased = true;
        if (d.moe.K == d.moe.E) d.moe.K--;
        Net net;
        net_init(*state, &net, &d);
        size_t n;
        slice_of(&net, net.model.storage, PARAM_bias, layer, &n)[expert] = bias;
        assert_true(isfinite(gradient_of(&net)));
        assert_true(isfinite(dot(net.lane.grad, net.lane.grad, params_size(&d))));
        const int load = routes_layer(&net.lane, &d, layer).load[expert];
        assert_int_equal(load, bias < 0 ? 0 : d.B * d.T);
        for (ParamId id = PARAM_we1; id <= PARAM_we2; id++) {
            const real *dw = slice_of(&net, net.lane.grad, id, layer * d.moe.E + expert, &n);
            assert_true((dot(dw, dw, n) == 0) == (load == 0));
        }
    }
}

/* One NaN, in the router, in an expert that is visited, or in what all visit, is one in the loss;
 * and both passes come to an end. */
static void test_nan(void **state) {
    static const ParamId IDS[] = {PARAM_router, PARAM_we1, PARAM_we2, PARAM_ws1, PARAM_ws2};
    for (int combination = 0; combination < COMBINATIONS; combination++) {
        const Dims d = net_dims(*state, combination);
        Net net;
        net_init(*state, &net, &d);
        loss_of(&net);
        const int visited = routes_layer(&net.lane, &d, 0).expert[0];
        for (size_t i = 0; i < COUNT_OF(IDS); i++) {
            size_t n;
            const int slice = IDS[i] == PARAM_we1 || IDS[i] == PARAM_we2 ? visited : 0;
            real *w = slice_of(&net, net.model.storage, IDS[i], slice, &n);
            if (!n) continue;
            real *x = w + rig_below(*state, 1, (int)n)[0], keep = *x;
            *x = (real)NAN;
            const double loss = gradient_of(&net);
            if (!isnan(loss))
                fail_msg("combination %d, tensor %d: a NaN is lost", combination, (int)IDS[i]);
            *x = keep;
            assert_true(isfinite(gradient_of(&net)));
        }
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_one_expert_is_dense),      TEST(test_tokens_get_what_their_experts_make),
        TEST(test_capacity_is_for_training), TEST(test_experts_change_places),
        TEST(test_nobody_and_everybody),     TEST(test_nan),
    };
    take_compiled_path();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
