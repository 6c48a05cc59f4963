/* source.c: the table of fields of a "data" object, and their defaults. */
#include "data/source.h"

#include <stddef.h>

static const char *const SOURCES[] = {"text", "tokens", "markov", "zipf-memory", NULL};
static const char *const DOCUMENTS[] = {"files", "lines", "paragraphs", "entries", NULL};

#define AT(member) offsetof(DataSpec, member)
static const Field ROWS[] = {
    {"source", FIELD_CHOICE, AT(source), 0, 0, SOURCES, "", "what the corpus is made from"},
    {"path", FIELD_STRING, AT(path), 0, 0, NULL, "",
     "text: file (.gz and .dz too), directory or - (standard input); tokens: a token file"},
    {"documents", FIELD_CHOICE, AT(documents), 0, 0, DOCUMENTS, "",
     "text: what a document is (an entry begins at an unindented line after a blank one)"},
    {"tokens", FIELD_COUNT, AT(tokens), 1, 1e11, NULL, "", "languages: training tokens"},
    {"heldout_tok", FIELD_COUNT, AT(heldout_tok), 1, 1e11, NULL, "", "languages: held-out tokens"},
    {"heldout", FIELD_REAL, AT(heldout), 0, 1, NULL, "",
     "text: share of the documents held out (at least one, never all)"},
    {"symbols", FIELD_INT, AT(symbols), 2, 8192, NULL, "",
     "markov: alphabet; zipf-memory: alphabet of keys, and another of values"},
    {"order", FIELD_INT, AT(order), 1, 25, NULL, "symbols",
     "markov: how many the next one depends on"},
    {"concentration", FIELD_REAL, AT(concentration), 1e-3, 1e6, NULL, "",
     "markov: Dirichlet concentration of a row, summed over the alphabet (small: predictable)"},
    {"key_len", FIELD_INT, AT(key_len), 1, 20, NULL, "symbols", "zipf-memory: length of a key"},
    {"value_len", FIELD_INT, AT(value_len), 1, 63, NULL, "symbols",
     "zipf-memory: length of a value"},
    {"zipf", FIELD_REAL, AT(zipf), 0, 10, NULL, "",
     "zipf-memory: the key of rank r has probability ~ r^-zipf"},
    {"noise", FIELD_REAL, AT(noise), 0, 1, NULL, "",
     "zipf-memory: probability that a value symbol is replaced by a uniform one"},
    {"seed", FIELD_COUNT, AT(seed), 0, -1, NULL, "",
     "languages: the language and its text; text: the order of the documents"},
};

const FieldTable DATA_FIELDS = {"data", ROWS, COUNT_OF(ROWS)};

DataSpec data_spec_default(void) {
    return (DataSpec){
        .source = "zipf-memory",
        .path = "",
        .documents = "paragraphs",
        .tokens = 4000000,
        .heldout_tok = 256000,
        .heldout = 0.05,
        .symbols = 32,
        .order = 1,
        .concentration = 8, // 1/4 per symbol: rows of about 2.4 of the 3.5 nats of 32 symbols
        .key_len = 3,
        .value_len = 2,
        .zipf = 1.1,
        .noise = 0,
        .seed = 7,
    };
}
