/* test_study_tables.c: what `tinyscale fit --tables DIR` writes: CSV to the last bit, well-formed
 * Markdown and TeX, and no file for a table without rows. */
#include <stdlib.h>
#include <string.h>

#include "tests/fit_rig.h"

#include "base/file.h"
#include "base/json.h"

static size_t count_of(const char *text, const char *what) {
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

/* A cell of a CSV without quotes. */
static double csv_number(const char *csv, size_t row, const char *column) {
    size_t at = 0;
    const char *end = strchr(csv, '\n'), *head = csv;
    while (strncmp(head, column, strlen(column)) != 0 || !strchr(",\n", head[strlen(column)])) {
        head = strpbrk(head, ",\n") + 1;
        if (head > end) fail_msg("no column %s", column);
        at++;
    }
    while (row--) end = strchr(end + 1, '\n');
    for (end++; at--;) end = strchr(end, ',') + 1;
    return strchr(",\n", *end) ? NAN : atof(end);
}

static void assert_well_formed(const char *csv, const char *markdown, const char *tex) {
    const size_t rows = count_of(csv, "\n") - 1;
    size_t columns = 0;
    for (const char *line = csv; *line; line = strchr(line, '\n') + 1) {
        size_t commas = 0;
        for (const char *p = line; *p != '\n'; p++) commas += *p == ',';
        assert_true(columns == 0 || commas == columns);
        columns = commas;
    }
    assert_int_equal(count_of(markdown, "\n"), rows + 2);
    assert_int_equal(count_of(markdown, "|") % (rows + 2), 0);
    assert_int_equal(count_of(tex, " \\\\\n"), rows + 1);
    assert_int_equal(count_of(tex, " & ") % (rows + 1), 0);
    assert_int_equal(count_of(tex, "{"), count_of(tex, "}"));
    assert_int_equal(count_of(tex, "$") % 2, 0);
    assert_int_equal(count_of(tex, "_"), count_of(tex, "\\_"));
    assert_int_equal(count_of(tex, "\\begin{tabular}") + count_of(tex, "\\end{tabular}"), 2);
}

static void test_files(void **state) {
    Scratch *x = *state;
    const char *dense = fit_rig_table(x, false), *dir = scratch_path(x, "tables");
    const char *const args[] = {dense,    "--resamples", "20", "--returns",
                                "params", "--tables",    dir,  NULL};
    JsonDoc *doc;
    assert_ok(x, json_open(fit_rig_prints(x, args, "--json"), "json", &doc, &x->err));
    static const char *const NAMES[] = {"params", "derived", "returns_params_2x"};
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        const char *file = arena_printf(x->arena, "tables/%s", NAMES[i]);
        assert_well_formed(scratch_read(x, arena_printf(x->arena, "%s.csv", file)),
                           scratch_read(x, arena_printf(x->arena, "%s.md", file)),
                           scratch_read(x, arena_printf(x->arena, "%s.tex", file)));
    }
    const char *csv = scratch_read(x, "tables/returns_params_2x.csv");
    const Json *row = json_first(json_get(json_root(doc), "returns_params_2x"));
    assert_true(isnan(csv_number(csv, 0, "gain")) && isnan(csv_number(csv, 0, "gain_lo")));
    for (size_t i = 0; row; row = json_next(row), i++) { // to the last bit
        const Json *loss = json_get(row, "loss");
        assert_true(csv_number(csv, i, "params") == json_number_or(row, "params", NAN));
        assert_true(csv_number(csv, i, "loss") == json_number_or(loss, "value", NAN));
        assert_true(csv_number(csv, i, "loss_lo") == json_number_or(loss, "lo", NAN));
        assert_true(csv_number(csv, i, "loss_hi") == json_number_or(loss, "hi", NAN));
    }
    assert_null(strstr(scratch_read(x, "tables/returns_params_2x.md"), "price")); // none was given
    assert_non_null(strstr(csv, "price"));
    csv = scratch_read(x, "tables/params.csv");
    assert_non_null(strstr(csv, "name,value,lo,hi,unit\nE,"));
    assert_false(file_exists(scratch_path(x, "tables/dropped.csv"))); // no rows, no file
    json_close(doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
