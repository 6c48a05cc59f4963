/* token_file.h: the head of a token file (drawn in corpus.h) and where its parts stand. Private to
 * data/. */
#ifndef DATA_TOKEN_FILE_H
#define DATA_TOKEN_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { TOKEN_HEAD_SIZE = 64, TOKEN_FILE_VERSION = 1 };

typedef struct {
    uint64_t version, token_size, vocab, body_crc;
    uint64_t train_tok, heldout_tok, documents, facts_size;
} TokenHead;

/* Byte offsets of the parts of a file, and of its end. */
typedef struct {
    size_t facts, documents, tokens, end;
} TokenLayout;
TokenLayout token_layout(const TokenHead *head);

void token_head_write(const TokenHead *head, unsigned char *bytes); // TOKEN_HEAD_SIZE of them

/* Read the head of a file of `size` bytes, and check its version, ranges, CRC and the size. */
Status token_head_read(const unsigned char *bytes, size_t size, const char *path, TokenHead *out,
                       Err *err);

/* Read and write a little-endian number of n bytes. */
uint64_t token_file_get(const unsigned char *bytes, int n);
void token_file_put(unsigned char *bytes, int n, uint64_t value);

#endif
