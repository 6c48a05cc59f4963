/* corpus.h: a corpus is a token file: training tokens, held-out tokens, document starts, and the
 * facts of its source.
 *
 * The bytes of a token file, little-endian (mapped read-only, so that processes share it):
 *
 *     0    8  "TSCORPUS"
 *     8    4  format version, 1
 *     12   4  bytes per token, 1 or 2
 *     16   4  vocabulary: token ids are below this
 *     20   4  CRC-32 of everything after the 64-byte head
 *     24   8  training tokens
 *     32   8  held-out tokens
 *     40   8  documents
 *     48   8  bytes of the facts
 *     56   4  CRC-32 of head bytes 0..55
 *     60   4  zero
 *     64      facts: one JSON object, padded with spaces to 8 bytes
 *             document starts: u64 each, index into the tokens, ascending, the first is 0
 *             tokens: training tokens first, then held-out tokens
 *
 * Text: bytes are tokens, vocabulary 256. A document ends with one token 0 (END_OF_DOCUMENT); a
 * zero byte in the text is refused. Documents are put in random order, then the last ones are held
 * out, whole.
 * Languages: one document per part, the vocabulary is the language's alphabet.
 */
#ifndef DATA_CORPUS_H
#define DATA_CORPUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "data/source.h"

enum { END_OF_DOCUMENT = 0 };

typedef struct Corpus Corpus;

/* Make a token file from a source. Work is done in memory, the file appears whole. A token file
 * that stands there is replaced; any other file is E_USAGE, as is a path inside the directory that
 * the text is read from. */
Status corpus_make(const DataSpec *spec, const char *path, Err *err);

/* Open a token file. The head is always checked; verify reads the whole file and checks the rest:
 * its CRC, document starts in order, tokens below the vocabulary. *out is NULL on failure. */
Status corpus_open(const char *path, bool verify, Corpus **out, Err *err);
void corpus_close(Corpus *c); // NULL is fine

/* Open the corpus of a spec, verified. The source "tokens" opens its path; any other source makes
 * the token file `path` unless one stands there already. Nothing that stands there is ever
 * replaced: a token file made from another spec is E_USAGE, any other file E_FORMAT.
 *
 * A text that has changed since its token file was made is E_USAGE. A caller that only looks gives
 * `changed`: the message then goes there and the call succeeds; its status is OK where nothing has
 * changed. A text that cannot be read any more is said on stderr and is no error. *out is NULL on
 * failure. */
Status corpus_prepare(const DataSpec *spec, const char *path, Corpus **out, Err *changed, Err *err);

int corpus_vocab(const Corpus *c);
uint64_t corpus_train_tokens(const Corpus *c);
uint64_t corpus_heldout_tokens(const Corpus *c);
uint64_t corpus_documents(const Corpus *c);
bool corpus_is_bytes(const Corpus *c); // tokens are bytes of text
uint64_t corpus_hash(
    const Corpus *c); // of the head, which holds the CRC of the rest; part of a run's id
void corpus_hash_text(const Corpus *c, char hex[17]); // 16 digits
const Json *corpus_facts(const Corpus *c);            // the facts object
const DataSpec *corpus_spec(const Corpus *c);         // what it was made from
const char *corpus_path(const Corpus *c);

/* Read tokens i .. i+n-1 of a part, widened to int. Out of range is a BUG. */
void corpus_train_read(const Corpus *c, uint64_t i, int n, int *out);
void corpus_heldout_read(const Corpus *c, uint64_t i, int n, int *out);

/* Return the number of symbols after which the source's phase comes again: those of a record of
 * zipf-memory; 1 where there is no phase. */
int corpus_period(const Corpus *c);

/* Return the source's entropy rate in nats per token; NaN of a text, whose rate nobody knows. */
double corpus_entropy_nat(const Corpus *c);
/* Compute the entropy of one token by itself, in nats, from how often each stands in the training
 * part: the loss of a model that has learnt these frequencies and nothing else. Reads the part. */
double corpus_unigram_nat(const Corpus *c);
/* Compute the least expected loss of any model that sees windows of ctx + 1 tokens and nothing
 * before them: [H(X_0..X_ctx) - H(X_0)] / ctx, in nats per token. NaN of a text, and of a window
 * too short for the language. Opens the language again: about 0.1 s a call. */
double corpus_floor_nat(const Corpus *c, int ctx);

#endif
