/* test_data_batch.c: every window once an epoch, in an order that depends on seed and epoch only;
 * held-out windows are disjoint and inside the held-out part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "data/batch.h"

enum { TRAIN = 5003, HELDOUT = 1009, CTX = 16, N_WINDOWS = (TRAIN - 1) / CTX };

typedef struct {
    char path[64];
    Corpus *corpus;
    int train[TRAIN], heldout[HELDOUT];
} Fixture;

/* An alphabet of 300 and order 1: a window's place can be told from its contents. */
static int make_corpus(void **state) {
    Fixture *f = calloc(1, sizeof *f);
    strcpy(f->path, "/tmp/tinyscale-batch-XXXXXX");
    close(mkstemp(f->path));
    unlink(f->path);
    DataSpec spec = data_spec_default();
    spec.source = "markov";
    spec.symbols = 300;
    spec.concentration = 1000;
    spec.tokens = TRAIN;
    spec.heldout_tok = HELDOUT;
    Err err;
    if (corpus_prepare(&spec, f->path, &f->corpus, NULL, &err) != OK) return -1;
    corpus_train_read(f->corpus, 0, TRAIN, f->train);
    corpus_heldout_read(f->corpus, 0, HELDOUT, f->heldout);
    *state = f;
    return 0;
}

static int drop_corpus(void **state) {
    Fixture *f = *state;
    corpus_close(f->corpus);
    unlink(f->path);
    free(f);
    return 0;
}

/* Where a window's tokens stand in a part; -1 if nowhere. */
static int place_of(const int *part, int n, const int *inputs, const int *targets) {
    for (int i = 0; i + CTX < n; i++)
        if (memcmp(part + i, inputs, CTX * sizeof *part) == 0) {
            assert_memory_equal(part + i + 1, targets, CTX * sizeof *part);
            return i;
        }
    return -1;
}

static void read_epoch(const Fixture *f, uint64_t seed, uint64_t epoch, int places[N_WINDOWS]) {
    Batches b;
    Err err;
    assert_int_equal(batches_init(&b, f->corpus, CTX, seed, &err), OK);
    assert_int_equal(b.n_windows, N_WINDOWS);
    for (uint64_t i = 0; i < N_WINDOWS; i++) {
        int inputs[CTX], targets[CTX];
        batches_window(&b, epoch * N_WINDOWS + i, inputs, targets);
        places[i] = place_of(f->train, TRAIN, inputs, targets);
    }
}

static void every_window_once_an_epoch(void **state) {
    const Fixture *f = *state;
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        int places[N_WINDOWS], seen[N_WINDOWS] = {0};
        read_epoch(f, 1, epoch, places);
        for (int i = 0; i < N_WINDOWS; i++) {
            assert_true(places[i] >= 0 && places[i] % CTX == 0);
            assert_int_equal(seen[places[i] / CTX]++, 0);
        }
    }
}

static void order_depends_on_seed_and_epoch(void **state) {
    const Fixture *f = *state;
    int a[N_WINDOWS], again[N_WINDOWS], epoch[N_WINDOWS], seed[N_WINDOWS];
    read_epoch(f, 1, 0, a);
    read_epoch(f, 1, 0, again);
    read_epoch(f, 1, 1, epoch);
    read_epoch(f, 2, 0, seed);
    assert_memory_equal(a, again, sizeof a);
    assert_memory_not_equal(a, epoch, sizeof a);
    assert_memory_not_equal(a, seed, sizeof a);
}

static void heldout_windows_are_disjoint(void **state) {
    const Fixture *f = *state;
    const struct {
        uint64_t eval_tok, n;
    } cases[] = {{0, (HELDOUT - 1) / CTX},
                 {1 << 20, (HELDOUT - 1) / CTX},
                 {160, 10},
                 {1, 1},
                 {CTX * 3 + 1, 3}};
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        EvalWindows w;
        Err err;
        assert_int_equal(eval_windows_init(&w, f->corpus, CTX, cases[c].eval_tok, &err), OK);
        assert_int_equal(w.n_windows, cases[c].n);
        int end = 0;
        for (uint64_t i = 0; i < w.n_windows; i++) {
            int inputs[CTX], targets[CTX];
            eval_windows_read(&w, i, inputs, targets);
            const int place = place_of(f->heldout, HELDOUT, inputs, targets);
            assert_true(place >= end);
            end = place + CTX; // the last target may be the next window's first input
        }
        assert_true(end < HELDOUT);
        assert_true(HELDOUT - end < 2 * (int)w.slot); // spread over the whole part
    }
}

/* Records of 6 symbols: windows every 64 or 63 tokens would see 3 or 2 of the 6 phases. */
static void records_are_met_in_every_phase(void **state) {
    const Fixture *f = *state;
    DataSpec spec = data_spec_default();
    spec.symbols = 4;
    spec.value_len = 3;
    spec.tokens = TRAIN;
    Err err;
    Corpus *c;
    char path[80];
    snprintf(path, sizeof path, "%s-zipf", f->path);
    assert_int_equal(corpus_prepare(&spec, path, &c, NULL, &err), OK);
    unlink(path);
    assert_int_equal(corpus_period(f->corpus), 1);
    assert_int_equal(corpus_period(c), 6);
    for (int ctx = 60; ctx <= 66; ctx++) {
        Batches b;
        const Status status = batches_init(&b, c, ctx, 1, &err);
        assert_int_equal(status, ctx == 61 || ctx == 65 ? OK : E_USAGE);
        if (ctx > 61 && ctx < 65) assert_non_null(strstr(err.message, "ctx 65 would do"));
    }
    corpus_close(c);
}

static void context_longer_than_corpus(void **state) {
    const Fixture *f = *state;
    Batches b;
    EvalWindows w;
    Err err;
    assert_int_equal(batches_init(&b, f->corpus, TRAIN - 1, 1, &err), OK);
    assert_int_equal(batches_init(&b, f->corpus, TRAIN, 1, &err), E_USAGE);
    assert_non_null(strstr(err.message, "5003 tokens"));
    assert_int_equal(eval_windows_init(&w, f->corpus, HELDOUT - 1, 0, &err), OK);
    assert_int_equal(eval_windows_init(&w, f->corpus, HELDOUT, 0, &err), E_USAGE);
    assert_non_null(strstr(err.message, "1009 tokens"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_met_in_every_phase),
        cmocka_unit_test(every_window_once_an_epoch),
        cmocka_unit_test(order_depends_on_seed_and_epoch),
        cmocka_unit_test(heldout_windows_are_disjoint),
        cmocka_unit_test(context_longer_than_corpus),
    };
    return cmocka_run_group_tests(tests, make_corpus, drop_corpus);
}
