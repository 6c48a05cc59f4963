/* corpus.c: an open token file, mapped read-only; what it holds and what is known of its source. */
#include "data/corpus.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/gzip.h"
#include "base/rng.h"
#include "data/language.h"
#include "data/token_file.h"

enum { MAX_PERIOD = 1 << 20 };

struct Corpus {
    Arena *arena; // this struct, the path and the spec's strings
    FileMapping map;
    TokenHead head;
    TokenLayout at;
    JsonDoc *facts;
    DataSpec spec;
    int period;
    const char *path;
};

/* The facts are JSON made by us, but the file may come from anywhere. */
static Status read_facts(Corpus *c, Err *err) {
    const char *text = (const char *)c->map.data + c->at.facts;
    const char *name = arena_printf(c->arena, "%s: facts", c->path);
    TRY(json_open(arena_strndup(c->arena, text, c->head.facts_size), name, &c->facts, err));
    const Json *spec;
    TRY(json_need(c->facts, json_root(c->facts), "spec", JSON_OBJECT, &spec, err));
    const double period = json_number_or(json_root(c->facts), "period", 1);
    if (!(period >= 1 && period <= MAX_PERIOD))
        FAIL(err, E_FORMAT, "%s: period: needs to be from 1 to %d", name, MAX_PERIOD);
    c->period = (int)period;
    c->spec = data_spec_default();
    TRY(fields_from_json(&DATA_FIELDS, &c->spec, c->arena, c->facts, spec, NULL, err));
    if (data_spec_check(&c->spec, err) != OK) return err_prefix(err, "%s", name);
    return OK;
}

static Status verify_body(const Corpus *c, Err *err) {
    const unsigned char *body = c->map.data + TOKEN_HEAD_SIZE;
    const uint32_t found = gzip_crc32(body, c->map.size - TOKEN_HEAD_SIZE, 0);
    if (found != c->head.body_crc)
        FAIL(err, E_FORMAT,
             "%s: the contents are damaged (CRC-32 is %08x, should be %08x); make the file again",
             c->path, found, (unsigned)c->head.body_crc);
    const uint64_t n_tokens = c->head.train_tok + c->head.heldout_tok;
    for (uint64_t i = 0, before = 0; i < c->head.documents; i++) {
        const uint64_t start = token_file_get(c->map.data + c->at.documents + 8 * i, 8);
        if (i == 0 ? start != 0 : start <= before || start >= n_tokens)
            FAIL(err, E_FORMAT,
                 "%s: document %" PRIu64 " begins at token %" PRIu64 ", out of order", c->path, i,
                 start);
        before = start;
    }
    const uint64_t size = c->head.token_size;
    for (uint64_t i = 0; i < n_tokens; i++) {
        const uint64_t token = token_file_get(c->map.data + c->at.tokens + i * size, (int)size);
        if (token >= c->head.vocab)
            FAIL(err, E_FORMAT,
                 "%s: token %" PRIu64 " is %" PRIu64 ", not below the vocabulary %" PRIu64, c->path,
                 i, token, c->head.vocab);
    }
    return OK;
}

static Status open_into(Corpus *c, bool verify, Err *err) {
    TRY(file_map(c->path, &c->map, err));
    TRY(token_head_read(c->map.data, c->map.size, c->path, &c->head, err));
    c->at = token_layout(&c->head);
    if (verify) TRY(verify_body(c, err));
    return read_facts(c, err);
}

Status corpus_open(const char *path, bool verify, Corpus **out, Err *err) {
    *out = NULL;
    Arena *arena = arena_open();
    Corpus *c = ARENA_NEW(arena, Corpus);
    c->arena = arena;
    c->path = arena_strdup(arena, path);
    const Status status = open_into(c, verify, err);
    if (status == OK)
        *out = c;
    else
        corpus_close(c);
    return status;
}

void corpus_close(Corpus *c) {
    if (!c) return;
    json_close(c->facts);
    file_unmap(&c->map);
    arena_close(c->arena);
}

int corpus_vocab(const Corpus *c) {
    return (int)c->head.vocab;
}
uint64_t corpus_train_tokens(const Corpus *c) {
    return c->head.train_tok;
}
uint64_t corpus_heldout_tokens(const Corpus *c) {
    return c->head.heldout_tok;
}
uint64_t corpus_documents(const Corpus *c) {
    return c->head.documents;
}
bool corpus_is_bytes(const Corpus *c) {
    return strcmp(c->spec.source, "text") == 0;
}
uint64_t corpus_hash(const Corpus *c) {
    return hash_bytes(c->map.data, TOKEN_HEAD_SIZE, 0);
}
void corpus_hash_text(const Corpus *c, char hex[17]) {
    snprintf(hex, 17, "%016" PRIx64, corpus_hash(c));
}
const Json *corpus_facts(const Corpus *c) {
    return json_root(c->facts);
}
const DataSpec *corpus_spec(const Corpus *c) {
    return &c->spec;
}
const char *corpus_path(const Corpus *c) {
    return c->path;
}

static void read_tokens(const Corpus *c, uint64_t first, int n, int *out) {
    const unsigned char *from = c->map.data + c->at.tokens + first * c->head.token_size;
    if (c->head.token_size == 1)
        for (int i = 0; i < n; i++) out[i] = from[i];
    else
        for (int i = 0; i < n; i++) out[i] = from[2 * i] | from[2 * i + 1] << 8;
}

void corpus_train_read(const Corpus *c, uint64_t i, int n, int *out) {
    MUST(n >= 0 && i <= c->head.train_tok && (uint64_t)n <= c->head.train_tok - i);
    read_tokens(c, i, n, out);
}

void corpus_heldout_read(const Corpus *c, uint64_t i, int n, int *out) {
    MUST(n >= 0 && i <= c->head.heldout_tok && (uint64_t)n <= c->head.heldout_tok - i);
    read_tokens(c, c->head.train_tok + i, n, out);
}

int corpus_period(const Corpus *c) {
    return c->period;
}

double corpus_entropy_nat(const Corpus *c) {
    return json_number_or(corpus_facts(c), "entropy_nat", NAN);
}

double corpus_unigram_nat(const Corpus *c) {
    enum { CHUNK = 4096 };
    int tokens[CHUNK];
    const uint64_t n = corpus_train_tokens(c);
    const size_t vocab = (size_t)corpus_vocab(c);
    Arena *arena = arena_open();
    uint64_t *times = ARENA_ARRAY(arena, uint64_t, vocab);
    for (uint64_t i = 0; i < n; i += CHUNK) {
        const int here = n - i < CHUNK ? (int)(n - i) : CHUNK;
        corpus_train_read(c, i, here, tokens);
        for (int k = 0; k < here; k++) times[tokens[k]]++;
    }
    double entropy = 0;
    for (size_t v = 0; v < vocab; v++)
        entropy += language_entropy_term((double)times[v] / (double)n);
    arena_close(arena);
    return n > 0 ? entropy : NAN;
}

double corpus_floor_nat(const Corpus *c, int ctx) {
    const LanguageKind *kind = language_find(c->spec.source);
    if (!kind) return NAN;
    Arena *arena = arena_open();
    void *language;
    Err ignored; // a language that made a corpus opens again; if not, its floor is not known
    const Status status = kind->open(arena, &c->spec, &language, &ignored);
    const double floor = status == OK ? language_floor(kind, language, ctx) : NAN;
    arena_close(arena);
    return floor;
}
