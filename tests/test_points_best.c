/* test_points_best.c: --best: which rows make a cell, which of them stays, what is said of it. */
#include "analysis/points/best.h"
#include "tests/table_rig.h"

#define HEAD "params,tokens,loss,lr,batch_tok,optimizer\n"

static void the_lowest_loss_of_each_cell_stays(void **state) {
    const char *table = HEAD "1,2,3.0,.1,8,a\n1,2,2.9,.2,8,a\n1,2,3.1,.4,8,a\n" // the middle one
                             "1,2,2.8,.1,16,a\n"                                // another batch
                             "2,2,2.7,.1,8,a\n2,2,2.75,.2,8,b\n" // no setting is known
                             "1.0,2.0,2.95,.8,8,a\n";            // the first cell
    Points held, p = accepted(*state, table, &(PointsOptions){.best = "lr"}, &held);
    assert_int_equal(p.n, 3);
    assert_near(p.rows[0].loss, 2.9, 0);
    assert_near(p.rows[1].loss, 2.8, 0);
    assert_near(p.rows[2].loss, 2.7, 0);
    assert_int_equal(p.n_dropped, 1);
    assert_int_equal(p.dropped[0].rows, 4);
    assert_int_equal(p.dropped[0].line, 2);
    assert_string_equal(p.dropped[0].rule, "not the best lr of its cell (--best)");
    assert_non_null(strstr(p.notes[p.n_notes - 1],
                           "keeps 3 of 7 rows, the lowest loss of those that agree in params, "
                           "tokens, batch_tok: the least of up to 4 noisy runs is too low, by up "
                           "to 1 deviations"));
    assert_true(p.tuned);
    p = accepted(*state, table, &(PointsOptions){.best = "lr, batch_tok"}, &held);
    assert_int_equal(p.n, 2);
    assert_near(p.rows[0].loss, 2.8, 0);
    p = accepted(*state, table, &(PointsOptions){.best = "lr", .where = "lr>.1,optimizer=a"},
                 &held);
    assert_int_equal(p.n, 1);
    p = accepted(*state, table, &(PointsOptions){.best = ""}, &held);
    assert_int_equal(p.n, 7);
    assert_says(refused(*state, table, &(PointsOptions){.best = "ls"}), "did you mean 'lr'?");
    assert_says(refused(*state, table, &(PointsOptions){.best = "loss"}), "told by 'loss'");
}

/* A best rate at an end that noise does not explain is said; a flat end and a middle are not. */
static void best_values_at_an_end_are_said(void **state) {
    static const struct {
        const char *rows;
        int n_untuned;
    } CASES[] = {
        {"1,2,3.0,.1\n1,2,2.9,.2\n1,2,2.8,.4\n", 1},  {"1,2,2.8,.1\n1,2,2.9,.2\n1,2,3,.4\n", 1},
        {"1,2,3.0,.1\n1,2,2.81,.2\n1,2,2.8,.4\n", 0}, {"1,2,3.0,.2\n1,2,2.8,.4\n1,2,2.9,.8\n", 0},
        {"1,2,3.0,.4\n1,2,2.8,.2\n1,2,2.9,.1\n", 0},  {"1,2,3.0,fast\n1,2,2.8,slow\n", 0}};
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char table[256];
        Points held;
        snprintf(table, sizeof table, "params,tokens,loss,pace\n%s", CASES[i].rows);
        const Points p = accepted(*state, table, &(PointsOptions){.best = "pace"}, &held);
        assert_int_equal(p.n, 1);
        if (p.n_untuned != CASES[i].n_untuned) fail_msg("case %zu: %d", i, p.n_untuned);
    }
}

/* Means of the largest of k normal numbers, tabled by Harter 1961, Biometrika 48:151. */
static void the_bias_is_that_of_order_statistics(void **state) {
    (void)state;
    static const double WANT[][2] = {{1, 0},       {2, 0.56419},  {3, 0.84628},
                                     {5, 1.16296}, {10, 1.53875}, {20, 1.86748}};
    for (size_t i = 0; i < COUNT_OF(WANT); i++)
        assert_near(best_bias((int)WANT[i][0]), WANT[i][1], 1e-4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_lowest_loss_of_each_cell_stays),
        TEST(best_values_at_an_end_are_said),
        TEST(the_bias_is_that_of_order_statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
