/* train_rig.h: what the tests of training share: small corpora and configs, errors that must be
 * one clear line, and runs compared to the bit. */
#ifndef TESTS_TRAIN_RIG_H
#define TESTS_TRAIN_RIG_H

#include <math.h>
#include <string.h>

#include "tests/scratch_dir.h"

#include "train/trainer.h"

/* Refused for this reason, in one line that says `part`. */
static inline void refused(Status status, const Err *err, Status kind, const char *part) {
    if (status != kind || strchr(err->message, '\n') || !strstr(err->message, part))
        fail_msg("status %d, '%s' should be %d and say '%s'", status, status ? err->message : "ok",
                 kind, part);
}

static inline DataSpec language_spec(const char *source, int symbols, uint64_t tokens) {
    DataSpec spec = data_spec_default();
    spec.source = source;
    spec.symbols = symbols;
    spec.tokens = tokens;
    spec.heldout_tok = 4000;
    return spec;
}

static inline Corpus *corpus_of(Scratch *x, const DataSpec *spec) {
    const char *path = scratch_path(x, "corpus.tok");
    Corpus *corpus;
    if (corpus_prepare(spec, path, &corpus, NULL, &x->err) == OK) return corpus;
    remove(path); // an earlier one of this test, of another spec; whoever has it open keeps it
    assert_ok(x, corpus_prepare(spec, path, &corpus, NULL, &x->err));
    return corpus;
}

/* Four lanes of four windows; a step takes about a millisecond. */
static inline RunConfig small_config(uint64_t steps) {
    RunConfig c = run_config_default();
    c.layers = 2;
    c.d_model = 16;
    c.d_head = 8;
    c.ctx = 16;
    c.lanes = 4;
    c.batch_tok = 256;
    c.tokens = steps * c.batch_tok;
    c.eval_tok = 2048;
    c.log_steps = 7;
    c.warmup = 0.1;
    c.lr = 0.02;
    c.clip = 0.3; // now and then
    return c;
}

static inline Trainer *trainer_of(Scratch *x, const RunConfig *config, const Corpus *corpus,
                                  int threads) {
    Trainer *t = ARENA_NEW(x->arena, Trainer);
    assert_ok(x, trainer_init(t, x->arena, config, corpus, threads, &x->err));
    return t;
}

static inline void assert_same_doubles(const char *what, double a, double b) {
    if (memcmp(&a, &b, sizeof a) != 0) fail_msg("%s: %.17g is not %.17g", what, a, b);
}

static inline void assert_near(double got, double want, double bound) {
    if (!(fabs(got - want) <= bound)) fail_msg("%.9g should be %.9g +- %g", got, want, bound);
}

/* Parameters, moments and tally, clocks apart. */
static inline void assert_same_trainers(const Trainer *a, const Trainer *b) {
    const size_t bytes = a->adamw.n * sizeof(real);
    assert_int_equal(a->adamw.n, b->adamw.n);
    assert_memory_equal(a->model.storage, b->model.storage, bytes);
    assert_memory_equal(a->adamw.m, b->adamw.m, bytes);
    assert_memory_equal(a->adamw.v, b->adamw.v, bytes);
    assert_int_equal(a->tally.step, b->tally.step);
    assert_same_doubles("tail_loss", a->tally.tail_loss, b->tally.tail_loss);
    assert_same_doubles("tail_n", a->tally.tail_n, b->tally.tail_n);
    assert_same_doubles("logged_loss", a->tally.logged_loss, b->tally.logged_loss);
    assert_same_doubles("logged_n", a->tally.logged_n, b->tally.logged_n);
    assert_same_doubles("clipped", a->tally.clipped, b->tally.clipped);
}

#endif
