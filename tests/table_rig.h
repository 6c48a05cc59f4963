/* table_rig.h: tables given as text, made into points or refused. */
#ifndef TESTS_TABLE_RIG_H
#define TESTS_TABLE_RIG_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/planted.h"

#include "base/file.h"
#include "analysis/points/points.h"

static inline Status points_of(Arena *arena, const char *text, size_t size, const PointsOptions *o,
                               Points *out, Points *held, Err *err) {
    char path[] = "/tmp/tinyscale-csv-XXXXXX";
    const PointsOptions none = {0};
    close(mkstemp(path));
    assert_int_equal(file_write(path, text, size, err), OK);
    const Status status = points_open(arena, path, o ? o : &none, out, held, err);
    unlink(path);
    return status;
}

/* The message of a table that must be refused. */
static inline const char *refused(Arena *arena, const char *text, const PointsOptions *o) {
    Points points, held;
    Err err = {0};
    if (points_of(arena, text, strlen(text), o, &points, &held, &err) == OK)
        fail_msg("not refused: %s", text);
    return arena_strdup(arena, err.message);
}

static inline void assert_says(const char *message, const char *part) {
    if (!strstr(message, part)) fail_msg("'%s' does not say '%s'", message, part);
}

static inline Points accepted(Arena *arena, const char *text, const PointsOptions *o,
                              Points *held) {
    Points points;
    Err err = {0};
    if (points_of(arena, text, strlen(text), o, &points, held, &err) != OK)
        fail_msg("%s", err.message);
    return points;
}

#endif
