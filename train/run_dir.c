/* run_dir.c: see run_dir.h. */
#include "train/run_dir.h"

#include <errno.h>
#include <string.h>

#include "base/crc.h"
#include "base/json.h"
#include "base/proc.h"

Status run_dir_path(const char *dir, const char *name, char out[RUN_DIR_PATH], Err *err) {
    if (snprintf(out, RUN_DIR_PATH, "%s/%s", dir, name) >= RUN_DIR_PATH)
        FAIL(err, E_IO, "%s: path too long", dir);
    return OK;
}

static void config_text(const RunConfig *c, JsonOut *out) {
    *out = json_out(2);
    json_begin(out, NULL, '{');
    run_config_to_json(c, out);
    crc_end(out);
    text_add(&out->text, "\n");
}

Status run_dir_prepare(const char *dir, const RunConfig *config, Err *err) {
    char path[RUN_DIR_PATH];
    TRY(dir_make(dir, err));
    TRY(run_dir_path(dir, "config.json", path, err));
    JsonOut mine;
    config_text(config, &mine);
    const Status status = file_write(path, mine.text.s, mine.text.size, err);
    text_close(&mine.text);
    return status;
}

/* Return whether both texts are one config. Theirs may lack a checksum, as files of earlier
 * versions do. */
static bool same_config(const Text *mine, const Bytes *theirs) {
    static const char END[] = "\n}\n"; // how a file without a checksum ends
    const size_t content = crc_content(mine->s, mine->size);
    if (theirs->size < content || memcmp(theirs->data, mine->s, content) != 0) return false;
    const char *rest = theirs->data + content;
    return strcmp(rest, mine->s + content) == 0 || strcmp(rest, END) == 0;
}

static Status compare_config(Arena *arena, const char *dir, const char *path, const Text *mine,
                             Err *err) {
    Bytes theirs;
    TRY(file_read(arena, path, &theirs, err));
    TRY(crc_check(path, theirs.data, theirs.size, err));
    if (same_config(mine, &theirs)) return OK;
    FAIL(err, E_USAGE, "%s: holds another run (its config.json differs): choose another --out",
         dir);
}

/* Write config.json, or check that the one which is there says what it would say. */
static Status claim_config(const char *dir, const char *path, const RunConfig *config, Err *err) {
    if (!file_exists(path)) return run_dir_prepare(dir, config, err);
    JsonOut mine;
    config_text(config, &mine);
    Arena *arena = arena_open();
    const Status status = compare_config(arena, dir, path, &mine.text, err);
    arena_close(arena);
    text_close(&mine.text);
    return status;
}

static Status claim(const char *dir, const RunConfig *config, bool resume, Err *err) {
    char config_path[RUN_DIR_PATH], result[RUN_DIR_PATH], state[RUN_DIR_PATH];
    TRY(run_dir_path(dir, "config.json", config_path, err));
    TRY(run_dir_path(dir, "result.json", result, err));
    TRY(run_dir_path(dir, "checkpoint/optimizer.safetensors", state, err));
    if (file_exists(result))
        FAIL(err, E_USAGE, "%s: this run has ended (result.json is there): choose another --out",
             dir);
    if (!resume && file_exists(state))
        FAIL(err, E_USAGE, "%s: holds a checkpoint: --resume goes on from it", dir);
    return claim_config(dir, config_path, config, err);
}

Status run_dir_open(const char *dir, const RunConfig *config, bool resume, Lock **lock, Err *err) {
    char lock_path[RUN_DIR_PATH], checkpoint[RUN_DIR_PATH];
    *lock = NULL;
    TRY(dir_make(dir, err));
    TRY(run_dir_path(dir, "lock", lock_path, err));
    TRY(run_dir_path(dir, "checkpoint", checkpoint, err));
    TRY(lock_open(lock_path, "train", lock, err));
    remove_leftovers(dir);
    remove_leftovers(checkpoint);
    const Status status = claim(dir, config, resume, err);
    if (status == OK) return OK;
    lock_close(*lock);
    *lock = NULL;
    return status;
}

Status run_dir_config(const char *dir, Arena *arena, RunConfig *out, Err *err) {
    char path[RUN_DIR_PATH];
    TRY(run_dir_path(dir, "config.json", path, err));
    JsonDoc *doc;
    TRY(crc_open_json(path, &doc, err));
    *out = run_config_default();
    const Status status = run_config_from_json(out, arena, doc, json_root(doc), err);
    json_close(doc);
    return status;
}

Status run_dir_corpus(Arena *arena, const char *dir, const char *path, Corpus **out, Err *err) {
    *out = NULL;
    if (!dir_exists(dir)) FAIL(err, E_USAGE, "%s: no such run directory", dir);
    if (path[0]) return corpus_open(path, true, out, err);
    const char *own = arena_printf(arena, "%s/corpus.tok", dir);
    const char *shared = arena_printf(arena, "%s/../../corpus.tok", dir);
    if (file_exists(own) || file_exists(shared))
        return corpus_open(file_exists(own) ? own : shared, true, out, err);
    FAIL(err, E_USAGE, "%s: no corpus.tok there: name the token file with --corpus FILE", dir);
}

/* Return the bytes of the whole lines up to and including `step`. */
static size_t keep_lines(const Bytes *log, uint64_t step) {
    size_t keep = 0;
    for (size_t at = 0; at < log->size;) {
        const char *end = memchr(log->data + at, '\n', log->size - at);
        unsigned long long line_step;
        if (!end || sscanf(log->data + at, "{\"step\":%llu", &line_step) != 1 || line_step > step)
            break;
        keep = at = (size_t)(end - log->data) + 1;
    }
    return keep;
}

Status run_dir_log_copy(const char *from, const char *to, Err *err) {
    char source[RUN_DIR_PATH], target[RUN_DIR_PATH];
    TRY(run_dir_path(from, "log.jsonl", source, err));
    TRY(run_dir_path(to, "log.jsonl", target, err));
    if (!file_exists(source)) return OK;
    Arena *arena = arena_open();
    Bytes log;
    Status status = file_read(arena, source, &log, err);
    if (status == OK) status = file_write(target, log.data, log.size, err);
    arena_close(arena);
    return status;
}

Status run_dir_log_open(const char *dir, uint64_t step, FILE **out, Err *err) {
    char path[RUN_DIR_PATH];
    *out = NULL;
    TRY(run_dir_path(dir, "log.jsonl", path, err));
    TRY(file_check_output(path, err));
    if (file_exists(path)) {
        Arena *arena = arena_open();
        Bytes log;
        Status status = file_read(arena, path, &log, err);
        if (status == OK) status = file_write(path, log.data, keep_lines(&log, step), err);
        arena_close(arena);
        if (status != OK) return status;
    }
    *out = fopen(path, "ae");
    if (!*out) FAIL(err, E_IO, "%s: cannot be written: %s", path, strerror(errno));
    return OK;
}
