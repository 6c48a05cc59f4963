/* test_train_measure.c: what is measured of a trained model: the held-out loss against the windows
 * one by one; every measure becomes two results; experts are never full while they are judged. */
#include "tests/train_rig.h"

#include "base/stat.h"
#include "train/measure.h"
#include "train/result.h"

typedef struct {
    Corpus *corpus;
    Trainer *trainer;
    EvalWindows windows;
    MeasureSubject subject;
} Finished;

/* A few steps, so that the model is not as it was made. */
static void finish(Scratch *x, const RunConfig *c, Finished *out) {
    const DataSpec spec = language_spec("zipf-memory", 20, 20000);
    out->corpus = corpus_of(x, &spec);
    Trainer *t = out->trainer = trainer_of(x, c, out->corpus, 2);
    for (int step = 0; step < 5; step++) assert_false(trainer_step(t).diverged);
    assert_ok(x, eval_windows_init(&out->windows, out->corpus, c->ctx, c->eval_tok, &x->err));
    out->subject =
        (MeasureSubject){&t->model, t->lanes, c->lanes, t->threads, &out->windows, &t->pass};
}

static void test_loss_is_that_of_the_windows(void **state) {
    Scratch *x = *state;
    RunConfig c = small_config(10);
    c.eval_tok = 37 * 16; // the last group of windows is not full
    Finished f;
    finish(x, &c, &f);
    Trainer *t = f.trainer;
    const int B = t->dims.B, T = t->dims.T;
    double means[37];
    assert_int_equal(f.windows.n_windows, COUNT_OF(means));
    assert_true(B > 1 && COUNT_OF(means) % (size_t)B != 0);
    for (size_t i = 0; i < COUNT_OF(means); i++) {
        for (int b = 0; b < B; b++)
            eval_windows_read(&f.windows, i, t->tokens + b * T, t->targets + b * T);
        model_forward(&t->model, t->lanes, t->tokens, PASS_JUDGE);
        model_loss(&t->model, t->lanes, (Targets){.token = t->targets});
        means[i] = stat_mean(t->lanes->loss, (size_t)T);
    }
    const Measured loss = measure_loss(&f.subject);
    assert_near(loss.value, stat_mean(means, COUNT_OF(means)), 1e-6);
    assert_near(loss.se, stat_se(means, COUNT_OF(means)), 1e-6);
    assert_true(loss.se > 1e-4);
    f.windows.n_windows = 1;
    assert_near(measure_loss(&f.subject).value, means[0], 1e-6);
    assert_true(isnan(measure_loss(&f.subject).se));
    corpus_close(f.corpus);
}

/* Training refuses visits to full experts, and the held-out pass of the same model none. */
static void test_no_expert_is_full_when_judged(void **state) {
    Scratch *x = *state;
    RunConfig c = small_config(10);
    c.experts = 4;
    c.dropless = false;
    c.capacity = 0.5;
    Finished f;
    finish(x, &c, &f);
    assert_true(f.trainer->tally.dropped > 0);
    measure_loss(&f.subject);
    const RouterFacts facts = balance_facts(&f.trainer->pass, &f.trainer->dims);
    assert_true(facts.dropped == 0);
    const double predictions = (double)(f.windows.n_windows) * c.ctx;
    assert_true(f.trainer->pass.tokens >= predictions * moe_layers(&f.trainer->dims));
    corpus_close(f.corpus);
}

static double result_of(const RunResult *r, const char *name) {
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        const ResultField *f = &RESULT_FIELDS.rows[i];
        if (strcmp(f->name, name) == 0 && (f->is & RESULT_MEASURED))
            return *(const double *)((const char *)r + f->offset);
    }
    fail_msg("no result '%s'", name);
    return NAN;
}

static void test_every_measure_becomes_two_results(void **state) {
    Scratch *x = *state;
#define NAME(name, ...) #name,
    static const char *const NAMES[N_MEASURES] = {MEASURE_TABLE(NAME)};
#undef NAME
    Measured m[N_MEASURES];
    RunResult r = run_result_blank();
    size_t rows = 0;
    for (size_t i = 0; i < N_MEASURES; i++) m[i] = (Measured){(double)i + 1, (double)i + 0.5};
    run_result_measured(&r, m);
    for (size_t i = 0; i < N_MEASURES; i++) {
        assert_true(result_of(&r, NAMES[i]) == m[i].value);
        assert_true(result_of(&r, arena_printf(x->arena, "%s_se", NAMES[i])) == m[i].se);
    }
    for (size_t i = 0; i < RESULT_FIELDS.n; i++)
        rows += !!(RESULT_FIELDS.rows[i].is & RESULT_MEASURED);
    assert_int_equal(rows, 2 * N_MEASURES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_loss_is_that_of_the_windows),
        TEST(test_no_expert_is_full_when_judged),
        TEST(test_every_measure_becomes_two_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
