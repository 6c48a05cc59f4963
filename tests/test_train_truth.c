/* test_train_truth.c: what is known beforehand: the floor of a Markov chain is reached and not
 * undercut, a rate that is far too high ends as a diverged run, AdamW, clipping and muP's rates do
 * what their equations say, and neither lanes, micro-batches nor CPU paths change more than
 * rounding. */
#include "tests/train_rig.h"

#include "base/proc.h"
#include "train/run.h"

/* Sanitizers are slow: they see the same code in a run too short to reach the floor. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FULL = 0 };
#elif defined(__has_feature)
enum { FULL = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) };
#else
enum { FULL = 1 };
#endif

static RunConfig chain_config(void) {
    RunConfig c = run_config_default();
    c.layers = 1;
    c.d_model = 32;
    c.activation = ACT_SWIGLU;
    c.ctx = 8;
    c.tokens = FULL ? 2000000 : 50000;
    c.eval_tok = 400000;
    c.init_embed = 1;
    c.lr = 0.03;
    c.schedule = SCHEDULE_LINEAR;
    c.weight_decay = 0;
    return c;
}

static Corpus *chain(Scratch *x) {
    DataSpec spec = language_spec("markov", 64, 2000000);
    spec.concentration = 1;
    spec.heldout_tok = 400000;
    return corpus_of(x, &spec);
}

static Corpus *short_chain(Scratch *x) {
    const DataSpec spec = language_spec("markov", 9, 3000);
    return corpus_of(x, &spec);
}

static void test_reaches_the_floor(void **state) {
    Scratch *x = *state;
    Corpus *corpus = chain(x);
    const RunConfig c = chain_config();
    RunOptions options = run_options_default();
    options.threads = 1; // enough, and not disturbed by what else the machine does
    RunResult r;
    const double start = wall_seconds();
    assert_ok(x, run_train(&c, corpus, scratch_path(x, "run"), &options, &r, &x->err));
    if (FULL) assert_true(wall_seconds() - start < 60);
    const double floor = corpus_floor_nat(corpus, c.ctx);
    assert_int_equal(r.end, RUN_DONE);
    if (!(r.loss > floor - 3 * r.loss_se && r.loss < floor + (FULL ? 0.01 : 2)))
        fail_msg("loss %g +- %g, floor %g", r.loss, r.loss_se, floor);
    corpus_close(corpus);
}

static void test_divergence_is_a_result(void **state) {
    static const char *const DIRS[] = {"mup", "sp"};
    Scratch *x = *state;
    Corpus *corpus = short_chain(x);
    for (size_t i = 0; i < COUNT_OF(DIRS); i++) {
        RunConfig c = chain_config();
        c.lr = 100;
        c.clip = 0;
        c.schedule = SCHEDULE_CONSTANT;
        c.parametrization = (RunParametrization)i;
        const char *dir = scratch_path(x, DIRS[i]);
        const RunOptions options = run_options_default();
        RunResult r, read;
        assert_ok(x, run_train(&c, corpus, dir, &options, &r, &x->err));
        assert_int_equal(r.end, RUN_DIVERGED);
        assert_true(isnan(r.loss) && isnan(r.loss_se) && r.steps < (double)run_config_steps(&c));
        assert_ok(x, run_result_read(dir, &read, &x->err));
        assert_int_equal(read.end, RUN_DIVERGED);
        assert_true(isnan(read.loss) && read.steps == r.steps);
        const char *text = scratch_read(x, arena_printf(x->arena, "%s/result.json", DIRS[i]));
        assert_non_null(strstr(text, "\"end\": \"diverged\""));
        assert_non_null(strstr(text, "\"loss\": null"));
    }
    corpus_close(corpus);
}

/* --- the optimizer ---------------------------------------------------------------------------- */

/* Yang et al. 2022, table 8, for Adam: matrices from width to width, and the head, by 1 / width. */
static const struct {
    const char *name;
    bool by_width, decays;
} TENSORS[N_PARAMS] = {
    {"embed", false, false}, {"norm1", false, false}, {"wqkv", true, true},
    {"qnorm", false, false}, {"knorm", false, false}, {"wo", true, true},
    {"norm2", false, false}, {"w1", true, true},      {"w2", true, true},
    {"router", true, false}, {"bias", false, false},  {"we1", true, true},
    {"we2", true, true},     {"ws1", true, true},     {"ws2", true, true},
    {"normf", false, false}, {"head", true, false},
};

/* Weight and gradients of element i, unlike its neighbours'. */
static double weight_at(size_t i) {
    return (double)(real)cos(0.3 * (double)i);
}
static double gradient_at(size_t i, int step) {
    return (double)(real)sin(0.7 * (double)i + step);
}

enum { UPDATES = 3 };
static const double LR = 0.01, SCALE = 0.5;

/* The equations of adamw.h in double, for one weight. */
static double updated(const RunConfig *c, size_t i, double rate, bool decays) {
    double w = weight_at(i), m = 0, v = 0;
    for (int t = 1; t <= UPDATES; t++) {
        const double g = SCALE * gradient_at(i, t), decay = decays ? c->weight_decay : 0;
        m = c->beta1 * m + (1 - c->beta1) * g;
        v = c->beta2 * v + (1 - c->beta2) * g * g;
        w -=
            LR * rate * (m / (1 - pow(c->beta1, t))) / (sqrt(v / (1 - pow(c->beta2, t))) + c->eps) +
            LR * decay * w;
    }
    return w;
}

static void assert_adamw(Scratch *x, const RunConfig *c, const Corpus *corpus, double by_width,
                         double embed) {
    Trainer *t = trainer_of(x, c, corpus, 1);
    real *w = t->model.storage, *grad = t->lanes[0].grad;
    for (size_t i = 0; i < t->adamw.n; i++) w[i] = (real)weight_at(i);
    for (int step = 1; step <= UPDATES; step++) {
        for (size_t i = 0; i < t->adamw.n; i++) grad[i] = (real)gradient_at(i, step);
        adamw_update(&t->adamw, w, grad, (uint64_t)step, LR, SCALE, 1);
    }
    ParamInfo info[N_PARAMS];
    params_table(&t->dims, info);
    for (int p = 0; p < N_PARAMS; p++) {
        assert_string_equal(info[p].name, TENSORS[p].name);
        const double rate = TENSORS[p].by_width ? by_width : p == PARAM_embed ? embed : 1;
        for (size_t i = info[p].offset; i < info[p].offset + param_size(&info[p]); i++)
            assert_near((double)w[i], updated(c, i, rate, TENSORS[p].decays), 1e-6);
    }
}

static void test_adamw_and_rates_by_width(void **state) {
    Scratch *x = *state;
    Corpus *corpus = short_chain(x);
    RunConfig c = small_config(10);
    c.d_base = 32;
    c.embed_lr = 3;
    c.eps = 1e-3; // large enough to be seen where it stands
    c.d_model = 16;
    assert_adamw(x, &c, corpus, 2, 3);
    c.d_model = 64; // matrices of more than one chunk
    assert_adamw(x, &c, corpus, 0.5, 3);
    c.experts = 4; // and a tensor for each kind that experts have
    c.top_k = c.shared = 1;
    c.balance = BALANCE_BIAS;
    assert_adamw(x, &c, corpus, 0.5, 3);
    c.parametrization = PARAMETRIZATION_SP;
    assert_adamw(x, &c, corpus, 1, 1);
    corpus_close(corpus);
}

/* The norm of the gradient that the first step took, from the moment it left behind. */
static double first_norm(const Trainer *t) {
    double squares = 0;
    for (size_t i = 0; i < t->adamw.n; i++)
        squares += (double)t->adamw.m[i] * (double)t->adamw.m[i];
    return sqrt(squares) / (1 - t->config.beta1);
}

static void test_clipping(void **state) {
    Scratch *x = *state;
    Corpus *corpus = short_chain(x);
    RunConfig c = small_config(10);
    c.clip = 0;
    Trainer *free = trainer_of(x, &c, corpus, 1);
    const double norm = trainer_step(free).grad_norm;
    assert_near(first_norm(free), norm, 1e-5 * norm);
    assert_true(free->tally.clipped == 0);
    const struct {
        double clip, norm;
        bool clipped;
    } cases[] = {{norm / 10, norm / 10, true}, {norm * 1.01, norm, false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        c.clip = cases[i].clip;
        Trainer *t = trainer_of(x, &c, corpus, 1);
        assert_true(trainer_step(t).grad_norm == norm);
        assert_near(first_norm(t), cases[i].norm, 1e-5 * norm);
        assert_true(t->tally.clipped == cases[i].clipped);
    }
    corpus_close(corpus);
}

/* --- a batch is a batch ----------------------------------------------------------------------- */

/* Lanes are a way to split a batch, micro-batches a way to split a lane: gradients add up to that
 * of the whole. */
static void test_lanes_and_micro_batches_add_up(void **state) {
    Scratch *x = *state;
    Corpus *corpus = short_chain(x);
    RunConfig c = small_config(10);
    c.batch_tok = 4 * MICRO_TOK;
    Trainer *four = trainer_of(x, &c, corpus, 1);
    c.lanes = 1;
    Trainer *one = trainer_of(x, &c, corpus, 1);
    assert_int_equal(one->dims.B * c.ctx, MICRO_TOK); // four in the only lane
    assert_int_equal(four->dims.B * c.ctx, MICRO_TOK);
    const TrainerStep a = trainer_step(four), b = trainer_step(one);
    assert_near(a.loss, b.loss, 1e-6);
    assert_near(a.grad_norm, b.grad_norm, 1e-5 * b.grad_norm);
    for (size_t i = 0; i < one->adamw.n; i++)
        assert_near((double)four->adamw.m[i], (double)one->adamw.m[i], 1e-6);
    corpus_close(corpus);
}

enum { PATH_STEPS = 10 };

/* Losses of a run's first steps on this CPU path; false where the processor cannot. */
static bool losses_on(const char *path_name, Scratch *x, const Corpus *corpus, double *losses) {
    const CpuPath *path;
    setenv("TINYSCALE_CPU", path_name, 1);
    if (cpu_path_choose(&path, &x->err) != OK) return false;
    const RunConfig c = small_config(PATH_STEPS);
    Trainer *t = trainer_of(x, &c, corpus, 1);
    assert_string_equal(t->model.cpu->name, path_name);
    assert_ptr_equal(t->adamw.cpu, t->model.cpu);
    for (int i = 0; i < PATH_STEPS; i++) losses[i] = trainer_step(t).loss;
    return true;
}

static void test_cpu_paths_agree(void **state) {
    static const char *const OTHERS[] = {"avx2", "avx512", "amx"};
    Scratch *x = *state;
    Corpus *corpus = short_chain(x);
    char *asked = getenv("TINYSCALE_CPU");
    if (asked) asked = arena_strdup(x->arena, asked);
    double plain[PATH_STEPS], other[PATH_STEPS];
    assert_true(losses_on("plain", x, corpus, plain));
    assert_true(plain[PATH_STEPS - 1] < plain[0] - 0.1);
    for (size_t i = 0; i < COUNT_OF(OTHERS); i++)
        if (losses_on(OTHERS[i], x, corpus, other))
            for (int k = 0; k < PATH_STEPS; k++) assert_near(other[k], plain[k], 1e-5 * plain[k]);
    if (asked)
        setenv("TINYSCALE_CPU", asked, 1);
    else
        unsetenv("TINYSCALE_CPU");
    corpus_close(corpus);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_reaches_the_floor),
        TEST(test_divergence_is_a_result),
        TEST(test_adamw_and_rates_by_width),
        TEST(test_clipping),
        TEST(test_lanes_and_micro_batches_add_up),
        TEST(test_cpu_paths_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
