/* describe.h: what can be said of a corpus by counting. Private to data/.
 *
 * Conditional entropies H(X_n | X_1..X_n-1) = H_n - H_n-1 of the training part, from counts of
 * n-grams with the Miller-Madow correction, H_n + (distinct n-grams - 1) / (2 positions) [Miller
 * 1955]. Even so they are biased low once most n-grams have been seen only a few times: compare
 * `distinct` with `positions`.
 */
#ifndef DATA_DESCRIBE_H
#define DATA_DESCRIBE_H

#include <stdint.h>

#include "base/json.h"
#include "data/corpus.h"

enum { DESCRIBE_MAX_NGRAM = 4 };

typedef struct {
    uint64_t positions;                     // n-grams counted, from the start of the training part
    uint64_t distinct[DESCRIBE_MAX_NGRAM];  // n-grams of length 1 .. 4
    double entropy_nat[DESCRIBE_MAX_NGRAM]; // H(X_n | X_1..X_n-1), n = 1 .. 4
    uint64_t zlib_tok;                      // tokens that zlib was given, stored as in the file
    double zlib_bit;                        // bits per token after zlib
} Description;

Description describe_corpus(const Corpus *c);

void describe_print(const Corpus *c, const Description *d, FILE *out);
void describe_to_json(const Corpus *c, const Description *d,
                      JsonOut *out); // members of the open object

#endif
