/* options.c: the flags of a fit. */
#include "analysis/fit/options.h"

#include <string.h>

#include "analysis/fit/bootstrap.h"
#include "analysis/fit/estimator.h"
#include "analysis/laws/law.h"
#include "base/err.h"
#include "base/text.h"

FitOptions fit_options_default(void) {
    return (FitOptions){.law = "chinchilla",
                        .estimator = "huber-log",
                        .x = "flops",
                        .how = "",
                        .delta = 1e-3,
                        .starts = 32,
                        .resamples = 400,
                        .bootstrap = "wild",
                        .level = 0.90,
                        .seed = 1};
}

static const char *const VARIABLES[] = {"flops", "params", "tokens", NULL};

#define AT(member) offsetof(FitOptions, member)
/* In help, %s stands for the names of a table (TOLD), so that nothing but fit_fields() shows it. */
static const Field FIELDS[] = {
    {"law", FIELD_STRING, AT(law), 0, -1, NULL, "",
     "%s, or all to compare them, or auto to weigh those that foretell: a mixture"},
    {"x", FIELD_CHOICE, AT(x), 0, -1, VARIABLES, "", "variable of %s"},
    {"optimum", FIELD_STRING, AT(how), 0, -1, NULL, "", "%s; of each the last is a trap"},
    {"estimator", FIELD_STRING, AT(estimator), 0, -1, NULL, "", "%s"},
    {"delta", FIELD_REAL, AT(delta), 1e-12, 1e3, NULL, "ln L",
     "where Huber's penalty turns linear"},
    {"fix", FIELD_STRING, AT(fix), 0, -1, NULL, "",
     "parameters that are known: 'alpha=0.35,lnA=6.2'"},
    {"bound", FIELD_STRING, AT(bound), 0, -1, NULL, "",
     "ranges of parameters: 'alpha=0.1:1,E=1.2:'"},
    {"average", FIELD_BOOL, AT(average), 0, -1, NULL, "",
     "a failure to look at: minimise the mean over rows, not the sum"},
    {"tolerance", FIELD_REAL, AT(tolerance), 0, 1, NULL, "",
     "a failure to look at: stop as L-BFGS-B does at this gradient; 0: at the minimum"},
    {"starts", FIELD_INT, AT(starts), 1, 10000, NULL, "", "starts of the minimiser"},
    {"resamples", FIELD_INT, AT(resamples), 0, 100000, NULL, "",
     "of the bootstrap; 0: no intervals"},
    {"bootstrap", FIELD_STRING, AT(bootstrap), 0, -1, NULL, "", "%s"},
    {"level", FIELD_REAL, AT(level), 0.5, 0.999, NULL, "", "of the intervals"},
    {"seed", FIELD_COUNT, AT(seed), 0, -1, NULL, "", "of the resamples"},
};
static const FieldTable UNTOLD = {"fit", FIELDS, COUNT_OF(FIELDS)};

size_t fit_field_index(const char *name) {
    const Field *f = field_find(&UNTOLD, name);
    MUST(f);
    return (size_t)(f - FIELDS);
}

/* ---- help from the tables ------------------------------------------------------------------ */

enum { MOST = 64 };

typedef struct {
    const char *words[MOST];
    size_t n;
} Names;

static void add(Names *to, const char *name) {
    MUST(to->n < MOST);
    to->words[to->n++] = name;
}

/* Laws of one variable have a row for each, and one name. */
static void laws(Arena *arena, Names *to) {
    (void)arena;
    for (size_t i = 0; LAWS[i]; i++)
        if (i == 0 || strcmp(LAWS[i]->name, LAWS[i - 1]->name) != 0) add(to, LAWS[i]->name);
}

static void laws_of_one_variable(Arena *arena, Names *to) {
    (void)arena;
    for (size_t i = 0; LAWS[i]; i++)
        if (*LAWS[i]->x && law_find(LAWS[i]->name) == LAWS[i]) add(to, LAWS[i]->name);
}

static void ways_to_an_optimum(Arena *arena, Names *to) {
    for (size_t i = 0; LAWS[i]; i++) {
        Text t = {0};
        size_t n = 0;
        if (!LAWS[i]->hows) continue;
        while (LAWS[i]->hows[n]) n++;
        text_add(&t, "%s of %s", to->n ? "" : "way", LAWS[i]->name);
        text_add(&t, ": ");
        text_add_words(&t, LAWS[i]->hows, n, ", ", " or ");
        add(to, arena_strdup(arena, t.s));
        text_close(&t);
    }
}

static void estimators(Arena *arena, Names *to) {
    (void)arena;
    for (const Estimator *e = ESTIMATORS; e->name; e++) add(to, e->name);
}

static void bootstraps(Arena *arena, Names *to) {
    for (const BootstrapKind *k = BOOTSTRAPS; k->name; k++)
        add(to, arena_printf(arena, "%s (%s)", k->name, k->about));
}

static const struct {
    const char *field;
    void (*names)(Arena *arena, Names *to);
    const char *between, *last;
} TOLD[] = {
    {"law", laws, ", ", ", "},
    {"x", laws_of_one_variable, ", ", " and "},
    {"optimum", ways_to_an_optimum, ";", ";"},
    {"estimator", estimators, ", ", " or "},
    {"bootstrap", bootstraps, ", ", " or "},
};

/* The help of a field with the names of its table in the place of %s. */
static const char *told(Arena *arena, const char *help, size_t i) {
    Names names = {.n = 0};
    Text t = {0};
    const char *place = strstr(help, "%s");
    MUST(place);
    TOLD[i].names(arena, &names);
    text_add_bytes(&t, help, (size_t)(place - help));
    text_add_words(&t, names.words, names.n, TOLD[i].between, TOLD[i].last);
    text_add(&t, "%s", place + strlen("%s"));
    const char *out = arena_strdup(arena, t.s);
    text_close(&t);
    return out;
}

const FieldTable *fit_fields(Arena *arena) {
    FieldTable *table = ARENA_NEW(arena, FieldTable);
    Field *rows = ARENA_ARRAY(arena, Field, UNTOLD.n);
    memcpy(rows, FIELDS, sizeof FIELDS);
    for (size_t i = 0; i < COUNT_OF(TOLD); i++) {
        Field *f = &rows[fit_field_index(TOLD[i].field)];
        f->help = told(arena, f->help, i);
    }
    *table = (FieldTable){UNTOLD.title, rows, UNTOLD.n};
    return table;
}
