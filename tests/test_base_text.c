/* test_base_text.c: numbers to text and back, the nearest word, columns. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/columns.h"
#include "base/err.h"
#include "base/numbers.h"
#include "base/rng.h"
#include "base/suggest.h"
#include "base/text.h"

static void text_grows(void **state) {
    (void)state;
    Text t = {0};
    for (int i = 0; i < 1000; i++) text_add(&t, "%d,", i % 10);
    text_add_bytes(&t, "end", 2);
    assert_int_equal(t.size, 2002);
    assert_string_equal(t.s + 1994, "7,8,9,en");
    text_close(&t);
    assert_null(t.s);
    text_add(&t, "%s", "");
    assert_string_equal(t.s, "");
    text_close(&t);
}

static void cells_of_csv_are_quoted_where_they_must(void **state) {
    (void)state;
    static const char *const CELLS[][2] = {
        {"", ""},
        {"plain; words", "plain; words"},
        {"a,b", "\"a,b\""},
        {"say \"so\"", "\"say \"\"so\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"two\r", "\"two\r\""},
    };
    for (size_t i = 0; i < COUNT_OF(CELLS); i++) {
        Text t = {0};
        text_add(&t, "<");
        text_add_csv(&t, CELLS[i][0]);
        assert_string_equal(t.s + 1, CELLS[i][1]);
        text_close(&t);
    }
}

static void bytes_become_utf8(void **state) {
    (void)state;
    static const char *const TEXTS[][2] = {
        {"caf\xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x99\x82",
         "caf\xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x99\x82"},
        {"caf\xE9", "caf\xEF\xBF\xBD"},
        {"\xC3", "\xEF\xBF\xBD"},
        {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xED\xA0\x80z", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz"},
    };
    for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
        Text t = {0};
        text_add_utf8(&t, TEXTS[i][0]);
        assert_string_equal(t.s, TEXTS[i][1]);
        text_close(&t);
    }
}

static void words_are_joined(void **state) {
    (void)state;
    static const char *const words[] = {"plan", "run", "status"};
    static const char *const want[] = {"", "plan", "plan or run", "plan, run or status"};
    for (size_t n = 0; n < COUNT_OF(want); n++) {
        Text t = {0};
        text_add(&t, "%s", "");
        text_add_words(&t, words, n, ", ", " or ");
        assert_string_equal(t.s, want[n]);
        text_close(&t);
    }
}

static void reals_are_shortest(void **state) {
    (void)state;
    static const struct {
        double x;
        const char *text;
    } KNOWN[] = {
        {0, "0"},
        {0.1, "0.1"},
        {3e-4, "0.0003"},
        {3e-5, "3e-5"},
        {250000, "250000"},
        {1e20, "1e20"},
        {-1.5, "-1.5"},
        {1.0 / 3, "0.3333333333333333"},
        {5e-324, "5e-324"},
        {0.1 + 0.2, "0.30000000000000004"},
        {9007199254740991, "9007199254740991"},
        {NAN, "nan"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
    };
    char buffer[32];
    for (size_t i = 0; i < COUNT_OF(KNOWN); i++)
        assert_string_equal(real_to_text(buffer, KNOWN[i].x), KNOWN[i].text);
}

static void reals_come_back(void **state) {
    (void)state;
    const Stream s = stream_open(1, "doubles", 0);
    for (uint64_t i = 0; i < 20000; i++) {
        const uint64_t bits = stream_u64(&s, i);
        double x, back;
        char buffer[32];
        memcpy(&x, &bits, sizeof x);
        if (i % 4 == 0) x = stream_uniform(&s, i); // bit patterns alone are mostly huge or tiny
        if (!isfinite(x)) continue;
        assert_true(strlen(real_to_text(buffer, x)) < sizeof buffer);
        assert_true(real_from_text(buffer, &back));
        assert_memory_equal(&back, &x, sizeof x);
    }
}

static void numbers_for_people(void **state) {
    (void)state;
    static const struct {
        char *(*write)(char *, double);
        double x;
        const char *text;
    } KNOWN[] = {
        {count_to_text, 0, "0"},
        {count_to_text, 950, "950"},
        {count_to_text, 999.6, "1.00k"},
        {count_to_text, 14300, "14.3k"},
        {count_to_text, 2.5e6, "2.50M"},
        {count_to_text, 999499, "999k"},
        {count_to_text, 999500, "1.00M"},
        {count_to_text, -1.2e9, "-1.20G"},
        {count_to_text, 9.996e3, "10.0k"},
        {count_to_text, 6.02e23, "6.02e+23"},
        {count_to_text, NAN, "nan"},
        {count_to_text, 1e17, "100P"},
        {seconds_to_text, 0, "0 s"},
        {seconds_to_text, 0.4, "0.4 s"},
        {seconds_to_text, 0.03, "0.03 s"},
        {seconds_to_text, 12.3, "12 s"},
        {seconds_to_text, 59.7, "1 min 00 s"},
        {seconds_to_text, 185, "3 min 05 s"},
        {seconds_to_text, 3599.6, "1 h 00 min"},
        {seconds_to_text, 7800, "2 h 10 min"},
        {seconds_to_text, 3.5 * 86400, "3 d 12 h"},
        {seconds_to_text, NAN, "?"},
        {bytes_to_text, 812, "812 B"},
        {bytes_to_text, 3.4e6, "3.4 MB"},
        {bytes_to_text, 41.2e6, "41 MB"},
        {bytes_to_text, 1e3, "1.0 kB"},
        {bytes_to_text, 0, "0 B"},
    };
    char buffer[32];
    for (size_t i = 0; i < COUNT_OF(KNOWN); i++)
        assert_string_equal(KNOWN[i].write(buffer, KNOWN[i].x), KNOWN[i].text);
}

static void counts_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t n;
    } GOOD[] = {
        {"0", 0},
        {"250000", 250000},
        {"2.5e5", 250000},
        {"250k", 250000},
        {"250K", 250000},
        {"1.5M", 1500000},
        {"2G", 2000000000},
        {"2.5k", 2500},
        {"1.1k", 1100},
        {"0.3M", 300000},
        {"4.35k", 4350},
        {"1e0", 1},
        {"18446744073709551615", UINT64_MAX},
        {"1e18", 1000000000000000000},
        {".5k", 500},
        {"9007199254740993", 9007199254740993},
    };
    static const char *const BAD[] = {
        "",
        "-1",
        "+1",
        "1e30",
        "0.5",
        "1.5",
        " 1",
        "1 ",
        "k",
        "1kk",
        "1e3k",
        "0x10",
        "nan",
        "inf",
        "1e-1",
        "18446744073709551616",
        "1,000",
        "2.5001k",
        "1 k",
        "1.2.3",
        "-0",
        ".",
        "e5",
        "1e",
        "20G ",
        "1111111111111111111111111111111111111111111111111111111111111111111111111111111.0k",
    };
    uint64_t n;
    for (size_t i = 0; i < COUNT_OF(GOOD); i++) {
        assert_true(count_from_text(GOOD[i].text, &n));
        assert_true(n == GOOD[i].n);
    }
    for (size_t i = 0; i < COUNT_OF(BAD); i++)
        if (count_from_text(BAD[i], &n)) fail_msg("'%s' was read as a count", BAD[i]);
}

static void seconds_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double s;
    } GOOD[] = {{"90", 90},     {"90s", 90}, {"30m", 1800}, {"2h", 7200},
                {"1.5h", 5400}, {"0", 0},    {"1e2", 100}};
    static const char *const BAD[] = {"", "m", "-1", "1d", "3 m", "nan", "inf", "2hh", "0x1"};
    double s;
    for (size_t i = 0; i < COUNT_OF(GOOD); i++) {
        assert_true(seconds_from_text(GOOD[i].text, &s));
        assert_true(s == GOOD[i].s);
    }
    for (size_t i = 0; i < COUNT_OF(BAD); i++)
        if (seconds_from_text(BAD[i], &s)) fail_msg("'%s' was read as a time", BAD[i]);
}

static void reals_are_read_whole(void **state) {
    (void)state;
    static const char *const BAD[] = {"",     " ",     "abc", "1.5x", "1,5",
                                      "0x10", "1e999", "1 2", "--1",  "-"};
    double x;
    assert_true(real_from_text(" -1.5e3\t", &x) && x == -1500);
    assert_true(real_from_text("nan", &x) && isnan(x));
    assert_true(real_from_text("-inf", &x) && x == -INFINITY);
    assert_true(real_from_text("1e-320", &x) && x > 0);
    for (size_t i = 0; i < COUNT_OF(BAD); i++)
        if (real_from_text(BAD[i], &x)) fail_msg("'%s' was read as a number", BAD[i]);
}

static void nearest_words(void **state) {
    (void)state;
    static const char *const WORDS[] = {"d_model", "layers", "lr", "schedule", "tokens"};
    assert_int_equal(suggest_distance("kitten", "sitting"), 3);
    assert_int_equal(suggest_distance("d_modle", "d_model"), 1);
    assert_int_equal(suggest_distance("", "abc"), 3);
    char longest[200];
    memset(longest, 'a', 199);
    longest[199] = 0;
    assert_int_equal(suggest_distance(longest, "a"), 199);
    assert_string_equal(suggest_nearest("d_modle", WORDS, 5), "d_model");
    assert_string_equal(suggest_nearest("token", WORDS, 5), "tokens");
    assert_string_equal(suggest_nearest("lr", WORDS, 5), "lr");
    assert_null(suggest_nearest("banana", WORDS, 5));
    assert_null(suggest_nearest("xy", WORDS, 5));
    assert_null(suggest_nearest(longest, WORDS, 5));
    assert_null(suggest_nearest("x", NULL, 0));
}

static void prints(void (*print)(const Columns *, FILE *), const Columns *c, const char *want) {
    char *got = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&got, &size);
    print(c, out);
    fclose(out);
    assert_string_equal(got, want);
    free(got);
}

static void columns_line_up(void **state) {
    (void)state;
    Columns *c = columns_open(3);
    columns_row(c, "law", "N", "note");
    columns_row(c, "α", "14.3k", "a|b");
    columns_row(c, "power", "-1", "");
    columns_row(c, "none", "-", "x");
    prints(columns_print, c,
           "law        N  note\n"
           "-----  -----  ----\n"
           "α      14.3k  a|b\n"
           "power     -1\n"
           "none       -  x\n");
    prints(columns_print_markdown, c,
           "| law | N | note |\n|---|---:|---|\n| α | 14.3k | a\\|b |\n| power | -1 |  |\n| none | "
           "- | x |\n");
    columns_close(c);
    columns_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows),
        cmocka_unit_test(cells_of_csv_are_quoted_where_they_must),
        cmocka_unit_test(bytes_become_utf8),
        cmocka_unit_test(words_are_joined),
        cmocka_unit_test(reals_are_shortest),
        cmocka_unit_test(reals_come_back),
        cmocka_unit_test(numbers_for_people),
        cmocka_unit_test(counts_are_read),
        cmocka_unit_test(seconds_are_read),
        cmocka_unit_test(reals_are_read_whole),
        cmocka_unit_test(nearest_words),
        cmocka_unit_test(columns_line_up),
    };
    return cmocka_run_group_tests_name("base: text", tests, NULL, NULL);
}
