/* points_csv.c: ledger rows as comma-separated cells. */
#include "sweep/points_csv.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/numbers.h"
#include "base/text.h"
#include "train/config.h"
#include "train/result.h"

/* The first columns, in the order in which early versions wrote them, so that their readers go on
 * working. All others come from the tables of options and of results. */
// clang-format off
static const char *const FIRST[] = {
    "id", "role", "params", "tokens", "loss", "loss_se", "flops",
    "params_total", "params_hidden", "params_matmul", "params_active", "unique_tokens",
    "trunk", "seed", "train_loss", "clipped", "status", "cpu_path",
};
// clang-format on

typedef struct {
    const char **names;
    size_t n;
} Header;

/* Add a column unless it is there already. */
static void add_column(Header *h, const char *name) {
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->names[i], name) == 0) return;
    h->names[h->n++] = name;
}

static void add_results(Header *h, unsigned clock) {
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        const ResultField *f = &RESULT_FIELDS.rows[i];
        if ((f->is & RESULT_CLOCK) == clock && !(f->is & RESULT_LEDGER_ONLY))
            add_column(h, f->name);
    }
}

static Header columns(Arena *arena) {
    const size_t most = COUNT_OF(FIRST) + RUN_FIELDS.n + RESULT_FIELDS.n + 1;
    Header h = {ARENA_ARRAY(arena, const char *, most), 0};
    for (size_t i = 0; i < COUNT_OF(FIRST); i++) add_column(&h, FIRST[i]);
    for (size_t i = 0; i < RUN_FIELDS.n; i++) add_column(&h, RUN_FIELDS.rows[i].name);
    add_results(&h, 0);
    add_results(&h, RESULT_CLOCK);
    add_column(&h, "threads"); // as many as the driver had to give that day
    return h;
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
        text_add_csv(t, json_as_string(v));
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
    const Header h = columns(arena);
    Text t = {0};
    for (size_t c = 0; c < h.n; c++) text_add(&t, "%s%s", c ? "," : "", h.names[c]);
    text_add(&t, "\n");
    for (size_t i = 0; i < n; i++) {
        const Json *row = ledger_run(ledger, ids[i]);
        if (!row) continue;
        for (size_t c = 0; c < h.n; c++) {
            if (c > 0) text_add(&t, ",");
            add_cell(&t, json_get(row, h.names[c]));
        }
        text_add(&t, "\n");
    }
    Status status = file_write(path, t.s, t.size, err);
    text_close(&t);
    arena_close(arena);
    return status;
}
