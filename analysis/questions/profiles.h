/* profiles.h: the question that --profile asks: the profile likelihood of every parameter. */
#ifndef ANALYSIS_QUESTIONS_PROFILES_H
#define ANALYSIS_QUESTIONS_PROFILES_H

#include "analysis/fit/profile.h"
#include "analysis/questions/question.h"

typedef struct {
    bool profile; // hold each parameter at a range of values, and refit the others
} ProfilesOptions;

/* Put the sections "profile" and "profile_curves". Its flags are a ProfilesOptions, its answer with
 * --profile is a Profiles. A law without an objective is E_USAGE. */
extern const Question PROFILES_QUESTION;

#endif
