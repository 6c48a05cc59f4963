/* scratch_dir.h: for tests that need files: a directory of their own, an arena and an Err, gone
 * afterwards. */
#ifndef TESTS_SCRATCH_DIR_H
#define TESTS_SCRATCH_DIR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"

typedef struct {
    char dir[64];
    Arena *arena;
    Err err;
} Scratch;

static inline int scratch_open(void **state) {
    Scratch *x = calloc(1, sizeof *x);
    *state = x;
    snprintf(x->dir, sizeof x->dir, "%s/tinyscale-test-XXXXXX", P_tmpdir);
    x->arena = arena_open();
    return mkdtemp(x->dir) ? 0 : -1;
}

static inline int scratch_close(void **state) {
    Scratch *x = *state;
    const int removed = system(arena_printf(x->arena, "rm -rf %s", x->dir));
    arena_close(x->arena);
    free(x);
    return removed;
}

static inline char *scratch_path(Scratch *x, const char *name) {
    return arena_printf(x->arena, "%s/%s", x->dir, name);
}

static inline char *scratch_write(Scratch *x, const char *name, const char *text) {
    char *path = scratch_path(x, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    return path;
}

static inline char *scratch_read(Scratch *x, const char *name) {
    Bytes b;
    if (file_read(x->arena, scratch_path(x, name), &b, &x->err) != OK)
        fail_msg("%s", x->err.message);
    return b.data;
}

#define assert_ok(x, call)                                                                         \
    do {                                                                                           \
        if ((call) != OK) fail_msg("%s", (x)->err.message);                                        \
    } while (0)
/* The call fails, and its one line says `part`. */
#define assert_fails(x, call, part)                                                                \
    do {                                                                                           \
        assert_int_not_equal((call), OK);                                                          \
        if (!strstr((x)->err.message, (part)))                                                     \
            fail_msg("'%s' does not say '%s'", (x)->err.message, (part));                          \
    } while (0)

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_open, scratch_close)

#endif
