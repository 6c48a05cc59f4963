/* test_model_moe_gradients.c: gradients through experts, gates and balance losses, full experts
 * among them, by differences that stay on one side of every kink. It is the MODE=double build that
 * decides. */
#include "tests/moe_rig.h"

enum { ALL = 1 << 30 };
#ifdef TINYSCALE_DOUBLE
enum { PROBES = 24 };
#define FEW_TOLERANCE GRADIENT_TOLERANCE
#define ROUTED_STEP   2e-4 // smaller than DIFFERENCE_STEP: fewer routes change on the way
#else
enum { PROBES = 6 };
#define FEW_TOLERANCE 5e-2 // a few elements may all be small, and the differences' noise is not
#define ROUTED_STEP   1e-2
#endif

/* An objective with a kink where routes change: differences across one say nothing, so all points
 * of a probe must have the routes of the centre; another one is drawn where they have not. */
typedef struct {
    Net *net;
    const int *expert; // the centre's
    bool moved;        // since it was set to false
    int probes, rejected;
    const real *origin, *direction;
    real at; // on the line from origin along direction, if there is one
} Probe;

static double routed_objective(void *context) {
    Probe *probe = context;
    Net *net = probe->net;
    const Dims *d = &net->model.d;
    const size_t n = params_size(d);
    for (size_t i = 0; probe->direction && i < n; i++)
        net->model.storage[i] = probe->origin[i] + probe->at * probe->direction[i];
    router_tally_clear(&net->lane.routed, d);
    const double loss = loss_of(net);
    probe->moved |= memcmp(net->lane.routes.expert, probe->expert, n_pairs(d) * sizeof(int)) != 0;
    return loss + (double)net->weight * (net->lane.routed.aux + net->lane.routed.z);
}

/* The gradient, in the lane, and where it is taken. */
static Probe probe_at(Rig *rig, Net *net) {
    gradient_of(net);
    int *expert = ARENA_ARRAY(rig->arena, int, n_pairs(&net->model.d));
    memcpy(expert, net->lane.routes.expert, n_pairs(&net->model.d) * sizeof(int));
    return (Probe){.net = net, .expert = expert};
}

/* Whether the difference may be used. */
static bool probe_once(Probe *probe, real *x, double *slope) {
    probe->moved = false;
    *slope = difference(routed_objective, probe, x, ROUTED_STEP);
    probe->probes++, probe->rejected += probe->moved;
    return !probe->moved;
}

/* Error over `wanted` random elements, or as many as there are. */
static double routed_error(Rig *rig, Probe *probe, real *x, const real *grad, size_t n,
                           size_t wanted) {
    const Stream stream = stream_open(3, "test", rig->draws++);
    const size_t limit = n < wanted ? n : wanted;
    real *got = rig_zeros(rig, limit);
    double *want = rig_doubles(rig, limit);
    size_t count = 0;
    for (size_t k = 0; k < n && count < limit; k++) {
        const size_t i = stream_permute(&stream, k, n);
        got[count] = grad[i];
        count += probe_once(probe, x + i, &want[count]);
    }
    return relative_error(got, want, count);
}

/* Along one direction through all parameters. */
static double direction_error(Rig *rig, Probe *probe, const real *gradient) {
    Net *net = probe->net;
    const size_t n = params_size(&net->model.d);
    probe->origin = rig_copy(rig, net->model.storage, n);
    double measured;
    do probe->direction = rig_normal(rig, n, 0, 0.05);
    while (!probe_once(probe, &probe->at, &measured) && probe->probes < 1000);
    const real along = (real)dot(gradient, probe->direction, n);
    probe->direction = NULL;
    memcpy(net->model.storage, probe->origin, n * sizeof(real));
    return relative_error(&along, &measured, 1);
}

/* The bias balances loads and learns nothing. Where there is one expert a token and its gate is one
 * whatever its score, scores matter to the balance losses only. */
static bool has_gradient(const Dims *d, ParamId id) {
    const Moe *moe = &d->moe;
    const bool gates = moe->router == ROUTER_SOFTMAX || moe->K > 1;
    return id != PARAM_bias && (id != PARAM_router || gates || moe->aux > 0 || moe->z > 0);
}

static void check_tensors(Rig *rig, Probe *probe, int combination) {
    Net *net = probe->net;
    ParamInfo table[N_PARAMS];
    params_table(&net->model.d, table);
    for (ParamId id = 0; id < N_PARAMS; id++) {
        const size_t at = table[id].offset, n = param_size(&table[id]);
        real *tensor = net->model.storage + at, *gradient = net->lane.grad + at;
        const double size = sqrt(dot(gradient, gradient, n));
        if (!n) continue;
        if (!has_gradient(&net->model.d, id)) {
            assert_at_most(size, TOLERANCE);
            continue;
        }
        const double error = routed_error(rig, probe, tensor, gradient, n, PROBES);
        if (!(error <= FEW_TOLERANCE) || !(size > 0))
            fail_msg("combination %d, %s: relative error %g", combination, table[id].name, error);
    }
}

static void test_gradients(void **state) {
    int probes = 0, rejected = 0;
    for (int combination = 0; combination < COMBINATIONS; combination++) {
        Net net;
        net_init_routed(*state, &net, combination);
        Probe probe = probe_at(*state, &net);
        check_tensors(*state, &probe, combination);
        assert_at_most(direction_error(*state, &probe, net.lane.grad), FEW_TOLERANCE);
        probes += probe.probes, rejected += probe.rejected;
    }
    print_message("%d probes, %d of them rejected\n", probes, rejected);
    assert_true(rejected < probes / 2);
}

/* The check itself: one wrong sign in any tensor, and it objects. Biases far apart leave no probe
 * to be rejected: it might be that of the wrong element. */
static void test_planted(void **state) {
    for (Router router = ROUTER_SOFTMAX; router <= ROUTER_SIGMOID; router++) {
        Dims d = net_dims(*state, 4 + (int)router); // K = 2
        d.moe.biased = true;
        Net net;
        net_init(*state, &net, &d);
        for (int i = 0; i < moe_layers(&d) * d.moe.E; i++) net.model.params.bias[i] = 10 * (real)i;
        Probe probe = probe_at(*state, &net);
        ParamInfo table[N_PARAMS];
        params_table(&net.model.d, table);
        for (ParamId id = 0; id < N_PARAMS; id++) {
            const size_t n = param_size(&table[id]);
            real *tensor = net.model.storage + table[id].offset;
            real *gradient = net.lane.grad + table[id].offset;
            if (!n || id == PARAM_bias) continue;
            flip_largest(gradient, n);
            const double wrong = routed_error(*state, &probe, tensor, gradient, n, ALL);
            assert_true(wrong > 3 * GRADIENT_TOLERANCE);
            flip_largest(gradient, n);
            const double right = routed_error(*state, &probe, tensor, gradient, n, ALL);
            assert_true(right <= GRADIENT_TOLERANCE);
        }
        assert_int_equal(probe.rejected, 0);
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_gradients),
        TEST(test_planted),
    };
    take_compiled_path();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
