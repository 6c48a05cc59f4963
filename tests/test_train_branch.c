/* test_train_branch.c: what runs of different lengths share, held to the schedule step by step; a
 * run that branched off a trunk is the run from scratch to the bit; and what is no trunk. */
#include <stdlib.h>
#include <unistd.h>

#include "tests/train_rig.h"

#include "train/branch.h"
#include "train/checkpoint.h"
#include "train/run.h"
#include "train/run_dir.h"

// --- the rule ----------------------------------------------------------------------------------

static RunConfig held(uint64_t steps) {
    RunConfig c = small_config(steps);
    c.warmup = 4; // steps
    return c;
}

static void test_what_is_shared(void **state) {
    (void)state;
    const RunConfig a = held(40), b = held(100);
    assert_int_equal(branch_step(&a), 32); // decay .2
    assert_int_equal(branch_shared(&a, &b), 32);
    assert_int_equal(branch_shared(&b, &a), 32);
    RunConfig c = b;
    c.lr *= 2;
    assert_int_equal(branch_shared(&a, &c), 0);
    c = b;
    c.warmup = 4.5;
    assert_int_equal(branch_shared(&a, &c), 0);
    c = b;
    c.seed++;
    assert_int_equal(branch_shared(&a, &c), 0);
    const RunConfig d = small_config(40), e = small_config(100); // shares of their own steps
    assert_int_equal(branch_shared(&d, &e), 0);
    RunConfig f = held(40);
    f.decay = 0.03; // the last tenth, whose losses are summed up, begins earlier
    assert_int_equal(branch_step(&f), 36);
    f.schedule = SCHEDULE_CONSTANT;
    assert_int_equal(branch_step(&f), 36);
    f.schedule = SCHEDULE_COSINE;
    assert_int_equal(branch_step(&f), 0);
    f.schedule = SCHEDULE_LINEAR;
    assert_int_equal(branch_step(&f), 0);
    f = held(40);
    f.decay = 0.9;
    assert_int_equal(branch_step(&f), 4);
}

/* Whatever the warm-up and the decay, both schedules have the same bits as far as the rule says, it
 * does not say so too early, and no loss of a last tenth has been summed up by then. */
static void test_the_rule_by_the_schedule(void **state) {
    static const double WARMUPS[] = {0, 0.001, 0.013, 0.1, 1, 1.5, 3, 7.25, 20},
                        DECAYS[] = {0, 0.05, 0.2, 1.0 / 3, 0.6, 0.9};
    (void)state;
    int shared_some = 0;
    for (uint64_t steps = 25; steps < 60; steps++)
        for (size_t w = 0; w < COUNT_OF(WARMUPS); w++)
            for (size_t d = 0; d < COUNT_OF(DECAYS); d++) {
                RunConfig a = held(steps), b = held(2 * steps + steps % 3);
                Err err;
                a.warmup = b.warmup = WARMUPS[w];
                a.decay = b.decay = DECAYS[d];
                if (run_config_check(&a, &err) != OK || run_config_check(&b, &err) != OK) continue;
                const uint64_t n = branch_shared(&a, &b), n_steps = run_config_steps(&b);
                for (uint64_t k = 0; k < n; k++)
                    assert_same_doubles("rate",
                                        schedule_at(a.schedule, k, steps, a.warmup, a.decay),
                                        schedule_at(b.schedule, k, n_steps, b.warmup, b.decay));
                assert_true(10 * n <= 9 * steps);
                if (n > 0 && n < trainer_tail(steps))
                    assert_true(schedule_at(a.schedule, n, steps, a.warmup, a.decay) < 1);
                shared_some += n > 0;
            }
    assert_in_range(shared_some, 400, 35 * 54);
}

// --- a branch and the run from scratch ---------------------------------------------------------

static RunConfig experts_of(RunConfig c) {
    c.experts = 4;
    c.top_k = 2;
    c.balance = BALANCE_BIAS;
    c.dropless = false;
    c.capacity = 1;
    return c;
}

static Corpus *text(Scratch *x) {
    const DataSpec spec = language_spec("markov", 8, 30000);
    return corpus_of(x, &spec);
}

static RunResult run_of(Scratch *x, const RunConfig *c, const Corpus *corpus, const char *name,
                        RunOptions options) {
    RunResult r;
    options.threads = 1;
    assert_ok(x, run_train(c, corpus, scratch_path(x, name), &options, &r, &x->err));
    return r;
}

static RunOptions keeping(void) {
    RunOptions options = run_options_default();
    options.keep_trunk = true;
    return options;
}

static RunOptions branching(Scratch *x, const char *trunk) {
    RunOptions options = run_options_default();
    options.branch = scratch_path(x, trunk);
    options.resume = true;
    return options;
}

/* Every result but those that may differ when a run is done again. */
static void assert_same_results(const RunResult *a, const RunResult *b) {
    assert_int_equal(a->end, b->end);
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        const ResultField *f = &RESULT_FIELDS.rows[i];
        const char *p = (const char *)a + f->offset, *q = (const char *)b + f->offset;
        if (f->is & RESULT_CLOCK || !result_applies(f, a)) continue;
        if (f->kind == RESULT_WORD)
            assert_string_equal(p, q);
        else
            assert_same_doubles(f->name, *(const double *)p, *(const double *)q);
    }
}

/* A run's log without what a clock told. */
static char *log_of(Scratch *x, const char *name) {
    char *log = scratch_read(x, arena_printf(x->arena, "%s/log.jsonl", name)), *out = log;
    for (char *line = log; *line;) {
        char *end = strchr(line, '\n'), *cut = strstr(line, ",\"tok_per_s");
        assert_true(cut && cut < end);
        memmove(out, line, (size_t)(cut - line));
        out += cut - line;
        *out++ = '\n';
        line = end + 1;
    }
    *out = '\0';
    return log;
}

static void assert_same_runs(Scratch *x, const char *a, const char *b) {
    Bytes p, q;
    for (int i = 0; i < 2; i++)
        assert_ok(x, file_read(x->arena,
                               scratch_path(x, arena_printf(x->arena, "%s/checkpoint/%s", i ? b : a,
                                                            "model.safetensors")),
                               i ? &q : &p, &x->err));
    assert_int_equal(p.size, q.size);
    assert_memory_equal(p.data, q.data, p.size);
    assert_string_equal(log_of(x, a), log_of(x, b));
}

static void branch_equals_scratch(Scratch *x, const RunConfig *shorter, const RunConfig *longer) {
    Corpus *corpus = text(x);
    char id[13];
    run_config_id(shorter, corpus_hash(corpus), id);
    const RunResult plain = run_of(x, shorter, corpus, "plain", run_options_default()),
                    trunk = run_of(x, shorter, corpus, "trunk", keeping()),
                    scratch = run_of(x, longer, corpus, "scratch", run_options_default()),
                    branch = run_of(x, longer, corpus, "branch", branching(x, "trunk/trunk"));
    assert_same_results(&plain, &trunk); // to keep a trunk changes nothing
    assert_same_runs(x, "plain", "trunk");
    assert_same_results(&scratch, &branch);
    assert_same_runs(x, "scratch", "branch");
    assert_true(isnan(scratch.trained_tokens));
    assert_string_equal(branch.branched_from, id);
    assert_true(branch.trained_tokens ==
                (double)(longer->tokens - branch_step(shorter) * longer->batch_tok));
    corpus_close(corpus);
}

static void test_dense(void **state) {
    const RunConfig a = held(40), b = held(100);
    branch_equals_scratch(*state, &a, &b);
}

static void test_experts(void **state) {
    const RunConfig a = experts_of(held(40)), b = experts_of(held(100));
    branch_equals_scratch(*state, &a, &b);
}

static void test_a_short_decay_and_the_last_tenth(void **state) {
    RunConfig a = held(40), b = held(41);
    a.decay = b.decay = 0.03;
    branch_equals_scratch(*state, &a, &b);
}

static void test_of_equal_steps(void **state) {
    RunConfig a = held(40), b = held(40);
    b.tokens += 10; // not a whole batch
    Scratch *x = *state;
    Corpus *corpus = text(x);
    run_of(x, &a, corpus, "a", keeping());
    const RunResult p = run_of(x, &b, corpus, "b", branching(x, "a/trunk")),
                    q = run_of(x, &b, corpus, "s", run_options_default());
    assert_same_results(&p, &q);
    assert_same_runs(x, "b", "s");
    corpus_close(corpus);
}

/* A chain: the third run begins with the second one's trunk, of which some steps were the first
 * one's; and that second run goes on from a checkpoint of its own, which knows where it came
 * from. */
static void test_a_chain_that_was_interrupted(void **state) {
    Scratch *x = *state;
    Corpus *corpus = text(x);
    const RunConfig a = held(30), b = held(60), c = held(90);
    run_of(x, &a, corpus, "a", keeping());
    Trainer *t = trainer_of(x, &b, corpus, 1);
    assert_ok(x, branch_load(t, scratch_path(x, "a/trunk"), &x->err));
    assert_int_equal(t->tally.step, branch_step(&a));
    for (int k = 0; k < 3; k++) {
        t->tally.logged_loss += trainer_step(t).loss;
        t->tally.logged_n++;
        if (t->tally.step % 7 == 0) break; // where the log has a line
    }
    assert_ok(x, run_dir_prepare(scratch_path(x, "b"), &b, &x->err));
    assert_ok(x, run_dir_log_copy(scratch_path(x, "a/trunk"), scratch_path(x, "b"), &x->err));
    assert_ok(x, checkpoint_save(t, scratch_path(x, "b"), &x->err));
    RunOptions options = branching(x, "nowhere"); // is not looked at: there is a checkpoint
    options.keep_trunk = true;
    const RunResult second = run_of(x, &b, corpus, "b", options),
                    third = run_of(x, &c, corpus, "c", branching(x, "b/trunk")),
                    scratch = run_of(x, &c, corpus, "s", run_options_default());
    assert_true(second.trained_tokens == (double)((60 - branch_step(&a)) * b.batch_tok));
    assert_true(third.trained_tokens == (double)((90 - branch_step(&b)) * c.batch_tok));
    assert_same_results(&third, &scratch);
    assert_memory_equal(scratch_read(x, "c/checkpoint/model.safetensors"),
                        scratch_read(x, "s/checkpoint/model.safetensors"), 2000);
    corpus_close(corpus);
}

/* What a killed writer left of a trunk is written anew, and a trunk can be removed. */
static void test_torn_trunks_and_their_removal(void **state) {
    Scratch *x = *state;
    Corpus *corpus = text(x);
    const RunConfig a = held(30), b = held(50);
    const char *dir = scratch_path(x, "a");
    assert_ok(x, dir_make(scratch_path(x, "a/trunk.next/checkpoint"), &x->err));
    assert_ok(x, dir_make(scratch_path(x, "a/trunk/checkpoint"), &x->err));
    scratch_write(x, "a/trunk.next/config.json", "torn");
    scratch_write(x, "a/trunk.next/checkpoint/optimizer.safetensors", "torn");
    scratch_write(x, "a/trunk/checkpoint/model.safetensors", "torn");
    scratch_write(x, "a/trunk.next/log.jsonl.tmp.2147483646", "torn"); // no process has this number
    scratch_write(x, "a/trunk.next/checkpoint/model.safetensors.tmp.2147483646", "torn");
    assert_false(branch_kept(dir));
    run_of(x, &a, corpus, "a", keeping());
    assert_true(branch_kept(dir));
    assert_false(dir_exists(scratch_path(x, "a/trunk.next")));
    run_of(x, &b, corpus, "b", branching(x, "a/trunk"));
    assert_ok(x, branch_remove(dir, &x->err));
    assert_ok(x, branch_remove(dir, &x->err));
    assert_false(branch_kept(dir));
    assert_false(dir_exists(scratch_path(x, "a/trunk")));
    assert_true(file_exists(scratch_path(x, "a/result.json")));
    corpus_close(corpus);
}

// --- what is no trunk --------------------------------------------------------------------------

static void test_refusals(void **state) {
    Scratch *x = *state;
    Corpus *corpus = text(x);
    const RunConfig a = held(40);
    run_of(x, &a, corpus, "a", keeping());
    RunConfig lr = held(100), seed = lr, share = lr, early = held(20), cosine = lr;
    lr.lr *= 2;
    seed.seed = 5;
    share.warmup = 0.04;
    cosine.schedule = SCHEDULE_COSINE;
    const RunConfig b = held(100);
    const struct {
        const RunConfig *config;
        const char *trunk, *says;
    } CASES[] = {
        {&lr, "a/trunk", "a/trunk: is of a run with lr 0.02, not 0.04"},
        {&seed, "a/trunk", "with seed 1, not 5: a branch differs in tokens only"},
        {&share, "a/trunk", "with warmup 4, not 0.04"},
        {&cosine, "a/trunk", "with schedule wsd, not cosine"},
        {&early, "a/trunk", "of step 32, and this run of 20 steps shares only its first 16"},
        {&b, "a", "of step 40, and its run of 40 steps shares only its first 32"},
        {&b, "nowhere", "nowhere/config.json"},
    };
    RunOptions options = run_options_default();
    RunResult r;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        options.branch = scratch_path(x, CASES[i].trunk);
        const Status status =
            run_train(CASES[i].config, corpus, scratch_path(x, "z"), &options, &r, &x->err);
        refused(status, &x->err, status == E_IO ? E_IO : E_USAGE, CASES[i].says);
        assert_false(dir_exists(scratch_path(x, "z"))); // nothing was touched
    }
    const RunConfig shares = small_config(30), other = small_config(40);
    run_of(x, &shares, corpus, "shares", keeping());
    options.branch = scratch_path(x, "shares/trunk");
    refused(run_train(&other, corpus, scratch_path(x, "z"), &options, &r, &x->err), &x->err,
            E_USAGE, "warmup 0.1 is a share of each run's own steps");
    options.branch = NULL;
    options.keep_trunk = true;
    refused(run_train(&cosine, corpus, scratch_path(x, "z"), &options, &r, &x->err), &x->err,
            E_USAGE, "--keep-trunk: with schedule cosine");
    corpus_close(corpus);
}

static void test_another_corpus_is_refused(void **state) {
    Scratch *x = *state;
    Corpus *corpus = text(x);
    const RunConfig a = held(40), b = held(100);
    run_of(x, &a, corpus, "a", keeping());
    corpus_close(corpus);
    remove(scratch_path(x, "corpus.tok"));
    const DataSpec spec = language_spec("markov", 8, 31000);
    corpus = corpus_of(x, &spec);
    RunOptions options = branching(x, "a/trunk");
    RunResult r;
    refused(run_train(&b, corpus, scratch_path(x, "z"), &options, &r, &x->err), &x->err, E_USAGE,
            "is not its config.json on this corpus");
    corpus_close(corpus);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_shared),
        TEST(test_the_rule_by_the_schedule),
        TEST(test_dense),
        TEST(test_experts),
        TEST(test_a_short_decay_and_the_last_tenth),
        TEST(test_of_equal_steps),
        TEST(test_a_chain_that_was_interrupted),
        TEST(test_torn_trunks_and_their_removal),
        TEST(test_refusals),
        TEST(test_another_corpus_is_refused),
    };
    setenv("TINYSCALE_QUIET", "1", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
