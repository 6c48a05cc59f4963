/* language.h: synthetic languages whose entropy is known exactly. Adding one is a file, a row of
 * LANGUAGES and its name among the choices of "source".
 *
 * A language is a stationary source. All follows from the entropy of its blocks, H(X_0..X_n-1):
 *     entropy rate             h = lim H(n+1) - H(n)
 *     floor of a cold window   [H(T+1) - H(1)] / T      T predictions, only the first symbol given
 */
#ifndef DATA_LANGUAGE_H
#define DATA_LANGUAGE_H

#include <math.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/source.h"

typedef struct {
    const char *name;  // as in "source"
    const char *about; // one line for help
    Status (*check)(const DataSpec *spec, Err *err);
    /* Build the language's tables from a spec that check() has accepted. E_USAGE when they cannot
     * be computed (a chain that hardly mixes). */
    Status (*open)(Arena *arena, const DataSpec *spec, void **out, Err *err);
    int (*vocab)(const void *self);
    /* Write n tokens of an endless text: part 0 is for training, part 1 is held out and drawn from
     * another random stream. A longer text begins with the shorter one. */
    void (*write)(const void *self, int part, uint64_t n, uint16_t *out);
    double (*entropy_rate)(const void *self); // nats per token, exact to 1e-10
    /* H(X_0..X_n-1) in nats from a stationary start; n = 1 or n >= min_block. */
    double (*block_entropy)(const void *self, int n);
    int (*min_block)(const void *self);
    int (*period)(const void *self); // symbols until its phase comes again; 1: there is none
} LanguageKind;

extern const LanguageKind LANGUAGE_MARKOV, LANGUAGE_ZIPF_MEMORY;
extern const LanguageKind *const LANGUAGES[]; // NULL-terminated

const LanguageKind *language_find(const char *name); // NULL when unknown

/* Check what the fields ask of each other (a text has a path, symbols are few enough for the order,
 * ...). E_USAGE says which. */
Status data_spec_check(const DataSpec *spec, Err *err);

/* Compute the least expected loss of a cold window of ctx + 1 tokens; NaN when so few are fewer
 * than min_block. */
double language_floor(const LanguageKind *kind, const void *self, int ctx);

/* Return what one outcome of probability p adds to an entropy, in nats: -p ln p. */
static inline double language_entropy_term(double p) {
    return p > 0 ? -p * log(p) : 0;
}

#endif
