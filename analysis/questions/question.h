/* question.h: what may be asked of a fit beside its law: one row of QUESTIONS each.
 *
 * A question has flags of its own, an answer, and a place in every output: its sections stand in
 * the text that `tinyscale fit` prints, in its JSON, on the page of `tinyscale report`, and among
 * the files of `--tables`, all by one walk of `put`.
 *
 * To add one: write a file with `const Question NAME_QUESTION`, and add NAME to ROWS in question.c.
 */
#ifndef ANALYSIS_QUESTIONS_QUESTION_H
#define ANALYSIS_QUESTIONS_QUESTION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "base/sheet.h"

typedef struct Study Study; // study.h: rows, their law, and the answers

typedef struct {
    const FieldTable *flags; // NULL: it has none
    const void *defaults;    // what the flags are when not given: an instance of their struct
    size_t size;             // of that struct, bytes

    /* Sets *answer, which is the arena's; it stays NULL where the question was not asked or has no
     * meaning for these rows. options: the question's own struct, NULL when it has no flags. An
     * error ends the study. NULL: there is nothing to work out, and only `put` is called. */
    Status (*ask)(Arena *arena, const Study *study, const void *options, const void **answer,
                  Err *err);
    /* Puts the question's sections; answer NULL: nulls for machines, nothing for people. */
    void (*put)(Sheet *s, const Study *study, const void *answer);
} Question;

/* The heading of flags that have none of their own. */
#define QUESTION_FLAGS "what else is asked"

enum { MAX_QUESTIONS = 24 };
extern const Question *const QUESTIONS[]; // in the order in which they are told
extern const size_t N_QUESTIONS;

/* The place of a row in QUESTIONS. */
size_t question_index(const Question *question);

#endif
