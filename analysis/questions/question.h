/* question.h: what can be asked about a fit besides its coefficients: one row of QUESTIONS each.
 *
 * A question has flags of its own, an answer, and a place in every output. One function `put`
 * writes its sections to the text that `tinyscale fit` prints, to its JSON, to the page of
 * `tinyscale report`, and to the files of `--tables`.
 *
 * To add one: write a file with `const Question NAME_QUESTION`, and add NAME to ROWS in question.c.
 */
#ifndef ANALYSIS_QUESTIONS_QUESTION_H
#define ANALYSIS_QUESTIONS_QUESTION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "base/sheet.h"

typedef struct Study Study; // rows, their law, and the answers (study.h)

typedef struct {
    const FieldTable *flags; // NULL: the question has no flags
    const void *defaults; // the struct behind the flags, with the values they have when not given
    size_t size;          // bytes of that struct

    /* Work out *answer, which is the arena's. It stays NULL where the question was not asked or
     * means nothing for these rows. `options` is the question's own struct, NULL when it has no
     * flags. An error ends the study. ask NULL: there is nothing to work out, and only `put` is
     * called. */
    Status (*ask)(Arena *arena, const Study *study, const void *options, const void **answer,
                  Err *err);
    /* Put the question's sections. When the answer is NULL, JSON gets nulls and people get nothing.
     */
    void (*put)(Sheet *s, const Study *study, const void *answer);
} Question;

/* The heading under which --help lists the flags of questions without a heading of their own. */
#define QUESTION_FLAGS "what else is asked"

enum { MAX_QUESTIONS = 24 };
extern const Question *const QUESTIONS[]; // in the order in which they are printed
extern const size_t N_QUESTIONS;

/* Return the place of a row in QUESTIONS. */
size_t question_index(const Question *question);

#endif
