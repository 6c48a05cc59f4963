/* test_points_recount.c: what rows tell of N and C under every convention, against the model's own
 * counts, against Pearce & Song's rule, and what is said when they do not tell. */
#include "tests/table_rig.h"

#include "model/counts.h"
#include "analysis/points/recount.h"

static const Dims GELU = {.B = 1, .T = 64, .C = 32, .L = 4, .H = 2, .D = 16, .F = 128, .V = 256};
static const Dims SWIGLU = {.B = 1,
                            .T = 128,
                            .C = 48,
                            .L = 3,
                            .H = 3,
                            .D = 16,
                            .F = 130,
                            .V = 50,
                            .act = ACT_SWIGLU,
                            .tied = true};
static const Dims EXPERTS = {.B = 1,
                             .T = 32,
                             .C = 24,
                             .L = 5,
                             .H = 3,
                             .D = 8,
                             .F = 96,
                             .V = 80,
                             .moe = {.E = 8, .K = 2, .S = 1, .F = 40, .every = 2}};
static const RecountShape UNSAID = {N_GIVEN, NAN, NAN, NAN, NAN};

static Point empty_point(void) {
    return (Point){.params = 1,
                   .tokens = 1e6,
                   .loss = 3,
                   .flops = NAN,
                   .weight = 1,
                   .params_given = NAN,
                   .flops_given = NAN,
                   .params_total = NAN,
                   .params_hidden = NAN,
                   .params_matmul = NAN,
                   .params_active = NAN,
                   .experts = NAN,
                   .d_model = NAN,
                   .layers = NAN,
                   .vocab = NAN,
                   .ctx = NAN};
}

/* What a sweep's ledger says of a run. */
static Point ledger_point(const Dims *d) {
    const ParamCount n = count_params(d);
    Point p = empty_point();
    p.params = p.params_given = p.params_total = (double)n.total;
    p.params_hidden = (double)n.hidden;
    p.params_matmul = (double)n.matmul;
    p.params_active = (double)n.active;
    p.experts = d->moe.E > 0 ? d->moe.E : 1;
    p.d_model = d->C;
    p.layers = d->L;
    p.ctx = d->T;
    return p;
}

static void test_a_ledgers_rows_are_counted_as_models_are(void **state) {
    (void)state;
    const Dims *const dims[] = {&GELU, &SWIGLU, &EXPERTS};
    for (size_t i = 0; i < COUNT_OF(dims); i++) {
        const Dims *d = dims[i];
        const Point p = ledger_point(d);
        const ParamCount n = count_params(d);
        const FlopCount f = count_flops(d);
        const double per_token = 3.0 / d->T * p.tokens;
        assert_near(recount_n(&p, &UNSAID, N_TOTAL), (double)n.total, 0);
        assert_near(recount_n(&p, &UNSAID, N_MATMUL), (double)n.matmul, 0);
        assert_near(recount_n(&p, &UNSAID, N_HIDDEN), (double)n.hidden, 0);
        assert_near(recount_n(&p, &UNSAID, N_ACTIVE), (double)n.active, 0);
        const double exact = per_token * (double)f.causal;
        const double no_head = per_token * (double)(f.causal - f.head);
        const double no_attention = per_token * (double)(f.causal - f.attention_causal);
        const double bare = per_token * (double)(f.causal - f.head - f.attention_causal);
        assert_near(recount_c(&p, &UNSAID, N_TOTAL, C_EXACT), exact, 1e-12 * exact);
        assert_near(recount_c(&p, &UNSAID, N_TOTAL, C_NO_HEAD), no_head, 1e-12 * exact);
        assert_near(recount_c(&p, &UNSAID, N_HIDDEN, C_NO_ATTENTION), no_attention, 1e-12 * exact);
        assert_near(recount_c(&p, &UNSAID, N_GIVEN, C_BARE), bare, 1e-12 * exact);
        const double met = d->moe.E ? (double)n.active : (double)n.hidden;
        assert_near(recount_c(&p, &UNSAID, N_HIDDEN, C_6ND), 6 * met * p.tokens, 0);
        assert_true(isnan(recount_c(&p, &UNSAID, N_TOTAL, C_GIVEN)));
    }
}

/* A stranger's columns d_model, layers, vocab, ctx tell all but whether head and table are one. */
static void test_the_shape_tells(void **state) {
    (void)state;
    Point p = empty_point();
    p.d_model = GELU.C, p.layers = GELU.L, p.vocab = GELU.V, p.ctx = GELU.T;
    const ParamCount n = count_params(&GELU);
    const double exact = 3.0 / GELU.T * p.tokens * (double)count_flops(&GELU).causal;
    assert_near(recount_n(&p, &UNSAID, N_HIDDEN), (double)n.hidden, 0);
    assert_near(recount_n(&p, &UNSAID, N_MATMUL), (double)n.matmul, 0);
    assert_near(recount_c(&p, &UNSAID, N_HIDDEN, C_EXACT), exact, 1e-12 * exact);
    assert_true(isnan(recount_n(&p, &UNSAID, N_TOTAL)));
    RecountShape untied = UNSAID;
    untied.matrices = 2;
    assert_near(recount_n(&p, &untied, N_TOTAL), (double)(n.total - n.group[G_NORM]), 0);
    /* Said to be the total, params come before the formula of the hidden ones. */
    p.params = p.params_given = 70000;
    untied.counted = N_TOTAL;
    assert_near(recount_n(&p, &untied, N_HIDDEN), 70000 - 2 * GELU.V * GELU.C, 0);
    Point told = empty_point(); // by two of its counts
    told.params_hidden = 1000, told.params_matmul = 1300;
    untied.counted = N_GIVEN;
    assert_near(recount_n(&told, &untied, N_TOTAL), 1600, 0);
    untied.counted = N_TOTAL;
    p.params_active = 12345;
    assert_near(recount_n(&p, &untied, N_ACTIVE), 12345, 0);
}

/* N_T = N_e + gamma N_e^(1/3), gamma = 47491 for Chinchilla's models: V about 32000, d / L = 39.2
 * [Pearce & Song 2024, arXiv:2406.12907, sec. 3]. */
static void test_pearce_and_songs_rule(void **state) {
    RecountShape shape;
    Err err = {0};
    assert_int_equal(recount_shape(*state, "params=hidden,vocab=32000,aspect=39.2", &shape, &err),
                     OK);
    Point p = empty_point();
    for (double hidden = 1e3; hidden < 1e13; hidden *= 7.3) {
        p.params = p.params_given = hidden;
        const double gamma = 32000 * cbrt(39.2 / 12);
        const double total = hidden + gamma * cbrt(hidden);
        assert_near(gamma, 47491, 0.001 * 47491);
        shape.counted = N_HIDDEN, shape.matrices = 1;
        assert_near(recount_n(&p, &shape, N_TOTAL), total, 1e-12 * total);
        assert_near(recount_n(&p, &shape, N_MATMUL), total, 1e-12 * total);
        shape.matrices = 2;
        assert_near(recount_n(&p, &shape, N_TOTAL), 2 * total - hidden, 1e-12 * total);
        /* And back. */
        shape.counted = N_TOTAL;
        p.params = p.params_given = 2 * total - hidden;
        assert_near(recount_n(&p, &shape, N_HIDDEN), hidden, 1e-9 * hidden);
        assert_near(recount_n(&p, &shape, N_MATMUL), total, 1e-9 * total);
        shape.counted = N_MATMUL;
        p.params = p.params_given = total;
        assert_near(recount_n(&p, &shape, N_HIDDEN), hidden, 1e-9 * hidden);
        /* Depth and width follow, and attention with them. */
        shape.ctx = 1000;
        const double layers = cbrt(hidden / 12 / 39.2 / 39.2),
                     attention = 6 * layers * layers * 39.2;
        const double exact = (6 * total + attention * 1001) * p.tokens;
        assert_near(recount_c(&p, &shape, N_TOTAL, C_EXACT), exact, 1e-9 * exact);
        shape.ctx = NAN;
        assert_true(isnan(recount_c(&p, &shape, N_TOTAL, C_EXACT)));
    }
}

static void test_counting_twice_is_counting_once(void **state) {
    Point rows[] = {ledger_point(&GELU), ledger_point(&SWIGLU)};
    rows[0].flops_given = rows[0].flops = 7e9;
    rows[1].flops_given = rows[1].flops = 8e9;
    rows[1].params_given = NAN; // never counted before
    const Points points = {.rows = rows, .n = 2, .n_convention = "N", .c_convention = "C"};
    Points once, twice, back;
    Err err = {0};
    assert_int_equal(recount(*state, &points, &UNSAID, N_HIDDEN, C_6ND, &once, &err), OK);
    assert_string_equal(once.n_counted, "hidden: neither embedding nor head");
    assert_string_equal(once.c_counted, "6nd: 6 N D");
    assert_int_equal(recount(*state, &once, &UNSAID, N_MATMUL, C_BARE, &twice, &err), OK);
    assert_int_equal(recount(*state, &twice, &UNSAID, N_GIVEN, C_GIVEN, &back, &err), OK);
    for (int i = 0; i < 2; i++) {
        assert_near(once.rows[i].params, points.rows[i].params_hidden, 0);
        assert_near(twice.rows[i].params, points.rows[i].params_matmul, 0);
        assert_near(twice.rows[i].flops, once.rows[i].flops, 1e-12 * twice.rows[i].flops);
        assert_near(back.rows[i].params, points.rows[i].params, 0);
        assert_near(back.rows[i].flops, points.rows[i].flops, 0);
    }
}

/* What params and flops of a table count is said where its own columns tell. */
static void test_conventions_are_named(void **state) {
    const char *table = "params,tokens,loss,flops,params_hidden,params_total\n"
                        "1000,2e4,3,72e6,600,1000\n2000,2e4,3,18e7,1500,2000\n";
    Points held, p = accepted(*state, table, NULL, &held);
    assert_string_equal(p.n_counted, "total: every parameter");
    assert_string_equal(p.c_counted, "bare: neither head nor attention");
    assert_null(held.n_counted);
    p = accepted(*state, table, &(PointsOptions){.columns = "params=params_hidden"}, &held);
    assert_string_equal(p.n_counted, "hidden: neither embedding nor head");
    assert_string_equal(p.c_counted, "6nd: 6 N D");
    p = accepted(*state, "params,tokens,loss,flops\n1000,2e4,3,5e6\n", NULL, &held);
    assert_true(!p.n_counted && !p.c_counted);
}

static void test_tables_are_counted_as_asked(void **state) {
    const char *table =
        "params,tokens,loss,params_hidden,mode\n1000,2e4,3,600,a\n2000,2e4,3,1500,b\n";
    const PointsOptions o = {.count = "hidden", .holdout = "mode=b"};
    Points held, p = accepted(*state, table, &o, &held);
    assert_near(p.rows[0].params, 600, 0);
    assert_near(held.rows[0].params, 1500, 0);
    assert_near(p.rows[0].flops, 6 * 600 * 2e4, 0); // none is given: 6 N D, whatever N is
    assert_true(p.flops_assumed);
    assert_string_equal(p.c_convention, "6 N D");
    p = accepted(*state, "params,tokens,loss,C\n1e6,2e7,3,5\n",
                 &(PointsOptions){.columns = "flops=C"}, &held);
    assert_string_equal(p.c_convention, "C");
    p = accepted(*state, "params,tokens,loss,C\n1e6,2e7,3,5\n",
                 &(PointsOptions){.columns = "flops=C", .flops = "6nd"}, &held);
    assert_near(p.rows[0].flops, 6 * 1e6 * 2e7, 0);
    p = accepted(*state, "params,tokens,loss\n1e6,2e7,3\n", &(PointsOptions){.flops = "6nd"},
                 &held); // asked for, hence not assumed
    assert_false(p.flops_assumed);
    p = accepted(*state, "params,tokens,loss\n1e9,2e7,3\n",
                 &(PointsOptions){.count = "hidden", .shape = "params=total,vocab=32k,aspect=39.2"},
                 &held);
    assert_near(p.rows[0].params + 32000 * cbrt(39.2 / 12 * p.rows[0].params), 1e9, 1e-3);
    assert_says(p.notes[0], "follows from --shape 'params=total,vocab=32k,aspect=39.2'");
}

static void test_what_is_missing_is_said(void **state) {
    const char *table = "params,tokens,loss\n1e6,2e7,3\n";
    assert_says(refused(*state, table, &(PointsOptions){.count = "hidden"}),
                "line 2 does not tell N as hidden; it takes the column params_hidden; or d_model");
    assert_says(refused(*state, table, &(PointsOptions){.flops = "exact"}),
                "line 2 does not tell FLOPs as exact; it takes params_matmul");
    assert_says(refused(*state, table, &(PointsOptions){.count = "hiden"}),
                "--count: no way of counting 'hiden', did you mean 'hidden'?");
    assert_says(refused(*state, table, &(PointsOptions){.shape = "vocab=-3"}),
                "--shape: vocab=-3: needs a whole number from 2 to 1000000000");
    static const char *const ABSURD[] = {
        "vocab=1e-308", "vocab=1e308",   "vocab=inf", "vocab=nan", "vocab=",    "vocab=32000x",
        "vocab=1.5",    "aspect=1e-308", "aspect=0",  "ctx=0.5",   "ctx=1e300", "ctx=-1"};
    for (size_t i = 0; i < COUNT_OF(ABSURD); i++) {
        const PointsOptions o = {.shape = ABSURD[i]};
        assert_says(refused(*state, table, &o),
                    arena_printf(*state, "--shape: %s: needs a", ABSURD[i]));
    }
    assert_says(refused(*state, table, &(PointsOptions){.shape = "vocab=9,ctx=4,vocab=8"}),
                "--shape: vocab is given twice");
    assert_says(refused(*state, table, &(PointsOptions){.shape = "vocab>=9"}),
                "--shape: 'vocab>=9' assigns nothing; write vocab=VALUE");
    assert_says(refused(*state, "params,tokens,loss,vocab\n1e6,2e7,3,1e-308\n", NULL),
                "line 2, column 'vocab': 1e-308, needs a whole number");
    assert_says(refused(*state, table, &(PointsOptions){.shape = "params=active"}),
                "--shape: params=active: needs total, matmul or hidden");
    assert_says(refused(*state, table, &(PointsOptions){.shape = "tied=maybe"}), "needs yes or no");
    assert_says(refused(*state, table, &(PointsOptions){.shape = "width=3"}),
                "'width=3' is not params=, vocab=, aspect=, ctx= or tied=");
    const PointsOptions unsaid = {.count = "total", .shape = "vocab=32k,aspect=39.2"};
    assert_says(refused(*state, table, &unsaid), "params=hidden,vocab=V,aspect=d/L");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_ledgers_rows_are_counted_as_models_are),
        TEST(test_the_shape_tells),
        TEST(test_pearce_and_songs_rule),
        TEST(test_counting_twice_is_counting_once),
        TEST(test_conventions_are_named),
        TEST(test_tables_are_counted_as_asked),
        TEST(test_what_is_missing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
