/* token_file.c: the head of a token file as one table; see corpus.h for the drawing. */
#include "data/token_file.h"

#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/gzip.h"

static const char MAGIC[8] = {'T', 'S', 'C', 'O', 'R', 'P', 'U', 'S'};
enum { HEAD_CRC_AT = 56 };

#define MEMBER(name) offsetof(TokenHead, name)
static const struct {
    int at, bytes;
    size_t member;
} HEAD[] = {
    {8, 4, MEMBER(version)},    {12, 4, MEMBER(token_size)}, {16, 4, MEMBER(vocab)},
    {20, 4, MEMBER(body_crc)},  {24, 8, MEMBER(train_tok)},  {32, 8, MEMBER(heldout_tok)},
    {40, 8, MEMBER(documents)}, {48, 8, MEMBER(facts_size)},
};

uint64_t token_file_get(const unsigned char *bytes, int n) {
    uint64_t value = 0;
    for (int i = n - 1; i >= 0; i--) value = value << 8 | bytes[i];
    return value;
}

void token_file_put(unsigned char *bytes, int n, uint64_t value) {
    for (int i = 0; i < n; i++, value >>= 8) bytes[i] = (unsigned char)value;
}

TokenLayout token_layout(const TokenHead *h) {
    TokenLayout at = {.facts = TOKEN_HEAD_SIZE};
    at.documents = at.facts + h->facts_size;
    at.tokens = at.documents + 8 * h->documents;
    at.end = at.tokens + h->token_size * (h->train_tok + h->heldout_tok);
    return at;
}

void token_head_write(const TokenHead *head, unsigned char *bytes) {
    memset(bytes, 0, TOKEN_HEAD_SIZE);
    memcpy(bytes, MAGIC, sizeof MAGIC);
    for (size_t i = 0; i < COUNT_OF(HEAD); i++) {
        const uint64_t *value = (const uint64_t *)((const char *)head + HEAD[i].member);
        token_file_put(bytes + HEAD[i].at, HEAD[i].bytes, *value);
    }
    token_file_put(bytes + HEAD_CRC_AT, 4, gzip_crc32(bytes, HEAD_CRC_AT, 0));
}

/* Check what a right CRC does not prove, since another program may have written file and CRC. */
static Status check_values(const TokenHead *h, size_t size, const char *path, Err *err) {
    if (h->token_size != 1 && h->token_size != 2)
        FAIL(err, E_FORMAT, "%s: tokens of %" PRIu64 " bytes; 1 or 2 are known", path,
             h->token_size);
    if (h->vocab < 1 || h->vocab > 1u << (8 * h->token_size))
        FAIL(err, E_FORMAT,
             "%s: a vocabulary of %" PRIu64 " does not fit tokens of %" PRIu64 " bytes", path,
             h->vocab, h->token_size);
    if (h->facts_size % 8 != 0)
        FAIL(err, E_FORMAT, "%s: facts of %" PRIu64 " bytes; a multiple of 8 is needed", path,
             h->facts_size);
    if (h->train_tok == 0 || h->heldout_tok == 0 || h->documents == 0)
        FAIL(err, E_FORMAT, "%s: training tokens, held-out tokens and documents are needed", path);
    /* Each part is bounded before they are added up, so that no sum can wrap. */
    const uint64_t bound = 1ull << 56;
    const bool sane = h->train_tok < bound && h->heldout_tok < bound && h->documents < bound &&
                      h->facts_size < bound;
    const TokenLayout at = token_layout(h);
    if (!sane || at.end != size)
        FAIL(err, E_FORMAT, "%s: has %zu bytes and should have %zu: it is %s", path, size, at.end,
             !sane || at.end > size ? "cut short" : "too long");
    return OK;
}

Status token_head_read(const unsigned char *bytes, size_t size, const char *path, TokenHead *out,
                       Err *err) {
    if (size < sizeof MAGIC || memcmp(bytes, MAGIC, sizeof MAGIC) != 0)
        FAIL(err, E_FORMAT,
             "%s: not a token file (those begin with TSCORPUS); 'tinyscale data make' makes one",
             path);
    if (size < TOKEN_HEAD_SIZE)
        FAIL(err, E_FORMAT, "%s: has %zu bytes and should have at least %d: it is cut short", path,
             size, TOKEN_HEAD_SIZE);
    for (size_t i = 0; i < COUNT_OF(HEAD); i++)
        *(uint64_t *)((char *)out + HEAD[i].member) =
            token_file_get(bytes + HEAD[i].at, HEAD[i].bytes);
    if (out->version != TOKEN_FILE_VERSION)
        FAIL(err, E_FORMAT, "%s: token file version %" PRIu64 "; this program reads version %d",
             path, out->version, TOKEN_FILE_VERSION);
    const uint32_t found = gzip_crc32(bytes, HEAD_CRC_AT, 0);
    const uint64_t stored = token_file_get(bytes + HEAD_CRC_AT, 4);
    if (stored != found)
        FAIL(err, E_FORMAT,
             "%s: the head is damaged (CRC-32 is %08x, should be %08x); make the file again", path,
             found, (unsigned)stored);
    return check_values(out, size, path, err);
}
