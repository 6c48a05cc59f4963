/* cmd_train.c: `tinyscale train` and `tinyscale eval`. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/claim.h"
#include "base/commands.h"
#include "base/crc.h"
#include "base/proc.h"
#include "data/language.h"
#include "train/eval.h"
#include "train/run.h"
#include "train/run_dir.h"

typedef struct {
    const char *out, *corpus, *corpus_hash, *branch_from;
    int threads, progress_fd;
    double checkpoint_s;
    bool resume, keep_trunk, json;
} TrainFlags;

// clang-format off
#define AT(member) offsetof(TrainFlags, member)
static const Field FLAGS[] = {
    {"out",         FIELD_STRING,  AT(out),          0, -1, NULL, "",       "the run's directory"},
    {"corpus",      FIELD_STRING,  AT(corpus),       0, -1, NULL, "",       "token file to use; made from the config's data when missing"},
    {"corpus_hash", FIELD_STRING,  AT(corpus_hash),  0, -1, NULL, "",       "the hash that --corpus must have (a sweep's ledger tells it); its contents are then not checked again"},
    {"resume",      FIELD_BOOL,    AT(resume),       0, -1, NULL, "",       "go on from the checkpoint in --out if there is one"},
    {"keep_trunk",  FIELD_BOOL,    AT(keep_trunk),   0, -1, NULL, "",       "also keep the state in which longer runs can begin, as DIR/trunk: where the cool-down begins, or the last tenth"},
    {"branch_from", FIELD_STRING,  AT(branch_from),  0, -1, NULL, "",       "begin with the steps of a run that differs in tokens only: its DIR/trunk. No effect on a run that has a checkpoint"},
    {"threads",     FIELD_INT,     AT(threads),      0, 256, NULL, "",      "threads, at most one per lane; 0: as many as fit. Changes no bit"},
    {"checkpoint",  FIELD_SECONDS, AT(checkpoint_s), 0, 1e9, NULL, "",      "time between checkpoints; 0: only at the end"},
    {"progress_fd", FIELD_INT,     AT(progress_fd),  -1, 1<<20, NULL, "",   "file descriptor for \"tokens done\" lines instead of talk; -1: none"},
    {"json",        FIELD_BOOL,    AT(json),         0, -1, NULL, "",       "print the result as JSON"},
};
// clang-format on
static const FieldTable TRAIN_FLAGS = {"flags", FLAGS, COUNT_OF(FLAGS)};

static Status read_config(Arena *arena, const char *path, RunConfig *out, Err *err) {
    JsonDoc *doc;
    TRY(crc_open_json(path, &doc, err)); // a run's own config.json may be given
    const Status status = run_config_from_json(out, arena, doc, json_root(doc), err);
    json_close(doc);
    return status;
}

/* Print the loss with its standard error, which one window does not have. */
static void print_loss(double loss, double se) {
    if (isnan(se))
        printf("held-out loss %.5f nat/token (one window: its sampling error is not known)\n",
               loss);
    else
        printf("held-out loss %.5f +- %.5f nat/token\n", loss, se);
}

static void print_result(const RunResult *r, const RunConfig *c, const Corpus *corpus, bool json) {
    if (json) {
        JsonOut out = json_out(2);
        json_begin(&out, NULL, '{');
        run_result_to_json(r, &out);
        json_end(&out);
        puts(out.text.s);
        text_close(&out.text);
        return;
    }
    const double floor = corpus_floor_nat(corpus, c->ctx);
    printf("%s after %.0f steps, %.0f tokens\n", run_end_name(r->end), r->steps, r->tokens);
    if (r->end == RUN_DIVERGED) {
        printf("no loss: the loss or its gradient left all bounds; a smaller --lr might do\n");
        return;
    }
    print_loss(r->loss, r->loss_se);
    if (corpus_is_bytes(corpus))
        printf("              %.5f bit/byte\n", r->loss / 0.69314718055994531);
    if (floor == floor)
        printf("known floor   %.5f nat/token, %.5f above it\n", floor, r->loss - floor);
    printf("training loss %.5f over the last tenth", r->train_loss);
    if (isfinite(r->tok_per_s)) printf("; %.0f tokens/s", r->tok_per_s);
    printf("\n");
}

/* Fail after a run that diverged. All of its result is written down, but whoever asked for a model
 * has none. */
static Status diverged(const char *dir, const RunResult *r, const RunConfig *c, Err *err) {
    FAIL(err, E_FAILED,
         "%s: diverged after step %.0f of %llu, as its result.json says; try a smaller --lr%s, and "
         "another --out",
         dir, r->steps, (unsigned long long)run_config_steps(c), c->clip > 0 ? "" : " or --clip 1");
}

/* Open a token file without checking its contents, if it has this hash. Checking 100 MB takes a
 * fifth of a second, and a sweep starts its workers by the hundred. The driver has checked the
 * contents against the CRC in the head of the file, and the hash shows that this is the head it
 * saw. */
static Status open_known(const char *path, const char *hash, Corpus **out, Err *err) {
    char found[17];
    TRY(corpus_open(path, false, out, err));
    corpus_hash_text(*out, found);
    if (strcmp(found, hash) == 0) return OK;
    corpus_close(*out);
    *out = NULL;
    FAIL(err, E_USAGE, "%s: has the hash %s, not %s as --corpus-hash says", path, found, hash);
}

/* Refuse a descriptor that is not open: the next file to be opened, the log or a lock, would get
 * its number. */
static Status check_progress_fd(int fd, Err *err) {
    const int flags = fd < 0 ? O_WRONLY : fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) return OK;
    FAIL(err, E_USAGE, "--progress-fd %d: is not open for writing", fd);
}

/* Refuse a directory that holds files of a run but no config.json. They are somebody else's, and
 * the run would write over them. */
static Status check_out(Arena *arena, const char *dir, Err *err) {
    static const char *const OURS[] = {"result.json", "log.jsonl", "checkpoint/config.json",
                                       "checkpoint/model.safetensors",
                                       "checkpoint/optimizer.safetensors"};
    if (file_exists(arena_printf(arena, "%s/config.json", dir))) return OK;
    for (size_t i = 0; i < COUNT_OF(OURS); i++)
        if (file_exists(arena_printf(arena, "%s/%s", dir, OURS[i])))
            FAIL(err, E_USAGE,
                 "%s: holds %s but no config.json of a run, so it is not written over; give "
                 "another --out",
                 dir, OURS[i]);
    return OK;
}

static Status train(Arena *arena, const RunConfig *c, const TrainFlags *flags, Err *err) {
    RunOptions options = run_options_default();
    TRY(check_progress_fd(flags->progress_fd, err));
    // the run chooses again; here a wrong name is refused before any file is made
    const CpuPath *cpu;
    TRY(cpu_path_choose(&cpu, err));
    TRY(run_config_check(c, err));
    TRY(data_spec_check(&c->data, err));
    if (flags->corpus[0] && strcmp(c->data.source, "tokens") == 0 && !flags->corpus_hash[0] &&
        strcmp(flags->corpus, c->data.path) != 0)
        FAIL(err, E_USAGE, "--corpus %s: the config names another token file, %s; give one of them",
             flags->corpus, c->data.path);
    TRY(check_out(arena, flags->out, err));
    if (!flags->corpus[0]) TRY(dir_make(flags->out, err)); // the corpus is made there
    const char *path =
        flags->corpus[0] ? flags->corpus : arena_printf(arena, "%s/corpus.tok", flags->out);
    Corpus *corpus;
    TRY(flags->corpus_hash[0] ? open_known(path, flags->corpus_hash, &corpus, err)
                              : corpus_prepare(&c->data, path, &corpus, NULL, err));
    options.threads = flags->threads;
    options.resume = flags->resume;
    options.keep_trunk = flags->keep_trunk;
    options.branch = flags->branch_from[0] ? flags->branch_from : NULL;
    options.checkpoint_s = flags->checkpoint_s;
    options.progress_fd = flags->progress_fd;
    options.live = flags->progress_fd < 0;
    RunResult result;
    const Status status = run_train(c, corpus, flags->out, &options, &result, err);
    if (status == OK && (options.live || flags->json))
        print_result(&result, c, corpus, flags->json);
    corpus_close(corpus);
    if (status == OK && result.end == RUN_DIVERGED) return diverged(flags->out, &result, c, err);
    return status;
}

static Status train_command(Arena *arena, int argc, char **argv, Err *err) {
    RunConfig config = run_config_default(), from_flags = config;
    TrainFlags flags = {.out = "",
                        .corpus = "",
                        .corpus_hash = "",
                        .branch_from = "",
                        .checkpoint_s = run_options_default().checkpoint_s,
                        .progress_fd = -1};
    const FieldGroup groups[] = {{&TRAIN_FLAGS, &flags}, {&RUN_FIELDS, &from_flags}};
    const ArgSpec spec = {
        "tinyscale train CONFIG.json --out DIR [--field value ...]",
        "Train one model. CONFIG.json holds any of the fields below and a \"data\" object\n"
        "(tinyscale data --help lists its fields); flags win over the file. A run that diverges\n"
        "keeps its log and its result.json, and the command ends with exit code 1.",
        groups,
        COUNT_OF(groups),
        1,
        1};
    Args args;
    TRY(args_parse(&spec, arena, argc, argv, &args, err));
    if (args.help) run_results_help(stdout);
    if (args.help) return OK;
    if (!flags.out[0]) FAIL(err, E_USAGE, "--out DIR is missing: where the run's files go");
    TRY(read_config(arena, args.args[0], &config, err));
    for (size_t i = 0; i < RUN_FIELDS.n; i++) { // a flag that was given overrides the file's value
        char text[256];
        const Field *f = &RUN_FIELDS.rows[i];
        if (!args.seen_flag[TRAIN_FLAGS.n + i]) continue;
        field_to_text(f, &from_flags, text, sizeof text);
        TRY(field_from_text(f, &config, arena, text, f->name, err));
    }
    return train(arena, &config, &flags, err);
}

Status cmd_train(int argc, char **argv, Err *err) {
    Arena *arena = arena_open();
    const Status status = train_command(arena, argc, argv, err);
    arena_close(arena);
    return status;
}

/* --- eval --------------------------------------------------------------------------------- */

typedef struct {
    const char *corpus, *logits;
    bool json;
} EvalFlags;

static const Field EVAL_ROWS[] = {
    {"corpus", FIELD_STRING, offsetof(EvalFlags, corpus), 0, -1, NULL, "",
     "token file; default DIR/corpus.tok"},
    {"logits", FIELD_STRING, offsetof(EvalFlags, logits), 0, -1, NULL, "",
     "also write tokens and logits of the first windows to this safetensors file"},
    {"json", FIELD_BOOL, offsetof(EvalFlags, json), 0, -1, NULL, "", "print JSON"},
};
static const FieldTable EVAL_FLAGS = {"flags", EVAL_ROWS, COUNT_OF(EVAL_ROWS)};

static void print_measures_json(const RunResult *r) {
    JsonOut out = json_out(2);
    json_begin(&out, NULL, '{');
    run_result_measures_to_json(r, &out);
    json_end(&out);
    puts(out.text.s);
    text_close(&out.text);
}

/* Refuse the checkpoint of a diverged run. It is of the last step before the loss left all bounds,
 * and no run of this config ends with its loss. */
static Status refuse_diverged(Arena *arena, const char *dir, Err *err) {
    RunResult result;
    if (!file_exists(arena_printf(arena, "%s/result.json", dir))) return OK; // still under way
    TRY(run_result_read(dir, &result, err));
    if (result.end != RUN_DIVERGED) return OK;
    FAIL(err, E_FAILED,
         "%s: this run diverged after step %.0f, its result.json says: it has no held-out loss",
         dir, result.steps);
}

/* What a file of logits begins with. A checkpoint is a safetensors file too and is not written
 * over. */
static const FileMark LOGITS = {"\"logits\":{", 512, "a file of logits", "another --logits"};

static Status eval_command(Arena *arena, int argc, char **argv, Err *err) {
    EvalFlags flags = {.corpus = "", .logits = ""};
    const FieldGroup groups[] = {{&EVAL_FLAGS, &flags}};
    const ArgSpec spec = {
        "tinyscale eval DIR [--corpus FILE] [--logits FILE] [--json]",
        "Held-out loss of a run's checkpoint, over the windows that its config names.",
        groups,
        COUNT_OF(groups),
        1,
        1};
    Args args;
    TRY(args_parse(&spec, arena, argc, argv, &args, err));
    if (args.help) return OK;
    TRY(refuse_diverged(arena, args.args[0], err));
    if (flags.logits[0]) TRY(claim_file(flags.logits, &LOGITS, err));
    Corpus *corpus;
    TRY(run_dir_corpus(arena, args.args[0], flags.corpus, &corpus, err));
    Measured measured[N_MEASURES];
    Status status = eval_run(args.args[0], corpus, measured, err);
    if (status == OK && flags.logits[0])
        status = eval_logits(args.args[0], corpus, flags.logits, err);
    corpus_close(corpus);
    if (status != OK) return status;
    RunResult r = run_result_blank();
    run_result_measured(&r, measured);
    if (!isfinite(r.loss))
        FAIL(err, E_FAILED, "%s: the held-out loss is no finite number: its training diverged",
             args.args[0]);
    if (flags.json)
        print_measures_json(&r);
    else
        print_loss(r.loss, r.loss_se);
    return OK;
}

Status cmd_eval(int argc, char **argv, Err *err) {
    Arena *arena = arena_open();
    const Status status = eval_command(arena, argc, argv, err);
    arena_close(arena);
    return status;
}
