/* test_train_checkpoint.c: a checkpoint holds every parameter once under the name its group has
 * elsewhere, gives back what was saved to the bit, and says so when it is damaged, torn, or half
 * replaced. */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/train_rig.h"

#include "base/rng.h"
#include "model/counts.h"
#include "train/checkpoint.h"
#include "train/run_dir.h"
#include "train/safetensors.h"

enum { DENSE_SHAPES = 10, SHAPES = 34 };
static const char *const FILES[] = {"model.safetensors", "optimizer.safetensors", "config.json"};

static uint64_t below(uint64_t draw, uint64_t n) {
    const Stream s = stream_open(1, "test shapes", 0);
    return stream_below(&s, draw, n);
}

/* Experts of every router and balance, with shared ones and without; of the last shape many. */
static void add_experts(RunConfig *c, int shape) {
    static const char *const ROUTERS[] = {"softmax", "renorm", "topk", "sigmoid"};
    const uint64_t draw = 1000 + (uint64_t)shape * 8;
    const bool many = shape == SHAPES - 1;
    c->experts = many ? 40 : 2 + (int)below(draw, 7);
    c->top_k = 1 + (int)below(draw + 1, (uint64_t)c->experts);
    c->granularity = many ? 5 : 1 + (int)below(draw + 2, 3);
    c->shared = shape % 3 == 0 ? 1 + (int)below(draw + 3, 2) : 0;
    c->moe_every = 1 + (int)below(draw + 4, (uint64_t)c->layers);
    c->d_ff = (c->top_k + c->shared) * c->granularity * (1 + (int)below(draw + 5, 6));
    c->router = ROUTERS[shape / 2 % 4];
    c->balance = shape % 5 == 0 ? "bias" : "aux";
}

/* Every combination of activation, norm and head in a row of eight; sizes at random. */
static RunConfig random_config(int shape) {
    const uint64_t draw = (uint64_t)shape * 8;
    RunConfig c = small_config(10);
    c.d_head = 2 * (1 + (int)below(draw, 5));
    c.d_model = c.d_head * (1 + (int)below(draw + 1, 4));
    c.layers = 1 + (int)below(draw + 2, 4);
    c.d_ff = (int)below(draw + 3, 2) * (1 + (int)below(draw + 4, 30));
    c.activation = shape & 1 ? "swiglu" : "gelu";
    c.qk_norm = shape & 2;
    c.tied = shape & 4;
    c.parametrization = shape < 8 ? "mup" : "sp";
    if (shape >= DENSE_SHAPES) add_experts(&c, shape);
    return c;
}

static RunConfig small_experts(void) {
    RunConfig c = small_config(10);
    c.experts = 3;
    c.top_k = 2;
    c.granularity = 2;
    c.d_ff = 24;
    return c;
}

/* Parameters, moments and tally that no initialisation would give, none of them a round number, so
 * that what is not saved, or not loaded, shows. */
static void scramble(Trainer *t, uint64_t seed) {
    const Stream s = stream_open(seed, "test values", 0);
    real *const tensors[] = {t->model.storage, t->adamw.m, t->adamw.v};
    for (uint64_t k = 0; k < COUNT_OF(tensors); k++)
        for (uint64_t i = 0; i < t->adamw.n; i++)
            tensors[k][i] = (real)stream_normal(&s, k << 32 | i);
    t->tally = (Tally){.step = seed,
                       .tail_loss = 1 / 3.0,
                       .tail_n = 7,
                       .logged_loss = 1e-17 * (double)seed,
                       .logged_n = 3,
                       .clipped = 2,
                       .wall_s = 10.1,
                       .cpu_s = 9.9,
                       .paths = 3};
    if (!moe_layers(&t->dims)) return;
    t->tally.routed = 1e9 + 1;
    t->tally.dropped = 2 / 3.0;
    double *const load = t->routed.load;
    t->routed = (RouterTally){load, 123456789, 1 / 7.0, 1 / 9.0, 1e-300, 1e300};
    for (int i = 0; i < moe_layers(&t->dims) * t->dims.moe.E; i++) // more than a float can count
        load[i] = (double)(stream_below(&s, 4ull << 32 | (uint64_t)i, 1ull << 40));
}

static void assert_same_tallies(const Trainer *a, const Trainer *b) {
    const size_t loads = (size_t)(moe_layers(&a->dims) * a->dims.moe.E);
    RouterTally x = a->routed, y = b->routed;
    assert_memory_equal(&a->tally, &b->tally, sizeof a->tally);
    assert_memory_equal(x.load, y.load, loads * sizeof *x.load);
    x.load = y.load = NULL;
    assert_memory_equal(&x, &y, sizeof x);
}

typedef struct {
    Scratch *x;
    Corpus *corpus;
    RunConfig config;
    Trainer *trainer; // scrambled
} Rig;

static Rig rig_of(Scratch *x, const RunConfig *config, int symbols, uint64_t seed) {
    const DataSpec spec = language_spec("markov", symbols, 2000);
    Rig rig = {x, corpus_of(x, &spec), *config, NULL};
    rig.trainer = trainer_of(x, config, rig.corpus, 1);
    scramble(rig.trainer, seed);
    return rig;
}

static void save(Rig *rig, const char *name) {
    assert_ok(rig->x, checkpoint_save(rig->trainer, scratch_path(rig->x, name), &rig->x->err));
}

static Status load(Rig *rig, const char *name, Trainer **out) {
    *out = trainer_of(rig->x, &rig->config, rig->corpus, 1);
    return checkpoint_load(*out, scratch_path(rig->x, name), &rig->x->err);
}

static const char *file_of(Scratch *x, const char *name, const char *file) {
    return arena_printf(x->arena, "%s/%s/checkpoint/%s", x->dir, name, file);
}

/* --- what is in it, read without the code that wrote it --------------------------------------- */

static Group group_of(const char *name) {
    static const struct {
        const char *part;
        Group group;
    } PARTS[] = {
        {"embed_tokens", G_EMBED},     {"lm_head", G_HEAD},    {"_norm.", G_NORM},
        {"layernorm", G_NORM},         {"model.norm", G_NORM}, {".mlp.gate.", G_ROUTER},
        {"sparse_moe.gate", G_ROUTER}, {"experts.", G_EXPERT}, {".mlp.", G_MLP},
        {"_proj", G_ATTENTION},
    };
    for (size_t i = 0; i < COUNT_OF(PARTS); i++)
        if (strstr(name, PARTS[i].part)) return PARTS[i].group;
    fail_msg("no group for %s", name);
    return N_GROUPS;
}

/* Elements of each group by the header's shapes; the tensors follow each other without holes to
 * the end. */
static void count_file(Scratch *x, const char *path, uint64_t counts[N_GROUPS]) {
    Bytes b;
    JsonDoc *header;
    uint64_t size, end = 0;
    assert_ok(x, file_read(x->arena, path, &b, &x->err));
    memcpy(&size, b.data, sizeof size);
    assert_ok(x, json_open(arena_strndup(x->arena, b.data + 8, size), path, &header, &x->err));
    for (const Json *v = json_first(json_root(header)); v; v = json_next(v)) {
        if (strcmp(json_key(v), "__metadata__") == 0) continue;
        uint64_t elements = 1;
        for (const Json *n = json_first(json_get(v, "shape")); n; n = json_next(n))
            elements *= (uint64_t)json_as_number(n);
        const Json *from = json_first(json_get(v, "data_offsets"));
        assert_true(json_as_number(from) == (double)end);
        end += elements * sizeof(real);
        assert_true(json_as_number(json_next(from)) == (double)end);
        counts[group_of(json_key(v))] += elements;
    }
    assert_int_equal(8 + size + end, b.size);
    json_close(header);
}

static void test_counts_are_those_exported(void **state) {
    Scratch *x = *state;
    for (int shape = 0; shape < SHAPES; shape++) {
        const RunConfig c = random_config(shape);
        const char *name = arena_printf(x->arena, "%d", shape);
        Rig rig = rig_of(x, &c, 2 + (int)below((uint64_t)shape, 60), 1);
        save(&rig, name);
        uint64_t counts[N_GROUPS] = {0};
        count_file(x, file_of(x, name, "model.safetensors"), counts);
        const ParamCount n = count_params(&rig.trainer->dims);
        for (int g = 0; g < N_GROUPS; g++)
            if (counts[g] != n.group[g])
                fail_msg("shape %d: %llu exported in group %s, %llu counted", shape,
                         (unsigned long long)counts[g], GROUP_NAMES[g],
                         (unsigned long long)n.group[g]);
        corpus_close(rig.corpus);
    }
}

/* --- back again ------------------------------------------------------------------------------- */

static void test_round_trip(void **state) {
    Scratch *x = *state;
    for (int shape = 0; shape < SHAPES; shape++) {
        const RunConfig c = random_config(shape);
        const char *name = arena_printf(x->arena, "%d", shape);
        Rig rig = rig_of(x, &c, 5 + shape, 11);
        if (c.tied && shape < 8) assert_true(rig.trainer->dims.logit_scale != 1);
        save(&rig, name);
        Trainer *back;
        assert_ok(x, load(&rig, name, &back));
        assert_same_trainers(back, rig.trainer);
        assert_same_tallies(back, rig.trainer);
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
    Rig rig = rig_of(x, &c, 9, 1);
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

/* --- as others read it ------------------------------------------------------------------------ */

static void test_public_architectures(void **state) {
    static const struct {
        const char *activation, *router, *balance;
        bool qk_norm;
        int experts, shared, every;
        const char *type, *tensor; // one that the architecture has in layer 1
    } CASES[] = {
        {"swiglu", "renorm", "none", false, 1, 0, 1, "llama", "mlp.gate_proj"},
        {"swiglu", "sigmoid", "bias", true, 1, 1, 1, "qwen3", "mlp.gate_proj"}, // 1 expert: dense
        {"gelu", "renorm", "none", true, 1, 0, 1, "tinyscale", "mlp.up_proj"},
        {"swiglu", "softmax", "none", true, 2, 0, 1, "qwen3_moe", "mlp.experts.1.gate_proj"},
        {"swiglu", "renorm", "aux", true, 2, 0, 2, "qwen3_moe", "mlp.experts.1.down_proj"},
        {"swiglu", "topk", "aux", true, 2, 0, 1, "qwen3_moe", "mlp.gate"},
        {"swiglu", "renorm", "none", false, 2, 0, 1, "mixtral", "block_sparse_moe.gate"},
        {"swiglu", "topk", "aux", false, 2, 0, 1, "mixtral", "block_sparse_moe.experts.1.w2"},
        {"swiglu", "softmax", "none", false, 2, 0, 1, "tinyscale", "mlp.experts.1.up_proj"},
        {"swiglu", "renorm", "none", false, 2, 0, 2, "tinyscale", "mlp.experts.1.up_proj"},
        {"swiglu", "sigmoid", "none", true, 2, 0, 1, "tinyscale", "mlp.gate"},
        {"swiglu", "renorm", "bias", true, 2, 0, 1, "tinyscale", "mlp.gate"},
        {"swiglu", "renorm", "none", true, 2, 1, 1, "tinyscale", "mlp.shared_experts.up_proj"},
        {"gelu", "topk", "none", true, 2, 0, 1, "tinyscale", "mlp.experts.1.up_proj"},
    };
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        RunConfig c = small_config(10);
        c.d_ff = 12;
        c.activation = CASES[i].activation;
        c.router = CASES[i].router;
        c.balance = CASES[i].balance;
        c.qk_norm = CASES[i].qk_norm;
        c.experts = CASES[i].experts;
        c.shared = CASES[i].shared;
        c.moe_every = CASES[i].every;
        const char *name = arena_printf(x->arena, "%zu", i);
        Rig rig = rig_of(x, &c, 9, 1);
        save(&rig, name);
        JsonDoc *config, *header;
        Bytes b;
        assert_ok(x, json_open_file(file_of(x, name, "config.json"), &config, &x->err));
        assert_string_equal(json_string_or(json_root(config), "model_type", ""), CASES[i].type);
        const bool public = strcmp(CASES[i].type, "tinyscale") != 0;
        assert_int_equal(json_size(json_get(json_root(config), "architectures")), public);
        json_close(config);
        assert_ok(x, file_read(x->arena, file_of(x, name, "model.safetensors"), &b, &x->err));
        uint64_t size;
        memcpy(&size, b.data, sizeof size);
        assert_ok(x, json_open(arena_strndup(x->arena, b.data + 8, size), name, &header, &x->err));
        const char *tensor = arena_printf(x->arena, "model.layers.1.%s.weight", CASES[i].tensor);
        if (!json_get(json_root(header), tensor)) fail_msg("case %zu lacks %s", i, tensor);
        json_close(header);
        corpus_close(rig.corpus);
    }
}

/* Tensor `name` of layer 1 is columns [from, from + out) of w (in, stride), turned. */
static void assert_turned(Scratch *x, const SafeTensors *file, const char *name, const real *w,
                          int in, int out, int stride, int from) {
    const real *got;
    const char *full = arena_printf(x->arena, "model.layers.1.%s.weight", name);
    assert_ok(x, safetensors_get(file, full, out, in, &got, &x->err));
    for (int r = 0; r < out; r++)
        for (int c = 0; c < in; c++)
            if (got[r * in + c] != w[c * stride + from + r]) fail_msg("%s[%d][%d]", full, r, c);
}

static void test_experts_as_loaders_read_them(void **state) {
    static const char *const NAMES[2][4] = {
        {"mlp.gate", "mlp.experts.%d.gate_proj", "mlp.experts.%d.up_proj",
         "mlp.experts.%d.down_proj"},
        {"block_sparse_moe.gate", "block_sparse_moe.experts.%d.w1",
         "block_sparse_moe.experts.%d.w3", "block_sparse_moe.experts.%d.w2"}};
    Scratch *x = *state;
    for (int mixtral = 0; mixtral < 2; mixtral++) {
        RunConfig c = small_experts();
        c.activation = "swiglu";
        c.router = "renorm";
        c.qk_norm = !mixtral;
        Rig rig = rig_of(x, &c, 9, 1);
        const Dims *d = &rig.trainer->dims;
        const Params p = params_layer(&rig.trainer->model.params, d, 1);
        const int C = d->C, E = d->moe.E, F = d->moe.F;
        SafeTensors file;
        save(&rig, c.qk_norm ? "qwen" : "mixtral");
        const char *path = file_of(x, c.qk_norm ? "qwen" : "mixtral", "model.safetensors");
        assert_ok(x, safetensors_open(x->arena, path, &file, &x->err));
        assert_turned(x, &file, NAMES[mixtral][0], p.router, C, E, E, 0);
        for (int e = 0; e < E; e++) {
            const char *name[4];
            for (int i = 1; i < 4; i++) name[i] = arena_printf(x->arena, NAMES[mixtral][i], e);
            assert_turned(x, &file, name[1], p.we1 + e * C * 2 * F, C, F, 2 * F, 0);
            assert_turned(x, &file, name[2], p.we1 + e * C * 2 * F, C, F, 2 * F, F);
            assert_turned(x, &file, name[3], p.we2 + e * F * C, F, C, C, 0);
        }
        safetensors_close(&file);
        corpus_close(rig.corpus);
    }
}

/* --- damage ----------------------------------------------------------------------------------- */

static void overwrite(const char *path, const char *data, size_t size) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

typedef void Damage(Rig *rig, const char *file, const char *path, Bytes whole);

/* Each file of a good checkpoint in turn; afterwards the checkpoint loads again. */
static void damage_files(Scratch *x, Damage *damage) {
    const RunConfig c = small_experts();
    Rig rig = rig_of(x, &c, 9, 1);
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
static void flip_bytes(Rig *rig, const char *file, const char *path, Bytes whole) {
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

static void truncate_file(Rig *rig, const char *file, const char *path, Bytes whole) {
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
    Rig old = rig_of(x, &c, 9, 4);
    Rig new = {x, old.corpus, c, trainer_of(x, &c, old.corpus, 1)};
    Trainer *back;
    scramble(new.trainer, 5);
    save(&old, "old");
    save(&new, "new");
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const char *name = arena_printf(x->arena, "case%zu", i);
        compose(x, name, CASES[i].model, CASES[i].next, CASES[i].optimizer);
        const Rig *want = CASES[i].loads_new ? &new : &old;
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
    refused(run_corpus(x->arena, scratch_path(x, "ended"), "", &corpus, &x->err), &x->err, E_USAGE,
            "no corpus.tok");
    assert_null(corpus);
    assert_int_equal(mkfifo(scratch_path(x, "ended/log.jsonl"), 0600), 0);
    refused(run_log_open(scratch_path(x, "ended"), 0, &log, &x->err), &x->err, E_IO, "FIFO");
    assert_null(log);
    memset(&file, 1, sizeof file);
    refused(safetensors_open(x->arena, scratch_path(x, "none"), &file, &x->err), &x->err, E_IO,
            "none");
    assert_null(file.header);
    safetensors_close(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_counts_are_those_exported),
        TEST(test_round_trip),
        TEST(test_another_shape_is_refused),
        TEST(test_public_architectures),
        TEST(test_experts_as_loaders_read_them),
        TEST(test_flipped_bytes),
        TEST(test_truncated_files),
        TEST(test_cut_off_saves),
        TEST(test_failures_leave_nothing_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
