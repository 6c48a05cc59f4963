/* test_points_csv.c: other people's tables: separators, quotes, line ends, gzip, conditions, and
 * every bad cell named by line and column. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/planted.h"

#include "points/csv.h"
#include "points/where.h"
#include "base/file.h"
#include "base/proc.h"

/* Points of a table given as text. */
static Status points_of(Arena *arena, const char *text, size_t size, const PointsOptions *o,
                        Points *out, Points *held, Err *err) {
    char path[] = "/tmp/tinyscale-csv-XXXXXX";
    const PointsOptions none = {0};
    close(mkstemp(path));
    assert_int_equal(file_write(path, text, size, err), OK);
    const Status status = points_open(arena, path, o ? o : &none, out, held, err);
    unlink(path);
    return status;
}

/* The message of a table that must be refused. */
static const char *refused(Arena *arena, const char *text, const PointsOptions *o) {
    Points points, held;
    Err err = {0};
    assert_int_not_equal(points_of(arena, text, strlen(text), o, &points, &held, &err), OK);
    return arena_strdup(arena, err.message);
}

static void assert_says(const char *message, const char *part) {
    if (!strstr(message, part)) fail_msg("'%s' does not say '%s'", message, part);
}

static Points accepted(Arena *arena, const char *text, const PointsOptions *o, Points *held) {
    Points points;
    Err err = {0};
    if (points_of(arena, text, strlen(text), o, &points, held, &err) != OK)
        fail_msg("%s", err.message);
    return points;
}

static void test_separators_quotes_and_line_ends(void **state) {
    // clang-format off
    static const char *const TABLES[] = {
        "params,tokens,loss,family\n1e6,2e7,3.5,\"a, \"\"b\"\"\"\n2e6,4e7,3.25,c\n",
        ("\xEF\xBB\xBF" "params;tokens;loss;family\r\n\r\n"
         "1e6;2e7;3.5;\"a, \"\"b\"\"\"\r\n  \r\n2e6;4e7;3.25;c\r\n"),
        "params\ttokens\tloss\tfamily\n 1e6\t2e7 \t3.5\ta, \"b\"\n2e6\t4e7\t3.25\tc",
        "\"params\"|tokens|loss|family\n1e6|2e7|3.5|\"a, \"\"b\"\"\"\n2e6|4e7|3.25|c\n\n",
    };
    // clang-format on
    for (size_t i = 0; i < COUNT_OF(TABLES); i++) {
        Points held, p = accepted(*state, TABLES[i], NULL, &held);
        assert_int_equal(p.n, 2);
        assert_int_equal(held.n, 0);
        assert_near(p.rows[0].params, 1e6, 0);
        assert_near(p.rows[0].flops, 6 * 1e6 * 2e7, 0);
        assert_near(p.rows[1].loss, 3.25, 0);
        assert_string_equal(p.rows[0].family, "a, \"b\"");
        assert_true(p.flops_assumed);
        assert_int_equal(p.n_groups, 2);
    }
}

static void test_a_quoted_line_break_keeps_count(void **state) {
    const char *message =
        refused(*state, "params,tokens,loss,note\n1,2,3,\"two\nlines\"\n4,x,6,n\n", NULL);
    assert_says(message, "line 4, column 'tokens': 'x' is no number");
}

static void test_gzip(void **state) {
    static const unsigned char PACKED[] = {
        // printf 'params,tokens,loss\n1,2,3\n' | gzip -n
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x03, 0x2b, 0x48, 0x2c, 0x4a, 0xcc, 0x2d, 0xd6, 0x29,
    };
    Points points, held;
    Err err = {0};
    assert_int_equal(
        points_of(*state, (const char *)PACKED, sizeof PACKED, NULL, &points, &held, &err),
        E_FORMAT);
    char path[] = "/tmp/tinyscale-csv-XXXXXX", command[128];
    close(mkstemp(path));
    snprintf(command, sizeof command, "printf 'params,tokens,loss\\n1,2,3\\n' | gzip -c > %s",
             path);
    assert_int_equal(system(command), 0);
    assert_int_equal(points_open(*state, path, &(PointsOptions){0}, &points, &held, &err), OK);
    assert_int_equal(points.n, 1);
    unlink(path);
}

static void test_columns_are_mapped_and_suggested(void **state) {
    const char *table = "Model Size,D,final_loss,C\n1e6,2e7,3.5,7e13\n";
    const PointsOptions o = {.columns = "params=\"Model Size\", tokens=D,loss=final_loss,flops=C"};
    Points held, p = accepted(*state, table, &o, &held);
    assert_near(p.rows[0].flops, 7e13, 0);
    assert_false(p.flops_assumed);
    assert_string_equal(p.n_convention, "Model Size");
    assert_says(refused(*state, table, NULL), "no column 'params'");
    assert_says(refused(*state, "params,tokens,final_loss\n1,2,3\n", NULL),
                "if it is 'final_loss'");
    assert_says(refused(*state, table, &(PointsOptions){.columns = "parms=D"}),
                "did you mean 'params'?");
    assert_says(refused(*state, table, &(PointsOptions){.columns = "params=Model Sise"}),
                "did you mean 'Model Size'?");
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

static void test_bad_tables(void **state) {
    assert_says(refused(*state, "", NULL), "empty");
    assert_says(refused(*state, " \n\n", NULL), "empty");
    assert_says(refused(*state, "params,tokens,loss\n1,2\n", NULL),
                "line 2 has 2 cells, the header has 3");
    assert_says(refused(*state, "params,tokens,loss\n1,2,3,4\n", NULL), "line 2 has 4 cells");
    assert_says(refused(*state, "params,tokens,loss,loss\n", NULL), "two columns are named 'loss'");
    assert_says(refused(*state, "params,,loss\n", NULL), "column 2 has no name");
    assert_says(refused(*state, "params,tokens,loss\n1,2,\"3\n", NULL), "never closed");
    assert_says(refused(*state, "params,tokens,loss\n1,2,\"3\"x\n", NULL), "after a closing quote");
    assert_says(refused(*state, "params,\"a\nb,c,d\",loss\n1,2,3\n", NULL), "holds a line break");
    Points p, held;
    Err err = {0};
    assert_int_equal(points_of(*state, "params\0,tokens", 14, NULL, &p, &held, &err), E_FORMAT);
    assert_says(err.message, "binary");
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

static void test_conditions(void **state) {
    const char *table = "params,tokens,loss,mode,step\n1,2,3,train,10\n2,2,3,train,9\n3,2,3,eval,"
                        "1e1\n4,,,broken,0\n";
    static const struct {
        const char *where;
        size_t n;
    } CASES[] = {
        {"mode=train", 2},     {"mode!=broken", 3},     {"mode!=broken,params>=2", 2},
        {"step=10", 2},        {"step<10,params<4", 1}, {"params > 1 , step>=9", 2},
        {"mode==\"eval\"", 1}, {"mode<f,params<4", 1},  {"params<=3", 3},
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
    assert_says(refused(*state, table, &(PointsOptions){.where = "loss>>3"}), "is no condition");
    assert_says(refused(*state, table, &(PointsOptions){.where = "mode=train,"}),
                "is no condition");
}

static void test_a_million_rows(void **state) {
    const size_t n = 1000000;
    Text t = {0};
    text_add(&t, "params,tokens,loss,family\n");
    for (size_t i = 0; i < n; i++) text_add(&t, "%zu,2e9,3.25,abc\n", i + 1);
    Points points, held;
    Err err = {0};
    const double start = cpu_seconds();
    assert_int_equal(points_of(*state, t.s, t.size, NULL, &points, &held, &err), OK);
    assert_true(cpu_seconds() - start < 10);
    assert_int_equal(points.n, n);
    assert_near(points.rows[n - 1].params, 1e6, 0);
    text_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_separators_quotes_and_line_ends),
        TEST(test_a_quoted_line_break_keeps_count),
        TEST(test_gzip),
        TEST(test_columns_are_mapped_and_suggested),
        TEST(test_bad_cells_are_named),
        TEST(test_bad_tables),
        TEST(test_optional_cells),
        TEST(test_columns_of_experts),
        TEST(test_conditions),
        TEST(test_a_million_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
