/* study.c: the flags of a study, and the lookup of answers. */
#include "analysis/questions/study.h"

#include <string.h>

#include "analysis/points/recount.h"

static const char *const DECIMALS[] = {"point", "comma", NULL};

#define AT(member) offsetof(StudyOptions, member)
static const Field FIELDS[] = {
    {"where", FIELD_STRING, AT(points.where), 0, -1, NULL, "",
     "keep rows: 'mode=train,flops<=1e20'"},
    {"best", FIELD_STRING, AT(points.best), 0, -1, NULL, "",
     "keep the best run of each cell, of those that differ in these columns alone: 'lr'"},
    {"holdout", FIELD_STRING, AT(points.holdout), 0, -1, NULL, "",
     "rows to predict instead of fitting them"},
    {"columns", FIELD_STRING, AT(points.columns), 0, -1, NULL, "",
     "your table's names: 'params=\"Model Size\"'"},
    {"decimal", FIELD_CHOICE, AT(points.decimal), 0, -1, DECIMALS, "",
     "how the table writes one and a half: 1.5 or 1,5"},
    {"count", FIELD_CHOICE, AT(points.count), 0, -1, N_COUNT_NAMES, "",
     "what is N: total, matmul (no lookup table), hidden (no head either), active"},
    {"flops", FIELD_CHOICE, AT(points.flops), 0, -1, C_COUNT_NAMES, "",
     "what is C: 6nd, exact (head and attention), without either, bare of both"},
    {"worth", FIELD_STRING, AT(worth), 0, -1, NULL, "",
     "what settings of a column are worth beside a baseline: 'optimizer=adamw'"},
    {"shape", FIELD_STRING, AT(points.shape), 0, -1, NULL, "",
     "the models' shape, where rows lack it: "
     "'params=total,vocab=32000,aspect=39,ctx=2048,tied=yes'"},
};
const FieldTable STUDY_FIELDS = {"rows", FIELDS, COUNT_OF(FIELDS)};

StudyOptions study_options_default(Arena *arena) {
    StudyOptions o = {.fit = fit_options_default(),
                      .points = {.count = "given", .flops = "given", .decimal = "point"}};
    o.fit.law = FORECAST_AUTO;
    for (size_t i = 0; i < N_QUESTIONS; i++) {
        if (!QUESTIONS[i]->flags) continue;
        o.asked[i] = arena_alloc(arena, QUESTIONS[i]->size);
        memcpy(o.asked[i], QUESTIONS[i]->defaults, QUESTIONS[i]->size);
    }
    return o;
}

void study_options_simulate(StudyOptions *o, const Simulation *simulation) {
    const bool named = o->law_named;
    o->simulation = simulation;
    o->law_named = true;
    if (named) return;
    o->fit.law = simulation->law->name;
    if (*simulation->law->x) o->fit.x = simulation->law->x;
}

void *study_options_of(const StudyOptions *o, const Question *question) {
    void *asked = o->asked[question_index(question)];
    MUST(asked);
    return asked;
}

size_t study_groups(Arena *arena, StudyOptions *o, FieldGroup *out) {
    size_t n = 0;
    out[n++] = (FieldGroup){fit_fields(arena), &o->fit};
    out[n++] = (FieldGroup){&STUDY_FIELDS, o};
    for (size_t i = 0; i < N_QUESTIONS; i++)
        if (QUESTIONS[i]->flags) out[n++] = (FieldGroup){QUESTIONS[i]->flags, o->asked[i]};
    return n;
}

const void *study_answer(const Study *study, const Question *question) {
    return study->answers[question_index(question)];
}
