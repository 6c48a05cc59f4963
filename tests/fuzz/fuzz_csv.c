/* fuzz_csv.c: libFuzzer target: a --where condition on the first line, a table after it; any bytes
 * end in points or in one line of error. */
#include <math.h>
#include <string.h>

#include "points/points.h"
#include "tests/fuzz/fuzz_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena *arena = arena_open();
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    const size_t head = newline ? (size_t)(newline - data) : 0;
    const size_t skipped = newline ? head + 1 : 0;
    char path[96], *condition = arena_strndup(arena, (const char *)data, head);
    fuzz_file(path, "points.csv", data + skipped, size - skipped);
    const PointsOptions options = {.where = head ? condition : NULL};
    Points points, held;
    Err err = {0};
    if (points_open(arena, path, &options, &points, &held, &err) == OK) {
        for (size_t i = 0; i < points.n; i++) {
            const Point *p = &points.rows[i];
            MUST(p->params > 0 && p->tokens > 0 && p->flops > 0 && isfinite(p->loss));
            MUST(p->group >= 0 && p->group < points.n_groups && p->line > 1);
        }
    } else {
        MUST(err.message[0] && !strchr(err.message, '\n'));
    }
    arena_close(arena);
    return 0;
}
