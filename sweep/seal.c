/* seal.c: the child that fits and predicts, and what the ledger says of it. */
#include "sweep/seal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/numbers.h"
#include "base/proc.h"
#include "base/text.h"
#include "sweep/expected.h"
#include "sweep/record.h"

static const char *words_path(const Sweep *s) {
    return arena_printf(s->arena, "%s/prediction.txt", s->dir);
}

static const char *prediction_path(const Sweep *s) {
    return arena_printf(s->arena, "%s/prediction.json", s->dir);
}

// --- what the ledger holds ---------------------------------------------------------------------

static const Json *first_prediction(const Json *sealed) {
    const Json *list = json_get(sealed, "predictions");
    return list ? json_first(list) : NULL;
}

static bool names_hero(const Json *sealed, const char *id) {
    for (const Json *hero = first_prediction(sealed); hero; hero = json_next(hero))
        if (strcmp(json_string_or(hero, "id", ""), id) == 0) return true;
    return false;
}

static bool names_all(const Sweep *s, const Json *sealed, const bool *waiting) {
    for (size_t h = s->plan.n_grid; h < s->plan.n; h++)
        if (waiting[h] && !names_hero(sealed, s->plan.rows[h].run.id)) return false;
    return true;
}

bool seal_stands(const Sweep *s, const bool *waiting) {
    const Json *sealed = NULL;
    for (size_t i = 0; i < ledger_size(s->ledger); i++) {
        const Json *e = ledger_event(s->ledger, i);
        if (strcmp(ledger_kind(s->ledger, i), "prediction") == 0) sealed = json_get(e, "sealed");
        if (strcmp(json_string_or(e, "role", ""), "grid") == 0) sealed = NULL;
    }
    return names_all(s, sealed, waiting);
}

/* Tell whether some prediction of this hero stands before event i. */
static bool predicted_before(const Sweep *s, const char *id, size_t i) {
    while (i-- > 0)
        if (strcmp(ledger_kind(s->ledger, i), "prediction") == 0 &&
            names_hero(json_get(ledger_event(s->ledger, i), "sealed"), id))
            return true;
    return false;
}

void seal_warn(const Sweep *s) {
    for (size_t i = 0; i < ledger_size(s->ledger); i++) {
        const Json *e = ledger_event(s->ledger, i);
        const char *id = json_string_or(e, "id", "");
        if (strcmp(json_string_or(e, "role", ""), "hero") == 0 &&
            strcmp(json_string_or(e, "status", ""), "done") == 0 && !predicted_before(s, id, i))
            talk("run %s, a hero, ended before any prediction of it was sealed: it tests nothing",
                 id);
    }
}

// --- making one --------------------------------------------------------------------------------

/* List the heroes that are still to be run, as --predict wants them: one that has run cannot be
 * predicted any more. */
static char *wanted_predictions(const Sweep *s, const bool *waiting) {
    Text t = {0};
    for (size_t h = s->plan.n_grid; h < s->plan.n; h++) {
        const PlanRow *r = &s->plan.rows[h];
        char flops[32];
        if (!waiting[h]) continue;
        text_add(&t, "%sid=%s,params=%llu,tokens=%.0f,batch_tok=%llu,flops=%s", t.size ? ";" : "",
                 r->run.id, (unsigned long long)r->params.total, r->tokens,
                 (unsigned long long)r->run.config.batch_tok, real_to_text(flops, r->flops));
    }
    char *copy = arena_strdup(s->arena, t.s);
    text_close(&t);
    return copy;
}

Status seal_start(const Sweep *s, Launcher *launcher, char *program, const bool *waiting,
                  int places, Err *err) {
    const char *path = prediction_path(s);
    char *argv[] = {program,  "fit",       arena_strdup(s->arena, s->dir),
                    "--seal", "--predict", wanted_predictions(s, waiting),
                    NULL};
    if (file_exists(path) && remove(path) != 0) // what is read afterwards is this fit's
        FAIL(err, E_IO, "%s: cannot be removed: %s", path, strerror(errno));
    return launch_start(launcher, &(LaunchJob){argv, words_path(s), s->plan.n, places}, err);
}

/* Tell whose prediction it is: that of one law, or of how many that were weighed. */
static const char *whose(const Sweep *s, const Json *sealed) {
    static const double COUNTS = 0.01; // a law of less weight is as good as excluded
    const Json *laws = json_get(sealed, "laws"), *law = laws ? json_first(laws) : NULL;
    int n = 0;
    for (; law; law = json_next(law)) n += json_number_or(law, "weight", 0) >= COUNTS;
    return n > 1 ? arena_printf(s->arena, "by %d laws together", n)
                 : arena_printf(s->arena, "by %s", json_string_or(sealed, "law", "a law"));
}

static void print_sealed(const Sweep *s, const Json *sealed) {
    const double percent = 100 * json_number_or(sealed, "level", NAN);
    for (const Json *hero = first_prediction(sealed); hero; hero = json_next(hero)) {
        char params[16], tokens[16];
        printf("sealed: run %s, N = %s, D = %s, will end at %.4f nat/token (%.0f%%: %.4f to %.4f) "
               "%s\n",
               json_string_or(hero, "id", "?"),
               count_to_text(params, json_number_or(hero, "params", NAN)),
               count_to_text(tokens, json_number_or(hero, "tokens", NAN)),
               json_number_or(hero, "loss", NAN), percent, json_number_or(hero, "lo", NAN),
               json_number_or(hero, "hi", NAN), whose(s, sealed));
    }
}

static void print_missing(SealGrid grid) {
    if (grid.failed > 0)
        printf("sealed without %zu of %zu runs of the grid, which failed\n", grid.failed,
               grid.planned);
}

static Status keep(Sweep *s, const Json *sealed, const bool *waiting, SealGrid grid, Err *err) {
    if (!names_all(s, sealed, waiting))
        FAIL(err, E_FAILED, "%s: does not name every hero that waits", prediction_path(s));
    TRY(record_prediction(s, sealed, grid.planned, grid.failed, err));
    print_sealed(s, sealed);
    expected_beside(s, stdout);
    print_missing(grid);
    fflush(stdout);
    return OK;
}

Status seal_finish(Sweep *s, const LaunchEnd *end, const bool *waiting, SealGrid grid, Err *err) {
    JsonDoc *doc = NULL;
    Status status = OK;
    if (end->exit_code != 0)
        status = err_set(err, E_FAILED, "%s", launch_words(s->arena, end, words_path(s)));
    if (status == OK) status = json_open_file(prediction_path(s), &doc, err);
    if (status == OK) status = keep(s, json_root(doc), waiting, grid, err);
    json_close(doc);
    if (status == OK) return OK;
    err_prefix(err, "no prediction could be sealed, and a hero does not run without");
    FAIL(err, E_FAILED, "%s; 'tinyscale sweep run %s' tries again", err->message, s->dir);
}
