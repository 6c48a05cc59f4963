/* run_dir.h: a run's directory: config.json, log.jsonl, and the lock that keeps a second writer
 * out. result.json is result.h's, checkpoint/ checkpoint.h's. */
#ifndef TRAIN_RUN_DIR_H
#define TRAIN_RUN_DIR_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "data/corpus.h"
#include "train/config.h"

enum { RUN_DIR_PATH = 4096 };
Status run_dir_path(const char *dir, const char *name, char out[RUN_DIR_PATH], Err *err);

/* Make the directory, take its lock, write config.json; E_USAGE when result.json is there, or a
 * config.json of another run, or a checkpoint although resume is false. *lock is NULL
 * on failure. */
Status run_dir_open(const char *dir, const RunConfig *config, bool resume, Lock **lock, Err *err);

/* Make the directory and write its config.json, for a run that another process will do. */
Status run_dir_prepare(const char *dir, const RunConfig *config, Err *err);

/* The config of a run directory; strings live in the arena. */
Status run_dir_config(const char *dir, Arena *arena, RunConfig *out, Err *err);

/* The corpus of a run directory: `path` if given, else DIR/corpus.tok, else (a run of a sweep)
 * DIR/../../corpus.tok. *out is NULL on failure. */
Status run_dir_corpus(Arena *arena, const char *dir, const char *path, Corpus **out, Err *err);

/* log.jsonl for appending; lines of steps after `step` are cut off first (they will be written
 * again). *out is NULL on failure. */
Status run_dir_log_open(const char *dir, uint64_t step, FILE **out, Err *err);

#endif
