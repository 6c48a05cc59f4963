/* study_doubts.h: what gives reason to doubt a study, once all is asked: runs that were foretold
 * wrong on one side, and what no residual can show.
 */
#ifndef ANALYSIS_QUESTIONS_STUDY_DOUBTS_H
#define ANALYSIS_QUESTIONS_STUDY_DOUBTS_H

#include "analysis/questions/study.h"

/* Add to the notes of study->fit: behind what makes its status, how runs that it had not seen all
 * missed on one side by more than two deviations of a run; last, in one sentence, what these rows
 * do not say of their data and rates. Simulated rows have neither. */
void study_doubts(Arena *arena, Study *study);

#endif
