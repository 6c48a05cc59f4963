/* test_data_corpus.c: text in, the same text out; token files are whole, repeatable, and say what
 * is wrong with them. */
#include <math.h>

#include "base/commands.h"
#include "base/gzip.h"
#include "data/describe.h"
#include "data/language.h"
#include "data/token_file.h"
#include "tests/corpus_rig.h"

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The corpus's documents, sorted, each in [brackets]. */
static char *documents_of(Arena *arena, const Corpus *c) {
    const uint64_t train = corpus_train_tokens(c), all = train + corpus_heldout_tokens(c);
    int *tokens = ARENA_ARRAY(arena, int, all);
    corpus_train_read(c, 0, (int)train, tokens);
    corpus_heldout_read(c, 0, (int)(all - train), tokens + train);
    assert_int_equal(tokens[train - 1], END_OF_DOCUMENT);
    char **docs = ARENA_ARRAY(arena, char *, corpus_documents(c));
    char *text = arena_alloc(arena, all);
    size_t n = 0;
    for (uint64_t i = 0, first = 0; i < all; i++) {
        text[i] = (char)tokens[i];
        if (tokens[i] != END_OF_DOCUMENT) continue;
        docs[n++] = text + first;
        first = i + 1;
    }
    assert_int_equal(n, corpus_documents(c));
    qsort(docs, n, sizeof *docs, by_text);
    const char *joined = "";
    for (size_t i = 0; i < n; i++) joined = arena_printf(arena, "%s[%s]", joined, docs[i]);
    return arena_strdup(arena, joined);
}

static void text_is_cut_as_asked(void **state) {
    Fixture *f = *state;
    static const char TEXT[] = "\n\n  lead\n\nA one\n  more\n\n  still A\n \nB\n \r\nC\r\nC2\n\n\n";
    const struct {
        const char *documents, *expected;
    } cases[] = {
        {"lines", "[  lead][  more][  still A][A one][B][C\r][C2]"},
        {"paragraphs", "[  lead][  still A][A one\n  more][B][C\r\nC2]"},
        {"entries", "[  lead][A one\n  more\n\n  still A][B][C\r\nC2]"},
    };
    write_file(f->text, TEXT, strlen(TEXT));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const DataSpec spec = text_spec(f->text, cases[i].documents);
        Corpus *c = make(&spec, f->tok);
        assert_string_equal(documents_of(f->arena, c), cases[i].expected);
        assert_true(corpus_is_bytes(c));
        assert_int_equal(corpus_vocab(c), 256);
        assert_true(isnan(corpus_entropy_nat(c)) && isnan(corpus_floor_nat(c, 64)));
        corpus_close(c);
    }
}

static void files_of_a_directory(void **state) {
    Fixture *f = *state;
    Err err;
    const char *sub = arena_printf(f->arena, "%s/sub", f->dir);
    assert_int_equal(dir_make(sub, &err), OK);
    const char *paths[] = {arena_printf(f->arena, "%s/1", sub), arena_printf(f->arena, "%s/2", sub),
                           arena_printf(f->arena, "%s/3", sub)};
    write_file(paths[0], "one\n\ntwo\n", 9);
    write_file(paths[1], "", 0);
    write_file(paths[2], "three\n", 6);
    const DataSpec spec = text_spec(sub, "files");
    Corpus *c = make(&spec, f->tok);
    assert_string_equal(documents_of(f->arena, c), "[one\n\ntwo\n][three\n]");
    assert_int_equal(json_number_or(corpus_facts(c), "files", 0), 3);
    corpus_close(c);
    for (size_t i = 0; i < COUNT_OF(paths); i++) unlink(paths[i]);
    refused(corpus_make(&spec, f->tok, &err), &err, E_USAGE, "no file in this directory");
    rmdir(sub);
}

/* 100 documents: a quarter held out; another seed holds out others; the same seed makes the same
 * bytes. */
static void heldout_is_a_random_share(void **state) {
    Fixture *f = *state;
    Text text = {0};
    for (int i = 100; i < 200; i++) text_add(&text, "doc%d\n", i); // 7 tokens each
    write_file(f->text, text.s, text.size);
    text_close(&text);
    DataSpec spec = text_spec(f->text, "lines");
    Corpus *c = make(&spec, f->tok);
    assert_int_equal(corpus_train_tokens(c), 75 * 7);
    assert_int_equal(corpus_heldout_tokens(c), 25 * 7);
    const char *last = "doc175\ndoc176\ndoc177"; // what would be held out without a shuffle
    int heldout[21], same = 0;
    corpus_heldout_read(c, 0, 21, heldout);
    for (int i = 0; i < 21; i++) same += heldout[i] == last[i];
    assert_true(same < 18);
    const uint64_t hash = corpus_hash(c);
    corpus_close(c);
    c = make(&spec, f->tok);
    assert_true(corpus_hash(c) == hash);
    corpus_close(c);
    spec.seed++;
    c = make(&spec, f->tok);
    assert_true(corpus_hash(c) != hash);
    corpus_close(c);
    spec.heldout = 1; // never all of it
    c = make(&spec, f->tok);
    assert_int_equal(corpus_train_tokens(c), 7);
    corpus_close(c);
    spec.heldout = 0; // never none
    c = make(&spec, f->tok);
    assert_int_equal(corpus_heldout_tokens(c), 7);
    corpus_close(c);
}

static void bad_text_is_refused(void **state) {
    Fixture *f = *state;
    Err err;
    const DataSpec lines = text_spec(f->text, "lines"), files = text_spec(f->text, "files");
    unlink(f->tok);
    unlink(f->text);
    refused(corpus_make(&lines, f->tok, &err), &err, E_IO, f->text);
    write_file(f->text, "", 0);
    refused(corpus_make(&lines, f->tok, &err), &err, E_USAGE, "empty");
    write_file(f->text, " \n\n\t\n", 5);
    refused(corpus_make(&lines, f->tok, &err), &err, E_USAGE, "finds 0");
    write_file(f->text, "a\nb\n\nc\n", 7);
    refused(corpus_make(&files, f->tok, &err), &err, E_USAGE, "documents=paragraphs would make 2");
    refused(corpus_make(&files, f->tok, &err), &err, E_USAGE, "documents=lines would make 3");
    write_file(f->text, "one line", 8);
    refused(corpus_make(&lines, f->tok, &err), &err, E_USAGE, "more text is needed");
    write_file(f->text, "abc\n\0def\n", 9);
    refused(corpus_make(&lines, f->tok, &err), &err, E_FORMAT, "byte 4 is zero");
    write_file(f->text, "\x1f\x8b\x08 junk that only begins like gzip", 36);
    refused(corpus_make(&lines, f->tok, &err), &err, E_FORMAT, f->text);
    assert_false(file_exists(f->tok));
}

static void specs_that_do_not_go_together(void **state) {
    Fixture *f = *state;
    Err err;
    DataSpec spec = text_spec("", "lines");
    refused(corpus_make(&spec, f->tok, &err), &err, E_USAGE, "needs a path");
    spec.source = "zipf-memory";
    spec.path = "x";
    refused(corpus_make(&spec, f->tok, &err), &err, E_USAGE, "takes no path");
    spec.source = "tokens";
    refused(corpus_make(&spec, f->tok, &err), &err, E_USAGE, "nothing to make");
}

static void damage_is_named(void **state) {
    Fixture *f = *state;
    Err err;
    Corpus *c;
    const DataSpec spec = chain_spec(300);
    corpus_close(make(&spec, f->tok));
    Bytes whole;
    assert_int_equal(file_read(f->arena, f->tok, &whole, &err), OK);
    const char *bad = f->text;

    for (size_t size = 0; size < whole.size; size += size < 80 ? 1 : 97) {
        write_file(bad, whole.data, size);
        refused(corpus_open(bad, false, &c, &err), &err, E_FORMAT, bad);
        assert_null(c);
        if (size >= 8 && size < whole.size) refused(E_FORMAT, &err, E_FORMAT, "cut short");
    }
    char *longer = arena_alloc(f->arena, whole.size + 1);
    memcpy(longer, whole.data, whole.size);
    write_file(bad, longer, whole.size + 1);
    refused(corpus_open(bad, false, &c, &err), &err, E_FORMAT, "too long");

    for (size_t i = 0; i < whole.size; i += i < TOKEN_HEAD_SIZE ? 1 : 31) {
        if (i >= 60 && i < TOKEN_HEAD_SIZE) continue; // zero, and nobody's
        longer[i] ^= 16;
        write_file(bad, longer, whole.size);
        refused(corpus_open(bad, true, &c, &err), &err, E_FORMAT, bad);
        longer[i] ^= 16;
    }
    write_file(bad, "{\"a\": 1}", 8);
    refused(corpus_open(bad, false, &c, &err), &err, E_FORMAT, "not a token file");
    unlink(bad);
    refused(corpus_open(bad, false, &c, &err), &err, E_IO, bad);
}

/* A file with true CRCs but wrong contents: what a stranger might write. */
static void strangers_files(void **state) {
    Fixture *f = *state;
    Err err;
    Corpus *c;
    const DataSpec spec = chain_spec(300);
    corpus_close(make(&spec, f->tok));
    const struct {
        size_t at; // counted from the tokens
        ptrdiff_t from_documents;
        int value;
        const char *word;
    } cases[] = {{0, 0, 300, "not below the vocabulary"},
                 {0, -16, 1, "document 0"},
                 {0, -8, 0, "document 1"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Bytes b;
        TokenHead head;
        assert_int_equal(file_read(f->arena, f->tok, &b, &err), OK);
        unsigned char *bytes = (unsigned char *)b.data;
        assert_int_equal(token_head_read(bytes, b.size, f->tok, &head, &err), OK);
        token_file_put(bytes + token_layout(&head).tokens + cases[i].from_documents, 2,
                       (uint64_t)cases[i].value);
        if (i == 2) token_file_put(bytes + token_layout(&head).tokens - 8, 8, 0);
        head.body_crc = gzip_crc32(bytes + TOKEN_HEAD_SIZE, b.size - TOKEN_HEAD_SIZE, 0);
        token_head_write(&head, bytes);
        write_file(f->text, bytes, b.size);
        refused(corpus_open(f->text, true, &c, &err), &err, E_FORMAT, cases[i].word);
    }
}

/* The choices of "source" are those two that are no languages, and every language. */
static void every_language_can_be_chosen(void **state) {
    (void)state;
    const char *const *choice = field_find(&DATA_FIELDS, "source")->choices;
    assert_string_equal(*choice++, "text");
    assert_string_equal(*choice++, "tokens");
    for (const LanguageKind *const *kind = LANGUAGES; *kind; kind++)
        assert_string_equal(*choice++, (*kind)->name);
    assert_null(*choice);
}

static void languages_know_their_entropy(void **state) {
    Fixture *f = *state;
    DataSpec spec = chain_spec(300);
    Corpus *c = make(&spec, f->tok);
    assert_int_equal(corpus_vocab(c), 300);
    assert_int_equal(corpus_train_tokens(c), 1000);
    assert_int_equal(corpus_heldout_tokens(c), 500);
    assert_false(corpus_is_bytes(c));
    const double h = corpus_entropy_nat(c);
    assert_true(h > 1 && h < log(300));
    assert_true(fabs(corpus_floor_nat(c, 64) - h) <
                1e-10); // order 1: the given symbol is all there is to know
    int seen[1500];
    corpus_train_read(c, 0, 1000, seen);
    corpus_heldout_read(c, 0, 500, seen + 1000);
    double unigram = 0; // each token's share of -ln of its frequency
    for (int i = 0; i < 1000; i++) {
        int times = 0;
        for (int k = 0; k < 1000; k++) times += seen[k] == seen[i];
        unigram -= log(times / 1000.0) / 1000;
    }
    assert_true(fabs(corpus_unigram_nat(c) - unigram) < 1e-12);
    int largest = 0;
    for (int i = 0; i < 1500; i++) largest = seen[i] > largest ? seen[i] : largest;
    assert_true(largest > 255 && largest < 300); // the high byte is there
    corpus_close(c);
    spec.tokens = 2000; // begins with the shorter one
    c = make(&spec, f->tok);
    int longer[1000];
    corpus_train_read(c, 0, 1000, longer);
    assert_memory_equal(seen, longer, sizeof longer);
    corpus_close(c);
}

/* Against counts made the slow way. */
static void description_counts(void **state) {
    Fixture *f = *state;
    const DataSpec spec = {.source = "markov",
                           .path = "",
                           .documents = "files",
                           .tokens = 60,
                           .heldout_tok = 10,
                           .symbols = 3,
                           .order = 1,
                           .concentration = 3,
                           .key_len = 1,
                           .value_len = 1,
                           .zipf = 1};
    Corpus *c = make(&spec, f->tok);
    const Description d = describe_corpus(c);
    int x[60];
    corpus_train_read(c, 0, 60, x);
    corpus_close(c);
    assert_int_equal(d.positions, 57);
    double shorter = 0;
    for (size_t n = 1; n <= DESCRIBE_MAX_NGRAM; n++) {
        double block = 0, distinct = 0;
        for (int i = 0; i < 57; i++) {
            int count = 0;
            for (int j = 0; j < 57; j++) count += memcmp(x + i, x + j, n * sizeof *x) == 0;
            block -= log(count / 57.0) / 57;
            distinct += 1.0 / count;
        }
        block += (distinct - 1) / (2 * 57);
        assert_int_equal(d.distinct[n - 1], lround(distinct));
        assert_true(fabs(d.entropy_nat[n - 1] - (block - shorter)) < 1e-12);
        shorter = block;
    }
}

static void command_line(void **state) {
    Fixture *f = *state;
    Err err;
    char *wrong[] = {"data", "descibe", NULL};
    refused(cmd_data(2, wrong, &err), &err, E_USAGE, "'describe'");
    char *nothing[] = {"data", NULL};
    refused(cmd_data(1, nothing, &err), &err, E_USAGE, "make or describe");
    char *no_out[] = {"data", "make", NULL};
    refused(cmd_data(2, no_out, &err), &err, E_USAGE, "--out");
    char *clash[] = {"data",   "make",  (char *)f->text, "--source",
                     "markov", "--out", (char *)f->tok,  NULL};
    refused(cmd_data(7, clash, &err), &err, E_USAGE, "takes no path");
    char *symbols[] = {"data", "make", "--symbols", "-3", "--out", (char *)f->tok, NULL};
    refused(cmd_data(6, symbols, &err), &err, E_USAGE, "--symbols");
    write_file(f->text, "a\n\nb\n", 5);
    char *text[] = {"data", "describe", (char *)f->text, NULL};
    refused(cmd_data(3, text, &err), &err, E_FORMAT, "data make");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_as_asked),
        cmocka_unit_test(files_of_a_directory),
        cmocka_unit_test(heldout_is_a_random_share),
        cmocka_unit_test(bad_text_is_refused),
        cmocka_unit_test(specs_that_do_not_go_together),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(strangers_files),
        cmocka_unit_test(every_language_can_be_chosen),
        cmocka_unit_test(languages_know_their_entropy),
        cmocka_unit_test(description_counts),
        cmocka_unit_test(command_line),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
