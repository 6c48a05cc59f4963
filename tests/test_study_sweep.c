/* test_study_sweep.c: a sweep directory from its ledger to fit.json and back: newest word on
 * each run, dropped runs named, the hero foretold, sealed, and held against its outcome. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/planted.h"

#include "base/commands.h"
#include "base/file.h"
#include "base/ledger.h"
#include "analysis/points/points.h"

static const Surface TRUTH = {0.9, 18.97, 0.3, 84.37, 0.35};

typedef struct {
    Arena *arena;
    char dir[64];
    int n_events;
} Sweep;

static int open_sweep(void **state) {
    Arena *arena = arena_open();
    Sweep *s = ARENA_NEW(arena, Sweep);
    s->arena = arena;
    strcpy(s->dir, "/tmp/tinyscale-fit-XXXXXX");
    *state = s;
    return mkdtemp(s->dir) ? 0 : -1;
}

static const char *path_of(const Sweep *s, const char *file) {
    return arena_printf(s->arena, "%s/%s", s->dir, file);
}

static int close_sweep(void **state) {
    static const char *const FILES[] = {"ledger.jsonl", "fit.json", "prediction.json", ""};
    Sweep *s = *state;
    for (size_t i = 0; i < COUNT_OF(FILES); i++) remove(path_of(s, FILES[i]));
    arena_close(s->arena);
    return 0;
}

static void append(Sweep *s, const char *line) {
    Err err = {0};
    if (file_append_line(path_of(s, "ledger.jsonl"), line, &err) != OK) fail_msg("%s", err.message);
    s->n_events++;
}

static void append_run(Sweep *s, const char *id, const char *role, const char *status,
                       double params, double tokens, double loss) {
    append(s, arena_printf(
                  s->arena,
                  "{\"event\":\"run\",\"id\":\"%s\",\"role\":\"%s\",\"status\":\"%s\",\"why\":null,"
                  "\"trunk\":\"t%.0f\",\"schedule\":\"wsd\",\"params\":%.0f,\"tokens\":%.0f,"
                  "\"flops\":%.17g,"
                  "\"loss\":%.17g,\"loss_se\":0.001,\"data\":{\"seed\":1}}",
                  id, role, status, params, params, tokens, 6 * params * tokens, loss));
}

static void append_grid(Sweep *s, bool backwards) {
    append(s, "{\"event\":\"open\",\"name\":\"small\",\"corpus\":{\"entropy_nat\":0.88,\"floor_"
              "nat\":0.9,\"unigram_nat\":3.5}}");
    for (int k = 0; k < 20; k++) {
        const int i = backwards ? 19 - k : k;
        const Stream noise = stream_open(7, "noise", 0);
        const double params = 1e4 * pow(2, i / 4), tokens = 1e5 * pow(4, i % 4);
        const double loss =
            planted_loss(&TRUTH, params, tokens) * exp(0.003 * stream_normal(&noise, (uint64_t)i));
        append_run(s, arena_printf(s->arena, "run%02d", i), "grid", "done", params, tokens, loss);
    }
}

/* tinyscale fit with these arguments, its stdout thrown away. */
static Status fit(Sweep *s, Err *err, const char *a, const char *b, const char *c) {
    const char *argv[] = {"fit", s->dir, a, b, c, NULL};
    int argc = 2;
    while (argv[argc]) argc++;
    fflush(stdout);
    const int kept = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    const Status status = cmd_fit(argc, (char **)argv, err);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(null);
    return status;
}

static JsonDoc *json_of(Sweep *s, const char *file) {
    JsonDoc *doc;
    Err err = {0};
    if (json_open_file(path_of(s, file), &doc, &err) != OK) fail_msg("%s", err.message);
    return doc;
}

static void test_points_of_a_ledger(void **state) {
    Sweep *s = *state;
    append_grid(s, false);
    append_run(s, "run03", "grid", "done", 1e4, 6.4e6, 3.5);   // a newer word on the same run
    append_run(s, "run04", "grid", "diverged", 2e4, 1e5, 1e9); // and one that takes it back
    append_run(s, "hero", "hero", "done", 6e5, 2e7, 1.5);
    Points points, held;
    Err err = {0};
    if (points_open(s->arena, s->dir, &(PointsOptions){0}, &points, &held, &err) != OK)
        fail_msg("%s", err.message);
    assert_int_equal(points.n, 19);
    assert_int_equal(points.n_groups, 5);
    assert_int_equal(points.n_dropped, 1);
    assert_string_equal(points.dropped[0].id, "run04");
    assert_string_equal(points.dropped[0].rule, "diverged");
    assert_string_equal(points.name, "small");
    assert_near(points.floor_nat, 0.9, 0);
    assert_near(points.unigram_nat, 3.5, 0);
    assert_string_equal(points.rows[3].id, "run03");
    assert_near(points.rows[3].loss, 3.5, 0);
    assert_int_equal(held.n, 1);
    assert_true(held.rows[0].hero);
    const PointsOptions where = {.where = "schedule=wsd,params<3e4"};
    assert_int_equal(points_open(s->arena, s->dir, &where, &points, &held, &err), OK);
    assert_int_equal(points.n, 7);
}

static void test_order_of_events_changes_nothing(void **state) {
    Sweep *s = *state;
    Bytes first, second;
    Err err = {0};
    append_grid(s, false);
    assert_int_equal(fit(s, &err, "--resamples", "20", NULL), OK);
    assert_int_equal(file_read(s->arena, path_of(s, "fit.json"), &first, &err), OK);
    remove(path_of(s, "ledger.jsonl"));
    append_grid(s, true);
    assert_int_equal(fit(s, &err, "--resamples", "20", NULL), OK);
    assert_int_equal(file_read(s->arena, path_of(s, "fit.json"), &second, &err), OK);
    assert_string_equal(first.data, second.data);
}

static void test_a_hero_is_sealed_and_judged(void **state) {
    Sweep *s = *state;
    Err err = {0};
    append_grid(s, false);
    if (fit(s, &err, "--seal", "--predict", "id=hero,params=600k,tokens=2e7,flops=7.2e13") != OK)
        fail_msg("%s", err.message);
    JsonDoc *sealed = json_of(s, "prediction.json");
    const Json *list = json_get(json_root(sealed), "predictions"), *hero = json_first(list);
    assert_int_equal(json_size(list), 1);
    assert_int_equal(json_size(json_get(json_root(sealed), "fitted")), 20);
    assert_string_equal(json_string_or(hero, "id", ""), "hero");
    const double loss = json_number_or(hero, "loss", NAN), lo = json_number_or(hero, "lo", NAN);
    assert_near(json_number_or(hero, "flops", NAN), 7.2e13, 0);
    assert_close(loss, planted_loss(&TRUTH, 6e5, 2e7), 0.02);
    assert_true(lo < loss && loss < json_number_or(hero, "hi", NAN));

    JsonOut event = json_out(0);
    json_begin(&event, NULL, '{');
    json_put_string(&event, "event", "prediction");
    json_put_value(&event, "sealed", json_root(sealed));
    json_end(&event);
    append(s, event.text.s);
    text_close(&event.text);
    json_close(sealed);
    append_run(s, "hero", "hero", "done", 6e5, 2e7, lo - 0.1);
    assert_int_equal(fit(s, &err, "--resamples", "50", NULL), OK);
    JsonDoc *doc = json_of(s, "fit.json");
    const Json *row = json_first(json_get(json_root(doc), "prediction"));
    assert_string_equal(json_string_or(row, "kind", ""), "sealed");
    assert_string_equal(json_string_or(row, "interval", ""), "outside");
    assert_close(json_number_or(row, "rel_error", NAN), loss / (lo - 0.1) - 1, 1e-9);
    assert_near(json_number_or(json_root(doc), "n_points", 0), 20, 0); // the hero is never fitted
    assert_string_equal(json_string_or(json_get(json_root(doc), "holdout"), "rule", ""),
                        "role=hero");
    json_close(doc);
}

static void test_bad_use(void **state) {
    Sweep *s = *state;
    Err err = {0};
    assert_int_equal(fit(s, &err, "--resamples", "20", NULL), E_FAILED);
    assert_non_null(strstr(err.message, "no finished runs"));
    append_grid(s, false);
    assert_int_equal(fit(s, &err, "--seal", NULL, NULL), E_USAGE);
    assert_int_equal(fit(s, &err, "--predict", "params=2e5", NULL), E_USAGE);
    assert_int_equal(fit(s, &err, "--predict", "params=2e5,tokens=-1", NULL), E_USAGE);
    assert_int_equal(fit(s, &err, "--predict", "params=2e5,token=1", NULL), E_USAGE);
    assert_int_equal(fit(s, &err, "--level", "2", NULL), E_USAGE);
    assert_int_equal(fit(s, &err, "--law", "all", NULL), OK);
    JsonDoc *doc = json_of(s, "fit.json");
    assert_true(json_size(json_get(json_root(doc), "comparison")) > 2);
    assert_string_equal(json_string_or(json_root(doc), "law", ""), "chinchilla");
    json_close(doc);
}

#define SWEEP_TEST(name) cmocka_unit_test_setup_teardown(name, open_sweep, close_sweep)

int main(void) {
    const struct CMUnitTest tests[] = {
        SWEEP_TEST(test_points_of_a_ledger),
        SWEEP_TEST(test_order_of_events_changes_nothing),
        SWEEP_TEST(test_a_hero_is_sealed_and_judged),
        SWEEP_TEST(test_bad_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
