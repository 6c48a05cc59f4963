/* test_train_measure.c: what is measured of a trained model: every measure against the windows one
 * by one, and the in-context score against positions by hand; every measure becomes two results;
 * experts are never full while they are judged. */
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

static Measured taken(const Finished *f, MeasureId id) {
    Measured all[N_MEASURES];
    measures_take(&f->subject, all);
    return all[id];
}

enum { WINDOWS = 37 }; // the last group of windows is not full

/* The model's losses (WINDOWS, T), each window having gone through it by itself. */
static double *losses_one_by_one(Scratch *x, const Finished *f) {
    Trainer *t = f->trainer;
    const int B = t->dims.B, T = t->dims.T;
    double *losses = ARENA_ARRAY(x->arena, double, WINDOWS *T);
    assert_int_equal(f->windows.n_windows, WINDOWS);
    assert_true(B > 1 && WINDOWS % B != 0);
    for (int i = 0; i < WINDOWS; i++) {
        for (int b = 0; b < B; b++)
            eval_windows_read(&f->windows, (uint64_t)i, t->tokens + b * T, t->targets + b * T);
        model_forward(&t->model, t->lanes, t->tokens, PASS_JUDGE);
        model_loss(&t->model, t->lanes, (Targets){.token = t->targets});
        memcpy(losses + i * T, t->lanes->loss, sizeof *losses * (size_t)T);
    }
    return losses;
}

static void test_measures_are_those_of_the_windows(void **state) {
    Scratch *x = *state;
    RunConfig c = small_config(10);
    c.eval_tok = WINDOWS * 16;
    Finished f;
    finish(x, &c, &f);
    const double *losses = losses_one_by_one(x, &f);
    double means[WINDOWS], scores[WINDOWS];
    for (int i = 0; i < WINDOWS; i++) {
        const double *w =
            losses + i * c.ctx; // 16 positions: the last four, and the third and fourth
        means[i] = stat_mean(w, (size_t)c.ctx);
        scores[i] = (w[12] + w[13] + w[14] + w[15]) / 4 - (w[2] + w[3]) / 2;
    }
    const Measured loss = taken(&f, MEASURE_loss), score = taken(&f, MEASURE_in_context);
    assert_near(loss.value, stat_mean(means, WINDOWS), 1e-6);
    assert_near(loss.se, stat_se(means, WINDOWS), 1e-6);
    assert_near(score.value, stat_mean(scores, WINDOWS), 1e-6);
    assert_near(score.se, stat_se(scores, WINDOWS), 1e-6);
    assert_true(loss.se > 1e-4 && score.se > 1e-4 && fabs(score.value) > 1e-4);
    f.windows.n_windows = 1;
    assert_near(taken(&f, MEASURE_loss).value, means[0], 1e-6);
    assert_near(taken(&f, MEASURE_in_context).value, scores[0], 1e-6);
    assert_true(isnan(taken(&f, MEASURE_loss).se) && isnan(taken(&f, MEASURE_in_context).se));
    corpus_close(f.corpus);
}

/* Position t of a window has loss[t]. */
static void test_in_context_score_is_late_less_early(void **state) {
    (void)state;
    double loss[128];
    for (int t = 0; t < 128; t++) loss[t] = t < 16 ? 1e6 : t < 32 ? 3 : t < 96 ? 1e6 : 1;
    assert_near(measure_in_context(&(MeasureWindow){128, loss}), -2, 1e-12);
    for (int t = 0; t < 64; t++) loss[t] = t < 8 ? 1e6 : t < 16 ? t - 8 : t < 48 ? 1e6 : 5;
    assert_near(measure_in_context(&(MeasureWindow){64, loss}), 5 - 3.5, 1e-12);
    loss[1] = 4, loss[6] = 1, loss[7] = 2;
    assert_near(measure_in_context(&(MeasureWindow){8, loss}), -2.5, 1e-12);
    assert_true(isnan(measure_in_context(&(MeasureWindow){7, loss})));
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
    taken(&f, MEASURE_loss);
    const RouterFacts facts = balance_facts(&f.trainer->pass, &f.trainer->dims);
    assert_true(facts.dropped == 0);
    const uint64_t B = (uint64_t)f.trainer->dims.B, groups = (f.windows.n_windows + B - 1) / B;
    const double predictions = (double)(groups * B) * c.ctx; // one pass, the last group filled up
    assert_true(f.trainer->pass.tokens == predictions * moe_layers(&f.trainer->dims));
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
        TEST(test_measures_are_those_of_the_windows),
        TEST(test_in_context_score_is_late_less_early),
        TEST(test_no_expert_is_full_when_judged),
        TEST(test_every_measure_becomes_two_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
