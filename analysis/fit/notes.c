/* notes.c: a fit's list of sentences grows. */
#include "analysis/fit/notes.h"

void notes_add(Fit *fit, const char *sentence) {
    MUST(fit->n_notes < FIT_MAX_NOTES);
    fit->notes[fit->n_notes++] = sentence;
}

void notes_add_doubt(Fit *fit, const char *sentence) {
    notes_add(fit, sentence);
    for (int i = fit->n_notes - 1; i > fit->n_reason_notes; i--) {
        fit->notes[i] = fit->notes[i - 1];
        fit->notes[i - 1] = sentence;
    }
}
