/* study_told.h: what is said of a study, to people and as JSON. */
#ifndef TESTS_STUDY_TOLD_H
#define TESTS_STUDY_TOLD_H

#include <stdlib.h>

#include "analysis/report/study_print.h"
#include "base/err.h"

/* The text that `tinyscale fit` prints, in the arena. */
static inline const char *study_as_text(Arena *arena, const Study *study) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    MUST(out);
    study_print_text(study, out);
    MUST(fclose(out) == 0);
    const char *kept = arena_strdup(arena, text);
    free(text);
    return kept;
}

/* The object that `tinyscale fit --json` prints, in the arena. */
static inline const char *study_as_json(Arena *arena, const Study *study) {
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    study_print_json(study, &j);
    json_end(&j);
    const char *kept = arena_strdup(arena, j.text.s);
    text_close(&j.text);
    return kept;
}

#endif
