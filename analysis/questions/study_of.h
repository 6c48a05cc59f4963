/* study_of.h: rows and options in, a law and the answers to what else was asked out.
 *
 *     StudyOptions o = study_options_default(arena);
 *     Study study;
 *     TRY(study_of(arena, path, &o, &study, err));
 *     study_print_text(&study, stdout);
 */
#ifndef ANALYSIS_QUESTIONS_STUDY_OF_H
#define ANALYSIS_QUESTIONS_STUDY_OF_H

#include "analysis/questions/study.h"

/* path: a sweep directory or a CSV. When rows were read but no law could be fitted, points and held
 * are filled all the same. The options must outlive the study; memory is the arena's. */
Status study_of(Arena *arena, const char *path, const StudyOptions *options, Study *out, Err *err);

#endif
