/* text_source.c: reads text and cuts it into documents; only blank lines between two are lost. */
#include "data/text_source.h"

#include <string.h>

#include "base/file.h"
#include "base/gzip.h"
#include "data/corpus.h"

/* How a text is cut: a document begins at a line that is not blank and ... */
typedef struct {
    const char *name;
    bool after_blank; // ... follows a blank line
    bool unindented;  // ... and does not begin with a space or tab
} Cut;

static const Cut CUTS[] = {
    {"paragraphs", true, false},
    {"entries", true, true},
    {"lines", false, false},
};

static bool is_blank(const char *line, const char *end) {
    while (line < end && (*line == ' ' || *line == '\t' || *line == '\r' || *line == '\f')) line++;
    return line == end;
}

/* Cut one text, each document from its first line to its last line that is not blank, without the
 * newline. Returns how many there are; `out` may be NULL to count only. */
static size_t cut_text(const Cut *cut, Bytes text, TextDocument *out) {
    const char *const stop = text.data + text.size;
    const char *begin = NULL,
               *last = NULL; // of the document that is open, and the end of its text so far
    bool blank_before = true;
    size_t n = 0;
    for (const char *line = text.data, *end; line < stop; line = end + 1) {
        end = memchr(line, '\n', (size_t)(stop - line));
        if (!end) end = stop;
        const bool blank = is_blank(line, end);
        const bool indented = *line == ' ' || *line == '\t';
        const bool begins = (blank_before || !cut->after_blank) && !(cut->unindented && indented);
        if (!blank && (begins || !begin)) {
            if (begin && out) out[n - 1] = (TextDocument){begin, (size_t)(last - begin)};
            begin = line;
            n++;
        }
        if (!blank) last = end;
        blank_before = blank;
    }
    if (begin && out) out[n - 1] = (TextDocument){begin, (size_t)(last - begin)};
    return n;
}

/* Cut one file; without a cut the whole file is one document, if there is anything in it. */
static size_t cut_file(const Cut *cut, Bytes text, TextDocument *out) {
    if (cut) return cut_text(cut, text, out);
    if (text.size > 0 && out) *out = (TextDocument){text.data, text.size};
    return text.size > 0;
}

static size_t cut_files(const Cut *cut, const Bytes *files, size_t n_files, TextDocument *out) {
    size_t n = 0;
    for (size_t i = 0; i < n_files; i++) n += cut_file(cut, files[i], out ? out + n : NULL);
    return n;
}

static const Cut *cut_find(const char *name) {
    for (size_t i = 0; i < COUNT_OF(CUTS); i++)
        if (strcmp(CUTS[i].name, name) == 0) return &CUTS[i];
    return NULL; // files
}

static Status read_one(Arena *arena, const char *path, Bytes *out, FileSum *sum, Err *err) {
    TRY(file_read_sum(arena, path, out, sum, err));
    const char *zero = memchr(out->data, END_OF_DOCUMENT, out->size);
    if (zero)
        FAIL(err, E_FORMAT, "%s: byte %zu is zero, so this is not text (token 0 ends a document)",
             strcmp(path, "-") == 0 ? "standard input" : path, (size_t)(zero - out->data));
    return OK;
}

/* List the path itself, or the files of the directory that it is. */
static Status list_files(Arena *arena, const char *path, char ***paths, size_t *n, Err *err) {
    if (dir_exists(path))
        TRY(dir_files(arena, path, paths, n, err));
    else {
        *paths = ARENA_NEW(arena, char *);
        **paths = arena_strdup(arena, path);
        *n = 1;
    }
    if (*n == 0) FAIL(err, E_USAGE, "%s: no file in this directory; text is needed", path);
    return OK;
}

/* Add a file's name below the directory to the sum: names order the text and so are part of it. */
static void sum_name(FileSum *sum, const char *dir, const char *path) {
    if (strcmp(dir, path) == 0) return;
    const char *name = path + strlen(dir);
    while (*name == '/') name++;
    sum->crc32 = gzip_crc32(name, strlen(name) + 1, sum->crc32);
}

static Status read_files(Arena *arena, const char *path, Bytes **out, size_t *n, FileSum *sum,
                         Err *err) {
    char **paths;
    TRY(list_files(arena, path, &paths, n, err));
    *out = ARENA_ARRAY(arena, Bytes, *n);
    *sum = (FileSum){0};
    for (size_t i = 0; i < *n; i++) {
        sum_name(sum, path, paths[i]);
        TRY(read_one(arena, paths[i], &(*out)[i], sum, err));
    }
    return OK;
}

static Status sum_files(Arena *arena, const char *path, FileSum *out, Err *err) {
    char **paths;
    size_t n;
    TRY(list_files(arena, path, &paths, &n, err));
    for (size_t i = 0; i < n; i++) {
        sum_name(out, path, paths[i]);
        TRY(file_sum(paths[i], out, err));
    }
    return OK;
}

Status text_source_sum(const char *path, FileSum *out, Err *err) {
    Arena *arena = arena_open();
    *out = (FileSum){0};
    const Status status = sum_files(arena, path, out, err);
    arena_close(arena);
    return status;
}

/* Refuse a text of fewer than two documents, and name the cuts that would make more. */
static Status too_few(const DataSpec *spec, const Bytes *files, size_t n_files, size_t n,
                      Err *err) {
    if (cut_files(NULL, files, n_files, NULL) == 0)
        FAIL(err, E_USAGE, "%s: the text is empty; two documents at least are needed",
             strcmp(spec->path, "-") == 0 ? "standard input" : spec->path);
    char finer[256] = "";
    for (size_t i = 0; i < COUNT_OF(CUTS); i++) {
        const size_t would = cut_files(&CUTS[i], files, n_files, NULL), used = strlen(finer);
        if (would >= 2)
            snprintf(finer + used, sizeof finer - used, "%s documents=%s would make %zu",
                     used ? "," : ";", CUTS[i].name, would);
    }
    FAIL(err, E_USAGE,
         "%s: documents=%s finds %zu, and two are needed, one to train on and one to hold out%s",
         spec->path, spec->documents, n, finer[0] ? finer : "; more text is needed");
}

Status text_source_documents(Arena *arena, const DataSpec *spec, TextDocuments *out, Err *err) {
    Bytes *files = NULL;
    TRY(read_files(arena, spec->path, &files, &out->files, &out->sum, err));
    const Cut *cut = cut_find(spec->documents);
    out->n = cut_files(cut, files, out->files, NULL);
    if (out->n < 2) return too_few(spec, files, out->files, out->n, err);
    out->at = ARENA_ARRAY(arena, TextDocument, out->n);
    cut_files(cut, files, out->files, out->at);
    out->bytes = 0;
    for (size_t i = 0; i < out->files; i++) out->bytes += files[i].size;
    return OK;
}
