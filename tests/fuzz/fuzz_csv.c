/* fuzz_csv.c: libFuzzer target: on the first four lines --where, --holdout, --columns and --shape,
 * the last of which begins with letters for the other flags; a table after them, which may be
 * packed and torn. Any bytes end in points or in one line of error. */
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "analysis/points/points.h"
#include "tests/fuzz/fuzz_file.h"

typedef struct {
    const uint8_t *at, *end;
} Rest;

static const char *line_of(Arena *arena, Rest *r) {
    const uint8_t *newline = r->at < r->end ? memchr(r->at, '\n', (size_t)(r->end - r->at)) : NULL;
    if (!newline) return NULL;
    const char *line = arena_strndup(arena, (const char *)r->at, (size_t)(newline - r->at));
    r->at = newline + 1;
    return *line ? line : NULL;
}

/* The rest as gzip has it. */
static size_t pack(Arena *arena, Rest r, uint8_t **out) {
    const size_t room = (size_t)(r.end - r.at) + 256;
    z_stream z = {.next_in = (Bytef *)r.at, .avail_in = (uInt)(r.end - r.at)};
    *out = arena_alloc(arena, room);
    z.next_out = *out, z.avail_out = (uInt)room;
    MUST(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    MUST(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static void check(const Points *p) {
    for (size_t i = 0; i < p->n; i++) {
        const Point *row = &p->rows[i];
        MUST(row->params > 0 && row->tokens > 0 && row->flops > 0 && row->loss > 0);
        MUST(isfinite(row->params) && isfinite(row->flops) && isfinite(row->loss));
        MUST(row->group >= 0 && row->group < p->n_groups && row->line > 1);
    }
    for (size_t i = 0; i < p->n_dropped; i++)
        MUST(p->dropped[i].rows > 0 && p->dropped[i].line > 0 && *p->dropped[i].rule);
    MUST(p->n_convention && p->c_convention);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena *arena = arena_open();
    Rest rest = {data, data + size};
    PointsOptions o = {0};
    o.where = line_of(arena, &rest);
    o.holdout = line_of(arena, &rest);
    o.columns = line_of(arena, &rest);
    const char *flags = line_of(arena, &rest), *shape = flags ? strchr(flags, ' ') : NULL;
    o.shape = shape ? shape + 1 : NULL;
    if (flags && strchr(flags, ',')) o.decimal = "comma";
    if (flags && strchr(flags, 'h')) o.count = "hidden";
    if (flags && strchr(flags, 'e')) o.flops = "exact";
    uint8_t *packed = (uint8_t *)rest.at;
    size_t n = (size_t)(rest.end - rest.at);
    if (flags && strchr(flags, 'z')) n = pack(arena, rest, &packed);
    if (flags && strchr(flags, 't')) n -= n / 3;
    char path[96];
    fuzz_file(path, "points.csv", packed, n);
    Points points, held;
    Err err = {0};
    if (points_open(arena, path, &o, &points, &held, &err) == OK) {
        check(&points);
        check(&held);
    } else {
        MUST(err.message[0] && !strchr(err.message, '\n'));
    }
    arena_close(arena);
    return 0;
}
