/* cmd_data.c: tinyscale data: its subcommands, one row each in SUBCOMMANDS. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/commands.h"
#include "base/field.h"
#include "base/suggest.h"
#include "base/text.h"
#include "data/corpus.h"
#include "data/describe.h"
#include "data/language.h"

typedef struct {
    const char *out;
} MakeOptions;

static const Field MAKE_ROWS[] = {
    {"out", FIELD_STRING, offsetof(MakeOptions, out), 0, 0, NULL, "",
     "the token file to write (needed)"},
};
static const FieldTable MAKE_FIELDS = {"data make", MAKE_ROWS, COUNT_OF(MAKE_ROWS)};

typedef struct {
    bool json;
} DescribeOptions;

static const Field DESCRIBE_ROWS[] = {
    {"json", FIELD_BOOL, offsetof(DescribeOptions, json), 0, 0, NULL, "",
     "print one JSON document"},
};
static const FieldTable DESCRIBE_FIELDS = {"data describe", DESCRIBE_ROWS, COUNT_OF(DESCRIBE_ROWS)};

static const char MAKE_ABOUT[] =
    "Makes a token file from text (PATH: a file, packed or not, a directory, or - for standard\n"
    "input), or from a synthetic language whose entropy is known exactly (--source). Text becomes\n"
    "bytes; its documents are shuffled, and the last are held out.\n"
    "\n"
    "  tinyscale data make --out demo.tok\n"
    "  tinyscale data make --source markov --symbols 64 --out chain.tok\n"
    "  tinyscale data make dictionary.dz --documents entries --out dict.tok";

static const char DESCRIBE_ABOUT[] =
    "Says what a token file holds: sizes, zlib, n-gram entropies, and the exact entropy of a\n"
    "synthetic language.";

/* Settle the source: a path, positional or --path, means text unless --source says otherwise. */
static Status settle_source(const Args *args, DataSpec *spec, Err *err) {
    if (args->n_args == 1 && spec->path[0] != '\0')
        FAIL(err, E_USAGE, "data make: two paths, '%s' and --path %s; one is wanted", args->args[0],
             spec->path);
    if (args->n_args == 1) spec->path = args->args[0];
    const bool source_given =
        args->seen_flag[field_find(&DATA_FIELDS, "source") - DATA_FIELDS.rows];
    if (spec->path[0] != '\0' && !source_given) spec->source = "text";
    return data_spec_check(spec, err);
}

static Status run_make(Arena *arena, int argc, char **argv, Err *err) {
    DataSpec spec = data_spec_default();
    MakeOptions options = {.out = ""};
    const FieldGroup groups[] = {{&DATA_FIELDS, &spec}, {&MAKE_FIELDS, &options}};
    const ArgSpec usage = {
        .usage = "tinyscale data make [PATH] --out FILE [--flags]",
        .about = MAKE_ABOUT,
        .groups = groups,
        .n_groups = COUNT_OF(groups),
        .max_args = 1,
    };
    Args args = {0};
    TRY(args_parse(&usage, arena, argc, argv, &args, err));
    if (args.help) return OK;
    TRY(settle_source(&args, &spec, err));
    if (options.out[0] == '\0')
        FAIL(err, E_USAGE, "data make: --out FILE is needed, the token file to write");
    TRY(corpus_make(&spec, options.out, err));

    Corpus *c;
    TRY(corpus_open(options.out, false, &c, err));
    printf("%s: %" PRIu64 " training tokens, %" PRIu64 " held out, %" PRIu64
           " documents, vocabulary %d\n",
           options.out, corpus_train_tokens(c), corpus_heldout_tokens(c), corpus_documents(c),
           corpus_vocab(c));
    corpus_close(c);
    return OK;
}

static Status run_describe(Arena *arena, int argc, char **argv, Err *err) {
    DescribeOptions options = {0};
    const FieldGroup group = {&DESCRIBE_FIELDS, &options};
    const ArgSpec usage = {
        .usage = "tinyscale data describe FILE [--json]",
        .about = DESCRIBE_ABOUT,
        .groups = &group,
        .n_groups = 1,
        .min_args = 1,
        .max_args = 1,
    };
    Args args = {0};
    TRY(args_parse(&usage, arena, argc, argv, &args, err));
    if (args.help) return OK;
    Corpus *c;
    TRY(corpus_open(args.args[0], true, &c, err));
    const Description d = describe_corpus(c);
    if (options.json) {
        JsonOut out = json_out(2);
        json_begin(&out, NULL, '{');
        describe_to_json(c, &d, &out);
        json_end(&out);
        puts(out.text.s);
        text_close(&out.text);
    } else {
        describe_print(c, &d, stdout);
    }
    corpus_close(c);
    return OK;
}

static const struct {
    const char *name;
    Status (*run)(Arena *arena, int argc, char **argv, Err *err);
    const char *about;
} SUBCOMMANDS[] = {
    {"make", run_make, "a token file from text or a synthetic language"},
    {"describe", run_describe, "what a token file holds"},
};

static void add_subcommands(Text *t, const char *between, const char *last) {
    const char *names[COUNT_OF(SUBCOMMANDS)];
    for (size_t i = 0; i < COUNT_OF(SUBCOMMANDS); i++) names[i] = SUBCOMMANDS[i].name;
    text_add_words(t, names, COUNT_OF(SUBCOMMANDS), between, last);
}

static void help(void) {
    Text words = {0};
    add_subcommands(&words, "|", "|");
    printf("usage: tinyscale data %s ...   (tinyscale data %s --help)\n\n", words.s,
           SUBCOMMANDS[0].name);
    text_close(&words);
    for (size_t i = 0; i < COUNT_OF(SUBCOMMANDS); i++)
        printf("  %-10s %s\n", SUBCOMMANDS[i].name, SUBCOMMANDS[i].about);
    printf("\nsynthetic languages (--source):\n");
    for (const LanguageKind *const *kind = LANGUAGES; *kind; kind++)
        printf("  %-12s %s\n", (*kind)->name, (*kind)->about);
}

/* Refuse a word that is no subcommand; NULL: there is none. */
static Status refuse(const char *word, Err *err) {
    const char *names[COUNT_OF(SUBCOMMANDS)];
    for (size_t i = 0; i < COUNT_OF(SUBCOMMANDS); i++) names[i] = SUBCOMMANDS[i].name;
    Text all = {0};
    add_subcommands(&all, ", ", " or ");
    if (word)
        err_set(err, E_USAGE, "data: does %s, not '%s'%s", all.s, word,
                DID_YOU_MEAN(suggest_nearest(word, names, COUNT_OF(names))));
    else
        err_set(err, E_USAGE, "data: %s? See 'tinyscale data --help'", all.s);
    text_close(&all);
    return err->status;
}

Status cmd_data(int argc, char **argv, Err *err) {
    if (argc < 2) return refuse(NULL, err);
    if (strcmp(argv[1], "--help") == 0) {
        help();
        return OK;
    }
    for (size_t i = 0; i < COUNT_OF(SUBCOMMANDS); i++) {
        if (strcmp(argv[1], SUBCOMMANDS[i].name) != 0) continue;
        Arena *arena = arena_open();
        const Status status = SUBCOMMANDS[i].run(arena, argc - 1, argv + 1, err);
        arena_close(arena);
        return status;
    }
    return refuse(argv[1], err);
}
