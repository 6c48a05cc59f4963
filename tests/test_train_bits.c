/* test_train_bits.c: the bits of a run depend on its config and corpus only: not on threads, not
 * on where it was stopped and resumed, not on how often. */
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/train_rig.h"

#include "train/checkpoint.h"
#include "train/eval.h"
#include "train/run.h"
#include "train/run_dir.h"

enum { STEPS = 60 };

/* So few tokens that a run sees them several times. */
static Corpus *memory(Scratch *x) {
    const DataSpec spec = language_spec("zipf-memory", 8, 3000);
    return corpus_of(x, &spec);
}

static RunConfig llama_config(void) {
    RunConfig c = small_config(STEPS);
    c.activation = ACT_SWIGLU;
    c.tied = true;
    c.clip = 1;
    c.qk_norm = false;
    c.schedule = SCHEDULE_COSINE;
    return c;
}

/* Layers with and without experts, a bias that each step moves, experts that are full. */
static RunConfig experts_config(void) {
    RunConfig c = small_config(STEPS);
    c.layers = 4;
    c.moe_every = 2;
    c.experts = 4;
    c.top_k = 2;
    c.shared = 2;
    c.balance = BALANCE_BIAS;
    c.dropless = false;
    c.capacity = 1;
    return c;
}

/* --- whole runs ------------------------------------------------------------------------------- */

static RunResult run(Scratch *x, const RunConfig *c, const Corpus *corpus, const char *name,
                     int threads) {
    RunOptions options = run_options_default();
    options.threads = threads;
    RunResult r;
    assert_ok(x, run_train(c, corpus, scratch_path(x, name), &options, &r, &x->err));
    return r;
}

static Bytes bytes_of(Scratch *x, const char *run_name, const char *file) {
    Bytes b;
    const char *path = arena_printf(x->arena, "%s/%s/%s", x->dir, run_name, file);
    assert_ok(x, file_read(x->arena, path, &b, &x->err));
    return b;
}

/* The log without its last column, which is a time. */
static const char *log_of(Scratch *x, const char *run_name) {
    char *log = bytes_of(x, run_name, "log.jsonl").data;
    char *to = log;
    for (char *line = log, *end; (end = strchr(line, '\n')); line = end + 1) {
        char *time = strstr(line, ",\"tok_per_s\"");
        assert_true(time && time < end);
        memmove(to, line, (size_t)(time - line));
        to += time - line;
        *to++ = '\n';
    }
    *to = 0;
    return log;
}

static void assert_same_runs(Scratch *x, const char *a_name, const RunResult *a, const char *b_name,
                             const RunResult *b) {
    assert_int_equal(a->end, RUN_DONE);
    assert_int_equal(b->end, RUN_DONE);
    assert_int_equal(a->steps, b->steps);
    assert_int_equal(a->tokens, b->tokens);
    assert_int_equal(a->unique_tokens, b->unique_tokens);
    assert_same_doubles("loss", a->loss, b->loss);
    assert_same_doubles("loss_se", a->loss_se, b->loss_se);
    assert_same_doubles("train_loss", a->train_loss, b->train_loss);
    assert_same_doubles("clipped", a->clipped, b->clipped);
    assert_same_doubles("flops", a->flops, b->flops);
    assert_string_equal(log_of(x, a_name), log_of(x, b_name));
    const Bytes p = bytes_of(x, a_name, "checkpoint/model.safetensors");
    const Bytes q = bytes_of(x, b_name, "checkpoint/model.safetensors");
    assert_int_equal(p.size, q.size);
    assert_memory_equal(p.data, q.data, p.size);
}

static void test_threads_change_no_bit(void **state) {
    static const int THREADS[] = {1, 2, 4};
    Scratch *x = *state;
    Corpus *corpus = memory(x);
    const RunConfig configs[] = {small_config(STEPS), llama_config(), experts_config()};
    for (size_t c = 0; c < COUNT_OF(configs); c++) {
        RunResult one = {0};
        const char *first = arena_printf(x->arena, "%zu-0", c);
        for (size_t i = 0; i < COUNT_OF(THREADS); i++) {
            const char *name = arena_printf(x->arena, "%zu-%zu", c, i);
            const RunResult r = run(x, &configs[c], corpus, name, THREADS[i]);
            if (i == 0) one = r;
            assert_same_runs(x, first, &one, name, &r);
            Measured again[N_MEASURES];
            assert_ok(x, eval_run(scratch_path(x, name), corpus, again, &x->err));
            assert_same_doubles("loss measured again", again[MEASURE_loss].value, one.loss);
            assert_same_doubles("its error", again[MEASURE_loss].se, one.loss_se);
        }
        assert_true(one.clipped > 0 && one.clipped < 1); // there was something to compare
    }
    corpus_close(corpus);
}

static void test_seed_rate_and_nudge_change_bits(void **state) {
    Scratch *x = *state;
    Corpus *corpus = memory(x);
    const RunConfig base = small_config(STEPS);
    RunConfig seed = base, rate = base, nudged = base, other = base;
    seed.seed++;
    rate.lr *= 1.001;
    nudged.perturb = 1;
    other.perturb = 2;
    const RunResult a = run(x, &base, corpus, "base", 1), b = run(x, &seed, corpus, "seed", 1),
                    c = run(x, &rate, corpus, "rate", 1);
    assert_true(a.loss != b.loss && a.loss != c.loss && b.loss != c.loss);
    const RunResult d = run(x, &nudged, corpus, "nudged", 1),
                    e = run(x, &other, corpus, "other", 1),
                    again = run(x, &nudged, corpus, "again", 2);
    assert_true(d.loss != a.loss && e.loss != a.loss && d.loss != e.loss);
    assert_true(fabs(d.loss - a.loss) < 0.1 * fabs(b.loss - a.loss)); // rounding, after few steps
    assert_same_doubles("nudged again", again.loss, d.loss);
    corpus_close(corpus);
}

/* --- stopped and resumed ---------------------------------------------------------------------- */

static void step_to(Trainer *t, uint64_t step, double *losses) {
    while (t->tally.step < step) {
        const uint64_t k = t->tally.step;
        losses[k] = trainer_step(t).loss;
    }
}

static void resume_at_any_step(Scratch *x, const char *name, RunConfig config) {
    static const uint64_t STOPS[] = {1, 2, STEPS / 2, 9 * STEPS / 10, STEPS - 1, STEPS};
    Corpus *corpus = memory(x);
    double whole[STEPS], parts[STEPS];
    Trainer *undisturbed = trainer_of(x, &config, corpus, 1);
    step_to(undisturbed, STEPS, whole);
    for (size_t i = 0; i < COUNT_OF(STOPS); i++) {
        const char *dir = arena_printf(x->arena, "%s/%s%zu", x->dir, name, i);
        Trainer *before = trainer_of(x, &config, corpus, 2);
        step_to(before, STOPS[i], parts);
        assert_ok(x, checkpoint_save(before, dir, &x->err));
        Trainer *after = trainer_of(x, &config, corpus, 1);
        assert_ok(x, checkpoint_load(after, dir, &x->err));
        assert_int_equal(after->tally.step, STOPS[i]);
        step_to(after, STEPS, parts);
        assert_same_trainers(after, undisturbed);
        assert_memory_equal(parts, whole, sizeof whole);
    }
    corpus_close(corpus);
}

static void test_resumed_at_any_step(void **state) {
    resume_at_any_step(*state, "dense", small_config(STEPS));
    resume_at_any_step(*state, "experts", experts_config());
}

static void pass_on(int signal) {
    (void)signal;
    kill(getpid(), SIGTERM);
}

/* SIGTERM every so many microseconds, 0: no more; one that comes when no run is there to hear it is
 * lost. */
static void storm(int microseconds) {
    const bool on = microseconds > 0;
    const struct timeval every = {.tv_usec = microseconds};
    const struct itimerval timer = {every, every};
    signal(SIGTERM, on ? SIG_IGN : SIG_DFL);
    if (on) signal(SIGALRM, pass_on);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void test_stopped_by_signals(void **state) {
    Scratch *x = *state;
    Corpus *corpus = memory(x);
    RunConfig config = experts_config(); // their loads are in the log too
    config.tokens = 3 * STEPS * config.batch_tok;
    const RunResult undisturbed = run(x, &config, corpus, "undisturbed", 1);
    RunOptions options = run_options_default();
    options.resume = true;
    const char *dir = scratch_path(x, "stopped");
    RunResult r;
    int stops = 0;
    storm(3000);
    while (run_train(&config, corpus, dir, &options, &r, &x->err) != OK) {
        options.threads = 1 + stops++ % 2;
        storm(3000 + 300 * stops); // under sanitizers loading alone may take longer than 3 ms
        if (strstr(x->err.message, "--resume") && checkpoint_exists(dir)) continue;
        storm(0);
        fail_msg("%s", x->err.message);
    }
    storm(0);
    assert_true(stops >= 3);
    assert_same_runs(x, "undisturbed", &undisturbed, "stopped", &r);
    refused(run_train(&config, corpus, dir, &options, &r, &x->err), &x->err, E_USAGE, "has ended");
    corpus_close(corpus);
}

/* What a kill leaves behind the checkpoint's step is written again, and a torn line never was. */
static void test_log_goes_on_from_its_step(void **state) {
    Scratch *x = *state;
    scratch_write(x, "log.jsonl", "{\"step\":7}\n{\"step\":14}\n{\"step\":21}\n{\"st");
    FILE *log;
    assert_ok(x, run_dir_log_open(x->dir, 14, &log, &x->err));
    fputs("on\n", log);
    assert_int_equal(fclose(log), 0);
    assert_string_equal(scratch_read(x, "log.jsonl"), "{\"step\":7}\n{\"step\":14}\non\n");
}

static void test_not_resumed_unasked(void **state) {
    Scratch *x = *state;
    Corpus *corpus = memory(x);
    const RunConfig config = small_config(STEPS);
    RunConfig other = config;
    other.lr /= 2;
    RunOptions options = run_options_default();
    RunResult r;
    assert_ok(x, checkpoint_save(trainer_of(x, &config, corpus, 1), scratch_path(x, "r"), &x->err));
    refused(run_train(&config, corpus, scratch_path(x, "r"), &options, &r, &x->err), &x->err,
            E_USAGE, "--resume");
    options.resume = true;
    assert_ok(x, run_train(&config, corpus, scratch_path(x, "s"), &options, &r, &x->err));
    assert_int_equal(unlink(scratch_path(x, "s/result.json")), 0);
    refused(run_train(&other, corpus, scratch_path(x, "s"), &options, &r, &x->err), &x->err,
            E_USAGE, "another run");
    corpus_close(corpus);
}

/* Bits depend on the CPU path: a run says which it took, all of them when it changed in between. */
static void test_paths_are_recorded(void **state) {
    Scratch *x = *state;
    Corpus *corpus = memory(x);
    const RunConfig config = small_config(STEPS);
    const char *asked = getenv("TINYSCALE_CPU");
    const char *before = asked ? arena_strdup(x->arena, asked) : NULL;
    const char *usual = cpu_path_name();
    RunOptions options = run_options_default();
    RunResult r, read;
    options.resume = true;
    for (int sitting = 0; sitting < 2; sitting++) {
        if (sitting == 0) setenv("TINYSCALE_CPU", "plain", 1);
        assert_ok(x, run_train(&config, corpus, scratch_path(x, "p"), &options, &r, &x->err));
        assert_ok(x, run_result_read(scratch_path(x, "p"), &read, &x->err));
        assert_string_equal(read.cpu_path, r.cpu_path);
        if (sitting == 0) assert_string_equal(r.cpu_path, "plain");
        assert_int_equal(unlink(scratch_path(x, "p/result.json")), 0);
        if (before)
            setenv("TINYSCALE_CPU", before, 1);
        else
            unsetenv("TINYSCALE_CPU");
    }
    const bool same = strcmp(usual, "plain") == 0;
    assert_string_equal(r.cpu_path, same ? usual : arena_printf(x->arena, "plain+%s", usual));
    corpus_close(corpus);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_threads_change_no_bit),     TEST(test_seed_rate_and_nudge_change_bits),
        TEST(test_resumed_at_any_step),       TEST(test_stopped_by_signals),
        TEST(test_log_goes_on_from_its_step), TEST(test_not_resumed_unasked),
        TEST(test_paths_are_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
