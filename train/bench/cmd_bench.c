/* cmd_bench.c: `tinyscale bench`. */
#include <string.h>

#include "base/commands.h"
#include "train/bench/bench.h"

static const char *const MODES[] = {"both", "run", "sweep", NULL};

typedef struct {
    const char *shapes, *mode;
    int rounds;
    double seconds;
    bool json;
} BenchFlags;

// clang-format off
#define AT(member) offsetof(BenchFlags, member)
static const Field FLAGS[] = {
    {"shapes",  FIELD_STRING,  AT(shapes),  0, -1, NULL, "",     "which to measure, by name"},
    {"mode",    FIELD_CHOICE,  AT(mode),    0, -1, MODES, "",    "run: one run on all cores; sweep: a one-thread run on each"},
    {"rounds",  FIELD_INT,     AT(rounds),  1, 1000, NULL, "",   "through all shapes and modes; figures are medians over them"},
    {"seconds", FIELD_SECONDS, AT(seconds), 0.001, 3600, NULL, "", "of steps per measurement, at least one step"},
    {"json",    FIELD_BOOL,    AT(json),    0, -1, NULL, "",     "print JSON instead of tables in Markdown"},
};
// clang-format on
static const FieldTable BENCH_FLAGS = {"flags", FLAGS, COUNT_OF(FLAGS)};

/* Read a list like "A,S64" as shapes, which live in the arena. */
static Status read_shapes(Arena *arena, const char *list, BenchShape **out, int *n, Err *err) {
    *out = ARENA_ARRAY(arena, BenchShape, strlen(list) + 1); // at least as many as there are names
    *n = 0;
    for (const char *at = list;; at++) {
        const size_t length = strcspn(at, ",");
        const char *name = arena_strndup(arena, at, length);
        if (bench_shape(name, &(*out)[(*n)++], err) != OK) return err_prefix(err, "--shapes");
        at += length;
        if (!*at) return OK;
    }
}

/* Apply the fields of a run that were given to the one shape that --shapes names, or else to the
 * default config. It is then the only shape, "custom". */
static Status customise(Arena *arena, const Args *args, const RunConfig *given, BenchShape *shapes,
                        int *n, Err *err) {
    const bool *seen = args->seen_flag + BENCH_FLAGS.n, named = args->seen_flag[0];
    size_t n_seen = 0;
    for (size_t i = 0; i < RUN_FIELDS.n; i++) n_seen += seen[i];
    if (n_seen == 0) return OK;
    if (named && *n > 1)
        FAIL(err, E_USAGE, "--shapes: a run's fields change one shape, and here are %d", *n);
    if (!named) {
        shapes[0].config = run_config_default();
        shapes[0].config.lanes = 0;
    }
    shapes[0].name = "custom";
    *n = 1;
    for (size_t i = 0; i < RUN_FIELDS.n; i++) {
        const Field *f = &RUN_FIELDS.rows[i];
        char text[256];
        if (!seen[i]) continue;
        field_to_text(f, given, text, sizeof text);
        TRY(field_from_text(f, &shapes[0].config, arena, text, f->name, err));
    }
    return OK;
}

static Status bench_command(Arena *arena, int argc, char **argv, Err *err) {
    BenchFlags flags = {.shapes = BENCH_SHAPES, .mode = MODES[0], .rounds = 5, .seconds = 0.6};
    RunConfig given = run_config_default();
    const FieldGroup groups[] = {{&BENCH_FLAGS, &flags}, {&RUN_FIELDS, &given}};
    const ArgSpec spec = {
        "tinyscale bench [--shapes A,S64] [--json] [--field value ...]",
        "Training tokens per second and GFLOP/s beside this machine's sgemm and multiply-adds.\n"
        "Any field of a run makes a shape \"custom\" of the one in --shapes, or of the defaults.",
        groups,
        COUNT_OF(groups),
        0,
        0};
    Args args;
    TRY(args_parse(&spec, arena, argc, argv, &args, err));
    if (args.help) return OK;
    BenchShape *shapes;
    int n_shapes;
    TRY(read_shapes(arena, flags.shapes, &shapes, &n_shapes, err));
    TRY(customise(arena, &args, &given, shapes, &n_shapes, err));
    const bool both = flags.mode == MODES[0];
    BenchOptions options = {shapes, n_shapes, {0}, flags.rounds, flags.seconds};
    for (int mode = 0; mode < N_BENCH_MODES; mode++)
        options.modes[mode] = both || strcmp(flags.mode, BENCH_MODES[mode]) == 0;
    Bench bench;
    TRY(bench_open(&bench, arena, &options, err));
    TRY(bench_measure(&bench, err));
    if (flags.json)
        bench_print_json(&bench, stdout);
    else
        bench_print_markdown(&bench, stdout);
    return OK;
}

Status cmd_bench(int argc, char **argv, Err *err) {
    Arena *arena = arena_open();
    const Status status = bench_command(arena, argc, argv, err);
    arena_close(arena);
    return status;
}
