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
/* Write the path DIR/name to out; E_IO when it is too long. */
Status run_dir_path(const char *dir, const char *name, char out[RUN_DIR_PATH], Err *err);

/* Make the directory, take its lock and write config.json. E_USAGE when result.json is there, or a
 * config.json of another run, or a checkpoint although resume is false. *lock is NULL on
 * failure. */
Status run_dir_open(const char *dir, const RunConfig *config, bool resume, Lock **lock, Err *err);

/* Make the directory and write its config.json, for a run that another process will do. */
Status run_dir_prepare(const char *dir, const RunConfig *config, Err *err);

/* Read the config of a run directory; its strings live in the arena. */
Status run_dir_config(const char *dir, Arena *arena, RunConfig *out, Err *err);

/* Open the corpus of a run directory: `path` if given, else DIR/corpus.tok, else
 * DIR/../../corpus.tok, which is that of a sweep. *out is NULL on failure. */
Status run_dir_corpus(Arena *arena, const char *dir, const char *path, Corpus **out, Err *err);

/* Copy log.jsonl, if there is one, from one run directory to another that has none or an older
 * one of the same steps. */
Status run_dir_log_copy(const char *from, const char *to, Err *err);

/* Open log.jsonl for appending. Lines of steps after `step`, which will be written again, are cut
 * off first. *out is NULL on failure. */
Status run_dir_log_open(const char *dir, uint64_t step, FILE **out, Err *err);

#endif
