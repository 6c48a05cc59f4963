/* test_model_paths.c: which CPU path is taken, and that all of them are the same model. With
 * --list: the paths that this processor can, best first, a line each; on stderr, those it cannot.
 */
#include "tests/check.h"

#include <stdlib.h>

static const char *const NAMES[] = {"amx", "avx512", "avx2", "plain"}; // best first

static Status choose(const char *name, const CpuPath **path, Err *err) {
    if (name)
        setenv("TINYSCALE_CPU", name, 1);
    else
        unsetenv("TINYSCALE_CPU");
    return cpu_path_choose(path, err);
}

static bool can(const char *name) {
    const CpuPath *path;
    Err err;
    return choose(name, &path, &err) == OK;
}

static const char *best(void) {
    size_t i = 0;
    while (!can(NAMES[i])) i++;
    return NAMES[i];
}

/* --- the choice ------------------------------------------------------------------------------- */

static void test_best_is_taken_unasked(void **state) {
    (void)state;
    const char *const nothing[] = {NULL, ""};
    for (size_t i = 0; i < COUNT_OF(nothing); i++) {
        const CpuPath *path;
        Err err;
        assert_int_equal(choose(nothing[i], &path, &err), OK);
        assert_string_equal(path->name, best());
        assert_string_equal(cpu_path_name(), best());
    }
    assert_true(can("plain")); // everywhere
}

static void test_named_is_taken(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        const CpuPath *path;
        Err err;
        if (choose(NAMES[i], &path, &err) == OK) {
            assert_string_equal(path->name, NAMES[i]);
            assert_string_equal(cpu_path_name(), NAMES[i]);
        } else
            assert_non_null(strstr(err.message, NAMES[i]));
    }
}

static void test_unknown_is_refused(void **state) {
    static const struct {
        const char *name, *part;
    } CASES[] = {{"avx51", "did you mean 'avx512'?"},
                 {"Plain", "did you mean 'plain'?"},
                 {"quantum", "avx2 and plain"}};
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const CpuPath *path;
        Err err;
        Model model;
        assert_int_equal(choose(CASES[i].name, &path, &err), E_USAGE);
        assert_non_null(strstr(err.message, CASES[i].part));
        assert_non_null(strstr(err.message, CASES[i].name));
        assert_string_equal(cpu_path_name(), "unknown");
        const Dims d = {.B = 1, .T = 1, .C = 2, .L = 1, .H = 1, .D = 2, .F = 1, .V = 2};
        assert_int_equal(model_init(&model, &d, ((Rig *)*state)->arena, &err), E_USAGE);
    }
}

/* --- the same model --------------------------------------------------------------------------- */

/* Losses and gradients of the paths are those of the plain one, up to rounding. */
static void test_paths_agree(void **state) {
    for (int combination = 0; combination < 12; combination++) {
        const bool experts = combination >= 8;
        const Dims d = {.B = 4, // products large enough for every path's own way
                        .T = ATTENTION_TILE + 21,
                        .C = 40,
                        .L = 2,
                        .H = 4,
                        .D = 10,
                        .F = 90,
                        .V = 97,
                        .act = combination & 1 ? ACT_SWIGLU : ACT_GELU,
                        .qk_norm = combination & 2,
                        .tied = combination & 4,
                        .logit_scale = (real)0.8,
                        .moe = {.E = experts ? 3 : 0,
                                .K = experts ? 2 : 0,
                                .S = combination % 2,
                                .F = 90,
                                .every = 1 + combination / 2 % 2,
                                .router = combination % 4,
                                .aux = (real)0.01,
                                .z = (real)0.001}};
        const size_t n = params_size(&d);
        Net plain, net;
        assert_true(can("plain"));
        net_init(*state, &plain, &d);
        const double want = gradient_of(&plain), *gradient = widen(*state, plain.lane.grad, n);
        for (size_t i = 0; i + 1 < COUNT_OF(NAMES); i++) {
            if (!can(NAMES[i])) continue;
            net_init(*state, &net, &d);
            assert_string_equal(net.model.cpu->name, NAMES[i]);
            memcpy(net.model.storage, plain.model.storage, n * sizeof(real));
            net.tokens = plain.tokens, net.targets = plain.targets;
            assert_at_most(fabs(gradient_of(&net) - want), TOLERANCE * want);
            assert_close(net.lane.grad, gradient, n, TOLERANCE);
        }
    }
}

static int forget(void **state) {
    (void)state;
    unsetenv("TINYSCALE_CPU");
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(test_best_is_taken_unasked),
        TEST(test_named_is_taken),
        TEST(test_unknown_is_refused),
        TEST(test_paths_agree),
    };
    if (argc < 2 || strcmp(argv[1], "--list") != 0)
        return cmocka_run_group_tests(tests, NULL, forget);
    for (size_t i = 0; i < COUNT_OF(NAMES); i++)
        fprintf(can(NAMES[i]) ? stdout : stderr, "%s\n", NAMES[i]);
    return 0;
}
