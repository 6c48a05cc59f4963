/* fuzz_ledger.c: libFuzzer target: any bytes as ledger.jsonl. What opens, repaired, takes one more
 * event and opens again whole; what it tells of a sweep is points or one line of error. */
#include <string.h>

#include "analysis/points/points.h"
#include "base/ledger.h"
#include "tests/fuzz/fuzz_file.h"

static void append_one(Err *err) {
    Ledger *ledger;
    bool torn;
    if (ledger_open(fuzz_dir(), true, &ledger, &torn, err) != OK) return;
    const size_t n = ledger_size(ledger);
    for (size_t i = 0; i < n; i++) (void)ledger_run(ledger, ledger_kind(ledger, i));
    if (ledger_append(ledger, "{\"event\":\"start\",\"id\":\"0123456789ab\"}", err) != OK)
        BUG("%s", err->message);
    ledger_close(ledger);
    if (ledger_open(fuzz_dir(), false, &ledger, &torn, err) != OK) BUG("%s", err->message);
    MUST(!torn && ledger_size(ledger) == n + 1);
    ledger_close(ledger);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[96];
    fuzz_file(path, "ledger.jsonl", data, size);
    Err err = {0};
    Arena *arena = arena_open();
    Points points, held;
    if (points_open(arena, fuzz_dir(), &(PointsOptions){0}, &points, &held, &err) != OK)
        MUST(err.message[0] && !strchr(err.message, '\n'));
    arena_close(arena);
    append_one(&err);
    return 0;
}
