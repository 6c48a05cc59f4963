/* suggest.h: the word that a misspelt one was meant to be.
 *
 *     char maybe[SUGGESTION];
 *     FAIL(err, E_USAGE, "no law '%s'%s", name, did_you_mean(name, NAMES, COUNT_OF(NAMES), maybe));
 */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

enum { SUGGESTION = 96 }; // bytes of ", did you mean '...'?"

/* ", did you mean 'NEAREST'?" of n words, or "" when none is near enough to suggest; in out, which
 * is returned. */
const char *did_you_mean(const char *word, const char *const words[], size_t n,
                         char out[SUGGESTION]);

/* The nearest of n words, NULL when none is near enough. */
const char *suggest_nearest(const char *word, const char *const words[], size_t n);

/* Edits that lead from one word to the other. */
int suggest_distance(const char *a, const char *b);

#endif
