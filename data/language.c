/* language.c: the table of synthetic languages, and what is asked of each of them alike. */
#include "data/language.h"

#include <string.h>

const LanguageKind *const LANGUAGES[] = {&LANGUAGE_MARKOV, &LANGUAGE_ZIPF_MEMORY, NULL};

const LanguageKind *language_find(const char *name) {
    for (const LanguageKind *const *kind = LANGUAGES; *kind; kind++)
        if (strcmp((*kind)->name, name) == 0) return *kind;
    return NULL;
}

double language_floor(const LanguageKind *kind, const void *self, int ctx) {
    MUST(ctx >= 1);
    if (ctx + 1 < kind->min_block(self)) return NAN;
    return (kind->block_entropy(self, ctx + 1) - kind->block_entropy(self, 1)) / ctx;
}

Status data_spec_check(const DataSpec *spec, Err *err) {
    const LanguageKind *language = language_find(spec->source);
    if (!language && spec->path[0] == '\0')
        FAIL(err, E_USAGE, "data: source '%s' needs a path", spec->source);
    if (language && spec->path[0] != '\0')
        FAIL(err, E_USAGE,
             "data: source '%s' is a language and takes no path; source 'text' would read '%s'",
             spec->source, spec->path);
    return language ? language->check(spec, err) : OK;
}
