/* text_source.h: text, from wherever it comes, as documents. Private to data/. */
#ifndef DATA_TEXT_SOURCE_H
#define DATA_TEXT_SOURCE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "data/source.h"

typedef struct {
    const char *text;
    size_t size;
} TextDocument;

typedef struct {
    TextDocument *at;
    size_t n;
    size_t files, bytes; // files read, and their bytes when unpacked
    FileSum sum;         // of the files' bytes as they are on disk
} TextDocuments;

/* Read spec->path (a file, packed or not, a directory, or "-") and cut it as spec->documents
 * says, in the order of the text. At least two documents, or an error that says how else to cut.
 * The text lives in the arena. */
Status text_source_documents(Arena *arena, const DataSpec *spec, TextDocuments *out, Err *err);

/* Sum up a text without cutting it: each file's bytes as they are on disk, in the order of the
 * text; before those of a file in a directory, its name below the directory (with its NUL). */
Status text_source_sum(const char *path, FileSum *out, Err *err);

#endif
