/* cmd_check.c: `tinyscale check`: the coordinate check of a config's parametrization. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/commands.h"
#include "base/crc.h"
#include "train/coordinates.h"

typedef struct {
    const char *corpus, *widths;
    int steps, seeds;
    bool json;
} CheckFlags;

// clang-format off
#define AT(member) offsetof(CheckFlags, member)
static const Field ROWS[] = {
    {"corpus", FIELD_STRING, AT(corpus), 0, -1, NULL, "",                "token file; empty: one of 200k tokens from the config's data, for this command only"},
    {"widths", FIELD_STRING, AT(widths), 0, -1, NULL, "",                "values of d_model, rising, multiples of d_head"},
    {"steps",  FIELD_INT,    AT(steps),  1, COORDINATES_STEPS, NULL, "", "optimizer steps at a constant rate, without warm-up"},
    {"seeds",  FIELD_INT,    AT(seeds),  1, 100, NULL, "",               "over which sizes are averaged"},
    {"json",   FIELD_BOOL,   AT(json),   0, -1, NULL, "",                "print JSON"},
};
// clang-format on
static const FieldTable CHECK_FLAGS = {"flags", ROWS, COUNT_OF(ROWS)};

static Status read_widths(const char *list, CoordinatesAsked *out, Err *err) {
    out->n_widths = 0;
    for (const char *at = list;; at++) {
        char *end;
        const long width = strtol(at, &end, 10);
        const int before = out->n_widths ? out->widths[out->n_widths - 1] : 1;
        if (end == at || (*end && *end != ',') || width <= before || width > 65536)
            FAIL(err, E_USAGE, "--widths: '%s': needs rising whole numbers, such as 32,64,128",
                 list);
        if (out->n_widths == COORDINATES_WIDTHS)
            FAIL(err, E_USAGE, "--widths: at most %d", COORDINATES_WIDTHS);
        out->widths[out->n_widths++] = (int)width;
        at = end;
        if (!*at) break;
    }
    if (out->n_widths < 2) FAIL(err, E_USAGE, "--widths: needs at least two, to compare them");
    return OK;
}

static Status read_config(Arena *arena, const char *path, RunConfig *out, Err *err) {
    JsonDoc *doc;
    TRY(crc_open_json(path, &doc, err));
    const Status status = run_config_from_json(out, arena, doc, json_root(doc), err);
    json_close(doc);
    return status;
}

/* Measure on a corpus that is made for this and removed. */
static Status with_own_corpus(Arena *arena, CoordinatesAsked *asked, Coordinates *out, Err *err) {
    char dir[] = "/tmp/tinyscale-check-XXXXXX";
    DataSpec data = asked->config.data;
    Corpus *corpus = NULL;
    if (data.tokens > 200000) data.tokens = 200000;
    if (data.heldout_tok > 20000) data.heldout_tok = 20000;
    if (!mkdtemp(dir)) FAIL(err, E_IO, "%s: no directory can be made there", dir);
    const char *path = arena_printf(arena, "%s/corpus.tok", dir);
    Status status = corpus_prepare(&data, path, &corpus, NULL, err);
    if (status == OK) status = coordinates_of(arena, asked, corpus, out, err);
    corpus_close(corpus);
    remove(path);
    rmdir(dir);
    return status;
}

static Status measure(Arena *arena, const CheckFlags *flags, CoordinatesAsked *asked,
                      Coordinates *out, Err *err) {
    Corpus *corpus;
    if (!*flags->corpus) return with_own_corpus(arena, asked, out, err);
    TRY(corpus_open(flags->corpus, true, &corpus, err));
    const Status status = coordinates_of(arena, asked, corpus, out, err);
    corpus_close(corpus);
    return status;
}

static void print(const Coordinates *c, bool json) {
    if (!json) {
        Sheet sheet = sheet_text_out(stdout);
        coordinates_put(&sheet, c);
        return;
    }
    JsonOut j = json_out(2);
    Sheet sheet = sheet_json(&j);
    json_begin(&j, NULL, '{');
    coordinates_put(&sheet, c);
    json_end(&j);
    puts(j.text.s);
    text_close(&j.text);
}

static Status check(Arena *arena, int argc, char **argv, Err *err) {
    CheckFlags flags = {.corpus = "", .widths = "32,64,128,256", .steps = 5, .seeds = 3};
    CoordinatesAsked asked = {.config = run_config_default()};
    Coordinates c;
    asked.config.lr = 0.016; // above that of training: what grows with width shows sooner
    const FieldGroup groups[] = {{&CHECK_FLAGS, &flags}, {&RUN_FIELDS, &asked.config}};
    const ArgSpec spec = {
        "tinyscale check [CONFIG] [--widths 32,64,128] [--field value ...]",
        "Whether activations change alike at every width in the first steps of training, as muP "
        "promises.\nCONFIG is a run's, as for `tinyscale train`; fields given here come after it.",
        groups,
        COUNT_OF(groups),
        0,
        1};
    Args args;
    TRY(args_parse(&spec, arena, argc, argv, &args, err));
    if (args.help) return OK;
    if (args.n_args > 0) { // the file first, then the flags once more
        TRY(read_config(arena, args.args[0], &asked.config, err));
        TRY(args_parse(&spec, arena, argc, argv, &args, err));
    }
    asked.steps = flags.steps;
    asked.seeds = flags.seeds;
    TRY(read_widths(flags.widths, &asked, err));
    TRY(measure(arena, &flags, &asked, &c, err));
    print(&c, flags.json);
    return OK;
}

Status cmd_check(int argc, char **argv, Err *err) {
    Arena *arena = arena_open();
    const Status status = check(arena, argc, argv, err);
    arena_close(arena);
    return status;
}
