/* test_train_bench.c: the bench's arithmetic on made-up measurements, what its processes report of
 * real ones, and the JSON it promises. */
#include "tests/train_rig.h"

#include <signal.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/proc.h"
#include "train/bench/bench.h"
#include "train/bench/child.h"
#include "train/bench/decoding.h"

static BenchShape shape(Scratch *x, const char *name) {
    BenchShape s;
    assert_ok(x, bench_shape(name, &s, &x->err));
    return s;
}

/* One shape in both modes. */
static Bench bench_of(Scratch *x, const BenchShape *s, int rounds) {
    Bench b;
    const BenchOptions options = {s, 1, {true, true}, rounds, 0.005};
    assert_ok(x, bench_open(&b, x->arena, &options, &x->err));
    assert_int_equal(b.n_rows, N_BENCH_MODES);
    return b;
}

/* --- arithmetic ------------------------------------------------------------------------------- */

static void test_gflops_are_tokens_by_flops(void **state) {
    Scratch *x = *state;
    const BenchShape a = shape(x, "A");
    Bench b = bench_of(x, &a, 3);
    // 6 (L 12 d^2 + d V) + 6 L d (T + 1), by hand
    assert_near(b.rows[0].flops_per_tok, 6 * (2 * 12 * 4096 + 64 * 256) + 6 * 2 * 64 * 257, 0);
    bench_add(&b.rows[0], &(Throughput){.tok_per_s = 2e5, .sgemm_gflops = 354.2016});
    assert_near(bench_spread(&b.rows[0], BENCH_F3_GFLOPS).median, 177.1008, 1e-9);
    assert_near(bench_spread(&b.rows[0], BENCH_F3_OVER_SGEMM).median, 0.5, 1e-12);
}

/* A ratio is taken round by round: that of the medians would be 2/3 here. */
static void test_medians_over_rounds(void **state) {
    Scratch *x = *state;
    const BenchShape a = shape(x, "A");
    Bench b = bench_of(x, &a, 3);
    BenchRow *row = &b.rows[0];
    row->flops_per_tok = 1e9;
    static const double tok[] = {2, 1, 4}, sgemm[] = {4, 3, 1};
    for (int i = 0; i < 3; i++)
        bench_add(row, &(Throughput){.tok_per_s = tok[i],
                                     .sgemm_gflops = sgemm[i],
                                     .fma_gflops = 10,
                                     .decode_tok_per_s = 7 * tok[i],
                                     .peak_bytes = 100 * tok[i]});
    const BenchSpread t = bench_spread(row, BENCH_TOK_PER_S), all = bench_sgemm(&b);
    const BenchSpread ratio = bench_spread(row, BENCH_F3_OVER_SGEMM);
    assert_near(t.median, 2, 0), assert_near(t.min, 1, 0), assert_near(t.max, 4, 0);
    assert_near(ratio.median, 0.5, 1e-12), assert_near(ratio.min, 1.0 / 3, 1e-12);
    assert_near(ratio.max, 4, 1e-12);
    assert_near(all.median, 3, 0), assert_near(all.min, 1, 0), assert_near(all.max, 4, 0);
    assert_near(bench_spread(row, BENCH_FMA_GFLOPS).median, 10, 0);
    assert_near(bench_spread(row, BENCH_DECODE).median, 14, 0);
    assert_near(row->peak_bytes, 400, 0);
}

static void test_shares(void **state) {
    Scratch *x = *state;
    const BenchShape a = shape(x, "A");
    Bench b = bench_of(x, &a, 2);
    BenchRow *row = &b.rows[0];
    assert_true(isnan(bench_share(row, OP_NORM)));
    bench_add(row, &(Throughput){.op_s = {[OP_NORM] = 1, [OP_OTHER] = 1}});
    bench_add(row, &(Throughput){.op_s = {[OP_NORM] = 2, [OP_ATTENTION] = 4}});
    assert_near(bench_share(row, OP_NORM), 3.0 / 8, 1e-15);
    assert_near(bench_share(row, OP_ATTENTION), 0.5, 1e-15);
    assert_near(bench_share(row, OP_LOSS), 0, 0);
}

static void test_lanes_and_threads(void **state) {
    Scratch *x = *state;
    BenchShape s = shape(x, "S64");
    Bench b = bench_of(x, &s, 1);
    assert_int_equal(b.rows[BENCH_RUN].runs, 1);
    assert_int_equal(b.rows[BENCH_RUN].threads, cpu_count());
    // 512 tokens are four windows
    assert_int_equal(b.rows[BENCH_RUN].config.lanes, bench_lanes(&s.config, cpu_count()));
    assert_int_equal(bench_lanes(&s.config, 1), 2);
    assert_int_equal(bench_lanes(&s.config, 3), 2);
    assert_int_equal(bench_lanes(&s.config, 12), 4);
    assert_int_equal(b.rows[BENCH_SWEEP].runs, cpu_count());
    assert_int_equal(b.rows[BENCH_SWEEP].threads, 1);
    assert_int_equal(b.rows[BENCH_SWEEP].config.lanes, 2);
    s.config.lanes = 4;
    b = bench_of(x, &s, 1);
    assert_int_equal(b.rows[BENCH_SWEEP].config.lanes, 4);
}

static void test_every_shape_is_known_and_fits(void **state) {
    Scratch *x = *state;
    int n = 0;
    for (char *name = strtok(arena_strdup(x->arena, BENCH_SHAPES), ","); name;
         name = strtok(NULL, ",")) {
        const BenchShape s = shape(x, name);
        assert_string_equal(s.name, name);
        bench_of(x, &s, 1);
        n++;
    }
    assert_int_equal(n, 8);
    BenchShape none;
    refused(bench_shape("S46", &none, &x->err), &x->err, E_USAGE, BENCH_SHAPES);
    refused(bench_shape("", &none, &x->err), &x->err, E_USAGE, BENCH_SHAPES);
}

/* --- processes -------------------------------------------------------------------------------- */

static void say_and_die(int fd, void *context) {
    child_say(fd, context, 4);
    raise(SIGKILL);
}

static void echo_when_woken(int fd, void *context) {
    child_wait_wake(fd);
    child_say(fd, context, 4);
}

static void test_children(void **state) {
    Scratch *x = *state;
    char word[5] = "", text[] = "word";
    Child c = {0};
    assert_ok(x, child_start(&c, echo_when_woken, text, &x->err));
    child_wake(&c);
    assert_ok(x, child_hear(&c, word, 4, &x->err));
    assert_string_equal(word, "word");
    refused(child_hear(&c, word, 1, &x->err), &x->err, E_FAILED, "exit code 0");
    child_end(&c);

    assert_ok(x, child_start(&c, say_and_die, text, &x->err));
    refused(child_hear(&c, word, 5, &x->err), &x->err, E_FAILED, "signal 9");
    child_end(&c);

    assert_ok(x, child_start(&c, echo_when_woken, text, &x->err)); // never woken: ends all the same
    child_end(&c);
    assert_int_equal(c.pid, 0);
}

static Throughput throughput_of(Scratch *x, const RunConfig *config, const Corpus *corpus, int runs,
                                int threads) {
    Throughput t;
    const ThroughputJob job = {config, corpus, runs, threads, 0.05, 0.001};
    assert_ok(x, throughput_measure(&job, &t, &x->err));
    return t;
}

static Corpus *bytes_corpus(Scratch *x) {
    DataSpec spec = language_spec("markov", BENCH_VOCAB, 100000);
    spec.order = 1;
    return corpus_of(x, &spec);
}

/* A large model first: its memory must not be counted for the small one. */
static void test_each_has_its_own_memory(void **state) {
    Scratch *x = *state;
    Corpus *corpus = bytes_corpus(x);
    const BenchShape large = shape(x, "A"), small = shape(x, "S16");
    const Bench lb = bench_of(x, &large, 1), sb = bench_of(x, &small, 1);
    const Throughput l = throughput_of(x, &lb.rows[0].config, corpus, 1, 2);
    const Throughput s = throughput_of(x, &sb.rows[0].config, corpus, 2, 1);
    assert_true(l.peak_bytes - l.baseline_bytes > 0.95 * lb.rows[0].counted_bytes);
    assert_true(s.peak_bytes - s.baseline_bytes > 0.95 * sb.rows[0].counted_bytes);
    assert_true(s.peak_bytes < l.peak_bytes - lb.rows[0].counted_bytes / 2);
    corpus_close(corpus);
}

/* All of the threads' time is somebody's, most of it the products' and attention's. */
static void test_time_is_accounted_for(void **state) {
    Scratch *x = *state;
    Corpus *corpus = bytes_corpus(x);
    const BenchShape s = shape(x, "S32");
    const Bench b = bench_of(x, &s, 1);
    const RunConfig *config = &b.rows[BENCH_SWEEP].config;
    const Throughput one = throughput_of(x, config, corpus, 1, 1);
    const Throughput two = throughput_of(x, config, corpus, 2, 1);
    double sum = 0, sum_of_two = 0;
    for (int op = 0; op < N_OPS; op++) {
        assert_true(one.op_s[op] >= 0);
        sum += one.op_s[op];
        sum_of_two += two.op_s[op];
    }
    // at least 0.05 s of steps, the last one whole
    assert_true(sum >= 0.05 && sum < 5);
    assert_true(sum_of_two >= 0.1);
    assert_true(one.op_s[OP_OPTIMIZER] > 0 && one.op_s[OP_REDUCTION] > 0);
    assert_true(one.op_s[OP_OTHER] < sum / 2);
    assert_true(one.decode_tok_per_s > 0 && two.decode_tok_per_s > 0);
    assert_true(one.tok_per_s > 0 && one.sgemm_gflops > 0 && one.fma_gflops > 0);
    corpus_close(corpus);
}

static void test_divergence_is_an_error(void **state) {
    Scratch *x = *state;
    Corpus *corpus = bytes_corpus(x);
    const BenchShape s = shape(x, "S16");
    Bench b = bench_of(x, &s, 1);
    RunConfig *config = &b.rows[BENCH_SWEEP].config;
    config->lr = 1e20;
    config->warmup = 0;
    Throughput t;
    const ThroughputJob job = {config, corpus, 2, 1, 10, 0.001};
    refused(throughput_measure(&job, &t, &x->err), &x->err, E_FAILED, "diverged");
    corpus_close(corpus);
}

/* Whatever a batch has; in a context of one token nothing grows, and that ends too. */
static void test_decoding(void **state) {
    Scratch *x = *state;
    static const int CONTEXTS[] = {1, 2, 16, 256}, SEQUENCES[] = {1, 3, 40};
    for (size_t i = 0; i < COUNT_OF(CONTEXTS) * COUNT_OF(SEQUENCES); i++) {
        RunConfig c = small_config(10);
        double tok_per_s = NAN;
        c.ctx = CONTEXTS[i / COUNT_OF(SEQUENCES)];
        c.lanes = 1;
        c.batch_tok = (uint64_t)(SEQUENCES[i % COUNT_OF(SEQUENCES)] * c.ctx);
        assert_ok(x, decoding_measure(&c, BENCH_VOCAB, 0.01, &tok_per_s, &x->err));
        assert_true(c.ctx > 1 ? tok_per_s > 0 && tok_per_s < 1e9 : tok_per_s == 0);
    }
}

static void test_ceilings(void **state) {
    Scratch *x = *state;
    double gflops;
    assert_true(ceiling_fma_widths() >= 1 && ceiling_fma_widths() <= CEILING_FMA_WIDTHS);
    assert_string_equal(fma_width_name(0), "plain");
    for (int i = 0; i < ceiling_fma_widths(); i++) {
        assert_ok(x, ceiling_fma(i, 0.01, 2, &gflops, &x->err));
        assert_true(gflops > 0.1 && gflops < 1e5);
    }
}

/* --- what is printed -------------------------------------------------------------------------- */

static JsonDoc *json_of(Scratch *x, const Bench *b) {
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    bench_print_json(b, f);
    fclose(f);
    JsonDoc *doc;
    assert_ok(x, json_open(text, "bench", &doc, &x->err));
    free(text);
    return doc;
}

static void assert_contract(Scratch *x, const JsonDoc *doc, bool measured) {
    const Json *root = json_root(doc), *shapes, *machine;
    assert_ok(x, json_need(doc, root, "machine", JSON_OBJECT, &machine, &x->err));
    assert_ok(x, json_need(doc, root, "shapes", JSON_ARRAY, &shapes, &x->err));
    assert_near(json_number_or(root, "rounds", NAN), 1, 0);
    assert_int_equal(json_size(shapes), N_BENCH_MODES);
    static const char *const figures[] = {"tok_per_s",     "f3_gflops",  "sgemm_gflops",
                                          "f3_over_sgemm", "fma_gflops", "decode_tok_per_s"};
    static const char *const spread[] = {"median", "min", "max"};
    const JsonKind kind = measured ? JSON_NUMBER : JSON_NULL;
    int mode = 0;
    for (const Json *row = json_first(shapes); row; row = json_next(row), mode++) {
        assert_string_equal(json_string_or(row, "name", ""), "S16");
        assert_string_equal(json_string_or(row, "mode", ""), BENCH_MODES[mode]);
        for (size_t i = 0; i < COUNT_OF(figures); i++)
            for (size_t k = 0; k < COUNT_OF(spread); k++)
                assert_int_equal(json_kind(json_get(json_get(row, figures[i]), spread[k])), kind);
        assert_int_equal(json_kind(json_get(row, "peak_bytes")), kind);
        assert_true(json_number_or(row, "counted_bytes", 0) > 1e6);
        double sum = 0;
        const Json *shares = json_get(row, "shares");
        assert_int_equal(json_size(shares), N_OPS);
        for (const Json *s = json_first(shares); s; s = json_next(s)) {
            assert_int_equal(json_kind(s), kind);
            if (measured) sum += json_as_number(s);
        }
        if (measured) assert_near(sum, 1, 1e-9);
    }
}

static void test_json_keeps_its_contract(void **state) {
    Scratch *x = *state;
    const BenchShape s = shape(x, "S16");
    Bench b = bench_of(x, &s, 1);
    JsonDoc *doc = json_of(x, &b);
    assert_contract(x, doc, false); // missing is null
    json_close(doc);
    assert_ok(x, bench_measure(&b, &x->err));
    doc = json_of(x, &b);
    assert_contract(x, doc, true);
    json_close(doc);
}

/* Rows of a table are as wide as its head, so that it stands straight on a terminal too. */
static void test_tables_stand_straight(void **state) {
    Scratch *x = *state;
    const BenchShape d = shape(x, "D");
    Bench b = bench_of(x, &d, 1);
    bench_add(&b.rows[0], &(Throughput){.tok_per_s = 123456,
                                        .sgemm_gflops = 12345,
                                        .peak_bytes = 2.3e9,
                                        .op_s = {[OP_OPTIMIZER] = 1}});
    char *text;
    size_t size, width = 0, rows = 0;
    FILE *f = open_memstream(&text, &size);
    bench_print_markdown(&b, f);
    fclose(f);
    for (char *at = text, *end; *at; at = end + 1) {
        end = strchr(at, '\n');
        if (*at != '|') {
            width = 0;
            continue;
        }
        const size_t n = (size_t)(end - at);
        if (width && n != width) fail_msg("not as wide as its head: %.*s", (int)n, at);
        width = n;
        rows++;
    }
    assert_int_equal(rows, 2 * (2 + N_BENCH_MODES));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_gflops_are_tokens_by_flops),
        TEST(test_medians_over_rounds),
        TEST(test_shares),
        TEST(test_lanes_and_threads),
        TEST(test_every_shape_is_known_and_fits),
        TEST(test_children),
        TEST(test_each_has_its_own_memory),
        TEST(test_time_is_accounted_for),
        TEST(test_divergence_is_an_error),
        TEST(test_decoding),
        TEST(test_ceilings),
        TEST(test_json_keeps_its_contract),
        TEST(test_tables_stand_straight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
