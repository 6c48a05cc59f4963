/* test_train_result.c: the table of results: result.json there and back, what is missing stays
 * missing, what only experts have. */
#include <math.h>
#include <string.h>

#include "tests/scratch_dir.h"
#include "train/result.h"

static bool is_word(size_t row) {
    return RESULT_FIELDS.rows[row].kind == RESULT_WORD;
}

static void *slot(size_t row, RunResult *r) {
    return (char *)r + RESULT_FIELDS.rows[row].offset;
}

static const char *json_of(Scratch *x, const RunResult *r) {
    JsonOut out = json_out(0);
    json_begin(&out, NULL, '{');
    run_result_to_json(r, &out);
    json_end(&out);
    const char *text = arena_strdup(x->arena, out.text.s);
    text_close(&out.text);
    return text;
}

static bool has_key(Scratch *x, const char *json, const char *name) {
    return strstr(json, arena_printf(x->arena, "\"%s\":", name)) != NULL;
}

/* Every number of RunResult has a row, and every row a number of its own. */
static void test_rows_cover_the_struct(void **state) {
    (void)state;
    char covered[sizeof(RunResult)] = {0};
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        const ResultField *f = &RESULT_FIELDS.rows[i];
        const size_t size = is_word(i) ? CPU_PATH_NAMES : sizeof(double);
        assert_true(*f->help && f->unit && f->offset + size <= sizeof(RunResult));
        for (size_t at = f->offset; at < f->offset + size; at++) {
            if (covered[at]) fail_msg("%s: another row reads the same bytes", f->name);
            covered[at] = 1;
        }
        for (size_t k = 0; k < i; k++) assert_string_not_equal(f->name, RESULT_FIELDS.rows[k].name);
    }
    for (size_t at = sizeof(double); at + sizeof(double) <= sizeof(RunResult);
         at++) // after the end
        if (!covered[at]) fail_msg("byte %zu of RunResult has no row", at);
}

static void test_there_and_back(void **state) {
    Scratch *x = *state;
    RunResult r = run_result_blank(), read;
    r.end = RUN_DONE;
    for (size_t i = 0; i < RESULT_FIELDS.n; i++)
        if (is_word(i))
            strcpy(slot(i, &r), "avx2+avx512");
        else
            *(double *)slot(i, &r) =
                RESULT_FIELDS.rows[i].kind == RESULT_COUNT ? 1e6 + (double)i : 1 / (double)(i + 3);
    r.tokens = 0x1p53 - 1; // counts are exact
    assert_ok(x, run_result_write(x->dir, &r, &x->err));
    assert_non_null(strstr(scratch_read(x, "result.json"), "\"tokens\": 9007199254740991,"));
    assert_ok(x, run_result_read(x->dir, &read, &x->err));
    assert_int_equal(read.end, RUN_DONE);
    assert_string_equal(json_of(x, &read), json_of(x, &r));
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        assert_true(has_key(x, json_of(x, &read), RESULT_FIELDS.rows[i].name));
        if (is_word(i))
            assert_string_equal(slot(i, &read), slot(i, &r));
        else
            assert_memory_equal(slot(i, &read), slot(i, &r), sizeof(double));
    }
}

/* A result of an earlier version lacks what was not measured then: null, never 0. */
static void test_missing_stays_missing(void **state) {
    Scratch *x = *state;
    RunResult r;
    scratch_write(x, "result.json", "{\"end\":\"done\",\"loss\":2.5,\"steps\":null}\n");
    assert_ok(x, run_result_read(x->dir, &r, &x->err));
    assert_true(r.loss == 2.5);
    assert_string_equal(r.cpu_path, "unknown");
    const char *json = json_of(x, &r);
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        const ResultField *f = &RESULT_FIELDS.rows[i];
        if (is_word(i) || strcmp(f->name, "loss") == 0) continue;
        assert_true(isnan(*(double *)slot(i, &r)));
        if (f->is & (RESULT_EXPERTS | RESULT_BRANCH))
            assert_false(has_key(x, json, f->name));
        else
            assert_non_null(strstr(json, arena_printf(x->arena, "\"%s\":null", f->name)));
    }
    scratch_write(x, "result.json", "{\"loss\":2.5}\n");
    assert_fails(x, run_result_read(x->dir, &r, &x->err), "end");
}

static void test_routing_is_of_experts(void **state) {
    Scratch *x = *state;
    RunResult r = run_result_blank();
    const RouterFacts routed = {0.5, 2, 1, 1.25, 0, 1, 3};
    for (int experts = 0; experts < 2; experts++) {
        if (experts) r.routing = routed;
        JsonOut out = json_out(0);
        json_begin(&out, NULL, '{');
        run_result_routing_to_json(&r.routing, &out);
        json_end(&out);
        for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
            const ResultField *f = &RESULT_FIELDS.rows[i];
            const size_t first = offsetof(RunResult, routing);
            const bool of_experts = f->offset - first < sizeof r.routing; // wraps round below it
            assert_int_equal(!!(f->is & RESULT_EXPERTS), of_experts);
            assert_int_equal(has_key(x, out.text.s, f->name), experts && of_experts);
            assert_int_equal(has_key(x, json_of(x, &r), f->name),
                             (experts || !of_experts) && !(f->is & RESULT_BRANCH));
        }
        text_close(&out.text);
    }
}

static void test_where_it_came_from_is_of_branches(void **state) {
    Scratch *x = *state;
    RunResult r = run_result_blank();
    for (int branch = 0; branch < 2; branch++) {
        if (branch) r.trained_tokens = 1000;
        for (size_t i = 0; i < RESULT_FIELDS.n; i++)
            if (RESULT_FIELDS.rows[i].is & RESULT_BRANCH)
                assert_int_equal(has_key(x, json_of(x, &r), RESULT_FIELDS.rows[i].name), branch);
    }
}

static void test_help_names_every_result(void **state) {
    Scratch *x = *state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    run_results_help(out);
    assert_int_equal(fclose(out), 0);
    for (size_t i = 0; i < RESULT_FIELDS.n; i++)
        assert_non_null(
            strstr(text, arena_printf(x->arena, "\n  %s ", RESULT_FIELDS.rows[i].name)));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_rows_cover_the_struct),
        TEST(test_there_and_back),
        TEST(test_missing_stays_missing),
        TEST(test_routing_is_of_experts),
        TEST(test_where_it_came_from_is_of_branches),
        TEST(test_help_names_every_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
