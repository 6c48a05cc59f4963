/* test_points_columns.c: which column is which field, numbers as strangers write them, and every
 * bad cell named by line and column. */
#include "tests/table_rig.h"

#include "analysis/points/number.h"

static void test_columns_are_mapped_and_suggested(void **state) {
    const char *table = "Model Size,D,final_loss,C\n1e6,2e7,3.5,7e13\n";
    const PointsOptions o = {.columns = "params=\"Model Size\", tokens=D,loss=final_loss,flops=C"};
    Points held, p = accepted(*state, table, &o, &held);
    assert_near(p.rows[0].flops, 7e13, 0);
    assert_false(p.flops_assumed);
    assert_string_equal(p.n_convention, "Model Size");
    assert_says(refused(*state, table, NULL), "no column 'params'");
    assert_says(refused(*state, "params,tokens,final_loss\n1,2,3\n", NULL),
                "add --columns 'loss=final_loss'");
    assert_says(refused(*state, table, &(PointsOptions){.columns = "parms=D"}),
                "did you mean 'params'?");
    assert_says(refused(*state, table, &(PointsOptions){.columns = "params=Model Sise"}),
                "did you mean 'Model Size'?");
}

/* Headers as they are met: what to type is in the message, and typing it works. */
static void test_usual_names(void **state) {
    static const char *const TABLES[][2] = {
        {"N,D,L,C", "params=N,tokens=D,loss=L,flops=C"},
        {"Model Size,Training Tokens,loss,Training FLOP",
         "params=\"Model Size\",tokens=\"Training Tokens\",flops=\"Training FLOP\""},
        {"n_params,tokens_seen,val_loss,compute",
         "params=n_params,tokens=tokens_seen,loss=val_loss,flops=compute"},
        {"num_parameters,tokens,final_loss,seed", "params=num_parameters,loss=final_loss"},
        {"params,D,Validation Loss,FLOPs", "tokens=D,loss=\"Validation Loss\""},
        {"modelSize,tokns,losses,x", "params=modelSize,tokens=tokns,loss=losses"},
    };
    for (size_t i = 0; i < COUNT_OF(TABLES); i++) {
        const char *table = arena_printf(*state, "%s\n1e6,2e7,3.5,7e13\n", TABLES[i][0]);
        assert_says(refused(*state, table, NULL),
                    arena_printf(*state, "add --columns '%s'", TABLES[i][1]));
        Points held, p = accepted(*state, table, &(PointsOptions){.columns = TABLES[i][1]}, &held);
        assert_near(p.rows[0].params, 1e6, 0);
        assert_near(p.rows[0].tokens, 2e7, 0);
        assert_near(p.rows[0].loss, 3.5, 0);
    }
    assert_says(refused(*state, "foo,D,bar\n1,2,3\n", NULL),
                "--columns 'params=COLUMN,tokens=D,loss=COLUMN', COLUMN among foo, D, bar");
    assert_says(refused(*state, "N,foo,loss\n1,2,3\n", &(PointsOptions){.columns = "tokens=N"}),
                "--columns 'params=COLUMN'"); // N is taken
}

/* Case, blanks and underscores are no other name, unless two columns share it. */
static void test_other_spellings_are_taken(void **state) {
    Points held, p = accepted(*state, "Params,TOKENS,loss,Unique Tokens\n1,2,3,4\n", NULL, &held);
    assert_string_equal(p.n_convention, "Params");
    assert_near(p.rows[0].unique_tokens, 4, 0);
    assert_says(refused(*state, "Params,PARAMS,tokens,loss\n1,1,2,3\n", NULL),
                "no column 'params'");
}

/* The batch is told, or follows from the steps, or is not known. */
static void test_batch_or_steps(void **state) {
    const char *table = "params,tokens,loss,batch_tok,steps\n1,2e6,3,1k,\n1,2e6,3,,500\n"
                        "1,2e6,3,2000,500\n1,2e6,3,,0\n1,2e6,3,,\n";
    const double want[] = {1000, 4000, 2000};
    Points held, p = accepted(*state, table, NULL, &held);
    for (int i = 0; i < 3; i++) assert_near(p.rows[i].batch_tok, want[i], 0);
    assert_near(ln_steps(&p.rows[1]), log(500), 1e-12);
    assert_true(isnan(p.rows[3].batch_tok) && isnan(p.rows[4].batch_tok));
    assert_true(isnan(ln_batch(&p.rows[3])) && isnan(ln_steps(&p.rows[3])));
    p = accepted(*state, "params,tokens,loss,step\n1,2e6,3,500\n",
                 &(PointsOptions){.columns = "steps=step"}, &held);
    assert_near(p.rows[0].batch_tok, 4000, 0);
    const Point blank = {.tokens = 2e6};
    assert_true(isnan(ln_batch(&blank)));
    /* 2 % apart are two batches, what rounding moved is one; held out or not. */
    p = accepted(*state,
                 "params,tokens,loss,steps\n1,1e9,3,954\n1,2e9,3,1907\n1,1e9,3,935\n1,4e9,3,3815\n",
                 &(PointsOptions){.holdout = "tokens=4e9"}, &held);
    assert_near(p.rows[1].batch_tok, 1e9 / 954, 0);
    assert_near(p.rows[2].batch_tok, 1e9 / 935, 0);
    assert_near(held.rows[0].batch_tok, 1e9 / 954, 0);
    assert_says(refused(*state, "params,tokens,loss,batch_tok\n1,2,3,-4\n", NULL),
                "line 2, column 'batch_tok': -4, needs a positive number");
}

static void test_columns_left_unread_are_noted(void **state) {
    Points held, p = accepted(*state, "params,tokens,loss,Compute\n1,2,3,4\n", NULL, &held);
    assert_int_equal(p.n_notes, 1);
    assert_says(p.notes[0], "column 'Compute' is not read");
    assert_says(p.notes[0], "--columns 'flops=Compute'");
    p = accepted(*state, "params,tokens,loss,flops\n1,2,3,4\n", NULL, &held);
    assert_int_equal(p.n_notes, 0);
}

static void test_units_in_names(void **state) {
    const char *table = "Params (M),tokens [billions],loss\n70,1.5,3\n";
    Points held, p = accepted(*state, table, NULL, &held);
    assert_near(p.rows[0].params, 70e6, 0);
    assert_near(p.rows[0].tokens, 1.5e9, 0);
    assert_int_equal(p.n_notes, 2);
    assert_says(p.notes[0], "column 'Params (M)' is read in units of 1e+06");
    assert_near(number_unit("Params (Mi)"), 1, 0);
    assert_near(number_unit("Params (M"), 1, 0);
    assert_near(number_unit("loss"), 1, 0);
}

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        const char *cell;
        Decimal decimal;
        double x; // NaN: no number
    } CELLS[] = {
        {"1.5e9", DECIMAL_POINT, 1.5e9},
        {"1.5B", DECIMAL_POINT, 1.5e9},
        {"400M", DECIMAL_POINT, 4e8},
        {"70m", DECIMAL_POINT, 7e7},
        {"20 T", DECIMAL_POINT, 2e13},
        {"0.5k", DECIMAL_POINT, 500},
        {"1.1k", DECIMAL_POINT, 1100},
        {"1,234,567", DECIMAL_POINT, 1234567},
        {"1,234,567.5", DECIMAL_POINT, 1234567.5},
        {"1,234.5", DECIMAL_POINT, 1234.5},
        {"1,234", DECIMAL_POINT, NAN},
        {"1,234", DECIMAL_POINT_GROUPS, 1234},
        {"1,5", DECIMAL_POINT_GROUPS, NAN},
        {"1234,567", DECIMAL_POINT_GROUPS, NAN},
        {"1,23,456", DECIMAL_POINT_GROUPS, NAN},
        {"1,234,5678", DECIMAL_POINT_GROUPS, NAN},
        {",123", DECIMAL_POINT_GROUPS, NAN},
        {"1,5", DECIMAL_COMMA, 1.5},
        {"-1.234,5", DECIMAL_COMMA, -1234.5},
        {"1.234", DECIMAL_COMMA, 1234},
        {"1.5", DECIMAL_COMMA, NAN},
        {"2,5e-3", DECIMAL_COMMA, 2.5e-3},
        {"1,5B", DECIMAL_COMMA, 1.5e9},
        {"B", DECIMAL_POINT, NAN},
        {"1e3k", DECIMAL_POINT, NAN},
        {"1.5Bn", DECIMAL_POINT, NAN},
        {"1 000", DECIMAL_POINT, NAN},
        {"0x10", DECIMAL_POINT, NAN},
        {"5%", DECIMAL_POINT, NAN},
        {"", DECIMAL_POINT, NAN},
    };
    for (size_t i = 0; i < COUNT_OF(CELLS); i++) {
        double x = NAN;
        const bool is = number_from_cell(CELLS[i].cell, CELLS[i].decimal, true, &x);
        if (is != !isnan(CELLS[i].x) || (is && x != CELLS[i].x))
            fail_msg("'%s' is read as %g, not %g", CELLS[i].cell, is ? x : NAN, CELLS[i].x);
    }
    double x;
    assert_false(number_from_cell("3.2b", DECIMAL_POINT, false, &x)); // bits, of a loss
}

static void test_bad_cells_are_named(void **state) {
    static const char *const CELLS[][2] = {
        {"abc", "'abc' is no number"},           {"nan", "nan, needs a positive number"},
        {"inf", "inf, needs a positive number"}, {"-2", "-2, needs a positive"},
        {"0", "0, needs a positive number"},     {"", "empty, needs a number"},
    };
    for (size_t i = 0; i < COUNT_OF(CELLS); i++) {
        char table[128];
        snprintf(table, sizeof table, "params,tokens,loss\n1,2,3\n\n1,2,%s\n", CELLS[i][0]);
        const char *message = refused(*state, table, NULL);
        assert_says(message, "line 4, column 'loss': ");
        assert_says(message, CELLS[i][1]);
    }
}

static void test_what_would_be_right(void **state) {
    assert_says(refused(*state, "params;tokens;loss\n1;2;3,5\n", NULL), "add --decimal comma");
    assert_says(
        refused(*state, "params;tokens;loss\n1;2;3.5\n", &(PointsOptions){.decimal = "comma"}),
        "with --decimal comma 1.234,5 is a number");
    assert_says(refused(*state, "params,tokens,loss\n1,2,3%\n", NULL), "percent");
    assert_says(refused(*state, "params,tokens,loss\n1,2,\n", NULL), "--where 'loss>0'");
    assert_says(refused(*state, "params,tokens,loss\n1,2,3\n1e300,1e300,3\n", NULL),
                "line 3, column 'params': 1e300, needs a number from 1e-30 to 1e60; --where "
                "'params<1e60' leaves such rows out");
    assert_says(refused(*state, "params,tokens,loss\n1,2,3\n1,2,4e-320\n", NULL),
                "line 3, column 'loss': 4e-320, needs a number from 1e-30 to 1e60; --where "
                "'loss>1e-30' leaves such rows out");
    assert_says(refused(*state, "params,tokens,loss,lr\n1,2,3,1e300\n", NULL),
                "column 'lr': 1e300, needs a number from");
    assert_says(refused(*state, "params,tokens,loss\n1,2,3,5\n", NULL), "needs quotes around it");
    Points held, p = accepted(*state, "params;tokens;loss\n1.000.000;2B;3,5\n",
                              &(PointsOptions){.decimal = "comma", .where = "loss<3.6"}, &held);
    assert_near(p.rows[0].params, 1e6, 0);
    assert_near(p.rows[0].loss, 3.5, 0);
}

static void test_optional_cells(void **state) {
    Points held,
        p = accepted(
            *state,
            "params,tokens,loss,flops,seed,weight,trunk\n1,2,3,,,,\n1,2,3,9,4,2,t\n1,2,3,9,5,,t\n",
            NULL, &held);
    assert_near(p.rows[0].flops, 12, 0);
    assert_near(p.rows[1].flops, 9, 0);
    assert_true(isnan(p.rows[0].seed) && isnan(p.rows[0].loss_se));
    assert_near(p.rows[0].weight, 1, 0);
    assert_near(p.rows[1].weight, 2, 0);
    assert_int_equal(p.n_groups, 2);
    assert_int_equal(p.rows[1].group, p.rows[2].group);
    assert_says(refused(*state, "params,tokens,loss,seed\n1,2,3,x\n", NULL),
                "column 'seed': 'x' is no number");
}

static void test_columns_of_experts(void **state) {
    const char *table = "params,tokens,loss,E,k,G,shared,params_active,d_model,wall_s,threads\n"
                        "1e5,1e6,3,8,2,4,0,4e4,32,1.5,1\n2e5,1e6,3,,,,,,,0,\n3e5,1e6,3,1,0,,,,,,\n";
    const PointsOptions o = {.columns = "experts=E,top_k=k,granularity=G"};
    Points held, p = accepted(*state, table, &o, &held);
    const Point *moe = &p.rows[0], *dense = &p.rows[1];
    assert_near(moe->experts, 8, 0);
    assert_near(moe->granularity, 4, 0);
    assert_near(moe->shared, 0, 0);
    assert_near(moe->d_model, 32, 0);
    assert_near(moe->wall_s, 1.5, 0);
    assert_near(point_expansion(moe), 4, 0);
    assert_near(point_active(moe), 4e4, 0);
    assert_near(moe->flops, 6 * 4e4 * 1e6, 1); // a token meets the active ones
    assert_true(isnan(dense->experts) && isnan(dense->top_k) && isnan(dense->threads));
    assert_true(point_dense(dense) && point_dense(&p.rows[2]) && !point_dense(moe));
    assert_near(point_active(dense), 2e5, 0);
    assert_near(point_expansion(&p.rows[2]), 1, 0);
    assert_near(dense->flops, 6 * 2e5 * 1e6, 1);
    assert_true(points_mixed(&p));
    assert_says(refused(*state, "params,tokens,loss,top_k\n1,2,3,two\n", NULL),
                "line 2, column 'top_k': 'two' is no number");
}

/* Checkpoints of two runs; their last column says what else it may look like. */
#define CHECKPOINTS(name)                                                                          \
    "params,tokens,loss," name "\n"                                                                \
    "1,10,3,a\n1,20,2.9,a\n1,30,2.8,a\n2,10,2.7,b\n2,20,2.6,b\n2,30,2.5,b\n"

static void test_runs_without_a_trunk_are_noticed(void **state) {
    Points held, p = accepted(*state, CHECKPOINTS("run_name"), NULL, &held);
    assert_int_equal(p.n_groups, 6);
    assert_int_equal(p.n_notes, 1);
    assert_says(p.notes[0], "--columns 'trunk=\"run_name\"'");
    const PointsOptions o = {.columns = "trunk=\"run_name\""};
    p = accepted(*state, CHECKPOINTS("run_name"), &o, &held);
    assert_int_equal(p.n_groups, 2);
    assert_int_equal(p.n_notes, 0);
    p = accepted(*state, CHECKPOINTS("size"), NULL, &held); // many runs may be of one size
    assert_int_equal(p.n_notes, 0);
    const char *sizes = "params,tokens,loss,run\n1,10,3,a\n2,20,2.9,a\n1,30,2.8,a\n"
                        "2,10,2.7,b\n2,20,2.6,b\n2,30,2.5,b\n";
    p = accepted(*state, sizes, NULL, &held);
    assert_int_equal(p.n_notes, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_columns_are_mapped_and_suggested),
        TEST(test_usual_names),
        TEST(test_other_spellings_are_taken),
        TEST(test_batch_or_steps),
        TEST(test_columns_left_unread_are_noted),
        TEST(test_units_in_names),
        TEST(test_numbers),
        TEST(test_bad_cells_are_named),
        TEST(test_what_would_be_right),
        TEST(test_optional_cells),
        TEST(test_columns_of_experts),
        TEST(test_runs_without_a_trunk_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
