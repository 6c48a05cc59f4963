/* corpus_rig.h: for tests that make corpora: a directory of their own, specs of small ones, and
 * what is said when one is refused. */
#ifndef TESTS_CORPUS_RIG_H
#define TESTS_CORPUS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/file.h"
#include "data/corpus.h"

typedef struct {
    Arena *arena;
    char dir[64];
    const char *text, *tok; // paths
} Fixture;

/* Open a directory of its own, with names for a text and for the token file made from it. */
static inline int set_up(void **state) {
    Fixture *f = calloc(1, sizeof *f);
    f->arena = arena_open();
    strcpy(f->dir, "/tmp/tinyscale-corpus-XXXXXX");
    if (!mkdtemp(f->dir)) return -1;
    f->text = arena_printf(f->arena, "%s/a.txt", f->dir);
    f->tok = arena_printf(f->arena, "%s/a.tok", f->dir);
    *state = f;
    return 0;
}

static inline int tear_down(void **state) {
    Fixture *f = *state;
    Err err;
    char **paths;
    size_t n = 0;
    if (dir_files(f->arena, f->dir, &paths, &n, &err) != OK) return -1;
    for (size_t i = 0; i < n; i++) unlink(paths[i]);
    rmdir(f->dir);
    arena_close(f->arena);
    free(f);
    return 0;
}

static inline void write_file(const char *path, const void *data, size_t size) {
    Err err;
    assert_int_equal(file_write(path, data, size, &err), OK);
}

/* A text split into documents so, a quarter of it held out. */
static inline DataSpec text_spec(const char *path, const char *documents) {
    DataSpec spec = data_spec_default();
    spec.source = "text";
    spec.path = path;
    spec.documents = documents;
    spec.heldout = 0.25;
    return spec;
}

/* A Markov chain on so many symbols: 1000 tokens to train on and 500 held out. */
static inline DataSpec chain_spec(int symbols) {
    DataSpec spec = data_spec_default();
    spec.source = "markov";
    spec.symbols = symbols;
    spec.tokens = 1000;
    spec.heldout_tok = 500;
    return spec;
}

/* Make a corpus and open it. */
static inline Corpus *make(const DataSpec *spec, const char *path) {
    Err err;
    Corpus *c = NULL;
    if (corpus_make(spec, path, &err) != OK || corpus_open(path, true, &c, &err) != OK)
        fail_msg("%s", err.message);
    return c;
}

/* The call ended with this status, and its one line says the word. */
static inline void refused(Status status, const Err *err, Status kind, const char *word) {
    assert_int_equal(status, kind);
    if (!strstr(err->message, word) || strchr(err->message, '\n'))
        fail_msg("'%s' lacks '%s'", err->message, word);
}

#endif
