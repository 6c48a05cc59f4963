/* test_points_where.c: conditions on columns: what they keep, what they drop, how it is told. */
#include "tests/table_rig.h"

static void test_conditions(void **state) {
    const char *table = "params,tokens,loss,mode,step\n1,2,3,train,10\n2,2,3,train,9\n3,2,3,eval,"
                        "1e1\n4,,,broken,0\n";
    static const struct {
        const char *where;
        size_t n;
    } CASES[] = {
        {"mode=train", 2},     {"mode!=broken", 3},           {"mode!=broken,params>=2", 2},
        {"step=10", 2},        {"step<10,params<4", 1},       {"params > 1 , step>=9", 2},
        {"mode==\"eval\"", 1}, {"mode<f,params<4", 1},        {"params<=3", 3},
        {"params==1", 1},      {"params<4,mode!=\"a=b\"", 3},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        Points held, p = accepted(*state, table, &(PointsOptions){.where = CASES[i].where}, &held);
        assert_int_equal(p.n, CASES[i].n);
    }
    Points held,
        p = accepted(*state, table, &(PointsOptions){.where = "mode=train", .holdout = "mode=eval"},
                     &held);
    assert_int_equal(p.n, 2);
    assert_int_equal(held.n, 1);
    assert_string_equal(held.rule, "mode=eval");
    assert_says(refused(*state, table, &(PointsOptions){.where = "mod=train"}),
                "did you mean 'mode'?");
    assert_says(refused(*state, table, &(PointsOptions){.where = "mode"}),
                "'mode' is no condition");
    static const char *const HALF[] = {"loss>>3",  "loss=>3",      "loss<>3",
                                       "loss===3", "loss= =3",     "loss=3=3",
                                       "2<loss<4", "mode=\"train", "=3"};
    for (size_t i = 0; i < COUNT_OF(HALF); i++)
        assert_says(refused(*state, table, &(PointsOptions){.where = HALF[i]}),
                    "is no condition; write column=value, or one of != < <= > >=");
    assert_says(refused(*state, table, &(PointsOptions){.where = "mode=train,"}),
                "is no condition");
}

/* What is no number, or nan, is in no order to one: an empty cell is not at most 1e20. */
static void test_numbers_are_compared_to_numbers(void **state) {
    const char *table =
        "params,tokens,loss,flops,size\n1,2,3,,1B\n2,2,3,1e19,400M\n3,2,3,1e21,\"1,500,000,000\"\n"
        "4,2,nan,1e18,none\n";
    static const struct {
        const char *where;
        double first; // params of the first row kept
        size_t n;
    } CASES[] = {
        {"flops<=1e20,loss>0", 2, 1}, {"flops>1e20", 3, 1},       {"size>=1B", 1, 2},
        {"size<1e9", 2, 1},           {"size=1e9", 1, 1},         {"size!=none", 1, 3},
        {"loss>0,flops!=1e19", 1, 2}, {"loss<9,size>0.2B", 1, 3},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        Points held, p = accepted(*state, table, &(PointsOptions){.where = CASES[i].where}, &held);
        assert_int_equal(p.n, CASES[i].n);
        assert_near(p.rows[0].params, CASES[i].first, 0);
    }
}

static void test_dropped_rows_are_counted_by_rule(void **state) {
    const char *table = "params,tokens,loss,mode\n1,2,3,eval\n2,2,3,train\n3,2,9,train\n"
                        "4,2,9,other\n5,2,3,held\n6,2,9,train\n";
    const PointsOptions o = {.where = "mode=train,loss<5", .holdout = "mode=held"};
    Points held, p = accepted(*state, table, &o, &held);
    assert_int_equal(p.n, 1);
    assert_int_equal(held.n, 1);
    assert_int_equal(held.n_dropped, 0);
    assert_int_equal(p.n_dropped, 2);
    assert_string_equal(p.dropped[0].rule, "not --where 'mode=train'");
    assert_int_equal(p.dropped[0].line, 2);
    assert_int_equal(p.dropped[0].rows, 2);
    assert_string_equal(p.dropped[1].rule, "not --where 'loss<5'");
    assert_int_equal(p.dropped[1].line, 4);
    assert_int_equal(p.dropped[1].rows, 2);
}

static void test_nothing_left_is_explained(void **state) {
    const char *table = "params,tokens,loss,mode\n1,2,3,train\n2,2,3,eval\n";
    assert_says(refused(*state, table, &(PointsOptions){.where = "mode=trian,loss<4"}),
                "'mode=trian' holds for 0 of 2 rows (did you mean 'train'?), 'loss<4' for 2");
    assert_says(refused(*state, table, &(PointsOptions){.where = "mode=train,params>1"}),
                "'mode=train' holds for 1 of 2 rows, 'params>1' for 1");
    assert_says(refused(*state, table, &(PointsOptions){.holdout = "mode=test"}),
                "--holdout takes no row of ");
    assert_says(refused(*state, table, &(PointsOptions){.holdout = "loss=3"}),
                "--holdout takes all 2 rows");
    assert_says(
        refused(*state, table, &(PointsOptions){.where = "mode=eval", .holdout = "mode=eval"}),
        "that is not held out");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_conditions),
        TEST(test_numbers_are_compared_to_numbers),
        TEST(test_dropped_rows_are_counted_by_rule),
        TEST(test_nothing_left_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
