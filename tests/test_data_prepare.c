/* test_data_prepare.c: a corpus is made where none is, and nothing that stands there is replaced; a
 * text that is no longer what its corpus was made from is noticed. */
#include <sys/stat.h>

#include "base/gzip.h"
#include "data/token_file.h"
#include "tests/corpus_rig.h"

static void prepare_makes_only_what_is_missing(void **state) {
    Fixture *f = *state;
    Err err;
    Corpus *c;
    DataSpec spec = chain_spec(20);
    unlink(f->tok);
    assert_int_equal(corpus_prepare(&spec, f->tok, &c, NULL, &err), OK);
    const uint64_t hash = corpus_hash(c);
    corpus_close(c);
    assert_int_equal(chmod(f->dir, 0500),
                     0); // nothing can be written now (root may: then the hash tells)
    assert_int_equal(corpus_prepare(&spec, f->tok, &c, NULL, &err), OK);
    assert_int_equal(chmod(f->dir, 0700), 0);
    assert_true(corpus_hash(c) == hash);
    corpus_close(c);

    const DataSpec same = spec;
    spec.seed++;
    spec.order = 2;
    refused(corpus_prepare(&spec, f->tok, &c, NULL, &err), &err, E_USAGE,
            "made from order=1, seed=7; the config asks for order=2, seed=8.");
    assert_null(c);
    assert_int_equal(corpus_prepare(&same, f->tok, &c, NULL, &err), OK);
    assert_true(corpus_hash(c) == hash);
    corpus_close(c);

    spec.source = "tokens";
    spec.path = f->tok;
    assert_int_equal(corpus_prepare(&spec, "nowhere", &c, NULL, &err), OK);
    assert_string_equal(corpus_path(c), f->tok);
    assert_string_equal(corpus_spec(c)->source, "markov");
    corpus_close(c);

    write_file(f->text, "precious", 8);
    spec = chain_spec(20);
    refused(corpus_prepare(&spec, f->text, &c, NULL, &err), &err, E_FORMAT, "not a token file");
    Bytes kept;
    assert_int_equal(file_read(f->arena, f->text, &kept, &err), OK);
    assert_string_equal(kept.data, "precious");
}

/* As a corpus was before its facts told of the source: those members are renamed, the CRCs true. */
static void forget_source(Fixture *f) {
    Bytes b;
    Err err;
    TokenHead head;
    assert_int_equal(file_read(f->arena, f->tok, &b, &err), OK);
    unsigned char *bytes = (unsigned char *)b.data;
    assert_int_equal(token_head_read(bytes, b.size, f->tok, &head, &err), OK);
    for (char *at; (at = memmem(b.data, b.size, "\"source_", 8));) at[1] = 'x';
    head.body_crc = gzip_crc32(bytes + TOKEN_HEAD_SIZE, b.size - TOKEN_HEAD_SIZE, 0);
    token_head_write(&head, bytes);
    write_file(f->tok, bytes, b.size);
}

static void a_text_that_changed_is_noticed(void **state) {
    Fixture *f = *state;
    Err err, changed;
    Corpus *c;
    setenv("TINYSCALE_QUIET", "1", 1);
    const DataSpec spec = text_spec(f->text, "lines");
    unlink(f->tok);
    write_file(f->text, "12345\n6789\n", 11);
    assert_int_equal(corpus_prepare(&spec, f->tok, &c, NULL, &err), OK);
    assert_int_equal(json_number_or(corpus_facts(c), "source_bytes", 0), 11);
    assert_string_equal(json_string_or(corpus_facts(c), "source_crc32", ""), "242a2284");
    corpus_close(c);
    assert_int_equal(corpus_prepare(&spec, f->tok, &c, NULL, &err), OK);
    corpus_close(c);
    const struct {
        const char *text, *word;
    } cases[] = {{"12345\n6789\n0\n", "it had 11 bytes then, and has 13 now"},
                 {"12345\n6780\n", "CRC-32 was 242a2284"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        write_file(f->text, cases[i].text, strlen(cases[i].text));
        refused(corpus_prepare(&spec, f->tok, &c, NULL, &err), &err, E_USAGE, cases[i].word);
        assert_null(c);
        assert_int_equal(corpus_prepare(&spec, f->tok, &c, &changed, &err), OK);
        refused(changed.status, &changed, E_USAGE, cases[i].word);
        corpus_close(c);
    }
    forget_source(f); // nothing to compare
    assert_int_equal(corpus_prepare(&spec, f->tok, &c, &changed, &err), OK);
    assert_int_equal(changed.status, OK);
    corpus_close(c);
    unlink(f->tok);
    assert_int_equal(corpus_prepare(&spec, f->tok, &c, NULL, &err), OK);
    corpus_close(c);
    unlink(f->text); // the corpus holds all that is needed
    assert_int_equal(corpus_prepare(&spec, f->tok, &c, NULL, &err), OK);
    corpus_close(c);
    unsetenv("TINYSCALE_QUIET");
}

/* A corpus's hash is a part of the ids of its runs. */
static void languages_keep_their_hash(void **state) {
    Fixture *f = *state;
    const DataSpec spec = chain_spec(300);
    char hash[17];
    Corpus *c = make(&spec, f->tok);
    corpus_hash_text(c, hash);
    assert_string_equal(hash, "8891f4cd06c229d8");
    corpus_close(c);
}

static void corpora_do_not_replace_files(void **state) {
    Fixture *f = *state;
    Err err;
    const DataSpec spec = chain_spec(20);
    write_file(f->text, "TSC, and no token file", 22);
    refused(corpus_make(&spec, f->text, &err), &err, E_USAGE, "not a token file");
    Bytes kept;
    assert_int_equal(file_read(f->arena, f->text, &kept, &err), OK);
    assert_string_equal(kept.data, "TSC, and no token file");
    write_file(f->tok, "TSCORPUS, torn", 14);
    corpus_close(make(&spec, f->tok)); // asked for, and ours
    DataSpec own = text_spec(f->dir, "files");
    refused(corpus_make(&own, f->tok, &err), &err, E_USAGE, "lies in the directory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prepare_makes_only_what_is_missing),
        cmocka_unit_test(a_text_that_changed_is_noticed),
        cmocka_unit_test(languages_keep_their_hash),
        cmocka_unit_test(corpora_do_not_replace_files),
    };
    return cmocka_run_group_tests_name("data: prepare", tests, set_up, tear_down);
}
