/* test_model_gradients.c: every backward pass is the derivative of its forward pass, by central
 * differences; and a wrong sign in a single element is seen. It is the MODE=double build that
 * decides; in float the tolerance is loose. */
#include "tests/check.h"

#include "model/embed.h"
#include "model/linear.h"
#include "model/mlp_act.h"
#include "model/rmsnorm.h"
#include "model/rope.h"
#include "model/xent.h"

enum { ALL = 1 << 30, PROBES = 60 };

/* One op under test: its objective is dot(dy, y), so that dy is the gradient of its output. */
typedef struct Op Op;
struct Op {
    void (*forward)(Op *op);
    Dims d;
    int rows, in, out, ld_in, ld_out;
    Transpose transpose;
    real *x, *w, *y, *saved;
    const real *dy;
    size_t n_x, n_w, n_y;
    const int *tokens;
    Work work;
};

static double objective(void *context) {
    Op *op = context;
    op->forward(op);
    return dot(op->dy, op->y, op->n_y);
}

static void op_tensors(Rig *rig, Op *op, size_t n_x, size_t n_w, size_t n_y) {
    op->n_x = n_x, op->n_w = n_w, op->n_y = n_y;
    op->x = rig_normal(rig, n_x, 0, 1);
    op->w = rig_normal(rig, n_w, 0.5, 1);
    op->y = rig_normal(rig, n_y, 0, 1);
    op->dy = rig_normal(rig, n_y, 0, 1);
}

/* What was added to a gradient that was not zero before. */
static void subtract(real *x, const real *prior, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] -= prior[i];
}

static void forward_rmsnorm(Op *op) {
    rmsnorm_forward(op->y, op->ld_out, op->saved, op->x, op->ld_in, op->w, op->rows, op->in);
}

static void check_rmsnorm(Rig *rig, int rows, int n, int ldx, int ldy) {
    Op op = {.forward = forward_rmsnorm, .rows = rows, .in = n, .ld_in = ldx, .ld_out = ldy};
    op_tensors(rig, &op, (size_t)(rows * ldx), (size_t)n, (size_t)(rows * ldy));
    op.saved = rig_zeros(rig, (size_t)rows);
    forward_rmsnorm(&op);
    real *prior_dx = rig_normal(rig, op.n_x, 0, 1), *dx = rig_copy(rig, prior_dx, op.n_x);
    real *prior_dw = rig_normal(rig, op.n_w, 0, 1), *dw = rig_copy(rig, prior_dw, op.n_w);
    rmsnorm_backward(dx, dw, op.dy, ldy, op.x, ldx, op.saved, op.w, rows, n);
    subtract(dx, prior_dx, op.n_x);
    subtract(dw, prior_dw, op.n_w);
    assert_gradient(rig, objective, &op, op.x, dx, op.n_x, ALL);
    assert_gradient(rig, objective, &op, op.w, dw, op.n_w, ALL);
}

static void test_rmsnorm(void **state) {
    check_rmsnorm(*state, 5, 13, 13, 13);
    check_rmsnorm(*state, 4, 16, 23, 19); // rows inside wider tensors
}

static void forward_linear(Op *op) {
    linear_forward(op->y, op->x, op->w, op->rows, op->in, op->out, &op->work);
}

/* A linear layer with its gradients; dw had something in it before, dx had not. */
static void linear_case(Rig *rig, Op *op, real **dx, real **dw) {
    *op = (Op){.forward = forward_linear, .rows = 7, .in = 5, .out = 9};
    op_tensors(rig, op, 7 * 5, 5 * 9, 7 * 9);
    real *prior = rig_normal(rig, op->n_w, 0, 1);
    *dx = rig_poison(rig, op->n_x), *dw = rig_copy(rig, prior, op->n_w);
    linear_backward(*dx, *dw, op->dy, op->x, op->w, op->rows, op->in, op->out, &op->work);
    subtract(*dw, prior, op->n_w);
}

static void test_linear(void **state) {
    Op op;
    real *dx, *dw;
    linear_case(*state, &op, &dx, &dw);
    assert_gradient(*state, objective, &op, op.x, dx, op.n_x, ALL);
    assert_gradient(*state, objective, &op, op.w, dw, op.n_w, ALL);
}

static void forward_gemm(Op *op) {
    gemm(op->transpose, op->rows, op->out, op->in, (real)0.7, op->x, op->ld_in, op->w, op->ld_out,
         0, op->y, op->out, &op->work);
}

/* The gradient of a product is two products of the other kinds: each kind is checked against the
 * rest. */
static void test_gemm(void **state) {
    const int M = 4, N = 6, K = 5;
    const real alpha = (real)0.7;
    for (Transpose t = NN; t <= TN; t++) {
        Op op = {.forward = forward_gemm, .rows = M, .out = N, .in = K, .transpose = t};
        op.ld_in = t == TN ? M : K, op.ld_out = t == NT ? K : N;
        op_tensors(*state, &op, M * K, K * N, M * N);
        real *da = rig_poison(*state, op.n_x), *db = rig_poison(*state, op.n_w);
        if (t == NN) {
            gemm(NT, M, K, N, alpha, op.dy, N, op.w, N, 0, da, K, &op.work);
            gemm(TN, K, N, M, alpha, op.x, K, op.dy, N, 0, db, N, &op.work);
        } else if (t == NT) {
            gemm(NN, M, K, N, alpha, op.dy, N, op.w, K, 0, da, K, &op.work);
            gemm(TN, N, K, M, alpha, op.dy, N, op.x, K, 0, db, K, &op.work);
        } else {
            gemm(NT, K, M, N, alpha, op.w, N, op.dy, N, 0, da, M, &op.work);
            gemm(NN, K, N, M, alpha, op.x, M, op.dy, N, 0, db, N, &op.work);
        }
        assert_gradient(*state, objective, &op, op.x, da, op.n_x, ALL);
        assert_gradient(*state, objective, &op, op.w, db, op.n_w, ALL);
    }
}

/* Rows of x are positions; saved is the table of angles. */
static void forward_rope(Op *op) {
    memcpy(op->y, op->x, op->n_x * sizeof(real));
    for (int t = 0; t < op->rows; t++)
        rope_rotate(op->y + t * op->in, op->saved + t * op->in, op->in, 1);
}

static void test_rope(void **state) {
    const int T = 9;
    for (int D = 2; D <= 10; D += 4) {
        const size_t n = (size_t)(T * D);
        Op op = {.forward = forward_rope, .rows = T, .in = D};
        op_tensors(*state, &op, n, 1, n);
        op.saved = rig_zeros(*state, n);
        rope_table(op.saved, T, D);
        real *dx = rig_copy(*state, op.dy, n);
        for (int t = 0; t < T; t++) rope_rotate(dx + t * D, op.saved + t * D, D, -1);
        assert_gradient(*state, objective, &op, op.x, dx, n, ALL);
    }
}

/* x holds queries and keys; w is (rows, ldv) with the values in its last C columns, as in the
 * model. */
static void forward_attention(Op *op) {
    const int C = op->d.C;
    attention_forward(op->y, op->saved, op->x, op->w + 2 * C, 3 * C, &op->d, &op->work);
}

static void check_attention(Rig *rig, int T) {
    const Dims d = {.B = 2, .T = T, .C = 12, .H = 3, .D = 4};
    const size_t rows = (size_t)(d.B * T), C = (size_t)d.C, tokens = (size_t)T;
    Op op = {.forward = forward_attention, .d = d};
    op_tensors(rig, &op, rows * 2 * C, rows * 3 * C, rows * C);
    op.saved = rig_poison(rig, (size_t)(d.B * d.H) * tokens * tokens);
    forward_attention(&op);
    real *dqk = rig_poison(rig, op.n_x), *dw = rig_poison(rig, op.n_w);
    real *scratch = rig_poison(rig, ATTENTION_TILE * tokens);
    attention_backward(dqk, dw + 2 * C, scratch, op.dy, op.saved, op.x, op.w + 2 * C, 3 * d.C, &d,
                       &op.work);
    for (size_t row = 0; row < rows; row++) // beside the values nothing may be written
        for (size_t i = 0; i < 2 * C; i++) {
            assert_true(isnan(dw[row * 3 * C + i]));
            dw[row * 3 * C + i] = 0;
        }
    if (T > 1)
        assert_gradient(rig, objective, &op, op.x, dqk, op.n_x, PROBES);
    else
        assert_at_most(dot(dqk, dqk, op.n_x), TOLERANCE); // the only key has probability 1
    assert_gradient(rig, objective, &op, op.w, dw, op.n_w, 2 * PROBES);
}

static void test_attention(void **state) {
    const int lengths[] = {1, 2, 7, ATTENTION_TILE, ATTENTION_TILE + 1, 2 * ATTENTION_TILE + 5};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) check_attention(*state, lengths[i]);
}

static void forward_mlp_act(Op *op) {
    mlp_act_forward(op->y, op->x, op->d.act, op->rows, op->out);
}

static void test_mlp_act(void **state) {
    for (Activation act = ACT_GELU; act <= ACT_SWIGLU; act++) {
        Op op = {.forward = forward_mlp_act, .d = {.act = act, .F = 11}, .rows = 6, .out = 11};
        op_tensors(*state, &op, (size_t)(6 * mlp_in(&op.d)), 1, 6 * 11);
        real *dx = rig_poison(*state, op.n_x);
        mlp_act_backward(dx, op.dy, op.x, act, op.rows, op.out);
        assert_gradient(*state, objective, &op, op.x, dx, op.n_x, ALL);
    }
}

static void forward_embed(Op *op) {
    embed_forward(op->y, op->tokens, op->w, op->rows, op->out);
}

static void test_embed(void **state) {
    const int rows = 14, C = 5, V = 6; // every token more than once
    Op op = {.forward = forward_embed, .rows = rows, .out = C};
    op_tensors(*state, &op, 1, (size_t)(V * C), (size_t)(rows * C));
    op.tokens = rig_below(*state, (size_t)rows, V);
    real *prior = rig_normal(*state, op.n_w, 0, 1), *dw = rig_copy(*state, prior, op.n_w);
    embed_backward(dw, op.dy, op.tokens, rows, C);
    subtract(dw, prior, op.n_w);
    assert_gradient(*state, objective, &op, op.w, dw, op.n_w, ALL);
}

typedef struct {
    real *logits;
    const int *targets;
    double *loss;
    real scale, weight;
    int rows, V;
} Xent;

static double xent_objective(void *context) {
    Xent *x = context;
    double sum = 0;
    xent_forward(x->loss, x->logits, x->targets, x->scale, x->rows, x->V);
    for (int row = 0; row < x->rows; row++) sum += x->loss[row];
    return (double)x->weight * sum;
}

static void test_xent(void **state) {
    const real scales[] = {1, (real)0.25, 3};
    for (size_t i = 0; i < COUNT_OF(scales); i++) {
        Xent x = {.scale = scales[i], .weight = (real)0.3, .rows = 5, .V = 13};
        const size_t n = (size_t)(x.rows * x.V);
        x.logits = rig_normal(*state, n, 0, 1);
        x.targets = rig_below(*state, (size_t)x.rows, x.V);
        x.loss = ARENA_ARRAY(((Rig *)*state)->arena, double, (size_t)x.rows);
        double again[5];
        real *dlogits = rig_copy(*state, x.logits, n);
        xent_backward(again, dlogits, x.targets, x.scale, x.weight, x.rows, x.V);
        assert_gradient(*state, xent_objective, &x, x.logits, dlogits, n, ALL);
        xent_objective(&x);
        assert_memory_equal(again, x.loss, sizeof again);
    }
}

/* The whole net along one direction through all its parameters; at is where on it we stand. */
typedef struct {
    Net *net;
    const real *origin, *direction;
    size_t n;
    real at;
} Line;

static double line_objective(void *context) {
    Line *line = context;
    for (size_t i = 0; i < line->n; i++)
        line->net->model.storage[i] = line->origin[i] + line->at * line->direction[i];
    return net_loss(line->net);
}

static double direction_error(Rig *rig, Net *net, const real *gradient) {
    const size_t n = params_size(&net->model.d);
    const real *origin = rig_copy(rig, net->model.storage, n);
    Line line = {.net = net, .origin = origin, .direction = rig_normal(rig, n, 0, 0.2), .n = n};
    const real along = (real)dot(gradient, line.direction, n);
    const double measured = difference(line_objective, &line, &line.at, DIFFERENCE_STEP);
    memcpy(net->model.storage, origin, n * sizeof(real));
    return relative_error(&along, &measured, 1);
}

static Dims net_dims(int combination, int T) {
    return (Dims){.B = 2,
                  .T = T,
                  .C = 8,
                  .L = 2,
                  .H = 2,
                  .D = 4,
                  .F = 13,
                  .V = 11,
                  .act = combination & 1 ? ACT_SWIGLU : ACT_GELU,
                  .qk_norm = combination & 2,
                  .tied = combination & 4,
                  .logit_scale = (real)0.8};
}

static void test_net(void **state) {
    for (int combination = 0; combination < 8; combination++) {
        const Dims d = net_dims(combination, ATTENTION_TILE + 5);
        Net net;
        net_init(*state, &net, &d);
        net_gradient(&net);
        ParamInfo table[N_PARAMS];
        params_table(&d, table);
        for (int i = 0; i < N_PARAMS; i++) {
            const size_t at = table[i].offset, n = param_size(&table[i]);
            if (!n) continue;
            real *tensor = net.model.storage + at, *gradient = net.lane.grad + at;
            const double error =
                gradient_error(*state, net_loss, &net, tensor, gradient, n, PROBES / 2);
            if (!(error <= GRADIENT_TOLERANCE) || !(dot(gradient, gradient, n) > 0))
                fail_msg("combination %d, %s: relative error %g", combination, table[i].name,
                         error);
        }
        assert_at_most(direction_error(*state, &net, net.lane.grad), GRADIENT_TOLERANCE);
    }
}

/* The checks themselves: one wrong sign, and they object. */
static void test_planted_op(void **state) {
    Op op;
    real *dx, *dw;
    linear_case(*state, &op, &dx, &dw);
    flip_largest(dx, op.n_x);
    flip_largest(dw, op.n_w);
    const double error_x = gradient_error(*state, objective, &op, op.x, dx, op.n_x, ALL);
    const double error_w = gradient_error(*state, objective, &op, op.w, dw, op.n_w, ALL);
    assert_true(error_x > 3 * GRADIENT_TOLERANCE && error_w > 3 * GRADIENT_TOLERANCE);
}

static void test_planted_net(void **state) {
    const Dims d = net_dims(2, 6);
    Net net;
    net_init(*state, &net, &d);
    net_gradient(&net);
    ParamInfo table[N_PARAMS];
    params_table(&d, table);
    for (int i = 0; i < N_PARAMS; i++) {
        const size_t n = param_size(&table[i]);
        real *tensor = net.model.storage + table[i].offset;
        real *gradient = net.lane.grad + table[i].offset;
        flip_largest(gradient, n);
        const double wrong = gradient_error(*state, net_loss, &net, tensor, gradient, n, ALL);
        assert_true(wrong > 3 * GRADIENT_TOLERANCE);
        flip_largest(gradient, n);
        const double right = gradient_error(*state, net_loss, &net, tensor, gradient, n, ALL);
        assert_true(right <= GRADIENT_TOLERANCE);
    }
    flip_largest(net.lane.grad, params_size(&d));
    assert_true(direction_error(*state, &net, net.lane.grad) > 3 * GRADIENT_TOLERANCE);
}

/* A gradient that is not a number is never close. */
static void test_planted_nan(void **state) {
    Op op;
    real *dx, *dw;
    linear_case(*state, &op, &dx, &dw);
    dx[3] = (real)NAN;
    const double error = gradient_error(*state, objective, &op, op.x, dx, op.n_x, ALL);
    assert_false(error <= GRADIENT_TOLERANCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_rmsnorm),   TEST(test_linear),     TEST(test_gemm),        TEST(test_rope),
        TEST(test_attention), TEST(test_mlp_act),    TEST(test_embed),       TEST(test_xent),
        TEST(test_net),       TEST(test_planted_op), TEST(test_planted_net), TEST(test_planted_nan),
    };
    gemm_single_thread();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
