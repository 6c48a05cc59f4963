/* study_of.h: reads rows, fits a law, and answers every question that the options ask.
 *
 *     StudyOptions o = study_options_default(arena);
 *     Study study;
 *     TRY(study_of(arena, path, &o, &study, err));
 *     study_print_text(&study, stdout);
 */
#ifndef ANALYSIS_QUESTIONS_STUDY_OF_H
#define ANALYSIS_QUESTIONS_STUDY_OF_H

#include "analysis/questions/study.h"

/* Read the rows of a path, a sweep directory or a CSV, and study them. When no law could be fitted
 * to the rows, that is an error, but out->points and out->held are filled. The options must outlive
 * the study; memory is the arena's. */
Status study_of(Arena *arena, const char *path, const StudyOptions *options, Study *out, Err *err);

#endif
