/* points_csv.c: ledger rows as comma-separated cells. */
#include "sweep/points_csv.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "train/config.h"

// clang-format off
static const char *const FIRST[] = {
    "id", "role", "params", "tokens", "loss", "loss_se", "flops",
    "params_total", "params_hidden", "params_matmul", "params_active", "unique_tokens",
    "trunk", "seed", "train_loss", "clipped", "status", "cpu_path",
};
// clang-format on
static const char *const TIMING[] = {"wall_s", "cpu_s", "tok_per_s", "peak_bytes", "threads"};
static const char *const ROUTING[] = {
    "load_cv", "load_max",     "dead_experts",  "router_entropy",
    "dropped", "balance_loss", "router_z_loss",
};

static bool is_first(const char *name) {
    for (size_t i = 0; i < COUNT_OF(FIRST); i++)
        if (strcmp(FIRST[i], name) == 0) return true;
    return false;
}

static const char **columns(Arena *arena, size_t *n) {
    const char **names = ARENA_ARRAY(
        arena, const char *, COUNT_OF(FIRST) + RUN_FIELDS.n + COUNT_OF(TIMING) + COUNT_OF(ROUTING));
    *n = 0;
    for (size_t i = 0; i < COUNT_OF(FIRST); i++) names[(*n)++] = FIRST[i];
    for (size_t i = 0; i < RUN_FIELDS.n; i++)
        if (!is_first(RUN_FIELDS.rows[i].name)) names[(*n)++] = RUN_FIELDS.rows[i].name;
    for (size_t i = 0; i < COUNT_OF(ROUTING); i++) names[(*n)++] = ROUTING[i];
    for (size_t i = 0; i < COUNT_OF(TIMING); i++) names[(*n)++] = TIMING[i];
    return names;
}

/* RFC 4180: quoted when it must be, a quote doubled. */
static void add_string(Text *t, const char *s) {
    if (!strpbrk(s, ",\"\r\n")) {
        text_add(t, "%s", s);
        return;
    }
    text_add(t, "\"");
    for (; *s; s++) text_add_bytes(t, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    text_add(t, "\"");
}

static void add_number(Text *t, double x) {
    char buffer[32];
    if (x == floor(x) && fabs(x) < 9007199254740992.0)
        text_add(t, "%.0f", x);
    else
        text_add(t, "%s", real_to_text(buffer, x));
}

static void add_cell(Text *t, const Json *v) {
    if (!v) return;
    switch (json_kind(v)) {
    case JSON_NUMBER:
        add_number(t, json_as_number(v));
        return;
    case JSON_STRING:
        add_string(t, json_as_string(v));
        return;
    case JSON_BOOL:
        text_add(t, "%s", json_as_bool(v) ? "true" : "false");
        return;
    default:
        return; // null: an empty cell
    }
}

Status points_csv_write(const char *path, const Ledger *ledger, const char *const *ids, size_t n,
                        Err *err) {
    Arena *arena = arena_open();
    size_t n_columns;
    const char **names = columns(arena, &n_columns);
    Text t = {0};
    for (size_t c = 0; c < n_columns; c++) text_add(&t, "%s%s", c ? "," : "", names[c]);
    text_add(&t, "\n");
    for (size_t i = 0; i < n; i++) {
        const Json *row = ledger_run(ledger, ids[i]);
        if (!row) continue;
        for (size_t c = 0; c < n_columns; c++) {
            if (c > 0) text_add(&t, ",");
            add_cell(&t, json_get(row, names[c]));
        }
        text_add(&t, "\n");
    }
    Status status = file_write(path, t.s, t.size, err);
    text_close(&t);
    arena_close(arena);
    return status;
}
