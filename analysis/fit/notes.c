/* notes.c: a fit's list of sentences grows. */
#include "analysis/fit/notes.h"

void notes_add(Fit *fit, const char *sentence) {
    MUST(fit->n_notes < FIT_MAX_NOTES);
    fit->notes[fit->n_notes++] = sentence;
}
