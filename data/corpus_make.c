/* corpus_make.c: from a source to a token file, built whole in memory and written at once. */
#include "data/corpus.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "data/language.h"
#include "data/text_source.h"
#include "data/token_file.h"

typedef struct {
    TokenHead head;
    TokenLayout at;
    unsigned char *bytes; // at.end of them
} Image;

static Image image_open(Arena *arena, TokenHead head, const char *facts) {
    head.version = TOKEN_FILE_VERSION;
    head.token_size = head.vocab <= 256 ? 1 : 2;
    head.facts_size = strlen(facts);
    Image image = {.head = head, .at = token_layout(&head)};
    image.bytes = arena_alloc(arena, image.at.end);
    memcpy(image.bytes + image.at.facts, facts, head.facts_size);
    return image;
}

static void image_put_document(Image *image, uint64_t document, uint64_t first_token) {
    put_little(image->bytes + image->at.documents + 8 * document, 8, first_token);
}

static Status image_write(Image *image, const char *path, Err *err) {
    const size_t body = image->at.end - TOKEN_HEAD_SIZE;
    image->head.body_crc = crc32_bytes(image->bytes + TOKEN_HEAD_SIZE, body, 0);
    token_head_write(&image->head, image->bytes);
    return file_write(path, image->bytes, image->at.end, err);
}

/* {"source":...,"spec":{...},...}: begun here, ended and padded by facts_end. */
static JsonOut facts_begin(const DataSpec *spec) {
    JsonOut facts = json_out(0);
    json_begin(&facts, NULL, '{');
    json_put_string(&facts, "source", spec->source);
    json_begin(&facts, "spec", '{');
    fields_to_json(&DATA_FIELDS, spec, &facts);
    json_end(&facts);
    return facts;
}

static char *facts_end(Arena *arena, JsonOut *facts) {
    json_end(facts);
    while (facts->text.size % 8 != 0) text_add_bytes(&facts->text, " ", 1);
    char *text = arena_strdup(arena, facts->text.s);
    text_close(&facts->text);
    return text;
}

static void language_part(Arena *arena, const LanguageKind *kind, const void *language, int part,
                          uint64_t n, uint64_t first, Image *image) {
    uint16_t *tokens = ARENA_ARRAY(arena, uint16_t, n);
    kind->write(language, part, n, tokens);
    const size_t size = image->head.token_size;
    unsigned char *to = image->bytes + image->at.tokens + first * size;
    for (uint64_t i = 0; i < n; i++) put_little(to + i * size, (int)size, tokens[i]);
    image_put_document(image, (uint64_t)part, first);
}

static Status make_language(Arena *arena, const DataSpec *spec, Image *out, Err *err) {
    const LanguageKind *kind = language_find(spec->source);
    void *language;
    TRY(kind->open(arena, spec, &language, err));
    JsonOut facts = facts_begin(spec);
    json_put_number(&facts, "entropy_nat", kind->entropy_rate(language));
    json_put_count(&facts, "period", (uint64_t)kind->period(language));
    const TokenHead head = {
        .vocab = (uint64_t)kind->vocab(language),
        .train_tok = spec->tokens,
        .heldout_tok = spec->heldout_tok,
        .documents = 2,
    };
    *out = image_open(arena, head, facts_end(arena, &facts));
    language_part(arena, kind, language, 0, spec->tokens, 0, out);
    language_part(arena, kind, language, 1, spec->heldout_tok, spec->tokens, out);
    return OK;
}

/* Which document of the text stands at a place of the corpus. */
static Document shuffled(const Documents *docs, const Stream *order, uint64_t place) {
    return docs->at[stream_permute(order, place, docs->n)];
}

static Status make_text(Arena *arena, const DataSpec *spec, Image *out, Err *err) {
    Documents docs;
    TRY(text_documents(arena, spec, &docs, err));
    JsonOut facts = facts_begin(spec);
    json_put_count(&facts, "files", docs.files);
    json_put_count(&facts, "text_bytes", docs.bytes);

    const double most = (double)(docs.n - 1); // one at least stays on either side
    const uint64_t held_out = (uint64_t)fmin(fmax(round(spec->heldout * (double)docs.n), 1), most);
    const Stream order = stream_open(spec->seed, "documents", 0);
    TokenHead head = {.vocab = 256, .documents = docs.n};
    for (uint64_t i = 0; i < docs.n; i++) {
        const uint64_t size = shuffled(&docs, &order, i).size + 1; // with its END_OF_DOCUMENT
        *(i < docs.n - held_out ? &head.train_tok : &head.heldout_tok) += size;
    }
    *out = image_open(arena, head, facts_end(arena, &facts));
    uint64_t at = 0;
    for (uint64_t i = 0; i < docs.n; i++) {
        const Document doc = shuffled(&docs, &order, i);
        unsigned char *to = out->bytes + out->at.tokens + at;
        image_put_document(out, i, at);
        memcpy(to, doc.text, doc.size);
        to[doc.size] = END_OF_DOCUMENT;
        at += doc.size + 1;
    }
    return OK;
}

Status corpus_make(const DataSpec *spec, const char *path, Err *err) {
    TRY(data_spec_check(spec, err));
    if (strcmp(spec->source, "tokens") == 0)
        FAIL(err, E_USAGE, "data: %s: source 'tokens' is a corpus already, nothing to make",
             spec->path);
    Arena *arena = arena_open();
    Image image = {0};
    Status status = language_find(spec->source) ? make_language(arena, spec, &image, err)
                                                : make_text(arena, spec, &image, err);
    if (status == OK) status = image_write(&image, path, err);
    arena_close(arena);
    return status;
}

static bool same_spec(const DataSpec *a, const DataSpec *b) {
    JsonOut x = facts_begin(a), y = facts_begin(b);
    const bool same = strcmp(x.text.s, y.text.s) == 0;
    text_close(&x.text);
    text_close(&y.text);
    return same;
}

Status corpus_prepare(const DataSpec *spec, const char *path, Corpus **out, Err *err) {
    *out = NULL;
    TRY(data_spec_check(spec, err));
    if (strcmp(spec->source, "tokens") == 0) return corpus_open(spec->path, true, out, err);
    if (file_exists(path)) {
        TRY(corpus_open(path, true, out, err));
        if (same_spec(spec, corpus_spec(*out))) return OK;
        corpus_close(*out);
    }
    TRY(corpus_make(spec, path, err));
    return corpus_open(path, true, out, err);
}
