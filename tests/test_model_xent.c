/* test_model_xent.c: the loss and its gradient, compiled for one CPU path after the other, against
 * the equations in double and against differences: targets that are tokens, a teacher's
 * probabilities and mixtures of both, in the kernel and through the whole net. */
#include "tests/check.h"

#include "model/kernels/xent.h"

enum { ROUNDS = 12, ALL = 1 << 30 };

/* A teacher's probabilities (rows, V): a softmax of random scores. */
static real *teacher(Rig *rig, int rows, int V) {
    real *q = rig_normal(rig, (size_t)rows * (size_t)V, 0, 1);
    for (int row = 0; row < rows; row++) {
        double sum = 0;
        for (int v = 0; v < V; v++) sum += exp((double)q[row * V + v]);
        for (int v = 0; v < V; v++) q[row * V + v] = (real)(exp((double)q[row * V + v]) / sum);
    }
    return q;
}

/* The same tokens, said as probabilities. */
static real *one_hot(Rig *rig, const int *token, int rows, int V) {
    real *q = rig_zeros(rig, (size_t)rows * (size_t)V);
    for (int row = 0; row < rows; row++) q[row * V + token[row]] = 1;
    return q;
}

/* --- the kernel ------------------------------------------------------------------------------- */

typedef struct {
    real *logits;    // (rows, V) of some rows of the targets
    Targets targets; // (first + rows)
    int first, rows, V;
    double *loss; // (rows)
    real scale, weight;
} Xent;

/* Shapes at random, the rows being the last of a batch; every third round without a teacher, every
 * third without a token. */
static Xent xent_at_random(Rig *rig, int round, double shift) {
    Xent x = {.first = rig_below(rig, 1, 4)[0],
              .rows = rig_size(rig, 9),
              .V = rig_size(rig, 300),
              .scale = (real)0.7,
              .weight = (real)0.2};
    const int batch = x.first + x.rows;
    static const double MIXES[] = {0, 0.3, 1};
    x.targets.mix = (real)MIXES[round % 3];
    if (x.targets.mix < 1) x.targets.token = rig_below(rig, (size_t)batch, x.V);
    if (x.targets.mix > 0) x.targets.soft = teacher(rig, batch, x.V);
    x.logits = rig_normal(rig, (size_t)(x.rows * x.V), shift, 3);
    x.loss = rig_doubles(rig, (size_t)x.rows);
    return x;
}

static void forward(Xent *x) {
    xent_forward(x->loss, x->logits, x->targets, x->first, x->scale, x->rows, x->V);
}

static void backward(const Xent *x, double *loss, real *dlogits) {
    xent_backward(loss, dlogits, x->targets, x->first, x->scale, x->weight, x->rows, x->V);
}

/* What row `row` should have predicted, as probabilities. */
static double wanted(const Xent *x, int row, int v) {
    const Targets *t = &x->targets;
    const int at = x->first + row;
    const double mix = (double)t->mix;
    return (mix < 1 ? (1 - mix) * (t->token[at] == v) : 0) +
           (mix > 0 ? mix * (double)t->soft[at * x->V + v] : 0);
}

/* The equations, with logits far from zero: a shift must not matter. */
static void check_xent(Rig *rig, int round) {
    const double shift = 100 * (round % 4 - 1);
    Xent x = xent_at_random(rig, round, shift);
    const size_t n = (size_t)(x.rows * x.V);
    double *again = rig_doubles(rig, (size_t)x.rows), *want = rig_doubles(rig, n);
    forward(&x);
    for (int row = 0; row < x.rows; row++) {
        double sum = 0, loss = 0, size = 0;
        for (int v = 0; v < x.V; v++)
            sum += exp((double)x.scale * ((double)x.logits[row * x.V + v] - shift));
        for (int v = 0; v < x.V; v++) {
            const double z = (double)x.scale * ((double)x.logits[row * x.V + v] - shift);
            const double q = wanted(&x, row, v);
            loss += q * (log(sum) - z);
            size += q * (1 + fabs(log(sum)) + fabs(z));
            want[row * x.V + v] = (double)x.scale * (double)x.weight * (exp(z) / sum - q);
        }
        assert_at_most(fabs(x.loss[row] - loss), TOLERANCE * size);
    }
    backward(&x, again, x.logits);
    if (x.V > 1) assert_close(x.logits, want, n, TOLERANCE);
    assert_memory_equal(x.loss, again, (size_t)x.rows * sizeof *again);
}

static void test_equations(void **state) {
    for (int round = 0; round < 3 * ROUNDS; round++) check_xent(*state, round);
}

static double objective(void *context) {
    Xent *x = context;
    double sum = 0;
    forward(x);
    for (int row = 0; row < x->rows; row++) sum += x->loss[row];
    return (double)x->weight * sum;
}

static void test_gradients(void **state) {
    static const double MIXES[] = {0, 0.4, 1}, SCALES[] = {1, 0.25, 3};
    for (size_t i = 0; i < COUNT_OF(MIXES) * COUNT_OF(SCALES); i++) {
        Xent x = {.first = 2,
                  .rows = 5,
                  .V = 13,
                  .scale = (real)SCALES[i / COUNT_OF(MIXES)],
                  .weight = (real)0.3};
        const size_t n = (size_t)(x.rows * x.V);
        x.logits = rig_normal(*state, n, 0, 1);
        x.targets = (Targets){rig_below(*state, 7, x.V), teacher(*state, 7, x.V),
                              (real)MIXES[i % COUNT_OF(MIXES)]};
        x.loss = rig_doubles(*state, (size_t)x.rows);
        double again[5];
        real *dlogits = rig_copy(*state, x.logits, n);
        backward(&x, again, dlogits);
        assert_gradient(*state, objective, &x, x.logits, dlogits, n, ALL);
        forward(&x);
        assert_memory_equal(again, x.loss, sizeof again);
    }
}

/* A teacher who is certain of the token says what the token says, at any share. A share of 0 is as
 * if there were no teacher, to the bit, and a share of 1 as if there were no token. */
static void test_certain_teacher(void **state) {
    for (int round = 0; round < ROUNDS; round++) {
        Xent x = xent_at_random(*state, 0, 0);
        const int batch = x.first + x.rows;
        const size_t n = (size_t)(x.rows * x.V);
        double *loss = rig_doubles(*state, (size_t)x.rows);
        real *gradient = rig_copy(*state, x.logits, n);
        backward(&x, loss, gradient);
        const double *want = widen(*state, gradient, n);
        for (int quarters = 0; quarters <= 4; quarters++) {
            Xent taught = x;
            double *again = rig_doubles(*state, (size_t)x.rows);
            taught.targets.soft = one_hot(*state, x.targets.token, batch, x.V);
            taught.targets.mix = (real)quarters / 4;
            if (quarters == 0) taught.targets.soft = teacher(*state, batch, x.V);
            if (quarters == 4) taught.targets.token = NULL;
            real *z = rig_copy(*state, x.logits, n);
            backward(&taught, again, z);
            for (int row = 0; row < x.rows; row++)
                assert_at_most(fabs(again[row] - loss[row]), TOLERANCE * (1 + loss[row]));
            if (x.V > 1) assert_close(z, want, n, TOLERANCE);
            if (quarters) continue;
            assert_memory_equal(again, loss, (size_t)x.rows * sizeof *loss);
            assert_memory_equal(z, gradient, n * sizeof *z);
        }
    }
}

static void test_nan(void **state) {
    enum { V = 37 };
    const int token = 5;
    const Targets targets[] = {{.token = &token},
                               {&token, teacher(*state, 1, V), (real)0.5},
                               {.soft = one_hot(*state, &token, 1, V), .mix = 1}};
    const real *logits = rig_normal(*state, V, 0, 1);
    for (int bad = 0; bad < (int)COUNT_OF(targets) * V; bad++) {
        real *z = rig_copy(*state, logits, V);
        double loss;
        z[bad % V] = (real)NAN;
        xent_forward(&loss, z, targets[bad / V], 0, 1, 1, V);
        assert_true(isnan(loss));
        loss = 0;
        xent_backward(&loss, z, targets[bad / V], 0, 1, 1, 1, V);
        assert_true(isnan(loss));
        for (int v = 0; v < V; v++) assert_true(isnan(z[v]));
    }
}

/* --- the whole net ---------------------------------------------------------------------------- */

/* Of the second kind, logits exist for some of the rows at a time only, so that a teacher's rows
 * are met at an offset. */
static Dims net_dims(bool pieces) {
    return (Dims){.B = 2,
                  .T = 21,
                  .C = 8,
                  .L = 1,
                  .H = 2,
                  .D = 4,
                  .F = 13,
                  .V = pieces ? LOGITS_HELD / 20 : 11,
                  .tied = pieces,
                  .logit_scale = (real)0.8};
}

static void test_net_learns_from_a_teacher(void **state) {
    for (int pieces = 0; pieces < 2; pieces++) {
        const Dims d = net_dims(pieces);
        const int rows = d.B * d.T;
        assert_true((lane_head_rows(&d) < rows) == pieces);
        Net net;
        net_init(*state, &net, &d);
        net.soft = teacher(*state, rows, d.V);
        net.mix = (real)0.6;
        gradient_of(&net);
        ParamInfo table[N_PARAMS];
        params_table(&d, table);
        for (int i = 0; i < N_PARAMS; i++) {
            const size_t at = table[i].offset, n = param_size(&table[i]);
            real *w = net.model.storage + at, *dw = net.lane.grad + at;
            if (n && !(pieces && i == PARAM_embed)) // many tokens that are hardly anybody's
                assert_gradient(*state, loss_of, &net, w, dw, n, 10);
        }
    }
}

/* The bits of each row's loss depend on that row's targets only, wherever the row stands. */
static void test_net_with_a_certain_teacher(void **state) {
    for (int pieces = 0; pieces < 2; pieces++) {
        const Dims d = net_dims(pieces);
        const size_t rows = (size_t)(d.B * d.T), n = params_size(&d);
        Net net;
        net_init(*state, &net, &d);
        const double loss = gradient_of(&net);
        const double *want = widen(*state, net.lane.grad, n);
        double *each = rig_doubles(*state, rows);
        memcpy(each, net.lane.loss, rows * sizeof *each);
        net.soft = one_hot(*state, net.targets, (int)rows, d.V);
        for (int halves = 1; halves <= 2; halves++) {
            net.mix = (real)halves / 2;
            assert_at_most(fabs(gradient_of(&net) - loss), TOLERANCE * loss);
            assert_close(net.lane.grad, want, n, TOLERANCE);
            loss_of(&net);
            for (size_t row = 0; row < rows; row++)
                assert_at_most(fabs(net.lane.loss[row] - each[row]), TOLERANCE * (1 + each[row]));
        }
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_equations),
        TEST(test_gradients),
        TEST(test_certain_teacher),
        TEST(test_nan),
        TEST(test_net_learns_from_a_teacher),
        TEST(test_net_with_a_certain_teacher),
    };
    take_compiled_path();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
