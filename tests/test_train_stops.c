/* test_train_stops.c: signals to a run: which of them write a checkpoint, and that the held-out
 * pass, which has nothing to save, is ended by them. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/train_rig.h"

#include "base/proc.h"
#include "train/checkpoint.h"
#include "train/run.h"

static const double PATIENCE_S = 60;

/* A run in a process of its own, which exits with the Status of run_train(). */
static pid_t start(Scratch *x, const RunConfig *config, const Corpus *corpus, void (*hangup)(int)) {
    const pid_t child = fork();
    if (child != 0) return child;
    RunOptions options = run_options_default();
    RunResult r;
    options.threads = 1;
    options.checkpoint_s = 0; // only at the end
    options.resume = true;
    signal(SIGHUP, hangup);
    _exit((int)run_train(config, corpus, scratch_path(x, "run"), &options, &r, &x->err));
}

static void wait_for(const char *path) {
    const double deadline = wall_seconds() + PATIENCE_S;
    while (!file_exists(path) && wall_seconds() < deadline) usleep(1000);
    assert_true(file_exists(path));
}

static int end_of(pid_t child) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void assert_stopped(Scratch *x, pid_t child) {
    const int status = end_of(child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), E_FAILED);
    assert_true(checkpoint_exists(scratch_path(x, "run")));
    assert_false(file_exists(scratch_path(x, "run/result.json")));
}

static Corpus *corpus_with(Scratch *x, uint64_t heldout) {
    DataSpec spec = language_spec("markov", 8, heldout + 20000);
    spec.order = 1;
    spec.heldout_tok = heldout;
    return corpus_of(x, &spec);
}

static void test_each_signal_writes_a_checkpoint(void **state) {
    static const int SIGNALS[] = {SIGTERM, SIGINT, SIGHUP};
    Scratch *x = *state;
    Corpus *corpus = corpus_with(x, 4000);
    const RunConfig config = small_config(1000000000); // hours
    const char *log = scratch_path(x, "run/log.jsonl");
    for (size_t i = 0; i < COUNT_OF(SIGNALS); i++) {
        assert_int_equal(system(arena_printf(x->arena, "rm -rf %s/run", x->dir)), 0);
        const pid_t child = start(x, &config, corpus, SIG_DFL);
        wait_for(log);
        kill(child, SIGNALS[i]);
        assert_stopped(x, child);
    }
    corpus_close(corpus);
}

/* nohup */
static void test_an_ignored_hangup_stays_ignored(void **state) {
    Scratch *x = *state;
    Corpus *corpus = corpus_with(x, 4000);
    const RunConfig config = small_config(1000000000);
    const pid_t child = start(x, &config, corpus, SIG_IGN);
    int status;
    wait_for(scratch_path(x, "run/log.jsonl"));
    kill(child, SIGHUP);
    usleep(300000);
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
    kill(child, SIGTERM);
    assert_stopped(x, child);
    corpus_close(corpus);
}

/* The checkpoint of the last step is there, the result is not: what ends the run now leaves it to
 * be resumed. */
static void test_the_held_out_pass_ends_at_once(void **state) {
    Scratch *x = *state;
    Corpus *corpus = corpus_with(x, 1 << 22);
    RunConfig config = small_config(2);
    RunOptions options = run_options_default();
    RunResult r;
    config.eval_tok = 1 << 22; // a second or more
    const char *dir = scratch_path(x, "run"), *result = scratch_path(x, "run/result.json");
    const pid_t child = start(x, &config, corpus, SIG_DFL);
    wait_for(scratch_path(x, "run/checkpoint/model.safetensors"));
    usleep(100000);
    const double sent = wall_seconds();
    kill(child, SIGTERM);
    const int status = end_of(child);
    const double took = wall_seconds() - sent;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    assert_true(took < 10);
    assert_false(file_exists(result));
    options.resume = true;
    assert_ok(x, run_train(&config, corpus, dir, &options, &r, &x->err));
    assert_true(file_exists(result));
    assert_int_equal(r.steps, 2);
    corpus_close(corpus);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_each_signal_writes_a_checkpoint),
        TEST(test_an_ignored_hangup_stays_ignored),
        TEST(test_the_held_out_pass_ends_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
