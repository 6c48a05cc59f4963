/* suggest.h: the word that a misspelt one was meant to be.
 *
 *     const char *near = suggest_nearest(name, NAMES, COUNT_OF(NAMES));
 *     FAIL(err, E_USAGE, "no law '%s'%s", name, DID_YOU_MEAN(near));
 */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

/* Find the nearest of n words; NULL when none is near enough. */
const char *suggest_nearest(const char *word, const char *const words[], size_t n);

/* Count the edits that lead from one word to the other. */
int suggest_distance(const char *a, const char *b);

/* Write ", did you mean 'NEAR'?", or "" where near is NULL, into out, which is returned. */
enum { SUGGESTION = 96 };
const char *did_you_mean(const char *near, char out[SUGGESTION]);
#define DID_YOU_MEAN(near) did_you_mean((near), (char[SUGGESTION]){0})

#endif
