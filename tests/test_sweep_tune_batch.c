/* test_sweep_tune_batch.c: a driver that finds the rule for its batch, beside that for its learning
 * rate, with workers whose losses are planted. */
#include <math.h>

#include "tests/tune_rig.h"

/* Let the spec tune batches, too. */
static void write_spec(Scratch *x, const char *batch_tok) {
    char *spec = arena_strdup(x->arena, TUNE_SPEC("", ",\"grid\":[0.002,0.004,0.008]"));
    char *end = strstr(spec, "}},\"hero\"") + 1;
    scratch_write(
        x, "spec.json",
        arena_printf(x->arena, "%.*s,\"batch_tok\":%s%s", (int)(end - spec), spec, batch_tok, end));
}

/* From 256, 512 and 1024 tokens the batches go on to 128, where the best lies inside. Runs have the
 * batch of the planted law to a power of 2, and the rate of that batch. */
static void batches_are_tuned_likewise(void **state) {
    Scratch *x = *state;
    Sweep s;
    set_mode(x, "batches");
    write_spec(x, "{\"extend\":1}");
    assert_ok(x, drive(x));
    look(x, &s);
    assert_null(s.tune.doubt);
    assert_int_equal(s.tune.n_sites_settled, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(s.tune.sites[i].curve.n, 4);
        assert_false(s.tune.sites[i].bound);
    }
    assert_true(fabs(s.tune.batch_rule.coef[1] - 0.4) < 0.05);
    for (size_t i = s.plan.n_tuning; i < s.plan.n; i++) {
        const RunConfig *c = &s.plan.rows[i].run.config;
        const double batch = 256 * pow((double)c->tokens / 20000, 0.4);
        if (!s.plan.rows[i].run.tuned) {
            assert_int_equal(c->batch_tok, 512); // it names its rate
            continue;
        }
        assert_true(fabs(log2((double)c->batch_tok / batch)) < 0.6);
        const double lr = 0.016 * pow(c->d_model / 16.0, 0.1) *
                          pow((double)c->tokens / 20000, -0.2) *
                          pow((double)c->batch_tok / 512, 0.5);
        assert_true(fabs(log(c->lr / lr)) < 0.15);
    }
    sweep_close(&s);
}

/* Upwards as well, up to the extension's end, which is said. */
static void batches_extend_upwards(void **state) {
    static const struct {
        int extend;
        size_t n;
    } cases[] = {{2, 4}, {0, 3}};
    Scratch *x = *state;
    set_mode(x, "batches");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Sweep s;
        write_spec(
            x, arena_printf(x->arena, "{\"grid\":[64,128,256],\"extend\":%d}", cases[i].extend));
        assert_ok(x, drive(x));
        look(x, &s);
        for (size_t k = 0; k < 4; k++) assert_int_equal(s.tune.sites[k].curve.n, cases[i].n);
        if (cases[i].extend)
            assert_null(s.tune.doubt);
        else
            assert_non_null(
                strstr(s.tune.doubt, "the best of 3 batches is the largest tried (256"));
        sweep_close(&s);
    }
}

/* A best batch at an end of those tried is said where it could have been followed: not below lanes
 * x ctx, which is 64 here, nor where too few steps are left for warm-up and decay, as 4 are of
 * 10000 tokens at 2048 and of 40000 at 8192. */
static void a_best_batch_at_an_end_is_said(void **state) {
    static const struct {
        const char *mode, *batch_tok;
        size_t n[2];       // batches tried with 10000 and with 40000 tokens
        const char *doubt; // NULL: there is none
    } CASES[] = {
        {"small",
         "{\"grid\":[256,512,1024],\"extend\":0}",
         {3, 3},
         "the best of 3 batches is the smallest tried (256 tokens): smaller ones"},
        {"small",
         "{\"grid\":[256,512,1024],\"extend\":1}",
         {4, 4},
         "the best of 4 batches is the smallest tried (128 tokens): smaller ones"},
        {"small", "{\"grid\":[128,256,512],\"extend\":3}", {4, 4}, NULL},
        {"large",
         "{\"grid\":[64,128,256],\"extend\":1}",
         {4, 4},
         "the best of 4 batches is the largest tried (512 tokens): larger ones"},
        {"large", "{\"grid\":[256,512,1024],\"extend\":3}", {3, 5}, NULL},
    };
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        Sweep s;
        set_mode(x, CASES[i].mode);
        write_spec(x, CASES[i].batch_tok);
        assert_ok(x, drive(x));
        look(x, &s);
        for (size_t k = 0; k < 4; k++)
            assert_int_equal(s.tune.sites[k].curve.n,
                             CASES[i].n[s.tune.sites[k].config.tokens > 10000]);
        if (!CASES[i].doubt && s.tune.doubt) fail_msg("case %zu: %s", i, s.tune.doubt);
        if (CASES[i].doubt && (!s.tune.doubt || !strstr(s.tune.doubt, CASES[i].doubt)))
            fail_msg("case %zu: '%s'", i, s.tune.doubt ? s.tune.doubt : "");
        sweep_close(&s);
        const char *done = scratch_path(x, arena_printf(x->arena, "case %zu", i));
        assert_int_equal(rename(scratch_path(x, "t"), done), 0); // its runs are of another law
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TUNE_TEST(batches_are_tuned_likewise),
        TUNE_TEST(batches_extend_upwards),
        TUNE_TEST(a_best_batch_at_an_end_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
