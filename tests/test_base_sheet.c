/* test_base_sheet.c: one small document through every pen of a sheet: JSON, text, page, CSV,
 * Markdown and TeX, to the byte; and what becomes no table. */
#include <math.h>
#include <string.h>

#include "tests/scratch_dir.h"

#include "base/claim.h"
#include "base/sheet.h"
#include "base/tables.h"
#include "base/text.h"

static void tell(Sheet *s) {
    static const char *const NOTES[] = {"first, a < b", "second"};
    sheet_text(s, "law", "x & \"y\"");
    sheet_text(s, "source", NULL);
    sheet_number(s, "rms_log_residual", 0.1234567891);
    sheet_size(s, "n_params", 14321);
    sheet_interval(s, "share", (Interval){0.25, 0.125, NAN});
    sheet_missing(s, "profile");
    sheet_list(s, "notes", NOTES, 2);

    sheet_table(s, "params", SHEET_NAMED, "parameters");
    sheet_row(s, "E_0");
    sheet_interval_cells(s, (Interval){0.9, 0.875, 0.925});
    sheet_text(s, "unit", "nat");
    sheet_row(s, "a,b");
    sheet_interval_cells(s, (Interval){1234567.89, NAN, NAN});
    sheet_text(s, "unit", NULL);
    sheet_end(s);

    sheet_table(s, "runs", SHEET_LIST, "runs <of> it");
    sheet_row(s, NULL);
    sheet_text(s, "id", "a \"b\" | c, $d");
    sheet_size(s, "tokens", 2.5e6);
    sheet_interval(s, "loss", (Interval){1.23456789, NAN, NAN});
    sheet_size_interval(s, "best", (Interval){12345, 11000, 1.5e9});
    sheet_number(s, "price", NAN);
    sheet_number(s, "p", 0.0123456);
    sheet_count(s, "n", 12345);
    sheet_bool(s, "whole", true);
    sheet_row(s, NULL);
    sheet_text(s, "id", "-");
    sheet_size(s, "tokens", NAN);
    sheet_interval(s, "loss", (Interval){2e-12, 1e-12, 3e-12});
    sheet_missing(s, "best");
    sheet_number(s, "price", INFINITY);
    sheet_number(s, "p", 1);
    sheet_count(s, "n", UINT64_MAX);
    sheet_bool(s, "whole", false);
    sheet_end(s);

    sheet_table(s, "cost", SHEET_OBJECT, "cost");
    sheet_number(s, "kappa", 6);
    sheet_interval(s, "q", (Interval){1, 0.5, 1.5});
    sheet_missing(s, "price");
    sheet_end(s);

    sheet_table(s, NULL, SHEET_HEADING, "how it was fitted");
    sheet_count(s, "starts", 4);
    sheet_bool(s, "flops_assumed", false);
    sheet_end(s);
    sheet_text(s, "says", "that");

    sheet_table(s, "dropped", SHEET_LIST, "dropped rows");
    sheet_end(s);
}

static void test_json(void **state) {
    (void)state;
    JsonOut j = json_out(0);
    Sheet s = sheet_json(&j);
    assert_false(sheet_for_people(&s));
    json_begin(&j, NULL, '{');
    tell(&s);
    json_end(&j);
    assert_string_equal(
        j.text.s,
        "{\"law\":\"x & \\\"y\\\"\",\"source\":null,\"rms_log_residual\":0.1234567891,"
        "\"n_params\":14321,\"share\":{\"value\":0.25,\"lo\":0.125,\"hi\":null},\"profile\":null,"
        "\"notes\":[\"first, a < b\",\"second\"],"
        "\"params\":{\"E_0\":{\"value\":0.9,\"lo\":0.875,\"hi\":0.925,\"unit\":\"nat\"},"
        "\"a,b\":{\"value\":1234567.89,\"lo\":null,\"hi\":null,\"unit\":null}},"
        "\"runs\":[{\"id\":\"a \\\"b\\\" | c, $d\",\"tokens\":2500000,"
        "\"loss\":{\"value\":1.23456789,\"lo\":null,\"hi\":null},"
        "\"best\":{\"value\":12345,\"lo\":11000,\"hi\":1500000000},"
        "\"price\":null,\"p\":0.0123456,\"n\":12345,\"whole\":true},"
        "{\"id\":\"-\",\"tokens\":null,\"loss\":{\"value\":2e-12,\"lo\":1e-12,\"hi\":3e-12},"
        "\"best\":null,\"price\":null,\"p\":1,\"n\":18446744073709551615,\"whole\":false}],"
        "\"cost\":{\"kappa\":6,\"q\":{\"value\":1,\"lo\":0.5,\"hi\":1.5},\"price\":null},"
        "\"starts\":4,\"flops_assumed\":false,\"says\":\"that\",\"dropped\":[]}");
    text_close(&j.text);
}

static char *told(Scratch *x, Sheet (*open)(FILE *out), void (*end)(Sheet *s)) {
    FILE *out = fopen(scratch_path(x, "told"), "w");
    assert_non_null(out);
    Sheet s = open(out);
    assert_true(sheet_for_people(&s));
    tell(&s);
    if (end) end(&s);
    assert_int_equal(fclose(out), 0);
    return scratch_read(x, "told");
}

static void test_text(void **state) {
    assert_string_equal(
        told(*state, sheet_text_out, NULL),
        "law                x & \"y\"\n"
        "source             -\n"
        "rms log residual   0.123457\n"
        "n params           14.3k\n"
        "share              0.25 [0.125, -]\n"
        "  first, a < b\n"
        "  second\n"
        "\n"
        "parameters\n"
        "           value     lo     hi  unit\n"
        "---  -----------  -----  -----  ----\n"
        "E_0          0.9  0.875  0.925  nat\n"
        "a,b  1.23457e+06      -      -  -\n"
        "\n"
        "runs <of> it\n"
        "id             tokens                  loss                  best  price        p     "
        "                n  whole\n"
        "-------------  ------  --------------------  --------------------  -----  -------"
        "  --------------------  -----\n"
        "a \"b\" | c, $d   2.50M                 1.235  12.3k [11.0k, 1.50G]  -      0.01235   "
        "              12345  yes\n"
        "-                   -  2e-12 [1e-12, 3e-12]                     -  -            1"
        "  18446744073709551615  no\n"
        "\n"
        "cost\n"
        "  kappa              6\n"
        "  q                  1 [0.5, 1.5]\n"
        "\n"
        "how it was fitted\n"
        "  starts             4\n"
        "  flops assumed      no\n"
        "says               that\n"
        "\n"
        "dropped rows\n");
}

static void test_page(void **state) {
    assert_string_equal(
        told(*state, sheet_html, sheet_html_end),
        "<dl>\n"
        "<dt>law</dt><dd>x &amp; &quot;y&quot;</dd>\n"
        "<dt>source</dt><dd>-</dd>\n"
        "<dt>rms log residual</dt><dd>0.123457</dd>\n"
        "<dt>n params</dt><dd>14.3k</dd>\n"
        "<dt>share</dt><dd>0.25 [0.125, -]</dd>\n"
        "</dl>\n"
        "<ul>\n"
        "<li>first, a &lt; b</li>\n"
        "<li>second</li>\n"
        "</ul>\n"
        "<h3>parameters</h3>\n"
        "<div class=\"scroll\" tabindex=\"0\"><table>\n"
        "<thead><tr><th scope=\"col\" class=\"text\"></th><th scope=\"col\">value</th>"
        "<th scope=\"col\">lo</th><th scope=\"col\">hi</th>"
        "<th scope=\"col\" class=\"text\">unit</th></tr></thead>\n"
        "<tbody>\n"
        "<tr><th scope=\"row\" class=\"text\">E_0</th><td>0.9</td><td>0.875</td><td>0.925</td>"
        "<td class=\"text\">nat</td></tr>\n"
        "<tr><th scope=\"row\" class=\"text\">a,b</th><td>1.23457e+06</td><td>-</td><td>-</td>"
        "<td class=\"text\">-</td></tr>\n"
        "</tbody>\n"
        "</table></div>\n"
        "<h3>runs &lt;of&gt; it</h3>\n"
        "<div class=\"scroll\" tabindex=\"0\"><table>\n"
        "<thead><tr><th scope=\"col\" class=\"text\">id</th><th scope=\"col\">tokens</th>"
        "<th scope=\"col\">loss</th><th scope=\"col\">best</th>"
        "<th scope=\"col\" class=\"text\">price</th><th scope=\"col\">p</th>"
        "<th scope=\"col\">n</th><th scope=\"col\" class=\"text\">whole</th></tr></thead>\n"
        "<tbody>\n"
        "<tr><th scope=\"row\" class=\"text\">a &quot;b&quot; | c, $d</th><td>2.50M</td>"
        "<td>1.235</td><td>12.3k [11.0k, 1.50G]</td><td class=\"text\">-</td><td>0.01235</td>"
        "<td>12345</td><td class=\"text\">yes</td></tr>\n"
        "<tr><th scope=\"row\" class=\"text\">-</th><td>-</td><td>2e-12 [1e-12, 3e-12]</td>"
        "<td>-</td><td class=\"text\">-</td><td>1</td><td>18446744073709551615</td>"
        "<td class=\"text\">no</td></tr>\n"
        "</tbody>\n"
        "</table></div>\n"
        "<h3>cost</h3>\n"
        "<dl>\n"
        "<dt>kappa</dt><dd>6</dd>\n"
        "<dt>q</dt><dd>1 [0.5, 1.5]</dd>\n"
        "</dl>\n"
        "<h3>how it was fitted</h3>\n"
        "<dl>\n"
        "<dt>starts</dt><dd>4</dd>\n"
        "<dt>flops assumed</dt><dd>no</dd>\n"
        "</dl>\n"
        "<dl>\n"
        "<dt>says</dt><dd>that</dd>\n"
        "</dl>\n"
        "<h3>dropped rows</h3>\n");
}

/* What tell() says, as tables in the directory "tables". */
static Status write_tables(Scratch *x) {
    Tables *tables = tables_open();
    Sheet s = sheet_tables(tables);
    assert_false(sheet_for_people(&s));
    tell(&s);
    const Status status = tables_write(tables, scratch_path(x, "tables"), &x->err);
    tables_close(tables);
    return status;
}

static void assert_file(Scratch *x, const char *name, const char *text) {
    assert_string_equal(scratch_read(x, arena_printf(x->arena, "tables/%s", name)), text);
}

static void test_tables(void **state) {
    Scratch *x = *state;
    assert_ok(x, write_tables(x));
    assert_file(x, "params.csv",
                "name,value,lo,hi,unit\n"
                "E_0,0.9,0.875,0.925,nat\n"
                "\"a,b\",1234567.89,,,\n");
    assert_file(x, "runs.csv",
                "id,tokens,loss,loss_lo,loss_hi,best,best_lo,best_hi,price,p,n,whole\n"
                "\"a \"\"b\"\" | c,"
                " $d\",2500000,1.23456789,,,12345,11000,1500000000,,0.0123456,12345,yes\n"
                "-,,2e-12,1e-12,3e-12,,,,,1,1.8446744073709552e19,no\n");
    assert_file(x, "params.md",
                "| name | value | lo | hi | unit |\n"
                "|---|---:|---:|---:|---|\n"
                "| E_0 | 0.9 | 0.875 | 0.925 | nat |\n"
                "| a,b | 1.235e+06 | - | - | - |\n");
    assert_file(x, "runs.md",
                "| id | tokens | loss | best | p | n | whole |\n"
                "|---|---:|---:|---:|---:|---:|---|\n"
                "| a \"b\" \\| c, $d | 2.5e+06 | 1.235 | 1.234e+04 [1.1e+04, 1.5e+09] | 0.01235"
                " | 1.234e+04 | yes |\n"
                "| - | - | 2e-12 [1e-12, 3e-12] | - | 1 | 1.845e+19 | no |\n");
    assert_file(x, "params.tex",
                "% needs \\usepackage{booktabs}\n"
                "\\begin{tabular}{lrrrl}\n"
                "\\toprule\n"
                "name & value & lo & hi & unit \\\\\n"
                "\\midrule\n"
                "E\\_0 & $0.9$ & $0.875$ & $0.925$ & nat \\\\\n"
                "a,b & $1.235 \\times 10^{6}$ & -- & -- & -- \\\\\n"
                "\\bottomrule\n"
                "\\end{tabular}\n");
    assert_file(x, "runs.tex",
                "% needs \\usepackage{booktabs}\n"
                "\\begin{tabular}{lrrrrrr}\n"
                "\\toprule\n"
                "id & tokens & loss & best & p & n & whole \\\\\n"
                "\\midrule\n"
                "a \"b\" | c, \\$d & $2.5 \\times 10^{6}$ & $1.235$ & $1.234 \\times 10^{4}\\"
                " [1.1 \\times 10^{4},\\ 1.5 \\times 10^{9}]$ & $0.01235$ & $1.234 \\times"
                " 10^{4}$ & yes \\\\\n"
                "- & -- & $2 \\times 10^{-12}\\ [1 \\times 10^{-12},\\ 3 \\times 10^{-12}]$ & --"
                " & $1$ & $1.845 \\times 10^{19}$ & no \\\\\n"
                "\\bottomrule\n"
                "\\end{tabular}\n");
    assert_file(x, CLAIM_LIST, "params.csv\nparams.md\nparams.tex\nruns.csv\nruns.md\nruns.tex\n");
    assert_ok(x, write_tables(x)); // they are tinyscale's own
}

/* One file of somebody else's: none is written. */
static void test_somebody_elses(void **state) {
    Scratch *x = *state;
    assert_ok(x, dir_make(scratch_path(x, "tables"), &x->err));
    scratch_write(x, "tables/runs.tex", "mine");
    assert_int_equal(write_tables(x), E_USAGE);
    assert_non_null(strstr(x->err.message, "tables/runs.tex: exists"));
    assert_file(x, "runs.tex", "mine");
    assert_false(file_exists(scratch_path(x, "tables/params.csv")));
}

/* Rows that differ: columns are those of the first row. In a table whose rows have names, a row
 * that lacks one of them makes it no table. Bytes that are no UTF-8 are replaced. */
static void tell_ragged(Sheet *s) {
    for (int named = 0; named < 2; named++) {
        sheet_table(s, named ? "named" : "listed", named ? '{' : '[', "rows that differ");
        sheet_row(s, named ? "one" : NULL);
        sheet_text(s, "a", "caf\xE9");
        sheet_interval(s, "b", (Interval){1, 0, 2});
        sheet_count(s, "c", 3);
        sheet_row(s, named ? "two" : NULL);
        sheet_count(s, "c", 4);
        sheet_text(s, "d", "nowhere");
        sheet_end(s);
    }
}

static void test_ragged(void **state) {
    Scratch *x = *state;
    Tables *tables = tables_open();
    Sheet s = sheet_tables(tables);
    tell_ragged(&s);
    assert_ok(x, tables_write(tables, scratch_path(x, "tables"), &x->err));
    tables_close(tables);
    assert_file(x, "listed.csv", "a,b,b_lo,b_hi,c\ncaf\xEF\xBF\xBD,1,0,2,3\n,,,,4\n");
    assert_file(x, "listed.md",
                "| a | b | c |\n|---|---:|---:|\n| caf\xEF\xBF\xBD | 1 [0, 2] | 3 |\n"
                "| - | - | 4 |\n");
    assert_false(file_exists(scratch_path(x, "tables/named.csv")));

    FILE *out = fopen(scratch_path(x, "told"), "w");
    assert_non_null(out);
    s = sheet_text_out(out);
    tell_ragged(&s);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(scratch_read(x, "told"), "          4\n"));
    assert_null(strstr(scratch_read(x, "told"), "nowhere"));
}

/* As many rows and cells as there are, and texts that are gone before the table ends. */
static void test_large(void **state) {
    Scratch *x = *state;
    enum { ROWS = 1000, CELLS = 70 };
    Tables *tables = tables_open();
    Sheet s = sheet_tables(tables);
    char key[32], text[32];
    sheet_table(&s, "large", SHEET_LIST, "large");
    for (int i = 0; i < ROWS; i++) {
        sheet_row(&s, NULL);
        for (int k = 0; k < CELLS; k++) {
            snprintf(key, sizeof key, "key%d", k);
            snprintf(text, sizeof text, "%d/%d", i, k);
            sheet_text(&s, key, text);
        }
    }
    sheet_end(&s);
    assert_ok(x, tables_write(tables, scratch_path(x, "tables"), &x->err));
    tables_close(tables);
    const char *csv = scratch_read(x, "tables/large.csv");
    assert_int_equal(strncmp(csv, "key0,key1,key2,", 15), 0);
    assert_non_null(strstr(csv, ",key69\n0/0,0/1,"));
    assert_non_null(strstr(csv, ",777/68,777/69\n778/0,"));
    assert_non_null(strstr(csv, ",999/69\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test_setup_teardown(test_text, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(test_page, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(test_tables, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(test_somebody_elses, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(test_ragged, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(test_large, scratch_open, scratch_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
