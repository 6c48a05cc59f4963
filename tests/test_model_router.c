/* test_model_router.c: where the router sends tokens, against a twin in double that goes token by
 * token: who is chosen and with what weight, what the balance losses come to, and that rows and
 * pairs are each other's inverse, at random and at the extremes; capacity. */
#include "tests/check.h"

#include "model/router.h"

enum { MAX_E = 9, MAX_M = 60, CASES = 400 };

/* How scores are drawn. */
typedef enum { NORMAL, TIED, EQUAL, ONE_EXPERT, FAR_APART, N_KINDS } Kind;

typedef struct {
    Moe moe;
    int M;
    real *scores, *bias, *gates, *p;
    Routes routes;
    RouterTally tally;
} Routed;

static void draw_scores(Rig *rig, Routed *x, Kind kind) {
    const size_t n = (size_t)(x->M * x->moe.E);
    rig_fill(rig, x->scores, n, 0, kind == FAR_APART ? 30 : 1);
    const int expert = rig_below(rig, 1, x->moe.E)[0];
    for (size_t i = 0; i < n; i++) {
        if (kind == TIED) x->scores[i] = (real)round((double)x->scores[i]);
        if (kind == EQUAL) x->scores[i] = (real)0.3;
        if (kind == ONE_EXPERT && (int)i % x->moe.E == expert) x->scores[i] += 20;
    }
}

static Routed draw(Rig *rig, int number) {
    const int E = rig_size(rig, MAX_E), M = rig_size(rig, MAX_M);
    Routed x = {.M = M,
                .moe = {.E = E,
                        .K = rig_size(rig, E),
                        .F = 1,
                        .every = 1,
                        .router = number % 4,
                        .biased = number / 4 % 2,
                        .aux = (real)0.3,
                        .z = (real)0.2,
                        .capacity = (real)(rig_size(rig, 12) / 8.0)}};
    const size_t pairs = (size_t)(M * x.moe.K), scores = (size_t)(M * E);
    x.scores = rig_zeros(rig, scores), x.p = rig_poison(rig, scores);
    x.gates = rig_poison(rig, pairs);
    x.bias = x.moe.biased ? rig_normal(rig, (size_t)E, 0, 0.5) : NULL;
    x.routes =
        (Routes){rig_below(rig, pairs, 99), rig_below(rig, pairs, 99), rig_below(rig, pairs, 99),
                 rig_below(rig, (size_t)E + 1, 99), rig_below(rig, (size_t)E, 99)};
    x.tally.load = rig_doubles(rig, (size_t)E);
    draw_scores(rig, &x, number / 8 % N_KINDS);
    return x;
}

static void route(Routed *x, bool full) {
    router_forward(x->gates, x->routes, x->p, &x->tally, x->tally.load, x->scores, x->bias, full,
                   x->M, &x->moe);
}

/* What this token's choices are chosen by; p comes from the router, so that ties are its ties. */
static real merit(const Routed *x, int token, int expert) {
    const real p = x->p[token * x->moe.E + expert];
    return x->bias ? p + x->bias[expert] : p;
}

/* Better, or as good with the lower index. */
static bool goes_before(const Routed *x, int token, int a, int b) {
    const real of_a = merit(x, token, a), of_b = merit(x, token, b);
    return of_a > of_b || (of_a == of_b && a < b);
}

static void check_choice(const Routed *x, int token) {
    const int E = x->moe.E, *expert = x->routes.expert + token * x->moe.K;
    for (int rank = 0; rank < x->moe.K; rank++) {
        int before = 0;
        for (int e = 0; e < E; e++) before += goes_before(x, token, e, expert[rank]);
        assert_int_equal(before, rank);
    }
}

/* p, gates and losses of one token as the equations say. */
static void naive_token(const Routed *x, int token, double p[MAX_E], double gates[MAX_E],
                        double *lse) {
    const int E = x->moe.E, K = x->moe.K, *expert = x->routes.expert + token * K;
    const real *scores = x->scores + token * E;
    double sum = 0, chosen = 0;
    for (int e = 0; e < E; e++) sum += exp((double)scores[e]);
    *lse = log(sum);
    for (int e = 0; e < E; e++) {
        const double s = (double)scores[e];
        p[e] = x->moe.router == ROUTER_SIGMOID ? 1 / (1 + exp(-s)) : exp(s) / sum;
    }
    for (int i = 0; i < K; i++) chosen += p[expert[i]];
    for (int i = 0; i < K; i++)
        gates[i] = p[expert[i]] / (x->moe.router == ROUTER_SOFTMAX ? 1 : chosen);
}

static void check_numbers(Rig *rig, const Routed *x) {
    const int E = x->moe.E, K = x->moe.K, M = x->M;
    double *p = rig_doubles(rig, (size_t)(M * E)), *gates = rig_doubles(rig, (size_t)(M * K));
    double z = 0, entropy = 0, aux = 0, share[MAX_E] = {0};
    for (int t = 0; t < M; t++) {
        double lse, sum = 0;
        naive_token(x, t, p + t * E, gates + t * K, &lse);
        z += lse * lse;
        for (int e = 0; e < E; e++) sum += p[t * E + e];
        for (int e = 0; e < E; e++) {
            const double q = p[t * E + e] / sum;
            share[e] += q;
            entropy -= q > 0 ? q * log(q) : 0;
        }
    }
    for (int e = 0; e < E; e++) aux += E * (x->routes.load[e] / (double)(M * K)) * share[e];
    // probabilities below e^-87 are not told apart in float
    assert_close(x->p, p, (size_t)(M * E), TOLERANCE);
    assert_close(x->gates, gates, (size_t)(M * K), TOLERANCE);
    assert_at_most(fabs(x->tally.entropy - entropy), 10 * TOLERANCE * M);
    assert_at_most(fabs(x->tally.z - (double)x->moe.z * z), TOLERANCE * (M + z));
    assert_at_most(fabs(x->tally.aux - (double)x->moe.aux * aux), TOLERANCE * M);
}

/* Rows that an expert may take. */
static int room_of(const Routed *x, bool full) {
    const int pairs = x->M * x->moe.K;
    return full ? (int)ceil((double)x->moe.capacity * pairs / x->moe.E) : pairs;
}

/* An expert's rows stand together, in the order of its pairs: all first choices by token, then all
 * second ones; those beyond its room have none. Returns the pairs that chose it. */
static int check_expert(const Routed *x, int e, int room) {
    const Routes *r = &x->routes;
    int next = r->start[e], load = 0;
    for (int rank = 0; rank < x->moe.K; rank++)
        for (int t = 0; t < x->M; t++) {
            const int pair = t * x->moe.K + rank;
            if (r->expert[pair] != e) continue;
            assert_int_equal(r->row[pair], load < room ? next : -1);
            if (load++ < room) assert_int_equal(r->pair[next++], pair);
        }
    assert_int_equal(r->start[e + 1], next);
    assert_int_equal(r->load[e], load);
    return load;
}

static void check_rows(const Routed *x, bool full) {
    const int E = x->moe.E, pairs = x->M * x->moe.K, room = room_of(x, full);
    int all = 0, kept = 0;
    assert_int_equal(x->routes.start[0], 0);
    for (int e = 0; e < E; e++) {
        const int load = check_expert(x, e, room);
        all += load, kept += load < room ? load : room;
        assert_true(x->tally.load[e] == load);
    }
    assert_int_equal(all, pairs);
    assert_int_equal(x->routes.start[E], kept);
    if (!full) assert_int_equal(kept, pairs);
    assert_true(x->tally.tokens == x->M);
    assert_at_most(fabs(x->tally.dropped * x->moe.K - (pairs - kept)), 1e-9);
}

static void test_dispatch(void **state) {
    int kinds[N_KINDS] = {0};
    for (int number = 0; number < CASES; number++) {
        Routed x = draw(*state, number);
        route(&x, false);
        for (int t = 0; t < x.M; t++) check_choice(&x, t);
        check_rows(&x, false);
        check_numbers(*state, &x);
        kinds[number / 8 % N_KINDS]++;
    }
    for (int kind = 0; kind < N_KINDS; kind++) assert_int_equal(kinds[kind], CASES / N_KINDS);
}

static void test_equal_scores(void **state) {
    for (int number = 0; number < CASES; number++) {
        Routed x = draw(*state, number);
        x.bias = NULL;
        draw_scores(*state, &x, EQUAL);
        route(&x, false);
        for (int pair = 0; pair < x.M * x.moe.K; pair++)
            assert_int_equal(x.routes.expert[pair], pair % x.moe.K);
    }
}

/* Who chooses whom is as without; from a full expert the last of the lowest rank are turned away.
 * The shares that the balance loss sees are of all choices. */
static void test_capacity(void **state) {
    int dropped = 0;
    for (int number = 0; number < CASES; number++) {
        Routed x = draw(*state, number);
        route(&x, true);
        for (int t = 0; t < x.M; t++) check_choice(&x, t);
        check_rows(&x, true);
        check_numbers(*state, &x);
        dropped += x.tally.dropped > 0;
    }
    assert_in_range(dropped, CASES / 4, CASES - 1);
}

/* A tally is added to. */
static void test_tally(void **state) {
    for (int number = 0; number < CASES; number++) {
        Routed x = draw(*state, number);
        route(&x, true);
        const RouterTally once = x.tally;
        const double load = once.load[0];
        route(&x, true);
        assert_true(x.tally.load[0] == 2 * load && x.tally.tokens == 2 * once.tokens);
        assert_at_most(fabs(x.tally.dropped - 2 * once.dropped), 1e-12 * x.M);
        assert_at_most(fabs(x.tally.entropy - 2 * once.entropy), 1e-12 * x.M);
        assert_at_most(fabs(x.tally.aux - 2 * once.aux), 1e-12 * x.M);
        assert_at_most(fabs(x.tally.z - 2 * once.z), 1e-12 * (x.M + once.z));
    }
}

/* One score that is not a number: all its token's gates are not, whoever was chosen; nobody else's
 * are touched. Pairs and rows stay what they are. */
static void test_nan(void **state) {
    for (int number = 0; number < CASES; number++) {
        Routed x = draw(*state, number);
        const int at = rig_below(*state, 1, x.M * x.moe.E)[0], K = x.moe.K;
        x.scores[at] = (real)NAN;
        route(&x, number % 3);
        check_rows(&x, number % 3);
        for (int pair = 0; pair < x.M * K; pair++)
            assert_true(isnan(x.gates[pair]) == (pair / K == at / x.moe.E));
        assert_true(isnan(x.tally.entropy) && isnan(x.tally.aux) && isnan(x.tally.z));
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_dispatch), TEST(test_equal_scores), TEST(test_capacity),
        TEST(test_tally),    TEST(test_nan),
    };
    take_compiled_path();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
