/* test_base_field.c: the option-field table and command lines: what is accepted, and every refusal
 * word for word. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/field.h"

typedef struct {
    int d_model, shift;
    uint64_t tokens, seed;
    double lr, budget, free;
    bool tied;
    const char *name, *schedule;
} Config;

static const char *const SCHEDULES[] = {"constant", "cosine", "wsd", NULL};
static const Field FIELDS[] = {
    {"d_model", FIELD_INT, offsetof(Config, d_model), 8, 4096, NULL, "",
     "width of the residual stream"},
    {"shift", FIELD_INT, offsetof(Config, shift), 1, 0, NULL, "", "any whole number"},
    {"tokens", FIELD_COUNT, offsetof(Config, tokens), 1, 1e12, NULL, "tok", "training tokens"},
    {"seed", FIELD_COUNT, offsetof(Config, seed), 1, 0, NULL, "", "of every stream"},
    {"lr", FIELD_REAL, offsetof(Config, lr), 0, 10, NULL, "", "peak learning rate"},
    {"budget", FIELD_SECONDS, offsetof(Config, budget), 1, INFINITY, NULL, "s", "wall time"},
    {"free", FIELD_REAL, offsetof(Config, free), 1, 0, NULL, "", "any number"},
    {"tied", FIELD_BOOL, offsetof(Config, tied), 0, 0, NULL, "", "tie head and embedding"},
    {"name", FIELD_STRING, offsetof(Config, name), 0, 0, NULL, "", "of the run"},
    {"schedule", FIELD_CHOICE, offsetof(Config, schedule), 0, 0, SCHEDULES, "",
     "learning-rate schedule"},
};
static const FieldTable TABLE = {"run config", FIELDS, COUNT_OF(FIELDS)};

static Config defaults(void) {
    return (Config){.d_model = 64,
                    .tokens = 1000,
                    .lr = 0.004,
                    .budget = 60,
                    .name = "run",
                    .schedule = SCHEDULES[2]};
}

typedef struct {
    Arena *arena;
    Config config;
    Args args;
    Err err;
} Fixture;

static int set_up(void **state) {
    Fixture *x = calloc(1, sizeof *x);
    x->arena = arena_open();
    x->config = defaults();
    *state = x;
    return 0;
}

static int tear_down(void **state) {
    Fixture *x = *state;
    arena_close(x->arena);
    free(x);
    return 0;
}

static Status parse(Fixture *x, int argc, const char *const *argv) {
    const FieldGroup groups[] = {{&TABLE, &x->config}};
    const ArgSpec spec = {"tinyscale train CONFIG [--flags]", "Trains.", groups, 1, 0, 2};
    return args_parse(&spec, x->arena, argc, (char **)argv, &x->args, &x->err);
}

#define PARSE(x, ...)                                                                              \
    parse((x), (int)COUNT_OF(((const char *[]){"train", __VA_ARGS__})),                            \
          (const char *[]){"train", __VA_ARGS__})

static void accepts(Fixture *x, Status status) {
    if (status != OK) fail_msg("%s", x->err.message);
}

static void refuses(Fixture *x, Status status, const char *message) {
    assert_int_equal(status, E_USAGE);
    assert_string_equal(x->err.message, message);
}

static void flags_set_fields(void **state) {
    Fixture *x = *state;
    accepts(x, PARSE(x, "a.json", "--d-model", "128", "--tokens=250k", "--lr", "3e-4", "--budget",
                     "2h", "--tied", "--name", "x=y", "--schedule=cosine", "-", "--shift", "-1",
                     "--free=-.5", "--seed", "18446744073709551615"));
    assert_int_equal(x->args.n_args, 2);
    assert_string_equal(x->args.args[0], "a.json");
    assert_string_equal(x->args.args[1], "-");
    assert_int_equal(x->config.d_model, 128);
    assert_int_equal(x->config.shift, -1);
    assert_int_equal(x->config.tokens, 250000);
    assert_true(x->config.seed == UINT64_MAX);
    assert_true(x->config.lr == 3e-4 && x->config.budget == 7200 && x->config.free == -0.5);
    assert_true(x->config.tied);
    assert_string_equal(x->config.name, "x=y");
    assert_ptr_equal(x->config.schedule, SCHEDULES[1]);
    for (size_t i = 0; i < COUNT_OF(FIELDS); i++) assert_true(x->args.seen_flag[i]);
}

static void flags_may_be_written_otherwise(void **state) {
    Fixture *x = *state;
    accepts(x, PARSE(x, "--d_model=16", "--tied", "false", "b"));
    assert_int_equal(x->config.d_model, 16);
    assert_false(x->config.tied);
    assert_int_equal(x->args.n_args, 1);
    assert_true(x->args.seen_flag[0] && x->args.seen_flag[7] && !x->args.seen_flag[1]);
    accepts(x, PARSE(x, "--tied", "b")); // b is a positional
    assert_true(x->config.tied && x->args.n_args == 1);
    accepts(x, PARSE(x, "--name=--odd", "-1"));
    assert_string_equal(x->config.name, "--odd");
    assert_string_equal(x->args.args[0], "-1");
}

static void flags_are_refused(void **state) {
    Fixture *x = *state;
    refuses(x, PARSE(x, "--d-modle", "3"), "unknown flag '--d-modle', did you mean '--d-model'?");
    refuses(x, PARSE(x, "--banana"), "unknown flag '--banana'");
    refuses(x, PARSE(x, "--helo"), "unknown flag '--helo', did you mean '--help'?");
    refuses(x, PARSE(x, "-x"), "unknown flag '-x': flags begin with '--'");
    refuses(x, PARSE(x, "--lr"), "--lr: needs a value");
    refuses(x, PARSE(x, "--lr", "--tied"), "--lr: needs a value");
    refuses(x, PARSE(x, "--lr="), "--lr: needs a number, not ''");
    refuses(x, PARSE(x, "--lr", "fast"), "--lr: needs a number, not 'fast'");
    refuses(x, PARSE(x, "--lr", "nan"), "--lr: needs a number, not 'nan'");
    refuses(x, PARSE(x, "--free", "inf"), "--free: needs a number, not 'inf'");
    refuses(x, PARSE(x, "--lr", "11"), "--lr: must be from 0 to 10, not '11'");
    refuses(x, PARSE(x, "--d-model", "1.5"), "--d-model: needs a whole number, not '1.5'");
    refuses(x, PARSE(x, "--d-model", "-16"), "--d-model: must be from 8 to 4096, not '-16'");
    refuses(x, PARSE(x, "--shift", "3e9"),
            "--shift: must be from -2147483648 to 2147483647, not '3e9'");
    refuses(x, PARSE(x, "--tokens", "-5"),
            "--tokens: needs a count such as 250000, 2.5e5 or \"250k\", not '-5'");
    refuses(x, PARSE(x, "--tokens", "2e12"),
            "--tokens: must be from 1 to 1000000000000 tok, not '2e12'");
    refuses(x, PARSE(x, "--budget", "0"), "--budget: must be at least 1 s, not '0'");
    refuses(x, PARSE(x, "--tied=yes"), "--tied: needs true or false, not 'yes'");
    refuses(x, PARSE(x, "--schedule", "cosin"),
            "--schedule: needs one of constant, cosine, wsd; not 'cosin', did you mean 'cosine'?");
    refuses(x, PARSE(x, "--lr", "1", "--lr", "2"), "--lr: given twice");
    refuses(x, PARSE(x, "--d-model", "16", "--d_model=16"), "--d_model: given twice");
    refuses(x, PARSE(x, "--tied", "--tied", "false"), "--tied: given twice");
    refuses(x, PARSE(x, "a", "b", "c"),
            "unexpected argument 'c'; usage: tinyscale train CONFIG [--flags]");
    const ArgSpec needy = {"tinyscale fit PATH", "", NULL, 0, 1, 1};
    refuses(x, args_parse(&needy, x->arena, 1, (char *[]){"fit"}, &x->args, &x->err),
            "an argument is missing; usage: tinyscale fit PATH");
}

static Status from_json(Fixture *x, const char *text) {
    static const char *const SKIP[] = {"axes", NULL};
    JsonDoc *doc;
    if (json_open(text, "sweep.json", &doc, &x->err) != OK) fail_msg("%s", x->err.message);
    const Json *base = json_get(json_root(doc), "base");
    const Status status = fields_from_json(&TABLE, &x->config, x->arena, doc, base, SKIP, &x->err);
    json_close(doc);
    return status;
}

static void json_sets_fields(void **state) {
    Fixture *x = *state;
    accepts(
        x,
        from_json(
            x,
            "{\"base\": {\"d_model\": 32, \"tokens\": \"1M\", \"seed\": \"18446744073709551615\","
            " \"lr\": 1e-3, \"budget\": \"30m\", \"tied\": true, \"name\": \"demo\","
            " \"schedule\": \"constant\", \"axes\": 3}}"));
    assert_int_equal(x->config.d_model, 32);
    assert_int_equal(x->config.tokens, 1000000);
    assert_true(x->config.seed == UINT64_MAX);
    assert_true(x->config.lr == 1e-3 && x->config.budget == 1800 && x->config.tied &&
                x->config.free == 0);
    assert_string_equal(x->config.name, "demo"); // a copy: the document is closed
    assert_ptr_equal(x->config.schedule, SCHEDULES[0]);
    accepts(x, from_json(x, "{\"base\": {\"tokens\": 2.5e5, \"budget\": 90}}"));
    assert_int_equal(x->config.tokens, 250000);
}

static void json_is_refused(void **state) {
    Fixture *x = *state;
    refuses(x, from_json(x, "{\"base\": {\"lr\": \"fast\"}}"),
            "sweep.json: base.lr: needs a number, not a string");
    refuses(x, from_json(x, "{\"base\": {\"d_modle\": 3}}"),
            "sweep.json: base: unknown key 'd_modle', did you mean 'd_model'?");
    refuses(x, from_json(x, "{\"base\": {\"axs\": 3}}"),
            "sweep.json: base: unknown key 'axs', did you mean 'axes'?");
    refuses(x, from_json(x, "{\"base\": {\"d_model\": 16.5}}"),
            "sweep.json: base.d_model: needs a whole number, not 16.5");
    refuses(x, from_json(x, "{\"base\": {\"d_model\": 7}}"),
            "sweep.json: base.d_model: must be from 8 to 4096, not 7");
    refuses(x, from_json(x, "{\"base\": {\"d_model\": [7]}}"),
            "sweep.json: base.d_model: needs a whole number, not an array");
    refuses(x, from_json(x, "{\"base\": {\"tokens\": -1}}"),
            "sweep.json: base.tokens: needs a count such as 250000, 2.5e5 or \"250k\", not -1");
    refuses(
        x, from_json(x, "{\"base\": {\"seed\": 18446744073709551615}}"),
        "sweep.json: base.seed: 1.8446744073709552e19 is above 2^53, where numbers lose digits; "
        "write it as a "
        "string of digits");
    refuses(x, from_json(x, "{\"base\": {\"tied\": 1}}"),
            "sweep.json: base.tied: needs true or false, not a number");
    refuses(x, from_json(x, "{\"base\": {\"name\": true}}"),
            "sweep.json: base.name: needs a string, not true or false");
    refuses(x, from_json(x, "{\"base\": {\"schedule\": \"wds\"}}"),
            "sweep.json: base.schedule: needs one of constant, cosine, wsd; not 'wds', did you "
            "mean 'wsd'?");
    refuses(x, from_json(x, "{\"base\": {\"d_model\": null}}"),
            "sweep.json: base.d_model: needs a whole number, not null; leave the key out for its "
            "default");
    refuses(x, from_json(x, "{\"base\": []}"),
            "sweep.json: base: needs an object (the run config), not an array");
    assert_int_equal(x->config.d_model, 64);
}

static void records_come_back_from_json(void **state) {
    Fixture *x = *state;
    x->config.seed = UINT64_MAX - 1;
    x->config.lr = 0.1 + 0.2;
    const Config before = x->config;
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    json_begin(&j, "base", '{');
    fields_to_json(&TABLE, &x->config, &j);
    json_end(&j);
    json_end(&j);
    x->config = (Config){0};
    accepts(x, from_json(x, j.text.s));
    assert_true(x->config.seed == before.seed && x->config.lr == before.lr);
    assert_true(x->config.d_model == before.d_model && x->config.tokens == before.tokens);
    assert_string_equal(x->config.name, before.name);
    assert_ptr_equal(x->config.schedule, before.schedule);
    text_close(&j.text);
}

static void fields_are_found_and_shown(void **state) {
    Fixture *x = *state;
    char buffer[32];
    assert_ptr_equal(field_find(&TABLE, "d-model"), &FIELDS[0]);
    assert_ptr_equal(field_find(&TABLE, "d_model"), &FIELDS[0]);
    assert_null(field_find(&TABLE, "d_mode"));
    assert_null(field_find(&TABLE, "d_models"));
    assert_string_equal(field_suggest(&TABLE, "schedul"), "schedule");
    assert_string_equal(field_to_text(&FIELDS[4], &x->config, buffer, sizeof buffer), "0.004");
    assert_string_equal(field_to_text(&FIELDS[7], &x->config, buffer, sizeof buffer), "false");
    assert_true(field_as_number(&FIELDS[2], &x->config) == 1000);
    assert_true(isnan(field_as_number(&FIELDS[9], &x->config)));
}

static void help_shows_live_defaults(void **state) {
    Fixture *x = *state;
    char *text = NULL;
    size_t size = 0;
    x->config.lr = 0.125;
    FILE *out = open_memstream(&text, &size);
    fields_help(&TABLE, &x->config, out);
    fclose(out);
    assert_non_null(
        strstr(text, "  --d-model N                width of the residual stream (default 64)\n"));
    assert_non_null(strstr(text, "peak learning rate (default 0.125)\n"));
    assert_non_null(strstr(text, "training tokens [tok] (default 1000)\n"));
    assert_non_null(strstr(text, "learning-rate schedule: constant|cosine|wsd (default wsd)\n"));
    free(text);
}

static void help_ends_the_parse(void **state) {
    Fixture *x = *state;
    fflush(stdout);
    const int kept = dup(STDOUT_FILENO);
    FILE *file = tmpfile();
    dup2(fileno(file), STDOUT_FILENO);
    const Status status = PARSE(x, "--nonsense", "--help", "a", "b", "c");
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    char text[4096];
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    accepts(x, status);
    assert_true(x->args.help);
    const char *head =
        "usage: tinyscale train CONFIG [--flags]\n\nTrains.\n\nrun config:\n  --d-model N ";
    assert_memory_equal(text, head, strlen(head));
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(flags_set_fields),
        WITH_FIXTURE(flags_may_be_written_otherwise),
        WITH_FIXTURE(flags_are_refused),
        WITH_FIXTURE(json_sets_fields),
        WITH_FIXTURE(json_is_refused),
        WITH_FIXTURE(records_come_back_from_json),
        WITH_FIXTURE(fields_are_found_and_shown),
        WITH_FIXTURE(help_shows_live_defaults),
        WITH_FIXTURE(help_ends_the_parse),
    };
    return cmocka_run_group_tests_name("base: field, args", tests, NULL, NULL);
}
