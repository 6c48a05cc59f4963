/* test_train_checkpoint.c: a checkpoint gives back what was saved to the bit, and says so when it
 * is damaged, torn, or half replaced. */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/checkpoint_rig.h"

#include "train/run_dir.h"
#include "train/safetensors.h"

static const char *const FILES[] = {"model.safetensors", "optimizer.safetensors", "config.json"};

static void assert_same_tallies(const Trainer *a, const Trainer *b) {
    const size_t loads = (size_t)(moe_layers(&a->dims) * a->dims.moe.E);
    RouterTally x = a->routed, y = b->routed;
    assert_memory_equal(&a->tally, &b->tally, sizeof a->tally);
    assert_memory_equal(x.load, y.load, loads * sizeof *x.load);
    x.load = y.load = NULL;
    assert_memory_equal(&x, &y, sizeof x);
}

static Status load(CheckpointRig *rig, const char *name, Trainer **out) {
    *out = trainer_of(rig->x, &rig->config, rig->corpus, 1);
    return checkpoint_load(*out, scratch_path(rig->x, name), &rig->x->err);
}

/* --- back again ------------------------------------------------------------------------------- */

static void test_round_trip(void **state) {
    Scratch *x = *state;
    for (int shape = 0; shape < SHAPES; shape++) {
        const RunConfig c = random_config(shape);
        const char *name = arena_printf(x->arena, "%d", shape);
        CheckpointRig rig = rig_of(x, &c, 5 + shape, 11);
        if (c.tied && shape < 8) assert_true(rig.trainer->dims.logit_scale != 1);
        save(&rig, name);
        Trainer *back;
        assert_ok(x, load(&rig, name, &back));
        assert_same_trainers(back, rig.trainer);
        assert_same_tallies(back, rig.trainer);
        corpus_close(rig.corpus);
    }
}

/* Sampling and judging need parameters only: the same bits, and hardly a byte beside them. */
static void test_parameters_alone(void **state) {
    Scratch *x = *state;
    for (int shape = 0; shape < SHAPES; shape++) {
        const RunConfig c = random_config(shape);
        const char *name = arena_printf(x->arena, "%d", shape), *dir = scratch_path(x, name);
        CheckpointRig rig = rig_of(x, &c, 5 + shape, 11);
        const Dims *d = &rig.trainer->dims;
        save(&rig, name);
        assert_ok(x, run_dir_prepare(dir, &c, &x->err));
        Arena *arena = arena_open();
        RunConfig config;
        Model m;
        assert_ok(x, checkpoint_open(dir, d->V, arena, &config, &m, &x->err));
        assert_int_equal(params_size(&m.d), params_size(d));
        assert_memory_equal(m.storage, rig.trainer->model.storage, params_size(d) * sizeof(real));
        const size_t angles = (size_t)d->D * (size_t)attention_padded(d->T) * sizeof(real);
        assert_in_range(arena_used(arena), 1, params_size(d) * sizeof(real) + angles + 4096);
        arena_close(arena);
        corpus_close(rig.corpus);
    }
}

static void test_another_shape_is_refused(void **state) {
    static const struct {
        const char *field, *value;
    } CHANGES[] = {{"layers", "3"},      {"d_model", "24"},       {"d_ff", "36"},
                   {"qk_norm", "false"}, {"tied", "true"},        {"experts", "2"},
                   {"shared", "1"},      {"granularity", "1"},    {"moe_every", "2"},
                   {"balance", "bias"},  {"activation", "swiglu"}};
    Scratch *x = *state;
    const RunConfig c = small_experts();
    CheckpointRig rig = rig_of(x, &c, 9, 1);
    save(&rig, "r");
    for (size_t i = 0; i < COUNT_OF(CHANGES); i++) {
        const Field *f = field_find(&RUN_FIELDS, CHANGES[i].field);
        Trainer *back;
        rig.config = c;
        assert_ok(x, field_from_text(f, &rig.config, x->arena, CHANGES[i].value, f->name, &x->err));
        refused(load(&rig, "r", &back), &x->err, E_FORMAT, "safetensors");
    }
    corpus_close(rig.corpus);
}

/* --- damage ----------------------------------------------------------------------------------- */

static void overwrite(const char *path, const char *data, size_t size) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

typedef void Damage(CheckpointRig *rig, const char *file, const char *path, Bytes whole);

/* Each file of a good checkpoint in turn; afterwards the checkpoint loads again. */
static void damage_files(Scratch *x, Damage *damage) {
    const RunConfig c = small_experts();
    CheckpointRig rig = rig_of(x, &c, 9, 1);
    Trainer *back;
    save(&rig, "r");
    for (size_t i = 0; i < COUNT_OF(FILES); i++) {
        const char *path = file_of(x, "r", FILES[i]);
        Bytes whole;
        assert_ok(x, file_read(x->arena, path, &whole, &x->err));
        damage(&rig, FILES[i], path, whole);
        overwrite(path, whole.data, whole.size);
        assert_ok(x, load(&rig, "r", &back));
    }
    corpus_close(rig.corpus);
}

/* The file's both ends, its header, and anywhere; any other byte in the place of the right one. */
static void flip_bytes(CheckpointRig *rig, const char *file, const char *path, Bytes whole) {
    enum { PLACES = 50 };
    for (uint64_t i = 0; i < PLACES; i++) {
        const size_t at = i < 10   ? i
                          : i < 30 ? below(100 + i, whole.size < 900 ? whole.size : 900)
                          : i < 49 ? below(100 + i, whole.size)
                                   : whole.size - 1;
        const char keep = whole.data[at];
        Trainer *back;
        whole.data[at] = (char)(keep ^ (char)(1 + below(200 + i, 255)));
        overwrite(path, whole.data, whole.size);
        refused(load(rig, "r", &back), &rig->x->err, E_FORMAT, file);
        whole.data[at] = keep;
    }
}

static void truncate_file(CheckpointRig *rig, const char *file, const char *path, Bytes whole) {
    const size_t sizes[] = {0, 1, 7, 8, 100, whole.size / 2, whole.size - 1};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        Trainer *back;
        overwrite(path, whole.data, sizes[i]);
        refused(load(rig, "r", &back), &rig->x->err, E_FORMAT, file);
    }
}

static void test_flipped_bytes(void **state) {
    damage_files(*state, flip_bytes);
}
static void test_truncated_files(void **state) {
    damage_files(*state, truncate_file);
}

/* --- a save that was cut off ------------------------------------------------------------------ */

/* Run directory `name` as a save left it: each file from checkpoint "old" or "new", or missing
 * (NULL). */
static void compose(Scratch *x, const char *name, const char *model, const char *next,
                    const char *optimizer) {
    const struct {
        const char *from, *file, *to;
    } PARTS[] = {{model, FILES[0], FILES[0]},
                 {next, FILES[0], "model.next.safetensors"},
                 {optimizer, FILES[1], FILES[1]}};
    const char *dir = file_of(x, name, "");
    assert_ok(x, dir_make(dir, &x->err));
    for (size_t i = 0; i < COUNT_OF(PARTS); i++) {
        const char *to = file_of(x, name, PARTS[i].to);
        Bytes b;
        if (!PARTS[i].from) continue;
        assert_ok(x, file_read(x->arena, file_of(x, PARTS[i].from, PARTS[i].file), &b, &x->err));
        overwrite(to, b.data, b.size);
    }
}

static void test_cut_off_saves(void **state) {
    static const struct {
        const char *model, *next, *optimizer;
        bool loads_new;
    } CASES[] = {
        {"old", "new", "old", false}, // before the optimizer was replaced
        {"old", "new", "new", true},  // after it
        {"new", NULL, "new", true},   // done
        {"new", "new", "new", true},  // the same step saved once more
        {"new", "old", "new", true},  // left behind by who knows whom
        {NULL, "new", "new", true},   // the first checkpoint of a run
    };
    Scratch *x = *state;
    const RunConfig c = small_config(10);
    CheckpointRig old = rig_of(x, &c, 9, 4);
    CheckpointRig new = {x, old.corpus, c, trainer_of(x, &c, old.corpus, 1)};
    Trainer *back;
    scramble(new.trainer, 5);
    save(&old, "old");
    save(&new, "new");
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const char *name = arena_printf(x->arena, "case%zu", i);
        compose(x, name, CASES[i].model, CASES[i].next, CASES[i].optimizer);
        const CheckpointRig *want = CASES[i].loads_new ? &new : &old;
        for (int twice = 0; twice < 2; twice++) { // the first load may have tidied up
            assert_ok(x, load(&old, name, &back));
            assert_same_trainers(back, want->trainer);
        }
        assert_ok(x, checkpoint_save(new.trainer, scratch_path(x, name), &x->err));
        assert_ok(x, load(&old, name, &back));
        assert_same_trainers(back, new.trainer);
    }
    compose(x, "torn", "old", NULL, "old");
    overwrite(file_of(x, "torn", "model.next.safetensors"), "torn", 4);
    assert_ok(x, load(&old, "torn", &back));
    assert_same_trainers(back, old.trainer);
    compose(x, "mixed", "old", NULL, "new");
    refused(load(&old, "mixed", &back), &x->err, E_FORMAT, "different steps");
    corpus_close(old.corpus);
}

/* --- what fails to open ----------------------------------------------------------------------- */

/* A caller closes what it was given, also after a failure: what is gone may not be left there. */
static void test_failures_leave_nothing_open(void **state) {
    Scratch *x = *state;
    const RunConfig c = small_experts();
    SafeTensors file;
    Lock *lock = (Lock *)x;
    Corpus *corpus = (Corpus *)x;
    FILE *log = stdin;
    assert_ok(x, dir_make(scratch_path(x, "ended"), &x->err));
    scratch_write(x, "ended/result.json", "{}");
    refused(run_dir_open(scratch_path(x, "ended"), &c, true, &lock, &x->err), &x->err, E_USAGE,
            "has ended");
    assert_null(lock);
    refused(run_dir_corpus(x->arena, scratch_path(x, "ended"), "", &corpus, &x->err), &x->err,
            E_USAGE, "no corpus.tok");
    assert_null(corpus);
    assert_int_equal(mkfifo(scratch_path(x, "ended/log.jsonl"), 0600), 0);
    refused(run_dir_log_open(scratch_path(x, "ended"), 0, &log, &x->err), &x->err, E_IO, "FIFO");
    assert_null(log);
    memset(&file, 1, sizeof file);
    refused(safetensors_open(x->arena, scratch_path(x, "none"), &file, &x->err), &x->err, E_IO,
            "none");
    assert_null(file.header);
    safetensors_close(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_parameters_alone),
        TEST(test_another_shape_is_refused),
        TEST(test_flipped_bytes),
        TEST(test_truncated_files),
        TEST(test_cut_off_saves),
        TEST(test_failures_leave_nothing_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
