/* test_model_gradients.c: every backward pass is the derivative of its forward pass, by central
 * differences; and a wrong sign in a single element is seen. It is the MODE=double build that
 * decides; in float the tolerance is loose. */
#include "tests/check.h"

#include "model/kernels/embed.h"
#include "model/kernels/linear.h"
#include "model/kernels/mlp_act.h"
#include "model/kernels/qk.h"
#include "model/kernels/rmsnorm.h"
#include "model/kernels/rope.h"

enum { ALL = 1 << 30 };
#ifdef TINYSCALE_DOUBLE
enum { PROBES = 60 };
#else
enum { PROBES = 10 };
#endif

/* A kernel under test: its objective is dot(dy, y), so that dy is the gradient of its output. */
typedef struct Kernel Kernel;
struct Kernel {
    void (*forward)(Kernel *k);
    Dims d;
    int rows, in, out, ld_in, ld_out;
    Transpose transpose;
    real *x, *w, *y, *saved, *scratch;
    const real *dy, *angles, *added;
    size_t n_x, n_w, n_y;
    const int *tokens;
    AttentionSaved attention;
    Work work;
};

static double objective(void *context) {
    Kernel *k = context;
    k->forward(k);
    return dot(k->dy, k->y, k->n_y);
}

static void kernel_tensors(Rig *rig, Kernel *k, size_t n_x, size_t n_w, size_t n_y) {
    k->n_x = n_x, k->n_w = n_w, k->n_y = n_y;
    k->x = rig_normal(rig, n_x, 0, 1);
    k->w = rig_normal(rig, n_w, 0.5, 1);
    k->y = rig_normal(rig, n_y, 0, 1);
    k->dy = rig_normal(rig, n_y, 0, 1);
}

/* What was added to a gradient that was not zero before. */
static void subtract(real *x, const real *prior, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] -= prior[i];
}

static void forward_rmsnorm(Kernel *k) {
    rmsnorm_forward(k->y, k->ld_out, k->saved, k->x, k->ld_in, k->w, k->rows, k->in);
}

static void check_rmsnorm(Rig *rig, int rows, int n, int ldx, int ldy) {
    Kernel k = {.forward = forward_rmsnorm, .rows = rows, .in = n, .ld_in = ldx, .ld_out = ldy};
    kernel_tensors(rig, &k, (size_t)(rows * ldx), (size_t)n, (size_t)(rows * ldy));
    k.saved = rig_zeros(rig, (size_t)rows);
    forward_rmsnorm(&k);
    real *prior_dx = rig_normal(rig, k.n_x, 0, 1), *dx = rig_copy(rig, prior_dx, k.n_x);
    real *prior_dw = rig_normal(rig, k.n_w, 0, 1), *dw = rig_copy(rig, prior_dw, k.n_w);
    rmsnorm_backward(dx, dw, k.dy, ldy, k.x, ldx, k.saved, k.w, rows, n);
    subtract(dx, prior_dx, k.n_x);
    subtract(dw, prior_dw, k.n_w);
    assert_gradient(rig, objective, &k, k.x, dx, k.n_x, ALL);
    assert_gradient(rig, objective, &k, k.w, dw, k.n_w, ALL);
}

static void test_rmsnorm(void **state) {
    check_rmsnorm(*state, 5, 13, 13, 13);
    check_rmsnorm(*state, 4, 16, 23, 19); // rows inside wider tensors
}

static void forward_linear(Kernel *k) {
    linear_forward(k->y, k->x, k->w, k->added, k->rows, k->in, k->out, &k->work);
}

/* A linear layer with its gradients; dw had something in it before, dx had not. */
static void linear_case(Rig *rig, Kernel *k, real **dx, real **dw) {
    *k = (Kernel){.forward = forward_linear, .rows = 7, .in = 5, .out = 9};
    kernel_tensors(rig, k, 7 * 5, 5 * 9, 7 * 9);
    k->added = rig_normal(rig, k->n_y, 0, 1);
    real *prior = rig_normal(rig, k->n_w, 0, 1);
    *dx = rig_poison(rig, k->n_x), *dw = rig_copy(rig, prior, k->n_w);
    linear_backward(*dx, *dw, k->dy, k->x, k->w, k->rows, k->in, k->out, &k->work);
    subtract(*dw, prior, k->n_w);
}

static void test_linear(void **state) {
    Kernel k;
    real *dx, *dw;
    linear_case(*state, &k, &dx, &dw);
    assert_gradient(*state, objective, &k, k.x, dx, k.n_x, ALL);
    assert_gradient(*state, objective, &k, k.w, dw, k.n_w, ALL);
}

static void forward_gemm(Kernel *k) {
    gemm(k->transpose, k->rows, k->out, k->in, k->x, k->ld_in, k->w, k->ld_out, k->added, k->y,
         k->out, &k->work);
}

/* The gradient of a product is two products of the other kinds: each kind is checked against the
 * rest. */
static void test_gemm(void **state) {
    const int M = 4, N = 6, K = 5;
    for (Transpose t = NN; t <= TN; t++) {
        Kernel k = {.forward = forward_gemm, .rows = M, .out = N, .in = K, .transpose = t};
        k.ld_in = t == TN ? M : K, k.ld_out = t == NT ? K : N;
        kernel_tensors(*state, &k, M * K, K * N, M * N);
        k.added = rig_normal(*state, k.n_y, 0, 1);
        real *da = rig_poison(*state, k.n_x), *db = rig_poison(*state, k.n_w);
        if (t == NN) {
            gemm(NT, M, K, N, k.dy, N, k.w, N, NULL, da, K, &k.work);
            gemm(TN, K, N, M, k.x, K, k.dy, N, NULL, db, N, &k.work);
        } else if (t == NT) {
            gemm(NN, M, K, N, k.dy, N, k.w, K, NULL, da, K, &k.work);
            gemm(TN, N, K, M, k.dy, N, k.x, K, NULL, db, K, &k.work);
        } else {
            gemm(NT, K, M, N, k.w, N, k.dy, N, NULL, da, M, &k.work);
            gemm(NN, K, N, M, k.x, M, k.dy, N, NULL, db, N, &k.work);
        }
        assert_gradient(*state, objective, &k, k.x, da, k.n_x, ALL);
        assert_gradient(*state, objective, &k, k.w, db, k.n_w, ALL);
    }
}

/* x is (positions, ld_in), w the gain if d.qk_norm; the output lies transposed. */
static HeadShape head_shape(const Kernel *k) {
    return (HeadShape){.T = k->rows,
                       .D = k->d.D,
                       .columns = attention_padded(k->rows),
                       .angles = k->angles,
                       .gain = k->d.qk_norm ? k->w : NULL,
                       .scale = (real)0.7};
}

static void forward_qk(Kernel *k) {
    const HeadShape h = head_shape(k);
    qk_forward(k->y, k->saved, k->x, k->ld_in, &h);
}

static void check_qk(Rig *rig, int T, int D, bool qk_norm) {
    const int columns = attention_padded(T), ldx = D + 3;
    const size_t n_y = (size_t)(D * columns);
    Kernel k = {.forward = forward_qk, .d = {.D = D, .qk_norm = qk_norm}, .rows = T, .ld_in = ldx};
    kernel_tensors(rig, &k, (size_t)(T * ldx), (size_t)D, n_y);
    k.saved = rig_poison(rig, (size_t)columns);
    real *angles = rig_zeros(rig, n_y), *dy = rig_copy(rig, k.dy, n_y);
    rope_table(angles, D, columns);
    for (int c = 0; c < D; c++) // beyond T all is zero
        for (int t = T; t < columns; t++) dy[c * columns + t] = 0;
    k.angles = angles, k.dy = rig_copy(rig, dy, n_y);
    forward_qk(&k);
    const HeadShape h = head_shape(&k);
    real *dx = rig_zeros(rig, k.n_x), *dgain = rig_zeros(rig, k.n_w);
    qk_backward(dx, qk_norm ? dgain : NULL, dy, rig_poison(rig, n_y), k.saved, k.x, ldx, &h);
    assert_gradient(rig, objective, &k, k.x, dx, k.n_x, ALL);
    if (qk_norm) assert_gradient(rig, objective, &k, k.w, dgain, k.n_w, ALL);
}

static void test_qk(void **state) {
    for (int D = 2; D <= 10; D += 4)
        for (int qk_norm = 0; qk_norm < 2; qk_norm++) check_qk(*state, 19, D, qk_norm);
}

/* x is queries, keys and values as projected, w the gains of queries and keys. */
static void forward_attention(Kernel *k) {
    const Dims *d = &k->d;
    attention_forward(k->y, k->attention, k->scratch, k->x, d->qk_norm ? k->w : NULL,
                      d->qk_norm ? k->w + d->D : NULL, k->angles, d, &k->work);
}

static void check_attention(Rig *rig, int T, bool qk_norm) {
    const Dims d = {.B = 2, .T = T, .C = 18, .H = 3, .D = 6, .qk_norm = qk_norm};
    const size_t n_y = (size_t)(d.B * T * d.C), columns = (size_t)attention_padded(T);
    const size_t rows = (size_t)(2 * d.B * d.H) * columns, D = (size_t)d.D;
    Kernel k = {.forward = forward_attention, .d = d};
    kernel_tensors(rig, &k, 3 * n_y, 2 * D, n_y);
    real *angles = rig_zeros(rig, D * columns);
    rope_table(angles, d.D, (int)columns);
    k.angles = angles;
    k.attention =
        (AttentionSaved){rig_poison(rig, rows * D), rig_poison(rig, rows), rig_poison(rig, rows)};
    k.scratch = rig_poison(rig, attention_scratch(&d));
    forward_attention(&k);
    real *dx = rig_poison(rig, k.n_x), *dw = rig_zeros(rig, k.n_w);
    attention_backward(dx, dw, dw + d.D, rig_poison(rig, attention_scratch(&d)), k.dy, k.y,
                       k.attention, k.x, qk_norm ? k.w : NULL, qk_norm ? k.w + d.D : NULL, k.angles,
                       &d, &k.work);
    assert_gradient(rig, objective, &k, k.x, dx, k.n_x, 2 * PROBES);
    if (qk_norm && T > 1) assert_gradient(rig, objective, &k, k.w, dw, k.n_w, ALL);
}

static void test_attention(void **state) {
    const int lengths[] = {
        1, 2, 7, 16, 17, ATTENTION_TILE, ATTENTION_TILE + 1, 2 * ATTENTION_TILE + 5};
    for (size_t i = 0; i < COUNT_OF(lengths); i++)
        for (int qk_norm = 0; qk_norm < 2; qk_norm++) check_attention(*state, lengths[i], qk_norm);
}

static void forward_mlp_act(Kernel *k) {
    mlp_act_forward(k->y, k->x, k->d.act, k->rows, k->out);
}

static void test_mlp_act(void **state) {
    for (Activation act = ACT_GELU; act <= ACT_SWIGLU; act++) {
        Kernel k = {.forward = forward_mlp_act, .d = {.act = act, .F = 11}, .rows = 6, .out = 11};
        kernel_tensors(*state, &k, (size_t)(6 * mlp_in(&k.d)), 1, 6 * 11);
        real *dx = rig_poison(*state, k.n_x);
        mlp_act_backward(dx, k.dy, k.x, act, k.rows, k.out);
        assert_gradient(*state, objective, &k, k.x, dx, k.n_x, ALL);
    }
}

static void forward_embed(Kernel *k) {
    embed_forward(k->y, k->tokens, k->w, k->rows, k->out);
}

static void test_embed(void **state) {
    const int rows = 14, C = 5, V = 6; // every token more than once
    Kernel k = {.forward = forward_embed, .rows = rows, .out = C};
    kernel_tensors(*state, &k, 1, (size_t)(V * C), (size_t)(rows * C));
    k.tokens = rig_below(*state, (size_t)rows, V);
    real *prior = rig_normal(*state, k.n_w, 0, 1), *dw = rig_copy(*state, prior, k.n_w);
    embed_backward(dw, k.dy, k.tokens, rows, C);
    subtract(dw, prior, k.n_w);
    assert_gradient(*state, objective, &k, k.w, dw, k.n_w, ALL);
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
    return loss_of(line->net);
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
        gradient_of(&net);
        ParamInfo table[N_PARAMS];
        params_table(&d, table);
        for (int i = 0; i < N_PARAMS; i++) {
            const size_t at = table[i].offset, n = param_size(&table[i]);
            if (!n) continue;
            real *tensor = net.model.storage + at, *gradient = net.lane.grad + at;
            const double error =
                gradient_error(*state, loss_of, &net, tensor, gradient, n, PROBES / 2);
            if (!(error <= GRADIENT_TOLERANCE) || !(dot(gradient, gradient, n) > 0))
                fail_msg("combination %d, %s: relative error %g", combination, table[i].name,
                         error);
        }
        assert_at_most(direction_error(*state, &net, net.lane.grad), GRADIENT_TOLERANCE);
    }
}

/* A vocabulary so large that the logits of a few rows at a time are all there is. */
static void test_net_in_pieces(void **state) {
    for (int tied = 0; tied < 2; tied++) {
        Dims d = net_dims(tied ? 4 : 0, 21);
        d.V = LOGITS_HELD / 20;
        assert_in_range(lane_head_rows(&d), 2, d.B * d.T / 2);
        Net net;
        net_init(*state, &net, &d);
        gradient_of(&net);
        assert_at_most(direction_error(*state, &net, net.lane.grad), GRADIENT_TOLERANCE);
    }
}

/* The checks themselves: one wrong sign, and they object. */
static void test_planted_kernel(void **state) {
    Kernel k;
    real *dx, *dw;
    linear_case(*state, &k, &dx, &dw);
    flip_largest(dx, k.n_x);
    flip_largest(dw, k.n_w);
    const double error_x = gradient_error(*state, objective, &k, k.x, dx, k.n_x, ALL);
    const double error_w = gradient_error(*state, objective, &k, k.w, dw, k.n_w, ALL);
    assert_true(error_x > 3 * GRADIENT_TOLERANCE && error_w > 3 * GRADIENT_TOLERANCE);
}

static void test_planted_net(void **state) {
    const Dims d = net_dims(2, 6);
    Net net;
    net_init(*state, &net, &d);
    gradient_of(&net);
    ParamInfo table[N_PARAMS];
    params_table(&d, table);
    for (int i = 0; i < N_PARAMS; i++) {
        const size_t n = param_size(&table[i]);
        if (!n) continue;
        real *tensor = net.model.storage + table[i].offset;
        real *gradient = net.lane.grad + table[i].offset;
        flip_largest(gradient, n);
        const double wrong = gradient_error(*state, loss_of, &net, tensor, gradient, n, ALL);
        assert_true(wrong > 3 * GRADIENT_TOLERANCE);
        flip_largest(gradient, n);
        const double right = gradient_error(*state, loss_of, &net, tensor, gradient, n, ALL);
        assert_true(right <= GRADIENT_TOLERANCE);
    }
    flip_largest(net.lane.grad, params_size(&d));
    assert_true(direction_error(*state, &net, net.lane.grad) > 3 * GRADIENT_TOLERANCE);
}

/* A gradient that is not a number is never close. */
static void test_planted_nan(void **state) {
    Kernel k;
    real *dx, *dw;
    linear_case(*state, &k, &dx, &dw);
    dx[3] = (real)NAN;
    const double error = gradient_error(*state, objective, &k, k.x, dx, k.n_x, ALL);
    assert_false(error <= GRADIENT_TOLERANCE);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_net_in_pieces),  TEST(test_rmsnorm),     TEST(test_linear),
        TEST(test_gemm),           TEST(test_qk),          TEST(test_attention),
        TEST(test_mlp_act),        TEST(test_embed),       TEST(test_net),
        TEST(test_planted_kernel), TEST(test_planted_net), TEST(test_planted_nan),
    };
    take_compiled_path();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
