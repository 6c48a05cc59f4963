/* test_law_limits.c: laws against each other where one is the limit of another, against what their
 * papers say of them, and frontiers against a search. */
#include <string.h>

#include "tests/planted.h"

#include "analysis/laws/kronecker.h"

static const double CHINCHILLA[] = {0.5972, 6.1780, 0.3478, 7.6427, 0.3658}; // Besiroglu et al.

/* A few sizes and token counts, C = 6 N D. */
enum { N_RUNS = 25 };
static Point run(int i) {
    Point p = {.params = 1e6 * pow(8, i % 5), .tokens = 1e8 * pow(9, i / 5)};
    p.flops = 6 * p.params * p.tokens;
    return p;
}

/* Equal losses at every run. */
static void assert_same(const Law *a, const double *of_a, const Law *b, const double *of_b,
                        double relative) {
    for (int i = 0; i < N_RUNS; i++) {
        const Point p = run(i);
        assert_close(law_loss(a, of_a, &p), law_loss(b, of_b, &p), relative);
    }
}

static void test_limits_of_two_terms(void **state) {
    (void)state;
    const double *c = CHINCHILLA;
    const double one[] = {c[0], c[1], c[2], c[3], c[4], 1};
    assert_same(&LAW_SKALING, one, &LAW_CHINCHILLA, c, 1e-12);
    const double equal[] = {c[0], c[1], 0.35, c[3], 0.35}, tied[] = {c[0], c[1], c[3], 0.35};
    assert_same(&LAW_CHINCHILLA_TIED, tied, &LAW_CHINCHILLA, equal, 1e-12);
    /* Far below an L0 of e^30 the bounded law is a sum. */
    const double far[] = {c[0], 30, c[1] - 30, c[2], c[3] - 30, c[4]};
    assert_same(&LAW_BOUNDED, far, &LAW_CHINCHILLA, c, 1e-9);
    const double eta = 0.175, six = eta * log(6);
    const double gadre[] = {c[0], c[1] + six, eta, c[3] + six};
    assert_same(&LAW_GADRE, gadre, &LAW_CHINCHILLA_TIED, tied, 1e-12);
}

/* With one batch the third term is a part of E, and steps are tokens in another unit. */
static void test_three_terms_of_one_batch(void **state) {
    (void)state;
    const double *c = CHINCHILLA, batch = 5e5;
    const double theta[] = {log(1.2), c[1], c[2], 4, 0.2, c[3] - c[4] * log(batch), c[4]};
    const double folded[] = {log(1.2 + exp(4 - 0.2 * log(batch))), c[1], c[2], c[3], c[4]};
    for (int i = 0; i < N_RUNS; i++) {
        Point p = run(i);
        p.batch_tok = batch;
        assert_close(law_loss(&LAW_THREE_TERM, theta, &p), law_loss(&LAW_CHINCHILLA, folded, &p),
                     1e-12);
    }
}

/* Parameters that Li and Maddison publish with their program, whose steps have a rate of 1.999 and
 * whose batches are counted in sequences of 128 tokens; their sums, over every direction. */
static void test_nqs_as_published(void **state) {
    (void)state;
    const double rate = 1.999, P = 3.581, p = 1.117, Q = 0.936, q = 0.588, R = 4.283, r = 1.485;
    const double theta[] = {log(0.449), log(P), p, log(rate * Q), q, log(rate * R * 128), r};
    static const double RUNS[][4] = {{64e6, 2048, 10000, 2.43198610516},
                                     {8e6, 24, 1000, 4.93230391125},
                                     {1e7, 96, 160000, 3.17828128449}};
    for (size_t i = 0; i < COUNT_OF(RUNS); i++) {
        const double batch = 128 * RUNS[i][1];
        const Point run = {.params = RUNS[i][0], .tokens = batch * RUNS[i][2], .batch_tok = batch};
        assert_close(law_loss(&LAW_NQS, theta, &run), RUNS[i][3], 1e-9);
    }
}

/* A model of endless steps and batch is Chinchilla's first term, P / (2 alpha) N^-alpha over E; one
 * of endless size and batch is a power of its steps; noise falls as 1 / batch and is the only thing
 * that does. */
static void test_nqs_limits(void **state) {
    (void)state;
    const double P = 4, p = 1.3, Q = 0.8, q = 0.6, R = 1e5, r = 1.4, E = 0.9;
    const double theta[] = {log(E), log(P), p, log(Q), q, log(R), r};
    const double quiet[] = {log(E), log(P), p, log(Q), q, -40, r};
    for (double n = 1e5; n < 1e12; n *= 10) {
        const Point p_n = {.params = n, .tokens = 1e36, .batch_tok = 1e12};
        assert_close(law_loss(&LAW_NQS, quiet, &p_n) - E, P / (2 * (p - 1)) * pow(n, 1 - p), 2e-5);
    }
    /* integral P/2 n^-p exp(-2 K Q n^-q) dn = P / 2q Gamma((p - 1) / q) (2 K Q)^-((p - 1) / q) */
    const double gamma = (p - 1) / q;
    for (double k = 1e3; k < 2e5; k *= 10) {
        const Point p_k = {.params = 1e13, .tokens = k * 1e12, .batch_tok = 1e12};
        const double want = P / (2 * q) * tgamma(gamma) * pow(2 * k * Q, -gamma);
        assert_close(law_loss(&LAW_NQS, quiet, &p_k) - E, want, 2 / k + 1e-4);
    }
    const Point a = {.params = 1e8, .tokens = 1e9, .batch_tok = 1e5},
                b = {.params = 1e8, .tokens = 4e9, .batch_tok = 4e5}; // as many steps
    const double least = law_loss(&LAW_NQS, quiet, &a);
    assert_close(law_loss(&LAW_NQS, quiet, &b), least, 1e-9);
    assert_close(law_loss(&LAW_NQS, theta, &a) - least, 4 * (law_loss(&LAW_NQS, theta, &b) - least),
                 1e-9);
}

static void test_kaplan_limits(void **state) {
    (void)state;
    const double theta[] = {log(6.4e13), 0.076, log(1.8e13), 0.103}; // their Table 2
    const Point wide = {.params = 1e60, .tokens = 3e9}, fed = {.params = 2e7, .tokens = 1e60};
    assert_close(law_loss(&LAW_KAPLAN, theta, &wide), pow(1.8e13 / 3e9, 0.103), 1e-12);
    assert_close(law_loss(&LAW_KAPLAN, theta, &fed), pow(6.4e13 / 2e7, 0.076), 1e-12);
    /* Their eq. 4.4: 5e3 N^.74 tokens keep the loss within 2 % of that of endless data. */
    for (double n = 1e5; n < 1e10; n *= 10) {
        const Point some = {.params = n, .tokens = 5e3 * pow(n, 0.74)};
        const Point all = {.params = n, .tokens = 1e60};
        const double excess =
            law_loss(&LAW_KAPLAN, theta, &some) / law_loss(&LAW_KAPLAN, theta, &all);
        assert_near(excess - 1, 0.02, 0.002);
    }
}

/* Muennighoff et al. 2023: C4. */
static const double REPEATED[] = {0.6254804, 6.255414, 0.3526596, 7.3049974,
                                  0.3526596, 2.7337,   1.6696};

static void test_fresh_data_are_chinchillas(void **state) {
    (void)state;
    double theta[LAW_MAX_PARAMS];
    memcpy(theta, REPEATED, sizeof REPEATED);
    int large = 0;
    for (int i = 0; i < N_RUNS; i++) {
        const Point p = run(i);
        const double fresh = law_loss(&LAW_CHINCHILLA, REPEATED, &p);
        const double loss = law_loss(&LAW_DATA_CONSTRAINED, theta, &p);
        assert_true(loss >= fresh * (1 - 1e-12)); // worse where N is more than the data feed
        large += loss > fresh * (1 + 1e-9);
    }
    assert_true(large > 3 && large < N_RUNS - 3);
    theta[5] = theta[6] = 25; // repetition is as good as new, size too
    for (int i = 0; i < N_RUNS; i++) {
        Point p = run(i);
        p.unique_tokens = p.tokens / 7;
        assert_close(law_loss(&LAW_DATA_CONSTRAINED, theta, &p),
                     law_loss(&LAW_CHINCHILLA, REPEATED, &p), 1e-6);
    }
}

/* How many times its unique tokens a run of so many epochs is worth, read off its loss. */
static double worth(double epochs) {
    const double u = 1e10;
    const Point p = {.params = 1e7, .tokens = u * epochs, .unique_tokens = u};
    const double rest = law_loss(&LAW_DATA_CONSTRAINED, REPEATED, &p) - exp(REPEATED[0]) -
                        exp(REPEATED[1]) * pow(p.params, -REPEATED[2]);
    return pow(exp(REPEATED[3]) / rest, 1 / REPEATED[4]) / u;
}

/* Published: four epochs are worth 93 % of as much fresh data; after R_D = 15.4 repetitions another
 * is worth 1/e of a fresh one; all repetition together no more than R_D. */
static void test_worth_of_repetition(void **state) {
    (void)state;
    const double R = exp(REPEATED[5]);
    assert_near(R, 15.39, 0.005);
    assert_near(worth(1), 1, 1e-9);
    assert_near(worth(4) / 4, 0.93, 0.005);
    assert_near((worth(R + 1.01) - worth(R + 0.99)) / 0.02, exp(-1), 1e-4);
    assert_near(worth(1e4), 1 + R, 1e-6);
}

static void test_limits_of_one_variable(void **state) {
    (void)state;
    const double offset[] = {0.5, 5, 0.17}, none[] = {-40, 5, 0.17}, power[] = {5, 0.17};
    const double unbent[] = {0.5, 5, 0.17, 0, log(1e18), -1};
    assert_same(&LAW_BNSL_FLOPS, unbent, &LAW_POWER_OFFSET_FLOPS, offset, 1e-12);
    assert_same(&LAW_POWER_OFFSET_TOKENS, none, &LAW_POWER_TOKENS, power, 1e-12);
    const double flat[] = {0.5, 6, 1e-12, 5, 0.17}; // L0 far above all losses
    assert_same(&LAW_M4_FLOPS, flat, &LAW_POWER_OFFSET_FLOPS, offset, 1e-9);
}

/* Exponents on either side of a bend. */
static void test_bnsl_slopes(void **state) {
    (void)state;
    const double theta[] = {-40, 5, 0.3, -0.18, log(1e15), log(0.4)};
    const double ends[][2] = {{-12, 0.3}, {12, 0.12}};
    for (int k = 0; k < 2; k++) {
        const double x = log(1e15) + ends[k][0], y = x + 0.01;
        const double slope =
            (LAW_BNSL_FLOPS.log_loss(theta, &y, NULL) - LAW_BNSL_FLOPS.log_loss(theta, &x, NULL)) /
            0.01;
        assert_near(-slope, ends[k][1], 1e-9);
    }
}

static void test_m4_is_solved(void **state) {
    (void)state;
    for (int i = 0; i < 400; i++) {
        const double E = 0.5 + kronecker_unit(i, 0), top = E + 0.5 + 8 * kronecker_unit(i, 1);
        const double alpha = 0.01 + 4.9 * kronecker_unit(i, 2), c = 0.3;
        const double theta[] = {log(E), log(top), alpha, log(20), c};
        const double x = 60 * kronecker_unit(i, 3) - 20;
        const double loss = exp(LAW_M4_FLOPS.log_loss(theta, &x, NULL));
        assert_true(loss >= E && loss <= top);
        const double share = (top - loss) / (top - E);
        if (share < 1e-3 || share > 1 - 1e-6) continue; // digits are lost here, not there
        assert_close((loss - E) / pow(share, alpha), 20 * exp(-c * x), 1e-8);
    }
    const double crossed[] = {1.1, 0.7, 0.7, 5, 0.17}, x = 30; // a user may bound E and L0 so
    double g[5];
    assert_close(exp(LAW_M4_FLOPS.log_loss(crossed, &x, g)), exp(1.1), 1e-6);
    for (int i = 0; i < 5; i++) assert_true(isfinite(g[i]));
    const double theta[] = {0.5, 2, 0.7, 5, 0.17}, far = 100, near = -200;
    assert_close(exp(LAW_M4_FLOPS.log_loss(theta, &near, NULL)), exp(2), 1e-9);
    assert_close(exp(LAW_M4_FLOPS.log_loss(theta, &far, NULL)) - exp(0.5), exp(5 - 0.17 * far),
                 1e-5);
}

/* Laws that say which N and D are best, with parameters of about the published size. */
static const struct {
    const Law *law;
    double theta[LAW_MAX_PARAMS];
} FRONTIERS[] = {
    {&LAW_CHINCHILLA, {0.5972, 6.1780, 0.3478, 7.6427, 0.3658}},
    {&LAW_CHINCHILLA_TIED, {0.61, 4.5, 5.4, 0.27285}},
    {&LAW_KAPLAN, {31.79, 0.076, 30.52, 0.103}},
    {&LAW_SKALING, {0.3, 12.6, 0.9, 16, 0.8, 0.4}},
    {&LAW_BOUNDED, {0.47, 1.95, 4.5, 0.35, 6.4, 0.38}},
    {&LAW_GADRE, {0.61, 4.95, 0.1364, 5.74}},
    {&LAW_DATA_CONSTRAINED, {0.6255, 6.2554, 0.3527, 7.3050, 0.3527, 2.73, 1.67}},
};

/* The closed form against a fine search over N at fixed C = kappa N^q D. */
static void test_frontiers(void **state) {
    (void)state;
    const double costs[][2] = {{6, 1}, {11, 0.93}, {2, 1.1}}, c = 1e20;
    for (size_t k = 0; k < COUNT_OF(costs) * COUNT_OF(FRONTIERS); k++) {
        const Law *law = FRONTIERS[k / COUNT_OF(costs)].law;
        const double *theta = FRONTIERS[k / COUNT_OF(costs)].theta;
        const double kappa = costs[k % COUNT_OF(costs)][0], q = costs[k % COUNT_OF(costs)][1];
        if (law == &LAW_DATA_CONSTRAINED && q != 1) continue; // N_opt is of C = 6 N D
        const Frontier f = law->frontier(theta, kappa, q);
        double best = INFINITY, at = 0;
        for (double ln_n = 12; ln_n < 32; ln_n += 2e-4) {
            const Point p = {
                .params = exp(ln_n), .tokens = c / (kappa * exp(q * ln_n)), .flops = c};
            const double loss = law_loss(law, theta, &p);
            if (loss < best) best = loss, at = ln_n;
        }
        assert_near(f.ln_n0 + f.a * log(c), at, 4e-4);
        assert_close(frontier_loss(&f, log(c)), best, 1e-8);
        assert_near(frontier_ln_flops(&f, best), log(c), 1e-6);
        assert_close(kappa * exp(q * (f.ln_n0 + f.a * log(c)) + f.ln_d0 + f.b * log(c)), c, 1e-9);
    }
}

/* A law with a ceiling comes near it where compute is scarce, and falls as a power of compute where
 * it is plenty. */
static void test_a_frontier_has_its_ceiling(void **state) {
    (void)state;
    const double *theta = FRONTIERS[4].theta, E = exp(0.47), L0 = exp(1.95);
    const Frontier f = LAW_BOUNDED.frontier(theta, 6, 1);
    assert_close(frontier_loss(&f, log(1e-30)), L0, 1e-4);
    const double much = log(1e40);
    assert_close((frontier_loss(&f, much) - E) / exp(f.ln_K - f.eta * much), 1, 1e-4);
    assert_true(isinf(frontier_power(&f, L0)));
    assert_true(frontier_power(&f, E) <= 0);
}

static void test_no_frontier_is_forgotten(void **state) {
    (void)state;
    for (size_t l = 0; LAWS[l]; l++) {
        bool known = !LAWS[l]->log_loss || !LAWS[l]->frontier || *LAWS[l]->x;
        for (size_t k = 0; k < COUNT_OF(FRONTIERS); k++)
            known = known || FRONTIERS[k].law == LAWS[l];
        if (!known) fail_msg("the frontier of %s is not searched", LAWS[l]->name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_limits_of_two_terms),
        TEST(test_three_terms_of_one_batch),
        TEST(test_nqs_as_published),
        TEST(test_nqs_limits),
        TEST(test_kaplan_limits),
        TEST(test_fresh_data_are_chinchillas),
        TEST(test_worth_of_repetition),
        TEST(test_limits_of_one_variable),
        TEST(test_bnsl_slopes),
        TEST(test_m4_is_solved),
        TEST(test_frontiers),
        TEST(test_a_frontier_has_its_ceiling),
        TEST(test_no_frontier_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
