/* test_train_balance.c: what is said of the experts' load, and that each way of evening it does so
 * on a Markov chain, where without any of them it collapses. */
#include "tests/train_rig.h"

#include "train/balance.h"
#include "train/measure.h"

static Dims two_layers(int E, int K) {
    return (Dims){.B = 1,
                  .T = 4,
                  .C = 8,
                  .L = 2,
                  .H = 1,
                  .D = 8,
                  .F = 8,
                  .V = 5,
                  .logit_scale = 1,
                  .moe = {.E = E, .K = K, .F = 8, .every = 1, .biased = true}};
}

static void test_facts_by_hand(void **state) {
    (void)state;
    const Dims d = two_layers(4, 1);
    double load[] = {10, 10, 10, 10, 0, 40, 0, 0};
    const RouterTally tally = {load, .tokens = 80, .dropped = 8, .entropy = 40, .aux = 1.6, .z = 4};
    const RouterFacts f = balance_facts(&tally, &d);
    assert_near(f.load_cv, sqrt(3) / 2, 1e-12); // 0 and sqrt(3), of two layers
    assert_near(f.load_max, 4, 1e-12);
    assert_near(f.dead, 3, 0);
    assert_near(f.entropy, 0.5, 1e-12);
    assert_near(f.dropped, 0.1, 1e-12);
    assert_near(f.balance_loss, 0.02, 1e-12);
    assert_near(f.z_loss, 0.05, 1e-12);
    const Dims dense = {.L = 2};
    assert_true(isnan(balance_facts(&tally, &dense).load_cv));
}

static void test_bias_moves_towards_the_mean(void **state) {
    Scratch *x = *state;
    const Dims d = two_layers(4, 1);
    Model m;
    assert_ok(x, model_init(&m, &d, x->arena, &x->err));
    double load[] = {3, 1, 2, 2, 5, 1, 1, 1}; // the mean is 2 in both layers
    const RouterTally batch = {load, .tokens = 16};
    balance_step(&m, &batch, 0.5);
    balance_step(&m, &batch, 0.5);
    const real want[] = {-1, 1, 0, 0, -1, 1, 1, 1};
    assert_memory_equal(m.params.bias, want, sizeof want);
}

/* --- 500 steps ------------------------------------------------------------------------------- */

enum { STEPS = 500 };

/* Held-out routing after 500 steps. */
static RouterFacts routing_after_steps(Scratch *x, const RunConfig *c, const Corpus *corpus) {
    Trainer *t = trainer_of(x, c, corpus, 1);
    for (int step = 0; step < STEPS; step++) assert_false(trainer_step(t).diverged);
    EvalWindows windows;
    assert_ok(x, eval_windows_init(&windows, corpus, c->ctx, c->eval_tok, &x->err));
    double load[64];
    RouterTally sum = {.load = load};
    Measured measured[N_MEASURES];
    measures_take(&(MeasureSubject){&t->model, t->lanes, c->lanes, 1, &windows, &sum}, measured);
    return balance_facts(&sum, &t->dims);
}

static void test_load_is_balanced(void **state) {
    static const struct {
        const char *name;
        Router router;
        RunBalance balance;
        int top_k;
        bool even;
    } CASES[] = {{"softmax, aux", ROUTER_SOFTMAX, BALANCE_AUX, 1, true},
                 {"renorm, aux", ROUTER_RENORM, BALANCE_AUX, 2, true},
                 {"topk, bias", ROUTER_TOPK, BALANCE_BIAS, 2, true},
                 {"sigmoid, aux", ROUTER_SIGMOID, BALANCE_AUX, 2, true},
                 {"sigmoid, bias", ROUTER_SIGMOID, BALANCE_BIAS, 2, true},
                 {"softmax, none", ROUTER_SOFTMAX, BALANCE_NONE, 1, false}};
    Scratch *x = *state;
    DataSpec chain = data_spec_default();
    chain.source = "markov";
    chain.order = 2;
    chain.tokens = 300000;
    chain.heldout_tok = 32000;
    Corpus *corpus = corpus_of(x, &chain);
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        RunConfig c = small_config(STEPS);
        c.batch_tok = 512;
        c.lanes = 1;
        c.ctx = 32;
        c.tokens = STEPS * c.batch_tok;
        c.eval_tok = 16384;
        c.lr = 0.004;
        c.clip = 1;
        c.experts = 8;
        c.top_k = CASES[i].top_k;
        c.router = CASES[i].router;
        c.balance = CASES[i].balance;
        const RouterFacts f = routing_after_steps(x, &c, corpus);
        if (CASES[i].even ? !(f.load_cv <= 0.25) : !(f.load_cv > 0.5))
            fail_msg("%s: load CV %.3f", CASES[i].name, f.load_cv);
        printf("%s: load CV %.3f, dead %g\n", CASES[i].name, f.load_cv, f.dead);
    }
    corpus_close(corpus);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_facts_by_hand),
        TEST(test_bias_moves_towards_the_mean),
        TEST(test_load_is_balanced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
