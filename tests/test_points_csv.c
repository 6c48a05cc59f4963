/* test_points_csv.c: other people's tables: separators, quotes, line ends, gzip, comments, and what
 * is no table. */
#include <stdio.h>

#include "tests/table_rig.h"

#include "base/proc.h"

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

static void test_bad_tables(void **state) {
    assert_says(refused(*state, "", NULL), "empty");
    assert_says(refused(*state, " \n\n", NULL), "empty");
    assert_says(refused(*state, "params,tokens,loss\n1,2\n", NULL),
                "line 2 has 2 cells, the header has 3");
    assert_says(refused(*state, "params,tokens,loss\n1,2,3,4\n", NULL), "line 2 has 4 cells");
    assert_says(refused(*state, "params,tokens,loss,loss\n", NULL), "two columns are named 'loss'");
    assert_says(refused(*state, "params,,loss\n1,2,3\n", NULL), "no column 'tokens'");
    assert_says(refused(*state, "1e5,1e6,3\n1,2,3\n", NULL), "line 1: numbers, where the names");
    assert_says(refused(*state, "#params,tokens,loss\n1,2,3\n", NULL),
                "begins with # is a comment");
    assert_says(refused(*state, "params,tokens,loss\n", NULL), "a header and no rows");
    assert_says(refused(*state, "{\"params\": 3}", NULL), "JSON, not a table");
    assert_says(refused(*state, "PK\x03\x04", NULL), "a zip archive");
    assert_says(refused(*state, "\xFF\xFEp", NULL), "UTF-16 text; save it as UTF-8");
    assert_says(refused(*state, "params,tokens,loss\n1,2,\"3\n", NULL), "never closed");
    assert_says(refused(*state, "params,tokens,loss\n1,2,\"3\"x\n", NULL), "after a closing quote");
    assert_says(refused(*state, "params,\"a\nb,c,d\",loss\n1,2,3\n", NULL), "holds a line break");
    Points p, held;
    Err err = {0};
    assert_int_equal(points_of(*state, "params\0,tokens", 14, NULL, &p, &held, &err), E_FORMAT);
    assert_says(err.message, "binary");
}

/* Line ends of old, and blanks as separators: names and cells are apart by any run of them. */
static void test_other_layouts(void **state) {
    static const char *const TABLES[] = {
        "params,tokens,loss\r1e6,2e7,3.5\r\r2e6,4e7,3.25\r",
        "params tokens   loss\n  1e6 2e7 3.5 \n2e6\t4e7 3.25\r\n",
        "sep=;\r\nparams;tokens;loss\r\n1e6;2e7;3.5\r\n2e6;4e7;3.25\r\n",
        "# a remark\nparams,tokens,loss\n1e6,2e7,3.5\n2e6,4e7,3.25\n",
        ",params,tokens,loss,\n0,1e6,2e7,3.5,\n1,2e6,4e7,3.25,\n", // an index; an empty last column
        "params,tokens,loss\n1e6,2e7,3.5,,,\n,,\n,,,,\n2e6,4e7,3.25\n",
    };
    for (size_t i = 0; i < COUNT_OF(TABLES); i++) {
        Points held, p = accepted(*state, TABLES[i], NULL, &held);
        assert_int_equal(p.n, 2);
        assert_int_equal(p.n_dropped, 0);
        assert_near(p.rows[0].params, 1e6, 0);
        assert_near(p.rows[1].tokens, 4e7, 0);
        assert_near(p.rows[1].loss, 3.25, 0);
    }
    assert_says(refused(*state, "params tokens loss\r1 2 3\r1 2 x\r", NULL),
                "line 3, column 'loss'");
    assert_says(refused(*state, "sep=;\nparams;tokens;loss\n1;2;x\n", NULL),
                "line 3, column 'loss'");
}

/* Tables joined end to end, and remarks among the rows: no rows, and told. */
static void test_lines_that_are_no_rows_are_told(void **state) {
    Points held, p = accepted(*state,
                              "params,tokens,loss\n1e6,2e7,3.5\n#1,2,3\nparams,tokens,loss\n"
                              "2e6,4e7,3.25\n# b\nparams,tokens,loss\n",
                              NULL, &held);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.rows[1].line, 5);
    assert_int_equal(p.n_dropped, 2);
    assert_string_equal(p.dropped[0].rule, "the header again");
    assert_int_equal(p.dropped[0].line, 4);
    assert_int_equal(p.dropped[0].rows, 2);
    assert_string_equal(p.dropped[1].rule, "a comment: it begins with #");
    assert_int_equal(p.dropped[1].line, 3);
    assert_int_equal(p.dropped[1].rows, 2);
}

static void test_torn_gzip(void **state) {
    char path[] = "/tmp/tinyscale-csv-XXXXXX", command[160];
    close(mkstemp(path));
    snprintf(command, sizeof command,
             "{ echo params,tokens,loss; seq 1000 | sed 's/.*/&,2,3/'; } | gzip -c | "
             "head -c 1000 >%s",
             path);
    assert_int_equal(system(command), 0);
    Points points, held;
    Err err = {0};
    assert_int_equal(points_open(*state, path, &(PointsOptions){0}, &points, &held, &err),
                     E_FORMAT);
    assert_says(err.message, "the gzip data is torn");
    unlink(path);
}

/* A million rows in five seconds; here a tenth of them, since sanitizers are slow. */
static void test_many_rows(void **state) {
    const size_t n = 100000;
    Text t = {0};
    text_add(&t, "params,tokens,loss,family\n");
    for (size_t i = 0; i < n; i++) text_add(&t, "%zu,2e9,3.25,abc\n", i + 1);
    Points points, held;
    Err err = {0};
    const double start = cpu_seconds();
    assert_int_equal(points_of(*state, t.s, t.size, NULL, &points, &held, &err), OK);
    assert_true(cpu_seconds() - start < 2);
    assert_int_equal(points.n, n);
    assert_near(points.rows[n - 1].params, (double)n, 0);
    text_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_separators_quotes_and_line_ends),
        TEST(test_a_quoted_line_break_keeps_count),
        TEST(test_gzip),
        TEST(test_bad_tables),
        TEST(test_other_layouts),
        TEST(test_lines_that_are_no_rows_are_told),
        TEST(test_torn_gzip),
        TEST(test_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
