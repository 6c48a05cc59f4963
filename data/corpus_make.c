/* corpus_make.c: from a source to a token file, built whole in memory and written at once. */
#include "data/corpus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/claim.h"
#include "base/gzip.h"
#include "base/proc.h"
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
    token_file_put(image->bytes + image->at.documents + 8 * document, 8, first_token);
}

static Status image_write(Image *image, const char *path, Err *err) {
    const size_t body = image->at.end - TOKEN_HEAD_SIZE;
    image->head.body_crc = gzip_crc32(image->bytes + TOKEN_HEAD_SIZE, body, 0);
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
    for (uint64_t i = 0; i < n; i++) token_file_put(to + i * size, (int)size, tokens[i]);
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

/* Find the document of the text that stands at a place of the corpus. */
static TextDocument shuffled(const TextDocuments *docs, const Stream *order, uint64_t place) {
    return docs->at[stream_permute(order, place, docs->n)];
}

static Status make_text(Arena *arena, const DataSpec *spec, Image *out, Err *err) {
    TextDocuments docs;
    TRY(text_source_documents(arena, spec, &docs, err));
    JsonOut facts = facts_begin(spec);
    json_put_count(&facts, "files", docs.files);
    json_put_count(&facts, "text_bytes", docs.bytes);
    json_put_count(&facts, "source_bytes", docs.sum.bytes);
    json_put_string(&facts, "source_crc32", arena_printf(arena, "%08x", docs.sum.crc32));

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
        const TextDocument doc = shuffled(&docs, &order, i);
        unsigned char *to = out->bytes + out->at.tokens + at;
        image_put_document(out, i, at);
        memcpy(to, doc.text, doc.size);
        to[doc.size] = END_OF_DOCUMENT;
        at += doc.size + 1;
    }
    return OK;
}

/* Refuse a token file inside the directory that it is made from: it would be a part of its own
 * text. */
static Status check_apart(Arena *arena, const DataSpec *spec, const char *path, Err *err) {
    if (strcmp(spec->source, "text") != 0 || !dir_exists(spec->path)) return OK;
    const char *slash = strrchr(path, '/');
    const char *parent = slash ? arena_strndup(arena, path, (size_t)(slash - path) + 1) : ".";
    char *text = realpath(spec->path, NULL), *place = realpath(parent, NULL);
    const size_t n = text ? strlen(text) : 0;
    const bool inside = text && place && strncmp(place, text, n) == 0 &&
                        (place[n] == '/' || place[n] == '\0' || n == 1); // n == 1: "/"
    free(text);
    free(place);
    if (!inside) return OK;
    FAIL(err, E_USAGE,
         "%s: lies in the directory '%s', whose files are the text that it is made from; give a "
         "place outside it",
         path, spec->path);
}

static const FileMark TOKEN_FILE = {"TSCORPUS", 0, "a token file", "another --out"};

Status corpus_make(const DataSpec *spec, const char *path, Err *err) {
    TRY(data_spec_check(spec, err));
    if (strcmp(spec->source, "tokens") == 0)
        FAIL(err, E_USAGE, "data: %s: source 'tokens' is a corpus already, nothing to make",
             spec->path);
    TRY(claim_file(path, &TOKEN_FILE, err));
    Arena *arena = arena_open();
    Image image = {0};
    Status status = check_apart(arena, spec, path, err);
    if (status == OK)
        status = language_find(spec->source) ? make_language(arena, spec, &image, err)
                                             : make_text(arena, spec, &image, err);
    if (status == OK) status = image_write(&image, path, err);
    arena_close(arena);
    return status;
}

/* ---- a corpus that is there already --------------------------------------------------------- */

static bool same_field(const Field *f, const DataSpec *a, const DataSpec *b) {
    JsonOut x = json_out(0), y = json_out(0);
    json_begin(&x, NULL, '{');
    json_begin(&y, NULL, '{');
    field_to_json(f, a, &x);
    field_to_json(f, b, &y);
    const bool same = strcmp(x.text.s, y.text.s) == 0;
    text_close(&x.text);
    text_close(&y.text);
    return same;
}

static void add_field(Text *to, const Field *f, const DataSpec *spec) {
    char value[256];
    field_to_text(f, spec, value, sizeof value);
    if (value[0]) text_add(to, "%s%s=%s", to->size ? ", " : "", f->name, value);
}

static Status check_same_spec(const Corpus *c, const DataSpec *wanted, Err *err) {
    Text was = {0}, asked = {0};
    bool same = true;
    for (size_t i = 0; i < DATA_FIELDS.n; i++) {
        const Field *f = &DATA_FIELDS.rows[i];
        if (same_field(f, corpus_spec(c), wanted)) continue;
        same = false;
        add_field(&was, f, corpus_spec(c));
        add_field(&asked, f, wanted);
    }
    Status status = OK;
    if (!same)
        status = err_set(err, E_USAGE,
                         "%s: was made from %s; the config asks for %s. It is not replaced: give "
                         "another --corpus or --out, or delete it if nobody needs it "
                         "(source=tokens takes a token file as it is)",
                         corpus_path(c), was.s, asked.s);
    text_close(&was);
    text_close(&asked);
    return status;
}

/* Check that the text is still that of the token file. One that cannot be read any more is said and
 * is no error, for the token file holds all that is needed. Standard input, and a token file whose
 * facts do not tell of its source, leave nothing to compare. */
static Status check_same_text(const Corpus *c, Err *err) {
    const char *text = corpus_spec(c)->path;
    const double bytes = json_number_or(corpus_facts(c), "source_bytes", NAN);
    const char *crc = json_string_or(corpus_facts(c), "source_crc32", NULL);
    if (strcmp(corpus_spec(c)->source, "text") != 0 || isnan(bytes) || !crc) return OK;
    if (strcmp(text, "-") == 0 || file_is_descriptor(text)) return OK;
    FileSum now;
    Err why;
    char hex[16];
    if (text_source_sum(text, &now, &why) != OK) {
        talk("%s: its text cannot be looked at again (%s); the corpus is taken as it is",
             corpus_path(c), why.message);
        return OK;
    }
    snprintf(hex, sizeof hex, "%08x", now.crc32);
    if ((double)now.bytes != bytes)
        FAIL(err, E_USAGE,
             "%s: its text '%s' has changed: it had %.0f bytes then, and has %.0f now; restore the "
             "text, or give another --out for the new one",
             corpus_path(c), text, bytes, (double)now.bytes);
    if (strcmp(hex, crc) != 0)
        FAIL(err, E_USAGE,
             "%s: its text '%s' has changed: the contents are others (CRC-32 was %s, is %s); "
             "restore the text, or give another --out for the new one",
             corpus_path(c), text, crc, hex);
    return OK;
}

static Status check_there(const Corpus *c, const DataSpec *spec, Err *changed, Err *err) {
    TRY(check_same_spec(c, spec, err));
    if (!changed) return check_same_text(c, err);
    changed->status = OK;
    check_same_text(c, changed);
    return OK;
}

Status corpus_prepare(const DataSpec *spec, const char *path, Corpus **out, Err *changed,
                      Err *err) {
    *out = NULL;
    TRY(data_spec_check(spec, err));
    if (strcmp(spec->source, "tokens") == 0) return corpus_open(spec->path, true, out, err);
    const bool there = file_exists(path);
    if (!there) TRY(corpus_make(spec, path, err));
    TRY(corpus_open(path, true, out, err));
    const Status status = there ? check_there(*out, spec, changed, err) : OK;
    if (status == OK) return OK;
    corpus_close(*out);
    *out = NULL;
    return status;
}
