/* source.h: what a corpus is made from: the "data" object of a config, one field table.
 *
 *     { "source": "zipf-memory", "symbols": 32, "seed": 7 }            entropy known exactly
 *     { "source": "text", "path": "dict.gz", "documents": "entries" }  text, bytes as tokens
 *     { "source": "tokens", "path": "corpus.tok" }                     a token file made before
 */
#ifndef DATA_SOURCE_H
#define DATA_SOURCE_H

#include <stdint.h>

#include "base/err.h"
#include "base/field.h"

typedef struct {
    const char *source;    // "text", "tokens", or the name of a language (LANGUAGES in language.h)
    const char *path;      // text: file, packed or not, directory or "-"; tokens: a token file
    const char *documents; // text: how a file is cut: files, lines, paragraphs, entries
    uint64_t tokens;       // languages: training tokens to make
    uint64_t heldout_tok;  // languages: held-out tokens to make
    double heldout;        // text: share of the documents held out
    int symbols;           // markov: alphabet; zipf-memory: alphabet of keys, and again of values
    int order;             // markov: symbols of context
    double concentration;  // markov: Dirichlet concentration (summed over the alphabet) of each row
    int key_len, value_len; // zipf-memory: symbols per key and per value
    double zipf;            // zipf-memory: p(key of rank r) ~ r^-zipf
    double noise;           // zipf-memory: probability that a value symbol becomes a uniform one
    uint64_t seed;          // languages: the language and its text; text: the order of documents
} DataSpec;

extern const FieldTable DATA_FIELDS; // title "data"
DataSpec data_spec_default(void);

#endif
