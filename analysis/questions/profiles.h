/* profiles.h: the question of --profile. */
#ifndef ANALYSIS_QUESTIONS_PROFILES_H
#define ANALYSIS_QUESTIONS_PROFILES_H

#include "analysis/fit/profile.h"
#include "analysis/questions/question.h"

typedef struct {
    bool profile; // hold each parameter in turn
} ProfilesOptions;

/* Sections "profile" and "profile_curves"; its flags: a ProfilesOptions; its answer, when asked: a
 * Profiles. E_USAGE of a law that has no objective. */
extern const Question PROFILES_QUESTION;

#endif
