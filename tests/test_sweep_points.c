/* test_sweep_points.c: points.csv: plan order, the newest row of each id, empty cells, quotes,
 * timing last; every result has its column, and the analysis knows those that it can use. */
#include <string.h>

#include "analysis/points/best.h"
#include "analysis/points/point_columns.h"
#include "analysis/points/points.h"
#include "sweep/points_csv.h"
#include "tests/scratch_dir.h"
#include "train/config.h"
#include "train/result.h"

static const char ROW[] = "{\"event\":\"run\",\"id\":\"%s\",\"role\":\"%s\",\"status\":\"%s\","
                          "\"params\":1864,\"tokens\":1e6,"
                          "\"loss\":%s,\"schedule\":\"%s\",\"qk_norm\":true,\"lr\":0.0003,\"wall_"
                          "s\":%s,\"peak_bytes\":7000000,\"cpu_path\":\"avx2\"}";

static char *row(Scratch *x, const char *id, const char *role, const char *status, const char *loss,
                 const char *schedule, const char *wall_s) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return arena_printf(x->arena, ROW, id, role, status, loss, schedule, wall_s);
#pragma GCC diagnostic pop
}

static Ledger *ledger_of(Scratch *x, const char *const *lines, size_t n) {
    Ledger *l = NULL;
    bool torn;
    remove(scratch_path(x, "ledger.jsonl"));
    assert_ok(x, ledger_open(x->dir, true, &l, &torn, &x->err));
    for (size_t i = 0; i < n; i++) assert_ok(x, ledger_append(l, lines[i], &x->err));
    return l;
}

static char *csv_of(Scratch *x, const char *const *lines, size_t n_lines, const char *const *ids,
                    size_t n_ids) {
    Ledger *l = ledger_of(x, lines, n_lines);
    assert_ok(x, points_csv_write(scratch_path(x, "points.csv"), l, ids, n_ids, &x->err));
    ledger_close(l);
    return scratch_read(x, "points.csv");
}

/* Cell of a column on line i (0 is the head), by a plain split at commas. */
static char *cell(Scratch *x, const char *csv, int line, const char *column) {
    char *copy = arena_strdup(x->arena, csv), *save, *head_save, *cell_save;
    char *head = strtok_r(copy, "\n", &save), *text = head;
    for (int i = 0; i < line; i++) text = strtok_r(NULL, "\n", &save);
    assert_non_null(text);
    if (line == 0) return text;
    text = arena_strdup(x->arena, text);
    cell_save = text;
    for (char *name = strtok_r(head, ",", &head_save); name;
         name = strtok_r(NULL, ",", &head_save)) {
        char *value = strsep(&cell_save, ",");
        if (strcmp(name, column) == 0) return value;
    }
    fail_msg("no column %s", column);
    return NULL;
}

static void head_begins_with_the_contract_and_ends_with_timing(void **state) {
    Scratch *x = *state;
    const char *head = cell(x, csv_of(x, NULL, 0, NULL, 0), 0, "");
    static const char first[] =
        "id,role,params,tokens,loss,loss_se,flops,params_total,params_hidden,params_matmul,"
        "params_active,unique_tokens,trunk,seed,train_loss,clipped,status,cpu_path,layers,"
        "d_model,";
    static const char last[] =
        ",wall_s,cpu_s,tok_per_s,peak_bytes,branched_from,trained_tokens,threads";
    assert_memory_equal(head, first, sizeof first - 1);
    assert_string_equal(head + strlen(head) - strlen(last), last);
    const char *tokens = strstr(head, ",tokens,");
    assert_null(strstr(tokens + 1, ",tokens,")); // no column twice
}

/* Columns follow from the table of results: those that a clock changes behind all others. */
static void every_result_has_its_column(void **state) {
    Scratch *x = *state;
    const char *head = cell(x, csv_of(x, NULL, 0, NULL, 0), 0, "");
    const char *clocks = strstr(head, ",wall_s,");
    assert_non_null(clocks);
    assert_non_null(strstr(head, ",load_cv,load_max,dead_experts,router_entropy,dropped,"
                                 "balance_loss,router_z_loss,wall_s,"));
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        const ResultField *f = &RESULT_FIELDS.rows[i];
        const char *name = arena_printf(x->arena, ",%s,", f->name), *at = strstr(head, name);
        if (f->is & RESULT_LEDGER_ONLY) {
            assert_null(at);
            continue;
        }
        if (!at || strstr(at + 1, name)) fail_msg("%s: needs one column", f->name);
        if ((at >= clocks) != !!(f->is & RESULT_CLOCK)) fail_msg("%s: is elsewhere", f->name);
    }
}

/* analysis/ does not see train/, and has its own list of columns: both are held together here. */
static void the_analysis_knows_the_results_that_it_can_use(void **state) {
    (void)state;
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        const ResultField *f = &RESULT_FIELDS.rows[i];
        if ((point_columns_field(f->name) >= 0) != !!(f->is & RESULT_POINT))
            fail_msg("%s: %s", f->name,
                     f->is & RESULT_POINT ? "no column that analysis/points knows"
                                          : "analysis/points reads it: its row needs RESULT_POINT");
    }
}

/* As above, for the columns that make a cell of --best. */
static void the_analysis_knows_the_settings_of_a_run(void **state) {
    (void)state;
    for (size_t i = 0; i < RUN_FIELDS.n; i++)
        if (!best_knows_setting(RUN_FIELDS.rows[i].name))
            fail_msg("%s: analysis/points/best.c does not list it", RUN_FIELDS.rows[i].name);
}

/* Tuning runs are no rows; what the sweep says of its rates and its "best" are handed on, from the
 * newest rule and from the check of that rule alone. */
static void what_a_tuned_sweep_says_is_read(void **state) {
    Scratch *x = *state;
    static const char *const CHECKS[] = {"new", "old"};
    for (int i = 0; i < 2; i++) {
        const char *run = ",\"status\":\"done\",\"tokens\":9,\"loss\":2,\"lr\":1,\"params\":";
        scratch_write(
            x, "ledger.jsonl",
            arena_printf(x->arena,
                         "{\"event\":\"open\",\"best\":\"lr\"}\n"
                         "{\"event\":\"run\",\"id\":\"a\",\"role\":\"tuning\"%s7}\n"
                         "{\"event\":\"run\",\"id\":\"b\",\"role\":\"tuning\",\"status\":"
                         "\"diverged\"}\n"
                         "{\"event\":\"run\",\"id\":\"c\",\"role\":\"grid\"%s8}\n"
                         "{\"event\":\"tuned\",\"key\":\"old\",\"untuned\":\"long ago\"}\n"
                         "{\"event\":\"tuned\",\"key\":\"new\",\"untuned\":null}\n"
                         "{\"event\":\"checked\",\"key\":\"%s\",\"untuned\":\"too high\"}\n",
                         run, run, CHECKS[i]));
        Points p, held;
        assert_ok(x, points_open(x->arena, x->dir, &(PointsOptions){0}, &p, &held, &x->err));
        assert_int_equal(p.n, 1);
        assert_true(p.rows[0].params == 8 && p.tuned);
        assert_int_equal(p.n_untuned, i == 0);
        if (i == 0) assert_string_equal(p.untuned[0], "too high");
        assert_string_equal(p.best, "lr");
        assert_int_equal(p.n_dropped, 0);
    }
}

static void rows_stand_in_plan_order_and_the_newest_counts(void **state) {
    Scratch *x = *state;
    const char *const lines[] = {row(x, "c", "hero", "done", "1.25", "wsd", "3"),
                                 row(x, "a", "grid", "failed", "null", "wsd", "null"),
                                 row(x, "b", "grid", "diverged", "null", "wsd", "2"),
                                 row(x, "a", "grid", "done", "1.5", "wsd", "1.5")};
    const char *const ids[] = {"a", "pending", "b", "c"};
    const char *csv = csv_of(x, lines, 4, ids, 4);
    static const char *const want[][4] = {
        {"id", "a", "b", "c"},
        {"role", "grid", "grid", "hero"},
        {"status", "done", "diverged", "done"},
        {"loss", "1.5", "", "1.25"},
        {"wall_s", "1.5", "2", "3"},
        {"loss_se", "", "", ""},
        {"tokens", "1000000", "1000000", "1000000"},
        {"lr", "0.0003", "0.0003", "0.0003"},
        {"qk_norm", "true", "true", "true"},
        {"cpu_path", "avx2", "avx2", "avx2"},
        {"peak_bytes", "7000000", "7000000", "7000000"},
    };
    for (size_t i = 0; i < COUNT_OF(want); i++)
        for (int line = 1; line <= 3; line++)
            assert_string_equal(cell(x, csv, line, want[i][0]), want[i][line]);
    int newlines = 0;
    for (const char *c = csv; *c; c++) newlines += *c == '\n';
    assert_int_equal(newlines, 4);
}

/* Rows in another order, a failure in between, other timings: the same bytes up to the timing
 * columns. */
static void same_bytes_however_the_sweep_went(void **state) {
    Scratch *x = *state;
    const char *const calm[] = {row(x, "a", "grid", "done", "1.5", "wsd", "1"),
                                row(x, "b", "grid", "done", "1.25", "wsd", "1")};
    const char *const rough[] = {row(x, "b", "grid", "killed", "null", "wsd", "null"),
                                 row(x, "b", "grid", "done", "1.25", "wsd", "9"),
                                 row(x, "a", "grid", "done", "1.5", "wsd", "8")};
    const char *const ids[] = {"a", "b"};
    const char *one = csv_of(x, calm, 2, ids, 2), *two = csv_of(x, rough, 3, ids, 2);
    assert_string_not_equal(one, two);
    for (int line = 1; line <= 2; line++) {
        static const char *const columns[] = {"id",   "role",   "params",   "tokens",
                                              "loss", "status", "schedule", "lr"};
        for (size_t c = 0; c < COUNT_OF(columns); c++)
            assert_string_equal(cell(x, one, line, columns[c]), cell(x, two, line, columns[c]));
    }
}

static void cells_with_commas_and_quotes_are_quoted(void **state) {
    Scratch *x = *state;
    const char *const lines[] = {row(x, "a", "grid", "done", "1.5", "w,s\\\"d", "1")};
    const char *const ids[] = {"a"};
    assert_non_null(strstr(csv_of(x, lines, 1, ids, 1), ",\"w,s\"\"d\","));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(head_begins_with_the_contract_and_ends_with_timing),
        TEST(every_result_has_its_column),
        TEST(the_analysis_knows_the_results_that_it_can_use),
        TEST(the_analysis_knows_the_settings_of_a_run),
        TEST(what_a_tuned_sweep_says_is_read),
        TEST(rows_stand_in_plan_order_and_the_newest_counts),
        TEST(same_bytes_however_the_sweep_went),
        TEST(cells_with_commas_and_quotes_are_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
