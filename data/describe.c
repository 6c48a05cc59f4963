/* describe.c: counts n-grams, asks zlib, and prints both beside what is known exactly. */
#include "data/describe.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/gzip.h"
#include "data/language.h"
#include "base/columns.h"

enum { MAX_POSITIONS = 4 << 20, TOKEN_BITS = 16 };

static const int FLOOR_CTX[] = {64, 128, 256};

static double nat_to_bit(double nat) {
    return nat / log(2);
}

static int ascending(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Compute the entropy of the first n tokens of 4-grams, which are packed first token highest and
 * sorted, so that equal beginnings stand together. */
static double prefix_entropy(const uint64_t *grams, uint64_t count, int n, uint64_t *distinct) {
    const int shift = TOKEN_BITS * (DESCRIBE_MAX_NGRAM - n);
    const double total = (double)count;
    double entropy = 0;
    *distinct = 0;
    for (uint64_t i = 0, first; i < count; ++*distinct) {
        for (first = i; i < count && grams[i] >> shift == grams[first] >> shift;) i++;
        entropy += language_entropy_term((double)(i - first) / total);
    }
    return entropy + (double)(*distinct - 1) / (2 * total);
}

static void count_ngrams(const int *tokens, uint64_t n_tokens, Arena *arena, Description *d) {
    if (n_tokens < DESCRIBE_MAX_NGRAM) return;
    d->positions = n_tokens - DESCRIBE_MAX_NGRAM + 1;
    uint64_t *grams = ARENA_ARRAY(arena, uint64_t, d->positions);
    for (uint64_t i = 0; i < d->positions; i++)
        for (uint64_t j = 0; j < DESCRIBE_MAX_NGRAM; j++)
            grams[i] = grams[i] << TOKEN_BITS | (uint64_t)tokens[i + j];
    qsort(grams, d->positions, sizeof *grams, ascending);
    double shorter = 0;
    for (int n = 1; n <= DESCRIBE_MAX_NGRAM; n++) {
        const double block = prefix_entropy(grams, d->positions, n, &d->distinct[n - 1]);
        d->entropy_nat[n - 1] = block - shorter;
        shorter = block;
    }
}

static void pack(const Corpus *c, const int *tokens, Arena *arena, Description *d) {
    const uint64_t size = corpus_vocab(c) <= 256 ? 1 : 2;
    unsigned char *bytes = arena_alloc(arena, d->zlib_tok * size);
    for (uint64_t i = 0; i < d->zlib_tok; i++)
        for (uint64_t j = 0; j < size; j++)
            bytes[i * size + j] = (unsigned char)(tokens[i] >> (8 * j));
    d->zlib_bit = 8 * (double)gzip_packed_size(bytes, d->zlib_tok * size) / (double)d->zlib_tok;
}

Description describe_corpus(const Corpus *c) {
    const uint64_t train = corpus_train_tokens(c),
                   n = train < MAX_POSITIONS ? train : MAX_POSITIONS;
    Description d = {.zlib_tok = n};
    for (int i = 0; i < DESCRIBE_MAX_NGRAM; i++) d.entropy_nat[i] = NAN;
    Arena *arena = arena_open();
    int *tokens = ARENA_ARRAY(arena, int, n);
    corpus_train_read(c, 0, (int)n, tokens);
    count_ngrams(tokens, n, arena, &d);
    pack(c, tokens, arena, &d);
    arena_close(arena);
    return d;
}

static void print_ngrams(const Description *d, FILE *out) {
    Columns *columns = columns_open(4);
    columns_row(columns, "n", "H(X_n | X_1..X_n-1), nat", "bit", "distinct n-grams");
    for (int i = 0; i < DESCRIBE_MAX_NGRAM; i++) {
        char n[32], nat[32], bit[32], distinct[32];
        snprintf(n, sizeof n, "%d", i + 1);
        snprintf(nat, sizeof nat, "%.4f", d->entropy_nat[i]);
        snprintf(bit, sizeof bit, "%.4f", nat_to_bit(d->entropy_nat[i]));
        snprintf(distinct, sizeof distinct, "%" PRIu64, d->distinct[i]);
        columns_row(columns, n, nat, bit, distinct);
    }
    columns_print(columns, out);
    columns_close(columns);
    fprintf(out,
            "\ncounted at %" PRIu64 " positions, Miller-Madow corrected; too low where most "
            "n-grams are seen once or twice\n",
            d->positions);
}

static void print_exact(const Corpus *c, FILE *out) {
    const double rate = corpus_entropy_nat(c);
    if (isnan(rate)) return;
    fprintf(out, "entropy rate     %.6f nat = %.6f bit per token, exact\n", rate, nat_to_bit(rate));
    for (size_t i = 0; i < COUNT_OF(FLOOR_CTX); i++)
        fprintf(out, "floor, ctx %-5d %.6f nat per token, exact\n", FLOOR_CTX[i],
                corpus_floor_nat(c, FLOOR_CTX[i]));
}

void describe_print(const Corpus *c, const Description *d, FILE *out) {
    const DataSpec *spec = corpus_spec(c);
    fprintf(out, "%s: from %s%s%s\n", corpus_path(c), spec->source, spec->path[0] ? " " : "",
            spec->path);
    fprintf(out, "training tokens  %" PRIu64 "\n", corpus_train_tokens(c));
    fprintf(out, "held-out tokens  %" PRIu64 "\n", corpus_heldout_tokens(c));
    fprintf(out, "documents        %" PRIu64 "\n", corpus_documents(c));
    fprintf(out, "vocabulary       %d\n", corpus_vocab(c));
    fprintf(out, "zlib             %.3f bit/%s (first %" PRIu64 " training tokens)\n", d->zlib_bit,
            corpus_is_bytes(c) ? "byte" : "token", d->zlib_tok);
    print_exact(c, out);
    fprintf(out, "\n");
    print_ngrams(d, out);
}

void describe_to_json(const Corpus *c, const Description *d, JsonOut *out) {
    json_put_string(out, "path", corpus_path(c));
    json_put_count(out, "train_tok", corpus_train_tokens(c));
    json_put_count(out, "heldout_tok", corpus_heldout_tokens(c));
    json_put_count(out, "documents", corpus_documents(c));
    json_put_count(out, "vocab", (uint64_t)corpus_vocab(c));
    json_put_bool(out, "bytes", corpus_is_bytes(c));
    json_put_value(out, "facts", corpus_facts(c));
    json_put_number(out, "entropy_nat", corpus_entropy_nat(c));
    json_begin(out, "floors", '[');
    for (size_t i = 0; i < COUNT_OF(FLOOR_CTX); i++) {
        json_begin(out, NULL, '{');
        json_put_count(out, "ctx", (uint64_t)FLOOR_CTX[i]);
        json_put_number(out, "floor_nat", corpus_floor_nat(c, FLOOR_CTX[i]));
        json_end(out);
    }
    json_end(out);
    json_put_count(out, "zlib_tok", d->zlib_tok);
    json_put_number(out, "zlib_bit_per_token", d->zlib_bit);
    json_put_count(out, "ngram_positions", d->positions);
    json_begin(out, "ngrams", '[');
    for (int i = 0; i < DESCRIBE_MAX_NGRAM; i++) {
        json_begin(out, NULL, '{');
        json_put_count(out, "n", (uint64_t)i + 1);
        json_put_number(out, "conditional_nat", d->entropy_nat[i]);
        json_put_number(out, "conditional_bit", nat_to_bit(d->entropy_nat[i]));
        json_put_count(out, "distinct", d->distinct[i]);
        json_end(out);
    }
    json_end(out);
}
