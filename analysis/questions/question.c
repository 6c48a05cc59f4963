/* question.c: the table of questions. */
#include "analysis/questions/question.h"

#define ROWS(ROW)                                                                                  \
    ROW(FORM)                                                                                      \
    ROW(VALIDATION)                                                                                \
    ROW(COMPARISON)                                                                                \
    ROW(BEND)                                                                                      \
    ROW(APPROACHES)                                                                                \
    ROW(RETURNS)                                                                                   \
    ROW(EFFECTIVE)                                                                                 \
    ROW(PROFILES)                                                                                  \
    ROW(WORTH)                                                                                     \
    ROW(RECOUNT)                                                                                   \
    ROW(PREDICTIONS)                                                                               \
    ROW(FORECAST)

#define DECLARED(NAME) extern const Question NAME##_QUESTION;
ROWS(DECLARED)

#define LISTED(NAME) &NAME##_QUESTION,
const Question *const QUESTIONS[] = {ROWS(LISTED)};
const size_t N_QUESTIONS = COUNT_OF(QUESTIONS);
_Static_assert((int)COUNT_OF(QUESTIONS) <= (int)MAX_QUESTIONS, "more questions than places");

size_t question_index(const Question *question) {
    size_t i = 0;
    while (i < N_QUESTIONS && QUESTIONS[i] != question) i++;
    MUST(i < N_QUESTIONS);
    return i;
}
